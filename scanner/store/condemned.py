"""Blocks that were given up: what killed them need not have been their own fault, so a later run tries them again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from physics import Status
from scanner.scan.plan import BlockIndex
from scanner.store.runlog import read_log

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["retry_condemned"]


def retry_condemned(store: Store) -> int:
    """Mark blocks that one run has given up, by what the log says, as pending again; return how many."""
    runs: Counter[tuple[str, BlockIndex]] = Counter()
    for record in read_log(store.log_path, store.id):
        if Status.BLOCK_FAILED in (record.get("counts") or ()):
            runs[record.get("family", ""), tuple(record.get("index", ()))] += 1
    retried = 0
    for (name, index), times in runs.items():
        family = next((f for f in store.families if f.name == name), None)
        if times > 1 or family is None or not store.has(family, index):
            continue
        if np.all(store.read_status(family, index) == Status.BLOCK_FAILED):
            store.forget(family, index)
            retried += 1
    return retried
