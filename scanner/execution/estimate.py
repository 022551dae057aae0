"""What a scan will take: measured on a few points, and compared with what the observables declare."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.execution.block import evaluate_block
from scanner.scan.cost import Cost
from scanner.scan.grid import Grid, Held
from scanner.scan.plan import MIN_SECONDS_PER_BLOCK, Family, Plan

__all__ = ["Estimate", "estimate"]

NOTICEABLE = 10.0  # declared costs are meant to be right to a factor of a few


@dataclass(frozen=True)
class Estimate:
    """What a family will cost: core-seconds, and bytes before compression."""

    family: Family
    rate: float  # points per second, measured
    declared_rate: float

    @property
    def seconds(self) -> float:
        """On one core."""
        return self.family.points / self.rate

    @property
    def bytes(self) -> int:
        """Uncompressed values and status."""
        return self.family.points * len(self.family.observables) * 9

    @property
    def files(self) -> int:
        """Files that the store will have for it."""
        return self.family.n_files

    @property
    def warning(self) -> str:
        """Why blocks will take far longer, or shorter, than planned; empty if they will not."""
        points = min(math.prod(self.family.block), self.family.points)
        planned, expected = points / self.declared_rate, points / self.rate
        off = max(expected / planned, planned / expected)
        if off <= NOTICEABLE or max(planned, expected) < MIN_SECONDS_PER_BLOCK:
            return ""
        return (
            f"{', '.join(self.family.observables)}: {self.rate:.2g} points/s measured, {self.declared_rate:.2g} "
            f"declared; a block takes {expected:.2g} s, not {planned:.2g} s. Set store.points_per_block, or let the "
            "observables declare seconds="
        )


def estimate(plan: Plan) -> list[Estimate]:
    """Cost of every family, from a probe."""
    return [_estimate(plan, family) for family in plan.families]


def _estimate(plan: Plan, family: Family) -> Estimate:
    probe, seconds = _measure(plan.grid, family.dims, family.observables, plan.held)
    points = math.prod(probe)
    declared = Cost.of(plan.scan, family.dims, family.observables)(probe)
    return Estimate(family, points / seconds, points / declared if declared > 0 else math.inf)


def _probe(grid: Grid, dims: tuple[str, ...], n: int) -> dict[str, NDArray[Any]]:
    """A random subset of the grid with about n points (always the same one)."""
    random = np.random.default_rng(20210729)
    sizes: dict[str, int] = {}
    left: float = n
    for i, d in enumerate(sorted(dims, key=lambda d: len(grid.axes[d]))):  # longer axes take the remainder
        sizes[d] = min(len(grid.axes[d]), max(1, math.ceil(left ** (1 / (len(dims) - i)))))
        left /= sizes[d]
    axes = {d: grid.axes[d].values for d in dims}
    return {d: v[np.sort(random.choice(v.size, sizes[d], replace=False))] for d, v in axes.items()}


def _measure(
    grid: Grid, dims: tuple[str, ...], names: Sequence[str], held: Mapping[str, Held]
) -> tuple[tuple[int, ...], float]:
    """Shape of a random part of the grid, and the seconds that it takes in this process.

    What points share makes large blocks faster than small ones: the part grows until it takes a noticeable time.
    """
    coordinates: dict[str, NDArray[Any]] = {}
    seconds = math.inf
    for n in (1, 64, 4096, 65536):
        coordinates = _probe(grid, dims, n)
        seconds = math.inf
        for _ in range(2):  # the first call may compile
            start = time.perf_counter()
            evaluate_block(names, coordinates, held)
            seconds = min(seconds, time.perf_counter() - start)
            if seconds < 0.05:
                break
        if seconds > 0.3:
            break
    return tuple(v.size for v in coordinates.values()), seconds
