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

import math
from typing import NamedTuple

import numpy as np

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
    Largest,
    Weights,
    fill,
    kernel,
    massless_at,
    n_functions,
    open_row,
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
from physics.dark_matter.relic.massive_pole import beyond_threshold, exponential, ln_phase_space
from physics.dark_matter.relic.tables import LN_X, N_X
from physics.numerics.exponential import exp

__all__ = ["Massive", "cold_columns", "hot_columns"]

WIDEST_OPEN = 0.006  # largest width, in units of the distance from the pole to the threshold of a final state ...
WIDEST_MASSIVE = (0.03, 0.0, 0.03)  # ... and of |d|, by region
THRESHOLDS_MEET = 0.035  # |1 - y_f|, for a final state that has the pole, or is as close to it as this:
CLOSEST_CLOSED = 2e-4
TAYLOR_RADIUS = 0.12  # of the Taylor series of h, in units of the distance to the nearest threshold

TYPICAL_COLUMN = int(np.searchsorted(LN_X, math.log(TYPICAL_X)))
DECAY_AT_COLUMNS = np.exp(-np.exp(LN_X)) / np.sqrt(np.exp(LN_X))


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
        S_0 = massless * exp(massless_at(u, S_TABLE, 0, BELOW, i, wy, tables, places))
        J_0 = massless * exp(massless_at(u, J_TABLE, 1, BELOW, i, wy, tables, places))
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
        ln_phase_space(1.0 + d, d if region == ABOVE else 1.0, radius, couplings, y_f, has_pole, ln_h)
    h = exponential(ln_h)
    if region == NEAR and panel == COLD:
        beyond_threshold(d, i, wy, couplings, y_f, has_pole, h, tables, places, beyond)
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
) -> Largest:  # fmt: skip
    """Make the other columns of the row that was made last; the largest values of all are returned."""
    _add_columns(HOT, region, d, (i, wy), couplings, y_f, radius, wide, tables, places, row, work)
    return _largest(region, d, row)


@kernel
def _largest(region: int, d: float, row: FloatArray) -> Largest:
    """Bounds on G (or S), G (g_1 + x) and R', each times exp(-x)/sqrt(x)."""
    row = borrowed(row)
    most_pole = most_turn = most_rest = 0.0
    a = 2 * (math.sqrt(1.0 + d) - 1.0) if region == ABOVE else 0.0
    n = n_functions(S_TABLE, region)
    for j in range(0, N_X, 4):
        x, p = math.exp(LN_X[j]), S_AT + n * j
        pole = math.exp(row[p] - a * x) * DECAY_AT_COLUMNS[j]
        most_pole = max(most_pole, pole)
        if region != BELOW:
            most_turn = max(most_turn, pole * (abs(row[p + 1]) + x))
            most_rest = max(most_rest, row[p + 2] * (x * x if region == NEAR else 1 / (d * d)) * DECAY_AT_COLUMNS[j])
    return 1.5 * most_pole, 1.5 * most_turn, 1.1 * most_rest
