r"""Rows of the tables for pairs of masses, with final states that have mass.

Final state i differs from a massless one by the phase space h_i(y) = sqrt(1 - y_f/y) (1 + y_f/2y), the same for all x.
Where the pole can be reached, what is singular is what the tables have times h(z) = sum of c_i h_i(z): ln h is a
power series in the width that is added to theirs. What is left of S without the pole, or below threshold S itself
relative to that of massless final states, is smooth in x: it is computed at Chebyshev nodes in ln x
(massive_average.py), integrated, and added to the tables' columns. The result has the tables' format, and points are
solved on it as on any other row.

What a row does not hold for is left to the exact integrator: resonances wider than a part of the distance between the
pole and the threshold of a final state, and poles that are next to the threshold of psi and of a final state at once.
"""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed
from physics.core.status import FloatArray
from physics.dark_matter.relic.first_guess import TYPICAL_X
from physics.dark_matter.relic.lookup import (
    ABOVE,
    BELOW,
    C_AT,
    J_AT,
    J_TABLE,
    J_WIDE_AT,
    J_WIDE_TABLE,
    NEAR,
    S_AT,
    S_TABLE,
    S_WIDE_AT,
    S_WIDE_TABLE,
    TOP,
    Weights,
    fill,
    kernel,
    massless_at,
    n_functions,
    open_row,
    position_slopes,
)
from physics.dark_matter.relic.massive_nodes import (
    COLD,
    COLUMNS,
    HOT,
    LN_NODES,
    N_NODES,
    X_NODES,
    Flags,
    Pair,
    Places,
    Work,
    columns,
    integrate,
    smooth_part,
)
from physics.dark_matter.relic.tables import LN_X, N_X, X_TOP
from physics.numerics.bessel import k1_scaled, k2_scaled

__all__ = ["Massive", "cold_columns", "hot_columns"]

WIDEST_OPEN = 0.006  # largest width, in units of the distance from the pole to the threshold of a final state ...
WIDEST_MASSIVE = (0.03, 0.0, 0.03)  # ... and of |d|, by region
THRESHOLDS_MEET = 0.035  # |1 - y_f|, for a final state that has the pole, or is as close to it as this:
CLOSEST_CLOSED = 2e-4
TAYLOR_POINTS, TAYLOR_RADIUS = 8, 0.12

TYPICAL_COLUMN = int(np.searchsorted(LN_X, math.log(TYPICAL_X)))
DECAY_AT_COLUMNS = np.exp(-np.exp(LN_X)) / np.sqrt(np.exp(LN_X))

_COLD_NODES, _COLD_WEIGHTS = np.polynomial.legendre.leggauss(8)
_HERMITE, _HERMITE_WEIGHTS = (a[12:] for a in np.polynomial.hermite.hermgauss(24))  # the half with t > 0


@kernel
def _phase_space(y: float, y_f: float) -> float:
    q = y_f / y
    return math.sqrt(1 - q) * (1 + 0.5 * q)


@kernel
def _ln_phase_space(
    y_0: float, unit: float, radius: float, couplings: FloatArray, y_f: FloatArray, has_pole: Flags, out: FloatArray
) -> None:
    """Coefficients of ln h(y_0 + unit t) = out[0] + out[1] t + ..., by Cauchy's formula."""
    n = TAYLOR_POINTS
    values = np.zeros(n + 1, dtype=np.complex128)
    for k in range(n + 1):  # the last at y_0 itself
        z = y_0 + (radius * cmath.exp(2j * math.pi * k / n) if k < n else 0j)
        for c in range(y_f.size):
            if has_pole[c]:
                values[k] += couplings[c] * cmath.sqrt(1 - y_f[c] / z) * (1 + 0.5 * y_f[c] / z)
        values[k] = cmath.log(values[k])
    out[0] = values[n].real
    for m in range(1, out.size):
        total = 0.0
        for k in range(n):
            total += (values[k] * cmath.exp(-2j * math.pi * m * k / n)).real
        out[m] = total / n * (unit / radius) ** m


