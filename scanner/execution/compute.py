"""One block for a run: evaluated and written, in whatever process."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from physics.core.identity import digest as physics_digest
from scanner.errors import StoreError
from scanner.execution.patience import patiently
from scanner.execution.record import BlockRecord, counts_of, record_of_stored
from scanner.scan.plan import BlockIndex
from scanner.store.store import Store

__all__ = ["Job", "compute", "open_store"]


@dataclass(frozen=True)
class Job:
    """A run, as its workers know it."""

    path: str
    store_id: str
    physics_code: str
    run_id: str

    @property
    def stop_event(self) -> str:
        """Name of the Dask event that tells waiting blocks not to start."""
        return f"lmutau-stop-{self.run_id}"

    @property
    def probe(self) -> Path:
        """A file beside the store, for the time of the run: workers that see it see the same folder."""
        store = Path(self.path)
        return store.with_name(f".{store.name}.{self.run_id}")

    def check_physics(self) -> None:
        """Raise where this process computes other values than the run's: its code or its plugins differ."""
        if (here := physics_digest()[:16]) != self.physics_code:
            raise StoreError(
                f"{self.path}: this process has other physics code ({here}) than the run ({self.physics_code})"
            )


def compute(job: Job, store: Store, family_name: str, index: BlockIndex, tell: Callable[[str], object]) -> BlockRecord:
    """Compute and write one block. One that exists is not computed again.

    `tell` hears an empty text when the block is started, and then of what hinders it.
    """
    family = store.family(family_name)
    if store.has(family, index):
        return record_of_stored(store, family, index)
    tell("")  # the clock of the block's limit starts; from here on the process may not be able to answer
    start = time.perf_counter()
    result = patiently(lambda: store.compute_block(family, index), tell)  # it may read files
    job.check_physics()  # another driver may have changed the plugins of this process meanwhile
    if store.has(family, index):  # another driver was faster, or has given the block up
        return record_of_stored(store, family, index)
    patiently(lambda: store.write_block(family, index, result), tell)
    return BlockRecord(
        family=family.name,
        index=index,
        points=result.status[0].size,
        counts=counts_of(result.status),
        seconds=time.perf_counter() - start,
        host=socket.gethostname(),
        pid=os.getpid(),
        messages=result.messages,
    )


@lru_cache(maxsize=4)
def open_store(path: str, store_id: str) -> Store:
    """The store that a worker writes to, opened once a process."""
    store = Store(path)
    if store.id != store_id:
        raise StoreError(f"{path}: the store was replaced while the run was on")
    if problems := store.axis_problems():
        raise StoreError(f"{path}: {'; '.join(problems)}")
    return store
