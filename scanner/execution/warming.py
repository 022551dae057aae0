"""Kernels are compiled before blocks are computed: by one process of a node, while its others wait for it.

That they are is marked in the cache: a process that finds the mark neither waits nor evaluates.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from llvmlite import binding
from numpy.typing import NDArray

from physics.core import plugins
from physics.core.identity import cache_folder
from scanner.execution.block import evaluate_block
from scanner.scan.plan import Plan
from scanner.store.store import Store

__all__ = ["warm"]

try:
    import fcntl
except ImportError:  # Windows: each process compiles for itself
    fcntl = None  # type: ignore[assignment]


def warm(scan: Plan | Store) -> None:
    """Evaluate a point of each family; what is compiled then is in the cache for the other processes of this node.

    Not where there are plugins: a point of theirs may hang or crash, which is watched for in blocks alone.
    """
    if plugins.contents():
        return
    middles = [tuple(slice(n // 2, n // 2 + 1) for n in family.shape) for family in scan.families]
    points = [scan.grid.values(family.dims, middle) for family, middle in zip(scan.families, middles, strict=True)]
    if (mark := _mark(scan, points)).exists():
        return
    with _one_at_a_time():
        if mark.exists():
            return
        for family, point in zip(scan.families, points, strict=True):
            evaluate_block(family.observables, point, scan.held)
        with suppress(OSError):  # a full disk
            mark.touch()


def _mark(scan: Plan | Store, points: list[dict[str, NDArray[Any]]]) -> Path:
    """A file that is there once such observables and choices are compiled, for processors like this one."""
    choices = [{d: "" if v.dtype.kind == "f" else v.item() for d, v in point.items()} for point in points]
    held = {name: repr(value) for name, value in scan.held.items()}
    needs = [[family.observables for family in scan.families], choices, held]
    what = hashlib.sha256(json.dumps(needs, sort_keys=True).encode()).hexdigest()[:16]
    return cache_folder() / f"warm-{binding.get_host_cpu_name()}-{what}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for the other processes of this node; where the file system knows no locks, nobody waits."""
    with ExitStack() as stack:
        if fcntl is not None:
            with suppress(OSError):
                lock = stack.enter_context((cache_folder() / f"{socket.gethostname()}.lock").open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
