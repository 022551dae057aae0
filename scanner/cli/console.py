"""Where the command prints: standard output and error, and tables that fit both a terminal and a log."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

__all__ = ["err", "out", "table"]

WIDTH_OF_FILES = 160  # tables in logs and pipes, where no terminal tells its width

out = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
err = Console(stderr=True, highlight=False, markup=False)


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns named in `right` are aligned there."""
    empty = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        empty.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return empty
