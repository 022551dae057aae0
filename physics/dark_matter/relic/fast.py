r"""Freeze-out from tables: x_f and J of breit_wigner.py for pairs of masses, 0.1 to 0.4 us a point.

How the tables are read: lookup.py. Massless final states share a row of the tables wherever d is the same; where others
count, there is a row for each pair of m_X and mass_ratio (massive_rows.py), and the points of a pair are solved on it
in the same way. Where neither reaches (far from mass_ratio = 0.2 .. 2, wide resonances, x_f outside 0.3 .. 61), or
where two roots of eq. (3.3) merge, nothing is extrapolated: the point is left to the exact integrator.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed
from physics.core.status import FloatArray
from physics.dark_matter.relic.channels import channel_sum
from physics.dark_matter.relic.first_guess import guesses
from physics.dark_matter.relic.lookup import (
    NOWHERE,
    PAIRS_TABLE,
    ROW_SIZE,
    Weights,
    joined,
    kernel,
    open_row,
    position,
    position_of_pairs,
    region_of,
)
from physics.dark_matter.relic.massive_nodes import X_COLD, Work, work_space
from physics.dark_matter.relic.massive_rows import Massive, cold_columns, hot_columns
from physics.dark_matter.relic.search import FOUND, HOTTER, LEFT, NONE, ROUGH, X_LOW, Place, narrow, solve
from physics.dark_matter.relic.tables import N_X

__all__ = ["FOUND", "LEFT", "NONE", "fast_freeze_out"]

MASSIVE_FROM = 12.0  # a pair whose massive final states count up to here is solved with them at once
MASSIVE = 5  # what became of a point so far: massive final states count

OfPairs = tuple[float, int, Weights]  # a in exp(-a x) of annihilation into X X, first row and weights


@kernel
def _refined(
    found: int, x: float, integral: float, flatness: float, K: float, d: float, w: float,
    p: int, couplings: FloatArray, y_f: FloatArray, ln_pairs: float,
) -> tuple[float, float]:  # fmt: skip
    """x_f and J, after a step of Newton's method with the exact average where the tables are too rough."""
    if found != ROUGH:
        return x, integral
    S = channel_sum(x, d, w, couplings[p], y_f[p], math.exp(ln_pairs))
    excess = x - math.log(K * S / math.sqrt(x))
    refined = x * math.exp(-excess * flatness / (x + 0.5))
    return refined, integral + S * (1 / refined - 1 / x)


@kernel
def _massive_points(
    p: int, points: tuple[FloatArray, ...], massive: Massive, begins: float, place: Place, of_pairs: OfPairs,
    guess_tables: FloatArray, row: FloatArray, filled: NDArray[np.int64], tables: FloatArray, places: NDArray[np.int64],
    results: tuple[NDArray[np.int8], FloatArray, FloatArray],
) -> bool:  # fmt: skip
    """Solve the points of a pair of masses for which massive final states count; whether more of the row is needed."""
    strength, w, d, couplings, y_f, _, ln_pairs = points
    strength, w, d, row = borrowed(strength), borrowed(w), borrowed(d), borrowed(row)
    couplings, y_f, ln_pairs = borrowed(couplings), borrowed(y_f), borrowed(ln_pairs)
    filled, tables, places = borrowed(filled), borrowed(tables), borrowed(places)
    code, x_f, integral = borrowed(results[0]), borrowed(results[1]), borrowed(results[2])
    a, i_pairs, wy_pairs = of_pairs
    stamp = int(filled[0, 0])  # for a literal numba would compile the search once more
    more = bool(0)
    for q in range(w.shape[1]):
        if code[p, q] != MASSIVE:
            continue
        code[p, q] = LEFT
        if massive.holds and w[p, q] < massive.widest:
            here = ln_pairs[p, q], a, i_pairs, wy_pairs
            found, x, value, flatness = solve(
                strength[p, q], d[p], w[p, q], here, massive.of_guess, guess_tables, place, begins, row, filled, stamp,
                tables, places,
            )  # fmt: skip
            if found in (FOUND, ROUGH):
                x_f[p, q], integral[p, q] = _refined(
                    found, x, value, flatness, strength[p, q], d[p], w[p, q], p, couplings, y_f, ln_pairs[p, q]
                )
                found = FOUND
            if found == HOTTER:
                found, more = MASSIVE, True
            code[p, q] = found
    return more


@kernel
def _massive_pair(
    p: int, points: tuple[FloatArray, ...], wide: bool, place: Place, of_pairs: OfPairs, guess_tables: FloatArray,
    row: FloatArray, filled: NDArray[np.int64], work: Work, tables: FloatArray, places: NDArray[np.int64],
    results: tuple[NDArray[np.int8], FloatArray, FloatArray],
) -> None:  # fmt: skip
    """Make the row of a pair of masses, first the cold part, which most points do with, and solve points on it."""
    d, couplings, y_f, filled = borrowed(points[2]), borrowed(points[3]), borrowed(points[4]), borrowed(filled)
    region, i, wy, most, most_pairs = place
    massive = cold_columns(region, d[p], i, wy, couplings[p], y_f[p], wide, tables, places, row, work)
    filled[PAIRS_TABLE] = 0
    total = couplings[p].sum()  # if all were massless there were more of S
    place = region, i, wy, (total * most[0], total * most[1], total * most[2]), most_pairs
    more = _massive_points(
        p, points, massive, X_COLD, place, of_pairs, guess_tables, row, filled, tables, places, results
    )
    if more:
        most = hot_columns(region, d[p], i, wy, couplings[p], y_f[p], wide, tables, places, massive.radius, row, work)
        place = region, i, wy, most, most_pairs
        _massive_points(p, points, massive, X_LOW, place, of_pairs, guess_tables, row, filled, tables, places, results)


