"""Solving an observable for a parameter, at all points at a time.

The search looks along a grid for where the observable first rises through the wanted value, and interpolates the
inverse function there (Neville's scheme) through all that is known: about 10 evaluations of each point, 7 without a
lattice. Where it looks does not depend on which other points are solved, and it looks first where others do, too: what
an evaluation needs may be shared.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physics.core.branch import Search
from physics.core.status import FloatArray, Outcome, Status

__all__ = ["solve"]

PRECISION = 1e-10  # of the search variable
NEAR = 1e-8  # a step from a known value that is as precise: slopes are known to 1 % (a kink as close is not noticed)
STEEP = 100.0  # a slope that is none: there is a jump
AT_A_SOLUTION = 1e-3  # |ln(value/target)| beyond this is a jump across the target
AROUND = np.arange(-2, 3)  # cells of the grid whose ends are interpolated through, if they are known
LATTICE = np.arange(-1, 3)  # the same within a cell
ORDER = 7  # points that are interpolated through
HALVED_FROM = 5  # steps, after which every other one halves the interval

Lines = npt.NDArray[np.intp]
Function = Callable[[FloatArray, Lines], FloatArray]  # of the search variable, for some of the points


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

    def at(t: FloatArray, lines: Lines) -> FloatArray:
        values: FloatArray = ratio(search.value(t), *points[:, lines])
        return values

    grid = _Grid(at, search, points.shape[1])
    rises_after = grid.first_rise(np.flatnonzero(np.isfinite(points).all(axis=0)))  # a bound one may have no value
    status = np.where((grid.known & np.isnan(grid.values)).any(axis=0), Status.NOT_CONVERGED, Status.NO_SOLUTION)
    found = np.full(status.size, np.nan)
    lines = np.flatnonzero(rises_after >= 0)
    if lines.size > 0:
        t, off = _root(at, search, grid.cells(lines, rises_after[lines]))
        solved = np.abs(off) < AT_A_SOLUTION
        found[lines] = np.where(solved, search.value(t), np.nan)
        unsolved = np.where(np.isnan(off), Status.NOT_CONVERGED, Status.NO_SOLUTION)
        status[lines] = np.where(solved, Status.OK, unsolved)
    return Outcome(found.reshape(shape), status.astype(np.uint8).reshape(shape))


class _Grid:
    """What is known of the function on the grid of the search, (step, line)."""

    def __init__(self, at: Function, search: Search, lines: int) -> None:
        self.at, self.search = at, search
        self.values = np.full((search.grid.size, lines), np.nan)
        self.known = np.zeros(self.values.shape, dtype=bool)

    def look(self, k: Lines, lines: Lines) -> FloatArray:
        """Values at one step for each of these lines, computed where they are not known."""
        new = ~self.known[k, lines]
        if new.any():
            k_new, lines_new = k[new], lines[new]
            self.values[k_new, lines_new] = self.at(self.search.grid[k_new], lines_new)
            self.known[k_new, lines_new] = True
        return self.values[k, lines]

    def first_rise(self, lines: Lines) -> Lines:
        """The step after which the function first rises through 0; -1 if it does not, or for other lines.

        It falls again by so much at most: where it is below 0 by more, it has not risen before. Lines without a rise
        are looked at everywhere.
        """
        falls = np.broadcast_to(self.search.falls, self.search.grid.shape)
        rises_after = np.full(self.values.shape[1], -1)
        low = np.zeros(rises_after.size, dtype=np.intp)
        high = np.full(rises_after.size, np.count_nonzero(np.isfinite(falls)))
        while (seeking := lines[high[lines] - low[lines] > 1]).size > 0:
            k = (low[seeking] + high[seeking]) // 2
            below = self.look(k, seeking) < -falls[k]
            low[seeking[below]] = k[below]
            high[seeking[~below]] = k[~below]
        walking = lines
        k = low[lines]
        before = self.look(k, walking)
        while (inside := k + 1 < falls.size).any():
            walking, k, before = walking[inside], k[inside], before[inside]
            here = self.look(k + 1, walking)
            rises = (before < 0) & (here >= 0)
            rises_after[walking[rises]] = k[rises]
            walking, k, before = walking[~rises], k[~rises] + 1, here[~rises]
        without = lines[rises_after[lines] < 0]
        steps, of = np.nonzero(np.arange(falls.size)[:, np.newaxis] < low[without])
        self.look(steps, without[of])
        rises = (self.values[:-1, without] < 0) & (self.values[1:, without] >= 0)
        rises_after[without] = np.where(rises.any(axis=0), rises.argmax(axis=0), -1)
        return rises_after

    def cells(self, lines: Lines, after: Lines) -> _Cells:
        """The steps in which it rises, with what is known near them."""
        grid, ends = self.search.grid, np.stack([after, after + 1])
        k = after + AROUND[:, np.newaxis]
        there = np.clip(k, 0, grid.size - 1)
        r = np.where(there == k, self.values[there, lines], np.nan)
        nothing = np.empty((0, lines.size))
        cells = _Cells(lines, grid[ends], self.values[ends, lines], nothing, nothing)
        return cells.with_points(grid[there], r, self.search.no_solution_is)


@dataclass
class _Cells:
    """Where lines have a root: between two ends, with the function there, and at other points (row), nearest first."""

    lines: Lines
    ends: FloatArray
    values: FloatArray
    t: FloatArray
    r: FloatArray

    def only(self, which: npt.NDArray[np.bool_]) -> _Cells:
        """Some of the lines."""
        return _Cells(self.lines[which], *(a[:, which] for a in (self.ends, self.values, self.t, self.r)))

    def middle(self) -> FloatArray:
        """Of the ends."""
        return np.asarray(0.5 * (self.ends[0] + self.ends[1]))

    def guess(self) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """The root by interpolation, or the middle where that leads out of the cell; whether it needs no check."""
        root, (low, high) = _zero(self.t, self.r), self.ends
        close = (np.abs(root - self.t[0]) < NEAR) & (np.abs(self.r[0]) < STEEP * NEAR)
        return np.where(
            close, np.clip(root, low, high), np.where((root > low) & (root < high), root, self.middle())
        ), close

    def with_points(self, t: FloatArray, r: FloatArray, wall: float) -> _Cells:
        """The cells up to the first rise; NaN: nothing new, or what there is is no number."""
        (low, high), (of_low, of_high) = self.ends, self.values
        for new, value in zip(t[::-1], r[::-1], strict=True):
            risen = (value >= 0) & (new > low) & (new < high)
            high, of_high = np.where(risen, new, high), np.where(risen, value, of_high)
        for new, value in zip(t, r, strict=True):
            below = (value < 0) & (new > low) & (new < high)
            low, of_low = np.where(below, new, low), np.where(below, value, of_low)
        t, r = np.concatenate([self.t, t]), np.concatenate([self.r, r])
        nearest = np.argsort(np.abs(np.where(r == wall, np.nan, r)), axis=0, kind="stable")[:ORDER]
        t, r = np.take_along_axis(t, nearest, axis=0), np.take_along_axis(r, nearest, axis=0)
        return _Cells(self.lines, np.stack([low, high]), np.stack([of_low, of_high]), t, np.where(r == wall, np.nan, r))


def _zero(t: FloatArray, r: FloatArray) -> FloatArray:
    """Where r(t) = 0: the inverse function by Neville's scheme, through as many points as it settles with."""
    best, change = np.full(t.shape[1], np.nan), np.full(t.shape[1], np.inf)
    through, last = t, t[0]
    for n in range(1, t.shape[0]):
        with np.errstate(divide="ignore", invalid="ignore"):  # equal values lead nowhere
            through = (r[n:] * through[:-1] - r[:-n] * through[1:]) / (r[n:] - r[:-n])
        settles = np.abs(through[0] - last) < change
        best, change = np.where(settles, through[0], best), np.where(settles, np.abs(through[0] - last), change)
        last = through[0]
    return best


