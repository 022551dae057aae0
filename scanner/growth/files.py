"""Slices of a store as files for other programs: NetCDF, CSV, Parquet; with statuses, units and provenance.

NetCDF and Parquet are written piece by piece, so that they may be larger than memory.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics import Status
from physics.core.errors import suggestion
from scanner.errors import SelectionError, StoreError
from scanner.growth.levels import combined, is_folder_of_levels, levels_of
from scanner.growth.part import part_of
from scanner.growth.selection import Wanted, selected
from scanner.paths import file_to_write
from scanner.store.layout import readings_followed, status_name
from scanner.store.store import Store
from scanner.view.columns import column

__all__ = ["save_slice"]

MAX_ROWS_OF_CSV = 1_000_000
ROWS = 500_000  # of Parquet at once
REMEDY = "pip install 'lmutau[tables]'"


def save_slice(
    store: Store | str | Path,
    path: str | Path,
    sel: Mapping[str, Wanted] | None = None,
    *,
    observables: Sequence[str] = (),
    nearest: bool = False,
) -> Path:
    """Write a part of a store as NetCDF (.nc), CSV (.csv) or Parquet (.parquet), by the name.

    In CSV and Parquet a row is a point: its coordinates, then value and status of every observable; one that does not
    depend on an axis is repeated along it. Where there is no value the status says why.

    Parameters
    ----------
    store : Store, str or Path
        Complete or not; or a folder of levels (`refine`): each point then comes from the finest level that has it.
    path : str or Path
        File that does not exist yet.
    sel : mapping, optional
        Axis -> value, list of values, or slice(from, to) with both ends in it.
    observables : sequence of str
        Those to write; default: all.
    nearest : bool
        Take the nearest grid point instead of refusing a value off the grid.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SelectionError
        An axis, a value or an observable that the store does not have; a name that says no format, a folder that is not
        there; too much for a CSV.
    StoreError
        The file exists, or a package to write it is missing.

    Examples
    --------
    >>> import tempfile
    >>> from scanner import Store, load_scan, make_plan
    >>> from scanner.store.here import compute
    >>> axes = ["axes.m_X.values=[5, 23]", "axes.g_X.values=[1e-4]", 'scan.observables=["a_mu_pull"]']
    >>> compute(store := Store.create(f"{tempfile.mkdtemp()}/scan.zarr", make_plan(load_scan("quick", axes))))
    >>> file = save_slice(store, store.path.with_name("a.csv"), {"m_X": 23})
    >>> print(file.read_text().splitlines()[-2])
    m_X,g_X,a_mu_pull,a_mu_pull_status
    """
    path = file_to_write(path)
    if path.suffix not in _WRITERS:
        raise SelectionError(f"{path}: the name says the format; end it in {', '.join(_WRITERS)}")
    if path.exists():
        raise StoreError(f"{path}: exists already; remove it, or choose another name")
    store, part = _chosen(store, sel or {}, observables, nearest)
    single = [d for d, one in (sel or {}).items() if not isinstance(one, slice | list | tuple) and d in part.dims]
    with _appearing(path) as draft:
        _WRITERS[path.suffix](store, part, single, draft)
    return path


def _chosen(
    source: Store | str | Path, sel: Mapping[str, Wanted], observables: Sequence[str], nearest: bool
) -> tuple[Store, xr.Dataset]:
    """The part that is wanted, of a store or of the finest of a folder of levels."""
    levels = [] if isinstance(source, Store) or not is_folder_of_levels(source) else levels_of(source)
    store = levels[-1] if levels else source if isinstance(source, Store) else Store(source)
    store.check_current()
    there = [name for family in store.families for name in family.observables]
    if unknown := [name for name in observables if name not in there]:
        raise SelectionError(f"{store.path} has no observable {unknown[0]!r}{suggestion(unknown[0], there)}")
    names = [name for name in there if name in observables or not observables]
    at = selected({name: axis.values for name, axis in store.grid.axes.items()}, sel, nearest)
    return store, combined(levels, names, at) if levels else part_of(store, names, at)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A file to write to, which gets its name when it is whole."""
    draft = path.with_name(f".{path.name}.partial{path.suffix}")
    try:
        yield draft
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


# --- NetCDF -----------------------------------------------------------------------------------------------------------


def _netcdf(_store: Store, part: xr.Dataset, single: Sequence[str], path: Path) -> None:
    engine: Any = next((name for name in ("h5netcdf", "netCDF4") if find_spec(name)), None)
    if engine is None:
        raise StoreError(f"{path.suffix}: h5netcdf or netCDF4 is needed to write NetCDF: {REMEDY}")
    part = part.squeeze([d for d in single if part.sizes[d] == 1])
    encoding = {str(name): {"zlib": True, "complevel": 4} for name, v in part.variables.items() if v.ndim and v.size}
    encoding = {name: e for name, e in encoding.items() if part[name].dtype.kind in "fu"}
    part.to_netcdf(path, engine=engine.lower(), encoding=encoding)


