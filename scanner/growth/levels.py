"""Refinement on three axes or more, where a contour passes every value of every axis: levels with holes.

A folder of stores: `level_0` is what was there; every further level has twice as many intervals on the axes, and only
those of its blocks are computed where a cell of the level before is crossed. Each is a store by itself, which can be
resumed, verified and plotted; together they are groups of a Zarr hierarchy that `xarray.open_datatree` opens.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics import Status
from scanner.errors import IncompleteError, SelectionError, StoreError
from scanner.growth.copying import Growth, grow, not_the_same_code
from scanner.growth.crossing import Around, crossed_cells, refined
from scanner.growth.part import part_of
from scanner.growth.selection import selected
from scanner.scan.config import ScanFile, validated
from scanner.scan.plan import Family, Plan, identity, make_plan
from scanner.store import seal
from scanner.store.elsewhere import folder, place
from scanner.store.layout import LEVELS, status_name
from scanner.store.store import Store
from scanner.view.projections import at_point, check_axes, slice_plane

__all__ = ["combined", "is_folder_of_levels", "levels_of", "refine_in_levels", "slice_levels"]

POINTS_PER_BLOCK = 625  # of a level: small, to follow the contour; more where there would be too many blocks
BLOCKS = 50_000
MAX_BYTES = 2**31  # of a slice, which is put together in memory

Compute = Callable[[Store], Any]


def is_folder_of_levels(path: str | Path) -> bool:
    """Whether `refine` has made levels there."""
    path = place(path)
    return (path / seal.ROOT).exists() and seal.read_root(path)["attributes"].get("schema") == LEVELS


def levels_of(path: str | Path) -> list[Store]:
    """The stores of a folder of levels, the coarsest first.

    Raises
    ------
    StoreError
        It is no such folder, or none of this machine.
    """
    path = folder(path)
    if not is_folder_of_levels(path):
        raise StoreError(f"{path}: no folder of levels: lmutau refine makes one")
    found: list[Store] = []
    while (path / f"level_{len(found)}" / seal.ROOT).exists():
        found.append(Store(path / f"level_{len(found)}"))
    return found


def refine_in_levels(
    source: Store,
    path: Path,
    around: Around,
    levels: int,
    axes: Sequence[str],
    compute: Compute,
) -> Growth:
    """`scanner.refine` on three axes or more; the folder appears under its name when all levels are computed."""
    draft = path.with_name(f"{path.name}.levels")
    how = {"how": "levels", "around": {around.observable: around.value}, "axes": list(axes)}
    _begin(draft, source, {**how, "levels": levels})
    store, grown = source, None
    for level in range(levels + 1):
        target = draft / f"level_{level}"
        if not target.exists():
            grown = _level(store, target, around, axes, level, {**how, "level": level})
        store = Store(target)
        if level:
            compute(store)
            store = Store(target)
        if next(store.pending(), None) is not None:
            raise IncompleteError(f"{target}: not all is computed; the same refinement again goes on with it")
    _consolidate(draft)
    draft.rename(path)
    store = Store(path / f"level_{levels}")
    values = sum(store.points(f) * len(f.observables) for f in store.families)
    return Growth(store, grown.copied if grown else 0, values, 0)


def _begin(draft: Path, source: Store, how: Mapping[str, Any]) -> None:
    """The folder that becomes the hierarchy, or the one that an interruption has left."""
    said = {"source": source.id, **{key: json.dumps(value) for key, value in how.items()}}
    attributes = {"schema": LEVELS, "title": source.title, **said}
    if draft.exists():
        there = seal.read_root(draft)["attributes"]
        if {key: there.get(key) for key in attributes} != attributes:
            raise StoreError(f"{draft}: left by another refinement that was interrupted; go on with that, or remove it")
        return
    draft.mkdir(parents=True)
    document = {"attributes": attributes, "zarr_format": 3, "node_type": "group"}
    seal.write_metadata(draft, ".", seal.sealed(document, "seal"))


def _consolidate(path: Path) -> None:
    """Copy all metadata into those of the folder, as Zarr does, so that readers need not look for groups."""
    document = seal.read_root(path)
    copies = {}
    for file in sorted(path.rglob(seal.ROOT)):
        if file.parent != path:
            node = json.loads(file.read_bytes())
            node.pop("consolidated_metadata", None)
            copies[file.parent.relative_to(path).as_posix()] = node
    document["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": copies}
    seal.write_metadata(path, ".", seal.sealed(document, "seal"))


def _level(
    before: Store,
    target: Path,
    around: Around,
    axes: Sequence[str],
    level: int,
    how: Mapping[str, Any],
) -> Growth:
    """One level, with the points that the one before has."""
    if level == 0:
        if (pending := next(before.pending(), None)) is not None:
            raise StoreError(f"{before.path}: {pending[0].name} is not complete; finish it: lmutau run {before.path}")
        plan = Plan(before.scan, before.families)
        not_the_same_code([before], here=identity(before.scan))
        return grow(target, plan, [before], how)
    scan = _finer(before, axes)
    plan = make_plan(scan)
    wanted = _wanted(before, around, axes, plan)
    if not wanted[around.family(before).name].any():
        raise StoreError(f"{before.path}: {around.observable} = {around.value:g} passes nowhere between its points")
    return grow(target, plan, [before], how, wanted=wanted)


def _finer(store: Store, axes: Sequence[str]) -> ScanFile:
    content = json.loads(store.attribute("scan_file"))
    for axis in axes:
        values = store.grid.axes[axis].values
        content["axes"][axis] = refined(store, axis, np.ones(values.size - 1, dtype=bool))
    points = max(
        math.prod(2 * n - 1 if d in axes else n for d, n in zip(f.dims, f.shape, strict=True)) for f in store.families
    )
    content["store"]["points_per_block"] = max(POINTS_PER_BLOCK, -(-points // BLOCKS))
    scan = validated(content, f"{store.path}, refined")
    for axis in axes:
        if len(scan.grid.axes[axis]) != 2 * len(store.grid.axes[axis]) - 1:
            raise SelectionError(f"{axis}: neighbours are so close that no number lies between them")
    return scan


# --- which blocks -----------------------------------------------------------------------------------------------------


def _wanted(before: Store, around: Around, axes: Sequence[str], plan: Plan) -> dict[str, NDArray[np.bool_]]:
    """Blocks of the next level that have a point of a cell that is crossed, family by family."""
    dims = around.family(before).dims
    wanted = {family.name: np.zeros(family.blocks_along, dtype=bool) for family in plan.families}
    for region, cells in crossed_cells(before, around, axes):
        if not cells.any():
            continue
        for family in plan.families:
            others = tuple(i for i, d in enumerate(dims) if d not in family.dims)
            shared = [(i, d) for i, d in enumerate(dims) if d in family.dims]
            here = np.argwhere(cells.any(axis=others))
            starts = {d: region[i].start for i, d in shared}
            at = {d: here[:, k] + starts[d] for k, (_, d) in enumerate(shared)}
            for corner in _corners(family, axes, at):
                wanted[family.name][corner] = True
    return wanted


def _corners(
    family: Family, axes: Sequence[str], at: Mapping[str, NDArray[np.intp]]
) -> Iterator[tuple[NDArray[np.intp] | slice, ...]]:
    """Blocks in which points of cells are: a cell spans three points of the next level, which may be in two blocks."""
    choices: list[list[NDArray[np.intp] | slice]] = []
    for d, side in zip(family.dims, family.block, strict=True):
        if d not in at:
            choices.append([slice(None)])
        elif d in axes:
            choices.append([(2 * at[d] + step) // side for step in (0, 1, 2)])
        else:
            choices.append([at[d] // side])
    return itertools.product(*choices)


# --- slices -----------------------------------------------------------------------------------------------------------


def combined(stores: Sequence[Store], names: Sequence[str], at: Mapping[str, NDArray[np.intp]]) -> xr.Dataset:
    """A part of the finest level, in which points that it has not computed come from the finest level that has.

    `<observable>_level` says which one; -1: none, for the point lies between those of coarse levels. Nothing is
    interpolated.

    Raises
    ------
    SelectionError
        It is too large to be put together.
    """
    finest = stores[-1]
    part = part_of(finest, names, at)
    if part.nbytes > MAX_BYTES:
        raise SelectionError(
            f"{part.nbytes:,} bytes of levels are more than {MAX_BYTES:,}: choose fewer points (--sel)"
        )
    part = part.load()
    for name in names:
        values, status = part[name].variable, part[status_name(name)].variable
        level = np.where(status.values != Status.NOT_COMPUTED, np.int8(len(stores) - 1), np.int8(-1))
        for number, store in reversed(list(enumerate(stores[:-1]))):
            dims = list(map(str, values.dims))
            here = [np.flatnonzero(np.isin(part[d].values, store.grid.axes[d].values)) for d in dims]
            there = tuple(np.flatnonzero(np.isin(store.grid.axes[d].values, part[d].values)) for d in dims)
            if not all(found.size for found in here):
                continue
            coarse = np.asarray(store.array(status_name(name)).oindex[there])
            new = (level[np.ix_(*here)] < 0) & (coarse != Status.NOT_COMPUTED)
            for array, found in ((values, store.array(name).oindex[there]), (status, coarse)):
                array.values[np.ix_(*here)] = np.where(new, found, array.values[np.ix_(*here)])
            level[np.ix_(*here)] = np.where(new, np.int8(number), level[np.ix_(*here)])
        said = {
            "long_name": f"level of {name}",
            "description": "which level the value is from; -1: not computed",
        }
        part[f"{name}_level"] = (values.dims, level, said)
    return part


def slice_levels(
    path: str | Path,
    observable: str,
    x: str,
    y: str,
    at: Mapping[str, float | str] | None = None,
    nearest: bool = False,
) -> xr.Dataset:
    """An observable in a plane of a folder of levels: each point from the finest level that has computed it.

    Points between those of a coarse level, where no finer one was computed, have no value: nothing is interpolated.

    Parameters
    ----------
    path : str or Path
        Folder of the levels.
    observable, x, y, at, nearest
        As for `scanner.slice_plane`; the nearest point is that of the finest level.

    Returns
    -------
    Dataset
        The observable on the grid of the finest level, and `level`: which one it is from, -1 for none.

    Raises
    ------
    SelectionError, StoreError
    """
    stores = levels_of(path)
    grid = stores[-1].grid
    check_axes(stores[-1].dataset(), [x, y, *(at or {})])
    part = combined(stores, [observable], selected({d: grid.axes[d].values for d in grid.dims}, at or {}, nearest))
    exact = {d: part[d].values[0].item() for d in at or {} if d in part.dims}
    plane = slice_plane(part, observable, x, y, exact)
    level = at_point(part[f"{observable}_level"], exact, keep=(x, y)).transpose(*plane.dims)
    return xr.Dataset({observable: plane, "level": level.variable}, attrs=part.attrs)
