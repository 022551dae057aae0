"""Stores made of stores: `extend` to more points, `merge` parts, take a `subset`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.errors import suggestion
from scanner.errors import PlanMismatchError, ScanFileError, SelectionError, StoreError
from scanner.growth.copying import Growth, grow, not_the_same_code
from scanner.growth.selection import Wanted, selected
from scanner.scan.config import ScanFile, validated
from scanner.scan.overrides import overridden
from scanner.scan.plan import digest, identity, make_plan
from scanner.store.store import Store

__all__ = ["extend", "extended", "merge", "opened", "subset", "widened"]

SAME = 1e-12  # values of an axis that differ by less differ by rounding
_CODE = ("versions", "git", "plugins")

OnBlock = Callable[[int, int], None] | None


def extend(
    source: Store | str | Path, path: str | Path, scan: ScanFile | Sequence[str], *, on_block: OnBlock = None
) -> Growth:
    """Make the store of a larger scan, with the points that a store has already: copied, bit by bit, with statuses.

    `scanner.run`, or `lmutau run`, computes the others. More values of an axis, a new axis, other observables: any scan
    will do that shares points. The source is only read. If this is interrupted, the same call goes on with it.

    Parameters
    ----------
    source : Store, str or Path
        Complete or not.
    path : str or Path
        Folder of the new store.
    scan : ScanFile, or sequence of str
        What the new store will hold: a scan, or overrides of that of the source, as `load_scan` takes them.
    on_block : callable, optional
        Hears how many blocks have been looked at, and of how many.

    Returns
    -------
    Growth
        The store, how many values were copied, how many blocks are left to compute.

    Raises
    ------
    PlanMismatchError
        The source was computed with other physics code, plugins or readings than are here.
    StoreError
        The two share no point; something is at that path; or the source is damaged.

    Examples
    --------
    >>> import scanner, tempfile
    >>> from scanner.store.here import compute
    >>> folder = tempfile.mkdtemp()
    >>> axes = ["axes.m_X.values=[5, 23]", "axes.g_X.values=[1e-4]", 'scan.observables=["delta_a_mu"]']
    >>> small = scanner.Store.create(f"{folder}/small.zarr", scanner.make_plan(scanner.load_scan("quick", axes)))
    >>> compute(small)
    >>> grown = scanner.extend(small, f"{folder}/large.zarr", ["axes.m_X.values=[5, 10, 23]"])
    >>> grown.copied, grown.values, grown.pending
    (2, 3, 1)
    >>> compute(grown.store)
    >>> grown.store.attribute("state")
    'complete'
    """
    store = opened(source)
    if not isinstance(scan, ScanFile):
        scan = validated(overridden(json.loads(store.attribute("scan_file")), scan), f"{store.path}, extended")
    return extended(store, path, scan, {"how": "extend"}, on_block)


def extended(
    store: Store, path: str | Path, scan: ScanFile, how: Mapping[str, Any], on_block: OnBlock = None
) -> Growth:
    """`extend`, for a reason that the store's record has."""
    not_the_same_code([store], here=identity(scan))
    if (there := store.scan.reading.name) != (here := scan.reading.name):
        raise PlanMismatchError(
            f"{store.path}: follows the readings {there}, and the new scan {here}: its values are others. "
            f"Choose scan.readings = {there!r}, or run the new scan by itself"
        )
    return grow(path, make_plan(scan), [store], how, on_block=on_block)


def merge(sources: Sequence[Store | str | Path], path: str | Path, *, on_block: OnBlock = None) -> Growth:
    """Make one store of several that hold parts of one scan: parts of axes, other observables, other blocks.

    Axes become the union of those of the parts; what no part has is left to `lmutau run`.

    Parameters
    ----------
    sources : sequence of Store, str or Path
        Two or more, complete or not, of scans that agree in all but the values of axes and the observables.
    path : str or Path
        Folder of the new store.
    on_block : callable, optional
        See `extend`.

    Returns
    -------
    Growth

    Raises
    ------
    PlanMismatchError
        They are not parts of one scan.
    StoreError
        Two parts have different values for a point, which is named.
    """
    stores = [opened(source) for source in sources]
    if len(stores) < 2:
        raise StoreError("two stores or more are needed to merge")
    not_the_same_code(stores)
    _check_parts(stores)
    first = stores[0]
    content = json.loads(first.attribute("scan_file"))
    content["scan"]["observables"] = list(dict.fromkeys(n for s in stores for n in s.scan.scan.observables))
    content["axes"] = {axis: _union(axis, stores) for axis in first.grid.dims}
    scan = validated(content, f"{first.path}, merged")
    return grow(path, make_plan(scan), stores, {"how": "merge"}, history=_history(first, scan), on_block=on_block)


