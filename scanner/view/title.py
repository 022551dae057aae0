"""What a picture says of itself: values that are held, the title with those that matter, labels of axes and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from physics.core.readings import DEFAULTS
from scanner.store.layout import held_parameters, parameters, readings_followed
from scanner.view.projections import at_point, status_of

__all__ = ["WIDTH", "Held", "distance_label", "held", "label", "labelled", "title_of"]

WIDTH = 62  # characters across a figure


def labelled(variable: xr.DataArray, name: str) -> str:
    """Label of an axis or of colours, with the unit."""
    unit = variable.attrs.get("units", "1")
    return f"{label(variable, name)}{'' if unit == '1' else f' [{typeset(unit)}]'}"


def typeset(unit: str) -> str:
    """A unit with raised powers.

    >>> typeset("cm^-2 s^-1")
    'cm$^{-2}$ s$^{-1}$'
    """
    return re.sub(r"\^(-?\d+)", r"$^{\1}$", unit)


def distance_label(variable: xr.DataArray, name: str) -> str:
    """Label of an axis that shows the distance from the resonance, on both of its sides."""
    return rf"|{label(variable, name)} $-$ 1/2|"


def label(variable: xr.DataArray, name: str) -> str:
    """Label of a variable; stores of earlier versions have it as `label`, and a sentence as `long_name`."""
    return str(variable.attrs.get("label") or variable.attrs.get("long_name") or name)


@dataclass(frozen=True)
class Held:
    """What a picture does not vary: an axis that is sliced, or another parameter."""

    name: str
    value: str
    text: str  # with label and unit
    is_usual: bool  # as the set of readings has it, or by default; never an axis


def held(
    ds: xr.Dataset, shown: Sequence[str], at: Mapping[str, float | str], free: Sequence[str], nearest: bool
) -> list[Held]:
    """Every value that is held: axes that are sliced, as asked, then all other parameters of what is shown.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    shown : sequence of str
        Observables in the picture.
    at, nearest
        See `scanner.at_point`.
    free : sequence of str
        Axes of the picture, and those that have several values in it.
    """
    free_here = [axis for axis in free if axis not in at]
    items = {axis: _sliced(ds, at_point(ds[axis], {axis: value}, nearest=nearest)) for axis, value in at.items()}
    for name in shown:
        point = at_point(status_of(ds, name), at, keep=free_here, nearest=nearest)
        items |= {str(a): _sliced(ds, c) for a, c in point.coords.items() if a not in (*free_here, *items)}
    described = parameters(ds.attrs)
    for name in shown:
        for parameter, value in held_parameters(ds[name].attrs).items():
            said = described.get(parameter, {})
            usual = said.get("reading", said.get("default"))  # of a store from before there were readings: the default
            is_usual = not said or (usual is not None and value == usual)
            read = _read(value)
            items.setdefault(parameter, Held(parameter, read, _item(said, parameter, read), is_usual))
    return list(items.values())


def _sliced(ds: xr.Dataset, coordinate: xr.DataArray) -> Held:
    axis = str(coordinate.name)
    said = {"label": label(ds[axis], axis), "units": ds[axis].attrs.get("units", "1")}
    read = _read(coordinate.item(), digits=10)
    return Held(axis, read, _item(said, axis, read), is_usual=False)


def title_of(ds: xr.Dataset, held: Sequence[Held], width: int = WIDTH) -> str:
    """The store's title, the axes that are sliced, what departs from the readings, and these where they are a paper's.

    All else that is held is in the metadata of the file.
    """
    followed = readings_followed(ds.attrs)
    by = [f"readings {followed.name}"] if followed and followed.name != DEFAULTS else []
    return "\n".join([str(ds.attrs.get("title", "")), *_rows([*(h.text for h in held if not h.is_usual), *by], width)])


def _item(description: Mapping[str, Any], name: str, value: str) -> str:
    unit = description.get("units", "1")
    return f"{description.get('label') or name} = {value}{'' if unit == '1' else f' {typeset(unit)}'}"


def _read(value: Any, digits: int | None = None) -> str:
    """A value as one reads it: 1e+08 rather than 100000000.0, with all digits that it has, or at most so many.

    >>> _read(1e8), _read(2.3), _read(0.12345678), _read(1 / 3, digits=10), _read("GS98")
    ('1e+08', '2.3', '0.12345678', '0.3333333333', 'GS98')
    >>> _read({"bound": "mass_ratio_relic_above"}), _read(None)
    ('mass_ratio_relic_above', 'none')
    """
    if isinstance(value, dict):
        return str(value["bound"])
    if isinstance(value, str) or value is None:
        return value or "none"
    number = float(value)
    return next(text for n in range(6, 18) if float(text := f"{number:.{n}g}") == number or n in (digits, 17))


def _rows(items: Sequence[str], width: int) -> list[str]:
    rows: list[str] = []
    for item in items:
        if rows and _width(f"{rows[-1]}, {item}") <= width:
            rows[-1] += f", {item}"
        else:
            rows.append(item)
    return rows


def _width(text: str) -> int:
    """About how many characters a text has when its formulas are typeset."""
    return len(re.sub(r"\\mathrm|\\([a-z])[a-z]*|[\\${}_^]", r"\1", text))
