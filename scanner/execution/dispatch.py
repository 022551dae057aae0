"""Blocks on their way through a Dask cluster: sent, watched, sent again.

A bounded window of futures follows the number of threads that the cluster has. Workers say when they start a block:
one that exceeds its limit is ended together with its worker, and when a worker dies, only the blocks that it had
started are suspect. These come last, each alone.
"""

from __future__ import annotations

import functools
import itertools
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from distributed import KilledWorker
from distributed.comm import CommClosedError

from scanner.errors import RunError
from scanner.execution.compute import Job
from scanner.execution.patience import is_transient, remedy
from scanner.execution.record import BlockRecord
from scanner.execution.shipping import task_by_value, within
from scanner.execution.worker import TOPIC, UnfitWorkerError
from scanner.scan.plan import BlockIndex, Family

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Block", "Dispatcher"]

BLOCKS_PER_THREAD = 3  # in the window: one running, two waiting
TRIES = 3  # at least, of a block that kills its workers: once among others, then alone
LOST_BEFORE_START = 10  # how often a block may be lost with a worker that died of something else
SECONDS_BETWEEN_LOOKS = 3.0  # at the workers
SECONDS_BEFORE_TELLING = 60.0  # that there is no worker; then again at intervals that double
SECONDS_TO_END_A_WORKER = 20.0
TOPIC_OF_JOBS = "lmutau-jobs"


@dataclass(eq=False)
class Block:
    """A block to compute, and what has happened to it."""

    family: Family
    index: BlockIndex
    limit: float = math.inf  # seconds
    worker: str = ""  # where it was started last
    started: float = math.inf  # when; not yet
    deaths: int = 0  # of workers that had started it
    losses: int = 0  # of workers that died of something else
    errors: int = 0  # that may pass
    alone: bool = False  # sent when nothing else was on its way
    future: Future | None = None
    record: BlockRecord | None = None

    def __str__(self) -> str:
        return f"block {self.index} of {self.family.name}"


_arrivals: dict[str, queue.SimpleQueue[Any]] = {}  # by run: futures that are done, and what workers tell
_runs: dict[str, set[str]] = {}  # by client


def _hear(event: tuple[float, dict[str, Any]]) -> None:
    _, message = event
    if (arrivals := _arrivals.get(message["run"])) is not None:
        arrivals.put(message)


def _hear_of_jobs(client: str, event: tuple[float, dict[str, Any]]) -> None:
    """What whoever keeps the jobs of a batch system says is for all runs on them."""
    for run in _runs.get(client, ()):
        if (arrivals := _arrivals.get(run)) is not None:
            arrivals.put(_Jobs(**event[1]))


@dataclass(frozen=True)
class _Jobs:
    """What became of the jobs of a batch system (topic `lmutau-jobs` of Dask's events)."""

    notice: str
    gave_up: bool  # no more are submitted


