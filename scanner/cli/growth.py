"""The commands that make stores of stores, and files of slices."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from scanner.cli import console
from scanner.cli.options import assignments, plugins
from scanner.cli.options import store as store_argument

__all__ = ["add", "extend", "merge", "refine", "slice_", "subset"]

_sel = click.option(
    "--sel", multiple=True, metavar="AXIS=...", help="VALUE, VALUE,VALUE or FROM:TO (ends are in it); repeat."
)
_nearest = click.option("--nearest", is_flag=True, help="Take the nearest grid point to a value.")
_observables = click.option(
    "--observable", "observables", multiple=True, metavar="NAME", help="Only this one (repeat)."
)


@contextmanager
def _copying(bar: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal (a log needs none); an interruption ends it, with what to do."""
    from rich.progress import Progress

    from scanner.execution.interrupts import as_keyboard_interrupt

    try:
        hidden = not bar or not console.out().is_terminal
        with as_keyboard_interrupt(), Progress(console=console.out(), disable=hidden) as shown:
            task = shown.add_task("copying")
            yield lambda done, total: shown.update(task, completed=done, total=total)
    except KeyboardInterrupt:
        console.complain("Interrupted. The same command goes on with what is there.")
        sys.exit(console.Exit.INTERRUPTED)


@click.command()
@store_argument
@click.argument("out", type=click.Path())
@click.option("--scan", "source", metavar="SCAN", help="What OUT will hold: a scan file; default: that of STORE.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="axes.q_psi.values=[1,2], ... (repeat).")
@click.option(
    "--more",
    multiple=True,
    metavar="AXIS=RANGE",
    help="Add to an axis: m_X={values=[30,40]} (as in a scan file; repeat).",
)
@click.option("--observable", "observables", multiple=True, metavar="NAME", help="Add this one (repeat).")
@plugins
def extend(
    store: str,
    out: str,
    source: str | None,
    overrides: Sequence[str],
    more: Sequence[str],
    observables: Sequence[str],
) -> None:
    """Make OUT, the store of a larger scan, with all points that STORE has; `lmutau run OUT` computes the others.

    More values of an axis, a new axis, more observables: points at which all that a value depends on is equal, bit by
    bit, are copied with their statuses. STORE is only read. After an interruption the same command goes on.
    """
    import json

    from scanner.growth.stores import extend, widened
    from scanner.scan.config import load_scan
    from scanner.store.store import Store

    if source is not None and (more or observables):
        raise click.UsageError(
            "--scan says all of what OUT will hold: give --set beside it, but not --more, --observable"
        )
    scan: Any
    if source is not None:
        scan = load_scan(source, overrides)
    else:
        scan = [*overrides, *widened(store, dict(map(_range, more)))]
        if observables:
            there = Store(store).scan_file["scan"]["observables"]
            scan.append(f"scan.observables={json.dumps(list(dict.fromkeys([*there, *observables])))}")
        if not scan:
            raise click.UsageError("say what OUT will have more: --more, --set, --observable, or --scan")
    with _copying() as on_block:
        console.say(str(extend(store, out, scan, on_block=on_block)))


def _range(text: str) -> tuple[str, Any]:
    """Split AXIS=RANGE.

    >>> _range("m_X={values=[30, 40]}")
    ('m_X', {'values': [30, 40]})
    """
    axis, equals, value = text.partition("=")
    try:
        (parsed,) = tomllib.loads(f"value = {value}").values()
        tables = parsed if isinstance(parsed, list) else [parsed]
        if not equals or not all(isinstance(table, dict) for table in tables):
            raise ValueError
    except ValueError:
        raise click.UsageError(f"--more {text}: write AXIS={{values=[...]}}, as in a scan file") from None
    return axis, parsed


@click.command()
@click.argument("stores", nargs=-1, required=True, type=click.Path(), metavar="STORE STORE ... OUT")
@plugins
def merge(stores: Sequence[str]) -> None:
    """Make OUT, one store of several that hold parts of one scan: parts of axes, other observables, other blocks.

    What no part has is left to `lmutau run OUT`. Two different values for one point are refused.
    """
    from scanner.growth.stores import merge

    *parts, out = stores
    if len(parts) < 2:
        raise click.UsageError("name two stores or more, and the one to make of them")
    with _copying() as on_block:
        console.say(str(merge(parts, out, on_block=on_block)))


@click.command()
@store_argument
@click.argument("out", type=click.Path())
@_sel
@_observables
@_nearest
@plugins
def subset(store: str, out: str, sel: Sequence[str], observables: Sequence[str], nearest: bool) -> None:
    """Make OUT, a store of a part of STORE, with all that makes a store: scan file, provenance, statuses, seal."""
    from scanner.growth.selection import parsed
    from scanner.growth.stores import subset

    if not sel and not observables:
        raise click.UsageError("say which part: --sel m_X=10:100, --observable relic_density")
    with _copying() as on_block:
        grown = subset(store, out, parsed(sel), observables=observables, nearest=nearest, on_block=on_block)
    console.say(str(grown))


@click.command()
@store_argument
@click.argument("observables", nargs=-1, required=True)
@plugins
def add(store: str, observables: Sequence[str]) -> None:
    """Add observables to STORE, on the axes that it has; nothing of it is computed again.

    `lmutau run STORE` computes the new ones.
    """
    from scanner.growth.adding import add

    grown = add(store, observables)
    pending = sum(1 for _ in grown.pending())
    left = f"to compute, in {pending} blocks: lmutau run {store}" if pending else "nothing to compute: it has them all"
    console.say(f"{store}: {left}")


@click.command()
@store_argument
@click.argument("out", type=click.Path(), required=False)
@click.option("--around", required=True, metavar="OBSERVABLE=VALUE", help="The contour, such as relic_density=0.12.")
@click.option(
    "--levels", type=click.IntRange(1, 20), default=1, show_default=True, help="How often to halve intervals."
)
@click.option("--axes", metavar="AXES", help="Those to refine, such as mass_ratio; default: all of numbers.")
@click.option("--address", default="local", show_default=True, help="As for `lmutau run`.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of local worker processes; default: one a core.")
@plugins
def refine(
    store: str, out: str | None, around: str, levels: int, axes: str | None, address: str, workers: int | None
) -> None:
    """Make OUT, finer than STORE where an observable has a value, or where values begin and end; and compute it.

    One axis or two: OUT is a store with more values of these. Three or more: OUT is a folder of stores, level_0,
    level_1, ..., of which the blocks along the contour are computed. Default of OUT: STORE with .refined in its name.
    After an interruption the same command goes on.
    """
    from scanner.cli.computers import Computers
    from scanner.cli.runs import computing
    from scanner.growth.refining import refine

    out = out or f"{store.rstrip('/').removesuffix('.zarr')}.refined.zarr"
    contour: Any = assignments([around]) if "=" in around else {}
    if not any(isinstance(value, float) for value in contour.values()):
        raise click.UsageError(f"--around {around}: write OBSERVABLE=VALUE, for example relic_density=0.12")
    chosen = axes.split(",") if axes else ()
    with _copying(bar=False), computing(Computers(address, workers)) as compute:  # the runs have their own bar
        grown = refine(store, out, contour, levels=levels, axes=chosen, compute=compute)
    console.say(str(grown))


@click.command("slice")
@store_argument
@_sel
@_observables
@_nearest
@click.option("-o", "--output", required=True, type=click.Path(), help="File to write: .nc, .csv or .parquet.")
@plugins
def slice_(store: str, sel: Sequence[str], observables: Sequence[str], nearest: bool, output: str) -> None:
    """Write a part of STORE for other programs, with statuses, units and provenance: NetCDF, CSV or Parquet."""
    from scanner.growth.files import save_slice
    from scanner.growth.selection import parsed

    console.say(str(save_slice(store, output, parsed(sel), observables=observables, nearest=nearest)))
