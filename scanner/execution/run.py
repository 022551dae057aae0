"""Run what is pending of a store on a Dask client. Running again resumes.

A worker evaluates a block, writes it and returns a few numbers. A block that kills its workers, or exceeds its limit,
is recorded as failed and the run goes on (`scanner.execution.dispatch`).
"""

from __future__ import annotations

import math
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from distributed import Event
from distributed.comm import CommClosedError

from physics import Status
from physics.core.tables import as_html, as_text
from scanner.errors import RunError
from scanner.execution.dispatch import Block, Dispatcher
from scanner.execution.interrupts import interruptible
from scanner.execution.patience import patiently
from scanner.execution.shipping import plugins_on_workers, within
from scanner.execution.worker import BlockRecord, Job, record_of_stored
from scanner.scan.cost import Cost
from scanner.scan.plan import BlockIndex, Family, check_workers_can_have
from scanner.store import provenance
from scanner.store.condemned import retry_condemned
from scanner.store.runlog import append, read_log
from scanner.store.store import Store

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["FAILURES", "BlockRecord", "Report", "run"]

MAX_MESSAGES = 20  # of a run
SECONDS_TO_TELL_WORKERS = 5.0
SECONDS_ANY_BLOCK_MAY_TAKE = 600.0  # by default; one that is expected to take long, so many times as long:
GENEROSITY = 20.0

# Values lost to errors; what physics declares to be outside a domain or without solution is a result
FAILURES = (Status.NOT_CONVERGED, Status.INPUT_FAILED, Status.ERROR, Status.BLOCK_FAILED)


@dataclass(repr=False)
class Report:
    """What a run did, and what its store has then."""

    blocks: int = 0  # computed by this run, or given up
    points: int = 0
    counts: Counter[Status] = field(default_factory=Counter)  # values of the store, also those of earlier runs
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

    def _rows(self) -> list[tuple[str, str]]:
        """What it is printed as."""
        rows = [
            ("blocks", f"{self.blocks:,}"),
            ("points", f"{self.points:,}"),
            ("seconds", f"{self.seconds:.1f}"),
            *((status.meaning.replace("_", " "), f"{n:,} values") for status, n in self.counts.items()),
            *(("message", message) for message in self.messages),
        ]
        return [*rows, ("interrupted", "yes")] if self.interrupted else rows

    def __repr__(self) -> str:
        """As a short table."""
        return as_text(self._rows())

    def _repr_html_(self) -> str:
        return as_html((), self._rows())

    def add(self, record: BlockRecord) -> None:
        """Count a block."""
        self.blocks += 1
        self.points += record.points
        self.messages.extend(record.messages[: MAX_MESSAGES - len(self.messages)])


