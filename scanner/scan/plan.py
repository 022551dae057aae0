"""From a scan to work: observables with the same axes form a family, a family is cut into blocks.

A block is the unit of task and of write. It owns whole chunks (or one whole shard) of every array of its family, so
that two tasks never touch the same file.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.graph import parameters_of
from physics.core.identity import digest as physics_digest
from scanner.errors import ScanFileError
from scanner.execution.block import evaluate_block
from scanner.scan.config import ScanFile
from scanner.scan.grid import Grid, Held

__all__ = ["Estimate", "Family", "Plan", "digest", "estimate", "families_of", "identity", "make_plan"]

MAX_POINTS_PER_BLOCK = 2**20
MIN_POINTS_PER_BLOCK = 2**12
MIN_SECONDS_PER_BLOCK = 0.5  # a hundred times what Dask and Zarr take for a block
WANTED_BLOCKS = 64  # so that small scans, too, keep the workers evenly busy
SHARD_ABOVE = 200_000  # points; a block larger than this is one shard ...
CHUNK_POINTS = 100_000  # ... of inner chunks about this large, cheap to slice in any direction
MAX_BLOCKS = 100_000

BlockIndex = tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """Observables that depend on the same axes, and how their arrays are cut."""

    dims: tuple[str, ...]
    observables: tuple[str, ...]
    shape: tuple[int, ...]
    block: tuple[int, ...]
    chunk: tuple[int, ...]

    def __post_init__(self) -> None:
        # One writer to a file: a block must own whole chunks
        assert all(b % c == 0 for b, c in zip(self.block, self.chunk, strict=True)), (self.block, self.chunk)

    @property
    def name(self) -> str:
        """Name in the store: status_<name> says which points have values."""
        return "_".join(self.dims) or "constants"

    @property
    def points(self) -> int:
        """Number of grid points."""
        return math.prod(self.shape)

    @property
    def blocks_along(self) -> tuple[int, ...]:
        """Number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.shape, self.block, strict=True))

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return math.prod(self.blocks_along)

    @property
    def sharded(self) -> bool:
        """Whether a block is one shard of several chunks."""
        return self.block != self.chunk

    def blocks(self) -> Iterator[BlockIndex]:
        """Indices of all blocks."""
        return itertools.product(*(range(n) for n in self.blocks_along))

    def region(self, index: BlockIndex) -> tuple[slice, ...]:
        """The part of the arrays that a block covers."""
        return tuple(slice(i * b, min((i + 1) * b, n)) for i, b, n in zip(index, self.block, self.shape, strict=True))


@dataclass(frozen=True, eq=False)
class Plan:
    """What a scan computes, exactly, and how it is cut into blocks."""

    scan: ScanFile
    families: tuple[Family, ...]

    @property
    def grid(self) -> Grid:
        """The grid that the axes span."""
        return self.scan.grid

    @property
    def fixed(self) -> Mapping[str, float | str]:
        """Parameters that are not scanned and differ from their defaults."""
        return self.scan.fixed

    @property
    def bound(self) -> Mapping[str, str]:
        """Parameters that follow an observable."""
        return self.scan.bound

    @property
    def held(self) -> Mapping[str, Held]:
        """Both, as `physics.evaluate` takes them."""
        return self.scan.held

    @property
    def n_blocks(self) -> int:
        """Number of blocks of all families."""
        return sum(family.n_blocks for family in self.families)

    @property
    def n_values(self) -> int:
        """Number of values that will be stored."""
        return sum(family.points * len(family.observables) for family in self.families)


