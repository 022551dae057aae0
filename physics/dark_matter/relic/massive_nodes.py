r"""What rows of tables for final states with mass take from averages: smooth functions of x, at nodes in ln x.

Without the pole, or below threshold, S of a final state is smooth in x. Its values and first corrections for wide
resonances (massive_average.py) at the nodes give those at the tables' columns, and integrals up to the last column, by
one matrix each; beyond the last column there are panels.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import borrowed
from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import (
    ABOVE,
    BELOW,
    NEAR,
    S_AT,
    S_WIDE_AT,
    kernel,
    value_at,
)
from physics.dark_matter.relic.massive_average import Expansion, bessel_weight, two_widths, unknown_G
from physics.dark_matter.relic.tables import LN_X, N_X, X_TOP

__all__ = ["LN_NODES", "N_NODES", "X_NODES", "Flags", "integrate", "smooth_part", "to_columns", "work_space"]

N_NODES = 50  # with 44, a pole just below the threshold of electrons missed by 2e-6
WIDTH_STEP = 0.02  # for the derivative with respect to w^2
_MIDDLE, _HALF = 0.5 * (LN_X[0] + LN_X[-1]), 0.5 * (LN_X[-1] - LN_X[0])
_T = np.asarray(chebyshev.chebpts1(N_NODES))
LN_NODES = _MIDDLE + _HALF * _T
X_NODES = np.exp(LN_NODES)
_TO_SERIES = np.linalg.inv(chebyshev.chebvander(_T, N_NODES - 1))
# From values at the nodes to those at the columns, and to integrals over ln x from each node up to the last column
TO_COLUMNS = np.ascontiguousarray((chebyshev.chebvander((LN_X - _MIDDLE) / _HALF, N_NODES - 1) @ _TO_SERIES).T)
_INTEGRALS = chebyshev.chebint(np.eye(N_NODES)) * _HALF
TO_INTEGRALS = np.ascontiguousarray(
    ((chebyshev.chebval(1.0, _INTEGRALS)[:, np.newaxis] - chebyshev.chebval(_T, _INTEGRALS)).T @ _TO_SERIES).T
)

_PANEL_NODES, _PANEL_WEIGHTS = np.polynomial.legendre.leggauss(10)

Flags = NDArray[np.bool_]


@kernel
def work_space() -> FloatArray:
    """What rows are made in: values and first corrections, of S and J; and what all rows share, `bessel_weight`."""
    work = np.zeros((5, N_NODES))
    for j in range(N_NODES):
        work[4, j] = bessel_weight(X_NODES[j])
    return work


@kernel
def to_columns(values: FloatArray, out: FloatArray) -> None:
    """Values at the columns, from those at the nodes."""
    values, out = borrowed(values), borrowed(out)
    out[:] = 0.0
    for k in range(N_NODES):
        for j in range(N_X):
            out[j] += TO_COLUMNS[k, j] * values[k]


@kernel
def _with_slope(
    x: float, weight: float, region: int, d: float, y_f: float, has_pole: bool, ln_G: Expansion, wide: bool
) -> tuple[float, float]:
    """What `two_widths` gives for a narrow resonance, and its derivative with respect to w^2."""
    w = 0.0
    if wide:
        w = WIDTH_STEP * (-d if region == BELOW else min(1 / x, 0.25 * abs(1.0 + d - y_f)))
    zero, at_w = two_widths(x, weight, d, y_f, has_pole, ln_G, w)
    return zero, (at_w - zero) / (w * w) if wide else 0.0


@kernel
def _integral_beyond(region: int, d: float, y_f: float, has_pole: bool, wide: bool) -> tuple[float, float]:
    """Int_{X_TOP}^inf V/x^2 dx of what `_with_slope` gives: panels in ln x, the last in 1/x."""
    total = total_slope = 0.0
    if y_f > 1.0 and 2 * X_TOP * (math.sqrt(y_f) - 1.0) > 35.0:
        return total, total_slope
    scale = abs(1.0 - y_f)
    scale = min(scale, max(abs(d), 1e-3) if has_pole else abs(d - max(y_f - 1.0, 0.0)))
    a = X_TOP
    for _ in range(6):
        if a * scale > 12.0:
            break
        b = 5.0 * a
        half, middle = 0.5 * math.log(b / a), 0.5 * math.log(b * a)
        for k in range(_PANEL_NODES.size):
            x = math.exp(middle + half * _PANEL_NODES[k])
            value, slope = _with_slope(x, bessel_weight(x), region, d, y_f, has_pole, unknown_G(), wide)
            weight = half * _PANEL_WEIGHTS[k] / x
            total += weight * value
            total_slope += weight * slope
        a = b
    for k in range(_PANEL_NODES.size):
        x = a / (0.5 * (1.0 + _PANEL_NODES[k]))
        value, slope = _with_slope(x, bessel_weight(x), region, d, y_f, has_pole, unknown_G(), wide)
        weight = 0.5 * _PANEL_WEIGHTS[k] / a
        total += weight * value
        total_slope += weight * slope
    return total, total_slope


@kernel
def smooth_part(
    region: int,
    d: float,
    couplings: FloatArray,
    y_f: FloatArray,
    has_pole: Flags,
    wide: bool,
    row: FloatArray,
    work: FloatArray,
    beyond: FloatArray,
) -> None:
    """Sum over final states with mass of what is smooth in x, at the nodes, and its integral beyond the last column.

    Each with its derivative with respect to w^2, where resonances are wide.
    """
    couplings, y_f, has_pole, row = borrowed(couplings), borrowed(y_f), borrowed(has_pole), borrowed(row)
    work, beyond = borrowed(work), borrowed(beyond)
    S, S_slope = work[0], work[1]
    beyond[:] = 0.0
    for j in range(N_NODES):
        x, weight, ln_G = X_NODES[j], work[4, j], unknown_G()
        if region != BELOW:
            g_0, g_1 = value_at(row, S_AT, 3, LN_NODES[j]), value_at(row, S_AT + 1, 3, LN_NODES[j])
            g_2 = value_at(row, S_WIDE_AT, 3, LN_NODES[j]) if wide else 0.0
            ln_G = g_0, g_1, g_2, d if region == ABOVE else 1.0
        S[j] = S_slope[j] = 0.0
        for c in range(1, y_f.size):
            if couplings[c] > 0.0:
                value, slope = _with_slope(x, weight, region, d, y_f[c], has_pole[c], ln_G, wide)
                S[j] += couplings[c] * value
                S_slope[j] += couplings[c] * slope
    for c in range(1, y_f.size):
        if couplings[c] > 0.0 and not (region == NEAR and has_pole[c]):  # _beyond_threshold
            value, slope = _integral_beyond(region, d, y_f[c], has_pole[c], wide)
            beyond[0] += couplings[c] * value
            beyond[1] += couplings[c] * slope


@kernel
def integrate(order: int, beyond: FloatArray, work: FloatArray) -> None:
    """Integrals from the nodes to infinity."""
    work, beyond = borrowed(work), borrowed(beyond)
    S, J = work[order], work[2 + order]
    J[:] = beyond[order]
    for k in range(N_NODES):
        value = S[k] / X_NODES[k]
        for j in range(N_NODES):
            J[j] += TO_INTEGRALS[k, j] * value