@kernel
def _cold_integrals(
    d: float, couplings: FloatArray, y_f: FloatArray, has_pole: Flags, h: FloatArray, out: FloatArray
) -> None:
    """Int_{X_TOP}^inf dx/x^2 Int sqrt(y-1) G [h(y) - h_0 - h_1 v]/v^2 dy, v = y - 1 - d, and with h_0 to h_3 and v^4.

    h: Taylor coefficients around 1 + d. Gauss-Legendre in X_TOP/x, Gauss-Hermite in sqrt(2x (sqrt y - 1)).
    """
    nearest = 1.0
    for c in range(1, y_f.size):
        if has_pole[c]:
            nearest = min(nearest, abs(1 + d - y_f[c]))
    out[:] = 0.0
    for n in range(_COLD_NODES.size):
        x = X_TOP / (0.5 * (1.0 + _COLD_NODES[n]))
        weight = 0.5 * _COLD_WEIGHTS[n] / X_TOP / k2_scaled(x) ** 2
        for k in range(_HERMITE.size):
            u = _HERMITE[k] ** 2
            root = 1.0 + u / (2 * x)
            y_minus_1 = u / x * (1.0 + u / (4 * x))
            y = 1.0 + y_minus_1
            v = y_minus_1 - d
            second, fourth = h[2] + v * (h[3] + v * h[4]), h[4] + v * h[5]
            if abs(v) > 0.01 * nearest:
                value = couplings[0]
                for c in range(1, y_f.size):
                    if has_pole[c]:
                        value += couplings[c] * _phase_space(y, y_f[c])
                second = (value - h[0] - h[1] * v) / (v * v)
                fourth = (second - h[2] - h[3] * v) / (v * v)
            F = math.sqrt((1.0 + u / (4 * x)) / x) * y * (y + 0.5) * k1_scaled(2 * x * root) * root
            F *= weight * 2 * _HERMITE_WEIGHTS[k] * u
            out[0] += F * second
            out[1] -= F * fourth


@kernel
def _beyond_threshold(
    d: float,
    i: int,
    wy: Weights,
    couplings: FloatArray,
    y_f: FloatArray,
    has_pole: Flags,
    h: FloatArray,
    tables: FloatArray,
    places: NDArray[np.int64],
    beyond: FloatArray,
) -> None:
    """What final states that have the pole add beyond X_TOP: derivatives of h R_J, and what R_J does not have."""
    slopes, per_step = position_slopes(d)
    last = places[NEAR, J_TABLE] + 3 * (N_X - 1) + 2
    last_wide = places[NEAR, J_WIDE_TABLE] + 6 * (N_X - 1) + 4
    R = R_1 = R_2 = minus_R_3 = 0.0
    for k in range(4):
        R += wy[k] * tables[places[NEAR, TOP] + i + k]
        R_1 += wy[k] * tables[last + 3 * N_X * (i + k)]
        R_2 += 0.5 * slopes[k] * per_step * tables[last + 3 * N_X * (i + k)]
        minus_R_3 += wy[k] * tables[last_wide + 6 * N_X * (i + k)]
    cold = np.empty(2)
    _cold_integrals(d, couplings, y_f, has_pole, h, cold)
    beyond[0] += (h[0] - couplings[0]) * R_1 + h[1] * R + cold[0]
    beyond[1] += (h[0] - couplings[0]) * minus_R_3 - h[1] * R_2 - h[2] * R_1 - h[3] * R + cold[1]


@kernel
def _poles(d: float, region: int, couplings: FloatArray, y_f: FloatArray, has_pole: Flags) -> tuple[bool, float, float]:
    """Which final states have the pole; whether a row holds, up to which width, and a radius around the pole."""
    y_0 = 1.0 + d
    holds, radius = True, TAYLOR_RADIUS * y_0
    widest = math.inf if region == NEAR else WIDEST_MASSIVE[region] * abs(d)
    has_pole[:] = False
    if region == BELOW:
        return holds, widest, radius
    has_pole[0] = True
    for c in range(1, y_f.size):
        if couplings[c] > 0.0:
            distance = abs(y_0 - y_f[c])
            has_pole[c] = y_0 > y_f[c]
            widest, radius = min(widest, WIDEST_OPEN * distance), min(radius, TAYLOR_RADIUS * distance)
            if region == NEAR and abs(1.0 - y_f[c]) < THRESHOLDS_MEET and (has_pole[c] or distance < CLOSEST_CLOSED):
                holds = False
    return holds, widest, radius