def families_of(scan: ScanFile) -> dict[tuple[str, ...], list[str]]:
    """Observables of a scan by the axes that they depend on."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in scan.scan.observables:
        groups.setdefault(tuple(d for d in scan.grid.dims if d in parameters_of(name, scan.bound)), []).append(name)
    return groups


def identity(scan: ScanFile) -> dict[str, str]:
    """Everything that the values depend on; not how they are cut. Two stores hold the same scan if these agree."""
    items = {f"axis {name}": axis.identity for name, axis in scan.grid.axes.items()}
    items |= {f"fixed {name}": repr(value) for name, value in sorted(scan.fixed.items())}
    items |= {f"bound {name}": observable for name, observable in sorted(scan.bound.items())}
    for dims, names in families_of(scan).items():
        items |= {f"observable {name}": ", ".join(dims) for name in names}
    return items | {"physics code": physics_digest()[:16]}


def digest(items: Mapping[str, str]) -> str:
    """SHA-256 of an identity."""
    return hashlib.sha256(json.dumps(dict(items), sort_keys=True).encode()).hexdigest()


def make_plan(scan: ScanFile, rates: Mapping[tuple[str, ...], float] | None = None) -> Plan:
    """Group the observables of a scan into families and cut these into blocks.

    Parameters
    ----------
    scan : ScanFile
        The scan.
    rates : mapping, optional
        Points per second by the family's dims; measured on a few points where not given. They decide only the size of
        the blocks.

    Raises
    ------
    ScanFileError
        The blocks would be too many.
    """
    grid, groups = scan.grid, families_of(scan)
    sizes: dict[tuple[str, ...], int] = {}
    if scan.store.points_per_block is not None:
        sizes = dict.fromkeys(groups, scan.store.points_per_block)
    else:
        rates = rates or {dims: measure_rate(grid, dims, names, scan.held) for dims, names in groups.items()}
        total = sum(math.prod(grid.shape(dims)) / rates[dims] for dims in groups)
        seconds = min(scan.store.seconds_per_block, max(MIN_SECONDS_PER_BLOCK, total / WANTED_BLOCKS))
        for dims in groups:
            at_least = min(MIN_POINTS_PER_BLOCK, rates[dims] * scan.store.seconds_per_block)  # unless that takes ages
            sizes[dims] = max(1, int(min(max(rates[dims] * seconds, at_least), MAX_POINTS_PER_BLOCK)))
    families = tuple(_cut(grid, dims, tuple(names), sizes[dims]) for dims, names in groups.items())
    plan = Plan(scan, families)
    if plan.n_blocks > MAX_BLOCKS:
        raise ScanFileError(
            f"{plan.n_blocks} blocks are more than {MAX_BLOCKS}: the file system and the scheduler would suffer. "
            "Raise store.points_per_block or store.seconds_per_block"
        )
    return plan


def _cut(grid: Grid, dims: tuple[str, ...], names: tuple[str, ...], points: int) -> Family:
    shape = grid.shape(dims)
    block = _even_sides(shape, points)
    chunk = block
    if math.prod(block) > SHARD_ABOVE:
        chunk = tuple(-(-b // -(-b // c)) for b, c in zip(block, _even_sides(block, CHUNK_POINTS), strict=True))
        block = tuple(c * -(-b // c) for b, c in zip(block, chunk, strict=True))
    return Family(dims, names, shape, block, chunk)


def _even_sides(shape: tuple[int, ...], points: int) -> tuple[int, ...]:
    """Sides of near-equal length whose product is at most `points`, that cut every axis into even pieces.

    >>> _even_sides((100, 100, 4), 1000)
    (15, 15, 4)
    """
    sides = range(1, max(shape, default=1) + 1)
    longest = max(1, bisect.bisect_right(sides, points, key=lambda side: math.prod(min(n, side) for n in shape)))
    return tuple(-(-n // -(-n // min(n, longest))) for n in shape)


def _probe(grid: Grid, dims: tuple[str, ...], n: int) -> dict[str, NDArray[Any]]:
    """A random subset of the grid with about n points (always the same one)."""
    random = np.random.default_rng(20210729)
    sizes: dict[str, int] = {}
    left: float = n
    for i, d in enumerate(sorted(dims, key=lambda d: grid.axes[d].values.size)):  # what short axes lack, others get
        sizes[d] = min(grid.axes[d].values.size, max(1, math.ceil(left ** (1 / (len(dims) - i)))))
        left /= sizes[d]
    axes = {d: grid.axes[d].values for d in dims}
    return {d: v[np.sort(random.choice(v.size, sizes[d], replace=False))] for d, v in axes.items()}


def measure_rate(grid: Grid, dims: tuple[str, ...], names: Sequence[str], held: Mapping[str, Held]) -> float:
    """Points per second of a family in this process, measured on a random part of the grid.

    What points share makes large blocks faster than small ones: the part grows until it takes a noticeable time.
    """
    rate = 1.0
    for n in (1, 64, 4096, 65536):
        coordinates = _probe(grid, dims, n)
        seconds = math.inf
        for _ in range(2):  # the first call may compile
            start = time.perf_counter()
            evaluate_block(names, coordinates, held)
            seconds = min(seconds, time.perf_counter() - start)
            if seconds < 0.05:
                break
        rate = math.prod(v.size for v in coordinates.values()) / seconds
        if seconds > 0.3:
            break
    return rate


@dataclass(frozen=True)
class Estimate:
    """What a family will cost: core-seconds, and bytes before compression."""

    family: Family
    rate: float

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
        return self.family.n_blocks * (len(self.family.observables) + 1)


def estimate(plan: Plan) -> list[Estimate]:
    """Cost of every family, from a probe."""
    return [Estimate(f, measure_rate(plan.grid, f.dims, f.observables, plan.held)) for f in plan.families]
