"""Refinement of one or two axes around a contour: a store with more values of these axes, all else as it was.

Every level is a store that is extended and computed: its points are all points of the next one, so that nothing is
computed twice. Those in between stand beside the last one, and are removed in the end.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scanner.errors import IncompleteError, SelectionError, StoreError
from scanner.growth.copying import Growth
from scanner.growth.crossing import Around, axes_to_refine, crossed, refined
from scanner.growth.levels import refine_in_levels
from scanner.growth.stores import extended, opened
from scanner.paths import local
from scanner.scan.config import ScanFile, validated
from scanner.store import here
from scanner.store.runlog import log_of
from scanner.store.store import Store

__all__ = ["refine"]

MAX_LEVELS = 20
RECTILINEAR = 2  # axes; a contour in more passes every value of each


def refine(
    source: Store | str | Path,
    path: str | Path,
    around: Mapping[str, float],
    *,
    levels: int = 1,
    axes: Sequence[str] = (),
    compute: Callable[[Store], Any] = here.compute,
) -> Growth:
    """Make a store that is finer where an observable has a value, or begins or ends to have one, and compute it.

    One or two axes get a value in the middle of every interval through which the contour passes, once for each level;
    middles are taken in the axis's own spacing, which is log|mass_ratio - 1/2| near the resonance. With more axes than
    two, a folder of levels is made instead (`scanner.growth.levels`).

    Parameters
    ----------
    source : Store, str or Path
        Complete; only read.
    path : str or Path
        Folder of the new store.
    around : mapping
        One observable and its value: {"relic_density": 0.12}.
    levels : int
        How often to halve intervals.
    axes : sequence of str
        Those to refine; default: all with numbers that the observable depends on.
    compute : callable
        Computes what is pending of a store; by default in this process. `scanner.run` with a client does, too.

    Returns
    -------
    Growth
        Of the finest level.

    Raises
    ------
    SelectionError
        An observable, a value or an axis that will not do.
    StoreError
        The source is not complete, or the contour passes nowhere.

    Examples
    --------
    >>> import scanner, tempfile
    >>> axes = ["axes.m_X.values=[5, 10, 20, 40]", "axes.g_X.values=[5e-4]", 'scan.observables=["delta_a_mu"]']
    >>> plan = scanner.make_plan(scanner.load_scan("quick", axes))
    >>> store = scanner.Store.create(f"{tempfile.mkdtemp()}/a.zarr", plan)
    >>> here.compute(store)
    >>> fine = scanner.refine(store, store.path.with_name("b.zarr"), {"delta_a_mu": 2e-9}, levels=2).store
    >>> fine.grid.axes["m_X"].values.round(2).tolist()
    [5.0, 10.0, 20.0, 23.78, 28.28, 40.0]
    """
    source, path = opened(source), local(path)
    if not 1 <= levels <= MAX_LEVELS:
        raise SelectionError(f"levels = {levels}: from 1 to {MAX_LEVELS}")
    contour = Around.of(source, around)
    chosen = axes_to_refine(source, contour, axes)
    if path.exists() and not (len(chosen) <= RECTILINEAR and _is_unfinished(path)):
        raise StoreError(f"{path}: exists already; choose another name")
    if len(chosen) > RECTILINEAR:
        return refine_in_levels(source, path, contour, levels, chosen, compute)
    how = {"how": "refine", "of": source.id, "around": dict(around), "levels": levels, "axes": chosen}
    before: list[Path] = []
    store, copied = source, 0
    for level in range(1, levels + 1):
        scan = _finer(store, contour, chosen)
        target = path if level == levels else path.with_name(f"{path.name}.level{level}")
        if target.exists():
            copied, store = _values(store), _same(target, scan)
        else:
            grown = extended(store, target, scan, how)
            copied, store = grown.copied, grown.store
        compute(store)
        store = Store(target)
        if next(store.pending(), None) is not None:
            raise IncompleteError(f"{target}: not all is computed; the same refinement again goes on with it")
        if target != path:
            before.append(target)
    for old in before:
        shutil.rmtree(old)
        log_of(old).unlink(missing_ok=True)
    return Growth(store, copied, _values(store), 0)


def _values(store: Store) -> int:
    return sum(store.points(family) * len(family.observables) for family in store.families)


def _is_unfinished(path: Path) -> bool:
    """Whether an interruption may have left it."""
    return (path / "zarr.json").is_file() and Store(path).attribute("state") != "complete"


def _finer(store: Store, around: Around, axes: Sequence[str]) -> ScanFile:
    content = json.loads(store.attribute("scan_file"))
    for axis, where in crossed(store, around, axes).items():
        content["axes"][axis] = refined(store, axis, where)
    return validated(content, f"{store.path}, refined")


def _same(target: Path, scan: ScanFile) -> Store:
    """What an interruption has left, if it is the level that is wanted."""
    store = Store(target)
    if any(not np.array_equal(store.grid.axes[d].values, scan.grid.axes[d].values) for d in scan.grid.dims):
        raise StoreError(f"{target}: left by another refinement that was interrupted; go on with that, or remove it")
    return store
