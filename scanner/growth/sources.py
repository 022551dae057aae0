"""Which points of a scan another store has already: those at which everything that the value depends on is equal.

Coordinates are equal if every bit is: a value that differs by rounding is another point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import physics
from physics import Status
from scanner.errors import StoreError
from scanner.execution.block import BlockResult
from scanner.scan.config import ScanFile
from scanner.scan.grid import Axis, Grid
from scanner.scan.plan import BlockIndex, Family
from scanner.store.layout import status_name
from scanner.store.store import Store

__all__ = ["Match", "gathered", "match", "why_nothing"]

_LEFT_OUT = (Status.NOT_COMPUTED, Status.BLOCK_FAILED)  # 255 says what became of a process, and nothing of a point


@dataclass(frozen=True)
class Match:
    """Where a store has the points of an observable of another scan."""

    store: Store
    observable: str
    along: Mapping[str, NDArray[np.intp]]  # axis of the scan -> position in the store, for each value; -1: has none
    axes: tuple[str | int, ...]  # of the store's array: the axis of the scan that it is, or a position on it

    @property
    def points(self) -> int:
        """How many points of the scan the store's grid has."""
        found = 1
        for at in self.along.values():
            found *= int((at >= 0).sum())
        return found

    def read(self, family: Family, index: BlockIndex) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Values and statuses of a block, 0 where the store has none.

        Raises
        ------
        StoreError
            The store is damaged.
        """
        region = family.region(index)
        shape = tuple(s.stop - s.start for s in region)
        values, status = np.full(shape, np.nan), np.zeros(shape, dtype=np.uint8)
        positions = [self.along[d][s] for d, s in zip(family.dims, region, strict=True)]
        here = [np.flatnonzero(at >= 0) for at in positions]
        if not all(at.size for at in here):
            return values, status
        wanted = dict(zip(family.dims, (at[k] for at, k in zip(positions, here, strict=True)), strict=True))
        found = self._selected(status_name(self.observable), wanted).astype(np.uint8)
        found = np.where(np.isin(found, _LEFT_OUT), np.uint8(Status.NOT_COMPUTED), found)
        if not found.any():
            return values, status
        numbers = self._selected(self.observable, wanted)
        known = found != Status.NOT_COMPUTED
        if (known & ((found == Status.OK) != np.isfinite(numbers))).any():
            raise StoreError(
                f"{self.store.path}: values of {self.observable} disagree with their statuses: "
                f"lmutau verify {self.store.path}"
            )
        sides = tuple(k.size for k in here)
        status[np.ix_(*here)] = np.broadcast_to(found, sides)
        values[np.ix_(*here)] = np.broadcast_to(np.where(known, numbers, np.nan), sides)
        return values, status

    def _selected(self, name: str, wanted: Mapping[str, NDArray[np.intp]]) -> NDArray[Any]:
        """Part of an array of the store, on the axes of the scan; length one along those that it does not have."""
        mine = [axis for axis in self.axes if isinstance(axis, str)]
        selection = tuple(_run(wanted[axis]) if isinstance(axis, str) else slice(axis, axis + 1) for axis in self.axes)
        array = self.store.array(name)
        part = np.asarray(array.oindex[selection] if selection else array[...])
        part = part.reshape([wanted[axis].size for axis in mine])
        ordered = part.transpose([mine.index(d) for d in wanted if d in mine])
        return ordered.reshape([at.size if d in mine else 1 for d, at in wanted.items()])


def _run(positions: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """A slice where positions follow each other, which reads faster."""
    first, last = int(positions[0]), int(positions[-1])
    whole = last - first == positions.size - 1 and bool((np.diff(positions) == 1).all())
    return slice(first, last + 1) if whole else positions


def match(store: Store, scan: ScanFile, grid: Grid, family: Family, observable: str) -> Match | None:
    """Where a store has an observable of a scan; None where no point can be equal.

    What the store's values do not depend on, for the choices that it has, may be anything.
    """
    if why_nothing(store, scan, observable):
        return None
    theirs = next(f for f in store.families if observable in f.observables)
    known = store.scan.parameters_of(observable)
    along = {}
    for d in family.dims:
        mine = grid.axes[d].values
        if d in theirs.dims:
            along[d] = _positions(mine, store.grid.axes[d])
        elif d in known:
            along[d] = np.where(mine == held(store.scan, d), 0, -1)
        else:
            along[d] = np.zeros(mine.size, dtype=np.intp)
    axes: list[str | int] = []
    for d in theirs.dims:
        if d in family.dims:
            axes.append(d)
        elif d in scan.parameters_of(observable):
            axes.append(int(_positions(np.asarray([held(scan, d)]), store.grid.axes[d])[0]))
        else:
            axes.append(0)
    found = Match(store, observable, along, tuple(axes))
    return found if found.points and -1 not in axes else None


def why_nothing(store: Store, scan: ScanFile, observable: str) -> str:
    """Why a store can have no point of an observable of a scan, in words, as far as no axis is concerned."""
    theirs = store.scan
    if observable not in theirs.scan.observables:
        return f"it has no {observable}"
    bound = theirs.dependencies_of(observable)
    for p in {**theirs.bound, **scan.bound}:
        if p in bound | scan.dependencies_of(observable) and theirs.bound.get(p) != scan.bound.get(p):
            said = (f"bound to {f.bound[p]}" if p in f.bound else "not bound" for f in (theirs, scan))
            return f"{p} is {next(said)} there, and {next(said)} here"
    for p in theirs.parameters_of(observable):
        is_axis = p in theirs.grid.axes or p in scan.grid.axes
        if not is_axis and p in scan.parameters_of(observable) and held(theirs, p) != held(scan, p):
            return f"{p} = {held(theirs, p)} there, and {held(scan, p)} here"
    return ""


def held(scan: ScanFile, parameter: str) -> float | str:
    """The value of a parameter that is not an axis."""
    value = scan.fixed.get(parameter, physics.parameters()[parameter].default)
    assert value is not None, parameter  # the scan file was refused otherwise
    return value


def _positions(mine: NDArray[Any], axis: Axis) -> NDArray[np.intp]:
    """Where an axis has these very values; -1 where it does not."""
    there = {value: i for i, value in enumerate(axis.values.tolist())}
    return np.asarray([there.get(value, -1) for value in mine.tolist()], dtype=np.intp)


# --- several stores ---------------------------------------------------------------------------------------------------


def gathered(
    grid: Grid, family: Family, index: BlockIndex, matches: Mapping[str, Sequence[Match]]
) -> BlockResult | None:
    """What stores have of a block; None if nothing.

    Raises
    ------
    StoreError
        Two of them have different values for a point.
    """
    shape = tuple(s.stop - s.start for s in family.region(index))
    result = BlockResult(
        {name: np.full(shape, np.nan) for name in family.observables},
        np.zeros((len(family.observables), *shape), dtype=np.uint8),
    )
    for i, name in enumerate(family.observables):
        before: list[Match] = []
        for one in matches.get(name, ()):
            values, status = one.read(family, index)
            there = _better(status, result.status[i])
            both = (status != 0) & (result.status[i] != 0) & ~there & (status != Status.ERROR)
            different = both & ((status != result.status[i]) | (_bits(values) != _bits(result.values[name])))
            if different.any():
                _refuse(grid, family, index, one, before, different, (result.values[name], values))
            result.values[name] = np.where(there, values, result.values[name])
            result.status[i] = np.where(there, status, result.status[i])
            before.append(one)
    return result if result.status.any() else None


def _better(status: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there was nothing, or only an error, which may be that of a machine."""
    nothing = before == Status.NOT_COMPUTED
    better: NDArray[np.bool_] = (status != 0) & (nothing | ((before == Status.ERROR) & (status != Status.ERROR)))
    return better


def _bits(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Bits of numbers; those of NaN, which says nothing, are 0."""
    return np.where(np.isnan(values), np.uint64(0), values.view(np.uint64))


def _refuse(
    grid: Grid,
    family: Family,
    index: BlockIndex,
    one: Match,
    before: Sequence[Match],
    different: NDArray[np.bool_],
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    at = tuple(int(i) for i in np.argwhere(different)[0])
    coordinates = grid.values(family.dims, family.region(index))
    point = ", ".join(f"{d}={v[i].item()}" for (d, v), i in zip(coordinates.items(), at, strict=True))
    said = [f"{v[at].item()!r}" if np.isfinite(v[at]) else "no value" for v in values]
    others = " or ".join(str(m.store.path) for m in before)
    raise StoreError(
        f"{one.observable} at {point}: {said[0]} in {others}, {said[1]} in {one.store.path} "
        f"({int(different.sum()):,} points of this block differ). Decide which is right, and leave the other out: "
        "lmutau subset makes a store without some values of an axis"
    )
