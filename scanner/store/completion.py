"""The end of a scan: it is complete when nothing is missing on the disk, whatever was reported on the way."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import IncompleteError
from scanner.store import provenance
from scanner.store.elsewhere import elsewhere
from scanner.store.files import synchronize
from scanner.store.finding import Part
from scanner.store.history import codes
from scanner.store.seal import broken, change_root

if TYPE_CHECKING:
    from scanner.store.reading import StoredScan
    from scanner.store.store import Store

__all__ = ["complete", "gone", "metadata_problems"]

SECONDS_TO_WRITE_A_CHUNK = 600


def gone(store: StoredScan) -> IncompleteError | None:
    """What to raise where a store, or metadata of it, was removed or replaced since it was opened; cheap."""
    if elsewhere(store.path) is not None:
        return None
    root, *arrays = store.metadata_files
    try:
        stamp = os.stat(root)
        seen = stamp.st_ino, stamp.st_mtime_ns, stamp.st_size
        if seen != store.root_seen:
            if _id_on_disk(Path(root)) != store.id:
                return IncompleteError(f"{store.path}: replaced by another store while it was in use")
            store.root_seen = seen
    except FileNotFoundError:
        pass  # said below
    if not (missing := [file for file in (root, *arrays) if not os.path.exists(file)]):  # pathlib would take longer
        return None
    names = _listed([os.path.relpath(file, store.path) for file in missing])
    return IncompleteError(
        f"{store.path}: removed while it was in use: {names} missing. Move what is left out of the way, and run the "
        "scan file again"
    )


def _id_on_disk(root: Path) -> str:
    try:
        return str(json.loads(root.read_bytes())["attributes"]["id"])
    except FileNotFoundError:
        raise
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def metadata_problems(store: StoredScan) -> list[str]:
    """Metadata on disk that are not those with which the store was made."""
    return [str(finding) for finding in broken(store.path) if finding.part is not Part.LOG]


def complete(store: Store) -> None:
    """Check that nothing is missing, then consolidate the metadata, and say so in the attributes, in one go.

    A kill before that leaves a store whose state is "running" and that any run completes.

    Raises
    ------
    IncompleteError
        Naming what is missing.
    """
    if missing := gone(store):
        raise missing
    fresh = type(store)(store.path)  # nothing that was read before counts
    if problems := [*metadata_problems(fresh), *fresh.axis_problems()]:
        raise IncompleteError(
            f"{store.path}: not complete, for it is damaged: {_listed(problems)}. Mend it: lmutau repair {store.path}"
        )
    if pending := Counter(family.name for family, _ in fresh.pending()):
        blocks = ", ".join(f"{n} of {name}" for name, n in pending.items())
        raise IncompleteError(
            f"{store.path}: not complete: blocks are missing ({blocks}). Compute them: lmutau run {store.path}"
        )
    history = json.dumps(codes(fresh))
    if fresh.attribute("state") == "complete" and fresh.attribute("history_of_code", "") == history:
        return
    changes = {"state": "complete", "completed": provenance.now(), "history_of_code": history}
    change_root(store.path, changes, complete=True)
    _remove_leftovers(store.path, now=(store.path / "zarr.json").stat().st_mtime)
    if store.section.fsync:
        synchronize([store.path / "zarr.json"], store.path)


def _remove_leftovers(path: Path, now: float) -> None:
    """Remove what a kill left half-written; a young one may be another run's. The time is that of the file server."""
    for leftover in path.rglob("*.partial"):
        try:
            if now - leftover.stat().st_mtime > SECONDS_TO_WRITE_A_CHUNK:
                leftover.unlink()
        except FileNotFoundError:  # another run has finished it, or removed it
            continue
