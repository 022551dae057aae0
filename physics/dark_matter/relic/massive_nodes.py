r"""What rows of tables for final states with mass take from averages: smooth functions of x, at nodes in ln x.

Without the pole, or below threshold, S of a final state is smooth in x. Its values and first corrections for wide
resonances (massive_average.py) at the nodes of a panel give those at the tables' columns there, and integrals up to the
panel's end, by one matrix each; beyond the last column there are panels of another kind. Few points need the hot panel.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import borrowed
from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import (
    ABOVE,
    BELOW,
    NEAR,
    S_TABLE,
    S_WIDE_TABLE,
    Weights,
    kernel,
    massless_at,
)
from physics.dark_matter.relic.massive_average import LN_G, SCRATCH, bessel_weight, two_widths, vector
from physics.dark_matter.relic.tables import LN_X, N_X, X_TOP

__all__ = [
    "COLD",
    "COLUMNS",
    "HOT",
    "LN_NODES",
    "N_NODES",
    "X_COLD",
    "X_NODES",
    "Flags",
    "Pair",
    "Places",
    "Work",
    "columns",
    "integrate",
    "smooth_part",
    "work_space",
]

COLD, HOT = 0, 1  # panels
_BOUNDARY = 84  # column, a multiple of those that lookup.fill makes at once
COLUMNS = ((_BOUNDARY, N_X), (0, _BOUNDARY))  # of the panels
X_COLD = 1.001 * math.exp(LN_X[_BOUNDARY + 1])  # from which on cubics need cold columns alone
N_NODES, GROUP = 24, 8  # of a panel, of those that share a rule
WIDTH_STEP = 0.02  # for the derivative with respect to w^2
_T = np.asarray(chebyshev.chebpts1(N_NODES))
_ENDS = ((LN_X[_BOUNDARY], LN_X[-1]), (LN_X[0], LN_X[_BOUNDARY]))
LN_NODES = np.array([0.5 * (low + high) + 0.5 * (high - low) * _T for low, high in _ENDS])
X_NODES = np.exp(LN_NODES)
_TO_SERIES = np.linalg.inv(chebyshev.chebvander(_T, N_NODES - 1))
_MOST_COLUMNS = max(end - first for first, end in COLUMNS)


def _to_columns(panel: int) -> FloatArray:
    """From values at the nodes of a panel to those at its columns."""
    (low, high), (first, end) = _ENDS[panel], COLUMNS[panel]
    matrix = np.zeros((N_NODES, _MOST_COLUMNS))
    t = (2 * LN_X[first:end] - low - high) / (high - low)
    matrix[:, : end - first] = (chebyshev.chebvander(t, N_NODES - 1) @ _TO_SERIES).T
    return matrix


TO_COLUMNS = np.array([_to_columns(panel) for panel in (COLD, HOT)])
# From values at the nodes to integrals over ln x from each node up to the end; the last: from the beginning
_INTEGRALS = chebyshev.chebint(np.eye(N_NODES))
_TO_INTEGRALS = [
    chebyshev.chebval(1.0, _INTEGRALS) - chebyshev.chebval(t, _INTEGRALS) for t in (*_T, -1.0)
] @ _TO_SERIES
TO_INTEGRALS = np.array([np.ascontiguousarray(0.5 * (high - low) * _TO_INTEGRALS.T) for low, high in _ENDS])

# Beyond the last column: panels in ln x, any number of which are followed by one in 1/x
_GAUSS, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(10)
RATIO, MOST_PANELS, FAR_ENOUGH = 5.0, 6, 12.0  # of the ends of a panel in ln x; x |distance of thresholds|
_BEGIN = X_TOP * RATIO ** np.arange(MOST_PANELS + 1.0)[:, np.newaxis]
X_BEYOND = np.array([_BEGIN * RATIO ** (0.5 * (1 + _GAUSS)), _BEGIN / (0.5 * (1 - _GAUSS))])
WEIGHTS_BEYOND = np.array([0.5 * math.log(RATIO) * _GAUSS_WEIGHTS / X_BEYOND[0], 0.5 * _GAUSS_WEIGHTS / _BEGIN])
LN_PANEL, LAST_PANEL = 0, 1
GROUPS_BEYOND = ((0, 5, 10, 10, 10), (0, 6, 8, 9, 10))  # where those that share a rule begin, and the end

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Pair = tuple[float, float]


class Work(NamedTuple):
    """What rows are made in."""

    has_pole: Flags  # (final state,)
    values: FloatArray  # (S, its derivative with respect to w^2, J, the same; node)
    beyond: FloatArray  # (value, derivative): the integral of S/x^2 beyond the panel
    weights: FloatArray  # (panel, node): `bessel_weight`
    weights_beyond: FloatArray  # (kind of panel, panel, node): the same
    ln_G: FloatArray  # (node, power)
    ln_G_beyond: FloatArray
    widths: FloatArray  # (width, node)
    scratch: FloatArray


@cache
def _bessel_weights() -> tuple[FloatArray, FloatArray]:
    """Of the nodes, and of those beyond the last column."""
    return np.vectorize(bessel_weight)(X_NODES), np.vectorize(bessel_weight)(X_BEYOND)


def work_space(final_states: int) -> Work:
    """Make it, and what all rows share."""
    has_pole, values, beyond = np.empty(final_states, dtype=np.bool_), np.empty((4, N_NODES)), np.empty(2)
    ln_G, ln_G_beyond, widths = np.empty((N_NODES, LN_G)), np.empty((N_NODES, LN_G)), np.empty((2, N_NODES))
    return Work(has_pole, values, beyond, *_bessel_weights(), ln_G, ln_G_beyond, widths, np.empty(SCRATCH))


@vector
def columns(panel: int, wide: bool, work: Work) -> FloatArray:
    """The values at the columns of a panel; derivatives where resonances are wide."""
    first, end = COLUMNS[panel]
    out, n = np.zeros((4, _MOST_COLUMNS)), end - first
    for i in range(4):
        if wide or i % 2 == 0:
            values, here = borrowed(work.values[i]), borrowed(out[i])
            for k in range(N_NODES):
                for j in range(n):
                    here[j] += TO_COLUMNS[panel, k, j] * values[k]
    return out


@kernel
def _width(x: float, region: int, d: float, y_f: float) -> float:
    """The width that the first correction is taken from."""
    return WIDTH_STEP * (-d if region == BELOW else min(1 / x, 0.25 * abs(1.0 + d - y_f)))


@kernel
def _beyond(kind: int, panel: int, region: int, d: float, y_f: float, has_pole: bool, wide: bool, work: Work) -> Pair:
    """The integral over a panel beyond the last column of what `two_widths` gives, and its derivative."""
    x, weights, of_K2 = X_BEYOND[kind, panel], WEIGHTS_BEYOND[kind, panel], work.weights_beyond[kind, panel]
    total = total_slope = 0.0
    for g in range(4):
        a, b = GROUPS_BEYOND[kind][g], GROUPS_BEYOND[kind][g + 1]
        if a == b:
            continue
        w = _width(x[b - 1], region, d, y_f) if wide else 0.0
        narrow, at_w, ln_G = work.widths[0, : b - a], work.widths[1, : b - a], work.ln_G_beyond[: b - a]
        ln_G[:] = math.nan
        two_widths(x[a:b], of_K2[a:b], d, y_f, has_pole, ln_G, 1.0, w, work.scratch, narrow, at_w)
        for k in range(b - a):
            total += weights[a + k] * narrow[k]
            if wide:
                total_slope += weights[a + k] * (at_w[k] - narrow[k]) / (w * w)
    return total, total_slope


@kernel
def _integral_beyond(region: int, d: float, y_f: float, has_pole: bool, wide: bool, work: Work) -> Pair:
    """Int_{X_TOP}^inf V/x^2 dx of what `two_widths` gives, and its derivative with respect to w^2."""
    total = total_slope = 0.0
    if y_f > 1.0 and 2 * X_TOP * (math.sqrt(y_f) - 1.0) > 35.0:
        return total, total_slope
    scale = abs(1.0 - y_f)
    scale = min(scale, max(abs(d), 1e-3) if has_pole else abs(d - max(y_f - 1.0, 0.0)))
    panel = 0
    while panel < MOST_PANELS and X_TOP * RATIO**panel * scale <= FAR_ENOUGH:
        value, slope = _beyond(LN_PANEL, panel, region, d, y_f, has_pole, wide, work)
        total, total_slope, panel = total + value, total_slope + slope, panel + 1
    value, slope = _beyond(LAST_PANEL, panel, region, d, y_f, has_pole, wide, work)
    return total + value, total_slope + slope


@kernel
def _logarithms_of_G(
    panel: int, region: int, i: int, wy: Weights, wide: bool, tables: FloatArray, places: Places, ln_G: FloatArray
) -> None:
    """What the tables say of G at the nodes."""
    tables, places, ln_G = borrowed(tables), borrowed(places), borrowed(ln_G)
    for j in range(N_NODES):
        if region == BELOW:
            ln_G[j, 0] = math.nan
            continue
        u = LN_NODES[panel, j]
        ln_G[j, 0], ln_G[j, 1], ln_G[j, 2] = (
            massless_at(u, S_TABLE, 0, region, i, wy, tables, places),
            massless_at(u, S_TABLE, 1, region, i, wy, tables, places),
            massless_at(u, S_WIDE_TABLE, 0, region, i, wy, tables, places) if wide else 0.0,
        )


@kernel
def smooth_part(
    panel: int,
    region: int,
    d: float,
    place: tuple[int, Weights],
    couplings: FloatArray,
    y_f: FloatArray,
    wide: bool,
    tables: FloatArray,
    places: Places,
    work: Work,
) -> None:
    """Sum over final states with mass of what is smooth in x, at the nodes, and its integral beyond the last column.

    Each with its derivative with respect to w^2, where resonances are wide.
    """
    couplings, y_f, has_pole = borrowed(couplings), borrowed(y_f), borrowed(work.has_pole)
    S, S_slope, beyond = borrowed(work.values[0]), borrowed(work.values[1]), borrowed(work.beyond)
    x, unit = X_NODES[panel], d if region == ABOVE else 1.0
    _logarithms_of_G(panel, region, place[0], place[1], wide, tables, places, work.ln_G)
    S[:] = 0.0
    S_slope[:] = 0.0
    narrow, at_w = work.widths[0, :GROUP], work.widths[1, :GROUP]
    for c in range(1, y_f.size):
        if couplings[c] == 0.0:
            continue
        for a in range(0, N_NODES, GROUP):
            b = a + GROUP
            w = _width(x[b - 1], region, d, y_f[c]) if wide else 0.0
            ln_G, of_K2 = work.ln_G[a:b], work.weights[panel, a:b]
            two_widths(x[a:b], of_K2, d, y_f[c], has_pole[c], ln_G, unit, w, work.scratch, narrow, at_w)
            for k in range(GROUP):
                S[a + k] += couplings[c] * narrow[k]
                if wide:
                    S_slope[a + k] += couplings[c] * (at_w[k] - narrow[k]) / (w * w)
        if panel == COLD and not (region == NEAR and has_pole[c]):  # _beyond_threshold
            value, slope = _integral_beyond(region, d, y_f[c], has_pole[c], wide, work)
            beyond[0] += couplings[c] * value
            beyond[1] += couplings[c] * slope


@vector
def integrate(panel: int, order: int, work: Work) -> None:
    """Integrals from the nodes to infinity; what is beyond the panel becomes what is beyond its beginning."""
    S, J, beyond = borrowed(work.values[order]), borrowed(work.values[2 + order]), borrowed(work.beyond)
    for j in range(N_NODES):
        J[j] = beyond[order]
    total = beyond[order]
    for k in range(N_NODES):
        value = S[k] / X_NODES[panel, k]
        for j in range(N_NODES):
            J[j] += TO_INTEGRALS[panel, k, j] * value
        total += TO_INTEGRALS[panel, k, N_NODES] * value
    beyond[order] = total
