"""Repair a store: what `verify` condemns is restored from what is sound, or marked to be computed again.

Attributes come from the log, which has a copy of them, or from the scan file; metadata of arrays from their copy in the
store's own, or from the scan file; coordinates from the scan file. Blocks lose the mark that they are complete, so that
they are pending like any other. Values that are sound are not touched, and files that do not belong there are left to
whoever put them there. What was done is recorded in the store.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import ScanError, StoreError
from scanner.scan.config import ScanFile, validated
from scanner.scan.plan import BlockIndex, Family, digest, identity, make_plan
from scanner.store import seal
from scanner.store.attributes import check_attributes, check_root
from scanner.store.elsewhere import folder
from scanner.store.finding import Finding, Part
from scanner.store.history import check_same_scan, record_repair, record_resumption
from scanner.store.layout import RUNS, families_from
from scanner.store.needs import check_physics
from scanner.store.planned import skeleton
from scanner.store.runlog import log_of, records
from scanner.store.store import Store
from scanner.store.verify import Verification, verify

__all__ = ["Repair", "repair"]

LONGEST_REST = 2000  # characters of a record that cannot be restored


@dataclass
class Repair:
    """What was done, or would be; and what is left."""

    done: list[str] = field(default_factory=list)
    blocks: list[tuple[Family, BlockIndex]] = field(default_factory=list)  # pending now
    left: list[Finding] = field(default_factory=list)  # for somebody else to see to
    more: bool = False  # values have not been looked at: of a dry run, where metadata are damaged


def repair(
    path: str | Path,
    *,
    points: int = 100,
    seed: int | None = None,
    scan: ScanFile | None = None,
    accept_changed_physics: bool = False,
    dry_run: bool = False,
) -> Repair:
    """Restore what `verify` condemns, but for values, whose blocks become pending.

    Parameters
    ----------
    path : str or Path
        Folder of a store that nobody writes to at the time.
    points, seed
        As for `verify`: random values to compute again.
    scan : ScanFile, optional
        The scan that the store was made for, where the store itself does not know any more.
    accept_changed_physics : bool
        Compute blocks again although the store was made with other physics code; the store remembers both.
    dry_run : bool
        Change nothing.

    Returns
    -------
    Repair

    Raises
    ------
    StoreError
        There is no store; or what would have to be restored is nowhere to be found, or needs other physics code.
    """
    path, did = folder(path), Repair()
    for _ in Part:  # attributes, then metadata and coordinates, then the rest, which can be read only after these
        found = verify(path, points, seed)
        parts = {problem.part for problem in found.problems}
        if Part.ROOT in parts:
            _restore_attributes(path, found, scan, did, dry_run)
        elif parts & {Part.METADATA, Part.AXIS}:
            _restore_arrays(path, found, accept_changed_physics, did, dry_run)
        else:
            break
        if dry_run:
            did.more = True
            return did
    if Part.LOG in parts:
        places = sum(problem.part is Part.LOG for problem in found.problems)
        did.done.append(f"log: what is damaged stays there, and is not counted ({places} places)")
    _forget_blocks(Store(path), found, accept_changed_physics, did, dry_run)
    _admit_that_blocks_are_missing(path, found, did, dry_run)
    did.left = [problem for problem in found.problems if problem.part not in (Part.LOG, Part.BLOCK)]
    if did.done and not dry_run:
        record_repair(Store(path), did.done)
        seal.change_root(path, {}, accept_log=Part.LOG in parts)
    return did


# --- attributes -------------------------------------------------------------------------------------------------------


def _restore_attributes(path: Path, found: Verification, scan: ScanFile | None, did: Repair, dry_run: bool) -> None:
    why = "; ".join(str(problem) for problem in found.problems if problem.part is Part.ROOT)
    try:
        there = seal.read_root(path)["attributes"]
    except StoreError:
        there = {}
    if not seal.is_sealed(path / seal.ROOT) and (logged := _logged_root(path)) is not None:
        root, source = logged, "the log"
        keys = {*there, *logged["attributes"]} - set(seal.SEALS)
        changed = [key for key in sorted(keys) if there.get(key) != logged["attributes"].get(key)]
        why += f"; were changed: {', '.join(changed)}" if there and changed else ""
    else:
        attributes, kept = _attributes_of(path, scan if scan is not None else _own_scan(path, there), there)
        root = {"attributes": attributes, "zarr_format": 3, "node_type": "group"}
        source = f"the scan file, but for {', '.join(kept) or 'nothing'}, which nothing can confirm"
    did.done.append(f"attributes of the store: restored from {source} ({why})")
    if not dry_run:
        seal.change_root(path, {}, instead=root)


def _logged_root(path: Path) -> dict[str, Any] | None:
    """The metadata of a store as its log has them, if it has: the last ones that know the arrays that are there."""
    there, found = seal.node_digests(path, seal.nodes(path)), None
    for record in records(log_of(path)):
        if (root := _whole_root(path, record.get("root"))) is not None:
            digests = json.loads(root["attributes"]["sealed_metadata"])
            if 2 * sum(there.get(name) == digest for name, digest in digests.items()) > len(digests):
                found = root
    return found


def _whole_root(path: Path, root: Any) -> dict[str, Any] | None:
    """The metadata of a store in a record of a log, which may say anything; None where they cannot be those."""
    try:
        attributes = root["attributes"]
        check_root(path, root)
        check_attributes(path, attributes)
        return dict(root) if {"id", "state", "sealed_metadata"} <= attributes.keys() else None
    except (LookupError, TypeError, AttributeError, StoreError):
        return None


def _own_scan(path: Path, attributes: Mapping[str, Any]) -> ScanFile:
    """The scan file in attributes that are damaged somewhere, if it is itself what the plan and its digest say."""
    try:
        scan = validated(json.loads(attributes["scan_file"]), str(path))
        plan, now = json.loads(attributes["plan"]), identity(scan)
        added = {key for key in now.keys() - plan.keys() if key.startswith(("observable ", "plugin "))}
        if {k: v for k, v in now.items() if k not in added} == plan and digest(plan) == attributes["plan_digest"]:
            return scan
    except (KeyError, ValueError, TypeError, RecursionError, ScanError):
        pass
    raise StoreError(
        f"{path}: its attributes are damaged, and its log ({log_of(path).name}) has no copy of them. Put the log "
        "beside the store, or give the scan that the store was made for: --scan FILE, with the physics it was made with"
    )


def _attributes_of(path: Path, scan: ScanFile, there: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Attributes as a new store of the scan has them, but for the history that is still there: which."""
    try:
        stored = [families_from(there["families"])]
    except (KeyError, ValueError, TypeError, AttributeError, AssertionError, RecursionError):
        stored = []
    for families in (*stored, make_plan(scan).families):
        with skeleton(scan, families) as planned:
            fresh = seal.read_root(planned)["attributes"]
            expected = {name: (planned / name / seal.ROOT).read_bytes() for name in seal.nodes(planned)}
        same = [name for name, content in expected.items() if seal.metadata_of(path, name) == content]
        if 2 * len(same) > len(expected):  # a flipped bit spoils one; another scan, or another cut, most of them
            digests = {name: hashlib.sha256(content).hexdigest() for name, content in expected.items()}
            kept = _history_in(there)
            return fresh | kept | {"state": "running", "sealed_metadata": json.dumps(digests)}, sorted(kept)
    raise StoreError(f"{path}: its arrays are not those of the scan, or are cut otherwise: is that its scan file?")


