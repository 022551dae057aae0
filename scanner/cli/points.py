"""Single points, and tables of them: values of observables, and what constraints say."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.complete import complete_observables, complete_sets, complete_values
from scanner.cli.options import as_json, plugins
from scanner.cli.options import readings as readings_option
from scanner.cli.values import points

if TYPE_CHECKING:
    from physics.inference.verdicts import Why
    from scanner.cli.reasons import Held, Point

__all__ = ["point"]

MOST_POINTS = 10_000  # more are a scan
SHOWN_BY_NAME = 8  # constraints of a line


@click.command()
@click.argument("values", nargs=-1, metavar="NAME=VALUE...", shell_complete=complete_values)
@click.option(
    "-o", "--observable", "names", multiple=True, shell_complete=complete_observables,
    help="Only these, or those that fit a pattern ('borexino*'); default: all that the values determine.",
)  # fmt: skip
@click.option("--why", is_flag=True, help="All of a set of constraints, by how much, and which g_X they would allow.")
@click.option("--set", "which", metavar="SET", shell_complete=complete_sets,
              help="Constraints that count; default: the paper's of --readings, else current.")  # fmt: skip
@readings_option
@as_json
@click.option("--csv", "as_csv", is_flag=True, help="As CSV: a row for each point; what has no value is empty.")
@plugins
def point(
    values: Sequence[str],
    names: Sequence[str],
    why: bool,
    which: str | None,
    readings: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    r"""Evaluate observables at a point, and say what excludes it.

    \b
    lmutau point m_X=20 g_X=5e-4                   all that follows, and the verdict
    lmutau point m_X=0.02GeV g_X=5e-4 -o 'lz*'     energies in eV, keV, MeV, GeV, TeV
    lmutau point m_X=10,20,30 g_X=geomspace:1e-4,1e-3,5 -o n_eff      a table
    lmutau point m_X=20 g_X=5e-4 q_psi=1 mass_ratio=bound:mass_ratio_relic_above

    What is given wins over --readings. Also: linspace:START,STOP,NUMBER; mass_ratio=None for a particle that is not
    there.
    """
    import physics
    from physics.core.readings import DEFAULTS
    from physics.inference.constraint_sets import sets

    given = points(values)
    physics.evaluate([], **given)  # raises for names that are unknown, and bindings that cannot be
    if as_csv and (as_json or why):
        raise click.UsageError("--csv goes neither with --json nor with --why: it has a row for each point")
    if why:
        if names or readings:
            raise click.UsageError("--why takes no --observable and no --readings: a set of constraints has its own")
        _say_why(which or "current", given, as_json)
        return
    which = which or (readings if readings in sets() else "current")
    table = _Table(given, names, readings or DEFAULTS, which)
    with console.compiling_told():
        table.compute()
    if as_json:
        console.emit({"points": [table.content(i) for i in range(len(table.points))]})
    elif as_csv:
        table.write_csv()
    elif len(table.points) == 1:
        _show(table, readings)
    else:
        table.show()


class _Table:
    """Points, their observables and verdicts; of a point alone, a table of one row."""

    def __init__(self, given: Mapping[str, Any], names: Sequence[str], readings: str, which: str) -> None:
        import physics
        from scanner.cli.reasons import Point

        self.axes = {name: value for name, value in given.items() if isinstance(value, list)}
        held = {name: value for name, value in given.items() if name not in self.axes}
        combinations = [dict(zip(self.axes, c, strict=True)) for c in itertools.product(*self.axes.values())]
        if len(combinations) > MOST_POINTS:
            raise click.UsageError(
                f"{len(combinations):,} points are more than {MOST_POINTS:,}: make a scan of them (lmutau run)"
            )
        chosen = physics.readings(readings)
        self.points: list[dict[str, Held]] = [{**chosen, **held, **combination} for combination in combinations]
        self.given = [{name: p[name] for name in given} for p in self.points]
        self.which, self.whole = which, not names
        self.names = _chosen(Point(self.points[0]), given, names)
        self.outcomes: list[dict[str, tuple[float, int]]] = []

    def compute(self) -> None:
        """Evaluate all points at once, each axis in an array dimension of its own."""
        import numpy as np

        import physics

        n = len(self.axes)
        arrays = {
            name: np.asarray(values).reshape((-1,) + (1,) * (n - 1 - i))
            for i, (name, values) in enumerate(self.axes.items())
        }
        shape = tuple(map(len, self.axes.values()))
        found = {
            name: [np.broadcast_to(part, shape).ravel() for part in outcome]
            for name, outcome in physics.evaluate_with_status(self.names, **{**self.points[0], **arrays}).items()
        }
        self.outcomes = [
            {name: (float(value[i]), int(status[i])) for name, (value, status) in found.items()}
            for i in range(len(self.points))
        ]

    def verdict(self, i: int) -> Why:
        """What the constraints say of a point."""
        from physics.inference.verdicts import judged

        return judged(self.which, self.points[i], self.outcomes[i], whole=self.whole)

    def content(self, i: int) -> dict[str, Any]:
        """A point as JSON has it."""
        import physics
        from scanner.cli.reasons import Point

        here, known = Point(self.points[i]), physics.observables()
        rows = {}
        for name, (value, status) in self.outcomes[i].items():
            code = physics.Status(status)
            reason = "" if code == physics.Status.OK else here.reason(name, code)
            rows[name] = {
                "subject": known[name].subject, "value": value, "unit": known[name].unit,
                "status": code.meaning, "reason": reason, "reference": known[name].references,
            }  # fmt: skip
        return {
            "given": {name: _plain(name, value) for name, value in self.given[i].items()},
            "readings": str(here.reading(self.names)),
            "observables": rows,
            **self.verdict(i).as_dict(),
        }

    def rows(self) -> list[list[str]]:
        """Coordinates, values to all digits, verdict; the columns' names first."""
        rows = [[*self.given[0], *self.names, "verdict", "excluded_by"]]
        for i, outcomes in enumerate(self.outcomes):
            said = self.verdict(i)
            values = ["" if value != value else repr(value) for value, _ in outcomes.values()]
            given = [str(_plain(name, value)) for name, value in self.given[i].items()]
            rows.append([*given, *values, said.verdict, " ".join(said.excluded_by)])
        return rows

    def write_csv(self) -> None:
        """Print all."""
        import csv
        import sys

        csv.writer(sys.stdout, lineterminator="\n").writerows(self.rows())

    def show(self) -> None:
        """Print coordinates that vary, the observables that were asked for, and the verdict."""
        import physics
        from scanner.view.columns import column

        units = {name: node.unit for name, node in physics.observables().items()}
        names = [] if self.whole else self.names
        columns = [*self.axes, *(column(n, {"units": units[n]}) for n in names), "verdict", "by"]
        rows = []
        for i, outcomes in enumerate(self.outcomes):
            said = self.verdict(i)
            given = [f"{v:.6g}" if isinstance(v := self.given[i][axis], float) else str(v) for axis in self.axes]
            values = [_shown(*outcomes[name]) for name in names]
            rows.append([*given, *values, said.verdict, ", ".join(said.excluded_by)])
        console.table(columns, rows, right=columns[:-2])
        of = "" if self.whole else " on these observables"
        console.note(f"Verdict of the set {self.which}{of}; -o NAME shows an observable, --csv and --json all.")


