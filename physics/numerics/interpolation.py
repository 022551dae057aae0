"""Interpolation for compiled functions: cubic splines on a uniform grid, panels of any width."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray

__all__ = ["Uniform", "borrowed_splines", "cubic", "cubic_of", "interval", "locate", "uniform_splines"]


class Uniform(NamedTuple):
    """Cubic splines of several functions of u on a uniform grid: coefficients (interval, function, power)."""

    low: float
    step: float
    coefficients: FloatArray


def uniform_splines(low: float, high: float, n: int, functions: FloatArray) -> Uniform:
    """Splines of the columns of `functions`, sampled at n points from low to high.

    >>> u = np.linspace(0.0, 1.0, 11)
    >>> squares = uniform_splines(0.0, 1.0, 11, u[:, np.newaxis] ** 2)
    >>> i, t = locate(squares, 0.37)
    >>> round(cubic(squares.coefficients[i, 0], t), 12)
    0.1369
    """
    spline = scipy.interpolate.CubicSpline(np.linspace(low, high, n), functions)
    return Uniform(low, (high - low) / (n - 1), np.ascontiguousarray(spline.c.transpose(1, 2, 0)))


@compiled
def borrowed_splines(table: Uniform) -> Uniform:
    """The same, with coefficients that are `borrowed`: for arguments, before they are handed on in a hot loop."""
    return Uniform(table.low, table.step, borrowed(table.coefficients))


@compiled
def locate(table: Uniform, u: float) -> tuple[int, float]:
    """Interval of a uniform grid, and the distance into it; u clipped to the grid (NaN: its lower end)."""
    n = table.coefficients.shape[0]
    position = (u - table.low) / table.step
    position = min(position, float(n)) if position > 0.0 else 0.0
    i = min(int(position), n - 1)
    return i, (position - i) * table.step


@compiled
def cubic(c: FloatArray, t: float) -> float:
    """Value of c_0 t^3 + c_1 t^2 + c_2 t + c_3.

    >>> cubic(np.array([1.0, 0.0, 2.0, 1.0]), 2.0)
    13.0
    """
    value: float = ((c[0] * t + c[1]) * t + c[2]) * t + c[3]
    return value


@compiled
def cubic_of(coefficients: FloatArray, i: int, k: int, t: float) -> float:
    """Value of function k in interval i of a `Uniform`; in a hot loop quicker than `cubic`, which gets a view.

    >>> cubic_of(np.array([[[1.0, 0.0, 2.0, 1.0]]]), 0, 0, 2.0)
    13.0
    """
    value: float = ((coefficients[i, k, 0] * t + coefficients[i, k, 1]) * t + coefficients[i, k, 2]) * t + coefficients[
        i, k, 3
    ]
    return value


@compiled
def interval(u: float, edges: FloatArray) -> int:
    """Index of the interval between ascending edges where u lies; outside of them the first, or the last.

    >>> [interval(u, np.array([0.0, 1.0, 4.0])) for u in (-1.0, 0.5, 1.0, 9.0)]
    [0, 0, 1, 1]
    """
    low, high = 0, edges.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] <= u:
            low = middle
        else:
            high = middle
    return low
