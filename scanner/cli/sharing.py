"""The command that makes a copy of a store to give away."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from scanner.cli import console
from scanner.cli.explore import steps
from scanner.cli.options import assignments, plugins
from scanner.cli.options import store as store_argument

__all__ = ["export"]


_FOR_PUBLISHING = (
    click.option("--html", is_flag=True, help="The page as one file, too."),
    click.option("--thin", multiple=True, metavar="AXIS=N", help="With --html: every Nth value of an axis (repeat)."),
    click.option("--at", multiple=True, metavar="AXIS=VALUE", help="The plane of the curves (repeat)."),
    click.option("--arxiv", is_flag=True, help="The curves in a folder anc, too: ancillary files of a paper."),
    click.option("--doi", metavar="DOI", help="Of the data, where an archive has reserved one."),
    click.option("--dirty", is_flag=True, help="Also what was computed with changes that no commit has."),
    click.option("--unverified", is_flag=True, help="Without verifying the store."),
)
_WANTED = ("html", "thin", "at", "arxiv", "doi", "dirty", "unverified")


def _for_publishing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the options of --publish, as `wanted`."""

    @functools.wraps(command)
    def collecting(publish: bool, **arguments: Any) -> Any:
        wanted = {name: arguments.pop(name) for name in _WANTED}
        if not publish and (given := [name for name, value in wanted.items() if value]):
            raise click.UsageError(f"--{given[0]} goes with --publish")
        if wanted["thin"] and not wanted["html"]:
            raise click.UsageError("--thin goes with --html: the page in a folder has all of the store")
        return command(publish=publish, wanted=wanted, **arguments)

    for option in reversed(_FOR_PUBLISHING):
        collecting = option(collecting)
    return collecting


@click.command()
@store_argument
@click.argument("out", metavar="OUT")
@click.option("--incomplete", is_flag=True, help="Export what there is of a scan that is not complete.")
@click.option("--author", "authors", multiple=True, metavar="'FAMILY, GIVEN'", help="Of the data; repeat.")
@click.option("--license", "licence", metavar="SPDX", help="Of the data: CC-BY-4.0, say, the default of --publish.")
@click.option("--publish", is_flag=True, help="OUT is a folder for an archive: see below.")
@_for_publishing
@plugins
def export(
    store: str,
    out: str,
    incomplete: bool,
    authors: Sequence[str],
    licence: str | None,
    publish: bool,
    wanted: Mapping[str, Any],
) -> None:
    """Copy a store to OUT, with a README, whom to cite, and checksums: for those who have only xarray.

    OUT is NAME.zip (one file), a folder, or s3://BUCKET/NAME of either. It appears when it is whole.

    With --publish it is a folder to deposit: the store as a zip archive, the page, limit curves (also for HEPData),
    metadata for archives and programs. The store is verified first; one that is not sound is refused, and one that
    was computed with changes that no commit has.
    """
    from scanner.execution.interrupts import as_keyboard_interrupt

    if publish and incomplete:
        raise click.UsageError("--incomplete: only what is complete is published")
    try:
        with as_keyboard_interrupt():
            if publish:
                _publish(store, out, authors, licence, wanted)
            else:
                _export(store, out, incomplete, authors, licence)
    except KeyboardInterrupt:
        console.complain(f"Interrupted; {out} is not there. The same command starts again.")
        sys.exit(console.Exit.INTERRUPTED)
    if not authors:
        console.note("Its CITATION.cff names no authors: --author 'Family, Given' does")
    if not (licence or publish):
        console.note("Its README names no licence: --license CC-BY-4.0 does, say")


def _export(store: str, out: str, incomplete: bool, authors: Sequence[str], licence: str | None) -> None:
    from rich.progress import Progress

    from scanner.sharing.export import export as export_store

    notes = console.notes()
    with Progress(console=notes, disable=not notes.is_terminal, transient=True) as shown:
        task = shown.add_task("exporting")
        exported = export_store(
            store,
            out,
            incomplete=incomplete,
            authors=authors,
            licence=licence or "",
            on_file=lambda done, total: shown.update(task, completed=done, total=total),
        )
    console.say(f"{exported.where}: {exported.files:,} files, {exported.bytes / 1e6:.1f} MB")


def _publish(store: str, out: str, authors: Sequence[str], chosen: str | None, wanted: Mapping[str, Any]) -> None:
    from scanner.sharing.licences import DEFAULT, licence
    from scanner.sharing.publish import CURVES, Contents, Terms, publish

    terms = Terms(authors, chosen or DEFAULT, wanted["doi"] or "")
    contents = Contents(
        at=assignments(wanted["at"]),
        thin=steps(wanted["thin"]),
        **{name: wanted[name] for name in ("html", "arxiv", "dirty", "unverified")},
    )
    with console.compiling_told():
        folder = publish(store, out, terms, contents, lambda text: console.note(f"{text} ..."))
    for file in sorted(folder.iterdir()):
        size = sum(part.stat().st_size for part in ([file] if file.is_file() else file.rglob("*")) if part.is_file())
        console.say(f"{folder.name}/{file.name}{'/' if file.is_dir() else ''}: {size / 1e6:.2f} MB")
    console.say(f"the licence of the data is {licence(terms.licence).name} ({terms.licence}); --license names another")
    if not (folder / CURVES).exists():
        console.note(
            "No curves: the scan file has no [plot] section. Add one, and lmutau run it: nothing is computed anew"
        )