@kernel
def _below(
    panel: int, d: float, place: tuple[int, Weights], massless: float, wide: bool, tables: FloatArray, places: Places,
    row: FloatArray, work: Work,
) -> None:  # fmt: skip
    """Add to columns of ln S, ln J the final states with mass; the pole is out of reach."""
    row, tables, places = borrowed(row), borrowed(tables), borrowed(places)
    S, S_slope = borrowed(work.values[0]), borrowed(work.values[1])
    J, J_slope = borrowed(work.values[2]), borrowed(work.values[3])
    i, wy = place
    for j in range(N_NODES):
        u = LN_NODES[panel, j]
        S_0 = massless * math.exp(massless_at(u, S_TABLE, 0, BELOW, i, wy, tables, places))
        J_0 = massless * math.exp(massless_at(u, J_TABLE, 1, BELOW, i, wy, tables, places))
        S[j] /= S_0
        J[j] /= J_0
        if wide:
            s = massless_at(u, S_WIDE_TABLE, 0, BELOW, i, wy, tables, places)
            t = massless_at(u, J_WIDE_TABLE, 2, BELOW, i, wy, tables, places)
            S_slope[j] = (s + S_slope[j] * d * d / S_0) / (1 + S[j]) - s
            J_slope[j] = (t + J_slope[j] * d * d / J_0) / (1 + J[j]) - t
        S[j], J[j] = math.log1p(S[j]), math.log1p(J[j])
    first, end = COLUMNS[panel]
    more = columns(panel, wide, work)
    for j in range(first, end):
        k = j - first
        row[S_AT + 2 * j] += math.log(massless) + more[0, k]
        row[J_AT + 2 * j + 1] += math.log(massless) + more[2, k]
        if wide:
            row[S_WIDE_AT + 4 * j] += more[1, k]
            row[J_WIDE_AT + 4 * j + 2] += more[3, k]


@kernel
def _with_pole(
    panel: int, region: int, d: float, massless: float, wide: bool, ln_h: FloatArray, row: FloatArray, work: Work
) -> None:
    """Add to columns of the pole's part and what is left without it the final states with mass."""
    row, ln_h, h = borrowed(row), borrowed(ln_h), math.exp(ln_h[0])
    for order in range(2 if wide else 1):
        S, J = borrowed(work.values[order]), borrowed(work.values[2 + order])
        scale = abs(d) ** (2 * order + 2)
        for j in range(N_NODES):
            if region == NEAR:
                S[j] /= X_NODES[panel, j] ** (2 * order + 2)
            else:
                S[j] *= scale
                J[j] *= scale
    first, end = COLUMNS[panel]
    more = columns(panel, wide, work)
    n_wide = n_functions(J_WIDE_TABLE, region)
    for j in range(first, end):
        p, q, k = S_AT + 3 * j, J_AT + 3 * j, j - first
        row[p] += ln_h[0]
        row[p + 1] += ln_h[1]
        row[p + 2] = massless * row[p + 2] + more[0, k]
        row[q + 2] = massless * row[q + 2] + more[2, k]
        if region == ABOVE:
            row[q] += ln_h[0]
            row[q + 1] += ln_h[1]
        if wide:
            p, q = S_WIDE_AT + 3 * j, J_WIDE_AT + n_wide * j
            row[p] += ln_h[2]
            if region == ABOVE:
                row[q] += ln_h[2]
                row[q + 1] += ln_h[3]
            q += n_wide - 2
            row[p + 1] = massless * row[p + 1] + more[1, k]
            row[q] = massless * row[q] + more[3, k]
            row[p + 2] *= h  # nearly
            row[q + 1] *= h


@kernel
def _times_phase_space(panel: int, wide: bool, h: FloatArray, row: FloatArray) -> None:
    """Multiply A, a power series in i w near the threshold, by h; with the first panel c, another."""
    row, h = borrowed(row), borrowed(h)
    if panel == COLD:
        c = row[C_AT : C_AT + 4].copy()
        for k in range(4):
            row[C_AT + k] = 0.0
            for m in range(k + 1):
                row[C_AT + k] += c[m] * h[k - m]
    A = np.zeros(6)
    for j in range(COLUMNS[panel][0], COLUMNS[panel][1]):
        p, q = J_AT + 3 * j, J_WIDE_AT + 6 * j
        A[0], A[1] = row[p], row[p + 1]
        row[p], row[p + 1] = A[0] * h[0], A[1] * h[0] + A[0] * h[1]
        if wide:
            for k in range(4):
                A[2 + k] = row[q + k]
            for k in range(2, 6):
                total = 0.0
                for m in range(k + 1):
                    total += A[m] * h[k - m]
                row[q + k - 2] = total


@kernel
def _exponential(series: FloatArray) -> FloatArray:
    """Power series of the exponential of one."""
    h = np.zeros(series.size)
    h[0] = math.exp(series[0])
    for k in range(1, h.size):
        for m in range(1, k + 1):
            h[k] += m * series[m] * h[k - m] / k
    return h


class Massive(NamedTuple):
    """A pair of masses whose row is made: what all its columns share."""

    holds: bool  # whether there is such a row
    widest: float  # up to which width
    radius: float  # around the pole
    of_guess: Pair  # logarithms of what the final states with mass multiply S by: without the pole, and it


