"""Stores that are no folders of this machine: in a zip archive, or behind an address. They are only read.

`Elsewhere` answers what a `pathlib.Path` is asked where a store is read, and nothing that writes; the operating system,
asked for its path, is told so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, TypeAlias, cast

from scanner.errors import StoreError
from scanner.paths import is_address, local

__all__ = ["MAX_NAMES", "Elsewhere", "Files", "Span", "elsewhere", "folder", "place"]

MAX_NAMES = 2_000_000  # files of a store; each takes about 150 bytes of memory
KEY = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")  # name of a file in a store: no way out of it, nothing hidden
_METADATA = "zarr.json"

Span: TypeAlias = tuple[int, int] | int | None  # of a file: from, to; from (its end if negative) on; all of it


class Files(Protocol):
    """The files of a store, by their names in it."""

    address: str  # as people write it

    def read(self, key: str, most: int, span: Span = None) -> bytes:
        """A file, or a span of it.

        Raises
        ------
        FileNotFoundError
            There is none.
        StoreError
            It is larger than `most` bytes, or cannot be read.
        """

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""

    def names(self) -> frozenset[str]:
        """The names of all files, or of those that are known where `lists` is false."""

    @property
    def lists(self) -> bool:
        """Whether the names of all files can be known without asking for each."""

    def beside(self) -> Files | None:
        """The files of what the store lies in; None where that is unknown."""


class Elsewhere:
    """A file or folder of a store elsewhere.

    Parameters
    ----------
    files : Files
        Those of the store.
    key : str
        Name in it; "" for the store itself.
    """

    def __init__(self, files: Files, key: str = "") -> None:
        self.files, self.key = files, key

    def __reduce__(self) -> tuple[type, tuple[Files, str]]:
        return Elsewhere, (self.files, self.key)

    def __str__(self) -> str:
        return f"{self.files.address}/{self.key}" if self.key else self.files.address

    def __repr__(self) -> str:
        return f"Elsewhere({str(self)!r})"

    def __fspath__(self) -> str:
        raise StoreError(f"{self}: can only be read, for it is no folder of this machine; copy it here to change it")

    def __truediv__(self, name: str | PurePosixPath) -> Elsewhere:
        return self.joinpath(str(name))

    def joinpath(self, *names: str) -> Elsewhere:
        """What is at these names in it."""
        return Elsewhere(self.files, "/".join(name for name in (self.key, *names) if name not in ("", ".")))

    @property
    def name(self) -> str:
        """Its last name."""
        return str(self).rpartition("/")[2]

    @property
    def parent(self) -> Elsewhere:
        """What it is in; a store is in itself."""
        return Elsewhere(self.files, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> Elsewhere:
        """What lies beside it under another name."""
        if self.key:
            return self.parent / name
        beside = self.files.beside()
        return Elsewhere(self.files, f"../{name}") if beside is None else Elsewhere(beside, name)  # the first is none

    def resolve(self) -> Elsewhere:
        """It has no links."""
        return self

    def relative_to(self, folder: Elsewhere) -> PurePosixPath:
        """Its name in a folder that it is in."""
        return PurePosixPath(self.key).relative_to(folder.key)

    def exists(self) -> bool:
        """Whether there is such a file or folder."""
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        """Whether there is such a file."""
        return KEY.fullmatch(self.key) is not None and self.files.exists(self.key)

    def is_dir(self) -> bool:
        """Whether there are files in it."""
        start = f"{self.key}/" if self.key else ""
        return any(name.startswith(start) for name in self.files.names())

    def is_symlink(self) -> bool:
        """No link is followed elsewhere."""
        return False

    def read(self, most: int, span: Span = None) -> bytes:
        """What is in the file.

        Raises
        ------
        FileNotFoundError
            There is none.
        StoreError
            It is larger than `most` bytes, or cannot be read.
        """
        if not KEY.fullmatch(self.key):
            raise FileNotFoundError(str(self))
        return self.files.read(self.key, most, span)

    def open(self, most: int) -> IO[bytes]:
        """The file, to be read."""
        return BytesIO(self.read(most))

    def glob(self, pattern: str) -> Iterator[Elsewhere]:
        """Files in it whose names are like a pattern."""
        wanted = f"{self.key}/{pattern}" if self.key else pattern
        parts = wanted.split("/")
        names = self._metadata if parts[-1] == _METADATA else self.files.names()
        for name in sorted(names):
            there = name.split("/")
            if len(there) == len(parts) and all(map(fnmatchcase, there, parts)):
                yield Elsewhere(self.files, name)

    def listed(self) -> Iterator[str]:
        """The names of all files below it, relative to it."""
        start = f"{self.key}/" if self.key else ""
        return (name.removeprefix(start) for name in self.files.names() if name.startswith(start))

    @cached_property
    def _metadata(self) -> list[str]:
        return [name for name in self.files.names() if name.rpartition("/")[2] == _METADATA]


def place(where: str | os.PathLike[str] | Elsewhere) -> Path:
    """Where a store is: a folder of this machine, or what stands for one elsewhere and can only be read.

    Parameters
    ----------
    where : str or Path
        A folder; a zip archive; an address: http(s)://..., s3://..., of a store or of a zip archive of one.

    Raises
    ------
    StoreError
        The archive or address cannot be read.
    ScanFileError
        Neither a path nor an address.
    """
    if isinstance(where, Elsewhere):
        return cast("Path", where)
    text = os.fspath(where)
    if is_address(text):
        from scanner.store.objects import Objects

        address = text.rstrip("/")
        if not address.endswith(".zip"):
            return cast("Path", Elsewhere(Objects(address)))
        base, _, name = address.rpartition("/")
        return cast("Path", Elsewhere(_archive(address, Elsewhere(Objects(base), name))))
    path = local(text)
    if path.suffix == ".zip" and path.is_file():
        return cast("Path", Elsewhere(_archive(str(path), path)))
    return path if path.name else path.resolve()


def folder(where: str | os.PathLike[str]) -> Path:
    """Where a store is that is to be changed.

    Raises
    ------
    StoreError
        It can only be read.
    """
    path = place(where)
    os.fspath(path)  # says why not
    return path


def elsewhere(path: object) -> Elsewhere | None:
    """A path, if it is none of this machine."""
    return path if isinstance(path, Elsewhere) else None


def _archive(address: str, where: Path | Elsewhere) -> Files:
    from scanner.store.archive import Archive

    return Archive(address, where)
