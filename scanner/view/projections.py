"""Slices and profiles of a scan: xarray in, xarray out.

They work on the dataset of any store (`Store.dataset` or `xarray.open_zarr`), and never fill a point that has no value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics import Status
from physics.core.errors import suggestion
from physics.inference.constraints import Constraint, constraints
from scanner.errors import SelectionError
from scanner.scan.grid import position
from scanner.view.silence import refused_in

__all__ = [
    "allowed",
    "at_point",
    "check_axes",
    "known_constraint",
    "observable_of",
    "profile",
    "slice_plane",
    "status_of",
    "valid",
]


def observable_of(ds: xr.Dataset, name: str) -> xr.DataArray:
    """An observable of a store by its name.

    Raises
    ------
    SelectionError
        There is none; the message has the closest names.
    """
    observables = [str(v) for v in ds.data_vars if "ancillary_variables" in ds[v].attrs]
    if name not in observables:
        raise SelectionError(f"the store has no observable {name!r}{suggestion(name, observables)}")
    return ds[name]


def status_of(ds: xr.Dataset, observable: str) -> xr.DataArray:
    """Status of every point of an observable, uint8 on the observable's dims (codes: physics.Status)."""
    variable = str(observable_of(ds, observable).attrs["ancillary_variables"])
    if variable in ds and variable.startswith("status_"):  # of an earlier version: those of a family in one array
        names = variable.replace("status_", "observable_", 1)
        return ds[variable].isel({names: ds[names].values.tolist().index(observable)}, drop=True)
    return _bare(ds[variable])


def _bare(array: xr.DataArray) -> xr.DataArray:
    """Without the statuses, and the codes of names, that xarray hands along as coordinates."""
    return array.drop_vars([name for name, c in array.coords.items() if "flag_values" in c.attrs])


def valid(ds: xr.Dataset, observable: str) -> xr.DataArray:
    """An observable where its status is ok, NaN elsewhere (also where a block has not been computed yet).

    Raises
    ------
    SelectionError
        The store has no such observable.
    """
    return _bare(observable_of(ds, observable)).where(status_of(ds, observable) == Status.OK)


def at_point(
    array: xr.DataArray, at: Mapping[str, float | str], keep: Sequence[str] = (), nearest: bool = False
) -> xr.DataArray:
    """Select values of axes; every axis that is not kept must be given, unless it has one value only.

    Parameters
    ----------
    array : DataArray
        Of a store.
    at : mapping
        Axis -> value. Axes that the array does not have are ignored: it does not depend on them.
    keep : sequence of str
        Axes that stay.
    nearest : bool
        Take the nearest grid point (the result's coordinate says which) instead of refusing a value off the grid.

    Raises
    ------
    SelectionError
        An axis is missing in `at`, or the grid does not have the value.
    """
    for axis in [d for d in array.dims if d not in keep]:
        values = array[axis].values
        if axis not in at:
            if values.size > 1:
                raise SelectionError(f"{array.name} depends on {axis}: choose one of {_listed(values)}")
            array = array.isel({axis: 0})
            continue
        value = at[str(axis)]
        try:
            index = position(values, value, nearest)
        except ValueError as error:
            raise SelectionError(f"{axis}: {error}; the grid has {_listed(values)}") from None
        if index is None:
            raise SelectionError(
                f"the grid has no {axis} = {value}; it has {_listed(values)} (nearest=True, --nearest: the nearest)"
            )
        array = array.isel({axis: index})
    return array


def check_axes(ds: xr.Dataset, axes: Iterable[str]) -> None:
    """Raise SelectionError where the store has no such axis."""
    known = [str(d) for d in ds.dims if not str(d).startswith("observable_")]
    bound = json.loads(str(ds.attrs.get("scan_file", "{}"))).get("bound", {})
    for axis in axes:
        if axis in bound:
            raise SelectionError(f"{axis} is bound to {bound[axis]} in this store and is not an axis: leave it out")
        if axis not in known:
            raise SelectionError(f"the store has no axis {axis!r}{suggestion(axis, known)}")


