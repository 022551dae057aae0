"""From a scan to work: observables with the same axes form a family, a family is cut into blocks.

A block is the unit of task and of write. It owns whole chunks, each a file, of every array of its family, so that two
tasks never touch the same file. The cut depends on the scan alone: the same scan file gives the same blocks everywhere.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from physics.core import plugins
from physics.core.identity import digest as physics_digest
from physics.core.tables import as_html, as_text
from scanner.errors import ScanFileError
from scanner.scan.config import ScanFile
from scanner.scan.cost import Cost
from scanner.scan.grid import Grid, Held

__all__ = [
    "BlockIndex",
    "Family",
    "Plan",
    "check_workers_can_have",
    "digest",
    "families_of",
    "family_name",
    "identity",
    "make_plan",
]

MAX_POINTS_PER_BLOCK = 2**20
MIN_POINTS_PER_BLOCK = 2**12
MIN_SECONDS_PER_BLOCK = 0.5  # a hundred times what Dask and Zarr take for a block
WANTED_BLOCKS = 64  # enough blocks to balance the workers
LARGEST_SHARE = 4  # a block is at most this part of a family that has points enough: declared costs are rough
CHUNK_POINTS = 200_000  # a block larger than this has several chunks of values, cheap to slice in any direction
MAX_BLOCKS = 100_000
MAX_BLOCK_BYTES = 2**31  # of values and statuses: a worker holds several times as much

BlockIndex = tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """Observables that depend on the same axes, and how their arrays are cut.

    The name is the family's own: another one on the same axes, added later, has another.
    """

    name: str
    dims: tuple[str, ...]
    observables: tuple[str, ...]
    shape: tuple[int, ...]
    block: tuple[int, ...]
    chunk: tuple[int, ...]

    def __post_init__(self) -> None:
        # One writer to a file: a block must own whole chunks
        assert all(b % c == 0 for b, c in zip(self.block, self.chunk, strict=True)), (self.block, self.chunk)

    @property
    def points(self) -> int:
        """Number of grid points."""
        return math.prod(self.shape)

    @property
    def block_bytes(self) -> int:
        """Size of a block: values and statuses."""
        return math.prod(self.block) * len(self.observables) * 9

    @property
    def blocks_along(self) -> tuple[int, ...]:
        """Number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.shape, self.block, strict=True))

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return math.prod(self.blocks_along)

    @property
    def n_files(self) -> int:
        """Number of files: of a block, every observable has its chunks of values and one of statuses."""
        chunks = math.prod(-(-n // c) for n, c in zip(self.shape, self.chunk, strict=True))
        return len(self.observables) * (chunks + self.n_blocks)

    def blocks(self) -> Iterator[BlockIndex]:
        """Indices of all blocks."""
        return itertools.product(*(range(n) for n in self.blocks_along))

    def region(self, index: BlockIndex) -> tuple[slice, ...]:
        """The part of the arrays that a block covers."""
        return tuple(slice(i * b, min((i + 1) * b, n)) for i, b, n in zip(index, self.block, self.shape, strict=True))

    def chunks_of(self, index: BlockIndex) -> Iterator[BlockIndex]:
        """Indices of the chunks of values that a block owns.

        >>> family = Family("m_X", ("m_X",), ("n_eff_entropy",), shape=(9,), block=(4,), chunk=(2,))
        >>> list(family.chunks_of((1,))), list(family.chunks_of((2,)))
        ([(2,), (3,)], [(4,)])
        """
        sides = zip(self.region(index), self.chunk, strict=True)
        return itertools.product(*(range(s.start // c, -(-s.stop // c)) for s, c in sides))


@dataclass(frozen=True, eq=False, repr=False)
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

    def _rows(self) -> list[tuple[str, ...]]:
        """What it is printed as: a row for each family, under the names of the columns."""
        return [
            ("axes", "points", "blocks", "observables"),
            *(
                (
                    " x ".join(f"{d} {n}" for d, n in zip(f.dims, f.shape, strict=True)) or "constants",
                    f"{f.points:,}",
                    str(f.n_blocks),
                    ", ".join(f.observables),
                )
                for f in self.families
            ),
        ]

    def __repr__(self) -> str:
        """As a short table."""
        return f"Plan of {self.scan.scan.title}: {self.n_values:,} values\n{as_text(self._rows())}"

    def _repr_html_(self) -> str:
        columns, *rows = self._rows()
        return as_html(columns, rows, [f"Plan of {self.scan.scan.title}: {self.n_values:,} values"])


def families_of(scan: ScanFile) -> dict[tuple[str, ...], list[str]]:
    """Observables of a scan by the axes that they depend on."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in scan.scan.observables:
        parameters = scan.parameters_of(name)
        groups.setdefault(tuple(d for d in scan.grid.dims if d in parameters), []).append(name)
    return groups


def identity(scan: ScanFile) -> dict[str, str]:
    """Everything that the values depend on; not how they are cut. Two stores hold the same scan if these agree."""
    items = {f"axis {name}": axis.identity for name, axis in scan.grid.axes.items()}
    items |= {f"fixed {name}": repr(value) for name, value in sorted(scan.fixed.items())}
    items |= {f"bound {name}": observable for name, observable in sorted(scan.bound.items())}
    for dims, names in families_of(scan).items():
        items |= {f"observable {name}": ", ".join(dims) for name in names}
    if scan.store.relative_error is not None:
        items["relative error"] = repr(scan.store.relative_error)
    items |= {f"plugin {name}": content[:16] for name, content in plugins.digests().items()}
    return items | {"physics code": physics_digest()[:16]}


def digest(items: Mapping[str, str]) -> str:
    """SHA-256 of an identity."""
    return hashlib.sha256(json.dumps(dict(items), sort_keys=True).encode()).hexdigest()


def make_plan(scan: ScanFile) -> Plan:
    """Group the observables of a scan into families and cut these into blocks, by the costs that they declare.

    Parameters
    ----------
    scan : ScanFile
        The scan.

    Raises
    ------
    ScanFileError
        The blocks would be too many, or an observable is defined where workers cannot have it from.
    """
    check_workers_can_have(scan)
    grid, groups = scan.grid, families_of(scan)
    if (points := scan.store.points_per_block) is not None:
        fits = dict.fromkeys(groups, _at_most(points))
    else:
        costs = {dims: Cost.of(scan, dims, names) for dims, names in groups.items()}
        total = math.fsum(cost(grid.shape(dims)) for dims, cost in costs.items())
        most = scan.store.seconds_per_block
        seconds = min(most, max(MIN_SECONDS_PER_BLOCK, total / WANTED_BLOCKS))
        fits = {d: _takes_at_most(cost, seconds, most, math.prod(grid.shape(d))) for d, cost in costs.items()}
    families: list[Family] = []
    for dims, names in groups.items():
        name = family_name(dims, {family.name for family in families})
        families.append(_cut(grid, name, dims, tuple(names), fits[dims]))
    plan = Plan(scan, tuple(families))
    if plan.n_blocks > MAX_BLOCKS:
        raise ScanFileError(
            f"{plan.n_blocks} blocks are more than {MAX_BLOCKS}: the file system and the scheduler would suffer. "
            "Raise store.points_per_block or store.seconds_per_block"
        )
    for family in plan.families:
        if (size := family.block_bytes) > MAX_BLOCK_BYTES:
            raise ScanFileError(
                f"store.points_per_block: a block of {' x '.join(map(str, family.block))} points with "
                f"{len(family.observables)} observables has {size / 1e9:.3g} GB, of which a worker needs several times "
                f"as much; at most {MAX_BLOCK_BYTES / 1e9:.3g} GB are allowed. Choose fewer points, or leave it out"
            )
    return plan


def check_workers_can_have(scan: ScanFile) -> None:
    """Raise where an observable comes neither from the package nor from a plugin, which is sent to the workers.

    Raises
    ------
    ScanFileError
        Naming it, where it is defined, and the remedy.
    """
    needed = set().union(*(scan.dependencies_of(name) for name in scan.scan.observables))
    if outside := plugins.from_outside(needed):
        raise ScanFileError(
            f"workers cannot have {', '.join(outside)}: define it in a file of its own, say mine.py, and name that: "
            '--plugin mine.py, or physics.add("mine.py")'
        )


Fits = Callable[[tuple[int, ...]], bool]  # whether a block may have these sides; longer ones fit less


def _at_most(points: int) -> Fits:
    return lambda block: math.prod(block) <= points


def _takes_at_most(cost: Cost, seconds: float, most: float, family: int) -> Fits:
    """Blocks of these seconds; small ones may take longer, unless they exceed seconds_per_block."""
    largest = min(MAX_POINTS_PER_BLOCK, family // LARGEST_SHARE)

    def fits(block: tuple[int, ...]) -> bool:
        points, takes = math.prod(block), cost(block)
        return takes <= most if points <= MIN_POINTS_PER_BLOCK else takes <= seconds and points <= largest

    return fits


def family_name(dims: tuple[str, ...], taken: Collection[str] = ()) -> str:
    """A name for a family on these axes, which no other has.

    >>> family_name(("m_X", "g_X")), family_name(("m_X", "g_X"), taken={"m_X_g_X"}), family_name(())
    ('m_X_g_X', 'm_X_g_X_2', 'constants')
    """
    name = "_".join(dims) or "constants"
    numbered = (f"{name}_{n}" for n in itertools.count(2))
    return next(candidate for candidate in itertools.chain([name], numbered) if candidate not in taken)


def _cut(grid: Grid, name: str, dims: tuple[str, ...], observables: tuple[str, ...], fits: Fits) -> Family:
    shape = grid.shape(dims)
    block = _even_sides(shape, fits)
    chunk = _pieces(block)
    block = tuple(c * -(-b // c) for b, c in zip(block, chunk, strict=True))
    return Family(name, dims, observables, shape, block, chunk)


def _pieces(block: tuple[int, ...]) -> tuple[int, ...]:
    """Sides of a chunk: of a block whose longest sides are cut until it is small enough. A file is costly to make.

    >>> _pieces((26, 30, 26, 26)), _pieces((400, 500)), _pieces((200, 2, 500))
    ((13, 15, 26, 26), (400, 500), (200, 2, 500))
    """
    number, sides = [1] * len(block), block
    while math.prod(sides) > CHUNK_POINTS:
        number[sides.index(max(sides))] += 1
        sides = tuple(-(-b // n) for b, n in zip(block, number, strict=True))
    return sides


def _even_sides(shape: tuple[int, ...], fits: Fits) -> tuple[int, ...]:
    """Largest sides of near-equal length that fit, and cut every axis into even pieces.

    >>> _even_sides((100, 100, 4), _at_most(1000))
    (15, 15, 4)
    """
    sides = range(1, max(shape, default=1) + 1)
    fitting = bisect.bisect_left(sides, True, key=lambda side: not fits(tuple(min(n, side) for n in shape)))
    longest = max(1, fitting)
    return tuple(-(-n // -(-n // min(n, longest))) for n in shape)
