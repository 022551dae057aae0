"""The log beside a store: a JSON line for each block that was computed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["read_log"]


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store, one by one. Left out: lines of other stores and those a kill cut short."""
    if not path.exists():
        return
    with path.open() as log:
        for line in log:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            if record.get("store") == store_id:
                yield record
