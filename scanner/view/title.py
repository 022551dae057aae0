"""What a picture says of itself: the title with all values that are held, and labels of axes and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from scanner.store.layout import held_parameters, parameters, readings_followed
from scanner.view.projections import at_point, status_of

__all__ = ["label", "labelled", "title"]

_WIDTH = 85  # characters across a figure
_ROWS = 4  # below the title proper


def labelled(variable: xr.DataArray, name: str) -> str:
    """Label of an axis or of colours, with the unit."""
    unit = variable.attrs.get("units", "1")
    return f"{label(variable, name)}{'' if unit == '1' else f' [{unit}]'}"


def label(variable: xr.DataArray, name: str) -> str:
    """Label of a variable; stores of earlier versions have it as `label`, and a sentence as `long_name`."""
    return str(variable.attrs.get("label") or variable.attrs.get("long_name") or name)


def title(
    ds: xr.Dataset, shown: Sequence[str], at: Mapping[str, float | str], free: Sequence[str], nearest: bool
) -> str:
    """The store's title, every value that is held, and the readings.

    Held are the axes that are sliced, and all other parameters. Where they are too many, those are left out that are as
    the set of readings has them.

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
    items: dict[str, str] = {}
    free_here = [axis for axis in free if axis not in at]
    for name in shown:
        point = at_point(status_of(ds, name), at, keep=free_here, nearest=nearest)
        for axis, coordinate in point.coords.items():
            if axis not in free_here:
                described_here = {"label": label(ds[axis], str(axis)), "units": ds[axis].attrs.get("units", "1")}
                items[str(axis)] = _item(described_here, str(axis), _read(coordinate.item(), digits=10))
    described, usual = parameters(ds.attrs), set()
    for name in shown:
        for parameter, value in held_parameters(ds[name].attrs).items():
            description = described.get(parameter, {})
            if parameter not in items:
                items[parameter] = _item(description, parameter, _read(value))
                if "reading" in description and value == description["reading"]:
                    usual.add(parameter)
    followed = readings_followed(ds.attrs)
    by = [f"readings {followed.name}"] if followed else []
    if len(_rows(list(items.values()))) > _ROWS:
        items = {parameter: item for parameter, item in items.items() if parameter not in usual}
        by = [": ".join([f"{len(usual)} others", *by])]
    return "\n".join([str(ds.attrs.get("title", "")), *_rows([*items.values(), *by])])


def _item(description: Mapping[str, Any], name: str, value: str) -> str:
    unit = description.get("units", "1")
    return f"{description.get('label') or name} = {value}{'' if unit == '1' else f' {unit}'}"


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


def _rows(items: Sequence[str]) -> list[str]:
    rows: list[str] = []
    for item in items:
        if rows and _width(f"{rows[-1]}, {item}") <= _WIDTH:
            rows[-1] += f", {item}"
        else:
            rows.append(item)
    return rows


def _width(text: str) -> int:
    """About how many characters a text has when its formulas are typeset."""
    return len(re.sub(r"\\mathrm|\\([a-z])[a-z]*|[\\${}_^]", r"\1", text))
