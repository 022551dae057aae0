"""The files of an array: which chunks are there, that they are on the disk, what the statuses in them are."""

from __future__ import annotations

import errno
import itertools
import math
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from google_crc32c import value as crc32c
from numcodecs import blosc
from numpy.typing import NDArray

from scanner.errors import RunError, StoreError
from scanner.scan.plan import BlockIndex
from scanner.store.elsewhere import Elsewhere, elsewhere
from scanner.store.trust import MAX_METADATA, checked_metadata, plain_file, read_metadata

__all__ = ["chunk_file", "chunks_there", "count_statuses", "read_plain", "synchronize"]

_BLOSC_HEADER = 16  # bytes; the fourth to seventh are the size of what is in it
_CHECKSUM = 4
_MOST_ASKED = 20_000  # chunks of an array that a server is asked for one by one
_AT_ONCE = 16  # requests, and threads that synchronize
_READ_AT_FULL_SPEED = 2**19  # bytes of a file: by any disk, so that it need not stay in memory


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
    except RunError:  # a server that does not answer says nothing of the file
        raise
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
    return array / "/".join(("c", *map(str, index)))  # at once: a hundred thousand blocks notice the parts


def chunks_there(array: Path, dimensions: int) -> set[BlockIndex]:
    """Indices of the chunks of an array that exist; a file that a kill left half-written has no such name."""
    if (there := elsewhere(array)) is not None:
        return _chunks_elsewhere(there, dimensions)
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


def _chunks_elsewhere(array: Elsewhere, dimensions: int) -> set[BlockIndex]:
    """From the list of files; without one, all of a store that is complete, and those that are there of another."""
    if array.files.lists:
        if dimensions == 0:
            return {()} if (array / "c").is_file() else set()
        keys = (name.split("/") for name in (array / "c").listed())
        return {
            tuple(map(int, k)) for k in keys if len(k) == dimensions and all(i.isascii() and i.isdecimal() for i in k)
        }
    metadata = checked_metadata(array / "zarr.json")
    sides = metadata["chunk_grid"]["configuration"]["chunk_shape"]
    every = list(itertools.product(*(range(-(-n // side)) for n, side in zip(metadata["shape"], sides, strict=True))))
    if read_metadata(Elsewhere(array.files, "zarr.json"))["attributes"].get("state") == "complete":
        return set(every)
    if len(every) > _MOST_ASKED:
        raise StoreError(
            f"{array.files.address}: its scan is not complete and its server lists no files; {len(every):,} blocks are "
            "too many to ask for one by one: copy it here, or open it by its path"
        )
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        there = threads.map(lambda index: array.joinpath("c", *map(str, index)).is_file(), every)
        return {index for index, found in zip(every, there, strict=True) if found}


def synchronize(files: Iterable[Path], top: Path) -> None:
    """Return when files, and all folders up to `top`, are on the disk, so that a power cut cannot lose them."""
    paths = dict.fromkeys(map(os.fspath, files))
    for file in list(paths):
        folder = os.path.dirname(file)
        while folder not in paths and folder.startswith(os.fspath(top)):
            paths[folder] = None
            folder = os.path.dirname(folder)
    shares = [list(paths)[n::_AT_ONCE] for n in range(_AT_ONCE)]
    list(_threads().map(_synchronize_all, shares))


@cache
def _threads() -> ThreadPoolExecutor:
    """Asked at once, a journal writes all files in one go: ten times faster than one by one."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lmutau-fsync")


def _synchronize_all(paths: Iterable[str]) -> None:
    for path in paths:
        _synchronize(path)


def _synchronize(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        if hasattr(os, "posix_fadvise") and os.fstat(descriptor).st_size >= _READ_AT_FULL_SPEED:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # its memory is for what is written next
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
    points = math.prod(block)
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
