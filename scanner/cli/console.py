"""How the command speaks: lines, tables that fit both a terminal and a log, JSON, exit codes."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Exit", "be_quiet", "compiling_told", "complain", "emit", "note", "notes", "out", "plain", "say", "table"]

LONGEST = 20_000  # characters of a text
QUIET = "lmutau.quiet"  # of click's context
UNBOUNDED = 1_000_000  # columns of tables in logs and pipes: nothing is wrapped, or cut, for who reads lines


class Exit(IntEnum):
    """What the command returns to the shell."""

    COMPLETE = 0
    BROKEN = 1  # disk, network, cluster
    BAD_INPUT = 2
    FAILURES = 3  # some values could not be computed
    INTERRUPTED = 130


def plain(text: str) -> str:
    r"""A text without what would command a terminal, and no longer than it can be read; all that is printed is.

    Titles, names and messages may be those of a stranger's store. Line breaks stay.

    >>> print(plain("a title \x1b]0;owned\x07 and \u202emore"))
    a title \x1b]0;owned\x07 and \u202emore
    """
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c == "\n" or c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text) - LONGEST:,} more characters)"


def say(line: str) -> None:
    """Print a line on standard output."""
    click.echo(plain(line))


def complain(line: str, colour: str | None = None) -> None:
    """Print a line on standard error."""
    click.secho(plain(line), fg=colour, err=True)


def be_quiet(context: click.Context, _option: click.Parameter, quiet: bool) -> None:
    """From now on, as an option asks for, print results and errors alone."""
    context.meta[QUIET] = quiet


def _is_quiet() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def note(line: str, err: bool = False) -> None:
    """Print a line that explains a result, or says what goes on: none with --quiet."""
    if not _is_quiet():
        click.echo(plain(line), err=err)


def notes() -> Console:
    """Standard output for bars of progress: none with --quiet."""
    from rich.console import Console

    return Console(quiet=True) if _is_quiet() else out()


def emit(content: Any) -> None:
    """Print JSON, nothing else: numbers that are not finite are null."""
    click.echo(json.dumps(_finite(content), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def out() -> Console:
    """Standard output for tables and bars of progress."""
    from rich.console import Console

    asked = os.environ.get("COLUMNS", "").isdigit()  # which rich follows
    return Console(highlight=False, markup=False, width=None if asked or sys.stdout.isatty() else UNBOUNDED)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = (), subjects: Sequence[str] = ()
) -> None:
    """Print a table; the columns named in `right` are aligned there. Rows with subjects stand under these."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    before = None
    for i, row in enumerate(rows):
        if subjects and subjects[i] != before:
            before = subjects[i]
            shown.add_row(plain(f"{before}:"), style="bold")
        shown.add_row(*map(plain, row))
    out().print(shown)


def compiling_told() -> AbstractContextManager[None]:
    """Within this context, say so on standard error when kernels are compiled: half a minute without a sign is long."""
    from physics.core.compiled import when_compiling

    return when_compiling(
        lambda: note("compiling, once for this version of lmutau: this may take half a minute ...", err=True)
    )
