"""A part of a store as a dataset of its own, lazily, with attributes that say where it is from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from scanner.store import provenance
from scanner.store.layout import code_name, status_name
from scanner.store.seal import SEALS
from scanner.store.store import Store

__all__ = ["part_of"]

_NOT_OF_A_SLICE = {*SEALS, "families", "coordinates", "Conventions"}


def part_of(store: Store, names: Sequence[str], at: Mapping[str, NDArray[np.intp]]) -> xr.Dataset:
    """The part of the dataset, lazily, with the attributes that say where it is from."""
    wanted = [*names, *map(status_name, names)]
    ds = store.dataset().reset_coords()[wanted].set_coords([status_name(name) for name in names])
    codes = [code_name(name) for name, axis in store.grid.axes.items() if axis.is_categorical]
    ds = ds.drop_vars([name for name in codes if name in ds.variables]).drop_encoding()
    lacking = [d for d in at if d not in ds.dims]
    ds = ds.isel({d: index for d, index in at.items() if d not in lacking})
    attributes = {key: value for key, value in store.group.attrs.items() if key not in _NOT_OF_A_SLICE}
    said = {
        "slice": json.dumps({d: _ends(store.grid.axes[d].values[index]) for d, index in at.items()}),
        "history": f"{provenance.now()} lmutau slice of {store.path.name}",
    }
    ds.attrs = {"Conventions": "CF-1.11", **attributes, **said}
    for variable in ds.variables.values():
        if "flag_values" in variable.attrs:
            variable.attrs["flag_values"] = np.asarray(variable.attrs["flag_values"], dtype=variable.dtype)
    return ds


def _ends(values: NDArray[Any]) -> Any:
    """What was chosen of an axis, in few words."""
    several = values.tolist()
    return several if len(several) <= 10 else f"{len(several)} values from {several[0]} to {several[-1]}"
