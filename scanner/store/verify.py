"""Check a store: every file belongs there and is as it was written, status and values agree, points are computed again.

Metadata are compared with their seal (`seal.py`), and with what the scan file says where this is the physics that the
store was made with (`planned.py`); values, statuses and coordinates are read, whose checksums tell of damage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import physics
from physics import Status
from physics.core.identity import digest as physics_digest
from scanner.errors import ScanError, StoreError
from scanner.execution.block import evaluate_block
from scanner.scan.plan import BlockIndex, Family, digest, identity
from scanner.store import seal, sums
from scanner.store.elsewhere import elsewhere, place
from scanner.store.files import chunk_file, read_plain
from scanner.store.finding import Finding, Part
from scanner.store.layout import status_name
from scanner.store.needs import lacking
from scanner.store.planned import differences, skeleton
from scanner.store.provenance import versions
from scanner.store.store import Store

__all__ = ["Verification", "verify"]

# A point by itself has the value that it has in any block, to the last bit on the same machine; another may round the
# elementary functions otherwise
AGREEMENT = 1e-9


@dataclass
class Verification:
    """What `verify` found."""

    values: int = 0
    missing_blocks: int = 0
    recomputed: int = 0
    not_recomputed: str = ""  # why nothing was
    same_physics: bool = True
    read_all: bool = True  # of the values; otherwise those that were computed again
    problems: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be compared, and is not a problem of the store

    @property
    def ok(self) -> bool:
        """Whether the store is complete and sound."""
        return not self.problems and not self.missing_blocks and (self.read_all or self.recomputed > 0)


def verify(
    store: Store | str | Path, points: int = 100, seed: int | None = None, read_all: bool = True
) -> Verification:
    """Read all of a store and recompute some. What cannot be read is a finding, and never raises.

    Parameters
    ----------
    store : Store, str or Path
        Complete or not.
    points : int
        Random values to compute again, each by itself; they must agree to AGREEMENT. None where this installation lacks
        what the store needs: that is said, and not a problem of the store.
    seed : int, optional
        For the choice of points, from 0.
    read_all : bool
        Otherwise only metadata, coordinates and what is computed again are read: enough to trust a store on a server,
        of which the rest is not downloaded. Nothing is known then of the files of other blocks.

    Returns
    -------
    Verification

    Raises
    ------
    StoreError
        There is no store of this version of lmutau.
    """
    for name, number in (("points", points), ("seed", seed or 0)):
        if number < 0:
            raise ValueError(f"{name} = {number}: 0 or more is needed")
    path = store.path if isinstance(store, Store) else place(store)
    found = Verification()
    found.problems.extend(seal.broken(path))
    if any(problem.part is Part.ROOT for problem in found.problems):
        if not _is_ours(path):
            Store(path).check_current()  # says what it is
        found.notes.append("Values were not read: the attributes, which say how they are cut, must be repaired first.")
        return found
    try:
        store = Store(path)
    except StoreError as error:
        if not found.problems:
            raise
        found.notes.append(f"Values were not read: {error}")  # a record of a run, which is named above
        return found
    store.check_current()
    _check_metadata(store, found)
    damaged = {problem.where for problem in found.problems}
    if read_all:
        _check_files(store, damaged, found)
    else:
        found.read_all = False
        if store.attribute("state") != "complete":
            found.missing_blocks = sum(1 for _ in store.pending())
    if missing := lacking(store):
        found.not_recomputed = f"this installation lacks {', '.join(missing)}"
    elif not found.problems:
        _recompute(store, found, points, np.random.default_rng(seed))
    return found


def _is_ours(path: Path) -> bool:
    """Whether what has no intact seal was a store of this version of lmutau once."""
    try:
        attributes = seal.read_root(path)["attributes"]
    except StoreError:
        return bool(seal.nodes(path))  # of a Zarr store, at least, whose own metadata are gone
    return not set(seal.SEALS).isdisjoint(attributes)


# --- metadata and coordinates -----------------------------------------------------------------------------------------


def _check_metadata(store: Store, found: Verification) -> None:
    """Compare metadata and coordinates with what was planned; by version, as far as that can be known here."""
    found.same_physics = store.identity.get("physics code") == physics_digest()[:16]
    if digest(json.loads(store.attribute("plan"))) != store.attribute("plan_digest"):
        found.problems.append(Finding(Part.ROOT, seal.ROOT, "attributes.plan_digest is not the digest of the plan"))
    planned: list[Finding] | None = None
    if not lacking(store):
        try:
            planned = _by_scan_file(store)
        except ScanError as error:
            found.notes.append(f"The scan file of the store means nothing here: {error}")
    if planned is None:
        found.notes.append("Another version made it: metadata were compared with the digests that it left, not anew.")
        found.problems.extend(_axes_by_digest(store))
        return
    sealed = {problem.where for problem in found.problems}
    made_by = json.loads(store.attribute("versions")).get("lmutau")
    if made_by != versions()["lmutau"] and (younger := [p for p in planned if p.part is not Part.AXIS]) and not sealed:
        found.notes.append(
            f"Metadata are as lmutau {made_by} wrote them; this version would write others: {younger[0]}"
        )
        planned = [p for p in planned if p.part is Part.AXIS]
    explained = {problem.where for problem in planned}
    found.problems = [p for p in found.problems if p.where not in explained] + planned


def _by_scan_file(store: Store) -> list[Finding] | None:
    """What is not as the scan file says; None where it says something else here, by another physics or NumPy."""
    here, there = identity(store.scan), store.identity
    different = [key for key in sorted({*here, *there}) if here.get(key) != there.get(key)]
    if any(key.startswith(("axis ", "physics code", "plugin ")) for key in different):
        return None
    found = [
        Finding(Part.ROOT, seal.ROOT, f"{key}: the scan file says {here.get(key)}, the plan {there.get(key)}")
        for key in different
    ]
    with skeleton(store.scan, store.families) as folder:
        return found + list(differences(store, folder))


def _axes_by_digest(store: Store) -> Iterator[Finding]:
    """Coordinates against the digests of the plan."""
    try:
        for problem in store.axis_problems():
            name, _, message = problem.partition(": ")
            yield Finding(Part.AXIS, name.removeprefix("axis "), message)
    except Exception as error:  # whatever a damaged file makes the codecs raise
        yield Finding(Part.AXIS, "axes", f"cannot be read: {type(error).__name__}: {error}")


# --- files ------------------------------------------------------------------------------------------------------------


def _check_files(store: Store, damaged: Collection[str], found: Verification) -> None:
    """Every file belongs there, and every block is as it was written."""
    presumed = set(_presumed(store, found))
    files = set(_files(store.path)) | presumed
    accompanying, complaints = sums.checked(store.path, None if presumed else files)
    found.problems.extend(Finding(Part.FILE, name, complaint) for name, complaint in complaints)
    found.problems.extend(_foreign_files(store.path, files - accompanying))
    _check_blocks(store, files, damaged, found)


def _files(path: Path, folder: str = "") -> Iterator[str]:
    """Paths in the store of everything that is not a folder; links are not followed."""
    if (there := elsewhere(path)) is not None:
        yield from there.listed()
        return
    with os.scandir(path / folder) as entries:
        for entry in entries:
            name = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _files(path, f"{name}/")
            else:
                yield name if entry.is_file(follow_symlinks=False) else f"{name} (not a file)"


def _presumed(store: Store, found: Verification) -> Iterator[str]:
    """Files that a server has but does not list: those that make blocks complete. One that lacks has no values."""
    if (there := elsewhere(store.path)) is None or there.files.lists:
        return
    found.notes.append("Its server lists no files, so that those which do not belong to the store were not seen.")
    for family in store.families:
        for index in store.committed(family):
            for name in family.observables:
                yield chunk_file(Path(status_name(name)), index).as_posix()
                yield from (chunk_file(Path(name), chunk).as_posix() for chunk in family.chunks_of(index))


def _foreign_files(path: Path, files: Collection[str]) -> Iterator[Finding]:
    """Files that are neither metadata nor chunks. What a kill left half-written (*.partial) is read by nobody."""
    sealed = {*json.loads(seal.read_root(path)["attributes"]["sealed_metadata"]), *seal.record_names(path)}
    chunks: dict[str, tuple[int, ...] | None] = {}
    for name in sealed:
        try:
            chunks[name] = _chunks_along(json.loads(read_plain(path / name / seal.ROOT)))
        except Exception:  # which is a finding already; its chunks cannot be told from other files
            chunks[name] = None
    for file in sorted(files):
        node, _, key = file.partition("/c/") if "/c/" in file else file.rpartition("/")
        if file == seal.ROOT or file.endswith(".partial") or (node in sealed and key == seal.ROOT):
            continue
        if node in sealed and (chunks[node] is None or _is_chunk(key, chunks[node] or ())):
            continue
        yield Finding(Part.FILE, file, "does not belong to the store")


def _chunks_along(metadata: Mapping[str, Any]) -> tuple[int, ...]:
    sides = metadata["chunk_grid"]["configuration"]["chunk_shape"]
    return tuple(-(-n // side) for n, side in zip(metadata["shape"], sides, strict=True))


def _is_chunk(key: str, chunks: tuple[int, ...]) -> bool:
    """Whether the rest of a path, after c/, is the index of a chunk; an array without axes has one that is named c."""
    if not chunks:
        return key == "c"
    index = key.split("/")
    return len(index) == len(chunks) and all(
        i.isdecimal() and str(int(i)) == i and int(i) < n for i, n in zip(index, chunks, strict=True)
    )


# --- blocks -----------------------------------------------------------------------------------------------------------


def _check_blocks(store: Store, files: Collection[str], damaged: Collection[str], found: Verification) -> None:
    for family in store.families:
        committed = store.committed(family)
        found.missing_blocks += len(store.blocks(family)) - len(committed)
        names = [name for observable in family.observables for name in (observable, status_name(observable))]
        unreadable = [name for name in names if name in damaged]
        if unreadable:
            found.notes.append(f"Values of {family.name} were not read: the metadata of {unreadable[0]} are damaged.")
            continue
        found.problems.extend(_check_copied(store, family, committed))
        for index in sorted(committed):
            found.problems.extend(_check_block(store, family, index, files))
            points = np.prod([s.stop - s.start for s in family.region(index)], dtype=np.int64)
            found.values += int(points) * len(family.observables)


def _check_copied(store: Store, family: Family, committed: Collection[BlockIndex]) -> Iterator[Finding]:
    """Points that were copied into blocks which are not complete."""
    for index in store.blocks(family):
        if index in committed or not store.has_marks(family, index):
            continue
        try:
            known = store.copied(family, index)
        except Exception as error:  # whatever a damaged file makes the codecs raise
            yield Finding(
                Part.BLOCK, family.name, f"copied points cannot be read: {type(error).__name__}: {error}", index
            )
            continue
        if known is None or set(np.unique(known.status).tolist()) - set(Status):
            yield Finding(Part.BLOCK, family.name, "copied points are damaged", index)


def _check_block(store: Store, family: Family, index: BlockIndex, files: Collection[str]) -> Iterator[Finding]:
    def finding(message: str) -> Finding:
        return Finding(Part.BLOCK, family.name, message, index)

    region = family.region(index)
    try:
        status = store.read_status(family, index)
    except Exception as error:  # whatever a damaged file makes the codecs raise
        yield finding(f"status cannot be read: {type(error).__name__}: {error}")
        return
    unknown = set(np.unique(status).tolist()) - set(Status)
    if unknown or (status == Status.NOT_COMPUTED).any():
        yield finding(f"status {sorted(unknown) or int(Status.NOT_COMPUTED)} in a committed block")
    for i, name in enumerate(family.observables):
        failed = bool((status[i] == Status.BLOCK_FAILED).all())  # it has no values then, or what a kill left of them
        missing = any(chunk_file(Path(name), chunk).as_posix() not in files for chunk in family.chunks_of(index))
        if missing and not failed:
            yield finding(f"a file with {name} is missing")
            continue
        try:
            values = np.asarray(store.array(name)[region])
        except Exception as error:
            yield finding(f"{name} cannot be read: {type(error).__name__}: {error}")
            continue
        wrong = int(((status[i] == Status.OK) != np.isfinite(values)).sum())
        if wrong and not failed:
            yield finding(f"{name}: {wrong} values disagree with their status")


def _recompute(store: Store, found: Verification, points: int, random: np.random.Generator) -> None:
    families = [f for f in store.families if not found.read_all or store.committed(f)]
    if not families:
        return
    for _ in range(points):
        family = families[random.integers(len(families))]
        at = tuple(int(random.integers(n)) for n in family.shape)
        one = tuple(slice(i, i + 1) for i in at)
        index = tuple(i // side for i, side in zip(at, family.block, strict=True))
        try:
            stored = store.statuses(family, one)
            old = {name: np.asarray(store.array(name)[one]) for name in family.observables}
        except Exception as error:  # whatever a damaged file makes the codecs raise
            found.problems.append(
                Finding(Part.BLOCK, family.name, f"cannot be read: {type(error).__name__}: {error}", index)
            )
            return
        if np.isin(stored, (Status.NOT_COMPUTED, Status.ERROR, Status.BLOCK_FAILED)).any():
            continue
        try:
            again = evaluate_block(family.observables, store.grid.values(family.dims, one), store.held)
        except physics.PhysicsError as error:
            found.problems.append(Finding(Part.BLOCK, family.name, f"cannot be computed again: {error}", index))
            return
        found.recomputed += len(family.observables)
        for i, name in enumerate(family.observables):
            new = again.values[name]
            within = AGREEMENT + (store.section.relative_error or 0.0)
            same = np.allclose(old[name], new, rtol=within, atol=0.0, equal_nan=True)
            if not same or stored[i] != again.status[i]:
                message = f"{name}{at}: stored {old[name].item()!r}, computed again {new.item()!r}"
                found.problems.append(Finding(Part.BLOCK, family.name, message, index))
