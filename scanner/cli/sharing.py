"""The command that makes a copy of a store to give away."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from scanner.cli import console
from scanner.cli.options import plugins
from scanner.cli.options import store as store_argument

__all__ = ["export"]


@click.command()
@store_argument
@click.argument("out", metavar="OUT")
@click.option("--incomplete", is_flag=True, help="Export what there is of a scan that is not complete.")
@click.option("--author", "authors", multiple=True, metavar="'FAMILY, GIVEN'", help="Of the data; repeat.")
@plugins
def export(store: str, out: str, incomplete: bool, authors: Sequence[str]) -> None:
    """Copy a store to OUT, with a README, whom to cite, and checksums: for those who have only xarray.

    OUT is NAME.zip (one file), a folder, or s3://BUCKET/NAME of either. It appears when it is whole.
    """
    from rich.progress import Progress

    from scanner.execution.interrupts import as_keyboard_interrupt
    from scanner.sharing.export import export as export_store

    try:
        notes = console.notes()
        with as_keyboard_interrupt(), Progress(console=notes, disable=not notes.is_terminal, transient=True) as shown:
            task = shown.add_task("exporting")
            exported = export_store(
                store,
                out,
                incomplete=incomplete,
                authors=authors,
                on_file=lambda done, total: shown.update(task, completed=done, total=total),
            )
    except KeyboardInterrupt:
        console.complain(f"Interrupted; {out} is not there. The same command starts again.")
        sys.exit(console.Exit.INTERRUPTED)
    console.say(f"{exported.where}: {exported.files:,} files, {exported.bytes / 1e6:.1f} MB")
    if not authors:
        console.note("Its CITATION.cff names no authors: --author 'Family, Given' does")
