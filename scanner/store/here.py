"""Blocks computed in this process, without Dask."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from scanner.scan.plan import BlockIndex, Family
from scanner.store import provenance
from scanner.store.runlog import append
from scanner.store.store import Store

__all__ = ["compute"]


def compute(store: Store | str | Path, blocks: Iterable[tuple[Family, BlockIndex]] | None = None) -> None:
    """Compute blocks, by default all that are pending; finish the store if nothing is pending then."""
    store = store if isinstance(store, Store) else Store(store)
    for family, index in list(store.pending() if blocks is None else blocks):
        started = time.perf_counter()
        result = store.compute_block(family, index)
        store.write_block(family, index, result)
        statuses, numbers = np.unique(result.status, return_counts=True)
        append(
            store.log_path,
            {
                "time": provenance.now(),
                "store": store.id,
                "family": family.name,
                "index": index,
                "points": result.status[0].size,
                "counts": dict(zip(statuses.tolist(), numbers.tolist(), strict=True)),
                "seconds": time.perf_counter() - started,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "messages": result.messages,
            },
        )
    if store.attribute("state") != "complete" and next(store.pending(), None) is None:
        store.finalize()
