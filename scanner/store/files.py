"""The files of an array: which chunks are there, that they are on the disk, what the statuses in them are."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from google_crc32c import value as crc32c
from numcodecs import blosc
from numpy.typing import NDArray

from scanner.errors import StoreError
from scanner.scan.plan import BlockIndex
from scanner.store.trust import MAX_METADATA, plain_file

__all__ = ["chunk_file", "chunks_there", "count_statuses", "read_plain", "synchronize"]

_BLOSC_HEADER = 16  # bytes; the fourth to seventh are the size of what is in it
_CHECKSUM = 4
_THREADS = 16


def read_plain(path: Path, most: int = MAX_METADATA) -> bytes:
    """What is in a file that is neither a link, nor a pipe, nor a device, nor larger than `most` bytes.

    Raises
    ------
    OSError
        It is one, or cannot be read.
    """
    try:
        with plain_file(path) as file:
            content: bytes = file.read(most + 1)
    except StoreError as error:
        raise OSError(errno.EINVAL, str(error)) from None
    if len(content) > most:
        raise OSError(errno.EFBIG, f"more than {most:,} bytes", str(path))
    return content


def chunk_file(array: Path, index: BlockIndex) -> Path:
    """Where a chunk of an array is.

    >>> chunk_file(Path("epsilon"), (3, 0)).as_posix(), chunk_file(Path("constant"), ()).as_posix()
    ('epsilon/c/3/0', 'constant/c')
    """
    return array.joinpath("c", *map(str, index))


def chunks_there(array: Path, dimensions: int) -> set[BlockIndex]:
    """Indices of the chunks of an array that exist; a file that a kill left half-written has no such name."""
    root = array / "c"
    if dimensions == 0:
        return {()} if root.is_file() else set()
    return set(_chunks(str(root), dimensions, ()))


def _chunks(folder: str, depth: int, index: BlockIndex) -> Iterator[BlockIndex]:
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if not (entry.name.isascii() and entry.name.isdecimal()):
                continue
            if depth > 1:
                yield from _chunks(entry.path, depth - 1, (*index, int(entry.name)))
            elif entry.is_file():
                yield (*index, int(entry.name))


def synchronize(files: Iterable[Path], top: Path) -> None:
    """Return when files, and all folders up to `top`, are on the disk, so that a power cut cannot lose them."""
    paths = dict.fromkeys(map(os.fspath, files))
    for file in list(paths):
        folder = os.path.dirname(file)
        while folder not in paths and folder.startswith(os.fspath(top)):
            paths[folder] = None
            folder = os.path.dirname(folder)
    shares = [list(paths)[n::_THREADS] for n in range(_THREADS)]
    list(_threads().map(_synchronize_all, shares))


@cache
def _threads() -> ThreadPoolExecutor:
    """Asked at once, a journal writes all files in one go: ten times faster than one by one."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="lmutau-fsync")


def _synchronize_all(paths: Iterable[str]) -> None:
    for path in paths:
        _synchronize(path)


def _synchronize(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def count_statuses(file: Path, block: tuple[int, ...], inside: tuple[int, ...]) -> NDArray[np.int64]:
    """How many points of a block have which status, by code; `inside` is the part of it that the grid covers.

    The file is decoded here: Zarr takes half a millisecond for a chunk, which a hundred thousand blocks notice.

    Raises
    ------
    StoreError
        The file cannot be read.
    """
    points = int(np.prod(block, dtype=np.int64))
    try:
        content = read_plain(file, points + _BLOSC_HEADER + _CHECKSUM)  # what does not get smaller is not compressed
    except OSError as error:
        raise StoreError(f"{file}: the statuses of a block cannot be read: {error.strerror}") from None
    data, checksum = content[:-_CHECKSUM], content[-_CHECKSUM:]
    whole = len(data) >= _BLOSC_HEADER and int.from_bytes(data[4:8], "little") == points
    if not whole or int.from_bytes(checksum, "little") != crc32c(data):
        raise StoreError(f"{file}: the statuses of a block are damaged")
    statuses = np.frombuffer(blosc.decompress(data), dtype=np.uint8).reshape(block)
    return np.bincount(statuses[tuple(slice(n) for n in inside)].ravel(), minlength=256)
