"""What runs on a worker: one block, evaluated and written."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
from distributed import Event, get_client, get_worker
from numpy.typing import NDArray

from physics import Status
from physics.core.identity import digest as physics_digest
from scanner.errors import ScanError, StoreError
from scanner.execution.patience import patiently
from scanner.scan.plan import BlockIndex, Family
from scanner.store.store import Store

__all__ = ["TOPIC", "BlockRecord", "Job", "UnfitWorkerError", "open_store", "record_of_stored", "run_block", "work"]

TOPIC = "lmutau"  # of the Dask events by which workers tell drivers what they are at


class UnfitWorkerError(ScanError):
    """A worker cannot work for a run: args are its address, and why."""


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
    tries: int = 1  # workers that it took, the last included
    found: bool = False  # it was there already: another driver's, or of a worker that was lost before it could say so

    def as_json(self) -> str:
        """As text, for the way to the driver."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> BlockRecord:
        """Back from it."""
        items = json.loads(text)
        counts = {int(code): number for code, number in items["counts"].items()}
        return cls(**{**items, "index": tuple(items["index"]), "counts": counts})


def run_block(job: Job, family_name: str, index: BlockIndex) -> BlockRecord | None:
    """Compute and write one block; None if the run stops. One that exists is not computed again."""

    def tell(notice: str) -> None:
        tell_driver(job, notice)

    store = _fit(job, tell)
    if Event(job.stop_event).is_set():
        return None
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
        counts=_counts(result.status),
        seconds=time.perf_counter() - start,
        host=socket.gethostname(),
        pid=os.getpid(),
        messages=result.messages,
    )


def work(job: Job, family_name: str, index: BlockIndex) -> None:
    """Run a block for a driver.

    The record is told, not returned: a result stays on the worker until it is fetched, and the worker may be in the
    hands of a block that hangs by then.
    """
    try:
        record = run_block(job, family_name, index)
    except Exception as error:
        _forget_zarr(error)
        raise
    if record is not None:
        tell_driver(job, "", record)


def _forget_zarr(error: BaseException | None) -> None:
    """Cut errors of zarr off what they led to: that a node is missing is said by one that cannot be unpickled."""
    while error is not None:
        for link in ("__cause__", "__context__"):
            if type(getattr(error, link)).__module__.partition(".")[0] == "zarr":
                setattr(error, link, None)
        error = error.__cause__ or error.__context__


def tell_driver(job: Job, notice: str, record: BlockRecord | None = None) -> None:
    """Tell the driver that this worker is at its block, what hinders it, or what came of it.

    Returns when the scheduler knows.
    """
    worker = get_worker()
    message = {"run": job.run_id, "key": worker.get_current_task(), "worker": worker.address, "notice": notice}
    get_client().log_event(TOPIC, message | {"record": record and record.as_json()})


def record_of_stored(store: Store, family: Family, index: BlockIndex) -> BlockRecord:
    """What the store says of a block that is complete; who computed it, and what was raised, only the log knows."""
    status = store.read_status(family, index)
    return BlockRecord(family.name, index, status[0].size, _counts(status), 0.0, "", 0, [], found=True)


def _counts(status: NDArray[np.uint8]) -> dict[int, int]:
    numbers = {int(code): int(np.count_nonzero(status == code)) for code in Status}
    return {code: number for code, number in numbers.items() if number}


def _fit(job: Job, tell: Callable[[str], object]) -> Store:
    """The store of a run, if this process can work for it.

    Raises
    ------
    UnfitWorkerError
        It cannot: it does not see the store, or would compute other values.
    """
    try:
        store = patiently(lambda: open_store(job.path, job.store_id), tell)
        job.check_physics()
        if not os.access(job.path, os.W_OK):
            raise StoreError(f"no write access to {job.path}")
    except Exception as error:  # whatever a worker's file system or installation comes up with
        raise UnfitWorkerError(get_worker().address, f"{type(error).__name__}: {error}") from error
    return store


@lru_cache(maxsize=4)
def open_store(path: str, store_id: str) -> Store:
    """The store that a worker writes to, opened once a process."""
    store = Store(path)
    if store.id != store_id:
        raise StoreError(f"{path}: the store was replaced while the run was on")
    if problems := store.axis_problems():
        raise StoreError(f"{path}: {'; '.join(problems)}")
    return store
