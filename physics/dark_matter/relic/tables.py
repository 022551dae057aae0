"""The tables of the fast freeze-out kernel: the file that comes with the package.

Their grid: fast.py. What they hold, and how they are made: make_tables.py.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

import numpy as np

from physics.core.status import FloatArray

__all__ = ["CHECKSUM", "FILE", "checksum", "load"]

FILE = "relic_freeze_out_tables.npz"
CHECKSUM = "6658bb37973763c4afd96120510504e97f04e824652279f2db231a62d9a7d117"


def checksum(tables: dict[str, FloatArray]) -> str:
    """SHA-256 of names and bits."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode() + tables[name].tobytes())
    return digest.hexdigest()


@cache
def load() -> dict[str, FloatArray]:
    """The tables that come with the package."""
    with files("physics").joinpath("data", "dark_matter", FILE).open("rb") as stream, np.load(stream) as archive:
        return {name: archive[name] for name in archive.files}
