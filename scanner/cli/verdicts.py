"""The commands about constraints: what there is, what a set says of a point."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.options import plugins

if TYPE_CHECKING:
    from physics import Constraint
    from physics.inference import ConstraintSet

__all__ = ["constraints"]


@click.command()
@click.option("--set", "which", metavar="SET", help="Those of a set, such as current or paper:amaral-2020.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with all that a row says.")
@plugins
def constraints(which: str | None, as_json: bool) -> None:
    """List the constraints, or those of a set, with what is absent of it."""
    import physics
    from physics.inference import sets

    chosen = None if which is None else physics.constraint_set(which)
    known = physics.constraints()
    shown = list(known) if chosen is None else [*chosen.constraints, *chosen.beside]
    if as_json:
        click.echo(json.dumps(_content([known[name] for name in shown], chosen), indent=2))
        return
    rows = [_row(known[name], bracketed=chosen is not None and name in chosen.beside) for name in shown]
    console.table(
        ("constraint", "kind", "observable", "allowed", "level", "likelihood", "alternatives", "reference"), rows
    )
    if chosen is None:
        for name, one in sets().items():
            console.say(f"--set {name}: {one.title}")
    else:
        say_set(chosen)


def _row(c: Constraint, bracketed: bool) -> tuple[str, ...]:
    name = f"({c.name})" if bracketed else c.name
    return name, c.kind, c.observable, c.interval, c.level, c.likelihood, c.alternative, c.reference


def say_set(chosen: ConstraintSet) -> None:
    """Title, readings and absentees of a set."""
    console.say(f"{chosen.name}: {chosen.title or 'constraints of your own'}; readings: {chosen.readings}")
    if chosen.beside:
        console.say("In brackets: does not count.")
    for name, reason in chosen.absent.items():
        console.say(f"Absent: {name}: {reason}")


def _content(rows: list[Constraint], chosen: ConstraintSet | None) -> dict[str, Any]:
    """Rows as JSON has them: an end that is open is null."""
    content: dict[str, Any] = {"constraints": {c.name: _finite(dataclasses.asdict(c)) for c in rows}}
    return content | ({} if chosen is None else {"set": dataclasses.asdict(chosen)})


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in row.items()}
