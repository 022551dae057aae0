"""One answer from all constraints of a set together, on any axes of a scan."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics.inference.constraint_sets import constraint_set
from physics.inference.constraints import Constraint
from scanner.answers.inputs import Grid, Region, grid_of
from scanner.answers.priors import cell_weights, chosen_priors
from scanner.answers.statements import attributes
from scanner.answers.tiles import Tile, add_up
from scanner.errors import SelectionError
from scanner.store.opening import open_dataset
from scanner.store.reading import StoredScan
from scanner.view.projections import at_point, check_axes

__all__ = ["answer", "part"]

FloatArray = NDArray[np.float64]
_LONG_NAMES = {
    "m2lnL_profile": "smallest -2 ln L of any values of the other axes",
    "posterior": "probability of a cell of the grid, for the prior; they sum to one",
    "prior_mass": "prior probability of a cell of the grid; they sum to one",
    "fraction_allowed": "share of the prior mass of the other axes that no limit excludes",
    "exists_allowed": "whether some values of the other axes pass all limits",
    "fraction_preferred": "share of the prior mass of the other axes that passes all limits and agrees with all hints",
    "exists_preferred": "whether some values of the other axes pass all limits and agree with all hints",
    "invalid_fraction": "share of the prior mass of the other axes without a value; it counts as excluded",
    "killed": "prior mass outside of the constraint's interval",
    "killed_alone": "prior mass that this limit excludes and no other; 0 for hints",
    "without_value": "prior mass where the constraint's observable has no value",
}


def answer(
    scan: xr.Dataset | StoredScan | str | Path,
    set: str | Iterable[str] = "current",  # noqa: A002
    onto: Sequence[str] = ("m_X", "g_X"),
    prior: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> xr.Dataset:
    """What a set of constraints says together, on a few axes of a scan: profiles, posteriors, survivors.

    All other axes are profiled (the smallest -2 ln L of any of their values) and integrated (with the prior). The scan
    is read tile by tile. A point where an observable has no value has likelihood zero, and is counted; but where a
    constraint says that it is silent outside of its observable's domain, such a point passes. Constraints of the set
    whose observable the scan does not have are left out, and named in the attribute `left_out`.

    Parameters
    ----------
    scan : Dataset, Store or path
        Dataset of a store, or part of one: `ds.sel(metallicity="GS98")` answers for that alone.
    set : str or iterable of str
        Name of a set of constraints, or names of constraints.
    onto : sequence of str
        Axes that are kept.
    prior : mapping, optional
        Axis -> log, flat, log-distance. Default: flat for mass_ratio, log for others; names are equally likely.
    threads : int, optional
        How many read and add up; default: as many as there are cores.

    Returns
    -------
    Dataset
        On `onto`: m2lnL_profile, <axis>_at_best, posterior, prior_mass, fraction_allowed, exists_allowed,
        fraction_preferred, exists_preferred, invalid_fraction. On `constraint`: killed, killed_alone, without_value.
        The attributes say by which set, prior, constraints, readings and code, and what follows (`verdict`).

    Raises
    ------
    SelectionError
        An axis or prior that cannot be, or a scan with none of the set's observables.
    StoreError
        Points have not been computed.
    """
    ds = scan if isinstance(scan, xr.Dataset) else part(scan)
    chosen = constraint_set(set)
    constraints = [c for c in chosen.rows if c.observable in ds]
    if not constraints:
        raise SelectionError(
            f"the scan has no observable of {chosen.name}: {', '.join(c.observable for c in chosen.rows)}"
        )
    grid = grid_of(ds, constraints, (onto,) if isinstance(onto, str) else tuple(onto))
    priors = chosen_priors({d: ds[d].values for d in grid.dims}, prior or {})
    weights = {d: cell_weights(ds[d].values, priors[d], d) for d in grid.dims}
    sums = _Sums.empty(grid, constraints)
    work = partial(add_up, grid, constraints, weights)
    with dask.config.set(scheduler="synchronous"), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        regions = list(grid.tiles())
        for region, tile in zip(regions, pool.map(work, regions), strict=True):
            sums.add(region, tile)
    result = _dataset(ds, grid, constraints, weights, sums)
    return result.assign_attrs(attributes(ds, chosen, constraints, grid, priors, result, sums.statuses, sums.steps))


def part(
    scan: StoredScan | str | Path, at: Mapping[str, float | str] | None = None, nearest: bool = False
) -> xr.Dataset:
    """A store's dataset without Dask, one array at a time straight from its files; where axes have given values."""
    path = scan.path if isinstance(scan, StoredScan) else StoredScan(scan).path
    dataset = open_dataset(path, consolidated=False, chunks=None)
    check_axes(dataset, at or {})
    for axis, value in (at or {}).items():
        found = at_point(dataset[axis], {axis: value}, nearest=nearest)
        dataset = dataset.sel({axis: [found.item()]})
    return dataset


