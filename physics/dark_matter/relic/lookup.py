"""Reading the tables: cubics in (d, ln x), the pole in closed form, and the whole dependence on the width.

What the tables hold: make_tables.py. All points with the same d share a row, the columns of which are interpolated in d
when they are first needed, or filled by massive_rows.py where final states have mass. A row lies in one array, function
beside function, column after column.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.tables import (
    LN_X,
    N_X,
    PAIRS_SCALE,
    ROWS_ABOVE,
    ROWS_BELOW,
    ROWS_NEAR,
    ROWS_PAIRS,
    load,
    pairs_exponent,
)
from physics.numerics.exponential import exp

__all__ = [
    "ABOVE",
    "ABOVE_FROM",
    "BELOW",
    "C_AT",
    "J_AT",
    "J_TABLE",
    "J_WIDE_AT",
    "J_WIDE_TABLE",
    "LN_X0",
    "NARROW",
    "NARROW_BELOW",
    "NEAR",
    "NEAR_FROM",
    "NOWHERE",
    "PAIRS_TABLE",
    "PER_LN_X_STEP",
    "ROW_SIZE",
    "S_AT",
    "S_TABLE",
    "S_WIDE_AT",
    "S_WIDE_TABLE",
    "TOP",
    "WIDEST",
    "Largest",
    "Pole",
    "Weights",
    "cell",
    "cos_sin",
    "cubic_weights",
    "fill",
    "inlined",
    "integral_from",
    "joined",
    "kernel",
    "ln_average",
    "massless_at",
    "n_functions",
    "open_row",
    "pairs_average",
    "pairs_integral",
    "pole_at",
    "position",
    "position_of_pairs",
    "position_slopes",
    "region_of",
]

BELOW, NEAR, ABOVE, NOWHERE = 0, 1, 2, 3
BELOW_FROM, NEAR_FROM, ABOVE_FROM = -0.945, -0.0105, 0.0315  # d
ABOVE_TO = 5.4
WIDEST = (0.05, 0.05, 0.03)  # largest w/|d| below, w x near and above, w/d above
NARROW, NARROW_BELOW = 1e-5, 3e-5  # w up to which the first orders do

Weights = tuple[float, float, float, float]
Pole = tuple[float, float, float, float, float, float]  # sqrt(z-1) pi/w and a(z), real and imaginary; u; 1/l^2

LN_X0, PER_LN_X_STEP = float(LN_X[0]), float(1 / (LN_X[1] - LN_X[0]))
_FIRST = (float(ROWS_BELOW[0]), float(ROWS_NEAR[0]), float(ROWS_ABOVE[0]))
_PER_STEP = tuple(float(1 / (rows[1] - rows[0])) for rows in (ROWS_BELOW, ROWS_NEAR, ROWS_ABOVE))
_ROWS = (ROWS_BELOW.size, ROWS_NEAR.size, ROWS_ABOVE.size)

# The tables of a row, functions in each by region, where they begin in a row; then c of the region near the threshold
S_TABLE, S_WIDE_TABLE, J_TABLE, J_WIDE_TABLE, PAIRS_TABLE = range(5)
_FUNCTIONS = ((2, 3, 3), (4, 3, 3), (2, 3, 3), (4, 6, 4), (2, 2, 2))
_AT = tuple(N_X * n for n in (0, 3, 7, 10, 16))
S_AT, S_WIDE_AT, J_AT, J_WIDE_AT, PAIRS_AT = _AT
C_AT = 18 * N_X
ROW_SIZE = C_AT + 4

_NAMES = (
    ("below", "below_wide", "below", "below_wide", "pairs", "below_most"),
    ("near_S", "near_S_wide", "near_J", "near_J_wide", "pairs", "near_most"),
    ("above_S", "above_S_wide", "above_J", "above_J_wide", "pairs", "above_most"),
)
_IN_ALL = ("near_c", "near_top", "pairs_most", "near_turn")
MOST, C, TOP, PAIRS_MOST, TURN = range(5, 10)  # places of bounds, of c, of R_J at X_TOP, and of bounds again

Largest = tuple[float, float, float]  # of G (or S), G (g_1 + x) and R', each times exp(-x)/sqrt(x)

# With fused multiplications; NaN and inf keep their meaning
inlined = compiled(inline="always", fastmath={"contract"})
kernel = compiled(fastmath={"contract"})


@cache
def joined() -> tuple[FloatArray, NDArray[np.int64]]:
    """All tables, one after the other, and the places where they begin, by region."""
    tables = load()
    ln_G, g_1, _ = np.moveaxis(tables["near_S"].reshape(ROWS_NEAR.size, N_X, 3), -1, 0)
    x = np.exp(LN_X)
    tables = tables | {"near_turn": np.max(np.exp(ln_G - x) / np.sqrt(x) * (np.abs(g_1) + x), axis=-1)}
    begin = dict(zip(tables, np.cumsum([0, *(t.size for t in tables.values())]).tolist(), strict=False))
    places = np.array([[begin[name] for name in row + _IN_ALL] for row in _NAMES])
    return np.concatenate([t.ravel() for t in tables.values()]), places


@inlined
def cubic_weights(f: float) -> Weights:
    """Lagrange weights of the nodes -1, 0, 1, 2."""
    outer, inner = f * (f - 1) * (1 / 6), (f + 1) * (f - 2) * 0.5
    return -outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1)


@inlined
def cubic_slopes(f: float) -> Weights:
    """Derivatives of the Lagrange weights."""
    f2 = 1.5 * f * f
    return f - (f2 + 1) * (1 / 3), f2 - 2 * f - 0.5, f + 1 - f2, (f2 - 0.5) * (1 / 3)


@inlined
def cell(value: float, first: float, per_step: float, n: int) -> tuple[int, float]:
    """First node of the stencil, and the position between its second and third."""
    at = (value - first) * per_step
    i = min(max(int(at), 1), n - 3)
    return i - 1, at - i


@kernel
def region_of(d: float) -> int:
    """Which tables hold for a pole at d."""
    if not (BELOW_FROM < d < ABOVE_TO):
        return NOWHERE
    if d < NEAR_FROM:
        return BELOW
    return NEAR if d < ABOVE_FROM else ABOVE


@kernel
def position(d: float, region: int) -> tuple[int, Weights]:
    """First of the four rows around d, and their weights."""
    i, f = cell(d if region == NEAR else math.log(abs(d)), _FIRST[region], _PER_STEP[region], _ROWS[region])
    return i, cubic_weights(f)


@kernel
def position_slopes(d: float) -> tuple[Weights, float]:
    """Weights of the derivative between the rows near the threshold, in units of their distance, and its inverse."""
    _, f = cell(d, _FIRST[NEAR], _PER_STEP[NEAR], _ROWS[NEAR])
    return cubic_slopes(f), _PER_STEP[NEAR]


@kernel
def n_functions(kind: int, region: int) -> int:
    """How many functions a table has."""
    return _FUNCTIONS[kind][region]


@kernel
def fill(
    kind: int,
    j: int,
    region: int,
    i: int,
    wy: Weights,
    tables: FloatArray,
    places: NDArray[np.int64],
    row: FloatArray,
) -> None:
    """Interpolate the four columns from j on of one of the tables, from row i on, in the direction of d."""
    tables, places, row = borrowed(tables), borrowed(places), borrowed(row)
    n = _FUNCTIONS[kind][region]
    step = n * N_X
    first = places[region, kind] + i * step + n * j
    to = _AT[kind] + n * j
    for k in range(4 * n):
        row[to + k] = (
            wy[0] * tables[first + k]
            + wy[1] * tables[first + step + k]
            + wy[2] * tables[first + 2 * step + k]
            + wy[3] * tables[first + 3 * step + k]
        )


@kernel
def massless_at(
    ln_x: float, kind: int, k: int, region: int, i: int, wy: Weights, tables: FloatArray, places: NDArray[np.int64]
) -> float:
    """Function k of one of the tables at some x, between rows from i on."""
    tables, places = borrowed(tables), borrowed(places)
    j, f = cell(ln_x, LN_X0, PER_LN_X_STEP, N_X)
    n, wx, total = _FUNCTIONS[kind][region], cubic_weights(f), 0.0
    first = places[region, kind] + n * (i * N_X + j) + k
    for r in range(4):
        total += wy[r] * _along_x(tables, first + r * n * N_X, wx, n)
    return total


@kernel
def position_of_pairs(d: float, tables: FloatArray, places: NDArray[np.int64]) -> tuple[int, Weights, float, float]:
    """Rows and weights for annihilation into pairs of X; a in exp(-a x); the largest S exp(-x)/sqrt(x)."""
    rho = 2 * math.sqrt(1.0 + d)
    t = math.asinh((1 / rho - 1) / PAIRS_SCALE)
    i, f = cell(t, float(ROWS_PAIRS[0]), 1 / float(ROWS_PAIRS[1] - ROWS_PAIRS[0]), ROWS_PAIRS.size)
    most = 0.0
    for k in range(4):
        most = max(most, tables[places[0, PAIRS_MOST] + i + k])
    return i, cubic_weights(f), pairs_exponent(rho), most


@inlined
def pairs_average(j: int, f: float, row: FloatArray) -> tuple[float, float]:
    """ln(S exp(a x)) of pairs of X, and its slope in ln x."""
    p = PAIRS_AT + 2 * j
    return _along_x(row, p, cubic_weights(f), 2), _along_x(row, p, cubic_slopes(f), 2) * PER_LN_X_STEP


@inlined
def pairs_integral(j: int, f: float, row: FloatArray) -> float:
    """ln(J exp(a x)) of pairs of X."""
    return _along_x(row, PAIRS_AT + 2 * j + 1, cubic_weights(f), 2)


@inlined
def _along_x(row: FloatArray, first: int, w: Weights, n: int) -> float:
    """One function of n, from its columns."""
    return w[0] * row[first] + w[1] * row[first + n] + w[2] * row[first + 2 * n] + w[3] * row[first + 3 * n]


@inlined
def cos_sin(phase: float) -> tuple[float, float]:
    """Both at once, in no time where the phase is small."""
    if abs(phase) < 0.02:
        p2 = phase * phase
        return 1 - p2 * (0.5 - p2 * (1 / 24)), phase * (1 - p2 * (1 / 6 - p2 * (1 / 120)))
    return math.cos(phase), math.sin(phase)


@inlined
def ln_average(
    x: float, j: int, f: float, region: int, pole: Pole, wide: bool, row: FloatArray
) -> tuple[float, float, float]:
    """Return ln S(x), its slope in ln x, and the part k of S in exp(-k x)."""
    rt, it, a_r, a_i, u, per_l2 = pole
    wx, slope = cubic_weights(f), cubic_slopes(f)
    u2 = u * u
    if region == BELOW:
        value = _along_x(row, S_AT + 2 * j, wx, 2)
        if wide:
            p = S_WIDE_AT + 4 * j
            value += math.log1p(u2 * (_along_x(row, p, wx, 4) + u2 * _along_x(row, p + 1, wx, 4)))
        return value, _along_x(row, S_AT + 2 * j, slope, 2) * PER_LN_X_STEP, 0.0
    p = S_AT + 3 * j
    value, d_value = _along_x(row, p, wx, 3), _along_x(row, p, slope, 3) * PER_LN_X_STEP
    first, rest = _along_x(row, p + 1, wx, 3), _along_x(row, p + 2, wx, 3)
    d_rest = _along_x(row, p + 2, slope, 3) * PER_LN_X_STEP
    if region == NEAR:
        per_l2 = x * x
        d_rest += 2 * rest
    if wide:
        p = S_WIDE_AT + 3 * j
        value -= u2 * _along_x(row, p, wx, 3)
        if region == NEAR:
            u2 *= x * x
        rest += u2 * (_along_x(row, p + 1, wx, 3) + u2 * _along_x(row, p + 2, wx, 3))
    cos, sin = cos_sin(u * first - a_i * x)
    boltzmann = exp(value - a_r * x)
    S_pole = boltzmann * (rt * cos - it * sin)
    d_pole = S_pole * (d_value - a_r * x) + boltzmann * (rt * sin + it * cos) * a_i * x
    total = S_pole + rest * per_l2
    per_total = 1.0 / total
    return math.log(total), (d_pole + d_rest * per_l2) * per_total, a_r * S_pole * per_total


@inlined
def integral_from(
    x: float, j: int, f: float, d: float, w: float, region: int, pole: Pole, wide: bool, row: FloatArray
) -> float:
    """J(x) in units of B."""
    rt, it, a_r, a_i, u, per_l2 = pole
    wx = cubic_weights(f)
    u2 = u * u
    if region == BELOW:
        value = exp(_along_x(row, J_AT + 2 * j + 1, wx, 2))
        if wide:
            p = J_WIDE_AT + 4 * j
            value *= 1 + u2 * (_along_x(row, p + 2, wx, 4) + u2 * _along_x(row, p + 3, wx, 4))
        return value
    p = J_AT + 3 * j
    first, second, rest = _along_x(row, p, wx, 3), _along_x(row, p + 1, wx, 3), _along_x(row, p + 2, wx, 3)
    if region == ABOVE:
        phase = u * second - a_i * x
        if wide:
            p = J_WIDE_AT + 4 * j
            first -= u2 * _along_x(row, p, wx, 4)
            phase -= u * u2 * _along_x(row, p + 1, wx, 4)
            rest += u2 * (_along_x(row, p + 2, wx, 4) + u2 * _along_x(row, p + 3, wx, 4))
        cos, sin = cos_sin(phase)
        return exp(first - a_r * x) * (rt * cos - it * sin) + rest * per_l2
    c0, c1 = row[C_AT] - u2 * row[C_AT + 2], row[C_AT + 1] - u2 * row[C_AT + 3]
    if wide:
        p = J_WIDE_AT + 6 * j
        first += u2 * (u2 * _along_x(row, p + 2, wx, 6) - _along_x(row, p, wx, 6))
        second += u2 * (u2 * _along_x(row, p + 3, wx, 6) - _along_x(row, p + 1, wx, 6))
        rest += u2 * (_along_x(row, p + 4, wx, 6) + u2 * _along_x(row, p + 5, wx, 6))
    logarithm = c0 * math.atan2(w, -d) / w - c1 * 0.5 * math.log(d * d + w * w)
    return logarithm + rt * first - it * w * second + rest


@kernel
def open_row(
    i: int, wy: Weights, region: int, tables: FloatArray, places: NDArray[np.int64], row: FloatArray
) -> Largest:
    """What all columns of a new row share: c is put in it; returns the largest values of all columns."""
    for k in range(4):
        row[C_AT + k] = 0.0
        for r in range(4):
            row[C_AT + k] += wy[r] * tables[places[region, C] + 4 * (i + r) + k] if region == NEAR else 0.0
    most_pole = most_turn = most_rest = 0.0
    n = 1 if region == BELOW else 2
    for r in range(4):
        first = places[region, MOST] + n * (i + r)
        most_pole, most_rest = max(most_pole, tables[first]), max(most_rest, tables[first + n - 1])
        if region == NEAR:
            most_turn = max(most_turn, tables[places[region, TURN] + i + r])
    return most_pole, most_turn, most_rest


@inlined
def pole_at(d: float, w: float, region: int, most: Largest) -> tuple[bool, Pole, float]:
    """Whether the tables hold for the width, the pole, and a bound on S exp(-x)/sqrt(x)."""
    most_pole, most_turn, most_rest = most
    if region == BELOW:
        u = w / d
        return -u <= WIDEST[0], (0.0, 0.0, 0.0, 0.0, u, 1.0), most_pole
    per_l = 1.0 / d if region == ABOVE else 1.0
    u = w * per_l
    # sqrt(z-1) pi/w, and a = 2 (sqrt z - 1)
    rho = math.sqrt(d * d + w * w)
    if d >= 0.0:
        rt = math.sqrt(0.5 * (rho + d))
        it = 0.5 * w / rt
    else:
        it = math.sqrt(0.5 * (rho - d))
        rt = 0.5 * w / it
    y = 1.0 + d
    s_r = math.sqrt(0.5 * (math.sqrt(y * y + w * w) + y))
    s_i = 0.5 * w / s_r
    per = 2.0 / ((1.0 + s_r) ** 2 + s_i * s_i)
    a_r, a_i = per * (d * (1.0 + s_r) + w * s_i), per * (w * (1.0 + s_r) - d * s_i)
    pi_w = math.pi / w
    pole = (rt * pi_w, it * pi_w, a_r, a_i, u, per_l * per_l)
    if region == NEAR:  # |cos| and |sin| of u g_1 - a_i x; below the threshold the sine alone counts
        bound = (rt * most_pole + it * max(u, abs(a_i)) * most_turn) * pi_w
        return True, pole, bound + most_rest
    return u <= WIDEST[2], pole, most_pole * math.sqrt(rho) * pi_w + most_rest
