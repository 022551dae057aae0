"""Run what is pending of a store on a Dask client. Running again resumes.

Blocks go through a bounded window of futures; a worker evaluates a block, writes it and returns a few numbers. A block
that kills its worker is tried once more, alone; the second time it is recorded as failed and the run goes on.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from distributed import KilledWorker, as_completed
from distributed.comm import CommClosedError

from physics import Status
from scanner.errors import RunError
from scanner.scan.plan import BlockIndex, Family
from scanner.store import provenance
from scanner.store.runlog import append
from scanner.store.store import Store, open_store

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["FAILURES", "BlockRecord", "Report", "run", "run_block"]

BLOCKS_PER_THREAD = 3  # in the window: one running, two waiting
MAX_MESSAGES = 20  # of a run

# Values lost to errors; what physics declares to be outside a domain or without solution is a result
FAILURES = (Status.NOT_CONVERGED, Status.INPUT_FAILED, Status.ERROR, Status.BLOCK_FAILED)


@dataclass(frozen=True)
class BlockRecord:
    """What a worker says of a block."""

    family: str
    index: BlockIndex
    points: int
    counts: dict[int, int]
    seconds: float
    host: str
    pid: int
    messages: list[str]


@dataclass
class Report:
    """What a run did."""

    blocks: int = 0
    points: int = 0
    counts: Counter[Status] = field(default_factory=Counter)
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether every block has been computed or recorded as failed."""
        return not self.interrupted

    @property
    def failures(self) -> int:
        """Number of values lost to errors."""
        return sum(self.counts[s] for s in FAILURES)

    def add(self, record: BlockRecord) -> None:
        """Count a block."""
        self.blocks += 1
        self.points += record.points
        self.counts.update({Status(s): n for s, n in record.counts.items()})
        self.messages.extend(record.messages[: MAX_MESSAGES - len(self.messages)])


def run_block(path: str, store_id: str, run_id: str, family_name: str, index: BlockIndex) -> BlockRecord | None:
    """Compute and write one block, on a worker; None if it exists already (repeats are harmless) or the run stops."""
    store = open_store(path, store_id)
    if run_id in store.stopped_runs:
        return None
    family = store.family(family_name)
    if store.marker(family, index).exists():
        return None
    start = time.perf_counter()
    result = store.compute_block(family, index)
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


def run(
    store: Store,
    client: Client,
    *,
    on_block: Callable[[BlockRecord], None] | None = None,
    on_interrupt: Callable[[], None] | None = None,
) -> Report:
    """Compute the pending blocks of a store.

    The first Ctrl-C lets the blocks finish that are being computed, and returns; a second one leaves at once. Either
    way nothing that was computed is lost, and running again resumes.

    Parameters
    ----------
    store : Store
        Its folder must be visible to the workers under the same path.
    client : distributed.Client
        Any Dask client.
    on_block, on_interrupt : callable, optional
        Called after every block with its record; on the first Ctrl-C.

    Returns
    -------
    Report

    Raises
    ------
    RunError
        A worker cannot reach the store, or a block could not be written.
    """
    started = time.perf_counter()
    _check_workers_see(store, client)
    report = Report()
    suspects: list[tuple[Family, BlockIndex]] = []
    with _first_interrupt(on_interrupt) as interrupted:

        def record(result: BlockRecord | None) -> None:
            if result is not None:
                report.add(result)
                append(store.log_path, {"time": provenance.now(), "store": store.id, **asdict(result)})
                if on_block is not None:
                    on_block(result)

        try:
            for family, index, outcome in _computed(store, client, store.pending(), interrupted):
                if isinstance(outcome, KilledWorker):
                    suspects.append((family, index))
                else:
                    record(outcome)
            for family, index in suspects:
                if interrupted.is_set():
                    break
                alone = iter([(family, index)])
                for _, _, outcome in _computed(store, client, alone, interrupted):
                    if isinstance(outcome, KilledWorker):
                        store.fail_block(family, index)
                        shape = [s.stop - s.start for s in family.region(index)]
                        lost = int(np.prod(shape, dtype=np.int64))
                        message = f"block {index} of {family.name} killed its worker twice"
                        counts = {int(Status.BLOCK_FAILED): lost * len(family.observables)}
                        record(BlockRecord(family.name, index, lost, counts, 0.0, "", 0, [message]))
                    else:
                        record(outcome)
        except (CancelledError, CommClosedError) as lost:
            raise RunError("the scheduler is gone; what is stored is safe: run again to resume") from lost
        finally:
            report.seconds = time.perf_counter() - started
        report.interrupted = interrupted.is_set() and next(store.pending(), None) is not None
    if not report.interrupted:
        store.finalize()
    return report


def _computed(
    store: Store,
    client: Client,
    blocks: Iterator[tuple[Family, BlockIndex]],
    interrupted: threading.Event,
) -> Iterator[tuple[Family, BlockIndex, Any]]:
    """Yield each block with its record, None or the KilledWorker error; raise RunError for other errors."""
    window = BLOCKS_PER_THREAD * max(1, sum(client.nthreads().values()))
    path, run_id = str(store.path.resolve()), uuid.uuid4().hex
    waiting: dict[Future, tuple[Family, BlockIndex]] = {}
    completed = as_completed()

    def submit(number: int) -> None:
        for family, index in itertools.islice(blocks, number):
            future = client.submit(run_block, path, store.id, run_id, family.name, index, pure=False)
            waiting[future] = (family, index)
            completed.add(future)

    submit(window)
    stopped = False
    for future in completed:
        family, index = waiting.pop(future)
        error = future.exception()
        if error is not None and not isinstance(error, KilledWorker):
            client.cancel(list(waiting))
            raise RunError(f"block {index} of {family.name}: {type(error).__name__}: {error}") from error
        yield family, index, error if error is not None else future.result()
        future.release()
        if not interrupted.is_set():
            submit(1)
        elif not stopped:  # blocks that wait return at once; those that run are finished
            stopped = True
            client.run(_stop, path, store.id, run_id, on_error="ignore")


def _stop(path: str, store_id: str, run_id: str) -> None:
    open_store(path, store_id).stopped_runs.add(run_id)


@contextmanager
def _first_interrupt(tell: Callable[[], None] | None) -> Iterator[threading.Event]:
    """Set an event on the first Ctrl-C, and tell; the second one raises KeyboardInterrupt as usual."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield interrupted
        return
    previous = signal.getsignal(signal.SIGINT)

    def handle(*_: Any) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, previous)
        if tell is not None:
            tell()

    signal.signal(signal.SIGINT, handle)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, previous)


def _check_workers_see(store: Store, client: Client) -> None:
    """Every worker must see the store, and have its physics; those that join later check for themselves."""
    client.wait_for_workers(1)
    path, store_id = str(store.path.resolve()), store.id

    def sees() -> str:
        try:
            open_store(path, store_id)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return "" if os.access(path, os.W_OK) else f"no write access to {path}"

    for worker, complaint in client.run(sees).items():
        if complaint:
            remedy = "all need the same lmutau, and a file system that they share"
            raise RunError(f"worker {worker} cannot use the store: {complaint}; {remedy}")
