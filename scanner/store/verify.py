"""Check a store: every chunk is read, status and values must agree, random points are computed again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physics import Status
from physics.core.identity import digest as physics_digest
from scanner.execution.block import evaluate_block
from scanner.scan.plan import BlockIndex, Family
from scanner.store.needs import lacking
from scanner.store.store import Store

__all__ = ["Verification", "verify"]

# Observables are accurate to this at least. A point by itself may differ from the same point in a block by less: what
# points share (a table for all that have the same masses) is computed for those that are there
AGREEMENT = 1e-6


@dataclass
class Verification:
    """What `verify` found."""

    values: int = 0
    missing_blocks: int = 0
    recomputed: int = 0
    not_recomputed: str = ""  # why nothing was
    same_physics: bool = True
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the store is complete and sound."""
        return not self.problems and not self.missing_blocks


def verify(store: Store, points: int = 100, seed: int | None = None) -> Verification:
    """Read all values of a store and recompute some.

    Parameters
    ----------
    store : Store
        Complete or not.
    points : int
        Random values to compute again, each by itself; they must agree to AGREEMENT. None where this installation lacks
        what the store needs: that is said, and not a problem of the store.
    seed : int, optional
        For the choice of points.

    Returns
    -------
    Verification
    """
    found = Verification(same_physics=store.identity.get("physics code") == physics_digest()[:16])
    found.problems.extend(store.axis_problems())
    for family in store.families:
        committed = store.committed(family)
        found.missing_blocks += family.n_blocks - len(committed)
        for index in sorted(committed):
            found.problems.extend(_check_block(store, family, index))
            found.values += int(np.prod([s.stop - s.start for s in family.region(index)], dtype=np.int64)) * len(
                family.observables
            )
    if missing := lacking(store):
        found.not_recomputed = f"this installation lacks {', '.join(missing)}"
    elif not found.problems:
        _recompute(store, found, points, np.random.default_rng(seed))
    return found


def _check_block(store: Store, family: Family, index: BlockIndex) -> list[str]:
    where = f"block {index} of {family.name}"
    region = family.region(index)
    try:
        status = store.read_status(family, index)
    except Exception as error:  # whatever a damaged file makes the codecs raise
        return [f"{where}: status cannot be read: {type(error).__name__}: {error}"]
    problems = []
    unknown = set(np.unique(status).tolist()) - set(Status)
    if unknown or (status == Status.NOT_COMPUTED).any():
        problems.append(f"{where}: status {sorted(unknown) or int(Status.NOT_COMPUTED)} in a committed block")
    for i, name in enumerate(family.observables):
        try:
            values = np.asarray(store.array(name)[region])
        except Exception as error:
            problems.append(f"{where}: {name} cannot be read: {type(error).__name__}: {error}")
            continue
        wrong = int(((status[i] == Status.OK) != np.isfinite(values)).sum())
        if wrong:
            problems.append(f"{where}: {name}: {wrong} values disagree with their status")
    return problems


def _recompute(store: Store, found: Verification, points: int, random: np.random.Generator) -> None:
    families = [f for f in store.families if store.committed(f)]
    if not families:
        return
    for _ in range(points):
        family = families[random.integers(len(families))]
        at = tuple(int(random.integers(n)) for n in family.shape)
        one = tuple(slice(i, i + 1) for i in at)
        stored = store.statuses(family, one)
        if np.isin(stored, (Status.NOT_COMPUTED, Status.ERROR, Status.BLOCK_FAILED)).any():
            continue
        again = evaluate_block(family.observables, store.grid.values(family.dims, one), store.held)
        found.recomputed += len(family.observables)
        for i, name in enumerate(family.observables):
            old, new = np.asarray(store.array(name)[one]), again.values[name]
            same = np.allclose(old, new, rtol=AGREEMENT, atol=0.0, equal_nan=True)
            if not same or stored[i] != again.status[i]:
                found.problems.append(f"{name}{at}: stored {old.item()!r}, computed again {new.item()!r}")
