"""The tables of a star: those that come with the package, and those that a process builds and keeps for the next.

A star's tables take some 3 s. They are kept in memory, and in the package's cache folder (physics/core/identity.py),
one file per star; an edit of the package makes another folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import uuid
from functools import lru_cache
from pathlib import Path

import numpy as np

from physics.core import files
from physics.core.identity import cache_folder
from physics.core.status import FloatArray
from physics.white_dwarf.equation_of_state import COMPOSITIONS, Composition
from physics.white_dwarf.spectral import Tables, build
from physics.white_dwarf.star import star

__all__ = ["CHECKSUM", "DEFAULT", "FILE", "checksum", "load"]

DEFAULT = (1.0, 1e8, COMPOSITIONS["C12"])  # mass [Msun], temperature [K], nuclei
FILE = "white_dwarf/white_dwarf_tables.npz"
CHECKSUM = "116de803cf3242bb1c97f882a9c3d4688a0fdb8c2d70748bfacf3c4c50e78ad6"


def checksum(tables: Tables) -> str:
    """SHA-256 of names and bits."""
    return files.checksum(tables._asdict())


@lru_cache(maxsize=512)
def load(mass: float, temperature: float, composition: Composition = COMPOSITIONS["C12"]) -> Tables:
    """The tables of a star: from the package, from the cache, or built.

    Parameters
    ----------
    mass : float
        Solar masses, 0.4 to 1.3.
    temperature : float
        [K].
    composition : Composition
        Nuclei.

    Examples
    --------
    >>> round(load(1.0, 1e8).s_top.item() ** 0.5 * 1e3, 3)  # keV
    81.352
    """
    if (mass, temperature, composition) == DEFAULT:
        return _tables(files.arrays(FILE))
    path = cache_folder() / f"white-dwarf-{_key(mass, temperature, composition)}.npz"
    if (known := _read(path)) is not None:
        return known
    tables = build(star(mass, temperature, composition))
    _write(path, tables)
    return tables


def _tables(named: dict[str, FloatArray]) -> Tables:
    return Tables(**{name: np.ascontiguousarray(named[name]) for name in Tables._fields})


def _read(path: Path) -> Tables | None:
    """The tables of a file; None if it is not there, or damaged: its first 32 bytes are the SHA-256 of the others."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[32:]).digest() != content[:32]:
        return None
    with np.load(io.BytesIO(content[32:])) as archive:
        return _tables(dict(archive))


def _write(path: Path, tables: Tables) -> None:
    """Atomically; a folder that cannot be written costs the next process a few seconds, and is no error."""
    stream = io.BytesIO()
    np.savez(stream, **tables._asdict())
    content = stream.getvalue()
    part = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(hashlib.sha256(content).digest() + content)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()


def _key(mass: float, temperature: float, composition: Composition) -> str:
    text = repr((float(mass).hex(), float(temperature).hex(), tuple(composition)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]
