"""Paths as users write them."""

from pathlib import Path

import pytest

from scanner.errors import ScanFileError
from scanner.paths import local


def test_paths_of_this_machine():
    assert local("a/b.zarr") == Path("a/b.zarr")
    assert local("C:x") == Path("C:x")
    assert local("~/b.zarr") == Path.home() / "b.zarr"


@pytest.mark.parametrize(
    "path", ["s3://bucket/x", "http://host/x", "gs://x", "file:///x", "", "a\0b", "~nobody-here/x"]
)
def test_what_is_none(path):
    with pytest.raises(ScanFileError):
        local(path)
