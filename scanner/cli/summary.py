"""The command that says what the constraints leave of a scan."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.complete import complete_sets
from scanner.cli.options import as_json, plugins
from scanner.cli.options import store as store_argument

if TYPE_CHECKING:
    import xarray as xr

    from scanner.answers.summary import Count, Point, Summary
    from scanner.store.store import Store

__all__ = ["summary"]


@click.command()
@store_argument
@click.option("--set", "which", metavar="SET", shell_complete=complete_sets,
              help="Limits of this set of constraints; default: all that are there, of alternatives one.")  # fmt: skip
@click.option("--points", "path", type=click.Path(), metavar="FILE.csv",
              help="Write the points that respect all limits, with the limit that is tightest.")  # fmt: skip
@as_json
@plugins
def summary(store: str, which: str | None, path: str | None, as_json: bool) -> None:
    """Say what the constraints leave of a scan: how many points, where, the best ones, and which limits matter.

    All points of the grid count alike; `lmutau answer` weighs them by priors.
    """
    from scanner.answers.summary import summarise
    from scanner.store.layout import readings_followed
    from scanner.store.store import Store

    if path is not None and (not path.endswith(".csv") or Path(path).exists()):
        raise click.UsageError(f"--points {path}: " + ("exists; choose another name" if path.endswith(".csv")
                               else "CSV is written; end the name in .csv"))  # fmt: skip
    opened = Store(store)
    ds = opened.dataset()
    chosen = _Chosen(opened, ds, which)
    with _points_file(path, ds) as on_survivors:
        found = summarise(ds, chosen.limits, chosen.beside, chosen.summed, on_survivors)
    readings = readings_followed(ds.attrs)
    if as_json:
        console.emit({"store": str(opened.path), "title": opened.title, "readings": readings,
                      **chosen.content(), **_content(found, ds)})  # fmt: skip
        return
    if readings:
        console.note(f"readings: {readings}")
    _show(found, chosen, ds)
    if path:
        console.note(path)


class _Chosen:
    """The constraints of a summary: what holds together, what is counted beside it, what is lacking."""

    def __init__(self, store: Store, ds: xr.Dataset, which: str | None) -> None:
        from physics import constraint_set, constraints
        from physics.inference.constraint_sets import one_of_each

        chosen = constraint_set("current" if which is None else which)
        there = {name: c for name, c in constraints().items() if c.observable in ds}
        self.name = which
        all_limits = [name for name, c in there.items() if c.kind == "limit"]
        if which is None:
            self.limits = one_of_each(all_limits, prefer=chosen.constraints)
            self.left_out = [name for name in all_limits if name not in self.limits]
            self.lacking: list[str] = []
        else:
            self.limits = [name for name in chosen.limits if name in there]
            self.left_out = []
            self.lacking = [name for name in chosen.limits if name not in there]
        self.beside = [name for name in there if name not in self.limits]
        of_picture = known_constraints(store.plot.constraints) if store.plot else []
        hints = [name for name in [*chosen.constraints, *of_picture] if name in there and there[name].kind == "hint"]
        self.hints = one_of_each(dict.fromkeys(hints), prefer=chosen.constraints)
        self.summed = [name for name in [*self.limits, *self.hints] if there[name].is_summed]

    def content(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"set": self.name, "limits": list(self.limits), "left_out": self.left_out, "not_in_store": self.lacking,
                "best_by": self.summed}  # fmt: skip


def known_constraints(names: Sequence[str]) -> list[str]:
    """Those of the constraints that this release has; a line says which it has not."""
    from physics import constraints

    if unknown := [name for name in names if name not in constraints()]:
        console.complain(f"left out, for this release has no such constraint: {', '.join(unknown)} (needs a --plugin?)")
    return [name for name in names if name in constraints()]


@contextmanager
def _points_file(path: str | None, ds: xr.Dataset) -> Iterator[Callable[[list[Point]], None] | None]:
    """Where survivors go; the file appears under its name when all are in it."""
    if path is None:
        yield None
        return
    from scanner.paths import file_to_write
    from scanner.view.columns import column

    draft = file_to_write(f"{path}.part")
    try:
        with draft.open("x", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            begun: list[bool] = []

            def write(points: list[Point]) -> None:
                if not begun:
                    units = [column(d, ds[d].attrs) for d in points[0].at]
                    writer.writerow([*units, "minus_two_ln_l", "tightest", "times_limit"])
                    begun.append(True)
                writer.writerows([*p.at.values(), p.minus_two_ln_l, p.tightest, p.times_limit] for p in points)

            yield write
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _unit(ds: xr.Dataset, axis: str) -> str:
    unit = str(ds[axis].attrs.get("units", ""))
    return "" if unit == "1" else unit


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g}"


def _show(found: Summary, chosen: _Chosen, ds: xr.Dataset) -> None:
    rows = []
    for name, n in found.counts.items():
        c, counted = n.constraint, n.counts
        shares = (_share(n.excludes, found.points), _share(n.alone, found.points)) if counted else ("", "")
        agree = f"{n.with_it:,}" if c.kind == "hint" else ""
        rows.append((name if counted else f"({name})", c.kind, c.observable, c.interval,
                     f"{n.points:,}", f"{n.inside:,}", *shares, agree))  # fmt: skip
    columns = ("constraint", "kind", "observable", "interval", "points", "inside", "excludes %", "alone %", "survivors")
    console.table(columns, rows, right=columns[4:])
    console.note("In brackets: does not count among the limits. Survivors: points left that agree with the hint.")
    if chosen.lacking:
        console.say(f"{chosen.name}: not in this store: {', '.join(chosen.lacking)}")
    if not found.limits:
        console.say("This store has no observable of a limit.")
        return
    console.say(
        f"{found.surviving:,} of {found.points:,} points ({_share(found.surviving, found.points)} %) "
        f"respect all limits ({', '.join(found.limits)})"
    )
    if lacking := found.points - found.surviving - found.excluded:
        waiting = f"; {found.not_computed:,} points are not computed yet" if found.not_computed else ""
        console.say(f"{lacking:,} points are not excluded and lack a value{waiting}")
    if chosen.left_out:
        console.say(f"alternatives that are left out: {', '.join(chosen.left_out)}")
    _say_which_matter(found.excludes_most, found.excludes_alone, found.points)
    if found.surviving:
        _show_where(found, chosen, ds)


def _say_which_matter(most: Count | None, alone: Count | None, points: int) -> None:
    if most is not None:
        console.say(f"Excludes most: {most.constraint.name}, {_share(most.excludes, points)} % of the points")
    if alone is not None:
        console.say(f"Excludes most that no other does: {alone.constraint.name}, {_share(alone.alone, points)} %")


def _show_where(found: Summary, chosen: _Chosen, ds: xr.Dataset) -> None:
    rows = []
    for axis, values in found.axes.items():
        left = values[found.survive[axis]]
        where = (f"{left.min():.6g}", f"{left.max():.6g}") if values.dtype.kind == "f" else (", ".join(left), "")
        rows.append((axis, *where, _unit(ds, axis), f"{left.size} of {values.size}"))
    console.say("")
    console.table(("survivors on", "from", "to", "unit", "values"), rows, right=("from", "to", "values"))
    console.say("")
    best = []
    for p in found.best:
        at = (f"{v:.6g}" if isinstance(v, float) else str(v) for v in p.at.values())
        best.append((*at, f"{p.minus_two_ln_l:.4g}", p.tightest, f"{p.times_limit:.3g}"))
    columns = (*found.axes, "-2 ln L", "tightest limit", "times limit")
    console.table(columns, best, right=[*found.axes, "-2 ln L", "times limit"])
    console.note(f"The best of them, by -2 ln L of {', '.join(chosen.summed)}.")


def _content(found: Summary, ds: xr.Dataset) -> dict[str, Any]:
    most, alone = found.excludes_most, found.excludes_alone
    axes = {}
    for axis, values in found.axes.items():
        left = values[found.survive[axis]].tolist()
        numbers = values.dtype.kind == "f"
        axes[axis] = {
            "unit": str(ds[axis].attrs.get("units", "")), "of": int(values.size), "survive": len(left),
            "from": left[0] if left and numbers else None, "to": left[-1] if left and numbers else None,
            "names": None if numbers else left,
        }  # fmt: skip
    rows = {
        name: {
            "kind": n.constraint.kind, "observable": n.constraint.observable, "lower": n.constraint.lower,
            "upper": n.constraint.upper, "counts": n.counts, "points": n.points, "inside": n.inside,
            "excludes": n.excludes, "alone": n.alone if n.counts else None,
            "survivors": n.with_it if n.constraint.kind == "hint" else None,
        }
        for name, n in found.counts.items()
    }  # fmt: skip
    return {
        "points": found.points, "respect_all_limits": found.surviving, "fraction": found.surviving / found.points,
        "excluded": found.excluded, "not_computed": found.not_computed,
        "excludes_most": most and most.constraint.name, "excludes_alone": alone and alone.constraint.name,
        "axes": axes, "constraints": rows,
        "best": [{"point": p.at, "minus_two_ln_l": p.minus_two_ln_l, "tightest": p.tightest,
                  "times_limit": p.times_limit} for p in found.best],
    }  # fmt: skip
