"""What an answer reads of a store: the observables of its constraints, tile by tile."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics.inference.constraints import Constraint
from scanner.errors import SelectionError
from scanner.view.projections import check_axes, status_of
from scanner.view.silence import refused_in

__all__ = ["Grid", "Observable", "Region", "grid_of"]

TILE_POINTS = 500_000  # enough that reading costs more than asking for it; a few arrays of 4 MB in each thread
SMALL = 2_000_000  # observables with fewer points are read once, whole

Region = dict[str, slice]


@dataclass(frozen=True)
class Observable:
    """An observable, its statuses and where choices are refused, in the order of the axes of the answer."""

    name: str
    values: xr.Variable
    status: xr.Variable
    refused: xr.Variable  # on axes that are names alone

    @property
    def dims(self) -> tuple[str, ...]:
        """Its axes."""
        return tuple(map(str, self.values.dims))

    def read(
        self, region: Region, dims: Sequence[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]]:
        """Values, statuses and refusals of a tile, with an axis of length one where there is none."""

        def part(variable: xr.Variable) -> NDArray[Any]:
            here = {d: region[d] for d in dims if d in variable.dims}
            shape = [region[d].stop - region[d].start if d in here else 1 for d in dims]
            return np.asarray(variable.isel(here).values).reshape(shape)

        return part(self.values), part(self.status), part(self.refused)


@dataclass(frozen=True)
class Grid:
    """The axes on which the constraints depend, those that are kept first, and how they are cut into tiles."""

    onto: tuple[str, ...]
    dims: tuple[str, ...]
    sizes: Mapping[str, int]
    sides: Mapping[str, int]  # of a tile
    observables: Mapping[str, Observable]

    @property
    def others(self) -> tuple[str, ...]:
        """The axes that are profiled and integrated away."""
        return self.dims[len(self.onto) :]

    @property
    def points(self) -> int:
        """How many points the grid has."""
        return math.prod(self.sizes[d] for d in self.dims)

    def tiles(self) -> Iterator[Region]:
        """The parts of the grid that are looked at one by one."""
        for starts in itertools.product(*(range(0, self.sizes[d], self.sides[d]) for d in self.dims)):
            yield {d: slice(s, min(s + self.sides[d], self.sizes[d])) for d, s in zip(self.dims, starts, strict=True)}


def grid_of(ds: xr.Dataset, constraints: Sequence[Constraint], onto: Sequence[str]) -> Grid:
    """The grid on which constraints hold together.

    Raises
    ------
    SelectionError
        No axes to keep, one twice, or one that the store does not have.
    """
    check_axes(ds, onto)
    if not onto or len(set(onto)) < len(onto):
        raise SelectionError(f"onto = {', '.join(onto) or 'nothing'}: name different axes, such as m_X,g_X")
    names = dict.fromkeys(c.observable for c in constraints)
    needed = {d for name in names for d in map(str, ds[name].dims)}
    order = [str(d) for d in ds.dims if d in needed]
    dims = (*onto, *(d for d in order if d not in onto))
    observables = {name: _observable(ds, name, dims) for name in names}
    sizes = {d: int(ds.sizes[d]) for d in dims}
    largest = max(names, key=lambda name: ds[name].size)
    return Grid(tuple(onto), dims, sizes, _sides(ds[largest], dims, sizes), observables)


def _observable(ds: xr.Dataset, name: str, dims: Sequence[str]) -> Observable:
    order = [d for d in dims if d in ds[name].dims]
    values, status = (array.variable.transpose(*order) for array in (ds[name], status_of(ds, name)))
    if values.size <= SMALL:
        values, status = values.load(), status.load()
    refused = refused_in(ds, name).variable
    return Observable(name, values, status, refused.transpose(*(d for d in order if d in refused.dims)))


def _sides(largest: xr.DataArray, dims: Sequence[str], sizes: Mapping[str, int]) -> dict[str, int]:
    """A tile's sides: of so many whole chunks of the largest observable as are not too much, at least of one."""
    chunks: Any = largest.encoding.get("chunks") or [c[0] for c in largest.chunks or ()] or largest.shape
    sides = dict(sizes) | {str(d): min(int(c), sizes[str(d)]) for d, c in zip(largest.dims, chunks, strict=True)}
    while math.prod(sides.values()) > TILE_POINTS:
        longest = max(sides, key=lambda d: sides[d])
        sides[longest] = -(-sides[longest] // 2)
    for d in reversed(dims):  # the last axes first: they are contiguous
        whole = -(-sizes[d] // sides[d])
        room = TILE_POINTS // math.prod(sides.values())
        sides[d] = min(sizes[d], sides[d] * min(whole, max(room, 1)))
    return sides
