"""Blocks without a scheduler: in this process, or in one that is watched. Any number of processes may share a store.

Each takes its own share of all blocks first, in the order of the store, and then what others have left, in an order of
its own. What is complete is on the disk, so that nobody need ask anybody: where two meet at a block, it is computed
twice, with the same result.
"""

from __future__ import annotations

import math
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Protocol

from physics.core import plugins
from scanner.errors import RunError, ScanError
from scanner.execution.compute import Job, compute, open_store
from scanner.execution.interrupts import held, interruptible
from scanner.execution.patience import remedy
from scanner.execution.record import BlockRecord, record_of_stored
from scanner.execution.report import Limits, Records, Report
from scanner.execution.warming import warm
from scanner.scan.plan import BlockIndex, Family, check_workers_can_have
from scanner.store.condemned import retry_condemned
from scanner.store.store import Store

__all__ = ["run_alone"]

TRIES = 3  # of a block that ends its process


def run_alone(
    store: Store,
    *,
    part: int = 0,
    parts: int = 1,
    watched: bool = True,
    seconds_limit: float | None = None,
    on_block: Callable[[BlockRecord], None] | None = None,
    on_interrupt: Callable[[], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> Report:
    """Compute the pending blocks of a store without Dask; the counterpart of `run`, which it resembles in all else.

    Parameters
    ----------
    store : Store
        In a folder that all who share it can see.
    part, parts : int
        This is number `part`, from 0, of so many that share the store.
    watched : bool
        Blocks are computed in a process of their own, which is ended where a block exceeds its limit and started again
        where a block ends it; such blocks are recorded as failed. Otherwise they are computed in this process: at once,
        but one that hangs or crashes takes this process with it. What was complete before is safe either way.
    seconds_limit, on_block, on_interrupt, on_notice
        As `run` takes them.

    Returns
    -------
    Report

    Raises
    ------
    RunError
        A block could not be written.
    """
    started = time.perf_counter()
    check_workers_can_have(store.scan)
    job = Job(str(store.path.resolve()), store.id, store.identity["physics code"], uuid.uuid4().hex)
    job.check_physics()
    if part == 0:
        retry_condemned(store)
    report = Report()
    tell = on_notice or (lambda _: None)
    records, limits = Records(store, report, on_block, tell), Limits(store, seconds_limit)
    computing: _Computing = _Watched(job, tell) if watched else _Here(job, store, tell)
    try:
        with interruptible(on_interrupt or (lambda: None)) as interrupted:
            for family, index in _blocks(store, part, parts, random.Random(job.run_id)):
                if interrupted.is_set():
                    break
                record = _computed(computing, store, family, index, limits.of(family), records)
                limits.learn(record)
                records.add(record)
    finally:
        computing.end()
        records.complete_log()
    records.end(interrupted.is_set())
    report.seconds = time.perf_counter() - started
    return report


def _blocks(store: Store, part: int, parts: int, order: random.Random) -> Iterator[tuple[Family, BlockIndex]]:
    """The own share, then what is left; those that are complete when their turn comes are left out."""
    everything = [(family, index) for family in store.families for index in store.blocks(family)]
    for family, index in everything[part::parts]:
        if not store.has(family, index):
            yield family, index
    while left := list(store.pending()):
        order.shuffle(left)
        for family, index in left:
            if not store.has(family, index):
                yield family, index


class _ProcessEndedError(Exception):
    """The process that was to compute a block has ended; `started` says whether it had begun."""

    def __init__(self, started: bool) -> None:
        self.started = started


class _HungError(Exception):
    """A block has exceeded its limit; its process was ended."""


class _Computing(Protocol):
    """Where blocks are computed."""

    def compute(self, family: Family, index: BlockIndex, limit: float) -> BlockRecord: ...

    def end(self) -> None: ...


def _computed(
    computing: _Computing, store: Store, family: Family, index: BlockIndex, limit: float, records: Records
) -> BlockRecord:
    """The record of a block, which may be that it cannot be computed."""
    block, ends = f"block {index} of {family.name}", {True: 0, False: 0}
    while max(ends.values()) < TRIES:
        try:
            return computing.compute(family, index, limit)
        except _ProcessEndedError as end:
            if store.has(family, index):
                return record_of_stored(store, family, index)
            ends[end.started] += 1
        except _HungError:
            return records.give_up(family, index, f"{block} exceeded {limit:.3g} s; its process was ended for it", 1)
        except ScanError:
            raise
        except Exception as error:
            raise RunError(f"{block}: {type(error).__name__}: {error}; {remedy(error)}") from error
    if ends[False] == TRIES:
        raise RunError("the process that computes blocks ends before it begins with one; `--workers 0` shows why")
    return records.give_up(family, index, f"{block} ended its process {TRIES} times", TRIES)


class _Here:
    """In this process."""

    def __init__(self, job: Job, store: Store, tell: Callable[[str], None]) -> None:
        self.job, self.store, self.tell = job, store, tell

    def compute(self, family: Family, index: BlockIndex, limit: float) -> BlockRecord:
        """Compute a block, however long it takes."""
        return compute(self.job, self.store, family.name, index, lambda notice: notice and self.tell(notice))

    def end(self) -> None:
        """Nothing is left behind."""


class _Watched:
    """In a process for nothing but blocks. It ends with this one: the pipe between them breaks."""

    def __init__(self, job: Job, tell: Callable[[str], None]) -> None:
        self.job, self.tell = job, tell
        self.process: Any = None

    def compute(self, family: Family, index: BlockIndex, limit: float) -> BlockRecord:
        """Have a block computed within a time."""
        if self.process is None:
            self._start()
        self.deadline = math.inf  # until the block is started
        try:
            self.pipe.send((family.name, index))
            kind, content = self._answer(limit)
        except (EOFError, ConnectionError) as error:
            self.end()
            raise _ProcessEndedError(self.deadline < math.inf) from error
        except BaseException:
            self.end()
            raise
        if kind == "error":
            raise content
        return BlockRecord.from_json(content)

    def _answer(self, limit: float) -> tuple[str, Any]:
        """Listen until there is a record, or an error; the clock starts with the block."""
        while True:
            if not self.pipe.poll(min(1.0, max(0.0, self.deadline - time.monotonic()))):
                if time.monotonic() > self.deadline:
                    raise _HungError
                continue
            kind, content = self.pipe.recv()
            if kind != "notice":
                return kind, content
            self.deadline = time.monotonic() + limit
            if content:
                self.tell(content)

    def _start(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.job, plugins.contents()), daemon=True)
        with held():
            self.process.start()
        theirs.close()

    def end(self) -> None:
        """End it, whatever it does."""
        if self.process is not None:
            self.pipe.close()
            self.process.join(1.0)  # one that waits for work ends by itself, and takes its semaphores away
            self.process.kill()
            self.process.join()
            self.process = None


def _serve(pipe: Connection, job: Job, contents: dict[str, dict[str, bytes]]) -> None:
    """Compute blocks as they are asked for, until nobody asks any more."""
    with suppress(EOFError, BrokenPipeError):
        if contents:
            plugins.add_contents(contents)
        warm(open_store(job.path, job.store_id))
        while True:
            family, index = pipe.recv()
            try:
                store = open_store(job.path, job.store_id)
                job.check_physics()
                record = compute(job, store, family, index, lambda notice: pipe.send(("notice", notice)))
            except Exception as error:
                pipe.send(("error", error))
            else:
                pipe.send(("record", record.as_json()))
