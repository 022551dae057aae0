"""The commands about stores: how far one is, and its picture."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scanner.cli import console
from scanner.cli.console import Exit
from scanner.cli.options import as_json, assignments, plugins
from scanner.cli.options import store as store_argument
from scanner.cli.summary import known_constraints

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from physics import Status
    from scanner.store.store import Store

__all__ = ["plot", "status"]

MESSAGES_SHOWN = 10


@click.command()
@store_argument
@as_json
@plugins
def status(store: str, as_json: bool) -> None:
    """Show how far a store is: blocks done, failures with reasons, throughput."""
    from scanner.store.store import Store

    if as_json:
        console.emit(_state(Store(store))[0])
    else:
        _show_status(Store(store))


def finish(store: Store) -> NoReturn:
    """Show the state of a store on which nothing is left to do, and leave: with an error if values are missing."""
    from physics import Status
    from scanner.execution.run import FAILURES

    counts = _show_status(store)
    # A point where a bound parameter has no value is a result: no relic line there, say
    lost = [s for s in (*FAILURES, Status.NOT_COMPUTED) if not (store.bound and s == Status.INPUT_FAILED)]
    sys.exit(Exit.FAILURES if any(counts[s] for s in lost) else Exit.COMPLETE)


def _state(store: Store) -> tuple[dict[str, Any], Counter[Status]]:
    """The state of a store as JSON has it, and how many values have which status."""
    from scanner.store.runlog import read_log

    total: Counter[Status] = Counter()
    points: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    messages: list[str] = []
    for record in read_log(store.log_path, store.id):
        if "forgotten" in record:
            continue
        points[record.get("family", "")] += record.get("points", 0)
        seconds[record.get("family", "")] += record.get("seconds", 0)
        messages.extend(record.get("messages", ()))
    families = []
    for family in store.families:
        name, counts = family.name, store.counts(family)
        total.update(counts)
        families.append(
            {
                "axes": dict(zip(family.dims, family.shape, strict=True)),
                "observables": list(family.observables),
                "blocks": family.n_blocks,
                "done": len(store.committed(family)),
                "values": family.points * len(family.observables),
                "points_per_core_second": points[name] / seconds[name] if seconds[name] else None,
                "statuses": {s.meaning: n for s, n in counts.items()},
            }
        )
    state = {"store": str(store.path), "title": store.title, "state": store.attribute("state")}
    return {**state, "families": families, "messages": messages}, total


def _show_status(store: Store) -> Counter[Status]:
    """Print the state of a store; return how many values have which status."""
    state, total = _state(store)
    rows = [
        (
            ", ".join(f["axes"]) or "constants",
            f"{f['done']}/{f['blocks']}",
            f"{f['values']:,}",
            f"{f['points_per_core_second']:.3g}" if f["points_per_core_second"] else "-",
            ", ".join(f"{meaning.replace('_', ' ')} {n:,}" for meaning, n in f["statuses"].items()),
        )
        for f in state["families"]
    ]
    columns = ("axes", "blocks", "values", "points/s/core", "status")
    console.table(columns, rows, right=("blocks", "values", "points/s/core"))
    console.say(f"{store.path}: {state['state']}")
    messages = state["messages"]
    for message in messages[-MESSAGES_SHOWN:]:
        console.say(f"  {message}")
    if len(messages) > MESSAGES_SHOWN:
        console.say(f"  ... and {len(messages) - MESSAGES_SHOWN} more in {store.log_path}")
    return total


@click.command()
@store_argument
@click.option("-x", "x", help="Horizontal axis; default: the scan file's [plot] section.")
@click.option("-y", "y", help="Vertical axis.")
@click.option("--observable", help="What the colours show.")
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="Value of another axis.")
@click.option("--constraint", "constrain", multiple=True, help="Draw this constraint (several: repeat).")
@click.option("--set", "which", metavar="SET", help="Draw all constraints of this set, such as current.")
@click.option("--curve", "curves", multiple=True, help="Draw this observable, a value of y, as a line (repeat).")
@click.option("--nearest", is_flag=True, help="Take the nearest grid point to --at.")
@click.option("--output", type=click.Path(), help="Picture to write (png, pdf, svg); default: beside the store.")
@plugins
def plot(
    store: str,
    x: str | None,
    y: str | None,
    observable: str | None,
    at: Sequence[str],
    constrain: Sequence[str],
    which: str | None,
    curves: Sequence[str],
    nearest: bool,
    output: str | None,
) -> None:
    """Map an observable in a plane of the scan, with constraints on top."""
    from scanner.store.store import Store

    opened = Store(store)
    path = _picture(opened, output)
    drawn = [*constrain, *(_drawn_of(opened, which) if which else ())]
    figure = _map(opened, (x, y), observable, assignments(at), drawn, curves, nearest)
    try:
        figure.savefig(path, dpi=150)
    except ValueError as error:  # a format that matplotlib does not know
        raise click.UsageError(f"--output {path}: {error}") from None
    console.say(str(path))


def _drawn_of(store: Store, which: str) -> list[str]:
    """All constraints of a set that the scan can show, also those that do not count; a line says which it cannot."""
    from physics import constraints
    from physics.inference.constraint_sets import constraint_set

    chosen, ds = constraint_set(which), store.dataset()
    names = [*chosen.constraints, *chosen.beside]
    there = [name for name in names if constraints()[name].observable in ds]
    if lacking := [name for name in names if name not in there]:
        console.complain(f"left out, for the scan lacks their observables: {', '.join(lacking)}")
    if chosen.absent:
        console.complain(f"of this set and not to be had: {', '.join(chosen.absent)}")
    return there


def _picture(store: Store, output: str | None) -> Path:
    """Where to write: as the user says, or a plain file beside the store; here, if that is not on this machine."""
    from scanner.paths import local
    from scanner.store.elsewhere import elsewhere

    beside = store.path if elsewhere(store.path) is None else Path(store.path.name)
    name = store.path.name.removesuffix(".zip").removesuffix(".zarr")
    path = local(output) if output else beside.with_name(f"{name}.png")
    if not path.suffix:
        raise click.UsageError(f"--output {path}: the name says the format; end it in .png, .pdf or .svg")
    if not output and (path.is_symlink() or (path.exists() and not path.is_file())):
        raise click.UsageError(f"{path} is a link, or no file: say where to write with --output")
    return path


def _map(
    store: Store,
    wanted: tuple[str | None, str | None],
    observable: str | None,
    at: dict[str, float | str],
    constrain: Sequence[str],
    curves: Sequence[str],
    nearest: bool,
) -> Figure:
    """The picture: as the store's [plot] section says, but for what is given."""
    from scanner.view.plot import plot_map

    x, y = wanted
    view = store.plot
    if view is None:
        if x is None or y is None:
            raise click.UsageError("the scan file has no [plot] section: give -x and -y")
        return plot_map(store.dataset(), x, y, observable, at, constrain, nearest=nearest, curves=curves)
    plane = (x or view.x, y or view.y)
    return plot_map(
        store.dataset(),
        *plane,
        observable or view.observable,
        {axis: value for axis, value in view.at.items() if axis not in plane} | at,
        constrain or known_constraints(view.constraints),
        {axis: values for axis, values in view.lines.items() if axis not in plane},
        nearest,
        curves=curves or (view.curves if plane == (view.x, view.y) else ()),
    )
