r"""Freeze-out from tables: x_f, S(x_f) and J of breit_wigner.py for massless final states, 0.15 to 0.4 us a point.

The tables and what they mean: make_tables.py. They are interpolated by cubics in (d, ln x); what is singular, and the
whole dependence on the width, is added in closed form. Where a table does not reach (far from mass_ratio = 0.2 .. 2,
wide resonances, x_f outside 0.3 .. 61), or where two roots of eq. (3.3) merge, nothing is extrapolated: the point is
left to the exact integrator.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.tables import LN_X, N_X, ROWS_ABOVE, ROWS_BELOW, ROWS_NEAR, X_BOTTOM, load

__all__ = ["fast_freeze_out"]

BELOW, NEAR, ABOVE, NOWHERE = 0, 1, 2, 3
BELOW_FROM, NEAR_FROM, ABOVE_FROM = -0.945, -0.0105, 0.0315  # d
ABOVE_TO = 5.4
X_LOW, X_HIGH = X_BOTTOM, 61.0
WIDEST = (0.05, 0.15, 0.03)  # largest w/|d| below, w x near and above, w/d above
NARROW, NARROW_BELOW = 1e-5, 3e-5  # w up to which the first orders do
FIRST_GUESS, LN_FIRST_GUESS = 15.0, math.log(15.0)
CLOSE = 1e-4  # relative step after which no further is needed
MULTIPLE_BELOW = 2.2  # above it the excess of eq. (3.3) rises with x for every pole, and has one root
# Below it in steps of a factor; a local minimum of the excess lower than this may hide two roots between the steps, and
# is gone over again in fine ones
SCAN_RATIO, MINIMUM_UNCLEAR = 1.15, 0.015
FINE_RATIO, FINE_UNCLEAR = 1.005, 2e-5
MOST_STEPS, LARGE = 700, 1e300
SIXTH = 1 / 6
MARGIN = 1.05  # on the bound that says that psi never thermalises

_LN_X0, _PER_LN_X_STEP, _N_X = float(LN_X[0]), float(1 / (LN_X[1] - LN_X[0])), N_X
_FIRST = (float(ROWS_BELOW[0]), float(ROWS_NEAR[0]), float(ROWS_ABOVE[0]))
_PER_STEP = tuple(float(1 / (rows[1] - rows[0])) for rows in (ROWS_BELOW, ROWS_NEAR, ROWS_ABOVE))
_ROWS = (ROWS_BELOW.size, ROWS_NEAR.size, ROWS_ABOVE.size)

# All tables in one array: no array changes hands inside the loop
_NAMES = (
    ("below", "below_wide", "below", "below_wide", "below_most", "near_c", "below_first"),
    ("near_S", "near_S_wide", "near_J", "near_J_wide", "near_most", "near_c", "near_first"),
    ("above_S", "above_S_wide", "above_J", "above_J_wide", "above_most", "near_c", "above_first"),
)


@cache
def _joined() -> tuple[FloatArray, NDArray[np.int64]]:
    """All tables, one after the other, and the places where they begin.

    A row for each region: S, S wide, J, J wide, most, c, and the four columns of S around FIRST_GUESS by themselves,
    which stay in the cache.
    """
    tables = dict(load())
    around = int((LN_FIRST_GUESS - _LN_X0) * _PER_LN_X_STEP) - 1
    for region in ("below", "near", "above"):
        tables[f"{region}_first"] = tables["below" if region == "below" else f"{region}_S"][:, around : around + 4]
    begin = dict(zip(tables, np.cumsum([0, *(t.size for t in tables.values())]).tolist(), strict=False))
    places = np.array([[begin[name] for name in row] for row in _NAMES])
    return np.concatenate([t.ravel() for t in tables.values()]), places


# Without checks for division by zero, and with fused multiplications; NaN and inf keep their meaning
_inlined = compiled(inline="always", error_model="numpy", fastmath={"contract"})
_compiled = compiled(error_model="numpy", fastmath={"contract"})


@_compiled
def _cubic(f: float) -> tuple[float, float, float, float]:
    """Lagrange weights of the nodes -1, 0, 1, 2."""
    outer, inner = f * (f - 1) * SIXTH, (f + 1) * (f - 2) * 0.5
    return -outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1)


@_compiled
def _cell(value: float, first: float, per_step: float, n: int) -> tuple[int, float]:
    """First node of the stencil, and the position between its second and third."""
    position = (value - first) * per_step
    i = min(max(int(position), 1), n - 3)
    return i - 1, position - i


@_compiled
def _columns(
    tables: FloatArray,
    place: int,
    n: int,
    i: int,
    j: int,
    n_columns: int,
    wy: tuple[float, float, float, float],
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


@_compiled
def _along_x(scratch: FloatArray, first: int, w: tuple[float, float, float, float], n: int) -> float:
    """One function of n, from its columns."""
    return (
        w[0] * scratch[first]
        + w[1] * scratch[first + n]
        + w[2] * scratch[first + 2 * n]
        + w[3] * scratch[first + 3 * n]
    )


@_compiled
def _cos_sin(phase: float) -> tuple[float, float]:
    if abs(phase) < 0.02:
        p2 = phase * phase
        return 1 - p2 * (0.5 - p2 / 24), phase * (1 - p2 * (1 - p2 / 20) / 6)
    return math.cos(phase), math.sin(phase)


@_compiled
def _cubic_slope(f: float) -> tuple[float, float, float, float]:
    """Derivatives of the Lagrange weights."""
    f2 = 1.5 * f * f
    return f - (f2 + 1) * SIXTH * 2, f2 - 2 * f - 0.5, f + 1 - f2, (f2 - 0.5) * SIXTH * 2


# Where the columns are kept
_S, _WIDE, _J, _J_WIDE, _START, _END = 0, 12, 28, 40, 64, 76


@_inlined
def _average(
    x: float,
    f: float,
    region: int,
    pole: tuple[float, float, float, float, float, float],
    wide: bool,
    scratch: FloatArray,
    slot: int,
) -> tuple[float, float, float]:
    """Return ln S(x), its slope in ln x, and the part k of S in exp(-k x); the columns are in the scratch."""
    rt, it, a_r, a_i, u, per_l2 = pole
    wx, slope = _cubic(f), _cubic_slope(f)
    u2 = u * u
    if region == BELOW:
        value = _along_x(scratch, slot, wx, 2)
        if wide:
            value += math.log1p(u2 * (_along_x(scratch, _WIDE, wx, 4) + u2 * _along_x(scratch, _WIDE + 1, wx, 4)))
        return value, _along_x(scratch, slot, slope, 2) * _PER_LN_X_STEP, 0.0
    value = _along_x(scratch, slot, wx, 3)
    d_value = _along_x(scratch, slot, slope, 3) * _PER_LN_X_STEP
    first, rest = _along_x(scratch, slot + 1, wx, 3), _along_x(scratch, slot + 2, wx, 3)
    d_rest = _along_x(scratch, slot + 2, slope, 3) * _PER_LN_X_STEP
    if region == NEAR:
        per_l2 = x * x
        d_rest += 2 * rest
    if wide:
        value -= u2 * _along_x(scratch, _WIDE, wx, 3)
        if region == NEAR:
            u2 *= x * x
        rest += u2 * (_along_x(scratch, _WIDE + 1, wx, 3) + u2 * _along_x(scratch, _WIDE + 2, wx, 3))
    cos, sin = _cos_sin(u * first - a_i * x)
    boltzmann = math.exp(value - a_r * x)
    S_pole = boltzmann * (rt * cos - it * sin)
    d_pole = S_pole * (d_value - a_r * x) + boltzmann * (rt * sin + it * cos) * a_i * x
    S = S_pole + rest * per_l2
    per_S = 1.0 / S
    return math.log(S), (d_pole + d_rest * per_l2) * per_S, a_r * S_pole * per_S


@_inlined
def _integral(
    ln_x: float,
    x: float,
    d: float,
    w: float,
    region: int,
    i: int,
    wy: tuple[float, float, float, float],
    pole: tuple[float, float, float, float, float, float],
    wide: bool,
    tables: FloatArray,
    places: NDArray[np.int64],
    scratch: FloatArray,
    held: int,
) -> tuple[float, int]:
    """J(x_f) in units of B, and the cell whose columns are kept."""
    rt, it, a_r, a_i, u, per_l2 = pole
    j, f = _cell(ln_x, _LN_X0, _PER_LN_X_STEP, _N_X)
    wx = _cubic(f)
    u2 = u * u
    if held != j:
        n = 2 if region == BELOW else 3
        _columns(tables, places[region, 2], n, i, j, _N_X, wy, scratch, _J)
        if wide:
            n = 4 if region != NEAR else 6
            _columns(tables, places[region, 3], n, i, j, _N_X, wy, scratch, _J_WIDE)
    if region == BELOW:
        J = math.exp(_along_x(scratch, _J + 1, wx, 2))
        if wide:
            J *= 1 + u2 * (_along_x(scratch, _J_WIDE + 2, wx, 4) + u2 * _along_x(scratch, _J_WIDE + 3, wx, 4))
        return J, j
    first, second, rest = (
        _along_x(scratch, _J, wx, 3),
        _along_x(scratch, _J + 1, wx, 3),
        _along_x(scratch, _J + 2, wx, 3),
    )
    if region == ABOVE:
        phase = u * second - a_i * x
        if wide:
            first -= u2 * _along_x(scratch, _J_WIDE, wx, 4)
            phase -= u * u2 * _along_x(scratch, _J_WIDE + 1, wx, 4)
            rest += u2 * (_along_x(scratch, _J_WIDE + 2, wx, 4) + u2 * _along_x(scratch, _J_WIDE + 3, wx, 4))
        cos, sin = _cos_sin(phase)
        return math.exp(first - a_r * x) * (rt * cos - it * sin) + rest * per_l2, j
    c0, c1 = 0.0, 0.0
    for k in range(4):
        row = places[region, 5] + 4 * (i + k)
        c0 += wy[k] * (tables[row] - u2 * tables[row + 2])
        c1 += wy[k] * (tables[row + 1] - u2 * tables[row + 3])
    if wide:
        first += u2 * (u2 * _along_x(scratch, _J_WIDE + 2, wx, 6) - _along_x(scratch, _J_WIDE, wx, 6))
        second += u2 * (u2 * _along_x(scratch, _J_WIDE + 3, wx, 6) - _along_x(scratch, _J_WIDE + 1, wx, 6))
        rest += u2 * (_along_x(scratch, _J_WIDE + 4, wx, 6) + u2 * _along_x(scratch, _J_WIDE + 5, wx, 6))
    logarithm = c0 * math.atan2(w, -d) / w - c1 * 0.5 * math.log(d * d + w * w)
    return logarithm + rt * first - it * w * second + rest, j


@_compiled
def _points(
    strength: FloatArray,
    d: FloatArray,
    w: FloatArray,
    tables: FloatArray,
    places: NDArray[np.int64],
    x_f: FloatArray,
    at_x_f: FloatArray,
    integral: FloatArray,
    done: NDArray[np.bool_],
) -> None:
    scratch = np.zeros(_END)
    held, held_J = -1, -1
    d_before, wide_before, narrow = math.nan, False, NARROW
    region, i, f = NOWHERE, 0, 0.0
    wy = _cubic(0.0)
    most_pole, most_rest = 0.0, 0.0
    for p in range(d.size):
        dp, wp, K = d[p], w[p], strength[p]
        if dp != d_before:
            d_before = dp
            held = held_J = -1
            narrow = NARROW
            if not (BELOW_FROM < dp < ABOVE_TO):
                region = NOWHERE
            elif dp < NEAR_FROM:
                region, narrow = BELOW, -NARROW_BELOW * dp
                i, f = _cell(math.log(-dp), _FIRST[0], _PER_STEP[0], _ROWS[0])
            elif dp < ABOVE_FROM:
                region = NEAR
                i, f = _cell(dp, _FIRST[1], _PER_STEP[1], _ROWS[1])
            else:
                region = ABOVE
                i, f = _cell(math.log(dp), _FIRST[2], _PER_STEP[2], _ROWS[2])
            if region != NOWHERE:
                wy = _cubic(f)
                n = 2 if region == BELOW else 3
                _columns(tables, places[region, 6], n, i, 0, 4, wy, scratch, _START)
                most_pole = most_rest = 0.0
                for k in range(4):
                    row = places[region, 4] + (n - 1) * (i + k)
                    most_pole, most_rest = max(most_pole, tables[row]), max(most_rest, tables[row + n - 2])
        if region == NOWHERE or not (K > 0.0 and wp > 0.0) or not math.isfinite(K * wp):
            continue
        wide = wp > narrow
        if wide != wide_before:
            wide_before = wide
            held = held_J = -1
        if region == BELOW:
            u = wp / dp
            if -u > WIDEST[0]:
                continue
            pole = (0.0, 0.0, 0.0, 0.0, u, 1.0)
            bound = most_pole
        else:
            per_l = 1.0 / dp if region == ABOVE else 1.0
            u = wp * per_l
            if region == ABOVE and u > WIDEST[2]:
                continue
            # sqrt(z-1) pi/w, and a = 2 (sqrt z - 1)
            rho = math.sqrt(dp * dp + wp * wp)
            if dp >= 0.0:
                rt = math.sqrt(0.5 * (rho + dp))
                it = 0.5 * wp / rt
            else:
                it = math.sqrt(0.5 * (rho - dp))
                rt = 0.5 * wp / it
            y = 1.0 + dp
            s_r = math.sqrt(0.5 * (math.sqrt(y * y + wp * wp) + y))
            s_i = 0.5 * wp / s_r
            per = 2.0 / ((1.0 + s_r) ** 2 + s_i * s_i)
            a_r, a_i = per * (dp * (1.0 + s_r) + wp * s_i), per * (wp * (1.0 + s_r) - dp * s_i)
            pi_w = math.pi / wp
            pole = (rt * pi_w, it * pi_w, a_r, a_i, u, per_l * per_l)
            bound = most_pole * math.sqrt(rho) * pi_w + most_rest
        if K * bound * MARGIN < 1.0:  # not even the largest S(x) keeps psi in equilibrium
            done[p] = True
            continue

        # Halley for the excess x - ln(K S/sqrt x), with S as c x^n exp(-k x) from one step to the next: two or three
        # are enough. Below MULTIPLE_BELOW it is searched from above, step by step, for the largest root
        ln_K = math.log(K)
        x, ln_x = FIRST_GUESS, LN_FIRST_GUESS
        low, high = X_LOW, X_HIGH
        first, scanning, found, unclear = True, False, False, False
        e_high, e_above = math.inf, math.inf
        ratio, unclear_below = SCAN_RATIO, MINIMUM_UNCLEAR
        for _ in range(MOST_STEPS):
            j, f = _cell(ln_x, _LN_X0, _PER_LN_X_STEP, _N_X)
            if first and not wide:
                slot, first = _START, False
            else:
                slot = _S
                if held != j:
                    held = j
                    _columns(tables, places[region, 0], 2 if region == BELOW else 3, i, j, _N_X, wy, scratch, _S)
                    if wide:
                        _columns(tables, places[region, 1], 4 if region == BELOW else 3, i, j, _N_X, wy, scratch, _WIDE)
            ln_S, slope, k = _average(x, f, region, pole, wide, scratch, slot)
            excess = x + 0.5 * ln_x - ln_K - ln_S
            if excess > 0.0:
                high = x
            else:
                low = x
            if scanning and excess > 0.0:
                if x <= X_LOW:
                    break
                if e_high < excess and e_high < e_above and e_high < unclear_below:
                    if ratio == FINE_RATIO:
                        unclear = True
                        break
                    ratio, unclear_below = FINE_RATIO, FINE_UNCLEAR
                    x, e_high, e_above = min(x * SCAN_RATIO**2, MULTIPLE_BELOW), LARGE, LARGE
                else:
                    e_above, e_high = e_high, excess
                    x = max(x / ratio, X_LOW)
                ln_x = math.log(x)
                continue
            scanning = False
            per_gradient = 1.0 / (x + 0.5 - slope)  # of the excess in ln x
            step = excess * per_gradient
            new = x * (1.0 - step * (1.0 + 0.5 * step * (slope + k * x - 0.5) * per_gradient))
            if abs(step) < CLOSE:
                if x < MULTIPLE_BELOW and e_high == math.inf:
                    scanning, low, high, x = True, X_LOW, X_HIGH, MULTIPLE_BELOW
                    ln_x = math.log(x)
                    continue
                ln_x -= step
                x, found = new, True
                break
            x = new if low < new < high else math.sqrt(low * high)
            if high < MULTIPLE_BELOW and e_high == math.inf:
                scanning, low, high, x = True, X_LOW, X_HIGH, MULTIPLE_BELOW
            ln_x = math.log(x)
        if unclear:
            continue
        if not found:
            done[p] = scanning and x <= X_LOW
            continue
        if x > X_HIGH or (region != BELOW and wp * x > WIDEST[1]):
            continue
        x_f[p], at_x_f[p] = x, math.exp(x) * math.sqrt(x) / K
        integral[p], held_J = _integral(ln_x, x, dp, wp, region, i, wy, pole, wide, tables, places, scratch, held_J)
        done[p] = True


def fast_freeze_out(
    strength: FloatArray, d: FloatArray, w: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """x_f, S(x_f) and J/B for massless final states of coupling 1, and which points are done.

    Parameters
    ----------
    strength, d, w : ndarray, shape (n,)
        Prefactor of S/sqrt(x) in eq. (3.3); position and width of the pole. Neighbours with the same d share work.

    Returns
    -------
    tuple of ndarray, shape (n,)
        NaN where psi never thermalises; the values of points that are not done are NaN, too, and mean nothing.
    """
    x_f, at_x_f, integral = (np.full(d.size, np.nan) for _ in range(3))
    done = np.zeros(d.size, dtype=bool)
    _points(strength, d, w, *_joined(), x_f, at_x_f, integral, done)
    return x_f, at_x_f, integral, done
