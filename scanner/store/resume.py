"""Whether a store holds the scan that is asked for, and what it remembers of those who resumed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from physics.core import plugins
from scanner.errors import PlanMismatchError
from scanner.scan.config import ScanFile
from scanner.scan.plan import digest, identity
from scanner.store import provenance

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["check_same_scan", "record_resumption"]


def check_same_scan(store: Store, scan: ScanFile, accept_changed_physics: bool) -> None:
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


def record_resumption(store: Store, scan: ScanFile) -> None:
    """Note in the attributes what has changed since the store was last written to; the [plot] section is replaced."""
    items = identity(scan)
    now = {
        "plan": items,
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "plugins": plugins.digests(),
    }
    before = {key: json.loads(store.attribute(key)) for key in now}
    changes = {}
    if now != before:
        history = json.loads(store.attribute("history_of_code", "[]"))
        changes["history_of_code"] = json.dumps([*history, before | {"until": provenance.now()}])
        changes |= {key: json.dumps(value) for key, value in now.items()}
        changes["plan_digest"] = digest(items)
    plot = scan.model_dump(mode="json", exclude_none=True).get("plot")
    if store.scan_file.get("plot") != plot:
        changes["scan_file"] = json.dumps({**store.scan_file, "plot": plot})
    if changes:
        store.change(changes)
