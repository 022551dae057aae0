"""The commands that need no scan: single points, the tables of observables and parameters, the bibliography."""

from __future__ import annotations

from collections.abc import Sequence

import click

import physics
from physics import Status
from physics.core.graph import parameters_of
from physics.core.references import cited
from scanner.cli import console
from scanner.scan.grid import Held
from scanner.store.store import Store

__all__ = ["assignments", "cite", "observables", "parameters", "point"]

BOUND = "bound:"  # NAME=bound:OBSERVABLE on the command line


@click.command()
@click.argument("values", nargs=-1, metavar="NAME=VALUE|NAME=bound:OBSERVABLE...")
@click.option("-o", "--observable", "names", multiple=True, help="Only these; default: all that the values determine.")
def point(values: Sequence[str], names: Sequence[str]) -> None:
    """Evaluate observables at one point, e.g. `lmutau point m_X=20 g_X=5e-4`.

    A parameter can follow an observable: `lmutau point m_X=20 g_X=5e-4 q_psi=1 mass_ratio=bound:mass_ratio_relic_above`
    """
    given: dict[str, Held] = dict(assignments(values))
    for name, value in given.items():
        if isinstance(value, str) and value.startswith(BOUND):
            given[name] = physics.bound(value.removeprefix(BOUND))
    bound = {name: value.observable for name, value in given.items() if isinstance(value, physics.Bound)}
    physics.evaluate([], **given)  # raises for names that are unknown, and bindings that cannot be
    known = {p for p, parameter in physics.parameters().items() if parameter.default is not None} | set(given)
    needs = {name: set(parameters_of(name, bound)) for name in physics.observables()}
    chosen = list(names) or [name for name, needed in needs.items() if needed <= known and needed & set(given)]
    if not chosen:
        raise click.UsageError("these values determine no observable; give at least g_X=... or m_X=...")
    table = console.table("observable", "value", "unit", "meaning", "reference", right=["value"])
    for name, (value, status) in physics.evaluate_with_status(chosen, **given).items():
        node = physics.observables()[name]
        code = Status(int(status))
        shown = f"{float(value):.10g}" if code == Status.OK else code.meaning.replace("_", " ")
        table.add_row(name, shown, node.unit, node.description, node.reference)
    console.out.print(table)


def assignments(texts: Sequence[str]) -> dict[str, float | str]:
    """Split NAME=VALUE, each name once; a value is a number where it reads as one.

    >>> assignments(["m_X=20", "metallicity=GS98"])
    {'m_X': 20.0, 'metallicity': 'GS98'}
    """
    found: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r}: write NAME=VALUE, for example m_X=20")
        if name in found:
            raise click.UsageError(f"{name} is given twice")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


@click.command()
@click.option("--markdown", is_flag=True, help="As the table of the README.")
def observables(markdown: bool) -> None:
    """List all observables: unit, parameters, reference."""
    rows = [
        (
            name,
            node.unit,
            ", ".join(p if default is None else f"{p}={default}" for p, default in node.parameters.items()),
            node.description,
            node.reference,
        )
        for name, node in physics.observables().items()
    ]
    _print_rows(("observable", "unit", "parameters", "meaning", "reference"), rows, markdown)


@click.command()
@click.option("--markdown", is_flag=True, help="As the table of the README.")
def parameters(markdown: bool) -> None:
    """List all parameters: unit, default, what is allowed."""
    rows = [
        (name, p.unit, "" if p.default is None else str(p.default), p.domain, p.description)
        for name, p in physics.parameters().items()
    ]
    _print_rows(("parameter", "unit", "default", "allowed", "meaning"), rows, markdown)


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> None:
    if markdown:
        for cells in (columns, ["---"] * len(columns), *rows):
            click.echo("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        return
    table = console.table(*columns)
    for row in rows:
        table.add_row(*row)
    console.out.print(table)


@click.command()
@click.argument("store", type=click.Path(exists=True))
@click.option("--bibtex", is_flag=True, help="Only the BibTeX entries.")
def cite(store: str, bibtex: bool) -> None:
    """List the publications behind a store's observables, as text and BibTeX."""
    opened = Store(store)
    names = [name for family in opened.families for name in family.observables] + list(opened.bound.values())
    entries = cited(physics.observables()[name].reference for name in names)
    if not bibtex:
        for entry in entries:
            click.echo(entry.text)
        click.echo()
    for entry in entries:
        click.echo(entry.bibtex)
