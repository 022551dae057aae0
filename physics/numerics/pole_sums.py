r"""Sums over poles, Sum_j w_j/(r_j + M) and Sum_j w_j/(r_j + M)^2, as functions of M >= 0: Chebyshev series, exact.

The poles -r_j of a window lie between -low and -high. With s = sqrt(low high) and v = M/(M + s) the product

    (M + s)/(r + M) = s/(r + (s - r) v)

is smooth for all M, v from 0 to 1: its poles are at 1/(sqrt(high/low) - 1) or more below 0, and above 1. Panels of v,
which are mirrored at 1/2, are as wide as their distance to these at most, so that 24 terms, in narrow windows fewer,
give 1e-16. What is tabulated once, from any sums or integrals over the poles, costs two short series for a value of M.
Errors are of rounding alone, 2e-14.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.numerics.chebyshev import nodes_and_transform
from physics.numerics.interpolation import interval

__all__ = ["PoleSums", "Window", "pole_sums", "weighted"]

_EXACT = 1e-17  # where the series end
_ONE_PANEL = 0.7  # distance of the poles from 0 and 1 at which one panel is enough: 27 terms


class Window(NamedTuple):
    """Sums over the poles from -low to -high; for M of shape (n,): those over r + M, (a, n), and its square, (b, n)."""

    low: float
    high: float
    sums: Callable[[FloatArray], tuple[FloatArray, FloatArray]]


class PoleSums(NamedTuple):
    """Series of several windows, in panels of v that they share."""

    scale: FloatArray  # s of each window
    edges: FloatArray  # of the panels from 0 to 1/2; or 0 and 1
    terms: npt.NDArray[np.int64]  # of each window
    single: FloatArray  # coefficients of the sums over r + M, times M + s: (window, panel, term, sum)
    double: FloatArray  # the same of the sums over (r + M)^2, times (M + s)^2


def pole_sums(windows: Sequence[Window]) -> PoleSums:
    """Tabulate the sums of windows, each of which has the same number of them.

    >>> def sums(M):
    ...     return np.array([2 / (3.0 + M)]), np.array([5 / (3.0 + M) ** 2])
    >>> table = pole_sums([Window(2.0, 4.0, sums)])
    >>> first, second = weighted(table, np.array([7.0]), np.ones((1, 1, 1)), np.ones((1, 1, 1)))
    >>> round(first.item(), 12), round(second.item(), 12)
    (0.2, 0.05)
    """
    distances = [1 / max(math.sqrt(one.high / one.low) - 1, 1e-6) for one in windows]
    edges = _panels(min(distances))
    scale = np.array([math.sqrt(one.low * one.high) for one in windows])
    terms = np.array([_terms(edges, distance) for distance in distances])
    series = [_series(*of) for of in zip(windows, scale, terms, [edges] * len(windows), strict=True)]
    single, double = (
        np.stack([np.pad(part, ((0, 0), (0, terms.max() - part.shape[1]), (0, 0))) for part in parts])
        for parts in zip(*series, strict=True)
    )
    return PoleSums(scale, edges, terms, single, double)


def _panels(distance: float) -> FloatArray:
    """Edges of panels for poles that are so far from 0 and 1."""
    if distance > _ONE_PANEL:
        return np.array([0.0, 1.0])
    farther = 1 + 0.5 / distance
    n = math.ceil(math.log2(farther))
    return np.append(distance * (farther ** (np.arange(n) / n) - 1), 0.5)


def _terms(edges: FloatArray, distance: float) -> int:
    """How many terms the series need in the panel where they converge most slowly."""
    nearest = distance + np.minimum(edges[:-1], 1 - edges[1:])
    pole = float(np.min(1 + 2 * nearest / np.diff(edges)))  # in the variable of the panel, from -1 to 1
    return math.ceil(-math.log(_EXACT) / math.acosh(pole)) + 1


def _series(window: Window, scale: float, terms: int, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients of a window: (panel, term, sum)."""
    t, transform = nodes_and_transform(terms)
    v = edges[:-1, None] + np.diff(edges)[:, None] * (1 + t) / 2
    ratio = v / (1 - v)  # M/s
    ratio = np.concatenate([ratio, 1 / ratio]) if edges[-1] < 1 else ratio
    M = scale * ratio.ravel()
    single, double = (
        (values * (M + scale) ** power).reshape(-1, *ratio.shape)
        for power, values in enumerate(window.sums(M), start=1)
    )
    return tuple(np.einsum("nk,apk->pna", transform, values) for values in (single, double))


def weighted(table: PoleSums, M: FloatArray, single: FloatArray, double: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted sums over r + M, and over (r + M)^2, of each window: two arrays of shape (n, windows).

    Parameters
    ----------
    table : PoleSums
        See `pole_sums`.
    M : ndarray of shape (n,) or (1,)
        Where.
    single, double : ndarray of shape (1 or windows, 1 or n, sums)
        Weights; the same for all windows, or all points, where that axis has the length 1.
    """
    n = max(M.size, single.shape[1], double.shape[1])
    arrays = (np.ascontiguousarray(a) for a in (M, single, double))
    return _weighted(n, *table, *arrays)


@compiled
def _combined(
    series: FloatArray, w: int, panel: int, weights: FloatArray, i: int, terms: int, into: FloatArray
) -> None:
    """The series of a weighted sum."""
    row = w if weights.shape[0] > 1 else 0
    for n in range(terms):
        total = 0.0
        for k in range(series.shape[3]):
            total += weights[row, i, k] * series[w, panel, n, k]
        into[n] = total


@compiled
def _weighted(
    size: int,
    scale: FloatArray,
    edges: FloatArray,
    terms: npt.NDArray[np.int64],
    single: FloatArray,
    double: FloatArray,
    M: FloatArray,
    weights: FloatArray,
    of_squares: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """See `weighted`: the weights make two series of all sums, once where they are the same everywhere."""
    windows, panels, most = single.shape[:3]
    mirrored = edges[-1] < 1
    first, second = np.empty((size, windows)), np.empty((size, windows))
    once = weights.shape[1] == 1 and of_squares.shape[1] == 1
    a, b = np.empty((windows, panels, most)), np.empty((windows, panels, most))
    if once:
        for w in range(windows):
            for panel in range(panels):
                _combined(single, w, panel, weights, 0, terms[w], a[w, panel])
                _combined(double, w, panel, of_squares, 0, terms[w], b[w, panel])
    for i in range(size):
        m = M[i if M.size > 1 else 0]
        for w in range(windows):
            over, panel = 1 / (m + scale[w]), 0
            v = m * over
            if mirrored:
                v = min(m, scale[w]) * over  # the distance from 0 or 1
                panel = interval(v, edges)
            t = 2 * (v - edges[panel]) / (edges[panel + 1] - edges[panel]) - 1
            if mirrored and m > scale[w]:
                panel += edges.size - 1
            if not once:
                _combined(single, w, panel, weights, i if weights.shape[1] > 1 else 0, terms[w], a[w, panel])
                _combined(double, w, panel, of_squares, i if of_squares.shape[1] > 1 else 0, terms[w], b[w, panel])
            a1 = a2 = b1 = b2 = 0.0  # Clenshaw's recurrence, of both
            for n in range(terms[w] - 1, 0, -1):
                a1, a2 = a[w, panel, n] + 2 * t * a1 - a2, a1
                b1, b2 = b[w, panel, n] + 2 * t * b1 - b2, b1
            first[i, w] = (a[w, panel, 0] + t * a1 - a2) * over
            second[i, w] = (b[w, panel, 0] + t * b1 - b2) * over * over
    return first, second
