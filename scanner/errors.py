"""What the scanner can raise; every message names the culprit and the remedy."""

from __future__ import annotations

__all__ = [
    "IncompleteError",
    "PlanMismatchError",
    "RunError",
    "ScanError",
    "ScanFileError",
    "SelectionError",
    "StoreError",
    "UnreachableError",
]


class ScanError(Exception):
    """Base of all errors of the scanner."""


class ScanFileError(ScanError, ValueError):
    """A scan file, or an override of it, that cannot be run."""


class StoreError(ScanError):
    """A store that is missing, damaged, or not created by lmutau."""


class PlanMismatchError(StoreError):
    """The store was made by another plan."""


class SelectionError(ScanError, ValueError):
    """A slice, profile or plot that the store cannot give."""


class RunError(ScanError):
    """The run cannot go on, for a reason other than physics (disk, network, cluster)."""


class IncompleteError(StoreError, RunError):
    """A store that ought to be complete lacks blocks, arrays or metadata; the message says which."""


class UnreachableError(StoreError, RunError):
    """A store whose server does not answer, or not as it should."""
