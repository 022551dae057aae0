"""What a picture says of itself: values that are held, the title with those that matter, labels of axes and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics.core.readings import DEFAULTS
from scanner.store.layout import held_parameters, parameters, readings_followed
from scanner.view.projections import at_point, status_of
from scanner.view.scales import RESONANCE

__all__ = ["WIDTH", "Held", "distance_label", "formulas", "held", "label", "labelled", "title_of"]

WIDTH = 62  # characters across a figure
_GREEK = "mu|tau|psi|phi|nu"  # that titles write as they are said
_APART = 0.05  # of the distance to the next value, that rounding may move a value in a title
_OF_PSI = "q_psi"  # means nothing where there is no dark matter


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


def formulas(title: str) -> str:
    r"""A title with its symbols typeset, where it does not do so itself.

    >>> formulas("L_mu - L_tau: quick scan"), formulas("$m_X$ of L_mu")
    ('$L_\\mu - L_\\tau$: quick scan', '$m_X$ of L_mu')
    """
    if "$" in title:
        return title
    return re.sub(rf"\b([A-Za-z])_({_GREEK})\b", r"$\1_\\\2$", title).replace("$ - $", " - ")


@dataclass(frozen=True)
class Held:
    """What a picture does not vary: an axis that is sliced, or another parameter."""

    name: str
    value: str  # with up to ten digits
    text: str  # with label and unit, as a title has it
    is_usual: bool  # as the set of readings has it, or by default, or of a particle that is not there; never an axis


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
            items.setdefault(parameter, Held(parameter, _read(value), _item(said, parameter, value), is_usual))
    if "mass_ratio" in items and items["mass_ratio"].value == "None" and _OF_PSI in items:
        items[_OF_PSI] = replace(items[_OF_PSI], is_usual=True)
    return list(items.values())


def _sliced(ds: xr.Dataset, coordinate: xr.DataArray) -> Held:
    axis, value = str(coordinate.name), coordinate.item()
    attrs = ds[axis].attrs
    said = {"label": label(ds[axis], axis), **{key: attrs[key] for key in ("units", "description") if key in attrs}}
    near = [RESONANCE] if axis == "mass_ratio" else []  # 0.50003 is not the resonance, whatever the grid is
    short = value if isinstance(value, str) else _told_apart(value, np.append(ds[axis].values, near))
    return Held(axis, _read(value, digits=10), _item(said, axis, short), is_usual=False)


def _told_apart(value: float, among: NDArray[np.float64]) -> float:
    """A value of an axis to the digits that tell it from its neighbours, at least four.

    >>> among = np.geomspace(1, 100, 21)
    >>> _told_apart(float(among[1]), among), _told_apart(0.50003, np.array([0.5, 0.50003, 0.51]))
    (1.259, 0.50003)
    """
    others = np.abs(among[(among != value) & np.isfinite(among)] - value)
    if not others.size or not np.isfinite(value):
        return float(f"{value:.10g}")
    rounded = (float(f"{value:.{digits}g}") for digits in range(4, 18))
    return next(r for r in rounded if abs(r - value) <= _APART * others.min())


def title_of(ds: xr.Dataset, held: Sequence[Held], width: int = WIDTH) -> str:
    """The store's title, the axes that are sliced, what departs from the readings, and these where they are a paper's.

    All else that is held is in the metadata of the file.
    """
    followed = readings_followed(ds.attrs)
    by = [f"readings {followed.name}"] if followed and followed.name != DEFAULTS else []
    title = formulas(str(ds.attrs.get("title", "")))
    return "\n".join([title, *_rows([*(h.text for h in held if not h.is_usual), *by], width)])


def _item(description: Mapping[str, Any], name: str, value: Any) -> str:
    """A value with its label and unit; of what is not there, what its description says of None.

    >>> _item({"description": "m_psi / m_X; None: no dark matter"}, "mass_ratio", "None")
    'no dark matter'
    >>> _item({"description": "mass of phi; None: not there", "units": "MeV"}, "m_phi", np.inf)
    'm_phi: not there'
    """
    read, unit = _read(value), description.get("units", "1")
    called = description.get("label") or name
    if read == "None" and (words := str(description.get("description", "")).partition("None: ")[2]):
        return words if words.startswith("no ") else f"{called}: {words}"
    return f"{called} = {read}{'' if unit == '1' or read == 'None' else f' {typeset(unit)}'}"


def _read(value: Any, digits: int | None = None) -> str:
    """A value as one reads it: 1e+08 rather than 100000000.0, with all digits that it has, or at most so many.

    >>> _read(1e8), _read(2.3), _read(0.12345678), _read(1 / 3, digits=10), _read("GS98")
    ('1e+08', '2.3', '0.12345678', '0.3333333333', 'GS98')
    >>> _read({"bound": "mass_ratio_relic_above"}), _read(None), _read(np.inf)  # absent: a particle that is not there
    ('mass_ratio_relic_above', 'None', 'None')
    """
    if isinstance(value, dict):
        return str(value["bound"])
    if value is None or value == np.inf:
        return "None"
    if isinstance(value, str):
        return value
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
