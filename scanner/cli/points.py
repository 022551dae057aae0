"""The commands that need no scan: single points, the tables of observables and parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from scanner.cli import console
from scanner.cli.options import assignments, plugins
from scanner.cli.options import readings as readings_option

if TYPE_CHECKING:
    from scanner.cli.reasons import Held

__all__ = ["observables", "parameters", "point", "readings"]

BOUND = "bound:"  # NAME=bound:OBSERVABLE on the command line
_WORDS = {  # by kind of a constraint: of a value inside the interval, and outside
    "limit": ("Not excluded by", "Excluded by"),
    "hint": ("Preferred by", "Not preferred by"),
    "projection": ("Out of reach of", "Within reach of"),
}


@click.command()
@click.argument("values", nargs=-1, metavar="NAME=VALUE|NAME=bound:OBSERVABLE...")
@click.option("-o", "--observable", "names", multiple=True, help="Only these; default: all that the values determine.")
@click.option("--why", is_flag=True, help="What a set of constraints says of it, instead of observables.")
@click.option("--set", "which", metavar="SET", help="With --why: which set; default: current.")
@readings_option
@plugins
def point(values: Sequence[str], names: Sequence[str], why: bool, which: str | None, readings: str | None) -> None:
    """Evaluate observables at one point, or say what excludes it (--why).

    For example `lmutau point m_X=20 g_X=5e-4`. A parameter can follow an observable:
    `lmutau point m_X=20 g_X=5e-4 q_psi=1 mass_ratio=bound:mass_ratio_relic_above`. What is given wins over --readings.
    """
    import physics
    from physics.core.readings import DEFAULTS
    from scanner.cli.reasons import Point

    given: dict[str, Held] = dict(assignments(values))
    for name, value in given.items():
        if isinstance(value, str) and value.startswith(BOUND):
            given[name] = physics.bound(value.removeprefix(BOUND))
        elif value == "None" and (known := physics.parameters().get(name)) is not None and known.absent is not None:
            given[name] = known.absent
    physics.evaluate([], **given)  # raises for names that are unknown, and bindings that cannot be
    if why:
        if names or readings:
            raise click.UsageError("--why takes no --observable and no --readings: a set of constraints has its own")
        _say_why(which or "current", given)
        return
    if which:
        raise click.UsageError("--set goes with --why")
    here = Point({**physics.readings(readings or DEFAULTS), **given})
    chosen = list(names) or here.determined(by=given)
    if not chosen:
        raise click.UsageError("these values determine no observable; give at least g_X=... or m_X=...")
    rows: list[tuple[str, ...]] = []
    reasons: dict[str, list[str]] = {}
    with console.compiling_told():
        outcomes = physics.evaluate_with_status(chosen, **here.given)
        for name, (value, status) in outcomes.items():
            node, code = physics.observables()[name], physics.Status(int(status))
            meaning = code.meaning.replace("_", " ")
            shown = f"{float(value):.10g}" if code == physics.Status.OK else meaning
            rows.append((name, shown, node.unit, node.description, node.references))
            if code != physics.Status.OK and (reason := here.reason(name, code)) != meaning:
                reasons.setdefault(reason, []).append(name)
    console.table(("observable", "value", "unit", "meaning", "reference"), rows, right=["value"])
    console.say(f"readings: {here.reading(chosen, readings)}")
    for verdict in _verdicts({name: float(value) for name, (value, _) in outcomes.items()}):
        console.say(verdict)
    for reason, without_value in reasons.items():
        console.say(f"No value for {', '.join(without_value)}: {reason}")


def _say_why(which: str, given: Mapping[str, Held]) -> None:
    import physics
    from scanner.cli.reasons import Point

    with console.compiling_told():
        result = physics.why(which, **given)
    columns, *rows = result.table()
    console.table(columns, rows, right=columns[1:2])
    for line in result.summary:
        console.say(line)
    here = Point({**physics.readings(result.chosen.readings), **given})
    for name in result.unknown:
        verdict = result[name]
        if verdict.status is not None:
            console.say(f"No value for {name}: {here.reason(verdict.constraint.observable, verdict.status)}")
    if absent := ", ".join(result.chosen.absent):
        console.say(f"Not here, for want of numbers: {absent} (lmutau constraints --set {which} says why)")
    console.say("In brackets: does not count. ~: the likelihood is approximate.")


def _verdicts(values: Mapping[str, float]) -> list[str]:
    """What the constraints say of a point: a line for those that exclude it, do not, prefer it, do not."""
    import physics

    kinds: dict[str, list[str]] = {words: [] for pair in _WORDS.values() for words in pair[::-1]}
    for name, c in physics.constraints().items():
        if math.isfinite(value := values.get(c.observable, math.nan)):
            inside = bool(c.allows(value))
            kind = _WORDS[c.kind][not inside]
            why = f" ({c.observable} = {value:.4g} is not in {c.lower:g} .. {c.upper:g})"
            kinds[kind].append(name + why if kind == "Excluded by" else name)
    return [f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names]


@click.command()
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="As docs/observables.md.")
@plugins
def observables(name: str | None, markdown: bool) -> None:
    """List all observables, or show the documentation of one."""
    import physics

    if name is not None:
        console.say(physics.document(name).rstrip())
        return
    known = physics.parameters()
    rows = [
        (
            name,
            node.unit,
            ", ".join(f"{p}={text}" if (text := known[p].default_text) else p for p in node.parameters),
            node.description,
            node.references,
        )
        for name, node in physics.observables().items()
    ]
    _print_rows(("observable", "unit", "parameters", "meaning", "reference"), rows, markdown)


@click.command()
@click.option("--markdown", is_flag=True, help="As a table in Markdown.")
@plugins
def parameters(markdown: bool) -> None:
    """List all parameters: unit, default, what is allowed."""
    import physics

    rows = [(name, p.unit, p.default_text, p.domain, p.description) for name, p in physics.parameters().items()]
    _print_rows(("parameter", "unit", "default", "allowed", "meaning"), rows, markdown)


@click.command()
def readings() -> None:
    """List the named sets of readings: choices of papers, where they are not the defaults."""
    import physics
    from physics.core.readings import DEFAULTS, sets

    known = physics.parameters()
    rows = [
        (name, p, str(value), known[p].default_text, known[p].description)
        for name, chosen in sets().items()
        for p, value in chosen.items()
    ]
    console.table(("set", "parameter", "value", "default", "meaning"), rows)
    console.say(f"{DEFAULTS}: the defaults")


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> None:
    if not markdown:
        console.table(columns, rows)
        return
    for cells in (columns, ["---"] * len(columns), *rows):
        console.say("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
