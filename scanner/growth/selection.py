"""Parts of axes, by value: one, several, or all between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.errors import suggestion
from scanner.errors import SelectionError
from scanner.scan.grid import position

__all__ = ["Wanted", "parsed", "selected"]

Value = float | str
Wanted = Value | Sequence[Value] | slice  # a slice has both ends in it, like that of xarray


def parsed(texts: Iterable[str]) -> dict[str, Wanted]:
    """What to select, as the command line has it: AXIS=VALUE, AXIS=VALUE,VALUE or AXIS=FROM:TO (ends are in it).

    >>> parsed(["m_X=10:100", "g_X=:1e-3", "q_psi=1", "metallicity=GS98,AGSS09"])
    {'m_X': slice(10.0, 100.0, None), 'g_X': slice(None, 0.001, None), 'q_psi': 1.0, 'metallicity': ['GS98', 'AGSS09']}

    Raises
    ------
    SelectionError
        A text that is none of these.
    """
    found: dict[str, Wanted] = {}
    for text in texts:
        axis, equals, wanted = text.partition("=")
        if not equals or not wanted:
            raise SelectionError(f"--sel {text}: write AXIS=VALUE, AXIS=VALUE,VALUE or AXIS=FROM:TO")
        if axis in found:
            raise SelectionError(f"--sel {text}: {axis} is given twice; several values: {axis}=VALUE,VALUE")
        if ":" in wanted:
            ends = [_value(end) if end else None for end in wanted.split(":")]
            if len(ends) != 2 or any(isinstance(end, str) for end in ends):
                raise SelectionError(f"--sel {text}: a range is of two numbers, FROM:TO; one may be left out")
            found[axis] = slice(*ends)
        elif "," in wanted:
            found[axis] = [_value(part) for part in wanted.split(",")]
        else:
            found[axis] = _value(wanted)
    return found


def _value(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def selected(
    axes: Mapping[str, NDArray[Any]], wanted: Mapping[str, Wanted], nearest: bool = False
) -> dict[str, NDArray[np.intp]]:
    """Positions on axes, in their order and each once.

    >>> axes = {"m_X": np.array([1.0, 10.0, 100.0]), "metallicity": np.array(["GS98", "AGSS09"])}
    >>> {a: at.tolist() for a, at in selected(axes, {"m_X": slice(5, None), "metallicity": "AGSS09"}).items()}
    {'m_X': [1, 2], 'metallicity': [1]}

    Raises
    ------
    SelectionError
        An axis or a value that is not there, or a range without any.
    """
    found = {}
    for axis, one in wanted.items():
        if axis not in axes:
            raise SelectionError(f"there is no axis {axis!r}{suggestion(axis, axes)}")
        found[axis] = _positions(axis, axes[axis], one, nearest)
    return found


def _positions(axis: str, values: NDArray[Any], wanted: Wanted, nearest: bool) -> NDArray[np.intp]:
    if isinstance(wanted, slice):
        if values.dtype.kind != "f":
            raise SelectionError(f"{axis} has names ({_listed(values)}): a range is for numbers")
        low = -np.inf if wanted.start is None else wanted.start
        high = np.inf if wanted.stop is None else wanted.stop
        at = np.flatnonzero((values >= low) & (values <= high))
        if not at.size:
            raise SelectionError(f"{axis} has no value from {low} to {high}; it has {_listed(values)}")
        return at
    several = [wanted] if isinstance(wanted, str | float | int) else wanted
    return np.unique([_position(axis, values, value, nearest) for value in several]).astype(np.intp)


def _position(axis: str, values: NDArray[Any], value: Value, nearest: bool) -> int:
    try:
        at = position(values, value, nearest and not isinstance(value, str))
    except ValueError as error:
        raise SelectionError(f"{axis}: {error}; it has {_listed(values)}") from None
    if at is None:
        remedy = "" if isinstance(value, str) else " (nearest=True, --nearest: the nearest)"
        raise SelectionError(f"{axis} has no value {value}; it has {_listed(values)}{remedy}")
    return at


def _listed(values: NDArray[Any], most: int = 8) -> str:
    items = [str(v) for v in values.tolist()]
    return ", ".join(items if len(items) <= most else [*items[: most // 2], "...", *items[-most // 2 :]])
