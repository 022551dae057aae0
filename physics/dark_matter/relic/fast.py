r"""Freeze-out from tables: x_f, S(x_f) and J of breit_wigner.py for massless final states, 0.15 to 0.4 us a point.

How the tables are read: lookup.py. Where a table does not reach (far from mass_ratio = 0.2 .. 2, wide resonances, x_f
outside 0.3 .. 61), or where two roots of eq. (3.3) merge, nothing is extrapolated: the point is left to the exact
integrator.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import (
    BELOW,
    END_AT,
    FIRST_GUESS,
    LN_FIRST_GUESS,
    LN_X0,
    NOWHERE,
    PER_LN_X_STEP,
    S_AT,
    START_AT,
    WIDE_AT,
    WIDEST,
    cell,
    columns,
    integral_from,
    joined,
    kernel,
    ln_average,
    pole_at,
    row_at,
)
from physics.dark_matter.relic.tables import N_X, X_BOTTOM

__all__ = ["fast_freeze_out"]

X_LOW, X_HIGH = X_BOTTOM, 61.0
CLOSE = 1e-4  # relative step after which no further is needed
MULTIPLE_BELOW = 2.2  # above it the excess of eq. (3.3) rises with x for every pole, and has one root
# Below it in steps of a factor; a local minimum of the excess lower than this may hide two roots between the steps, and
# is gone over again in fine ones
SCAN_RATIO, MINIMUM_UNCLEAR = 1.15, 0.015
FINE_RATIO, FINE_UNCLEAR = 1.005, 2e-5
MOST_STEPS, LARGE = 700, 1e300
MARGIN = 1.05  # on the bound that says that psi never thermalises


@kernel
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
    scratch = np.zeros(END_AT)
    held, held_J = -1, -1
    d_before, wide_before = math.nan, False
    region, narrow, i, wy, most_pole, most_rest = NOWHERE, 0.0, 0, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0
    for p in range(d.size):
        dp, wp, K = d[p], w[p], strength[p]
        if dp != d_before:
            d_before = dp
            held = held_J = -1
            region, narrow, i, wy, most_pole, most_rest = row_at(dp, tables, places, scratch)
        if region == NOWHERE or not (K > 0.0 and wp > 0.0) or not math.isfinite(K * wp):
            continue
        wide = wp > narrow
        if wide != wide_before:
            wide_before = wide
            held = held_J = -1
        holds, pole, bound = pole_at(dp, wp, region, most_pole, most_rest)
        if not holds:
            continue
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
            j, f = cell(ln_x, LN_X0, PER_LN_X_STEP, N_X)
            if first and not wide:
                slot, first = START_AT, False
            else:
                slot = S_AT
                if held != j:
                    held = j
                    columns(tables, places[region, 0], 2 if region == BELOW else 3, i, j, N_X, wy, scratch, S_AT)
                    if wide:
                        columns(tables, places[region, 1], 4 if region == BELOW else 3, i, j, N_X, wy, scratch, WIDE_AT)
            ln_S, slope, k = ln_average(x, f, region, pole, wide, scratch, slot)
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
        integral[p], held_J = integral_from(ln_x, x, dp, wp, region, i, wy, pole, wide, tables, places, scratch, held_J)
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
    _points(strength, d, w, *joined(), x_f, at_x_f, integral, done)
    return x_f, at_x_f, integral, done