@kernel
def _place(
    d: float, region: int, tables: FloatArray, places: NDArray[np.int64], row: FloatArray
) -> tuple[Place, OfPairs]:
    """Where the row for d lies, which is opened, and that of pairs of X."""
    tables, places, row = borrowed(tables), borrowed(places), borrowed(row)
    i, wy = position(d, region)
    most = open_row(i, wy, region, tables, places, row)
    i_pairs, wy_pairs, a, most_pairs = position_of_pairs(d, tables, places)
    return (region, i, wy, most, most_pairs), (a, i_pairs, wy_pairs)


@kernel
def _pairs(
    points: tuple[FloatArray, ...],
    joined_tables: tuple[FloatArray, NDArray[np.int64]],
    guess_tables: FloatArray,
    results: tuple[NDArray[np.int8], FloatArray, FloatArray],
    rows: tuple[FloatArray, FloatArray],
    work: Work,
    filled_cells: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Solve all pairs of masses; whatever is an array here has an owner outside."""
    strength, w, d, couplings, y_f, suppressed_from, ln_pairs = points
    strength, w, d, couplings, y_f = borrowed(strength), borrowed(w), borrowed(d), borrowed(couplings), borrowed(y_f)
    suppressed_from, ln_pairs, guess_tables = borrowed(suppressed_from), borrowed(ln_pairs), borrowed(guess_tables)
    tables, places = borrowed(joined_tables[0]), borrowed(joined_tables[1])
    code, x_f, integral = borrowed(results[0]), borrowed(results[1]), borrowed(results[2])
    light, heavy = borrowed(rows[0]), borrowed(rows[1])
    filled, all_filled = borrowed(filled_cells[0]), borrowed(filled_cells[1])
    stamp, d_before, region = 0, math.nan, NOWHERE
    place, of_pairs = (NOWHERE, 0, (0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0), (0.0, 0, (0.0, 0.0, 0.0, 0.0))
    for p in range(d.size):
        if d[p] != d_before:
            d_before, region = d[p], region_of(d[p])
            stamp += 1
            if region != NOWHERE:
                place, of_pairs = _place(d[p], region, tables, places, light)
        if region == NOWHERE:
            code[p] = LEFT
            continue
        a, i_pairs, wy_pairs = of_pairs
        massless, most, beyond = couplings[p, 0], couplings[p].sum(), suppressed_from[p]
        ln_massless, ln_most = math.log(massless), math.log(most)
        wide, count = bool(0), 0  # for a literal False numba would compile what it is handed to once more
        for q in range(w.shape[1]):
            K, wp = strength[p, q], w[p, q]
            found = MASSIVE
            if beyond < MASSIVE_FROM:
                to_X = ln_pairs[p, q] - ln_massless, a, i_pairs, wy_pairs
                found, x, value, flatness = solve(
                    K * massless,
                    d[p],
                    wp,
                    to_X,
                    (0.0, 0.0),
                    guess_tables,
                    place,
                    X_LOW,
                    light,
                    filled,
                    stamp,
                    tables,
                    places,
                )
                if found in (FOUND, ROUGH):
                    if x > beyond:
                        of_point = K, d[p], wp, p, couplings, y_f, ln_pairs[p, q]
                        x_f[p, q], integral[p, q] = _refined(found, x, massless * value, flatness, *of_point)
                    found = FOUND if x > beyond else MASSIVE
                elif found == NONE and beyond > X_LOW:  # nor if all final states were massless?
                    to_X = ln_pairs[p, q] - ln_most, a, i_pairs, wy_pairs
                    found, x, value, _ = solve(
                        K * most,
                        d[p],
                        wp,
                        to_X,
                        (0.0, 0.0),
                        guess_tables,
                        place,
                        X_LOW,
                        light,
                        filled,
                        stamp,
                        tables,
                        places,
                    )
                    found = NONE if found == NONE else MASSIVE
            code[p, q] = found
            count += found == MASSIVE
            wide = wide or wp > narrow(d[p], region)
        if count > 0:
            _massive_pair(
                p, points, wide, place, of_pairs, guess_tables, heavy, all_filled, work, tables, places, results
            )


def fast_freeze_out(
    strength: FloatArray,
    w: FloatArray,
    d: FloatArray,
    couplings: FloatArray,
    y_f: FloatArray,
    suppressed_from: FloatArray,
    ln_pairs: FloatArray,
) -> tuple[FloatArray, FloatArray, NDArray[np.int8]]:
    """x_f and J/B of points in pairs of masses, and what became of each: FOUND, NONE, LEFT.

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
    ln_pairs : ndarray, shape (pairs of masses, points)
        ln q_psi^2 if annihilation into X X is counted, else -inf.

    Returns
    -------
    tuple of ndarray, shape (pairs, points)
        NaN where psi never thermalises (NONE) and where the tables do not hold (LEFT).
    """
    x_f, integral = np.full(w.shape, np.nan), np.full(w.shape, np.nan)
    code = np.empty(w.shape, dtype=np.int8)
    rows = np.zeros(ROW_SIZE), np.zeros(ROW_SIZE)
    filled = np.zeros((5, N_X), dtype=np.int64), np.ones((5, N_X), dtype=np.int64)
    points = strength, w, d, couplings, y_f, suppressed_from, ln_pairs
    _pairs(points, joined(), guesses(), (code, x_f, integral), rows, work_space(y_f.shape[1]), filled)
    return x_f, integral, code