@dataclass
class _Sums:
    """What has been added up so far."""

    grid: Grid
    best: FloatArray
    at: list[NDArray[np.intp]]
    log_evidence: FloatArray
    masses: dict[str, FloatArray]
    exists: dict[str, NDArray[np.bool_]]
    of_constraint: dict[str, FloatArray]
    statuses: list[Counter[int]]
    steps: NDArray[np.int64]
    _tiles: int = field(default=0)

    @classmethod
    def empty(cls, grid: Grid, constraints: Sequence[Constraint]) -> _Sums:
        shape, n = [grid.sizes[d] for d in grid.onto], len(constraints)
        return cls(
            grid,
            np.full(shape, np.inf),
            [np.zeros(shape, np.intp) for _ in grid.others],
            np.full(shape, -np.inf),
            {name: np.zeros(shape) for name in ("allowed", "preferred", "invalid")},
            {name: np.zeros(shape, bool) for name in ("allowed", "preferred")},
            {name: np.zeros(n) for name in ("outside", "alone", "without_value")},
            [Counter() for _ in constraints],
            np.zeros((n, 2, len(grid.dims)), np.int64),
        )

    def add(self, region: Region, tile: Tile) -> None:
        """Take in a tile."""
        here = tuple(region[d] for d in self.grid.onto)
        better = tile.best < self.best[here]
        for mine, its in zip(self.at, tile.at, strict=True):
            mine[here] = np.where(better, its, mine[here])
        self.best[here] = np.minimum(self.best[here], tile.best)
        self.log_evidence[here] = np.logaddexp(self.log_evidence[here], tile.log_evidence)
        for name, masses in tile.masses.items():
            self.masses[name][here] += masses
        for name, exists in tile.exists.items():
            self.exists[name][here] |= exists
        for name, numbers in tile.of_constraint.items():
            self.of_constraint[name] += numbers
        for mine_of, its_of in zip(self.statuses, tile.statuses, strict=True):
            mine_of.update(its_of)
        self.steps += tile.steps


def _dataset(
    ds: xr.Dataset, grid: Grid, constraints: Sequence[Constraint], weights: Mapping[str, FloatArray], sums: _Sums
) -> xr.Dataset:
    """Label what was added up."""
    prior_mass = np.ones(())
    for d in grid.onto:
        prior_mass = np.multiply.outer(prior_mass, weights[d])
    there = np.isfinite(sums.best)
    log_posterior = sums.log_evidence + np.log(prior_mass)
    top = log_posterior.max()
    posterior = np.exp(log_posterior - top) if np.isfinite(top) else np.zeros(prior_mass.shape)
    on_axes: dict[str, Any] = {"m2lnL_profile": np.where(there, sums.best, np.inf)}
    on_axes["posterior"] = posterior / posterior.sum() if posterior.any() else posterior
    on_axes["prior_mass"] = prior_mass
    for kind in ("allowed", "preferred"):
        on_axes[f"fraction_{kind}"] = sums.masses[kind]
        on_axes[f"exists_{kind}"] = sums.exists[kind]
    on_axes["invalid_fraction"] = sums.masses["invalid"]
    of_constraint = dict(zip(("killed", "killed_alone", "without_value"), sums.of_constraint.values(), strict=True))
    words = {name: {"long_name": text, "units": "1"} for name, text in _LONG_NAMES.items()}
    variables: dict[str, Any] = {name: (grid.onto, values, words[name]) for name, values in on_axes.items()}
    for axis, index in zip(grid.others, sums.at, strict=True):
        values = ds[axis].values if ds[axis].dtype.kind == "f" else _words(ds[axis].values)
        blank = np.where(there, values[index], np.nan if values.dtype.kind == "f" else "")
        said = {"long_name": f"{axis} at the smallest -2 ln L", "units": ds[axis].attrs.get("units", "1")}
        variables[f"{axis}_at_best"] = (grid.onto, blank, said)
    for name, numbers in of_constraint.items():
        variables[name] = ("constraint", numbers, words[name])
    coordinates: dict[str, Any] = {d: (d, ds[d].values, _described(ds[d].attrs)) for d in grid.onto}
    coordinates["constraint"] = ("constraint", _words(c.name for c in constraints))
    coordinates["kind"] = ("constraint", _words(c.kind for c in constraints))
    return xr.Dataset(variables, coordinates)


def _words(items: Iterable[Any]) -> NDArray[np.object_]:
    """Strings as objects, for which Zarr has a type that is specified."""
    return np.array([str(item) for item in items], dtype=object)


def _described(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: attrs[key] for key in ("units", "long_name", "label", "description") if key in attrs}
