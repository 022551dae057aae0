"""Paths as users write them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from scanner.errors import ScanFileError, SelectionError

__all__ = ["file_to_write", "is_address", "local"]


def is_address(text: str) -> bool:
    """Whether a place is named by an address rather than by a path.

    >>> is_address("https://example.org/quick.zarr"), is_address("quick.zarr")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text) is not None


def local(path: str | os.PathLike[str]) -> Path:
    """A path on this machine, `~` expanded.

    >>> local("~/quick.zarr") == Path.home() / "quick.zarr"
    True
    >>> local("s3://bucket/quick.zarr")
    Traceback (most recent call last):
    scanner.errors.ScanFileError: s3://bucket/quick.zarr: an address, not a path of this machine; ...

    Raises
    ------
    ScanFileError
        An address of another place, or no path at all.
    """
    text = os.fspath(path)
    if is_address(text):
        raise ScanFileError(
            f"{text}: an address, not a path of this machine; a scan renames files and adds to its log, which objects "
            "behind an address do not allow. Compute into a folder, then: lmutau export FOLDER ADDRESS"
        )
    if not text or "\0" in text:
        raise ScanFileError(f"{text!r}: not a path; it is empty, or has a null character")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~nobody
        raise ScanFileError(f"{text}: {error}") from None


def file_to_write(path: str | os.PathLike[str]) -> Path:
    """A file of a folder that is there: none is made for a file, whose name may be mistyped. Stores make their own.

    Raises
    ------
    SelectionError
        There is no such folder.
    """
    file = local(path)
    if not file.parent.is_dir():
        raise SelectionError(f"{file}: there is no folder {file.parent}; make it first, or choose another")
    return file
