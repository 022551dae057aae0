"""What a store needs of the physics to be computed; to be read it needs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import physics
from physics.core import plugins
from scanner.errors import StoreError

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["check_physics", "lacking"]


def lacking(store: Store) -> list[str]:
    """What this installation lacks of the plugins, observables and parameters of a store, in words."""
    digests = store.made_with["plugins"]
    missing = [f"plugin {Path(p).name} (SHA-256 {digests.get(Path(p).name, 'unknown')[:16]})" for p in _plugins(store)]
    observables = {*store.scan_file["scan"]["observables"], *store.bound.values()}
    parameters = {*store.scan_file["axes"], *store.fixed, *store.bound}
    missing += [f"observable {name}" for name in sorted(observables - set(physics.observables()))]
    return missing + [f"parameter {name}" for name in sorted(parameters - set(physics.parameters()))]


def check_physics(store: Store) -> None:
    """Raise where a store's scan cannot be computed here, saying what is missing and what it was made with.

    A store is never a reason to run a file: the one who computes names the plugins.

    Raises
    ------
    StoreError
        A plugin, an observable or a parameter is missing.
    """
    if not (missing := lacking(store)):
        return
    version = store.made_with["versions"].get("lmutau", "unknown")
    commit = store.made_with["git"].get("commit", "unknown")
    options = " ".join(f"--plugin {path}" for path in _plugins(store))
    remedy = f"Name the plugins: {options}, or physics.add(...)" if options else "Install that version to compute it"
    raise StoreError(
        f"{store.path} can be read, but not computed here, which lacks {', '.join(missing)}. It was made with lmutau "
        f"{version} (commit {commit[:12]}, physics code {store.identity['physics code']}). {remedy}."
    )


def _plugins(store: Store) -> list[str]:
    """Plugins that the store was made with and that nobody has added here: their paths where known, else names."""
    paths = {Path(path).name: path for path in store.scan_file["scan"].get("plugins", [])}
    names = sorted({*paths, *store.made_with["plugins"]} - set(plugins.contents()))
    return [paths.get(name, name) for name in names]
