"""Generator of the default star's tables: ``python -m physics.white_dwarf.make_tables``, 5 s."""

from __future__ import annotations

import sys

import numpy as np

from physics.core.files import data
from physics.white_dwarf.spectral import build
from physics.white_dwarf.star import star
from physics.white_dwarf.tables import DEFAULT, FILE, checksum

if __name__ == "__main__":
    tables = build(star(*DEFAULT))
    np.savez_compressed(str(data(FILE)), **tables._asdict())
    sys.stdout.write(f"{data(FILE)}; CHECKSUM of tables.py: {checksum(tables)}\n")
