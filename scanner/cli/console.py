"""How the command speaks: lines, tables that fit both a terminal and a log, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Exit", "compiling_told", "complain", "out", "say", "table"]

WIDTH_OF_FILES = 160  # tables in logs and pipes, where no terminal tells its width


class Exit(IntEnum):
    """What the command returns to the shell."""

    COMPLETE = 0
    BROKEN = 1  # disk, network, cluster
    BAD_INPUT = 2
    FAILURES = 3  # some values could not be computed
    INTERRUPTED = 130


def say(line: str) -> None:
    """Print a line on standard output."""
    click.echo(line)


def complain(line: str, colour: str | None = None) -> None:
    """Print a line on standard error."""
    click.secho(line, fg=colour, err=True)


@cache
def out() -> Console:
    """Standard output for tables and bars of progress."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Print a table; the columns named in `right` are aligned there."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    out().print(shown)


def compiling_told() -> AbstractContextManager[None]:
    """Within this context, say so on standard error when kernels are compiled: half a minute without a sign is long."""
    from physics.core.compiled import when_compiling

    return when_compiling(
        lambda: complain("compiling, once for this version of lmutau: this may take half a minute ...")
    )
