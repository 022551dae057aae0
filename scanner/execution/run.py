"""Run what is pending of a store on a Dask client. Running again resumes.

Blocks go through a bounded window of futures; a worker evaluates a block, writes it and returns a few numbers. A block
that kills its worker is tried once more, alone; the second time it is recorded as failed and the run goes on.
"""

from __future__ import annotations

import itertools
import random
import signal
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
from distributed import Event, KilledWorker, as_completed
from distributed.comm import CommClosedError

from physics import Status
from scanner.errors import RunError
from scanner.execution.shipping import plugins_on_workers, within
from scanner.execution.worker import BlockRecord, Job, complaint, run_block
from scanner.scan.plan import BlockIndex, Family, check_workers_can_have
from scanner.store import provenance
from scanner.store.runlog import append
from scanner.store.store import Store

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["FAILURES", "BlockRecord", "Report", "run"]

BLOCKS_PER_THREAD = 3  # in the window: one running, two waiting
MAX_MESSAGES = 20  # of a run
SECONDS_TO_TELL_WORKERS = 5.0

# Values lost to errors; what physics declares to be outside a domain or without solution is a result
FAILURES = (Status.NOT_CONVERGED, Status.INPUT_FAILED, Status.ERROR, Status.BLOCK_FAILED)


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


def run(
    store: Store,
    client: Client,
    *,
    on_block: Callable[[BlockRecord], None] | None = None,
    on_interrupt: Callable[[], None] | None = None,
) -> Report:
    """Compute the pending blocks of a store.

    The first Ctrl-C lets the blocks finish that are being computed, and returns; a second one leaves at once. Either
    way nothing that was computed is lost, and running again resumes. Plugins that were added here (`physics.add`) are
    sent to the workers for the time of the run.

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
    StoreError, ScanFileError
        This installation cannot compute the store: something is missing.
    RunError
        A worker cannot reach the store, or a block could not be written.
    """
    started = time.perf_counter()
    check_workers_can_have(store.scan)
    job = Job(str(store.path.resolve()), store.id, store.identity["physics code"], uuid.uuid4().hex)
    job.check_physics()
    report = Report()

    def record(result: BlockRecord | None) -> None:
        if result is not None:
            report.add(result)
            append(store.log_path, {"time": provenance.now(), "store": store.id, **asdict(result)})
            if on_block is not None:
                on_block(result)

    try:
        with plugins_on_workers(client, job.run_id):
            _check_workers(job, client)
            with _interruptible(job, client, on_interrupt) as interrupted:
                for result in _records(store, job, client, interrupted):
                    record(result)
            report.interrupted = interrupted.is_set() and next(store.pending(), None) is not None
    except (CancelledError, CommClosedError) as lost:
        message = "lost the connection to the Dask scheduler; committed blocks are safe: run again to resume"
        raise RunError(message) from lost
    if not report.interrupted:
        store.finalize()
    report.seconds = time.perf_counter() - started
    return report


def _records(store: Store, job: Job, client: Client, interrupted: threading.Event) -> Iterator[BlockRecord | None]:
    """Records of all blocks; those that killed their worker come last, each alone."""
    suspects: list[tuple[Family, BlockIndex]] = []
    for family, index, outcome in _computed(job, client, store.pending(random.Random()), interrupted):
        if isinstance(outcome, KilledWorker):
            suspects.append((family, index))
        else:
            yield outcome
    for family, index in suspects:
        if interrupted.is_set():
            return
        for _, _, outcome in _computed(job, client, iter([(family, index)]), interrupted):
            if isinstance(outcome, KilledWorker):
                store.fail_block(family, index)
                yield _record_of_failed(family, index)
            else:
                yield outcome


def _record_of_failed(family: Family, index: BlockIndex) -> BlockRecord:
    points = int(np.prod([s.stop - s.start for s in family.region(index)], dtype=np.int64))
    counts = {int(Status.BLOCK_FAILED): points * len(family.observables)}
    return BlockRecord(
        family.name, index, points, counts, 0.0, "", 0, [f"block {index} of {family.name} killed its worker twice"]
    )


def _computed(
    job: Job, client: Client, blocks: Iterator[tuple[Family, BlockIndex]], interrupted: threading.Event
) -> Iterator[tuple[Family, BlockIndex, Any]]:
    """Yield each block with its record, None or the KilledWorker error; raise RunError for other errors."""
    window = BLOCKS_PER_THREAD * max(1, sum(client.nthreads().values()))
    waiting: dict[Future, tuple[Family, BlockIndex]] = {}
    completed = as_completed()

    def submit(number: int) -> None:
        for family, index in itertools.islice(blocks, number):
            future = client.submit(run_block, job, family.name, index, pure=False)
            waiting[future] = (family, index)
            completed.add(future)

    submit(window)
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


@contextmanager
def _interruptible(job: Job, client: Client, tell: Callable[[], None] | None) -> Iterator[threading.Event]:
    """On the first Ctrl-C set an event, here and on the workers; the second one raises KeyboardInterrupt as usual."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield interrupted
        return
    stop = Event(job.stop_event, client=client)  # blocks that wait return at once; those that run are finished
    setter = threading.Thread(target=stop.set, daemon=True)  # a signal handler must not wait for an answer
    previous = signal.getsignal(signal.SIGINT)

    def handle(*_: Any) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, previous)
        setter.start()
        if tell is not None:
            tell()

    signal.signal(signal.SIGINT, handle)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, previous)
    if interrupted.is_set():
        setter.join(SECONDS_TO_TELL_WORKERS)
        within(SECONDS_TO_TELL_WORKERS, stop.clear)


def _check_workers(job: Job, client: Client) -> None:
    """Every worker must see the store, and have its physics; those that join later check for themselves."""
    client.wait_for_workers(1)
    for worker, why in client.run(complaint, job).items():
        if why:
            remedy = "all need the same lmutau, and a file system that they share"
            raise RunError(f"worker {worker} cannot use the store: {why}; {remedy}")
