"""What has a name, by its kind, and what is known of it: as JSON has it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import click

import physics
from physics.core.errors import suggestion
from physics.core.readings import sets as sets_of_readings
from physics.core.references import bibliography, cited
from physics.inference.constraint_sets import sets
from physics.laboratory.accelerators import absent_limits, limits
from physics.neutrino.experiments import experiments

__all__ = ["content", "fitting", "found", "kinds", "refer_to"]

Row = dict[str, Any]


def kinds() -> dict[str, list[str]]:
    """Names by kind.

    >>> "lz" in kinds()["experiment"], "cmb" in kinds()["constraint"]
    (True, True)
    """
    from scanner.scan.config import preset_names

    named: dict[str, Iterable[str]] = {
        "observable": physics.observables(),
        "parameter": physics.parameters(),
        "constraint": physics.constraints(),
        "set": sets(),
        "readings": sets_of_readings(),
        "experiment": experiments(),
        "limit": limits(),
        "absent limit": absent_limits(),
        "reference": bibliography(),
        "preset": preset_names(),
    }
    return {kind: list(names) for kind, names in named.items()}


def fitting(pattern: str | None, names: Iterable[str], what: str) -> list[str]:
    """The names that fit a pattern such as 'borexino*', or the one that it is; all without one.

    Raises
    ------
    UnknownNameError
        There is none; the message has the closest names.
    """
    names = list(names)
    found = [name for name in names if pattern is None or name == pattern or fnmatchcase(name, pattern)]
    if not found and pattern is not None:
        raise physics.UnknownNameError(f"no {what} {pattern!r}{suggestion(pattern, names)}")
    return found


def content(kind: str, name: str) -> Row:
    """What is known of a name.

    >>> content("limit", "babar_4mu")["range"]
    '213.71 MeV <= m_X <= 7681.8 MeV but for 3047.8 to 3147.6 MeV'
    """
    return _CONTENT[kind](name)


def _observable(name: str) -> Row:
    node, known = physics.observables()[name], physics.parameters()
    return {
        "subject": node.subject, "unit": node.unit, "label": node.label, "description": node.description,
        "parameters": {p: known[p].plain(default) for p, default in node.parameters.items()},
        "constraints": [c.name for c in physics.constraints().values() if c.observable == name],
        "reference": node.references,
    }  # fmt: skip


def _parameter(name: str) -> Row:
    p = physics.parameters()[name]
    return {
        "description": p.description, "unit": p.unit, "label": p.label, "default": p.plain(p.default),
        "allowed": p.domain, "choices": list(p.choices),
        "observables": [n for n, node in physics.observables().items() if name in node.parameters],
    }  # fmt: skip


def _constraint(name: str) -> Row:
    c = physics.constraints()[name]
    return {
        **{key: value for key, value in dataclasses.asdict(c).items() if key != "name"},
        "interval": c.interval,
        "unit": physics.observables()[c.observable].unit,
        "subject": physics.observables()[c.observable].subject,
        "sets": [s.name for s in sets().values() if name in s.constraints],
    }


def _set(name: str) -> Row:
    row = dataclasses.asdict(sets()[name])
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items() if key != "name"}


def _experiment(name: str) -> Row:
    e = experiments()[name]
    return {
        "label": e.label, "element": e.target.element, "exposure": e.exposure, "efficiency": e.efficiency,
        "channels": {c.name: {"counts": c.text, "background": c.background} for c in e.channels},
        "programme": e.programme, "cites": list(e.cites), "assumptions": list(e.assumptions),
        "references": dict(e.references),
        "observables": [n for n in physics.observables() if n.startswith((f"{name}_events_", f"{name}_g_X"))],
    }  # fmt: skip


def _limit(name: str) -> Row:
    limit = limits()[name]
    kept = ("label", "search", "reference", "source", "digitised", "status", "confidence", "sided", "power", "final",
            "assumed", "notes", "coupling", "range")  # fmt: skip
    return {
        **{key: getattr(limit, key) for key in kept},
        "points": [[float(m), float(g)] for m, g in zip(limit.m_X, limit.values, strict=True)],
        "observables": [n for n in physics.observables() if n in (f"{name}_g_X", f"{name}_r")],
    }


def _reference(name: str) -> Row:
    entry = bibliography()[name]
    row = {key: value for key, value in dataclasses.asdict(entry).items() if key != "name" and value}
    nodes, rows = physics.observables().values(), physics.constraints().values()
    return {
        **row,
        "text": entry.text,
        "bibtex": entry.bibtex,
        "observables": [n.name for n in nodes if refer_to(n.references, name)],
        "constraints": [c.name for c in rows if refer_to(c.reference, name)],
    }


def refer_to(references: str, name: str) -> bool:
    """Whether a text of references names a publication.

    >>> refer_to("Drees & Zhao 2021, eq. (2.6); Slatyer 2016", "Slatyer 2016")
    True
    """
    return name in (entry.name for entry in cited([references], only_known=True))


def _preset(name: str) -> Row:
    from scanner.scan.config import load_scan

    scan = load_scan(name)
    plan = {axis: len(values) for axis, values in scan.grid.axes.items()}
    return {
        "title": scan.scan.title, "readings": str(scan.reading), "observables": scan.scan.observables, "axes": plan,
        "fixed": scan.fixed, "bound": scan.bound,
        "constraints": scan.plot.constraints if scan.plot else [],
    }  # fmt: skip


_CONTENT: Mapping[str, Callable[[str], Row]] = {
    "observable": _observable,
    "parameter": _parameter,
    "constraint": _constraint,
    "set": _set,
    "readings": lambda name: dict(sets_of_readings()[name]),
    "experiment": _experiment,
    "limit": _limit,
    "absent limit": lambda name: dataclasses.asdict(absent_limits()[name]),
    "reference": _reference,
    "preset": _preset,
}


def found(name: str) -> list[str]:
    """The kinds in which a name is.

    Raises
    ------
    UsageError
        In none; the message has the closest names of all.
    """
    named = kinds()
    there = [kind for kind, names in named.items() if name in names]
    if not there:
        everything = sorted({n for names in named.values() for n in names})
        close = suggestion(name, everything)
        raise click.UsageError(
            f"nothing is called {name!r}" + (close if "did you mean" in close else "; `lmutau show` lists all names")
        )
    return there
