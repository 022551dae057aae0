"""The largest root of eq. (3.3) on a row of the tables, and J there.

Halley's method from a guess where there is one root, a search from above where there may be several.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed
from physics.core.status import FloatArray
from physics.dark_matter.relic.first_guess import first_guess
from physics.dark_matter.relic.lookup import (
    BELOW,
    J_TABLE,
    J_WIDE_TABLE,
    LN_X0,
    NARROW,
    NARROW_BELOW,
    NEAR,
    PAIRS_TABLE,
    PER_LN_X_STEP,
    S_TABLE,
    S_WIDE_TABLE,
    WIDEST,
    Largest,
    Pole,
    Weights,
    cell,
    fill,
    inlined,
    integral_from,
    kernel,
    ln_average,
    pairs_average,
    pairs_integral,
    pole_at,
)
from physics.dark_matter.relic.tables import N_X, X_BOTTOM
from physics.numerics.exponential import exp

__all__ = ["FOUND", "HOTTER", "LEFT", "NONE", "ROUGH", "X_LOW", "Pairs", "Place", "narrow", "solve"]

X_LOW, X_HIGH = X_BOTTOM, 61.0
CLOSE = 1e-5  # relative step after which no further is needed
MULTIPLE_BELOW = 2.2  # above it the excess of eq. (3.3) rises with x for every pole, and has one root
# Below it in steps of a factor; a local minimum of the excess lower than this may hide two roots between the steps, and
# is gone over again in fine ones
SCAN_RATIO, MINIMUM_UNCLEAR = 1.15, 0.015
FINE_RATIO, FINE_UNCLEAR = 1.005, 2e-5
MOST_STEPS, LARGE = 100, 1e300
AFTER_BEGIN = 1.02  # of x, where a row begins: a root before that is not looked for on it
MARGIN = 1.05  # on the bound that says that psi never thermalises
# d ln S(x_f)/d ln S, by which two roots about to merge magnify the errors of the tables: beyond the first x_f is
# refined, beyond the second, or on a root that is not the largest, where it is negative, left to others
FLAT, FLATTEST = 4.0, 100.0
# -d x next to the threshold from which pole and what is left without it cancel, and their errors add: refined, too
CANCELS = 0.35

LITTLE = 1e-4  # ratio, up to which three terms of ln(1 + ratio) do
PAIRS_MOST, NEGLIGIBLE = 3.5, 20.0  # largest ln(S exp(a x)) of pairs of X; ln of what is left out of S

Pairs = tuple[float, float, int, Weights]  # ln q_psi^2 relative to S, a in exp(-a x), first row and weights

# Where a row lies: region, first of four rows and weights; the largest values in it, and of S of pairs of X
Place = tuple[int, int, Weights, Largest, float]

# Not done; a solution; psi never thermalises; a solution to be refined; a solution, if any, before the row begins
LEFT, FOUND, NONE, ROUGH, HOTTER = 0, 1, 2, 3, 4


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
        ratio = exp(ln_pairs + value - a * x - ln_S)
        part = ratio / (1.0 + ratio)
        ln_S += math.log1p(ratio) if ratio > LITTLE else ratio * (1 - ratio * (0.5 - ratio * (1 / 3)))
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
def _where_below(
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
) -> tuple[int, float, float]:
    """Between which x the largest root lies where there may be several: searched from above, step by step."""
    row, filled, tables, places = borrowed(row), borrowed(filled), borrowed(tables), borrowed(places)
    x, high = MULTIPLE_BELOW, X_HIGH
    e_high, e_above = LARGE, LARGE
    ratio, unclear_below = SCAN_RATIO, MINIMUM_UNCLEAR
    while True:
        e, _, _ = _excess_at(x, math.log(x), ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places)
        if e <= 0.0:
            break
        if x <= X_LOW:
            return NONE, math.nan, math.nan
        if e_high < e and e_high < e_above and e_high < unclear_below:
            if ratio == FINE_RATIO:
                return LEFT, math.nan, math.nan
            ratio, unclear_below = FINE_RATIO, FINE_UNCLEAR
            x, e_high, e_above = min(x * SCAN_RATIO**2, MULTIPLE_BELOW), LARGE, LARGE
        else:
            e_above, e_high, high = e_high, e, x
            x = max(x / ratio, X_LOW)
    return FOUND, x, high


@kernel
def solve(
    K: float,
    d: float,
    w: float,
    pairs: Pairs,
    of_massive: tuple[float, float],
    guesses: FloatArray,
    place: Place,
    begins: float,
    row: FloatArray,
    filled: NDArray[np.int64],
    stamp: int,
    tables: FloatArray,
    places: NDArray[np.int64],
) -> tuple[int, float, float, float]:
    """What became of a point, x_f, J, and d ln S(x_f)/d ln S, on a row that begins at some x."""
    row, filled, tables, places = borrowed(row), borrowed(filled), borrowed(tables), borrowed(places)
    region, i, wy, most, most_pairs = place
    holds, pole, bound = pole_at(d, w, region, most)
    if not (holds and K > 0.0 and w > 0.0 and math.isfinite(K * w)):
        return LEFT, math.nan, math.nan, math.nan
    # Not even the largest S(x) keeps psi in equilibrium?
    if K * bound * MARGIN < 1.0 and K * (bound + exp(pairs[0]) * most_pairs) * MARGIN < 1.0:
        return NONE, math.nan, math.nan, math.nan
    wide = w > narrow(d, region)
    ln_K = math.log(K)
    guess = max(first_guess(ln_K, region, i, wy, pole, of_massive, borrowed(guesses)), begins)
    low, high, floor = begins, X_HIGH, max(MULTIPLE_BELOW, AFTER_BEGIN * begins)
    while True:
        x, ln_x, flatness = _halley(
            guess, low, high, floor, ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places
        )
        if x >= floor or floor == 0.0:
            break
        if begins > X_LOW:
            return HOTTER, math.nan, math.nan, math.nan
        code, low, high = _where_below(ln_K, region, i, wy, pole, wide, pairs, row, filled, stamp, tables, places)
        if code != FOUND:
            return code, math.nan, math.nan, math.nan
        guess, floor = low, 0.0
    if not (x <= X_HIGH and 0.0 < flatness < FLATTEST) or (region != BELOW and w * x > WIDEST[1]):
        return LEFT, math.nan, math.nan, math.nan
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
        integral += exp(ln_pairs - a * x + pairs_integral(j, f, row))
    rough = flatness >= FLAT or (region == NEAR and -d * x > CANCELS)
    return ROUGH if rough else FOUND, x, integral, flatness


@inlined
def narrow(d: float, region: int) -> float:
    """The width up to which the first orders do."""
    return -NARROW_BELOW * d if region == BELOW else NARROW
