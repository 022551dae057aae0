"""Progress of a run: a bar for each family on a terminal, plain lines in a batch log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from scanner.execution.record import BlockRecord
from scanner.store.store import Store

__all__ = ["progress"]

SECONDS_BETWEEN_LINES = 10.0


class OnBlock(Protocol):
    """Called with every record."""

    def __call__(self, record: BlockRecord, /) -> None: ...


@contextmanager
def progress(store: Store, console: Console) -> Iterator[OnBlock]:
    """Show the progress of a run; yields the function to call with every record."""
    done = {family.name: len(store.committed(family)) for family in store.families}
    if console.is_terminal:
        with _bars(store, console, done) as on_block:
            yield on_block
    else:
        yield _lines(store, console, done)


@contextmanager
def _bars(store: Store, console: Console, done: dict[str, int]) -> Iterator[OnBlock]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("blocks, {task.fields[rate]} points/s"),
        TimeRemainingColumn(),
    )
    started = time.perf_counter()
    points = dict.fromkeys(done, 0)
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {
            f.name: bars.add_task(
                ", ".join(f.dims) or "constants", total=len(store.blocks(f)), completed=done[f.name], rate="-"
            )
            for f in store.families
        }

        def on_block(record: BlockRecord, /) -> None:
            points[record.family] += record.points
            rate = points[record.family] / (time.perf_counter() - started)
            bars.update(tasks[record.family], advance=1, rate=f"{rate:.3g}")

        yield on_block


def _lines(store: Store, console: Console, done: dict[str, int]) -> OnBlock:
    total = sum(len(store.blocks(family)) for family in store.families)
    state = {"blocks": sum(done.values()), "points": 0, "printed": time.perf_counter()}
    started, first = time.perf_counter(), sum(done.values())

    def on_block(record: BlockRecord, /) -> None:
        state["blocks"] += 1
        state["points"] += record.points
        now = time.perf_counter()
        if now - state["printed"] > SECONDS_BETWEEN_LINES or state["blocks"] == total:
            state["printed"] = now
            rate = (state["blocks"] - first) / (now - started)
            left = (total - state["blocks"]) / rate
            points_rate = state["points"] / (now - started)
            console.print(f"{state['blocks']:.0f}/{total} blocks, {points_rate:.3g} points/s, {left:.0f} s left")

    return on_block
