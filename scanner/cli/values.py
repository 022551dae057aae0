"""NAME=VALUE on the command line: numbers with units, choices, lists and ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from physics import Bound

__all__ = ["assignments", "points"]

BOUND = "bound:"  # NAME=bound:OBSERVABLE
_RANGE = re.compile(r"(geomspace|linspace)[:(](.*?)\)?")
_WITH_UNIT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z/].*)")

Value = float | str


def assignments(texts: Sequence[str]) -> dict[str, Value]:
    """Split NAME=VALUE, each name once; a value is a number where it reads as one, in the parameter's unit.

    >>> assignments(["m_X=0.02GeV", "metallicity=GS98"])
    {'m_X': 20.0, 'metallicity': 'GS98'}
    """
    return {name: _value(name, text) for name, text in _split(texts).items()}


def points(texts: Sequence[str]) -> dict[str, Value | Bound | list[Value]]:
    """The same with what a point may have beside: bound:OBSERVABLE, lists and ranges.

    >>> points(["m_X=10,0.02GeV", "g_X=geomspace:1e-4,1e-2,3", "mass_ratio=None"])
    {'m_X': [10.0, 20.0], 'g_X': [0.0001, 0.001, 0.01], 'mass_ratio': inf}
    >>> points(["mass_ratio=bound:mass_ratio_relic_above"])
    {'mass_ratio': Bound(observable='mass_ratio_relic_above')}
    """
    return {name: _values(name, text) for name, text in _split(texts).items()}


def _split(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r}: write NAME=VALUE, for example m_X=20")
        if name in found:
            raise click.UsageError(f"{name} is given twice")
        found[name] = value.strip()
    return found


def _values(name: str, text: str) -> Value | Bound | list[Value]:
    if text.startswith(BOUND):
        import physics

        return physics.bound(text.removeprefix(BOUND))
    if found := _RANGE.fullmatch(text):
        from scanner.scan.config import axis_of

        *ends, number = found[2].split(",")
        values: list[Value] = axis_of(name, {found[1]: [*(_value(name, end) for end in ends), _count(number)]}).tolist()
        return values
    parts = [part.strip() for part in text.split(",")]
    return _value(name, text) if len(parts) == 1 else [_value(name, part) for part in parts]


def _count(text: str) -> int | str:
    return int(text) if text.strip().isdigit() else text.strip()


def _value(name: str, text: str) -> Value:
    """One value; whether the parameter may have it is not asked here."""
    try:
        return float(text)
    except ValueError:
        if text[:1].isalpha() and text != "None":
            return text
    import physics

    parameter = physics.parameters().get(name)
    if parameter is None or parameter.choices:
        return text
    if text == "None" and parameter.absent is not None:
        return parameter.absent
    if found := _WITH_UNIT.fullmatch(text):
        unit = f"1{found[2]}" if found[2].startswith("/") else found[2]  # 50/ab
        return parameter.from_unit(float(found[1]), unit)
    return text
