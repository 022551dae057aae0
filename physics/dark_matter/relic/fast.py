r"""Freeze-out from tables: x_f, S(x_f) and J of breit_wigner.py for pairs of masses, 0.1 to 0.4 us a point.

How the tables are read: lookup.py. Massless final states share a row of the tables wherever d is the same; where others
count, there is a row for each pair of m_X and mass_ratio (massive_rows.py), and the points of a pair are solved on it
in the same way. Where neither reaches (far from mass_ratio = 0.2 .. 2, wide resonances, x_f outside 0.3 .. 61), or
where two roots of eq. (3.3) merge, nothing is extrapolated: the point is left to the exact integrator.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import (
    BELOW,
    J_TABLE,
    J_WIDE_TABLE,
    LN_X0,
    NARROW,
    NARROW_BELOW,
    NOWHERE,
    PAIRS_TABLE,
    PER_LN_X_STEP,
    ROW_SIZE,
    S_TABLE,
    S_WIDE_TABLE,
    WIDEST,
    Pole,
    Weights,
    cell,
    fill,
    inlined,
    integral_from,
    joined,
    kernel,
    ln_average,
    open_row,
    pairs_average,
    pairs_integral,
    pole_at,
    position,
    position_of_pairs,
    region_of,
)
from physics.dark_matter.relic.massive_nodes import work_space
from physics.dark_matter.relic.massive_rows import massive_row
from physics.dark_matter.relic.tables import N_X, X_BOTTOM

__all__ = ["fast_freeze_out"]

X_LOW, X_HIGH = X_BOTTOM, 61.0
FIRST_GUESS = 15.0
GUESSES = (3.0, 50.0)  # the x_f of one point is where the search for the next begins, within these
CLOSE = 2e-5  # relative step after which no further is needed
MULTIPLE_BELOW = 2.2  # above it the excess of eq. (3.3) rises with x for every pole, and has one root
# Below it in steps of a factor; a local minimum of the excess lower than this may hide two roots between the steps, and
# is gone over again in fine ones
SCAN_RATIO, MINIMUM_UNCLEAR = 1.15, 0.015
FINE_RATIO, FINE_UNCLEAR = 1.005, 2e-5
MOST_STEPS, LARGE = 100, 1e300
MARGIN = 1.05  # on the bound that says that psi never thermalises
FLATTEST = 12.0  # largest d ln S(x_f)/d ln S: two roots about to merge magnify the errors of the tables
MASSIVE_FROM = 12.0  # a pair whose massive final states count up to here is solved with them at once

PAIRS_MOST, NEGLIGIBLE = 3.5, 20.0  # largest ln(S exp(a x)) of pairs of X; ln of what is left out of S

Pairs = tuple[float, float, int, Weights]  # ln q_psi^2 relative to S, a in exp(-a x), first row and weights

LEFT, FOUND, NONE, MASSIVE = 0, 1, 2, 3  # not done; a solution; psi never thermalises; massive final states count


@inlined
def _excess_at(
    x: float,
    ln_x: float,
    ln_K: float,
    region: int,
    i: int,
    wy: Weights,
    pole: Pole,
    wide: bool,
    pairs: Pairs,
    row: FloatArray,
    filled: NDArray[np.int64],
    stamp: int,
    tables: FloatArray,
    places: NDArray[np.int64],
) -> tuple[float, float, float]:
    """X - ln(K S/sqrt x), the slope of ln S in ln x, and the part k of S in exp(-k x)."""
    j, f = cell(ln_x, LN_X0, PER_LN_X_STEP, N_X)
    if filled[S_TABLE, j] != stamp:
        filled[S_TABLE, j] = stamp
        fill(S_TABLE, j, region, i, wy, tables, places, row)
    if wide and filled[S_WIDE_TABLE, j] != stamp:
        filled[S_WIDE_TABLE, j] = stamp
        fill(S_WIDE_TABLE, j, region, i, wy, tables, places, row)
    ln_S, slope, k = ln_average(x, j, f, region, pole, wide, row)
    ln_pairs, a, i_pairs, wy_pairs = pairs
    if ln_pairs - a * x + PAIRS_MOST > ln_S - NEGLIGIBLE:
        if filled[PAIRS_TABLE, j] != stamp:
            filled[PAIRS_TABLE, j] = stamp
            fill(PAIRS_TABLE, j, region, i_pairs, wy_pairs, tables, places, row)
        value, d_value = pairs_average(j, f, row)
        ratio = math.exp(ln_pairs + value - a * x - ln_S)
        part = ratio / (1.0 + ratio)
        ln_S += math.log1p(ratio)
        slope += part * (d_value - a * x - slope)
        k += part * (a - k)
    return x + 0.5 * ln_x - ln_K - ln_S, slope, k


@inlined
def _halley(
    x: float,
    low: float,
    high: float,
    floor: float,
    ln_K: float,
    region: int,
    i: int,
    wy: Weights,
    pole: Pole,
    wide: bool,
    pairs: Pairs,
    row: FloatArray,
    filled: NDArray[np.int64],
    stamp: int,
    tables: FloatArray,
    places: NDArray[np.int64],
) -> tuple[float, float, float]:
    """Root of the excess, its logarithm, and d ln S(x_f)/d ln S there; NaN when it is below the floor.

    Halley's method in ln x, with S as c x^n exp(-k x) from one step to the next: two or three steps are enough.
    """
    for _ in range(MOST_STEPS):
        ln_x = math.log(x)
        excess, slope, k = _excess_at(
            x, ln_x, ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places
        )
        if excess > 0.0:
            high = x
        else:
            low = x
        per_gradient = 1.0 / (x + 0.5 - slope)  # of the excess in ln x
        step = excess * per_gradient
        new = x * (1.0 - step * (1.0 + 0.5 * step * (slope + k * x - 0.5) * per_gradient))
        if abs(step) < CLOSE:
            return new, ln_x - step, (x + 0.5) * per_gradient
        if high < floor:
            break
        x = new if low < new < high else math.sqrt(low * high)
    return math.nan, math.nan, math.inf


@kernel
def _root_below(
    ln_K: float,
    region: int,
    i: int,
    wy: Weights,
    pole: Pole,
    wide: bool,
    pairs: Pairs,
    row: FloatArray,
    filled: NDArray[np.int64],
    stamp: int,
    tables: FloatArray,
    places: NDArray[np.int64],
) -> tuple[int, float, float, float]:
    """Largest root where there may be several: searched from above, step by step."""
    x, high = MULTIPLE_BELOW, X_HIGH
    e_high, e_above = LARGE, LARGE
    ratio, unclear_below = SCAN_RATIO, MINIMUM_UNCLEAR
    while True:
        e, _, _ = _excess_at(x, math.log(x), ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places)
        if e <= 0.0:
            break
        if x <= X_LOW:
            return NONE, math.nan, math.nan, math.nan
        if e_high < e and e_high < e_above and e_high < unclear_below:
            if ratio == FINE_RATIO:
                return LEFT, math.nan, math.nan, math.nan
            ratio, unclear_below = FINE_RATIO, FINE_UNCLEAR
            x, e_high, e_above = min(x * SCAN_RATIO**2, MULTIPLE_BELOW), LARGE, LARGE
        else:
            e_above, e_high, high = e_high, e, x
            x = max(x / ratio, X_LOW)
    root, ln_root, flatness = _halley(
        x, x, high, 0.0, ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places
    )
    return FOUND, root, ln_root, flatness


@kernel
def _solve(
    K: float,
    d: float,
    w: float,
    region: int,
    i: int,
    wy: Weights,
    most_pole: float,
    most_rest: float,
    pairs: Pairs,
    most_pairs: float,
    row: FloatArray,
    filled: NDArray[np.int64],
    stamp: int,
    tables: FloatArray,
    places: NDArray[np.int64],
    guess: float,
) -> tuple[int, float, float]:
    """What became of a point, x_f and J."""
    holds, pole, bound = pole_at(d, w, region, most_pole, most_rest)
    if not (holds and K > 0.0 and w > 0.0 and math.isfinite(K * w)):
        return LEFT, math.nan, math.nan
    bound += math.exp(pairs[0]) * most_pairs
    if K * bound * MARGIN < 1.0:  # not even the largest S(x) keeps psi in equilibrium
        return NONE, math.nan, math.nan
    wide = w > _narrow(d, region)
    ln_K = math.log(K)
    x, ln_x, flatness = _halley(
        guess, X_LOW, X_HIGH, MULTIPLE_BELOW, ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places
    )
    if not x >= MULTIPLE_BELOW:
        code, x, ln_x, flatness = _root_below(
            ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places
        )
        if code != FOUND:
            return code, math.nan, math.nan
    if not (x <= X_HIGH and flatness < FLATTEST) or (region != BELOW and w * x > WIDEST[1]):
        return LEFT, math.nan, math.nan
    j, f = cell(ln_x, LN_X0, PER_LN_X_STEP, N_X)
    if filled[J_TABLE, j] != stamp:
        filled[J_TABLE, j] = stamp
        fill(J_TABLE, j, region, i, wy, tables, places, row)
    if wide and filled[J_WIDE_TABLE, j] != stamp:
        filled[J_WIDE_TABLE, j] = stamp
        fill(J_WIDE_TABLE, j, region, i, wy, tables, places, row)
    integral = integral_from(x, j, f, d, w, region, pole, wide, row)
    ln_pairs, a, i_pairs, wy_pairs = pairs
    if ln_pairs > -math.inf:
        if filled[PAIRS_TABLE, j] != stamp:
            filled[PAIRS_TABLE, j] = stamp
            fill(PAIRS_TABLE, j, region, i_pairs, wy_pairs, tables, places, row)
        integral += math.exp(ln_pairs - a * x + pairs_integral(j, f, row))
    return FOUND, x, integral


@inlined
def _narrow(d: float, region: int) -> float:
    """The width up to which the first orders do."""
    return -NARROW_BELOW * d if region == BELOW else NARROW


@kernel
def _pairs(
    strength: FloatArray,
    w: FloatArray,
    d: FloatArray,
    couplings: FloatArray,
    y_f: FloatArray,
    suppressed_from: FloatArray,
    tables: FloatArray,
    places: NDArray[np.int64],
    pairs: FloatArray,
    code: NDArray[np.int8],
    x_f: FloatArray,
    integral: FloatArray,
) -> None:
    light, heavy, work = np.zeros(ROW_SIZE), np.zeros(ROW_SIZE), work_space()
    filled, all_filled = np.zeros((5, N_X), dtype=np.int64), np.ones((5, N_X), dtype=np.int64)
    stamp, d_before = 0, math.nan
    region, i, wy, most_pole, most_rest = NOWHERE, 0, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0
    i_pairs, wy_pairs, a, most_pairs = 0, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0
    for p in range(d.size):
        if d[p] != d_before:
            d_before, region = d[p], region_of(d[p])
            stamp += 1
            if region != NOWHERE:
                i, wy = position(d[p], region)
                most_pole, most_rest = open_row(i, wy, region, tables, places, light)
                i_pairs, wy_pairs, a, most_pairs = position_of_pairs(d[p], tables, places)
        if region == NOWHERE:
            continue
        dp, massless, beyond, guess = d[p], couplings[p, 0], suppressed_from[p], FIRST_GUESS
        most = couplings[p].sum()  # if all final states were massless
        count = 0
        for q in range(w.shape[1]):
            found = MASSIVE
            if beyond < MASSIVE_FROM:
                K, wp = strength[p, q] * massless, w[p, q]
                to_X = math.log(pairs[p, q] / massless), a, i_pairs, wy_pairs
                found, x, value = _solve(
                    K,
                    dp,
                    wp,
                    region,
                    i,
                    wy,
                    most_pole,
                    most_rest,
                    to_X,
                    most_pairs,
                    light,
                    filled,
                    stamp,
                    tables,
                    places,
                    guess,
                )
                if found == FOUND and x > beyond:
                    x_f[p, q], integral[p, q] = x, massless * value
                    guess = min(max(x, GUESSES[0]), GUESSES[1])
                elif found == FOUND:
                    found = MASSIVE
                elif found == NONE and beyond > X_LOW:
                    K = strength[p, q] * most
                    to_X = math.log(pairs[p, q] / most), a, i_pairs, wy_pairs
                    found, x, value = _solve(
                        K,
                        dp,
                        wp,
                        region,
                        i,
                        wy,
                        most_pole,
                        most_rest,
                        to_X,
                        most_pairs,
                        light,
                        filled,
                        stamp,
                        tables,
                        places,
                        guess,
                    )
                    found = NONE if found == NONE else MASSIVE
            code[p, q] = found
            count += found == MASSIVE
        if count == 0:
            continue
        wide = w[p].max() > _narrow(dp, region)
        holds, top_pole, top_rest, widest = massive_row(
            region, dp, i, wy, couplings[p], y_f[p], wide, tables, places, heavy, work
        )
        for j in range(0, N_X, 4):
            fill(PAIRS_TABLE, j, region, i_pairs, wy_pairs, tables, places, heavy)
        guess = FIRST_GUESS
        for q in range(w.shape[1]):
            if code[p, q] != MASSIVE:
                continue
            found = LEFT
            if holds and w[p, q] < widest:
                to_X = math.log(pairs[p, q]), a, i_pairs, wy_pairs
                found, x, value = _solve(
                    strength[p, q],
                    dp,
                    w[p, q],
                    region,
                    i,
                    wy,
                    top_pole,
                    top_rest,
                    to_X,
                    most_pairs,
                    heavy,
                    all_filled,
                    1,
                    tables,
                    places,
                    guess,
                )
                if found == FOUND:
                    x_f[p, q], integral[p, q] = x, value
                    guess = min(max(x, GUESSES[0]), GUESSES[1])
            code[p, q] = found


def fast_freeze_out(
    strength: FloatArray,
    w: FloatArray,
    d: FloatArray,
    couplings: FloatArray,
    y_f: FloatArray,
    suppressed_from: FloatArray,
    pairs: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """x_f, S(x_f) and J/B of points in pairs of masses, and which points are done.

    Parameters
    ----------
    strength, w : ndarray, shape (pairs of masses, points)
        Prefactor of S/sqrt(x) in eq. (3.3); width of the pole.
    d : ndarray, shape (pairs,)
        Position of the pole. Neighbours with the same d share work.
    couplings, y_f : ndarray, shape (pairs, channels)
        Squared couplings, the first those of all massless final states together, zero where a final state is left out;
        (m_f/m_psi)^2.
    suppressed_from : ndarray, shape (pairs,)
        x_f beyond which no other fermions than massless ones count.
    pairs : ndarray, shape (pairs of masses, points)
        q_psi^2 if annihilation into X X is counted, else 0.

    Returns
    -------
    tuple of ndarray, shape (pairs, points)
        NaN where psi never thermalises; the values of points that are not done are NaN, too, and mean nothing.
    """
    x_f, integral = np.full(w.shape, np.nan), np.full(w.shape, np.nan)
    code = np.zeros(w.shape, dtype=np.int8)
    _pairs(strength, w, d, couplings, y_f, suppressed_from, *joined(), pairs, code, x_f, integral)
    with np.errstate(divide="ignore", invalid="ignore"):  # S(x_f) is what solves the equation
        at_x_f = np.exp(x_f) * np.sqrt(x_f) / strength
    return x_f, at_x_f, integral, code != LEFT