# --- tables -----------------------------------------------------------------------------------------------------------


def _csv(store: Store, part: xr.Dataset, _single: Sequence[str], path: Path) -> None:
    dims = _dims(store, part)
    if (rows := math.prod(part.sizes[d] for d in dims)) > MAX_ROWS_OF_CSV:
        raise SelectionError(
            f"{rows:,} rows are more than the {MAX_ROWS_OF_CSV:,} that a CSV is good for: choose fewer points (--sel) "
            "or observables (--observable), or write .parquet or .nc"
        )
    import pandas as pd

    table = pd.DataFrame(_columns(part, dims))
    with path.open("w", newline="") as file:
        file.writelines(f"# {line}\n" for line in _header(store, part, dims))
        table.to_csv(file, index=False)


def _header(store: Store, part: xr.Dataset, dims: Sequence[str]) -> Iterator[str]:
    yield f"{store.title} ({part.attrs['history']}; id {store.id}; {store.attribute('state')})"
    yield f"readings: {readings_followed(part.attrs)}"
    yield f"lmutau {store.made_with['versions'].get('lmutau')}, commit {store.made_with['git'].get('commit')}"
    yield f"fixed: {json.dumps(store.fixed)}; bound: {json.dumps(store.bound)}"
    for name in (*dims, *part.data_vars):
        attributes = part[name].attrs
        said = attributes.get("description") or attributes.get("long_name", "")
        yield f"{column(name, attributes)}: {said}"
    yield "status: " + ", ".join(f"{int(s)} {s.meaning}" for s in Status)


def _parquet(store: Store, part: xr.Dataset, _single: Sequence[str], path: Path) -> None:
    if find_spec("pyarrow") is None:
        raise StoreError(f"{path.suffix}: pyarrow is needed to write Parquet: {REMEDY}")
    import pyarrow as pa
    import pyarrow.parquet as pq

    dims = _dims(store, part)
    schema = _schema(part, dims, pa)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for piece in _pieces(store, part, dims):
            writer.write_table(pa.table(_columns(piece, dims), schema=schema))


def _schema(part: xr.Dataset, dims: Sequence[str], pa: Any) -> Any:
    """Columns with their units, and where all is from."""
    fields = []
    for name in _names(part, dims):
        of = part[name]
        kind = {"f": pa.float64(), "u": pa.uint8(), "i": pa.int8()}.get(of.dtype.kind, pa.string())
        said = {
            key: str(of.attrs[key]) for key in ("units", "long_name", "description", "references") if key in of.attrs
        }
        fields.append(pa.field(name, kind, metadata=said))
    return pa.schema(fields, metadata={str(key): str(value) for key, value in part.attrs.items()})


def _dims(store: Store, part: xr.Dataset) -> list[str]:
    return [d for d in store.grid.dims if d in part.dims]


def _names(part: xr.Dataset, dims: Sequence[str]) -> list[str]:
    both = ((name, status_name(name)) for name in map(str, part.data_vars))
    return [*dims, *(column for columns in both for column in columns if column in part.variables)]


def _columns(part: xr.Dataset, dims: Sequence[str]) -> dict[str, NDArray[Any]]:
    """A row for each point, in the order of the axes."""
    shape = [part.sizes[d] for d in dims]
    part = part.load()
    columns = {}
    for name in _names(part, dims):
        of = part[name].variable
        values = of.transpose(*(d for d in dims if d in of.dims)).values
        sides = [n if d in of.dims else 1 for d, n in zip(dims, shape, strict=True)]
        columns[name] = np.broadcast_to(values.reshape(sides), shape).ravel()
    return columns


def _pieces(store: Store, part: xr.Dataset, dims: Sequence[str]) -> Iterator[xr.Dataset]:
    """Parts of so many rows as fit, of whole blocks of the store where that can be."""
    sides = {d: part.sizes[d] for d in dims}
    for family in store.families:
        if not set(family.observables).isdisjoint(map(str, part.data_vars)):
            sides |= {d: min(sides[d], b) for d, b in zip(family.dims, family.block, strict=True)}
    while math.prod(sides.values()) > ROWS:
        longest = max(sides, key=lambda d: sides[d])
        sides[longest] = -(-sides[longest] // 2)
    starts = (range(0, part.sizes[d], sides[d]) for d in dims)
    for start in itertools.product(*starts):
        yield part.isel({d: slice(s, s + sides[d]) for d, s in zip(dims, start, strict=True)})


_WRITERS: Mapping[str, Callable[[Store, xr.Dataset, Sequence[str], Path], None]] = {
    ".nc": _netcdf,
    ".csv": _csv,
    ".parquet": _parquet,
}
