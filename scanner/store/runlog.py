"""The log beside a store: a JSON line for each block that was computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["append", "read_log"]


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store, one by one. Left out: lines of other stores and those a kill cut short."""
    if not path.exists():
        return
    with path.open(errors="replace") as log:
        for line in log:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(record, dict) and record.get("store") == store_id:
                yield record


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record, on a line of its own even where a kill has cut the last one short."""
    with path.open("ab+") as log:
        size = log.seek(0, 2)
        if size:
            log.seek(size - 1)
            if log.read(1) != b"\n":
                log.write(b"\n")
        log.write(json.dumps(record).encode() + b"\n")