def run(
    store: Store,
    client: Client,
    *,
    seconds_limit: float | None = None,
    no_worker_timeout: float | None = None,
    on_block: Callable[[BlockRecord], None] | None = None,
    on_interrupt: Callable[[], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> Report:
    """Compute the pending blocks of a store, and once more those that one run has given up.

    The first Ctrl-C, SIGTERM or SIGHUP lets the blocks finish that are being computed, and returns; a second Ctrl-C
    leaves at once. Either way nothing that was computed is lost, and running again resumes. Several runs may share a
    store: they take its blocks in different orders. Plugins that were added here (`physics.add`) are sent to the
    workers for the time of the run.

    Parameters
    ----------
    store : Store
        Its folder must be visible to the workers under the same path.
    client : distributed.Client
        Any Dask client.
    seconds_limit : float, optional
        A block that takes longer is given up, and its worker ended; default: store.seconds_limit of the scan, else 10
        minutes and 20 times what the observables declare or blocks have taken, whichever is more.
    no_worker_timeout : float, optional
        Seconds without any worker after which to give up; by default it is said after a minute, and waited for them.
    on_block, on_interrupt, on_notice : callable, optional
        Called after every block with its record; on the first signal; with lines that the user should see.

    Returns
    -------
    Report

    Raises
    ------
    StoreError, ScanFileError
        This installation cannot compute the store: something is missing.
    RunError
        No worker can work for the store, a block could not be written, or the store is not complete after all.
    """
    started = time.perf_counter()
    check_workers_can_have(store.scan)
    job = Job(str(store.path.resolve()), store.id, store.identity["physics code"], uuid.uuid4().hex)
    job.check_physics()
    retry_condemned(store)
    report = Report()
    tell = on_notice or (lambda _: None)
    records = _Records(store, report, on_block, tell)
    limits = _Limits(store, seconds_limit)
    dispatcher = Dispatcher(
        job, client, limit=limits.of, fail=records.give_up, tell=tell, no_worker_timeout=no_worker_timeout
    )
    interrupted = _compute(store, job, client, dispatcher, records, limits, on_interrupt)
    report.interrupted = interrupted and next(store.pending(), None) is not None
    if not report.interrupted:
        patiently(store.finalize, tell)
    for family in store.families:
        report.counts.update(store.counts(family))
    report.seconds = time.perf_counter() - started
    return report


def _compute(
    store: Store,
    job: Job,
    client: Client,
    dispatcher: Dispatcher,
    records: _Records,
    limits: _Limits,
    on_interrupt: Callable[[], None] | None,
) -> bool:
    """Have the pending blocks computed; return whether a signal has asked for an end."""
    try:
        with plugins_on_workers(client, job.run_id), _stoppable(job, client, on_interrupt) as interrupted:
            pending = list(store.pending(random.Random(job.run_id)))  # an order of this run's own
            for record in dispatcher.records((Block(*block) for block in pending), interrupted):
                limits.learn(record)
                records.add(record)
    except (CancelledError, CommClosedError) as lost:
        message = "lost the connection to the Dask scheduler; committed blocks are safe: run again to resume"
        raise RunError(message) from lost
    finally:
        records.complete_log()
    return interrupted.is_set()


class _Records:
    """What is done with the record of a block: counted, logged, shown."""

    def __init__(
        self,
        store: Store,
        report: Report,
        on_block: Callable[[BlockRecord], None] | None,
        tell: Callable[[str], None],
    ) -> None:
        self.store, self.report, self.on_block, self.tell = store, report, on_block, tell
        self.found: dict[tuple[str, BlockIndex], BlockRecord] = {}

    def add(self, record: BlockRecord) -> None:
        """Take note of a block."""
        if record.found:
            self.found[record.family, record.index] = record
        else:
            self.report.add(record)
            self._log(record)
        if self.on_block is not None:
            self.on_block(record)

    def give_up(self, block: Block, why: str) -> BlockRecord:
        """Record that a block cannot be computed: all its values are lost. One that is complete after all is kept."""
        family, index = block.family, block.index
        if not patiently(lambda: self.store.fail_block(family, index), self.tell):
            return record_of_stored(self.store, family, index)
        points = math.prod(s.stop - s.start for s in family.region(index))
        counts = {int(Status.BLOCK_FAILED): points * len(family.observables)}
        return BlockRecord(family.name, index, points, counts, 0.0, "", 0, [why], max(1, block.deaths))

    def complete_log(self) -> None:
        """Log the blocks that somebody else has computed, unless somebody else has logged them."""
        if self.found:
            for line in read_log(self.store.log_path, self.store.id):
                if "counts" in line:
                    self.found.pop((line.get("family", ""), tuple(line.get("index", ()))), None)
        for record in self.found.values():
            self._log(record)

    def _log(self, record: BlockRecord) -> None:
        line = {"time": provenance.now(), "store": self.store.id, **asdict(record)}
        patiently(lambda: append(self.store.log_path, line), self.tell)


class _Limits:
    """Seconds that a block of a family may take."""

    def __init__(self, store: Store, seconds: float | None) -> None:
        self.seconds = store.scan.store.seconds_limit if seconds is None else seconds
        self.expected = {f.name: Cost.of(store.scan, f.dims, f.observables)(f.block) for f in store.families}

    def of(self, family: Family) -> float:
        """The limit, as told, or generous."""
        if self.seconds is not None:
            return self.seconds
        return SECONDS_ANY_BLOCK_MAY_TAKE + GENEROSITY * self.expected[family.name]

    def learn(self, record: BlockRecord) -> None:
        """A block has taken so long: others may."""
        self.expected[record.family] = max(self.expected[record.family], record.seconds)


@contextmanager
def _stoppable(job: Job, client: Client, tell: Callable[[], None] | None) -> Iterator[threading.Event]:
    """On the first signal set an event, here and on the workers: blocks that wait return at once."""
    stop = Event(job.stop_event, client=client)
    setter = threading.Thread(target=stop.set, daemon=True)  # a signal handler must not wait for an answer

    def on_first() -> None:
        setter.start()
        if tell is not None:
            tell()

    with interruptible(on_first) as interrupted:
        yield interrupted
    if interrupted.is_set():
        setter.join(SECONDS_TO_TELL_WORKERS)
        within(SECONDS_TO_TELL_WORKERS, stop.clear)
