"""Inputs with labels: xarray and pandas objects keep their dimensions, coordinates and index.

Neither package is imported here: whoever has such an object has imported it.

>>> import numpy as np, physics, xarray as xr
>>> m_X = xr.DataArray([10.0, 20.0], {"m_X": [10.0, 20.0]}, attrs={"units": "MeV"})
>>> g_X = xr.DataArray([1e-4, 5e-4, 1e-3], dims="coupling")
>>> value = physics.evaluate("delta_a_mu", m_X=m_X, g_X=g_X)
>>> value.dims, value.attrs["units"], bool(value.m_X[1] == 20)
(('m_X', 'coupling'), '1', True)
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from physics.core.errors import InvalidParameterError
from physics.core.parameter import PARAMETERS

__all__ = ["Labels", "labels"]

_NOT_ONE = {
    "Dataset": "name the variable: ds['m_X']",
    "DataTree": "name the variable",
    "DataFrame": "name the column: table['m_X'], or all columns: evaluate(..., **table)",
}


class Labels:
    """What the inputs of a call say of their axes; `numbers` are the inputs as plain arrays that broadcast."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.numbers: dict[str, Any] = {}

    def restored(self, value: Any, name: str, needed: Iterable[str], attributes: Mapping[str, str]) -> Any:
        """A result with the labels of the parameters that it needs."""
        raise NotImplementedError


class _Xarray(Labels):
    """Inputs are broadcast by the names of their dimensions."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.xr = sys.modules["xarray"]
        arrays = {p: v if isinstance(v, self.xr.DataArray) else self.xr.DataArray(v) for p, v in inputs.items()}
        try:
            self.xr.align(*arrays.values(), join="exact", copy=False)
        except ValueError as error:
            raise InvalidParameterError(
                f"{', '.join(arrays)}: coordinates differ: {error}. Choose what they have in common: xarray.align"
            ) from None
        self.arrays = {p: a.compute() for p, a in arrays.items()}
        self.dims = list(dict.fromkeys(d for a in arrays.values() for d in a.dims))
        self.numbers = {p: self._spread(a) for p, a in self.arrays.items()}

    def _spread(self, array: Any) -> Any:
        """The values with all dimensions, those that the array lacks of length one."""
        order = [d for d in self.dims if d in array.dims]
        where = tuple(slice(None) if d in array.dims else np.newaxis for d in self.dims)
        return array.transpose(*order).values[where]

    def restored(self, value: Any, name: str, needed: Iterable[str], attributes: Mapping[str, str]) -> Any:
        of = [self.arrays[p] for p in needed if p in self.arrays]
        dims = [d for d in self.dims if any(d in a.dims for a in of)]
        if value.ndim:
            value = value[tuple(slice(None) if d in dims else 0 for d in self.dims)]
        alone = self.xr.Variable(dims, value)
        order = list(dict.fromkeys(d for a in of for d in a.dims))  # as apply_ufunc wants it, which joins coordinates
        if of:
            array = self.xr.apply_ufunc(lambda *_: alone.transpose(*order).values, *of, join="exact", keep_attrs=False)
        else:
            array = self.xr.DataArray(alone)
        return array.transpose(*dims).assign_attrs(attributes).rename(name)


class _Pandas(Labels):
    """Inputs have the same index."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.pd = sys.modules["pandas"]
        (first, series), *others = inputs.items()
        for p, other in others:
            if not series.index.equals(other.index):
                raise InvalidParameterError(f"{first} and {p}: the indices differ; align them first: Series.align")
        self.index = series.index
        self.numbers = {p: s.to_numpy() for p, s in inputs.items()}

    def restored(self, value: Any, name: str, needed: Iterable[str], attributes: Mapping[str, str]) -> Any:
        return self.pd.Series(np.broadcast_to(value, len(self.index)).copy(), self.index, name=name)


def labels(values: Mapping[str, Any]) -> Labels | None:
    """The labels of the inputs of a call; None where none has any.

    Raises
    ------
    InvalidParameterError
        Labelled inputs do not fit together or with the others, or have another unit than their parameter.
    """
    labelled = {p: v for p, v in values.items() if _kind(v)}
    if not labelled:
        return None
    for p, value in labelled.items():
        if (remedy := _NOT_ONE.get(type(value).__name__)) is not None:
            raise InvalidParameterError(f"{p} is a {type(value).__name__} of several variables: {remedy}")
        PARAMETERS[p].check_unit(value)
    kinds = {_kind(v) for v in labelled.values()}
    if len(kinds) > 1:
        raise InvalidParameterError(f"{', '.join(labelled)}: xarray and pandas mixed; use one (Series.to_xarray)")
    plain = [p for p, v in values.items() if p not in labelled and np.ndim(np.asarray(v, dtype=object))]
    if plain:
        raise InvalidParameterError(
            f"{plain[0]} is an array without labels, {next(iter(labelled))} has some: give both labels, or neither"
        )
    return _Xarray(labelled) if kinds == {"xarray"} else _Pandas(labelled)


def _kind(value: Any) -> str:
    """The package of an object with labels, else nothing; told by its home, so that nothing need be imported."""
    for kind in type(value).__mro__:
        package = kind.__module__.partition(".")[0]
        if package in ("xarray", "pandas"):
            is_label = kind.__name__ in ("DataArray", "Variable", "Series", *_NOT_ONE)
            return package if is_label and package in sys.modules else ""
    return ""