def _history_in(there: Mapping[str, Any]) -> dict[str, str]:
    """What damaged attributes still say of how a store came to be: nothing else knows it."""
    kept = {key: there[key] for key in ("id", "created") if isinstance(there.get(key), str)}
    for key in ("versions", "git", "plugins", "plan"):
        try:
            content = json.loads(there[key])
        except (KeyError, ValueError, TypeError, RecursionError):
            continue
        if key != "plan":
            kept[key] = there[key]
        elif digest(content) == there.get("plan_digest"):
            kept |= {"plan": there["plan"], "plan_digest": there["plan_digest"]}
    return kept


# --- arrays -----------------------------------------------------------------------------------------------------------


def _restore_arrays(path: Path, found: Verification, accept_changed_physics: bool, did: Repair, dry_run: bool) -> None:
    """Metadata from their copy in the store's own, if that is sound; else, and coordinates, from the scan file."""
    root = seal.read_root(path)
    problems = [problem for problem in found.problems if problem.part in (Part.METADATA, Part.AXIS)]
    wanting: list[Finding] = []
    for problem in problems:
        if problem.where.startswith(f"{RUNS}/"):
            _restore_record(path, problem, did, dry_run)
            continue
        copy = _copy_of_metadata(root, problem.where) if problem.part is Part.METADATA else None
        if copy is None or seal.metadata_of(path, problem.where) == copy:
            wanting.append(problem)
            continue
        did.done.append(f"metadata of {problem.where}: restored from the copy in the store ({problem.message})")
        if not dry_run:
            seal.write_metadata(path, problem.where, copy)
    if wanting:
        store = Store(path)
        scan = _scan_of(store, accept_changed_physics)
        with skeleton(scan, store.families) as planned:
            for problem in wanting:
                _restore_as_planned(path, planned, problem, did, dry_run)
    if not dry_run:
        written = {problem.where for problem in problems if not problem.where.startswith(f"{RUNS}/")}
        seal.change_root(path, {}, renew=written)


