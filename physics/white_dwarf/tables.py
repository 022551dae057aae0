"""The tables of a star: those that come with the package, and those that a process builds and keeps for the next.

A star's tables take some 3 s. They are kept in memory, and in the user's cache folder ($XDG_CACHE_HOME/lmutau or
~/.cache/lmutau), one file per star and version of the method.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from physics.core.status import FloatArray
from physics.white_dwarf.spectral import Tables, build
from physics.white_dwarf.structure import COMPOSITIONS, Composition, star

__all__ = ["CHECKSUM", "DEFAULT", "FILE", "VERSION", "checksum", "load"]

VERSION = 1  # raise it when what the tables hold changes: star, plasma, emissivity, panels, constants
DEFAULT = (1.0, 1e8, COMPOSITIONS["C12"])  # mass [Msun], temperature [K], nuclei
FILE = "white_dwarf_tables.npz"
CHECKSUM = "116de803cf3242bb1c97f882a9c3d4688a0fdb8c2d70748bfacf3c4c50e78ad6"


def checksum(tables: Tables) -> str:
    """SHA-256 of names and bits."""
    digest = hashlib.sha256()
    for name, array in sorted(tables._asdict().items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@lru_cache(maxsize=512)
def load(mass: float, temperature: float, composition: Composition = COMPOSITIONS["C12"]) -> Tables:
    """The tables of a star: from the package, from the user's cache, or built.

    Parameters
    ----------
    mass : float
        Solar masses, 0.4 to 1.3.
    temperature : float
        [K].
    composition : Composition
        Nuclei.

    Returns
    -------
    Tables

    Examples
    --------
    >>> round(load(1.0, 1e8).s_top.item() ** 0.5 * 1e3, 3)  # keV
    81.352
    """
    if (mass, temperature, composition) == DEFAULT:
        with files("physics").joinpath("data", "white_dwarf", FILE).open("rb") as stream:
            return _read(stream)  # type: ignore[arg-type]
    path = _folder() / f"white-dwarf-{_key(mass, temperature, composition)}.npz"
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # not there yet, or damaged: build it again
        tables = build(star(mass, temperature, composition))
        _write(path, tables)
        return tables


def _read(source: Path) -> Tables:
    with np.load(source) as archive:
        tables = Tables(**{name: np.ascontiguousarray(archive[name]) for name in Tables._fields})
        if "checksum" in archive.files and str(archive["checksum"]) != checksum(tables):
            raise ValueError(f"{source}: the tables are damaged")
    return tables


def _write(path: Path, tables: Tables) -> None:
    """Atomically; a folder that cannot be written costs the next process a few seconds, and is no error."""
    arrays: dict[str, FloatArray] = {**tables._asdict()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as stream:
            np.savez(stream, checksum=np.array(checksum(tables)), **arrays)  # type: ignore[arg-type]
        os.replace(stream.name, path)
    except OSError:
        return


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lmutau"


def _key(mass: float, temperature: float, composition: Composition) -> str:
    text = repr((VERSION, float(mass).hex(), float(temperature).hex(), tuple(composition)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]
