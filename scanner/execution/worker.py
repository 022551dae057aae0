"""What runs on a worker: one block, evaluated and written."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from distributed import Event

from physics.core.identity import digest as physics_digest
from scanner.errors import StoreError
from scanner.scan.plan import BlockIndex
from scanner.store.store import Store

__all__ = ["BlockRecord", "Job", "complaint", "open_store", "run_block"]


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

    def check_physics(self) -> None:
        """Raise where this process computes other values than the run's: its code or its plugins differ."""
        if (here := physics_digest()[:16]) != self.physics_code:
            raise StoreError(
                f"{self.path}: this process has other physics code ({here}) than the run ({self.physics_code})"
            )


@dataclass(frozen=True)
class BlockRecord:
    """Summary of a block."""

    family: str
    index: BlockIndex
    points: int
    counts: dict[int, int]
    seconds: float
    host: str
    pid: int
    messages: list[str]


def run_block(job: Job, family_name: str, index: BlockIndex) -> BlockRecord | None:
    """Compute and write one block; None if it exists already (repeats are harmless) or the run stops."""
    store = open_store(job.path, job.store_id)
    if Event(job.stop_event).is_set():
        return None
    family = store.family(family_name)
    if store.has(family, index):
        return None
    start = time.perf_counter()
    job.check_physics()
    result = store.compute_block(family, index)
    job.check_physics()  # another driver may have changed the plugins of this process meanwhile
    store.write_block(family, index, result)
    statuses, numbers = np.unique(result.status, return_counts=True)
    return BlockRecord(
        family=family.name,
        index=index,
        points=result.status[0].size,
        counts=dict(zip(statuses.tolist(), numbers.tolist(), strict=True)),
        seconds=time.perf_counter() - start,
        host=socket.gethostname(),
        pid=os.getpid(),
        messages=result.messages,
    )


def complaint(job: Job) -> str:
    """Why this process cannot work for a run; empty if it can."""
    try:
        open_store(job.path, job.store_id)
        job.check_physics()
    except Exception as error:  # whatever a worker's file system or installation comes up with
        return f"{type(error).__name__}: {error}"
    return "" if os.access(job.path, os.W_OK) else f"no write access to {job.path}"


@lru_cache(maxsize=4)
def open_store(path: str, store_id: str) -> Store:
    """The store that a worker writes to, opened once a process."""
    store = Store(path)
    if store.id != store_id:
        raise StoreError(f"{path}: the store was replaced while the run was on")
    if problems := store.axis_problems():
        raise StoreError(f"{path}: {'; '.join(problems)}")
    return store
