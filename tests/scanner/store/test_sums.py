"""The list of digests of an exported store."""

import pytest

from scanner import export
from scanner.store.sums import SUMS, checked, read_sums
from scanner.store.verify import verify


@pytest.fixture
def copy(store, tmp_path):
    export(store, tmp_path / "copy.zarr")
    return tmp_path / "copy.zarr"


def test_a_store_that_was_not_exported_has_none(store):
    assert read_sums(store.path) == {}
    assert checked(store.path, set()) == (set(), [])


def test_verify_finds_a_changed_readme(copy):
    (copy / "README.md").write_text("other")
    assert [str(p) for p in verify(copy, points=0).problems] == [
        "README.md: was changed since it was exported, or is damaged (SHA256SUMS)"
    ]


def test_verify_finds_what_is_missing(copy):
    (copy / "CITATION.cff").unlink()
    (copy / "cmb_ratio" / "c" / "0" / "0" / "0").unlink()
    said = [str(p) for p in verify(copy, points=0).problems]
    assert "CITATION.cff: is missing" in said
    assert "cmb_ratio/c/0/0/0: is missing" in said


def test_verify_finds_what_was_added(copy):
    (copy / "notes.txt").write_text("mine")
    assert [str(p) for p in verify(copy, points=0).problems] == ["notes.txt: does not belong to the store"]


def test_lines_that_lead_elsewhere_are_left_out(copy):
    with (copy / SUMS).open("a") as file:
        file.write(f"{'0' * 64}  ../secret\n{'0' * 64}  /etc/passwd\nnonsense\n")
    assert not any(name.startswith(("..", "/")) for name in read_sums(copy))