def _root(at: Function, search: Search, cells: _Cells) -> tuple[FloatArray, FloatArray]:
    """Roots in cells, and the function next to them; NaN where it cannot be computed on the way."""
    result, off = np.full((2, cells.lines.size), np.nan)
    going = np.arange(cells.lines.size)
    if search.shared is not None:
        cells = _with_lattice(at, search, search.shared, cells)
    for step in itertools.count(1):
        guess, close = cells.guess()
        if step > HALVED_FROM and step % 2 == 0:
            guess = np.where(close, guess, cells.middle())
        narrow = cells.ends[1] - cells.ends[0] < PRECISION
        nearer = np.argmin(np.abs(cells.values), axis=0), np.arange(going.size)
        result[going] = np.where(close, guess, cells.ends[nearer])
        off[going] = np.where(close, cells.r[0], cells.values[nearer])
        more = ~(close | narrow)
        going, cells, guess = going[more], cells.only(more), guess[more]
        if going.size == 0:
            break
        value = at(guess, cells.lines)
        failed = np.isnan(value)
        off[going[failed]] = np.nan
        cells = cells.with_points(guess[np.newaxis], value[np.newaxis], search.no_solution_is).only(~failed)
        going = going[~failed]
    return result, off


def _with_lattice(at: Function, search: Search, spacing: float, cells: _Cells) -> _Cells:
    """With the function at the points of a lattice around each root."""
    low, width = cells.ends[0], cells.ends[1] - cells.ends[0]
    parts = 2 ** np.maximum(np.ceil(np.log2(width / spacing)), 0)
    i = np.floor((cells.guess()[0] - low) / width * parts) + LATTICE[:, np.newaxis]
    t = low + width * (i / parts)
    inside = (i > 0) & (i < parts)
    r = np.full(t.shape, np.nan)
    if inside.any():
        r[inside] = at(t[inside], np.broadcast_to(cells.lines, t.shape)[inside])
    return cells.with_points(t, r, search.no_solution_is)
