"""Run what is pending of a store on a Dask client. Running again resumes.

A worker evaluates a block, writes it and returns a few numbers. A block that kills its workers, or exceeds its limit,
is recorded as failed and the run goes on (`scanner.execution.dispatch`).
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING

from distributed import Event
from distributed.comm import CommClosedError

from scanner.errors import RunError
from scanner.execution.compute import Job
from scanner.execution.dispatch import Block, Dispatcher
from scanner.execution.interrupts import interruptible
from scanner.execution.record import BlockRecord
from scanner.execution.report import Limits, Records, Report
from scanner.execution.shipping import plugins_on_workers, within
from scanner.scan.plan import check_workers_can_have
from scanner.store.condemned import retry_condemned
from scanner.store.store import Store

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Report", "run"]

SECONDS_TO_TELL_WORKERS = 5.0


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
    records = Records(store, report, on_block, tell)
    limits = Limits(store, seconds_limit)

    def fail(block: Block, why: str) -> BlockRecord:
        return records.give_up(block.family, block.index, why, block.deaths)

    dispatcher = Dispatcher(job, client, limit=limits.of, fail=fail, tell=tell, no_worker_timeout=no_worker_timeout)
    interrupted = _compute(store, job, client, dispatcher, records, limits, on_interrupt)
    records.end(interrupted)
    report.seconds = time.perf_counter() - started
    return report


def _compute(
    store: Store,
    job: Job,
    client: Client,
    dispatcher: Dispatcher,
    records: Records,
    limits: Limits,
    on_interrupt: Callable[[], None] | None,
) -> bool:
    """Have the pending blocks computed; return whether a signal has asked for an end."""
    try:
        job.probe.touch()
        with plugins_on_workers(client, job.run_id), _stoppable(job, client, on_interrupt) as interrupted:
            pending = list(store.pending(random.Random(job.run_id)))  # an order of this run's own
            for record in dispatcher.records((Block(*block) for block in pending), interrupted):
                limits.learn(record)
                records.add(record)
    except (CancelledError, CommClosedError) as lost:
        message = "lost the connection to the Dask scheduler; committed blocks are safe: run again to resume"
        raise RunError(message) from lost
    finally:
        job.probe.unlink(missing_ok=True)
        records.complete_log()
    return interrupted.is_set()


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
