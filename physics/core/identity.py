"""The identity of the physics: a digest of all that the values depend on, and the cache folder that it names.

Stores, the tables of stars in the user's cache and numba's cache use it: an edit anywhere makes another identity, so
that nothing stale is ever read. What users add (plugins, files of experiments) is part of the identity of stores, but
not of the caches: it cannot change the package's own tables and kernels.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["added", "cache_folder", "digest", "is_of_package", "package_digest", "register_added"]

_SUFFIXES = (".py", ".toml", ".csv", ".npz", ".json")
_ADDED: dict[str, bytes] = {}  # content by name


@cache
def package_digest() -> str:
    """SHA-256 of the package's code and data, as they are when it is first asked for.

    >>> len(package_digest())
    64
    """
    digest = hashlib.sha256()

    def add(folder: Traversable, prefix: str) -> None:
        for item in sorted(folder.iterdir(), key=lambda i: i.name):
            if item.is_dir() and item.name != "__pycache__":
                add(item, f"{prefix}{item.name}/")
            elif item.name.endswith(_SUFFIXES):
                digest.update(f"{prefix}{item.name}".encode() + item.read_bytes())

    add(files("physics"), "")
    return digest.hexdigest()


def digest(without: Collection[str] = ()) -> str:
    """SHA-256 of the package and of all that has been added to it, but for some files.

    >>> digest() == package_digest() or bool(added())
    True
    """
    total = hashlib.sha256(package_digest().encode())
    counted = {name: content for name, content in _ADDED.items() if name not in without}
    for name, content in sorted(counted.items()):
        total.update(name.encode() + hashlib.sha256(content).digest())
    return total.hexdigest() if counted else package_digest()


def added() -> dict[str, str]:
    """SHA-256 of every file that has been added, by its name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(_ADDED.items())}


def register_added(contents: dict[str, bytes]) -> None:
    """Count files as part of the identity from now on."""
    _ADDED.update(contents)


def is_of_package(filename: str) -> bool:
    """Whether a source file is the package's own.

    >>> is_of_package(__file__), is_of_package("<stdin>")
    (True, False)
    """
    file = Path(filename)
    return file.is_file() and file.resolve().is_relative_to(Path(__file__).resolve().parent.parent)


def cache_folder() -> Path:
    """Where this version of the package keeps what it can build again; made if need be.

    $XDG_CACHE_HOME/lmutau or ~/.cache/lmutau with a folder for each identity of the package; where that cannot be
    written, a folder of this user under the system's folder for temporary files.
    """
    name = package_digest()[:16]
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lmutau" / name
        home.mkdir(parents=True, exist_ok=True)
        if os.access(home, os.W_OK):
            return home
    except (OSError, RuntimeError):  # RuntimeError: this user has no home
        pass
    mine = Path(tempfile.gettempdir()) / f"lmutau-{os.getuid()}"
    mine.mkdir(parents=True, exist_ok=True, mode=0o700)
    if mine.is_symlink() or mine.stat().st_uid != os.getuid():  # what is cached is run: it must be this user's own
        mine = _new_folder()
    folder = mine / name
    folder.mkdir(exist_ok=True)
    return folder


@cache
def _new_folder() -> Path:
    """For this process alone."""
    return Path(tempfile.mkdtemp(prefix="lmutau-"))
