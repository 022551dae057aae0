"""What runs on a worker: one block, evaluated and written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache

from distributed import Event, get_client, get_worker

from scanner.errors import ScanError, StoreError
from scanner.execution.compute import Job, compute, open_store
from scanner.execution.patience import patiently
from scanner.execution.record import BlockRecord
from scanner.execution.warming import warm
from scanner.scan.plan import BlockIndex
from scanner.store.store import Store

__all__ = ["TOPIC", "UnfitWorkerError", "run_block", "work"]

SECONDS_TO_SEE_PROBE = 10.0  # file systems of clusters show new files late
TOPIC = "lmutau"  # of the Dask events by which workers tell drivers what they are at


class UnfitWorkerError(ScanError):
    """A worker cannot work for a run: args are its address, and why."""


def run_block(job: Job, family_name: str, index: BlockIndex) -> BlockRecord | None:
    """Compute and write one block; None if the run stops. One that exists is not computed again."""

    def tell(notice: str) -> None:
        tell_driver(job, notice)

    store = _fit(job, tell)
    if Event(job.stop_event).is_set():
        return None
    return compute(job, store, family_name, index, tell)


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


def _fit(job: Job, tell: Callable[[str], object]) -> Store:
    """The store of a run, if this process can work for it.

    Raises
    ------
    UnfitWorkerError
        It cannot: it does not see the store, or would compute other values.
    """
    try:
        store = patiently(lambda: open_store(job.path, job.store_id), tell)
        _prove_same_folder(job)
        job.check_physics()
        if not os.access(job.path, os.W_OK):
            raise StoreError(f"no write access to {job.path}")
        _warm_once(job)
    except Exception as error:  # whatever a worker's file system or installation comes up with
        raise UnfitWorkerError(get_worker().address, f"{type(error).__name__}: {error}") from error
    return store


@lru_cache(maxsize=16)
def _warm_once(job: Job) -> None:
    warm(open_store(job.path, job.store_id))


@lru_cache(maxsize=16)
def _prove_same_folder(job: Job) -> None:
    """Raise where another folder has this path here, say a copy of the store on a disk of this node."""
    deadline = time.monotonic() + SECONDS_TO_SEE_PROBE
    while not job.probe.exists():
        if time.monotonic() > deadline:
            raise StoreError(
                f"{job.path}: it is another folder here; {job.probe.name}, which the run has made, is missing"
            )
        time.sleep(0.2)
