"""Where the search for x_f begins: eq. (3.3) solved on the rows of the tables, with the pole alone or without it.

Near and above the threshold S is what the pole adds, of a strength that the width decides, and what is left without
it. Eq. (3.3) with one of the two has a solution that depends on d and one number, the logarithm of its strength: here
are tables of it for the d of the rows. The larger of the two is within 1e-5 of x_f where the one dominates and final
states are massless, and is where a few steps of Halley's method begin elsewhere.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import ABOVE, BELOW, NEAR, Pole, Weights, inlined
from physics.dark_matter.relic.tables import LN_X, N_X, ROWS_ABOVE, ROWS_BELOW, ROWS_NEAR, load

__all__ = ["TYPICAL_X", "first_guess", "guesses"]

LOW, CELLS, NEVER = 2.0, 256, 1e300
WITHOUT_POLE, WITH_POLE = 0, 1
FIRST, PER_STEP, VALUES = 0, 1, 2  # places in a row of these tables
TYPICAL_X = 15.0


def _inverse(S: FloatArray) -> FloatArray:
    """X at equidistant t = x + ln(x)/2 - ln S(x), preceded by the first t and the inverse of their distance.

    From where S is positive on: without the pole it can be negative.
    """
    from_x = (np.minimum.accumulate(S[::-1])[::-1] > 0) & (np.exp(LN_X) > LOW)
    if from_x.sum() < 2:
        return np.array([NEVER, 1.0, *np.zeros(CELLS + 1)])
    x = np.exp(LN_X[from_x])
    t = x + 0.5 * np.log(x) - np.log(S[from_x])
    at = np.linspace(t[0], t[-1], CELLS + 1)
    return np.array([at[0], CELLS / (at[-1] - at[0]), *np.interp(at, t, x)])


@cache
def guesses() -> FloatArray:
    """The tables, shape (regions, rows, without the pole and with it, places)."""
    tables, x = load(), np.exp(LN_X)
    out = np.zeros((3, max(ROWS_BELOW.size, ROWS_NEAR.size, ROWS_ABOVE.size), 2, VALUES + CELLS + 1))
    for r in range(ROWS_BELOW.size):
        out[BELOW, r, WITHOUT_POLE] = _inverse(np.exp(tables["below"][r].reshape(N_X, 2)[:, 0]))
    for region, rows, name in ((NEAR, ROWS_NEAR, "near_S"), (ABOVE, np.exp(ROWS_ABOVE), "above_S")):
        for r, d in enumerate(rows):
            ln_G, _, rest = tables[name][r].reshape(N_X, 3).T
            out[region, r, WITHOUT_POLE] = _inverse(rest * (x**2 if region == NEAR else 1 / d**2))
            out[region, r, WITH_POLE] = _inverse(np.exp(ln_G - 2 * (math.sqrt(1 + d) - 1) * x))
    return out


@inlined
def _between(table: FloatArray, region: int, i: int, f: float, part: int, t: float) -> float:
    """X between rows i and i + 1, and between two t; 0 below the first t."""
    x = 0.0
    for r in range(2):
        at = (t - table[region, i + r, part, FIRST]) * table[region, i + r, part, PER_STEP]
        if at < 0.0:
            return 0.0
        at = min(at, CELLS - 1e-9)
        k = int(at)
        left = table[region, i + r, part, VALUES + k]
        x += (f if r else 1 - f) * (left + (at - k) * (table[region, i + r, part, VALUES + k + 1] - left))
    return x


@inlined
def first_guess(
    ln_K: float, region: int, i: int, wy: Weights, pole: Pole, of_massive: tuple[float, float], table: FloatArray
) -> float:
    """About x_f; of_massive: logarithms of what final states with mass multiply S by, without the pole and with it."""
    f = wy[2] + 2 * wy[3] - wy[0]  # the weights are those of a position between rows i + 1 and i + 2
    x = _between(table, region, i + 1, f, WITHOUT_POLE, ln_K + of_massive[0])
    if region != BELOW:
        rt, it, _, a_i, u, _ = pole
        strength = rt + it * (a_i * TYPICAL_X - 1.4 * u)
        if strength > 0.0:
            x = max(x, _between(table, region, i + 1, f, WITH_POLE, ln_K + of_massive[1] + math.log(strength)))
    return max(x, LOW)
