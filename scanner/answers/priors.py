"""How volumes are weighed: by a named prior for each axis, never by the number of grid points.

A prior is flat in some function of the axis. A grid point stands for the cell around it, up to the middle (in that
function) between it and its neighbours; the cells of an axis sum to one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.errors import suggestion
from scanner.errors import SelectionError

__all__ = ["DEFAULTS", "EQUAL", "PRIORS", "cell_weights", "chosen_priors", "quantile"]

EQUAL = "equal"  # of names: each as likely as the others
RESONANCE = 0.5  # the mass_ratio at which psi psibar -> X is on resonance

PRIORS = {
    "log": "flat in the logarithm",
    "flat": "flat in the parameter itself",
    "log-distance": "flat in log|mass_ratio - 1/2|, on each side of the resonance",
    EQUAL: "each name as likely as the others",
}

# Of scales and couplings nothing is known but that they are positive; mass_ratio is of order one: nothing favours 1/2
DEFAULTS = {
    "m_X": "log",
    "g_X": "log",
    "q_psi": "log",
    "mass_ratio": "flat",
    "m_phi": "log",
    "m_N1": "log",
    "v_rel": "log",
}


def chosen_priors(axes: Mapping[str, NDArray[Any]], given: Mapping[str, str]) -> dict[str, str]:
    """The prior of each axis: that which is given, else the default of the parameter; names are equally likely.

    Axes are given with their values.

    Raises
    ------
    SelectionError
        A prior that is not known, or does not suit its axis, or an axis of numbers without a default.
    """
    for axis, prior in given.items():
        if axis not in axes:
            raise SelectionError(f"prior of {axis!r}: no axis on which the constraints depend{suggestion(axis, axes)}")
        if prior not in PRIORS:
            raise SelectionError(f"prior {prior!r} of {axis}: one of {', '.join(PRIORS)}{suggestion(prior, PRIORS)}")
    chosen = {}
    for axis, values in axes.items():
        is_number = values.dtype.kind == "f"
        prior = given.get(axis, DEFAULTS.get(axis, "") if is_number else EQUAL)
        if not prior:
            raise SelectionError(f"{axis} has no prior by default; choose one, for example --prior {axis}=flat")
        if is_number == (prior == EQUAL):
            raise SelectionError(f"prior {prior!r} of {axis}: {EQUAL} is for names, the others for numbers")
        chosen[axis] = prior
    return chosen


def cell_weights(values: NDArray[np.float64], prior: str, axis: str = "") -> NDArray[np.float64]:
    """The prior mass of each grid point of an axis; they sum to one.

    >>> cell_weights(np.array([1.0, 10.0, 100.0]), "log").tolist()
    [0.25, 0.5, 0.25]
    >>> cell_weights(np.array([0.4, 0.49, 0.499, 0.501, 0.51]), "log-distance").round(4).tolist()
    [0.1667, 0.3333, 0.1667, 0.1667, 0.1667]
    """
    size = len(values)
    if size == 1 or prior == EQUAL:
        return np.full(size, 1 / size)
    cells = np.concatenate([_cells(part.values, part.forth) for part in _parts(values, prior, axis)])
    mass: NDArray[np.float64] = cells / cells.sum()
    return mass


def quantile(share: NDArray[np.float64], values: NDArray[Any], prior: str, axis: str = "") -> NDArray[Any]:
    """The value of an axis below which a share (0 to 1) of the prior mass lies; of names, which it falls on.

    Of numbers only the ends matter: for log-distance those of each side, between which there is no mass.

    >>> quantile(np.array([0.0, 0.5, 1.0]), np.array([1.0, 3.0, 100.0]), "log").round(9).tolist()
    [1.0, 10.0, 100.0]
    >>> quantile(np.array([0.2, 0.5, 0.99]), np.array(["GS98", "AGSS09"]), "equal").tolist()
    ['GS98', 'AGSS09', 'AGSS09']
    """
    if len(values) == 1 or prior == EQUAL:
        names: NDArray[Any] = values[np.minimum((share * len(values)).astype(int), len(values) - 1)]
        return names
    parts = _parts(values, prior, axis)
    begin, end = np.transpose([part.forth(part.values[[0, -1]]) for part in parts])
    edges = np.concatenate([[0.0], np.cumsum(np.abs(end - begin))])
    at = share * edges[-1]
    which = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(parts) - 1)
    u = begin[which] + np.sign(end - begin)[which] * (at - edges[which])
    found = np.select([which == i for i in range(len(parts))], [part.back(u) for part in parts])
    return np.clip(found, values[0], values[-1])  # rounding must not leave the axis


@dataclass(frozen=True)
class _Part:
    """Neighbouring values, the function in which the prior is flat there, and its inverse."""

    values: NDArray[np.float64]
    forth: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    back: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _parts(values: NDArray[np.float64], prior: str, axis: str) -> list[_Part]:
    if prior == "flat":
        return [_Part(values, np.asarray, np.asarray)]
    if prior == "log":
        if not (values > 0).all():
            raise SelectionError(f"prior log of {axis}: it has the value {values.min():g}; take flat")
        return [_Part(values, np.log, np.exp)]
    if axis not in ("", "mass_ratio"):
        raise SelectionError(f"prior log-distance of {axis}: it is for mass_ratio")
    if RESONANCE in values:
        raise SelectionError(f"prior log-distance of {axis}: {RESONANCE} itself is infinitely far away; take flat")
    sides = [
        _Part(values[values < RESONANCE], lambda v: np.log(RESONANCE - v), lambda u: RESONANCE - np.exp(u)),
        _Part(values[values > RESONANCE], lambda v: np.log(v - RESONANCE), lambda u: RESONANCE + np.exp(u)),
    ]
    if any(len(side.values) == 1 for side in sides):
        raise SelectionError(f"prior log-distance of {axis}: one value alone on a side of {RESONANCE} has no width")
    return [side for side in sides if len(side.values)]


def _cells(
    values: NDArray[np.float64], forth: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    u = forth(values)
    edges = np.concatenate([u[:1], (u[1:] + u[:-1]) / 2, u[-1:]])
    cells: NDArray[np.float64] = np.abs(np.diff(edges))
    return cells
