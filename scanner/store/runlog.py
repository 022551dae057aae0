"""The log beside a store: a JSON line for each block that was computed, and for each time that its attributes changed.

Every line ends in its own checksum. A kill may cut the last line short; whoever writes next says so in its own line, so
that `broken_log` can tell a cut line from one that was changed later.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner.errors import StoreError
from scanner.store.trust import plain_file

__all__ = ["append", "broken_log", "log_of", "read_log", "records", "seal_of_log"]

_CHECKSUM = re.compile(rb', "crc32": "([0-9a-f]{8})"\}$')
_LONGEST_LINE = 2**24  # one with a copy of the store's attributes is the longest
_MAX_LOG = 2**34  # bytes; 1e7 blocks
_PIECE = 2**20


class _Record(BaseModel):
    """What is read of a line, if it is there; the log of a stranger may say anything."""

    model_config = ConfigDict(extra="allow")

    store: str
    family: str = ""
    index: list[Annotated[int, Field(ge=0)]] = []
    points: Annotated[int, Field(ge=0, lt=2**62)] = 0
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    messages: list[str] = []
    counts: dict[Annotated[int, Field(ge=0, le=255)], Annotated[int, Field(ge=0, lt=2**62)]] | None = None


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store's blocks, one by one. Left out: other stores, and lines that are damaged or cut short."""
    for record in records(path):
        if record.get("store") == store_id and "root" not in record:
            try:
                yield _Record.model_validate(record).model_dump(exclude_unset=True)
            except ValidationError:
                continue


def records(path: Path) -> Iterator[dict[str, Any]]:
    """All records that can be read and whose checksum, if they have one, agrees."""
    try:
        log = _opened(path)
    except FileNotFoundError:
        return
    with log:
        while line := log.readline(_LONGEST_LINE):
            if (record := _record(line.rstrip(b"\n"))) is not None:
                yield record


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record, on a line of its own even where a kill has cut the last one short."""
    with plain_file(path, "ab+") as log:
        start = b""
        if cut := _cut_line(log):
            record = {**record, "after_cut_line": _crc(cut)}
            start = b"\n"
        line = json.dumps(record).encode()
        log.write(start + line[:-1] + f', "crc32": "{_crc(line[:-1])}"}}\n'.encode())


def log_of(path: Path) -> Path:
    """The log beside a store."""
    return path.with_name(path.name + ".log.jsonl")


def seal_of_log(log: Path) -> dict[str, Any]:
    """What `broken_log` compares a log with later: it only grows."""
    try:
        file = _opened(log)
    except (OSError, StoreError):  # which is a finding
        return {"bytes": 0, "sha256": _sha(b""), "first_line": _sha(b"")}
    with file:
        size = _size(file)
        first = file.readline(_LONGEST_LINE).removesuffix(b"\n")
        return {"bytes": size, "sha256": _digest(file, size), "first_line": _sha(first)}


def broken_log(log: Path, sealed: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it was when a log was sealed, or when a line was added later."""
    try:
        file = _opened(log)
    except FileNotFoundError:  # the store alone was copied
        return
    except (OSError, StoreError) as error:
        yield f"cannot be read: {error}"
        return
    with file:
        there, size = _size(file), sealed["bytes"]
        first = file.readline(_LONGEST_LINE)
        begun_anew = first.endswith(b"\n") and _is_whole(first[:-1])  # where the store was copied to, if it is another
        if begun_anew and _sha(first[:-1]) != sealed["first_line"]:
            size = 0
        elif there < size:
            yield f"is cut short: {there} of at least {size} bytes"
            return
        elif _digest(file, size) != sealed["sha256"]:
            yield f"its first {size} bytes were changed since they were written"
        file.seek(size)
        yield from _damaged_lines(file, size)


def _damaged_lines(log: IO[bytes], start: int) -> Iterator[str]:
    """Lines from a position on that are not as they were written, but for what kills cut."""
    lines = iter(lambda: log.readline(_LONGEST_LINE), b"")
    for line, following in itertools.pairwise(itertools.chain(lines, [b""])):
        if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
            return  # the last one: it is being written, or was cut
        content, after = line.removesuffix(b"\n"), following.removesuffix(b"\n")
        said = _record(after) if _is_whole(after) else None
        if content and not _is_whole(content) and (said is None or said.get("after_cut_line") != _crc(content)):
            yield f"at byte {start}: a line that was changed since it was written, or is not of lmutau"
        start += len(line)


def _is_whole(line: bytes) -> bool:
    return _CHECKSUM.search(line) is not None and _record(line) is not None


def _record(content: bytes) -> dict[str, Any] | None:
    checksum = _CHECKSUM.search(content)
    if checksum is not None and _crc(content[: checksum.start()]) != checksum[1].decode():
        return None
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return {key: value for key, value in record.items() if key != "crc32"}


def _opened(log: Path) -> IO[bytes]:
    file = plain_file(log)
    if (size := _size(file)) > _MAX_LOG:
        file.close()
        raise StoreError(f"{log}: {size:,} bytes are more than a log has")
    return file


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _digest(log: IO[bytes], size: int) -> str:
    """SHA-256 of the first bytes."""
    log.seek(0)
    found = hashlib.sha256()
    while size and (piece := log.read(min(size, _PIECE))):
        found.update(piece)
        size -= len(piece)
    return found.hexdigest()


def _cut_line(log: Any) -> bytes:
    """What stands after the last line break, if anything."""
    size = log.seek(0, 2)
    log.seek(max(0, size - 1))
    if log.read() in (b"", b"\n"):
        return b""
    log.seek(max(0, size - _LONGEST_LINE))
    return bytes(log.read().rpartition(b"\n")[2])


def _crc(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
