"""Generator of the default star's tables: ``python -m physics.white_dwarf.make_tables``, 5 s."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from physics.white_dwarf.spectral import build
from physics.white_dwarf.structure import star
from physics.white_dwarf.tables import DEFAULT, FILE, checksum

if __name__ == "__main__":
    path = Path(__file__).parent.parent / "data" / "white_dwarf" / FILE
    tables = build(star(*DEFAULT))
    np.savez_compressed(path, **tables._asdict())
    sys.stdout.write(f"{path}; CHECKSUM of tables.py: {checksum(tables)}\n")