def _listed(values: NDArray[Any], most: int = 12) -> str:
    items = [str(v) for v in values.tolist()]
    return ", ".join(items if len(items) <= most else [*items[: most // 2], "...", *items[-most // 2 :]])


def slice_plane(
    ds: xr.Dataset,
    observable: str,
    x: str,
    y: str,
    at: Mapping[str, float | str] | None = None,
    nearest: bool = False,
) -> xr.DataArray:
    """An observable in the (x, y) plane at given values of the other axes.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    observable, x, y : str
        What to slice, and the axes of the plane.
    at : mapping, optional
        Values of the other axes that the observable depends on.
    nearest : bool
        See `at_point`.

    Returns
    -------
    DataArray
        Dims (y, x), those of them that the observable has; NaN where there is no value.

    Raises
    ------
    SelectionError
    """
    check_axes(ds, [x, y, *(at or {})])
    if x == y:
        raise SelectionError(f"the plane needs two different axes (got {x} twice)")
    if in_plane := [axis for axis in (x, y) if axis in (at or {})]:
        raise SelectionError(f"{in_plane[0]} is an axis of the plane; it cannot be fixed as well")
    both = (
        _bare(observable_of(ds, observable)),
        status_of(ds, observable),
    )  # sliced first: to mask all of it takes longer
    values, status = (at_point(array, at or {}, keep=(x, y), nearest=nearest) for array in both)
    array = values.where(status == Status.OK)
    return array.transpose(*(d for d in (y, x) if d in array.dims))


def profile(
    ds: xr.Dataset, observable: str, over: str | Iterable[str], how: Literal["min", "max"] = "min"
) -> xr.DataArray:
    """Smallest or largest value over axes, of the points that have one; NaN where none has.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    observable : str
        What to profile.
    over : str or iterable of str
        Axes to profile away; those that the observable does not have are ignored.
    how : {"min", "max"}

    Returns
    -------
    DataArray
        On the remaining dims.
    """
    array = valid(ds, observable)
    axes = [over] if isinstance(over, str) else list(over)
    check_axes(ds, axes)
    if how not in ("min", "max"):
        raise SelectionError(f"how = {how!r}: min or max")
    dims = [d for d in axes if d in array.dims]
    with np.errstate(invalid="ignore"):
        return array.min(dims, keep_attrs=True) if how == "min" else array.max(dims, keep_attrs=True)


def known_constraint(name: str) -> Constraint:
    """A constraint by its name.

    Raises
    ------
    SelectionError
        There is none; the message has the closest names.
    """
    if name not in constraints():
        raise SelectionError(f"no constraint {name!r}{suggestion(name, constraints())}")
    return constraints()[name]


def allowed(ds: xr.Dataset, names: str | Iterable[str]) -> xr.DataArray:
    """Where all of the named constraints hold, on the union of the axes that they depend on; lazily.

    A point without value of one of the observables is not allowed, but for limits that say so themselves where nothing
    was searched (`silent_outside`); a choice that is refused was not searched in vain, and is not allowed.

    Raises
    ------
    SelectionError
        An unknown constraint, or one whose observable the store does not have.
    """
    result = xr.DataArray(True)
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        constraint = known_constraint(name)
        values = valid(ds, constraint.observable)
        inside = (values >= constraint.lower) & (values <= constraint.upper)
        if constraint.silent_outside:
            outside = status_of(ds, constraint.observable) == Status.OUTSIDE_DOMAIN
            inside = inside | (outside & ~refused_in(ds, constraint.observable))
        result = result & inside
    said = {"long_name": "whether all constraints hold", "constraints": ", ".join(listed)}
    return result.rename("allowed").drop_attrs(deep=False).assign_attrs(said)
