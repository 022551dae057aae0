"""The constraints, and their sets."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.complete import complete_constraints, complete_observables, complete_sets
from scanner.cli.options import as_json, plugins

if TYPE_CHECKING:
    from physics import Constraint
    from physics.inference import ConstraintSet

__all__ = ["constraints"]


@click.command()
@click.argument("pattern", required=False, metavar="[PATTERN]", shell_complete=complete_constraints)
@click.option("--set", "which", metavar="SET", shell_complete=complete_sets,
              help="Those of a set, such as current or paper:amaral-2020.")  # fmt: skip
@click.option("--kind", type=click.Choice(["limit", "hint", "projection"]), help="Only these.")
@click.option("--observable", metavar="NAME", shell_complete=complete_observables, help="Those of an observable.")
@as_json
@plugins
def constraints(
    pattern: str | None, which: str | None, kind: str | None, observable: str | None, as_json: bool
) -> None:
    """List the constraints, those that fit a pattern ('n_eff*'), or those of a set with what is absent of it."""
    import physics
    from physics.inference import sets
    from scanner.cli.known import fitting

    chosen = None if which is None else physics.constraint_set(which)
    known = physics.constraints()
    if observable is not None:
        fitting(observable, physics.observables(), "observable")
    shown = [
        name
        for name in fitting(pattern, known if chosen is None else [*chosen.constraints, *chosen.beside], "constraint")
        if kind in (None, known[name].kind) and observable in (None, known[name].observable)
    ]
    if as_json:
        console.emit(_content([known[name] for name in shown], chosen))
        return
    rows = [_row(known[name], bracketed=chosen is not None and name in chosen.beside) for name in shown]
    console.table(
        ("constraint", "kind", "observable", "allowed", "level", "likelihood", "alternatives", "reference"), rows
    )
    if chosen is not None:
        say_set(chosen)
    elif len(shown) == len(known):
        for name, one in sets().items():
            console.note(f"--set {name}: {one.title}")


def _row(c: Constraint, bracketed: bool) -> tuple[str, ...]:
    name = f"({c.name})" if bracketed else c.name
    return name, c.kind, c.observable, c.interval, c.level, c.likelihood, c.alternative, c.reference


def say_set(chosen: ConstraintSet) -> None:
    """Title, readings and absentees of a set."""
    console.note(f"{chosen.name}: {chosen.title or 'constraints of your own'}; readings: {chosen.readings}")
    if chosen.beside:
        console.note("In brackets: does not count.")
    for name, reason in chosen.absent.items():
        console.note(f"Absent: {name}: {reason}")


def _content(rows: list[Constraint], chosen: ConstraintSet | None) -> dict[str, Any]:
    """Rows as JSON has them: an end that is open is null."""
    content: dict[str, Any] = {"constraints": {c.name: dataclasses.asdict(c) for c in rows}}
    return content | ({} if chosen is None else {"set": dataclasses.asdict(chosen)})
