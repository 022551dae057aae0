"""What one tile of the grid contributes to an answer.

Constraints on the same axes are added up there, and only their sums are spread over all axes. Prior masses factorise
into those of the axes, so that sums over axes are products with vectors, one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics import Status
from physics.inference.constraints import Constraint
from scanner.answers.inputs import Grid, Region
from scanner.answers.judge import judged
from scanner.errors import StoreError

__all__ = ["Tile", "add_up"]

FloatArray = NDArray[np.float64]

# A point's verdict is one number: how many limits kill it, how many hints disagree, how many constraints have no value
_LIMIT, _HINT, _NO_VALUE = np.int32(1), np.int32(2**10), np.int32(2**20)


@dataclass(frozen=True)
class Tile:
    """Sums of a tile on the axes that are kept, and numbers for each constraint."""

    best: FloatArray  # the smallest -2 ln L; infinite where no point has a likelihood
    at: tuple[NDArray[np.intp], ...]  # where on the other axes, as index of the grid
    log_evidence: FloatArray  # of the likelihood, over the other axes
    masses: dict[str, FloatArray]  # of the other axes: allowed, preferred, without value
    exists: dict[str, NDArray[np.bool_]]
    of_constraint: dict[str, FloatArray]  # of all axes, by constraint: outside, alone, without_value
    statuses: tuple[Counter[int], ...]  # of points that count as without value, by constraint
    steps: NDArray[np.int64]  # by constraint and axis: over the interval without a point inside; into or out of it


@dataclass
class _Group:
    """Constraints on the same axes."""

    total: Any = 0.0
    verdict: Any = 0


def add_up(grid: Grid, constraints: Sequence[Constraint], weights: Mapping[str, FloatArray], region: Region) -> Tile:
    """Look at one tile.

    Raises
    ------
    StoreError
        Points of an observable have not been computed.
    """
    mass = [weights[d][region[d]] for d in grid.dims]
    groups: dict[tuple[bool, ...], _Group] = {}
    outside, without_value, statuses, steps = [], [], [], []
    read = {name: observable.read(region, grid.dims) for name, observable in grid.observables.items()}
    for c in constraints:
        values, status, refused = read[c.observable]
        if missing := int((status == Status.NOT_COMPUTED).sum()):
            raise StoreError(
                f"{c.observable}: {missing:,} points of one part of the grid alone are not computed yet; finish the "
                "scan first (lmutau run STORE)"
            )
        total, outside_here, no_value = judged(c, values, status, refused)
        own = [n > 1 or len(m) == 1 for n, m in zip(values.shape, mass, strict=True)]
        group = groups.setdefault(tuple(own), _Group())
        group.total = group.total + total
        group.verdict = group.verdict + np.multiply(outside_here, _LIMIT if c.kind == "limit" else _HINT)
        if no_value.any():
            group.verdict += np.multiply(no_value, _NO_VALUE)
        outside.append(outside_here)
        without_value.append(no_value)
        here_first = all(region[d].start == 0 for d in grid.dims if d not in grid.observables[c.observable].dims)
        statuses.append(_counted(status, no_value) if here_first else Counter())
        steps.append(_steps(c, values) if here_first else np.zeros((2, len(mass)), int))
    shape = [len(m) for m in mass]
    total, verdict = (_spread([getattr(g, what) for g in groups.values()], shape) for what in ("total", "verdict"))
    alone = (verdict & (_HINT - 1) == 1) & (verdict < _NO_VALUE)
    n = len(grid.onto)
    best, at, log_evidence = _likelihoods(total, mass, n, [region[d].start for d in grid.others])
    masses, exists = _verdicts(verdict, mass, n)
    return Tile(
        best, at, log_evidence, masses, exists,
        {
            "outside": np.array([_mass_of(o, mass) for o in outside]),
            "without_value": np.array([_mass_of(o, mass) for o in without_value]),
            "alone": np.array(_alone(alone, constraints, outside, mass)),
        },
        tuple(statuses),
        np.array(steps),
    )  # fmt: skip


def _counted(status: NDArray[np.uint8], no_value: NDArray[np.bool_]) -> Counter[int]:
    """How many points have no value, by status."""
    if not no_value.any():
        return Counter()
    numbers = np.bincount(status[no_value])
    return Counter({int(code): int(numbers[code]) for code in np.flatnonzero(numbers)})


def _spread(parts: Sequence[Any], shape: Sequence[int]) -> NDArray[Any]:
    """The sum of arrays of few axes on all axes, the smallest first."""
    total = reduce(np.add, sorted(map(np.asarray, parts), key=lambda part: part.size))
    return np.ascontiguousarray(np.broadcast_to(total, shape))


def _contracted(array: NDArray[Any], mass: Sequence[FloatArray], keep: Collection[int]) -> FloatArray:
    """The sum over all axes but some, weighed; the others keep their order. Last axes first: they are quick."""
    result = array if array.dtype == np.float64 else array.astype(np.float64)
    for axis in reversed(range(len(mass))):
        if axis not in keep:
            result = result @ mass[axis] if axis == result.ndim - 1 else np.moveaxis(result, axis, -1) @ mass[axis]
    return result


def _likelihoods(
    total: FloatArray, mass: Sequence[FloatArray], n: int, starts: Sequence[int]
) -> tuple[FloatArray, tuple[NDArray[np.intp], ...], FloatArray]:
    """Profile, where it is on the other axes, and the logarithm of the integral of the likelihood."""
    onto, rest = total.shape[:n], total.shape[n:]
    flat = total.reshape(*onto, -1)
    first = flat.argmin(axis=-1)
    best = np.take_along_axis(flat, first[..., None], -1)[..., 0]
    at = tuple(i + s for i, s in zip(np.unravel_index(first, rest or (1,)), starts, strict=False))
    top = np.where(np.isfinite(best), best, 0.0)
    relative = np.exp((top[..., None] - flat) / 2).reshape(total.shape)
    with np.errstate(divide="ignore"):
        return best, at, np.log(_contracted(relative, mass, range(n))) - top / 2


def _verdicts(
    verdict: NDArray[np.int32], mass: Sequence[FloatArray], n: int
) -> tuple[dict[str, FloatArray], dict[str, NDArray[np.bool_]]]:
    others = tuple(range(n, len(mass)))
    fine = verdict == 0
    kinds = {"allowed": ((verdict & (_HINT - 1)) == 0) & (verdict < _NO_VALUE), "preferred": fine}
    masses = {name: _contracted(there, mass, range(n)) for name, there in kinds.items()}
    no_value = verdict >= _NO_VALUE
    masses["invalid"] = _contracted(no_value, mass, range(n)) if no_value.any() else np.zeros(verdict.shape[:n])
    return masses, {name: there.any(axis=others) for name, there in kinds.items()}


def _mass_of(there: NDArray[np.bool_], mass: Sequence[FloatArray]) -> float:
    """The prior mass of points, that of the tile where they have no such axis."""
    if not there.any():
        return 0.0
    own = [np.array([m.sum()]) if n == 1 else m for n, m in zip(there.shape, mass, strict=True)]
    return float(_contracted(there, own, ()))


def _alone(
    alone: NDArray[np.bool_],
    constraints: Sequence[Constraint],
    outside: Sequence[NDArray[np.bool_]],
    mass: Sequence[FloatArray],
) -> list[float]:
    """The prior mass of points that a limit kills and no other does: a sum over its axes of what is left there."""
    left: dict[tuple[int, ...], FloatArray] = {}
    found = []
    for c, mask in zip(constraints, outside, strict=True):
        if c.kind != "limit" or not mask.any():
            found.append(0.0)
            continue
        keep = tuple(i for i, n in enumerate(mask.shape) if n > 1)
        if keep not in left:
            left[keep] = _contracted(alone, mass, keep)
        kept = reduce(np.multiply.outer, [mass[i] for i in keep], np.ones(()))
        found.append(float((left[keep] * kept * mask.reshape(kept.shape)).sum()))
    return found


def _steps(c: Constraint, values: FloatArray) -> NDArray[np.int64]:
    """Along each axis, how often neighbours lie on two sides of an interval, and how often one of them inside."""
    steps = np.zeros((2, values.ndim), np.int64)
    if not np.isfinite([c.lower, c.upper]).all():
        return steps
    with np.errstate(invalid="ignore"):
        side = np.add(values >= c.lower, values > c.upper, dtype=np.int8)  # 0 below, 1 inside, 2 above
    side[np.isnan(values)] = 9
    for axis in range(values.ndim):
        step = np.abs(np.diff(side, axis=axis))
        steps[:, axis] = (step == 2).sum(), (step == 1).sum()
    return steps
