"""Where a store comes from: versions, commit, machine, time."""

from __future__ import annotations

import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["commit_of", "git_state", "now", "versions"]

_PACKAGES = ("lmutau", "numpy", "scipy", "numba", "xarray", "zarr", "dask", "distributed")


def now() -> str:
    """UTC time, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on.

    >>> sorted(versions())[:3]
    ['dask', 'distributed', 'lmutau']
    """
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def git_state() -> dict[str, str]:
    """Commit, and whether the working tree differs from it: of the checkout that this runs from, else as built."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return commit_of(versions()["lmutau"])

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": "yes" if git("status", "--porcelain") else "no"}
    except (OSError, subprocess.SubprocessError):
        return commit_of(versions()["lmutau"])


def commit_of(version: str) -> dict[str, str]:
    """The commit that a version names in its local part, as the build wrote it: +g<hash>, and .d<date> if changed.

    >>> commit_of("0.2.dev3+g1a2b3c4d5.d20261121")
    {'commit': '1a2b3c4d5', 'dirty': 'yes'}
    >>> commit_of("0.2")
    {'commit': 'unknown', 'dirty': 'unknown'}
    """
    found = re.search(r"\+g([0-9a-f]{7,40})(\.d\d{8})?$", version)
    if found is None:
        return {"commit": "unknown", "dirty": "unknown"}
    return {"commit": found[1], "dirty": "yes" if found[2] else "no"}
