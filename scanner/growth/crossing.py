"""Where a contour, or the edge of where there are values, passes through the grid of a store; and what lies between.

A cell, spanned by neighbours on the axes that are refined, is crossed if its corners are not all alike: of the same
side of the contour, or without value for the same reason. Blocks are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics import Status
from physics.core.errors import suggestion
from scanner.answers.priors import RESONANCE
from scanner.errors import SelectionError, StoreError
from scanner.scan.plan import Family
from scanner.store.layout import status_name
from scanner.store.store import Store

__all__ = ["Around", "axes_to_refine", "between", "crossed", "crossed_cells", "refined"]

_BELOW, _ABOVE, _WITHOUT = 0, 1, 10


@dataclass(frozen=True)
class Around:
    """A contour: an observable, and its value there."""

    observable: str
    value: float

    @classmethod
    def of(cls, store: Store, around: Mapping[str, float]) -> Around:
        """One that a store can have.

        Raises
        ------
        SelectionError
            It has no such observable, or more than one is named.
        """
        if len(around) != 1:
            raise SelectionError(f"around = {dict(around)}: name one observable and its value, relic_density=0.12")
        ((name, value),) = around.items()
        there = store.scan.scan.observables
        if name not in there:
            raise SelectionError(f"{store.path} has no observable {name!r}{suggestion(name, there)}")
        if not np.isfinite(value):
            raise SelectionError(f"around {name} = {value}: a finite number is needed")
        return cls(name, float(value))

    def family(self, store: Store) -> Family:
        """The family of the observable."""
        return next(f for f in store.families if self.observable in f.observables)


def axes_to_refine(store: Store, around: Around, wanted: Sequence[str]) -> tuple[str, ...]:
    """The axes to refine: those that are named, else all of numbers that the observable depends on.

    Raises
    ------
    SelectionError
        The observable does not depend on one, or it has names, or one value.
    """
    family = around.family(store)
    able = [d for d in family.dims if not store.grid.axes[d].is_categorical and len(store.grid.axes[d]) > 1]
    for axis in wanted:
        if axis not in able:
            raise SelectionError(
                f"{axis} cannot be refined around {around.observable}: it needs two numbers or more on an axis that "
                f"the observable depends on ({', '.join(able) or 'there is none'}){suggestion(axis, able)}"
            )
    if not able:
        raise SelectionError(f"{around.observable} depends on no axis of {store.path} with two numbers or more")
    return tuple(d for d in able if d in wanted or not wanted)


def crossed_cells(
    store: Store, around: Around, axes: Sequence[str]
) -> Iterator[tuple[tuple[slice, ...], NDArray[np.bool_]]]:
    """Parts of the grid, and which of their cells are crossed; along other axes a cell is one position.

    A cell of which a corner was not computed is not crossed: that is so in blocks of a level that are left out.
    """
    family = around.family(store)
    for index in store.blocks(family):
        region = tuple(
            slice(s.start, min(s.stop + (d in axes), n))
            for d, s, n in zip(family.dims, family.region(index), family.shape, strict=True)
        )
        status = np.asarray(store.array(status_name(around.observable))[region])
        values = np.asarray(store.array(around.observable)[region])
        kind = np.where(values < around.value, _BELOW, _ABOVE)
        kind = np.where(status == Status.OK, kind, _WITHOUT + status.astype(int))
        missing, low, high = status == Status.NOT_COMPUTED, kind, kind
        for number, d in enumerate(family.dims):
            if d in axes:
                missing = np.logical_or(*_neighbours(missing, number))
                low, high = np.minimum(*_neighbours(low, number)), np.maximum(*_neighbours(high, number))
        yield region, (low != high) & ~missing


def _neighbours(array: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """All but the last, and all but the first, along an axis."""
    n = array.shape[axis]
    return array.take(range(n - 1), axis), array.take(range(1, n), axis)


def crossed(store: Store, around: Around, axes: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """Which intervals of axes belong to a cell that is crossed, anywhere on the other axes.

    Raises
    ------
    StoreError
        Blocks are missing, or no cell is crossed.
    """
    family = around.family(store)
    if any(one.name == family.name for one, _ in store.pending()):
        raise StoreError(
            f"{store.path}: not all of {around.observable} is computed; finish it: lmutau run {store.path}"
        )
    found = {d: np.zeros(len(store.grid.axes[d]) - 1, dtype=bool) for d in axes}
    for region, cells in crossed_cells(store, around, axes):
        for number, d in enumerate(family.dims):
            if d in axes:
                here = cells.any(axis=tuple(i for i in range(cells.ndim) if i != number))
                start = region[number].start
                found[d][start : start + here.size] |= here
    if not any(flags.any() for flags in found.values()):
        raise StoreError(
            f"{store.path}: {around.observable} = {around.value:g} passes nowhere between points of its grid, and "
            "there is a value everywhere: nothing to refine"
        )
    return found


# --- between two values -----------------------------------------------------------------------------------------------


def refined(store: Store, axis: str, where: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Ranges of an axis, as a scan file has them, with a value more in every interval that is named."""
    values, ranges = store.grid.axes[axis].values, store.scan_file["axes"][axis]
    middle = between(values, centre_of(axis, ranges))
    new = middle[where & (middle > values[:-1]) & (middle < values[1:])]
    return [*ranges, {"values": new.tolist()}] if new.size else ranges


def centre_of(axis: str, ranges: Sequence[Mapping[str, Any]]) -> float | None:
    """Where the logarithm of the distance is spaced evenly: the axis's own spacing; None where values themselves are.

    That is the resonance for mass_ratio. Else the first range says it, which a refinement leaves as it was: a
    geomspace has it at its offset; values have it at 0, if their ratios are more even than their differences.

    >>> centre_of("m_X", [{"geomspace": [1, 10, 3], "offset": 0.0}, {"values": [4.0]}])
    0.0
    >>> centre_of("m_X", [{"values": [1.0, 2.0, 3.0]}]), centre_of("mass_ratio", [{"values": [0.4, 0.6]}])
    (None, 0.5)
    """
    if axis == "mass_ratio":
        return RESONANCE
    first = ranges[0]
    if "values" not in first:
        return float(first.get("offset", 0.0)) if "geomspace" in first else None
    values = np.asarray(first["values"]) + first.get("offset", 0.0)
    if values.size > 2 and (values > 0).all() and _unevenness(np.log(values)) >= _unevenness(values):
        return None
    return 0.0


def between(values: NDArray[np.float64], centre: float | None) -> NDArray[np.float64]:
    """The middle of every interval; the plain one where the centre is an end of the interval, or inside.

    >>> between(np.array([0.5, 0.501, 0.51]), 0.5).round(6).tolist(), between(np.array([1.0, 2.0, 3.0]), None).tolist()
    ([0.5005, 0.503162], [1.5, 2.5])
    """
    low, high = values[:-1], values[1:]
    plain: NDArray[np.float64] = low + (high - low) / 2
    if centre is None:
        return plain
    distance = (low - centre) * (high - centre)
    one_side = distance > 0
    side = np.where(low >= centre, 1.0, -1.0)
    return np.where(one_side, centre + side * np.sqrt(np.where(one_side, distance, 0.0)), plain)


def _unevenness(values: NDArray[np.float64]) -> float:
    steps = np.diff(values)
    return float(steps.std() / steps.mean())
