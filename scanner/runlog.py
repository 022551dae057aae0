"""The log beside a store: a JSON line for each block that was computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_log"]


def read_log(path: Path) -> list[dict[str, Any]]:
    """All records of a log, leaving out a last line that a kill cut short; an empty list without a log."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text().splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records
