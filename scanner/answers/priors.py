"""How volumes are weighed: by a named prior for each axis, never by the number of grid points.

A prior is flat in some function of the axis. A grid point stands for the cell around it, up to the middle (in that
function) between it and its neighbours; the cells of an axis sum to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics.core.graph import suggestion
from scanner.errors import SelectionError

__all__ = ["DEFAULTS", "PRIORS", "cell_weights", "chosen_priors"]

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


def chosen_priors(ds: xr.Dataset, axes: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """The prior of each axis: that which is given, else the default of the parameter; names are equally likely.

    Raises
    ------
    SelectionError
        A prior that is not known, or does not suit its axis, or an axis of numbers without a default.
    """
    axes = list(axes)
    for axis, prior in given.items():
        if axis not in axes:
            raise SelectionError(f"prior of {axis!r}: no axis on which the constraints depend{suggestion(axis, axes)}")
        if prior not in PRIORS:
            raise SelectionError(f"prior {prior!r} of {axis}: one of {', '.join(PRIORS)}{suggestion(prior, PRIORS)}")
    chosen = {}
    for axis in axes:
        is_number = ds[axis].dtype.kind == "f"
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
    if prior == "flat":
        cells = _cells(values, np.asarray, axis)
    elif prior == "log":
        if not (values > 0).all():
            raise SelectionError(f"prior log of {axis}: it has the value {values.min():g}; take flat")
        cells = _cells(values, np.log, axis)
    else:
        if axis not in ("", "mass_ratio"):
            raise SelectionError(f"prior log-distance of {axis}: it is for mass_ratio")
        if RESONANCE in values:
            raise SelectionError(f"prior log-distance of {axis}: {RESONANCE} itself is infinitely far away; take flat")
        sides = [values[values < RESONANCE], values[values > RESONANCE]]
        cells = np.concatenate([_cells(v, lambda v: np.log(np.abs(v - RESONANCE)), axis) for v in sides if len(v)])
    mass: NDArray[np.float64] = cells / cells.sum()
    return mass


def _cells(
    values: NDArray[np.float64], flat_in: Callable[[NDArray[np.float64]], NDArray[np.float64]], axis: str
) -> NDArray[np.float64]:
    if len(values) == 1:
        raise SelectionError(f"prior log-distance of {axis}: one value alone on a side of {RESONANCE} has no width")
    u = flat_in(values)
    edges = np.concatenate([u[:1], (u[1:] + u[:-1]) / 2, u[-1:]])
    cells: NDArray[np.float64] = np.abs(np.diff(edges))
    return cells
