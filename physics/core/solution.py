"""Solving an observable for a parameter, at all points at a time.

The search walks along a grid until the observable rises through the wanted value, then iterates (Chandrupatla's
method) in the variable of the search: 20 to 50 evaluations of each point.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physics.core.branch import Search
from physics.core.status import FloatArray, Outcome, Status

__all__ = ["solve"]

PRECISION = 1e-10  # of the search variable
AT_A_SOLUTION = 1e-3  # |ln(value/target)| beyond this is a jump across the target


def solve(ratio: Callable[..., FloatArray], search: Search, points: FloatArray, shape: tuple[int, ...]) -> Outcome:
    """Solve ratio(unknown, *point) = 0 for every point.

    Parameters
    ----------
    ratio : callable
        ln(observable/target) for arrays of the unknown and of each row of `points`; NaN where it cannot be computed.
    search : Search
        Where to look.
    points : ndarray, shape (quantities, n)
        What is held; points that are not finite have no solution.
    shape : tuple of int
        Of the result; its product is n.

    Returns
    -------
    Outcome
        The unknown. NaN where it does not rise through 0 (status 3), or could not be computed on the way (4).
    """
    found = np.full(points.shape[1], np.nan)
    status = np.full(found.size, Status.NO_SOLUTION, dtype=np.uint8)
    rises_after = np.full(found.size, -1)  # index in search.grid
    at_ends = np.full((2, found.size), np.nan)  # there, and one further
    seeking = np.flatnonzero(np.isfinite(points).all(axis=0))  # a bound parameter may have no value
    before = np.full(seeking.size, np.nan)

    def at(t: FloatArray, *point: FloatArray) -> FloatArray:
        return ratio(search.value(t), *point)

    for k, t in enumerate(search.grid):
        if seeking.size == 0:
            break
        here = at(np.full(seeking.size, t), *points[:, seeking])
        status[seeking[np.isnan(here)]] = Status.NOT_CONVERGED
        rises = (before < 0) & (here >= 0)
        rises_after[seeking[rises]] = k - 1
        at_ends[:, seeking[rises]] = before[rises], here[rises]
        seeking, before = seeking[~rises], here[~rises]

    bracketed = np.flatnonzero(rises_after >= 0)
    if bracketed.size > 0:
        low = rises_after[bracketed]
        ends = search.grid[low], search.grid[low + 1]
        known: tuple[FloatArray, ...] = tuple(at_ends[:, bracketed])

        def between(t: FloatArray, *point: FloatArray) -> FloatArray:
            for end, value in zip(ends, known, strict=True):
                if np.array_equal(t, end):  # where the iteration begins
                    return value
            return at(t, *point)

        from scipy.optimize import elementwise  # half a second that only solutions need

        root = elementwise.find_root(
            between,
            ends,
            args=tuple(points[:, bracketed]),
            tolerances={"xatol": PRECISION / 2, "xrtol": 0.0},
        )
        solved = root.success & (np.abs(root.f_x) < AT_A_SOLUTION)
        found[bracketed] = np.where(solved, search.value(root.x), np.nan)
        unsolved = np.where(root.success, Status.NO_SOLUTION, Status.NOT_CONVERGED)
        status[bracketed] = np.where(solved, Status.OK, unsolved)
    return Outcome(found.reshape(shape), status.reshape(shape))
