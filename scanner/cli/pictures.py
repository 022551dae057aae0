"""The command that draws: a map, panels, a profile or a corner, as a picture, a table or a script."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.options import assignments, plugins
from scanner.cli.options import store as store_argument
from scanner.cli.summary import known_constraints

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scanner.store.store import Store

__all__ = ["plot"]


class _Range(click.ParamType):  # type: ignore[type-arg]
    """LOW,HIGH."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        try:
            low, high = (float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r}: write LOW,HIGH, for example 1,200", param, ctx)
        if not low < high:
            self.fail(f"{value!r}: the first must be below the second", param, ctx)
        return low, high


@click.command()
@store_argument
@click.option("-x", "x", help="Horizontal axis; default: the scan file's [plot] section.")
@click.option("-y", "y", help="Vertical axis.")
@click.option("--observable", help="What the colours show; with --profile, the vertical axis.")
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="Value of another axis.")
@click.option("--constraint", "constrain", multiple=True, help="Draw this constraint (several: repeat).")
@click.option("--set", "which", metavar="SET", help="Draw all constraints that count in this set, such as current.")
@click.option("--curve", "curves", multiple=True, help="Draw this observable, a value of y, as a line (repeat).")
@click.option("--nearest", is_flag=True, help="Take the nearest grid point to --at.")
@click.option("--panel", metavar="AXIS[=V,...]", help="A map for each value of this axis.")
@click.option("--profile", is_flag=True, help="The observable along x; a band where other axes are not given by --at.")
@click.option("--corner", is_flag=True, help="-2 Delta ln L of --set on all pairs of axes, whatever the others are.")
@click.option("--xlim", type=_Range(), metavar="LOW,HIGH", help="Part of the horizontal axis.")
@click.option("--ylim", type=_Range(), metavar="LOW,HIGH", help="Part of the vertical axis.")
@click.option("--scale", type=click.Choice(["delta", "linear"]), help="Of mass_ratio: |mass_ratio - 1/2|, or as it is.")
@click.option("--labels", type=click.Choice(["direct", "legend"]), help="Names beside what they name, or below.")
@click.option("--title", help="In place of the scan's title and the values that are held.")
@click.option("--dpi", type=click.FloatRange(20, 2400), default=200, show_default=True, help="Dots per inch.")
@click.option("--output", type=click.Path(), help="Picture to write (png, pdf, svg); default: beside the store.")
@click.option("--data", type=click.Path(), help="Write every curve, as rows of this .csv, and each limit beside it.")
@click.option("--script", type=click.Path(), help="Write the lines of Python that make this picture.")
@plugins
def plot(store: str, output: str | None, data: str | None, script: str | None, dpi: float, **options: Any) -> None:
    """Draw a plane of the scan with constraints on top, or a profile, or a corner.

    Limits are edges with strokes towards what they exclude, hints are bands, projections are dashed.
    """
    from scanner.errors import SelectionError
    from scanner.paths import file_to_write
    from scanner.store.store import Store
    from scanner.view import export

    opened = Store(store)
    path = _picture(opened, output)
    tables, lines = (file_to_write(name) if name else None for name in (data, script))
    function, arguments = _call(opened, options)
    try:
        figure = _draw(function, opened, arguments)
        export.save(figure, path, dpi)
    except SelectionError:
        raise
    except ValueError as error:  # a formula that matplotlib cannot typeset
        raise click.UsageError(f"{path}: the picture cannot be drawn: {error}") from None
    console.say(str(path))
    if tables:
        for written in export.write_data(figure, tables):
            console.say(str(written))
    if lines:
        added = [str(Path(p).absolute()) for p in click.get_current_context().meta.get("plugins", ())]
        text = export.script(function, opened.path.absolute(), arguments, path.absolute(), dpi, added)
        lines.write_text(text)
        console.say(str(lines))


def _draw(function: str, store: Store, arguments: Mapping[str, Any]) -> Figure:
    from scanner.view.export import HOMES

    figure: Figure = getattr(importlib.import_module(HOMES[function]), function)(store.dataset(), **arguments)
    return figure