@kernel
def _add_columns(
    panel: int, region: int, d: float, place: tuple[int, Weights], couplings: FloatArray, y_f: FloatArray,
    radius: float, wide: bool, tables: FloatArray, places: Places, row: FloatArray, work: Work,
) -> float:  # fmt: skip
    """Make the columns of a panel, of which the cold one comes first; ln h of the pole is returned."""
    row, has_pole, beyond = borrowed(row), borrowed(work.has_pole), borrowed(work.beyond)
    couplings, y_f, tables, places = borrowed(couplings), borrowed(y_f), borrowed(tables), borrowed(places)
    i, wy = place
    for j in range(COLUMNS[panel][0], COLUMNS[panel][1], 4):
        fill(S_TABLE, j, region, i, wy, tables, places, row)
        fill(J_TABLE, j, region, i, wy, tables, places, row)
        if wide:
            fill(S_WIDE_TABLE, j, region, i, wy, tables, places, row)
            fill(J_WIDE_TABLE, j, region, i, wy, tables, places, row)
    ln_h = np.zeros(6)
    smooth_part(panel, region, d, place, couplings, y_f, wide, tables, places, work)
    if region != BELOW:
        _ln_phase_space(1.0 + d, d if region == ABOVE else 1.0, radius, couplings, y_f, has_pole, ln_h)
    h = _exponential(ln_h)
    if region == NEAR and panel == COLD:
        _beyond_threshold(d, i, wy, couplings, y_f, has_pole, h, tables, places, beyond)
    integrate(panel, 0, work)
    if wide:
        integrate(panel, 1, work)
    if region == BELOW:
        _below(panel, d, place, couplings[0], wide, tables, places, row, work)
    else:
        _with_pole(panel, region, d, couplings[0], wide, ln_h, row, work)
        if region == NEAR:
            _times_phase_space(panel, wide, h, row)
    return ln_h[0]


@kernel
def cold_columns(
    region: int, d: float, i: int, wy: Weights, couplings: FloatArray, y_f: FloatArray, wide: bool,
    tables: FloatArray, places: Places, row: FloatArray, work: Work,
) -> Massive:  # fmt: skip
    """Make the row of one pair of masses, for x from X_COLD on and, where `wide`, for any width that it holds for.

    couplings[0] is that of all massless final states together; final states of coupling 0 are left out.
    """
    couplings, row, beyond = borrowed(couplings), borrowed(row), borrowed(work.beyond)
    holds, widest, radius = _poles(d, region, couplings, y_f, work.has_pole)
    if not holds:
        return Massive(False, 0.0, 0.0, (0.0, 0.0))
    open_row(i, wy, region, tables, places, row)
    k = 0 if region == BELOW else 2
    massless = massless_at(LN_X[TYPICAL_COLUMN], S_TABLE, k, region, i, wy, tables, places)
    beyond[:] = 0.0
    of_pole = _add_columns(COLD, region, d, (i, wy), couplings, y_f, radius, wide, tables, places, row, work)
    rest = row[S_AT + n_functions(S_TABLE, region) * TYPICAL_COLUMN + k]
    more = rest - massless
    if region != BELOW:
        more = math.log(rest / massless) if min(rest, massless) > 0.0 else 0.0
    return Massive(True, widest, radius, (more, of_pole))


@kernel
def hot_columns(
    region: int, d: float, i: int, wy: Weights, couplings: FloatArray, y_f: FloatArray, wide: bool, tables: FloatArray,
    places: Places, radius: float, row: FloatArray, work: Work,
) -> Pair:  # fmt: skip
    """Make the other columns of the row that was made last; returned: the largest values of G (or S) and R'."""
    _add_columns(HOT, region, d, (i, wy), couplings, y_f, radius, wide, tables, places, row, work)
    return _largest(region, d, row)


@kernel
def _largest(region: int, d: float, row: FloatArray) -> tuple[float, float]:
    """Bounds on G (or S) and R', each times exp(-x)/sqrt(x)."""
    row = borrowed(row)
    most_pole = most_rest = 0.0
    a = 2 * (math.sqrt(1.0 + d) - 1.0) if region == ABOVE else 0.0
    n = n_functions(S_TABLE, region)
    for j in range(0, N_X, 4):
        x, p = math.exp(LN_X[j]), S_AT + n * j
        most_pole = max(most_pole, math.exp(row[p] - a * x) * DECAY_AT_COLUMNS[j])
        if region != BELOW:
            most_rest = max(most_rest, row[p + 2] * (x * x if region == NEAR else 1 / (d * d)) * DECAY_AT_COLUMNS[j])
    return 1.5 * most_pole, 1.1 * most_rest
