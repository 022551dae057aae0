"""What there is: lists of observables, parameters, readings and presets, and all that is known of a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from scanner.cli import console
from scanner.cli.complete import complete_names, complete_observables, complete_readings
from scanner.cli.options import as_json, plugins

__all__ = ["observables", "parameters", "presets", "readings", "show"]

KINDS = (
    "observable", "parameter", "constraint", "set", "readings", "experiment", "limit", "absent limit", "reference",
    "preset",
)  # fmt: skip
pattern = click.argument("pattern", required=False, metavar="[PATTERN]")


@click.command()
@click.argument("pattern", required=False, metavar="[NAME|PATTERN]", shell_complete=complete_observables)
@click.option("--subject", help="Those about dark matter, early universe, laboratory, model, neutrino, white dwarf.")
@click.option("--needs", metavar="PARAMETER", help="Those that depend on a parameter.")
@click.option("--markdown", is_flag=True, help="As docs/observables.md.")
@as_json
@plugins
def observables(pattern: str | None, subject: str | None, needs: str | None, markdown: bool, as_json: bool) -> None:
    """List all observables, or those that fit a pattern ('lz*'), or show the documentation of one."""
    import physics
    from physics.core.errors import suggestion
    from scanner.cli.known import content, fitting

    known, nodes = physics.parameters(), physics.observables()
    if pattern is not None and pattern in nodes and not (as_json or markdown):
        console.say(physics.document(pattern).rstrip())
        return
    if needs is not None and needs not in known:
        raise click.UsageError(f"--needs: no parameter {needs!r}{suggestion(needs, known)}")
    if subject is not None and subject not in (subjects := sorted({n.subject for n in nodes.values()})):
        raise click.UsageError(f"--subject: {subject!r}: one of {', '.join(subjects)}")
    names = [
        name
        for name in fitting(pattern, nodes, "observable")
        if subject in (None, nodes[name].subject) and (needs is None or needs in nodes[name].parameters)
    ]
    if as_json:
        console.emit({"observables": {name: content("observable", name) for name in names}})
        return
    rows = [
        (
            name,
            nodes[name].unit,
            ", ".join(f"{p}={text}" if (text := known[p].default_text) else p for p in nodes[name].parameters),
            nodes[name].description,
            nodes[name].references,
        )
        for name in names
    ]
    _print_rows(("observable", "unit", "parameters", "meaning", "reference"), rows, markdown)


@click.command()
@pattern
@click.option("--markdown", is_flag=True, help="As a table in Markdown.")
@as_json
@plugins
def parameters(pattern: str | None, markdown: bool, as_json: bool) -> None:
    """List all parameters, or those that fit a pattern ('m_*'): unit, default, what is allowed."""
    import physics
    from scanner.cli.known import content, fitting

    known = physics.parameters()
    names = fitting(pattern, known, "parameter")
    if as_json:
        console.emit({"parameters": {name: content("parameter", name) for name in names}})
        return
    rows = [(n, p.unit, p.default_text, p.domain, p.description) for n in names for p in [known[n]]]
    _print_rows(("parameter", "unit", "default", "allowed", "meaning"), rows, markdown)


@click.command()
@click.argument("pattern", required=False, metavar="[PATTERN]", shell_complete=complete_readings)
@as_json
def readings(pattern: str | None, as_json: bool) -> None:
    """List the named sets of readings: choices of papers, where they are not the defaults."""
    import physics
    from physics.core.readings import DEFAULTS, sets
    from scanner.cli.known import content, fitting

    known = physics.parameters()
    names = fitting(pattern, sets(), "set of readings")
    if as_json:
        console.emit({"readings": {name: content("readings", name) for name in names}})
        return
    rows = [
        (name, p, str(value), known[p].default_text, known[p].description)
        for name in names
        for p, value in sets()[name].items()
    ]
    console.table(("set", "parameter", "value", "default", "meaning"), rows)
    if DEFAULTS in names:
        console.say(f"{DEFAULTS}: the defaults")


@click.command()
@pattern
@as_json
def presets(pattern: str | None, as_json: bool) -> None:
    """List the scans that come with lmutau."""
    from scanner.cli.known import content, fitting
    from scanner.scan.config import load_scan, preset_names

    names = fitting(pattern, preset_names(), "preset")
    if as_json:
        console.emit({"presets": {name: content("preset", name) for name in names}})
        return
    for name in names:
        scan = load_scan(name)
        console.say(f"{name}: {scan.scan.title}; readings: {scan.reading}")


@click.command()
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--kind", type=click.Choice(KINDS), help="Only what is one; without a name: list these.")
@as_json
@plugins
def show(name: str | None, kind: str | None, as_json: bool) -> None:
    """Say all that is known of a name, whatever it names; without one, list all names.

    Names of observables, parameters, constraints and their sets, readings, experiments, published limits, limits that
    are absent, references and presets; `lmutau show cmb`, `lmutau show "Slatyer 2016"`.
    """
    import physics
    from scanner.cli.known import content, found, kinds

    if name is None:
        named = {k: names for k, names in kinds().items() if kind in (None, k)}
        if as_json:
            console.emit(named)
            return
        for k, names in named.items():
            console.say(f"{k}: {', '.join(names)}")
        return
    there = [k for k in found(name) if kind in (None, k)]
    if not there:
        raise click.UsageError(f"{name} is no {kind}, but {' and '.join(found(name))}")
    if as_json:
        console.emit({"name": name, **{k: content(k, name) for k in there}})
        return
    for i, k in enumerate(there):
        if i:
            console.say("")
        console.say(f"{k} {name}")
        if k == "observable":
            console.say("")
            console.say(physics.document(name).rstrip())
            continue
        console.table(("", ""), [(key, _in_words(value)) for key, value in content(k, name).items() if value != ""])


def _in_words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_in_words(v)}" for key, v in value.items()) or "none"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"{len(value)} (--json has them)"
    return ", ".join(map(_in_words, value)) or "none" if isinstance(value, list) else str(value)


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> None:
    if not markdown:
        console.table(columns, rows)
        return
    for cells in (columns, ["---"] * len(columns), *rows):
        console.say("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