def _chosen(here: Point, given: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """The observables that are asked for, by name or pattern; without any, all that the values determine."""
    from fnmatch import fnmatchcase

    import physics

    determined = here.determined(by=given)
    if not names:
        if not determined:
            raise click.UsageError("these values determine no observable; give at least g_X=... or m_X=...")
        return determined
    found: dict[str, None] = {}
    for name in names:
        if not set(name) & set("*?["):
            found[name] = None
            continue
        fitting = [n for n in physics.observables() if fnmatchcase(n, name)]
        if not fitting:
            raise click.UsageError(f"-o {name}: no observable fits; lmutau observables lists all")
        here_too = [n for n in fitting if n in determined]
        found |= dict.fromkeys(here_too or fitting[:1])  # the first one says what is missing
    return list(found)


def _shown(value: float, status: int) -> str:
    from physics import Status

    return f"{value:.10g}" if status == Status.OK else Status(status).meaning.replace("_", " ")


def _plain(name: str, value: Held) -> Any:
    """A value as one writes it on the command line."""
    import physics

    if isinstance(value, physics.Bound):
        return f"bound:{value.observable}"
    return physics.parameters()[name].plain(value)


def _show(table: _Table, readings: str | None) -> None:
    """A point alone: values by subject, why some are lacking, and the verdict last, where a terminal shows it."""
    import physics
    from scanner.cli.reasons import Point

    known, here = physics.observables(), Point(table.points[0])
    rows, reasons = [], dict[str, list[str]]()
    order = list(dict.fromkeys(known[name].subject for name in table.names))
    names = sorted(table.names, key=lambda name: order.index(known[name].subject))
    for name in names:
        value, status = table.outcomes[0][name]
        node, code = known[name], physics.Status(status)
        rows.append((name, _shown(value, status), node.unit, node.description, node.references))
        if code != physics.Status.OK and (reason := here.reason(name, code)) != code.meaning.replace("_", " "):
            reasons.setdefault(reason, []).append(name)
    columns = ("observable", "value", "unit", "meaning", "reference")
    console.table(columns, rows, right=["value"], subjects=[known[name].subject for name in names])
    console.note(f"readings: {here.reading(table.names, readings)}")
    for reason, without_value in reasons.items():
        console.note(f"No value for {', '.join(without_value)}: {reason}")
    _say_verdict(table.verdict(0))


def _say_verdict(said: Why) -> None:
    """The constraints that have something to say, and a line that says what it comes to."""
    speaking = [v for v in said.by_subject if not v.silence or v.counts]
    if not speaking:
        return
    console.say("")
    rows = []
    for v in speaking:
        name = v.name if v.counts else f"({v.name})"
        value = "" if v.silence else f"{v.value:.4g}"
        why = f"{v.verdict}: {v.silence}" if v.silence else v.verdict
        rows.append((name, v.constraint.observable, value, v.constraint.interval, why, v.constraint.reference))
    columns = ("constraint", "observable", "value", "allowed", "verdict", "reference")
    console.table(columns, rows, right=["value"], subjects=[v.subject for v in speaking])
    console.note(f"In brackets: does not count in the set {said.chosen.name}.")
    console.say(_in_a_line(said))


def _in_a_line(said: Why) -> str:
    limits = [v for v in said.verdicts if v.counts and v.constraint.kind == "limit"]
    silent = [v.name for v in limits if v.silence and not v.unsearched]
    rest = f"; no statement by {', '.join(silent)}" if silent else ""
    if said.verdict == "excluded":
        most = f"; most by {said.hardest}" if len(said.excluded_by) > 1 else ""
        numbers = (said[name] for name in said.excluded_by[:SHOWN_BY_NAME])
        why = ", ".join(f"{v.name} ({v.constraint.observable} = {v.value:.4g}, {_not(v)})" for v in numbers)
        more = len(said.excluded_by) - SHOWN_BY_NAME
        return f"Excluded by {why}{f' and {more} more' if more > 0 else ''}{most}{rest}"
    if said.verdict == "allowed":
        return f"Not excluded by {', '.join(v.name for v in limits if v.verdict == 'allowed')}{rest}"
    return f"No statement: no limit of the set {said.chosen.name} has a value here{rest}"


def _not(v: Any) -> str:
    return f"not {v.constraint.interval}"


def _say_why(which: str, given: Mapping[str, Any], as_json: bool) -> None:
    import physics
    from scanner.cli.reasons import Point

    with console.compiling_told():
        result = physics.why(which, **given)
    here = Point({**physics.readings(result.chosen.readings), **given})
    if as_json:
        said = {name: _plain(name, value) for name, value in given.items()}
        content = {"given": said, "readings": result.chosen.readings, "observables": {}, **result.as_dict()}
        console.emit({"points": [content | {"absent": dict(result.chosen.absent)}]})
        return
    columns, *rows = result.table()
    console.table(columns, rows, right=columns[1:2], subjects=[v.subject for v in result.by_subject])
    for line in result.summary:
        console.say(line)
    for name in result.unknown:
        verdict = result[name]
        if verdict.status is not None:
            console.note(f"No value for {name}: {here.reason(verdict.constraint.observable, verdict.status)}")
    if absent := ", ".join(result.chosen.absent):
        console.note(f"Not here, for want of numbers: {absent} (lmutau constraints --set {which} says why)")
    console.note("In brackets: does not count. ~: the likelihood is approximate.")
