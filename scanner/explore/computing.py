"""What a server adds to a page that reads by itself: planes of large stores, points that are not on the grid."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import physics
from physics import Status
from physics.core.identity import digest
from physics.core.parameter import PARAMETERS
from scanner.errors import SelectionError
from scanner.explore.sources import Folder
from scanner.scan.grid import Held
from scanner.store.layout import held_parameters
from scanner.store.opening import open_dataset
from scanner.view.projections import at_point, check_axes, observable_of

__all__ = ["Computing"]


class Computing:
    """Answers for one store on this machine."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._ds = open_dataset(folder.path, consolidated=False, chunks=None)
        self._is_complete = self._ds.attrs.get("state") == "complete"  # when it was opened
        self._evaluating = threading.Lock()  # the physics computes one point at a time
        self._opening = threading.Lock()  # bounds on codecs are set for all threads, and taken back

    def plane(self, observable: str, x: str, y: str, at: Mapping[str, float | str]) -> bytes:
        """Values (float64) and then statuses (uint8), each in the order (y, x), little-endian.

        Raises
        ------
        SelectionError
            There is no such plane.
        """
        check_axes(self._ds, (x, y, *at))
        if x == y:
            raise SelectionError(f"the plane needs two different axes (got {x} twice)")
        status = str(observable_of(self._ds, observable).attrs["ancillary_variables"])
        values = self._plane(observable, observable, x, y, at)
        codes = np.full(values.shape, Status.OK, np.uint8)
        if not self._is_complete or np.isnan(values).any():  # a value is there where the status is ok, once all are
            codes = self._plane(status, observable, x, y, at)
            values[codes != Status.OK] = np.nan
        return bytes(values.astype("<f8").tobytes() + codes.astype("u1").tobytes())

    def _plane(self, name: str, observable: str, x: str, y: str, at: Mapping[str, float | str]) -> NDArray[Any]:
        """Read past xarray, which would keep what it has read once: a scan that is running goes on."""
        with self._opening:
            array = self._folder.scan.array(name)
        dims = array.metadata.dimension_names or ()
        where = {dim: self._position(dim, observable, at) for dim in dims if dim not in (x, y)}
        read = np.asarray(array[tuple(where.get(dim, slice(None)) for dim in dims)])
        free = [dim for dim in dims if dim not in where]
        if free == [x, y]:
            read = read.T
        shape = [self._ds.sizes[dim] if dim in free else 1 for dim in (y, x)]
        return np.broadcast_to(read.reshape(shape), (self._ds.sizes[y], self._ds.sizes[x])).copy()

    def _position(self, dim: str, observable: str, at: Mapping[str, float | str]) -> int:
        names = self._ds[dim].values
        if dim.startswith("observable_"):  # of an earlier version: statuses of a family in one array
            return int(names.tolist().index(observable))
        positions = xr.DataArray(np.arange(names.size), coords={dim: names}, dims=(dim,), name=observable)
        return int(at_point(positions, at))

    def point(self, values: Mapping[str, float | str]) -> dict[str, Any]:
        """Values and statuses of the store's observables, computed now, at a point that need not be on the grid.

        Raises
        ------
        PhysicsError
            The point cannot be.
        """
        scan = self._folder.scan
        check_axes(self._ds, values)
        names = [str(name) for name, v in self._ds.data_vars.items() if "ancillary_variables" in v.attrs]
        given: dict[str, Held] = dict(values)
        for name in names:  # all that the store held, defaults of its time included
            for parameter, value in held_parameters(self._ds[name].attrs).items():
                is_bound = isinstance(value, dict)
                given[parameter] = physics.bound(value["bound"]) if is_bound else self._absent(parameter, value)
        known = {p: v for p, v in given.items() if p in PARAMETERS}
        possible = [name for name in names if name in physics.observables()]
        if len(known) < len(given):
            possible = [n for n in possible if set(physics.observables()[n].parameters) <= set(known) | _defaulted()]
        with self._evaluating:
            found = physics.evaluate_with_status(possible, **known)
        return {
            "values": {name: _pair(*outcome) for name, outcome in found.items()},
            "lacking": [name for name in names if name not in possible],
            "note": "" if scan.identity.get("physics code") == digest()[:16] else _OTHER_CODE,
        }

    @staticmethod
    def _absent(parameter: str, value: Any) -> Any:
        """What stands for a parameter that is absent: dark matter, say."""
        known = PARAMETERS.get(parameter)
        return known.absent if value is None and known is not None else value


_OTHER_CODE = "by other physics code than the store's: values may differ"


def _defaulted() -> set[str]:
    return {name for name, p in PARAMETERS.items() if p.default is not None}


def _pair(value: Any, status: Any) -> tuple[float | None, int]:
    code = int(status)
    return (float(value) if code == Status.OK else None), code


def question(text: str, *keys: str) -> dict[str, Any]:
    """What is asked, as JSON with exactly these keys; names are text, values numbers or text.

    >>> question('{"values": {"m_X": 20}}', "values")
    {'values': {'m_X': 20}}
    >>> question('{"values": {"m_X": [1, 2]}}', "values")
    Traceback (most recent call last):
    scanner.errors.SelectionError: ask with the keys values, each a name, or values by name
    """
    wrong = SelectionError(f"ask with the keys {', '.join(keys)}, each a name, or values by name")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(asked, dict) or set(asked) != set(keys):
        raise wrong
    for value in asked.values():
        inner = value.values() if isinstance(value, dict) else [value]
        if not all(isinstance(v, str) or (isinstance(v, int | float) and not isinstance(v, bool)) for v in inner):
            raise wrong
    return asked
