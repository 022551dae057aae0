"""A new store whose points come from others as far as these have them; the rest is pending.

It is filled beside its place, under NAME.partial, and appears under its name when all is copied: nobody can compute
into it before. A kill leaves the draft, and the same command goes on with it. Blocks are read and written one by one,
so that memory is that of a block. Sources are only read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.errors import PlanMismatchError, ScanError, StoreError
from scanner.growth.sources import Match, gathered, match, why_nothing
from scanner.paths import local
from scanner.scan.plan import Family, Plan, identity
from scanner.store.files import synchronize
from scanner.store.history import codes, record_growth
from scanner.store.runlog import log_of
from scanner.store.store import Store

__all__ = ["Growth", "grow", "not_the_same_code"]

Wanted = Mapping[str, NDArray[np.bool_]] | None  # which blocks, by family
Matches = Mapping[str, Mapping[str, Sequence[Match]]]  # by family and observable


@dataclass(frozen=True)
class Growth:
    """A store that was made of others."""

    store: Store
    copied: int  # values
    values: int  # that it will have
    pending: int  # blocks to compute

    def __str__(self) -> str:
        left = f"the others: lmutau run {self.store.path}" if self.pending else "complete"
        return f"{self.store.path}: {self.copied:,} of {self.values:,} values copied; {left}"


def grow(
    path: str | Path,
    plan: Plan,
    sources: Sequence[Store],
    how: Mapping[str, Any],
    *,
    history: Mapping[str, str] | None = None,
    wanted: Wanted = None,
    on_block: Callable[[int, int], None] | None = None,
) -> Growth:
    """Make the store of a plan, with all points that sources have.

    Parameters
    ----------
    path : str or Path
        Folder that does not exist yet.
    plan : Plan
        What it will hold.
    sources : sequence of Store
        Where equal points are.
    how : mapping
        What was asked for, for the store's record.
    history : mapping, optional
        Attributes that say what the values were computed with, where this was not here.
    wanted : mapping, optional
        Which blocks are to be computed, by family; default: all.
    on_block : callable, optional
        Hears how many blocks have been looked at, and of how many.

    Raises
    ------
    StoreError
        Something is at that path; no source has a point; two have different values for one; or one is damaged.
    """
    path = local(path)
    if path.exists():
        raise StoreError(f"{path}: exists already; choose another name, or finish it: lmutau run {path}")
    for store in sources:
        if (there := store.section.relative_error) != (here := plan.scan.store.relative_error):
            raise PlanMismatchError(
                f"{store.path}: store.relative_error is {there} there, and {here} here: choose the same, for values "
                "are copied as they are"
            )
    matches = _matches(plan, sources)
    draft = path.with_name(f"{path.name}.partial")
    store = _begun(draft, plan, matches, history, wanted)
    try:
        copied = _copy(store, matches, on_block)
    except (ScanError, ValueError):  # it would be the same the next time; what the system has against it may pass
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if not any("grown" in record for record in store.history):
        made_of = [{"name": s.path.name, "id": s.id, "title": s.title, "history_of_code": codes(s)} for s in sources]
        record_growth(store, {**how, "sources": made_of})
    pending = sum(1 for _ in store.pending())
    if not pending:
        Store(draft).finalize()
    if log_of(draft).exists():
        log_of(draft).rename(log_of(path))
    draft.rename(path)
    if store.section.fsync:
        synchronize([path], path.parent)
    values = sum(store.points(family) * len(family.observables) for family in store.families)
    return Growth(Store(path), copied, values, pending)


def not_the_same_code(stores: Sequence[Store], here: Mapping[str, str] | None = None) -> None:
    """Raise where values were computed with other physics, or other plugins, than those of the first store, or here.

    Raises
    ------
    PlanMismatchError
        Naming the difference.
    """
    first, where = (here, "here") if here is not None else (stores[0].identity, str(stores[0].path))
    for store in stores:
        there = store.identity
        keys = [k for k in sorted({*first, *there}) if k == "physics code" or k.startswith("plugin ")]
        different = [f"{k}: {there.get(k, 'none')} there, {first.get(k, 'none')} in {where}" for k in keys
                     if first.get(k) != there.get(k)]  # fmt: skip
        if different:
            raise PlanMismatchError(
                f"{store.path}: its values may differ from those of {where}, for they were computed with other code "
                f"({'; '.join(different)}). Compute it again here (lmutau run with its scan file), or use that version"
            )


def _matches(plan: Plan, sources: Sequence[Store]) -> Matches:
    found: dict[str, dict[str, list[Match]]] = {}
    for family in plan.families:
        for name in family.observables:
            one = [match(store, plan.scan, plan.grid, family, name) for store in sources]
            if there := [m for m in one if m is not None]:
                found.setdefault(family.name, {})[name] = there
    if not found:
        names = plan.scan.scan.observables
        reasons = dict.fromkeys(
            f"{store.path}: {why_nothing(store, plan.scan, name) or 'its axes share no point with the new ones'}"
            for store in sources
            for name in names
        )
        raise StoreError(
            f"nothing can be copied: {'; '.join(list(reasons)[:5])}. Run the scan file by itself: lmutau run"
        )
    return found


def _begun(draft: Path, plan: Plan, matches: Matches, history: Mapping[str, str] | None, wanted: Wanted) -> Store:
    """The store to fill: a new one, or what a kill has left."""
    if not draft.exists():
        partly = {f.name for f in plan.families if f.name in matches and not _covered(f, matches[f.name])}
        return Store.create(draft, plan, history=history, copied=partly, wanted=wanted)
    store = Store(draft)
    planned = json.loads(history["plan"]) if history else identity(plan.scan)
    if store.identity != planned or store.families != plan.families:
        raise StoreError(
            f"{draft}: left by a copy of something else that was interrupted; go on with that, or remove it"
        )
    return store


def _covered(family: Family, matches: Mapping[str, Sequence[Match]]) -> bool:
    """Whether every point comes from one store that has computed all of it."""
    for name in family.observables:
        whole = (m for m in matches.get(name, ()) if m.points == family.points)
        if not any(m.store.attribute("state") == "complete" for m in whole):
            return False
    return True


def _copy(store: Store, matches: Matches, on_block: Callable[[int, int], None] | None) -> int:
    """Copy block by block; return how many values are there then."""
    total, done, copied = sum(len(store.blocks(f)) for f in store.families if f.name in matches), 0, 0
    for family in store.families:
        if family.name not in matches:
            continue
        for index in store.blocks(family):
            if store.has(family, index):
                copied += store.read_status(family, index).size
            elif (known := store.copied(family, index)) is not None:
                copied += int(np.count_nonzero(known.status))
            elif (known := gathered(store.grid, family, index, matches[family.name])) is not None:
                store.write_copied(family, index, known)
                copied += int(np.count_nonzero(known.status))
            done += 1
            if on_block is not None:
                on_block(done, total)
    return copied
