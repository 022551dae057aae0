"""The command that shows a store as a page, or makes a page of it to give away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scanner.cli import console
from scanner.cli.options import assignments, plugins

if TYPE_CHECKING:
    from scanner.explore.sources import Source

__all__ = ["explore"]


@click.command()
@click.argument("store", metavar="STORE|URL")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; default: one that is free.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; others may then read the store."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser; the address is printed.")
@click.option(
    "--html", "html_file", type=click.Path(), help="Write one file with page and store, which opens from disk."
)
@click.option("--folder", type=click.Path(), help="Write a folder with page and store, for any web server.")
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="With --html: only this value of an axis (repeat).")
@click.option("--thin", multiple=True, metavar="AXIS=N", help="With --html: every Nth value of an axis (repeat).")
@plugins
def explore(
    store: str,
    port: int,
    host: str,
    no_browser: bool,
    html_file: str | None,
    folder: str | None,
    at: Sequence[str],
    thin: Sequence[str],
) -> None:
    """Show a store as a page: planes, constraints, points; also while its scan is running.

    Read-only, and for this machine alone unless --host says otherwise. With --html or --folder the page is written, to
    be given away: it needs no lmutau, and no server of ours.
    """
    if html_file and folder:
        raise click.UsageError("--html and --folder: one at a time")
    if (at or thin) and not html_file:
        raise click.UsageError("--at and --thin go with --html: a folder has all of the store")
    from scanner.explore.sources import source

    opened = source(store)
    if html_file:
        from scanner.explore.export import write_html

        written = write_html(opened, html_file, assignments(at), _steps(thin))
        console.say(f"{written}: {written.stat().st_size / 1e6:.1f} MB")
    elif folder:
        from scanner.explore.export import write_folder

        console.say(
            f"{write_folder(opened, folder)}: put it on any web server, or look: lmutau explore {folder}/store.zarr"
        )
    else:
        _serve(opened, host, port, no_browser)


def _steps(thin: Sequence[str]) -> dict[str, int]:
    steps = {}
    for axis, step in assignments(thin).items():
        if isinstance(step, str) or step != int(step) or step < 1:
            raise click.UsageError(f"--thin {axis}={step}: a whole number above 0, of which every Nth value stays")
        steps[axis] = int(step)
    return steps


def _serve(opened: Source, host: str, port: int, no_browser: bool) -> None:
    import webbrowser

    from scanner.explore.server import Server, is_loopback

    with Server(opened, host, port) as server:
        console.say(server.address)
        if not is_loopback(host):
            console.complain(f"whoever can reach {host} can read this store, and have points computed here")
        console.note("Ctrl-C stops it", err=True)
        if not no_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:  # the usual end
            console.note("stopped", err=True)