def _call(store: Store, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The function that draws, and its arguments: as the store's [plot] section says, but for what is given."""
    if options["corner"]:
        used = {"which": options["which"] or "current"}
        refuse = [name for name in ("x", "y", "observable", "panel", "profile", "curves", "at") if options[name]]
        if refuse:
            raise click.UsageError(f"--corner draws all pairs of axes; leave out what chooses one ({refuse[0]})")
        return "plot_corner", _given({"set": used["which"], "title": options["title"]})
    if options["profile"] and options["panel"]:
        raise click.UsageError("--profile and --panel are different pictures; choose one")
    arguments = _of_plane(store, options) | {
        name: options[name] for name in ("labels", "scale", "xlim", "ylim", "title")
    }
    if options["profile"]:
        return "plot_profile", _given(_along(arguments, assignments(options["at"]), store))
    if options["panel"]:
        over, equals, values = options["panel"].partition("=")
        chosen = [next(iter(assignments([f"_={v}"]).values())) for v in values.split(",")] if equals else None
        at = {axis: value for axis, value in arguments["at"].items() if axis != over}
        return "plot_panels", _given(arguments | {"over": over, "values": chosen, "at": at})
    return "plot_map", _given(arguments)


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value not in (None, [], {}, False)}


def _of_plane(store: Store, options: Mapping[str, Any]) -> dict[str, Any]:
    """What is drawn, and where."""
    view, at = store.plot, assignments(options["at"])
    x, y = options["x"] or (view and view.x), options["y"] or (view and view.y)
    if x is None or (y is None and not options["profile"]):
        raise click.UsageError("the scan file has no [plot] section: give -x and -y")
    drawn = [*options["constrain"], *(_drawn_of(store, options["which"]) if options["which"] else ())]
    found = {
        "x": x, "y": y, "observable": options["observable"], "at": at, "constrain": drawn,
        "curves": list(options["curves"]), "nearest": options["nearest"],
    }  # fmt: skip
    if view is None:
        return found
    found["observable"] = options["observable"] or view.observable
    found["at"] = {axis: value for axis, value in view.at.items() if axis not in (x, y)} | at
    found["constrain"] = drawn or known_constraints(view.constraints)
    found["lines"] = {axis: list(values) for axis, values in view.lines.items() if axis not in (x, y)}
    found["curves"] = found["curves"] or (list(view.curves) if (x, y) == (view.x, view.y) else [])
    return found


def _along(arguments: Mapping[str, Any], at: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Arguments of a profile: --at alone says what is held; of constraints those of the observable."""
    from physics import constraints

    observable = arguments["observable"]
    if observable is None:
        raise click.UsageError("--profile needs --observable: what is drawn along x")
    mine = [name for name in arguments["constrain"] if constraints()[name].observable == observable]
    if not mine:
        mine = [name for name, c in constraints().items() if c.observable == observable and c.kind == "limit"][:1]
    kept = {name: arguments[name] for name in ("x", "nearest", "labels", "scale", "xlim", "ylim", "title")}
    return {**kept, "observable": observable, "at": dict(at), "constrain": mine}


def _drawn_of(store: Store, which: str) -> list[str]:
    """The constraints of a set that count and that the scan can show; lines say which others there are."""
    from physics import constraints
    from physics.inference.constraint_sets import constraint_set

    chosen, ds = constraint_set(which), store.dataset()
    there = [name for name in chosen.constraints if constraints()[name].observable in ds]
    if lacking := [name for name in chosen.constraints if name not in there]:
        console.complain(f"left out, for the scan lacks their observables: {', '.join(lacking)}")
    if beside := [name for name in chosen.beside if constraints()[name].observable in ds]:
        console.complain(f"left out, for they do not count in this set (--constraint draws one): {', '.join(beside)}")
    if chosen.absent:
        console.complain(f"of this set and not to be had: {', '.join(chosen.absent)}")
    return there


def _picture(store: Store, output: str | None) -> Path:
    """Where to write: as the user says, or a plain file beside the store; here, if that is not on this machine."""
    from scanner.store.elsewhere import elsewhere
    from scanner.view.export import picture_file

    beside = store.path if elsewhere(store.path) is None else Path(store.path.name)
    name = store.path.name.removesuffix(".zip").removesuffix(".zarr")
    path = picture_file(output or beside.with_name(f"{name}.png"))
    if not output and (path.is_symlink() or (path.exists() and not path.is_file())):
        raise click.UsageError(f"{path} is a link, or no file: say where to write with --output")
    return path
