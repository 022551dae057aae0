"""Reading the tables: cubics in (d, ln x), the pole in closed form, and the whole dependence on the width.

What the tables hold: make_tables.py. Points with the same d share a row, those with the same ln x next to each other
share its columns.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.tables import LN_X, N_X, ROWS_ABOVE, ROWS_BELOW, ROWS_NEAR, load

__all__ = [
    "ABOVE",
    "ABOVE_FROM",
    "BELOW",
    "END_AT",
    "FIRST_GUESS",
    "LN_FIRST_GUESS",
    "LN_X0",
    "NEAR",
    "NEAR_FROM",
    "NOWHERE",
    "PER_LN_X_STEP",
    "START_AT",
    "S_AT",
    "WIDEST",
    "WIDE_AT",
    "Pole",
    "cell",
    "columns",
    "integral_from",
    "joined",
    "kernel",
    "ln_average",
    "pole_at",
    "row_at",
]

BELOW, NEAR, ABOVE, NOWHERE = 0, 1, 2, 3
BELOW_FROM, NEAR_FROM, ABOVE_FROM = -0.945, -0.0105, 0.0315  # d
ABOVE_TO = 5.4
WIDEST = (0.05, 0.15, 0.03)  # largest w/|d| below, w x near and above, w/d above
NARROW, NARROW_BELOW = 1e-5, 3e-5  # w up to which the first orders do
FIRST_GUESS, LN_FIRST_GUESS = 15.0, math.log(15.0)
SIXTH = 1 / 6

Pole = tuple[float, float, float, float, float, float]  # sqrt(z-1) pi/w and a(z), real and imaginary; u; 1/l^2

LN_X0, PER_LN_X_STEP = float(LN_X[0]), float(1 / (LN_X[1] - LN_X[0]))
_FIRST = (float(ROWS_BELOW[0]), float(ROWS_NEAR[0]), float(ROWS_ABOVE[0]))
_PER_STEP = tuple(float(1 / (rows[1] - rows[0])) for rows in (ROWS_BELOW, ROWS_NEAR, ROWS_ABOVE))
_ROWS = (ROWS_BELOW.size, ROWS_NEAR.size, ROWS_ABOVE.size)

# All tables in one array, so that the loop passes no others
_NAMES = (
    ("below", "below_wide", "below", "below_wide", "below_most", "near_c", "below_first"),
    ("near_S", "near_S_wide", "near_J", "near_J_wide", "near_most", "near_c", "near_first"),
    ("above_S", "above_S_wide", "above_J", "above_J_wide", "above_most", "near_c", "above_first"),
)


@cache
def joined() -> tuple[FloatArray, NDArray[np.int64]]:
    """All tables, one after the other, and the places where they begin.

    A row for each region: S, S wide, J, J wide, most, c, and the four columns of S around FIRST_GUESS by themselves,
    which stay in the processor's cache.
    """
    tables = dict(load())
    around = int((LN_FIRST_GUESS - LN_X0) * PER_LN_X_STEP) - 1
    for region in ("below", "near", "above"):
        tables[f"{region}_first"] = tables["below" if region == "below" else f"{region}_S"][:, around : around + 4]
    begin = dict(zip(tables, np.cumsum([0, *(t.size for t in tables.values())]).tolist(), strict=False))
    places = np.array([[begin[name] for name in row] for row in _NAMES])
    return np.concatenate([t.ravel() for t in tables.values()]), places


# What points with the same d share: the region; w up to which the first orders do; weights of four rows from i on; the
# largest values of G and R'. Plain tuples: named ones, and functions that are not inlined, cost the kernel 5-10 %
Weights = tuple[float, float, float, float]
Row = tuple[int, float, int, Weights, float, float]


# With fused multiplications; NaN and inf keep their meaning
inlined = compiled(inline="always", fastmath={"contract"})
kernel = compiled(fastmath={"contract"})


@kernel
def cubic_weights(f: float) -> Weights:
    """Lagrange weights of the nodes -1, 0, 1, 2."""
    outer, inner = f * (f - 1) * SIXTH, (f + 1) * (f - 2) * 0.5
    return -outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1)


@kernel
def cell(value: float, first: float, per_step: float, n: int) -> tuple[int, float]:
    """First node of the stencil, and the position between its second and third."""
    position = (value - first) * per_step
    i = min(max(int(position), 1), n - 3)
    return i - 1, position - i


@kernel
def columns(
    tables: FloatArray,
    place: int,
    n: int,
    i: int,
    j: int,
    n_columns: int,
    wy: Weights,
    scratch: FloatArray,
    to: int,
) -> None:
    """Interpolate the n functions of the four columns from j on in the direction of d, from row i on."""
    step = n * n_columns
    row = place + i * step + n * j
    for k in range(4 * n):
        scratch[to + k] = (
            wy[0] * tables[row + k]
            + wy[1] * tables[row + step + k]
            + wy[2] * tables[row + 2 * step + k]
            + wy[3] * tables[row + 3 * step + k]
        )


@kernel
def _along_x(scratch: FloatArray, first: int, w: Weights, n: int) -> float:
    """One function of n, from its columns."""
    return (
        w[0] * scratch[first]
        + w[1] * scratch[first + n]
        + w[2] * scratch[first + 2 * n]
        + w[3] * scratch[first + 3 * n]
    )


@kernel
def _cos_sin(phase: float) -> tuple[float, float]:
    if abs(phase) < 0.02:
        p2 = phase * phase
        return 1 - p2 * (0.5 - p2 / 24), phase * (1 - p2 * (1 - p2 / 20) / 6)
    return math.cos(phase), math.sin(phase)


@kernel
def cubic_slopes(f: float) -> Weights:
    """Derivatives of the Lagrange weights."""
    f2 = 1.5 * f * f
    return f - (f2 + 1) * SIXTH * 2, f2 - 2 * f - 0.5, f + 1 - f2, (f2 - 0.5) * SIXTH * 2


# Where the columns are kept
S_AT, WIDE_AT, J_AT, J_WIDE_AT, START_AT, END_AT = 0, 12, 28, 40, 64, 76


@inlined
def ln_average(
    x: float,
    f: float,
    region: int,
    pole: Pole,
    wide: bool,
    scratch: FloatArray,
    slot: int,
) -> tuple[float, float, float]:
    """Return ln S(x), its slope in ln x, and the part k of S in exp(-k x); the columns are in the scratch."""
    rt, it, a_r, a_i, u, per_l2 = pole
    wx, slope = cubic_weights(f), cubic_slopes(f)
    u2 = u * u
    if region == BELOW:
        value = _along_x(scratch, slot, wx, 2)
        if wide:
            value += math.log1p(u2 * (_along_x(scratch, WIDE_AT, wx, 4) + u2 * _along_x(scratch, WIDE_AT + 1, wx, 4)))
        return value, _along_x(scratch, slot, slope, 2) * PER_LN_X_STEP, 0.0
    value = _along_x(scratch, slot, wx, 3)
    d_value = _along_x(scratch, slot, slope, 3) * PER_LN_X_STEP
    first, rest = _along_x(scratch, slot + 1, wx, 3), _along_x(scratch, slot + 2, wx, 3)
    d_rest = _along_x(scratch, slot + 2, slope, 3) * PER_LN_X_STEP
    if region == NEAR:
        per_l2 = x * x
        d_rest += 2 * rest
    if wide:
        value -= u2 * _along_x(scratch, WIDE_AT, wx, 3)
        if region == NEAR:
            u2 *= x * x
        rest += u2 * (_along_x(scratch, WIDE_AT + 1, wx, 3) + u2 * _along_x(scratch, WIDE_AT + 2, wx, 3))
    cos, sin = _cos_sin(u * first - a_i * x)
    boltzmann = math.exp(value - a_r * x)
    S_pole = boltzmann * (rt * cos - it * sin)
    d_pole = S_pole * (d_value - a_r * x) + boltzmann * (rt * sin + it * cos) * a_i * x
    S = S_pole + rest * per_l2
    per_S = 1.0 / S
    return math.log(S), (d_pole + d_rest * per_l2) * per_S, a_r * S_pole * per_S


@inlined
def integral_from(
    ln_x: float,
    x: float,
    d: float,
    w: float,
    region: int,
    i: int,
    wy: Weights,
    pole: Pole,
    wide: bool,
    tables: FloatArray,
    places: NDArray[np.int64],
    scratch: FloatArray,
    held: int,
) -> tuple[float, int]:
    """J(x_f) in units of B, and the cell whose columns are kept."""
    rt, it, a_r, a_i, u, per_l2 = pole
    j, f = cell(ln_x, LN_X0, PER_LN_X_STEP, N_X)
    wx = cubic_weights(f)
    u2 = u * u
    if held != j:
        n = 2 if region == BELOW else 3
        columns(tables, places[region, 2], n, i, j, N_X, wy, scratch, J_AT)
        if wide:
            n = 4 if region != NEAR else 6
            columns(tables, places[region, 3], n, i, j, N_X, wy, scratch, J_WIDE_AT)
    if region == BELOW:
        J = math.exp(_along_x(scratch, J_AT + 1, wx, 2))
        if wide:
            J *= 1 + u2 * (_along_x(scratch, J_WIDE_AT + 2, wx, 4) + u2 * _along_x(scratch, J_WIDE_AT + 3, wx, 4))
        return J, j
    first, second, rest = (
        _along_x(scratch, J_AT, wx, 3),
        _along_x(scratch, J_AT + 1, wx, 3),
        _along_x(scratch, J_AT + 2, wx, 3),
    )
    if region == ABOVE:
        phase = u * second - a_i * x
        if wide:
            first -= u2 * _along_x(scratch, J_WIDE_AT, wx, 4)
            phase -= u * u2 * _along_x(scratch, J_WIDE_AT + 1, wx, 4)
            rest += u2 * (_along_x(scratch, J_WIDE_AT + 2, wx, 4) + u2 * _along_x(scratch, J_WIDE_AT + 3, wx, 4))
        cos, sin = _cos_sin(phase)
        return math.exp(first - a_r * x) * (rt * cos - it * sin) + rest * per_l2, j
    c0, c1 = 0.0, 0.0
    for k in range(4):
        c = places[region, 5] + 4 * (i + k)
        c0 += wy[k] * (tables[c] - u2 * tables[c + 2])
        c1 += wy[k] * (tables[c + 1] - u2 * tables[c + 3])
    if wide:
        first += u2 * (u2 * _along_x(scratch, J_WIDE_AT + 2, wx, 6) - _along_x(scratch, J_WIDE_AT, wx, 6))
        second += u2 * (u2 * _along_x(scratch, J_WIDE_AT + 3, wx, 6) - _along_x(scratch, J_WIDE_AT + 1, wx, 6))
        rest += u2 * (_along_x(scratch, J_WIDE_AT + 4, wx, 6) + u2 * _along_x(scratch, J_WIDE_AT + 5, wx, 6))
    logarithm = c0 * math.atan2(w, -d) / w - c1 * 0.5 * math.log(d * d + w * w)
    return logarithm + rt * first - it * w * second + rest, j


@inlined
def row_at(d: float, tables: FloatArray, places: NDArray[np.int64], scratch: FloatArray) -> Row:
    """The row of d; its columns around FIRST_GUESS are put in the scratch."""
    narrow = NARROW
    if not (BELOW_FROM < d < ABOVE_TO):
        return NOWHERE, narrow, 0, cubic_weights(0.0), 0.0, 0.0
    if d < NEAR_FROM:
        region, narrow = BELOW, -NARROW_BELOW * d
        i, f = cell(math.log(-d), _FIRST[0], _PER_STEP[0], _ROWS[0])
    elif d < ABOVE_FROM:
        region = NEAR
        i, f = cell(d, _FIRST[1], _PER_STEP[1], _ROWS[1])
    else:
        region = ABOVE
        i, f = cell(math.log(d), _FIRST[2], _PER_STEP[2], _ROWS[2])
    wy = cubic_weights(f)
    n = 2 if region == BELOW else 3
    columns(tables, places[region, 6], n, i, 0, 4, wy, scratch, START_AT)
    most_pole = most_rest = 0.0
    for k in range(4):
        row = places[region, 4] + (n - 1) * (i + k)
        most_pole, most_rest = max(most_pole, tables[row]), max(most_rest, tables[row + n - 2])
    return region, narrow, i, wy, most_pole, most_rest


@inlined
def pole_at(d: float, w: float, region: int, most_pole: float, most_rest: float) -> tuple[bool, Pole, float]:
    """Whether the tables hold for the width, the pole, and a bound on S exp(-x)/sqrt(x)."""
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
    return region == NEAR or u <= WIDEST[2], pole, most_pole * math.sqrt(rho) * pi_w + most_rest
