"""What a store was computed with, in records that are only ever added; and whether it holds the scan that is asked for.

A store is made with the first record in its attributes. Who goes on with other code, or another [plot] section, adds a
member to the group `runs`, and touches nothing else: drivers that work on one store at once keep each other's records.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from physics.core import plugins
from scanner.errors import PlanMismatchError, StoreError
from scanner.scan.config import ScanFile
from scanner.scan.plan import identity
from scanner.store import provenance
from scanner.store.attributes import check_attributes
from scanner.store.layout import RUNS
from scanner.store.seal import is_sealed, write_record
from scanner.store.trust import read_metadata

if TYPE_CHECKING:
    from scanner.store.reading import StoredScan

__all__ = ["check_same_scan", "codes", "record_growth", "record_repair", "record_resumption", "records"]

_CODE = ("plan", "versions", "git", "plugins")


def check_same_scan(store: StoredScan, scan: ScanFile, accept_changed_physics: bool) -> None:
    """Raise where a store was made by another plan.

    Raises
    ------
    PlanMismatchError
        Naming every difference.
    """
    here, there = store.identity, identity(scan)
    keys = [*here, *(k for k in there if k not in here)]
    different = {k: (here.get(k, "absent"), there.get(k, "absent")) for k in keys if here.get(k) != there.get(k)}
    only_code = all(key == "physics code" or key.startswith("plugin ") for key in different)
    if not different or (accept_changed_physics and only_code):
        return
    listed = "\n".join(f"  {key}: store {old}; now {new}" for key, (old, new) in different.items())
    remedy = "Choose another store (--store)"
    if only_code:
        remedy += ", or mix the two knowingly with --accept-changed-physics"
    raise PlanMismatchError(f"{store.path} was made by another plan:\n{listed}\n{remedy}.")


def records(store: StoredScan) -> list[dict[str, Any]]:
    """What the store was made with, then what went on with it, oldest first; read from the disk.

    Each has `since`, `plan` (the identity), `versions`, `git`, `plugins` and `plot`, later ones also `host` and `pid`.

    Raises
    ------
    StoreError
        A record cannot be read.
    """
    try:
        first: dict[str, Any] = {key: json.loads(store.attribute(key, "{}")) for key in _CODE}
        found = [{"since": store.attribute("created", ""), **first, "plot": store.scan_file.get("plot")}]
    except (ValueError, AttributeError):
        raise StoreError(f"{store.path}: what it was made with cannot be read; its zarr.json is damaged") from None
    for path in sorted((store.path / RUNS).glob("*/zarr.json")):
        if not is_sealed(path):
            raise StoreError(
                f"{path}: this record of a run cannot be read, for it was changed: lmutau repair {store.path}"
            )
        try:
            attributes = read_metadata(path)["attributes"]
            check_attributes(path, attributes)
            code = {key: json.loads(attributes[key]) for key in (*_CODE, "plot")}
            found.append({**attributes, **code})
        except (OSError, StoreError, ValueError, TypeError, LookupError) as error:
            raise StoreError(f"{path}: this record of a run cannot be read ({type(error).__name__})") from None
    return found


def record_resumption(store: StoredScan, scan: ScanFile) -> None:
    """Add a record if anything differs from the newest one."""
    now: dict[str, Any] = {
        "plan": identity(scan),
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "plugins": plugins.digests(),
        "plot": scan.model_dump(mode="json", exclude_none=True).get("plot"),
    }
    if any(store.made_with[key] != value for key, value in now.items()):
        _add_record(store, now)


def record_repair(store: StoredScan, done: Sequence[str]) -> None:
    """Add a record of what was restored, and by which version; what the values were computed with stays."""
    restored = {"done": list(done), "versions": provenance.versions(), "git": provenance.git_state()}
    _add_record(store, {**{key: store.made_with[key] for key in (*_CODE, "plot")}, "repair": restored})


def record_growth(store: StoredScan, grown: Mapping[str, Any]) -> None:
    """Add a record of how a store was made of others, and of which; what it was computed with stays."""
    _add_record(store, {**{key: store.made_with[key] for key in (*_CODE, "plot")}, "grown": dict(grown)})


def _add_record(store: StoredScan, content: Mapping[str, Any]) -> None:
    time = datetime.now(UTC)
    name = f"{time:%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}"  # in the order of time
    origin = {"since": time.isoformat(timespec="seconds"), "host": socket.gethostname(), "pid": os.getpid()}
    attributes = origin | {key: json.dumps(value) for key, value in content.items()}
    write_record(store.path, f"{RUNS}/{name}", attributes)


def codes(store: StoredScan) -> list[dict[str, Any]]:
    """All code that a store was computed with, oldest first, for its attributes."""
    found: list[dict[str, Any]] = []
    for record in records(store):
        code = {key: record[key] for key in ("since", *_CODE)}
        if not found or any(code[key] != found[-1][key] for key in _CODE):
            found.append(code)
    return found
