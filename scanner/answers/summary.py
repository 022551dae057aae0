"""What limits leave of a scan: how many points, where, which is best, which limit matters.

All points of the grid count alike. It is read tile by tile: 1e8 points need no more memory than 1e6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics import Status
from physics.inference.constraint_sets import one_of_each
from physics.inference.constraints import Constraint, constraints
from scanner.answers.inputs import Grid, Region, grid_of
from scanner.answers.judge import judged
from scanner.errors import SelectionError

__all__ = ["Count", "Point", "Summary", "summarise"]

BEST = 5  # points that are listed

Mask = NDArray[np.bool_]


@dataclass
class Count:
    """Points of a constraint: `points` and `inside` on its own axes, the others on all axes."""

    constraint: Constraint
    counts: bool  # it is one of the limits that hold together
    points: int
    inside: int = 0
    excludes: int = 0  # its value is outside
    alone: int = 0  # and those of all other limits are there and inside
    with_it: int = 0  # of a hint: points that respect all limits, but for alternatives of it, and agree


@dataclass(frozen=True)
class Point:
    """A point that respects all limits."""

    at: dict[str, Any]
    minus_two_ln_l: float
    tightest: str  # the limit whose end is nearest, by factor
    times_limit: float


@dataclass
class Summary:
    """What the limits leave."""

    points: int
    limits: tuple[str, ...]
    counts: dict[str, Count]
    axes: dict[str, NDArray[Any]]
    survive: dict[str, Mask]  # by axis: the values at which some point respects all limits
    surviving: int = 0
    excluded: int = 0  # outside of one limit at least; what is left lacks a value
    not_computed: int = 0  # of those that lack one
    best: list[Point] = field(default_factory=list)

    @property
    def excludes_most(self) -> Count | None:
        """The limit that excludes most points; None where none excludes any."""
        return self._first("excludes")

    @property
    def excludes_alone(self) -> Count | None:
        """The limit that excludes most points that no other one does."""
        return self._first("alone")

    def _first(self, what: str) -> Count | None:
        counting = [c for c in self.counts.values() if c.counts and getattr(c, what)]
        return max(counting, key=lambda c: getattr(c, what), default=None)


def summarise(
    ds: xr.Dataset,
    limits: Sequence[str],
    beside: Sequence[str] = (),
    summed: Sequence[str] = (),
    on_survivors: Callable[[list[Point]], None] | None = None,
) -> Summary:
    """Look at all points of a scan.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    limits : sequence of str
        Constraints that hold together.
    beside : sequence of str
        Others, to be counted on their own; a hint also together with the limits.
    summed : sequence of str
        Of both: constraints whose -2 ln L say which points are best.
    on_survivors : callable, optional
        Gets the points that respect all limits, tile by tile.

    Raises
    ------
    SelectionError
        No constraints are given.
    """
    rows = [constraints()[name] for name in dict.fromkeys([*limits, *beside])]
    if not rows:
        raise SelectionError("no observable of a constraint is there; name constraints, or scan their observables")
    needed = {str(d) for c in rows for d in ds[c.observable].dims}
    dims = [str(d) for d in ds.dims if str(d) in needed] or [str(next(iter(ds.dims)))]
    grid = grid_of(ds, rows, dims)
    axes = {d: ds[d].values for d in grid.dims}
    counts = {c.name: Count(c, c.name in limits, int(ds[c.observable].size)) for c in rows}
    found = Summary(
        grid.points, tuple(limits), counts, axes, {d: np.zeros(len(values), bool) for d, values in axes.items()}
    )
    for region in grid.tiles():
        tile = _Tile(grid, region, rows, limits, summed)
        _add(found, tile)
        found.best = sorted([*found.best, *tile.best(axes)], key=lambda p: p.minus_two_ln_l)[:BEST]
        if on_survivors is not None:
            for some in tile.survivors(axes):
                on_survivors(some)
    for c in found.counts.values():  # on its own axes so far
        c.excludes *= found.points // c.points
    return found


class _Tile:
    """Masks and likelihoods of a part of the grid; each with an axis of length one where it does not depend on it."""

    def __init__(
        self, grid: Grid, region: Region, rows: Sequence[Constraint], limits: Sequence[str], summed: Sequence[str]
    ) -> None:
        self.grid, self.region, self.limits = grid, region, limits
        self.shape = tuple(region[d].stop - region[d].start for d in grid.dims)
        self.rows = {c.name: c for c in rows}
        self.outside: dict[str, Mask] = {}
        self.lacking: dict[str, Mask] = {}
        self.values: dict[str, NDArray[np.float64]] = {}
        self.not_computed = np.zeros((), bool)
        read = {name: observable.read(region, grid.dims) for name, observable in grid.observables.items()}
        total: list[Any] = [np.zeros(())]
        for c in rows:
            values, status, refused = read[c.observable]
            m2lnL, self.outside[c.name], self.lacking[c.name] = judged(c, values, status, refused)
            self.values[c.name] = np.where(status == Status.OK, values, np.nan)
            if c.name in limits:
                self.not_computed = self.not_computed | (status == Status.NOT_COMPUTED)
            if c.name in summed:
                total.append(m2lnL)
        self.total = reduce(np.add, sorted(total, key=np.size))
        self.outside_of = self._number(self.outside, limits)
        self.lacking_of = self._number(self.lacking, limits)
        self.surviving = np.broadcast_to((self.outside_of == 0) & (self.lacking_of == 0), self.shape)

    def _number(self, masks: Mapping[str, Mask], names: Sequence[str]) -> NDArray[np.int16]:
        """At how many of the constraints a point is in the mask, the small arrays first."""
        parts: list[Any] = [masks[name].astype(np.int16) for name in names]
        return reduce(np.add, sorted(parts, key=np.size), np.zeros((), np.int16))

    def holding(self, names: Sequence[str]) -> Mask:
        """Where all of the constraints have a value, which is inside."""
        held: Mask = (self._number(self.outside, names) == 0) & (self._number(self.lacking, names) == 0)
        return held

    def count(self, mask: Mask) -> int:
        """How many points of the tile are in a mask."""
        return int(mask.sum()) * (int(np.prod(self.shape)) // mask.size)

    def survivors(self, axes: Mapping[str, NDArray[Any]], at_once: int = 10_000) -> Iterator[list[Point]]:
        """The points that respect all limits, some at a time."""
        found = np.flatnonzero(self.surviving)
        for start in range(0, found.size, at_once):
            yield self._points(found[start : start + at_once], axes)

    def best(self, axes: Mapping[str, NDArray[Any]]) -> list[Point]:
        """Those with the smallest -2 ln L."""
        found = np.flatnonzero(self.surviving)
        if found.size > BEST:
            total = np.broadcast_to(self.total, self.shape)[np.unravel_index(found, self.shape)]
            found = found[np.argsort(total, kind="stable")[:BEST]]
        return self._points(found, axes)

    def _points(self, flat: NDArray[np.intp], axes: Mapping[str, NDArray[Any]]) -> list[Point]:
        where = np.unravel_index(flat, self.shape)
        coordinates = {d: axes[d][self.region[d]][i].tolist() for d, i in zip(self.grid.dims, where, strict=True)}
        total = np.broadcast_to(self.total, self.shape)[where].tolist()
        names = ["", *self.limits]  # the first is that of a point about which no limit says how near it is
        factors = np.full((len(names), len(flat)), -np.inf)
        for row, name in zip(factors[1:], self.limits, strict=True):
            values = np.broadcast_to(self.values[name], self.shape)[where]
            row[:] = np.nan_to_num(self.rows[name].excess(values), nan=-np.inf)
        tightest = factors.argmax(axis=0)
        return [
            Point({d: values[i] for d, values in coordinates.items()}, total[i], names[k], float(factors[k, i]))
            for i, k in enumerate(tightest.tolist())
        ]


def _add(found: Summary, tile: _Tile) -> None:
    """Count the points of a tile."""
    found.surviving += tile.count(tile.surviving)
    found.excluded += tile.count(tile.outside_of > 0)
    found.not_computed += tile.count(tile.not_computed)
    if tile.surviving.any():
        for i, d in enumerate(tile.grid.dims):
            others = tuple(j for j in range(len(tile.shape)) if j != i)
            found.survive[d][tile.region[d]] |= tile.surviving.any(axis=others)
    alone = (tile.outside_of == 1) & (tile.lacking_of == 0)
    for name, count in found.counts.items():
        dims = tile.grid.observables[count.constraint.observable].dims
        outside, lacking = tile.outside[name], tile.lacking[name]
        if all(tile.region[d].start == 0 for d in tile.grid.dims if d not in dims):
            count.inside += int((~(outside | lacking)).sum())
            count.excludes += int(outside.sum())
        if count.counts and outside.any():
            count.alone += tile.count(alone & outside)
        if count.constraint.kind == "hint":
            count.with_it += tile.count(tile.holding(one_of_each([*found.limits, name], prefer=[name])))