class Dispatcher:
    """Has blocks computed; `records` yields what became of them.

    Parameters
    ----------
    job, client
        The run, and the cluster.
    limit : callable
        Seconds that a block may take.
    fail : callable
        Records a block as failed, for a reason, and returns its record.
    tell : callable
        Hears what the user should know.
    no_worker_timeout : float, optional
        Seconds without a worker after which to give up; None: never.
    """

    def __init__(
        self,
        job: Job,
        client: Client,
        *,
        limit: Callable[[Family], float],
        fail: Callable[[Block, str], BlockRecord],
        tell: Callable[[str], None],
        no_worker_timeout: float | None,
    ) -> None:
        self.job, self.client = job, client
        self.limit, self.fail, self.tell = limit, fail, tell
        self.no_worker_timeout = no_worker_timeout
        self.sent: dict[str, Block] = {}  # by the key of their futures
        self.again: deque[Block] = deque()
        self.suspects: deque[Block] = deque()
        self.fit: set[str] = set()  # addresses of workers that have started a block
        self.unfit: set[str] = set()
        self.ended: set[str] = set()  # because of a block that was hung
        self.task = task_by_value()
        self.threads = 1
        self.told_of_threads = False
        self.next_look = 0.0
        self.last_worker_seen = time.monotonic()
        self.next_word = SECONDS_BEFORE_TELLING

    def records(self, blocks: Iterable[Block], interrupted: threading.Event) -> Iterator[BlockRecord]:
        """Have blocks computed, and yield their records; after an interruption only those that had been started.

        Raises
        ------
        RunError
            No worker can work for the run, there is none, or a block cannot be written.
        """
        todo = iter(blocks)
        self.arrivals = _arrivals[self.job.run_id] = queue.SimpleQueue()
        try:
            _runs.setdefault(self.client.id, set()).add(self.job.run_id)
            self.client.subscribe_topic(TOPIC, _hear)
            self.client.subscribe_topic(TOPIC_OF_JOBS, functools.partial(_hear_of_jobs, self.client.id))
            self._look_at_workers(interrupted)
            while True:
                if not interrupted.is_set():
                    self._send(todo)
                if not self.sent:
                    return
                for arrival in self._arrived():
                    if isinstance(arrival, dict):
                        self._heard(arrival)
                    elif isinstance(arrival, _Jobs):
                        self._heard_of_jobs(arrival)
                    elif (record := self._done(arrival)) is not None:
                        yield record
                yield from self._end_overdue()
                self._look_at_workers(interrupted)
        finally:
            del _arrivals[self.job.run_id]
            _runs[self.client.id].discard(self.job.run_id)
            left = [block.future for block in self.sent.values()]
            if left:
                within(1.0, lambda: self.client.cancel(left))

    # --- sending ------------------------------------------------------------------------------------------------------

    def _send(self, todo: Iterator[Block]) -> None:
        """Fill the window; suspects go when all others are done, one by one."""
        if any(block.alone for block in self.sent.values()):
            return
        room = BLOCKS_PER_THREAD * self.threads - len(self.sent)
        again = (self.again.popleft() for _ in range(len(self.again)))
        for block in itertools.islice(itertools.chain(again, todo), max(0, room)):
            self._submit(block)
        if not self.sent and self.suspects:
            self._submit(self.suspects.popleft(), alone=True)

    def _submit(self, block: Block, alone: bool = False) -> None:
        block.alone = alone
        block.worker, block.started, block.limit = "", math.inf, self.limit(block.family)
        block.record = None
        block.future = self.client.submit(self.task, asdict(self.job), block.family.name, block.index, pure=False)
        self.sent[block.future.key] = block
        block.future.add_done_callback(self.arrivals.put)

    def _resend(self, block: Block) -> None:
        (self.suspects if block.deaths else self.again).append(block)

    # --- receiving ----------------------------------------------------------------------------------------------------

    def _arrived(self) -> Iterator[Any]:
        """What has arrived; waits a moment for it."""
        try:
            yield self.arrivals.get(timeout=0.2)
            while True:
                yield self.arrivals.get_nowait()
        except queue.Empty:
            return

    def _heard(self, message: dict[str, Any]) -> None:
        if message["notice"]:
            self.tell(f"{message['worker']}: {message['notice']}")
        if (block := self.sent.get(message["key"])) is not None:
            block.worker, block.started = message["worker"], time.monotonic()
            self.fit.add(block.worker)
            if message["record"] is not None:
                block.record = BlockRecord.from_json(message["record"])

    def _heard_of_jobs(self, news: _Jobs) -> None:
        if news.gave_up and not self._threads_of_workers():
            raise RunError(f"{news.notice}; what was computed is safe: run again to resume")
        self.tell(news.notice)

    def _done(self, future: Future) -> BlockRecord | None:
        block = self.sent.pop(future.key, None)
        if block is None:  # ended here
            return None
        if future.status == "cancelled":
            raise CancelledError
        error = future.exception()
        result = None if error is not None else block.record
        future.release()
        block.future = None
        if isinstance(error, KilledWorker):
            return self._worker_died(block, error)
        if isinstance(error, UnfitWorkerError | ImportError) and len(error.args) == 2:
            self._worker_refuses(block, error)
        elif error is not None:
            self._failed(block, error)
        return result and replace(result, tries=1 + block.deaths)

    def _worker_died(self, block: Block, error: KilledWorker) -> BlockRecord | None:
        if block.started == math.inf or block.worker in self.ended:  # not its fault, but that of its neighbour
            block.losses += 1
            if block.losses < LOST_BEFORE_START:
                self._resend(block)
                return None
        block.deaths += 1 + error.allowed_failures  # the scheduler has tried it so often by itself
        if block.alone and block.deaths >= TRIES:
            return self.fail(block, f"{block} killed its worker {block.deaths} times, alone in the end")
        self.suspects.append(block)
        return None

    def _worker_refuses(self, block: Block, error: UnfitWorkerError | ImportError) -> None:
        address, why = error.args
        self.unfit.add(address)
        present = self._threads_of_workers()
        if address in self.fit or not present.keys() - self.unfit:
            raise RunError(
                f"worker {address} cannot use the store: {why}; all need the same lmutau, and a file system that they "
                "share"
            ) from error
        if address in present:
            self.tell(f"worker {address} is sent away: {why}")
            within(SECONDS_TO_END_A_WORKER, lambda: self.client.retire_workers([address]))
        self._resend(block)

    def _failed(self, block: Block, error: BaseException) -> None:
        """Elsewhere it may work, if the error is of a disk or a network."""
        block.errors += 1
        if not is_transient(error) or block.errors > 1:
            raise RunError(f"{block}: {type(error).__name__}: {error}; {remedy(error)}") from error
        self.tell(f"{block}: {error}: trying again elsewhere")
        self._resend(block)

    # --- watching -----------------------------------------------------------------------------------------------------

    def _end_overdue(self) -> Iterator[BlockRecord]:
        """End workers whose blocks exceed their limits. What waits there is sent again."""
        now = time.monotonic()
        overdue = [block for block in self.sent.values() if now - block.started > block.limit]
        if not overdue:
            return
        present = self._threads_of_workers()
        for block in overdue:
            if block.worker not in present:  # it has died; Dask gives the block to another one
                block.worker, block.started = "", math.inf
        hung = {key: block for key, block in self.sent.items() if now - block.started > block.limit}
        if not hung:
            return
        for key in hung:
            del self.sent[key]
        self.ended |= {block.worker for block in hung.values()}
        self._end([block.future for block in hung.values()], sorted({block.worker for block in hung.values()}))
        for block in hung.values():
            yield self.fail(block, f"{block} exceeded {block.limit:.3g} s on {block.worker}, which was ended for it")

    def _end(self, futures: list[Future | None], workers: list[str]) -> None:
        """End workers that may not listen: their nannies kill them, and start new ones."""

        def end() -> None:
            self.client.cancel(futures)
            self.client.restart_workers(workers, SECONDS_TO_END_A_WORKER, raise_for_error=False)

        within(SECONDS_TO_END_A_WORKER, end)

    def _look_at_workers(self, interrupted: threading.Event) -> None:
        """Let the window follow the workers; say so when there is none, and give up when told to."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + SECONDS_BETWEEN_LOOKS
        present = self._threads_of_workers()
        if not self.told_of_threads and any(n > 1 for n in present.values()):
            self.told_of_threads = True
            self.tell(
                f"workers have up to {max(present.values())} threads each: these wait for one another, since compiled "
                "code holds Python's lock; start as many processes with one thread each (dask worker --nworkers)"
            )
        if threads := sum(present.values()):
            self.threads, self.last_worker_seen, self.next_word = threads, now, SECONDS_BEFORE_TELLING
            return
        without = now - self.last_worker_seen
        if interrupted.is_set():  # nobody is left to finish what had been started
            self.client.cancel([block.future for block in self.sent.values()])
            self.sent.clear()
            return
        if self.no_worker_timeout is not None and without > self.no_worker_timeout:
            raise RunError(
                f"no worker for {without:.0f} s at {self.client.scheduler.address}: start some, and run again to resume"
            )
        if without > self.next_word:
            self.next_word *= 2
            end = math.inf if self.no_worker_timeout is None else self.no_worker_timeout
            plan = "waiting for one; Ctrl-C stops" if end == math.inf else f"giving up after {end:.0f} s"
            self.tell(f"no worker for {without:.0f} s at {self.client.scheduler.address}; {plan}")

    def _threads_of_workers(self) -> dict[str, int]:
        try:
            threads: dict[str, int] = self.client.nthreads()
        except OSError as error:
            raise CommClosedError(str(error)) from error
        return threads
