"""The log beside a store: a JSON line for each block that was computed, and for each time that its attributes changed.

Every line ends in its own checksum. A kill may cut the last line short; whoever writes next says so in its own line, so
that `damaged_lines` can tell a cut line from one that was changed later.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["append", "damaged_lines", "is_whole", "read_log", "records"]

_CHECKSUM = re.compile(rb', "crc32": "([0-9a-f]{8})"\}$')
_LONGEST_LINE = 2**24
_CHANGED = "a line that was changed since it was written, or is not of lmutau"


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store's blocks, one by one. Left out: other stores, and lines that are damaged or cut short."""
    return (record for record in records(path) if record.get("store") == store_id and "root" not in record)


def records(path: Path) -> Iterator[dict[str, Any]]:
    """All records that can be read and whose checksum, if they have one, agrees."""
    if not path.exists():
        return
    with path.open("rb") as log:
        for line in log:
            if (record := _record(line.rstrip(b"\n"))) is not None:
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


def is_whole(line: bytes) -> bool:
    """Whether a line is as it was written."""
    return _CHECKSUM.search(line) is not None and _record(line) is not None


def damaged_lines(path: Path, start: int = 0) -> Iterator[tuple[int, str]]:
    """Position and complaint of every line after a position that is not as it was written, but for what kills cut."""
    with path.open("rb") as log:
        log.seek(start)
        suspect: tuple[int, bytes] | None = None
        position = start
        for line in log:
            content = line.rstrip(b"\n")
            if suspect is not None:
                said = _record(content) if is_whole(content) else None
                if said is None or said.get("after_cut_line") != _crc(suspect[1]):
                    yield suspect[0], _CHANGED
                suspect = None
            if line.endswith(b"\n") and not is_whole(content):
                suspect = (position, content)
            position += len(line)
        if suspect is not None:
            yield suspect[0], _CHANGED


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


def _cut_line(log: Any) -> bytes:
    """What stands after the last line break, if anything."""
    size = log.seek(0, 2)
    log.seek(max(0, size - _LONGEST_LINE))
    return bytes(log.read().rpartition(b"\n")[2])


def _crc(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