def subset(
    source: Store | str | Path,
    path: str | Path,
    sel: Mapping[str, Wanted],
    *,
    observables: Sequence[str] = (),
    nearest: bool = False,
    on_block: OnBlock = None,
) -> Growth:
    """Make a store of a part of another: a full store again, which can be verified, plotted, resumed and extended.

    Parameters
    ----------
    source : Store, str or Path
        Complete or not.
    path : str or Path
        Folder of the new store.
    sel : mapping
        Axis -> value, list of values, or slice(from, to) with both ends in it. Axes stay, if with one value.
    observables : sequence of str
        Those to keep; default: all.
    nearest : bool
        Take the nearest grid point instead of refusing a value off the grid.
    on_block : callable, optional
        See `extend`.

    Returns
    -------
    Growth

    Raises
    ------
    SelectionError
        An axis, a value or an observable that the store does not have.

    Examples
    --------
    >>> import scanner, tempfile
    >>> from scanner.store.here import compute
    >>> axes = ["axes.m_X.values=[5, 23, 50]", "axes.g_X.values=[1e-4]", 'scan.observables=["delta_a_mu"]']
    >>> plan = scanner.make_plan(scanner.load_scan("quick", axes))
    >>> compute(store := scanner.Store.create(f"{tempfile.mkdtemp()}/a.zarr", plan))
    >>> part = scanner.subset(store, store.path.with_name("b.zarr"), {"m_X": slice(10, None)}).store
    >>> part.grid.axes["m_X"].values.tolist(), part.attribute("state")
    ([23.0, 50.0], 'complete')
    """
    store = opened(source)
    axes = {name: axis.values for name, axis in store.grid.axes.items()}
    chosen = selected(axes, sel, nearest)
    content = json.loads(store.attribute("scan_file"))
    for axis, at in chosen.items():
        if at.size < axes[axis].size:
            content["axes"][axis] = [{"values": axes[axis][at].tolist()}]
    there = store.scan.scan.observables
    if unknown := [name for name in observables if name not in there]:
        raise SelectionError(f"{store.path} has no observable {unknown[0]!r}{suggestion(unknown[0], there)}")
    content["scan"]["observables"] = [name for name in there if name in observables or not observables]
    if content.get("plot"):
        content["plot"]["curves"] = [
            n for n in content["plot"].get("curves", []) if n in content["scan"]["observables"]
        ]
    scan = validated(content, f"{store.path}, in part")
    how = {"how": "subset", "axes": sorted(chosen), "observables": content["scan"]["observables"]}
    return grow(path, make_plan(scan), [store], how, history=_history(store, scan), on_block=on_block)


def widened(source: Store | str | Path, more: Mapping[str, Any]) -> list[str]:
    """Overrides that add ranges, as a scan file has them, to axes of a store: its own ranges stay.

    Raises
    ------
    ScanFileError
        It is no axis of the store.
    """
    axes = opened(source).scan_file["axes"]
    overrides = []
    for axis, ranges in more.items():
        if axis not in axes:
            raise ScanFileError(
                f"{axis} is no axis of the store{suggestion(axis, axes)}; a new one: --set axes.{axis}=..."
            )
        joined = [*axes[axis], *(ranges if isinstance(ranges, list) else [ranges])]
        tables = ", ".join("{" + ", ".join(f"{k} = {json.dumps(v)}" for k, v in r.items()) + "}" for r in joined)
        overrides.append(f"axes.{axis}=[{tables}]")
    return overrides


def opened(source: Store | str | Path) -> Store:
    """A store to read values from, whose axes are sound."""
    store = source if isinstance(source, Store) else Store(source)
    store.check_current()
    if problems := store.axis_problems():
        raise StoreError(f"{store.path}: {problems[0]}; mend it first: lmutau repair {store.path}")
    return store


def _history(store: Store, scan: ScanFile) -> dict[str, str]:
    """What the values of a scan were computed with, if a store computed them, as attributes."""
    code = {k: v for k, v in store.identity.items() if k == "physics code" or k.startswith("plugin ")}
    rest = {k: v for k, v in identity(scan).items() if k != "physics code" and not k.startswith("plugin ")}
    plan = rest | code
    said = {key: json.dumps(store.made_with[key]) for key in _CODE}
    return {"plan": json.dumps(plan), "plan_digest": digest(plan), **said}


def _check_parts(stores: Sequence[Store]) -> None:
    """Raise unless stores hold parts of one scan."""
    first, *others = stores
    for store in others:
        mine, theirs = (
            {k: v for k, v in s.identity.items() if k.startswith(("fixed ", "bound "))}
            | {f"axis {name}": "an axis" for name in s.grid.dims}
            for s in (first, store)
        )
        keys = [*mine, *(k for k in theirs if k not in mine)]
        different = [
            f"{k}: {mine.get(k, 'none')} and {theirs.get(k, 'none')}" for k in keys if mine.get(k) != theirs.get(k)
        ]
        if different:
            raise PlanMismatchError(
                f"{first.path} and {store.path} are not parts of one scan: {'; '.join(different)}. "
                "Where one is to become an axis, lmutau extend each to it first"
            )


def _union(axis: str, stores: Sequence[Store]) -> list[dict[str, Any]]:
    """Ranges of an axis that has the values of all; those of a scan file where that has them all."""
    arrays = [store.grid.axes[axis].values for store in stores]
    union: NDArray[Any] = np.concatenate(arrays)
    union = np.asarray(list(dict.fromkeys(union.tolist()))) if union.dtype.kind == "U" else np.unique(union)
    for store, values in zip(stores, arrays, strict=True):
        if values.size == union.size:
            ranges: list[dict[str, Any]] = store.scan_file["axes"][axis]
            return ranges
    if union.dtype.kind == "f" and (close := np.diff(union) <= SAME * np.abs(union[1:])).any():
        at = int(np.flatnonzero(close)[0])
        raise PlanMismatchError(
            f"{axis}: {union[at]!r} and {union[at + 1]!r} differ by rounding only; parts of one scan have the same "
            "values to the last bit: take both from one list"
        )
    return [{"values": union.tolist()}]
