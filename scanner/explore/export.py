"""Copies of a store that are their own page: one file, or a folder for a web server."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.errors import SelectionError, StoreError
from scanner.explore.description import description
from scanner.explore.excerpt import Selection, excerpt
from scanner.explore.page import page
from scanner.explore.sources import Folder, Source
from scanner.paths import local
from scanner.store.seal import copies_in, nodes

__all__ = ["LARGEST", "write_folder", "write_html"]

LARGEST = 20e6  # bytes of one file: more is slow to open, and too much for a mail
_AS_TEXT = 4 / 3  # base64
_STORE = "store.zarr"


def write_html(
    source: Source, path: str | Path, at: Mapping[str, float | str] | None = None, thin: Mapping[str, int] | None = None
) -> Path:
    """Write one file that has the page and the store, and opens from disk.

    Parameters
    ----------
    source : Source
        A complete store on this machine.
    path : str or Path
        The file, which may exist.
    at : mapping, optional
        Axis -> the one value that is kept.
    thin : mapping, optional
        Axis -> n: every n-th value is kept.

    Raises
    ------
    SelectionError
        The file would have more than 20 MB: the message says which axes to thin. Or an axis that is none.
    StoreError
        The store is not complete, or not on this machine.
    """
    folder = _complete(source)
    target = _target(path, folder)
    selection = Selection(folder, at or {}, thin or {})
    expected = selection.bytes_at_most()
    if expected > 40 * LARGEST:  # no numbers are compressed as much: do not even read them
        raise _too_large(selection, expected, "of numbers")
    if (about := selection.bytes_about() * _AS_TEXT) > 2 * LARGEST:  # which the best compression does not halve
        raise _too_large(selection, about, "as one file, by the sizes of its files")
    archive = excerpt(selection)
    attributes = json.loads(archive["zarr.json"])["attributes"]
    text = page(description(attributes, folder.path.name), archive).encode()
    if len(text) > LARGEST:
        raise _too_large(selection, len(text), "as one file")
    _replace(target, text)
    return target


def _too_large(selection: Selection, size: float, of_what: str) -> SelectionError:
    return SelectionError(
        f"{selection.folder.name}: {size / 1e6:.0f} MB {of_what}; one file should have at most {LARGEST / 1e6:.0f} MB. "
        f"Leave out values: {selection.suggestions(size / LARGEST)}; or give away a folder (--folder)"
    )


def write_folder(source: Source, path: str | Path) -> Path:
    """Write a folder with the page and a copy of the store, for any web server.

    Raises
    ------
    StoreError
        The store is not complete, or the folder has something in it.
    """
    folder = _complete(source)
    target = local(path)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target}: is there and not an empty folder; choose another")
    attributes = folder.metadata()["attributes"]
    target.mkdir(parents=True, exist_ok=True)
    copy = target / _STORE
    for name in ("", *nodes(folder.path)):
        _copy_array(folder, name, copy)
    _replace(target / "index.html", page(description(attributes, f"./{_STORE}", f"{_STORE}/")).encode())
    return target


def _copy_array(folder: Folder, name: str, target: Path) -> None:
    """Metadata and chunks of one node; plain files alone."""
    here = folder.path / name
    chunks = [p for p in (here / "c").rglob("*") if not p.is_dir()] if name else []
    for file in (here / "zarr.json", *([here / "c"] if (here / "c").is_file() else chunks)):
        key = file.relative_to(folder.path)
        found = folder.read(key.as_posix())
        if found is None:
            raise StoreError(f"{file}: a link, or no plain file; a store has none: lmutau verify {folder.path}")
        (target / key).parent.mkdir(parents=True, exist_ok=True)
        (target / key).write_bytes(found.content)


def _complete(source: Source) -> Folder:
    if not isinstance(source, Folder):
        raise StoreError(f"{source.name}: copy the store to this machine first; pages are made of stores that are here")
    metadata: dict[str, Any] = source.metadata()
    if metadata["attributes"].get("state") != "complete" or not copies_in(metadata):
        raise StoreError(
            f"{source.name}: not complete; lmutau run {source.name} completes it, lmutau explore shows it as it is"
        )
    return source


def _target(path: str | Path, folder: Folder) -> Path:
    target = local(path)
    if target.suffix not in (".html", ".htm"):
        raise SelectionError(f"--html {target}: the name of a page ends in .html")
    if target.resolve().is_relative_to(folder.path):
        raise SelectionError(f"--html {target}: lies inside of the store; choose a place outside of it")
    if not target.parent.is_dir():
        raise SelectionError(f"--html {target}: there is no folder {target.parent}")
    return target


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    shutil.move(file.name, path)
