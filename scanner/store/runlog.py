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
from typing import Any

from scanner.store.files import read_plain

__all__ = ["append", "broken_log", "log_of", "read_log", "records", "seal_of_log"]

_CHECKSUM = re.compile(rb', "crc32": "([0-9a-f]{8})"\}$')
_LONGEST_LINE = 2**24


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store's blocks, one by one. Left out: other stores, and lines that are damaged or cut short."""
    return (record for record in records(path) if record.get("store") == store_id and "root" not in record)


def records(path: Path) -> Iterator[dict[str, Any]]:
    """All records that can be read and whose checksum, if they have one, agrees."""
    for line in _content(path).split(b"\n"):
        if (record := _record(line)) is not None:
            yield record


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record, on a line of its own even where a kill has cut the last one short."""
    with path.open("ab+") as log:
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
    content = _content(log)
    first = content.partition(b"\n")[0]
    return {"bytes": len(content), "sha256": _sha(content), "first_line": _sha(first)}


def broken_log(log: Path, sealed: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it was when a log was sealed, or when a line was added later."""
    if not os.path.lexists(log):  # the store alone was copied
        return
    content, size = _content(log), sealed["bytes"]
    first, line_break, _ = content.partition(b"\n")
    if _sha(first) != sealed["first_line"] and line_break and _is_whole(first):
        size = 0  # begun anew where the store was copied to: its first line is another, and whole
    elif len(content) < size:
        yield f"is cut short: {len(content)} of at least {size} bytes"
        return
    elif _sha(content[:size]) != sealed["sha256"]:
        yield f"its first {size} bytes were changed since they were written"
    yield from _damaged_lines(content, size)


def _damaged_lines(content: bytes, start: int) -> Iterator[str]:
    """Lines after a position that are not as they were written, but for what kills cut."""
    lines = content[start:].split(b"\n")
    for line, following in itertools.pairwise(lines):  # the last one has no line break: it is being written, or was cut
        said = _record(following) if _is_whole(following) else None
        if line and not _is_whole(line) and (said is None or said.get("after_cut_line") != _crc(line)):
            yield f"at byte {start}: a line that was changed since it was written, or is not of lmutau"
        start += len(line) + 1


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


def _content(log: Path) -> bytes:
    """What is in a log; nothing where it is missing, or is no plain file."""
    try:
        return read_plain(log)
    except OSError:
        return b""


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
