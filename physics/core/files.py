"""Readers of the data files that come with the package: physics/data has a folder for each room.

Lines that begin with # are comments in every text file.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray

__all__ = ["arrays", "checksum", "columns", "data", "table"]


def data(name: str) -> Traversable:
    """A file or folder of physics/data, "early_universe/g_star_saikawa2018.csv".

    >>> data("core/references.toml").is_file()
    True
    """
    return files("physics").joinpath("data", *name.split("/"))


def table(name: str) -> dict[str, Any]:
    """Content of a TOML file.

    >>> table("laboratory/muon_g_minus_2.toml")["WP2025"]["difference"]
    38
    """
    return tomllib.loads(data(name).read_text(encoding="utf-8"))


def columns(name: str) -> dict[str, FloatArray]:
    """Columns of a CSV file of numbers by their names in its header.

    >>> sorted(columns("early_universe/g_star_saikawa2018.csv"))
    ['T_MeV', 'g_rho', 'g_s']
    """
    lines = data(name).read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    names = rows.fieldnames or ()
    values = [[float(row[column]) for column in names] for row in rows]
    return dict(zip(names, np.array(values).T.copy(), strict=True))


def arrays(name: str) -> dict[str, FloatArray]:
    """Arrays of an NPZ file.

    >>> len(arrays("white_dwarf/white_dwarf_tables.npz"))
    7
    """
    with data(name).open("rb") as stream, np.load(stream) as archive:
        return {key: archive[key] for key in archive.files}


def checksum(tables: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the names and bits of arrays, in the order of their names.

    >>> checksum({"a": np.zeros(2)})[:8] == checksum({"b": np.zeros(2)})[:8]
    False
    """
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode() + np.ascontiguousarray(tables[name]).tobytes())
    return digest.hexdigest()