def _restore_record(path: Path, problem: Finding, did: Repair, dry_run: bool) -> None:
    """A record of who went on with the store: from a copy; where there is none, what is left of it is noted."""
    copy = _copy_of_record(path, problem.where)
    if copy is not None:
        did.done.append(f"record {problem.where}: restored from a copy ({problem.message})")
    else:
        rest = seal.metadata_of(path, problem.where).decode(errors="replace")[:LONGEST_REST]
        did.done.append(f"record {problem.where}: removed, for it is damaged and there is no copy; it read {rest!r}")
    if dry_run:
        return
    if copy is None:
        _remove(path / problem.where)
        return
    seal.write_metadata(path, problem.where, copy)


def _copy_of_record(path: Path, name: str) -> bytes | None:
    """The content of a record from the copy in the store's metadata, or from the log."""
    if (copy := seal.copies_in(seal.read_root(path)).get(name)) is not None:
        return json.dumps(copy, indent=2).encode()
    logged = [record.get("content") for record in records(log_of(path)) if record.get("record") == name]
    if logged and isinstance(logged[-1], dict) and isinstance(logged[-1].get("attributes"), dict):
        return seal.sealed(logged[-1], seal.RECORD_SEAL)
    return None


def _copy_of_metadata(root: Mapping[str, Any], name: str) -> bytes | None:
    """The metadata of an array from the copy in those of the store, which are sealed."""
    copy = seal.copies_in(root).get(name)
    return None if copy is None else json.dumps(copy, indent=2).encode()


def _restore_as_planned(path: Path, planned: Path, problem: Finding, did: Repair, dry_run: bool) -> None:
    source, target = planned / problem.where, path / problem.where
    if not (source / seal.ROOT).exists():
        raise StoreError(f"{problem}; the scan file knows nothing of it: remove it, or take a copy of the store")
    what = "values" if problem.part is Part.AXIS else "metadata"
    did.done.append(f"{what} of {problem.where}: restored from the scan file ({problem.message})")
    if dry_run:
        return
    if problem.part is Part.AXIS:
        _remove(target)
        shutil.copytree(source, target)
    else:
        seal.write_metadata(path, problem.where, (source / seal.ROOT).read_bytes())


def _remove(folder: Path) -> None:
    """A folder of the store; or the link that stands there, and not what it leads to."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


# --- blocks -----------------------------------------------------------------------------------------------------------


def _forget_blocks(store: Store, found: Verification, accept_changed_physics: bool, did: Repair, dry_run: bool) -> None:
    """Mark blocks that are damaged as pending."""
    why: dict[tuple[str, BlockIndex], str] = {}
    for problem in found.problems:
        if problem.part is Part.BLOCK and problem.index is not None:
            why.setdefault((problem.where, problem.index), problem.message)
    if not why:
        return
    scan = _scan_of(store, accept_changed_physics)
    did.blocks = [(store.family(name), index) for name, index in why]
    did.done += [f"block {index} of {name}: to be computed again ({message})" for (name, index), message in why.items()]
    if not dry_run:
        record_resumption(store, scan)
        for family, index in did.blocks:
            store.forget(family, index)


def _admit_that_blocks_are_missing(path: Path, found: Verification, did: Repair, dry_run: bool) -> None:
    """A store that was complete is not any more where statuses were removed since."""
    if not found.missing_blocks or seal.read_root(path)["attributes"]["state"] != "complete":
        return
    did.done.append(f"state: not complete any more, for {found.missing_blocks} blocks are missing: lmutau run {path}")
    if not dry_run:
        seal.change_root(path, {"state": "running"})


def _scan_of(store: Store, accept_changed_physics: bool) -> ScanFile:
    """The scan of a store, where what is computed here may go into it."""
    check_physics(store)
    check_same_scan(store, store.scan, accept_changed_physics)
    return store.scan
