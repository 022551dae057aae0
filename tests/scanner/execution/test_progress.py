"""Progress: lines in a log, bars on a terminal; both count what was done before."""

import io

import pytest
from rich.console import Console

from scanner.execution import progress as module
from scanner.execution.progress import progress
from scanner.execution.record import BlockRecord


@pytest.fixture
def half_done(empty_store):
    pending = list(empty_store.pending())
    for family, index in pending[: len(pending) // 2]:
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    return empty_store


def show(store, console):
    with progress(store, console) as on_block:
        for family, index in store.pending():
            on_block(BlockRecord(family.name, index, 8, {1: 8}, 0.1, "host", 1, []))


def test_lines_in_a_log(monkeypatch, half_done):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.0)
    text = io.StringIO()
    show(half_done, Console(file=text, width=100))
    total = sum(family.n_blocks for family in half_done.families)
    lines = text.getvalue().splitlines()
    assert len(lines) == len(list(half_done.pending()))
    assert lines[0].startswith(f"{total - len(lines) + 1}/{total} blocks, ")
    assert lines[-1].startswith(f"{total}/{total} blocks, ")
    assert lines[-1].endswith(" 0 s left")


def test_bars_on_a_terminal(half_done):
    text = io.StringIO()
    show(half_done, Console(file=text, width=100, force_terminal=True))
    for family in half_done.families:
        assert ", ".join(family.dims) in text.getvalue()
        assert f"{family.n_blocks}/{family.n_blocks}" in text.getvalue()
