"""The seal of a store: digests of all its metadata, and of its log, among its attributes.

Values and coordinates carry checksums of their own; metadata do not, and a flipped bit in a unit, a scale factor or the
name of a dimension is read by everybody without a word. So the store's zarr.json keeps the SHA-256 of every other
zarr.json, of the log as far as it had come, and of itself (with that one digest blanked). Bytes are digested rather
than what they mean: it needs no version of lmutau or of the physics to compare them, and no bit is left out.

All changes of attributes go through `change_root`, which replaces the file at once, seal included. Records that are
added to a store later (`write_record`) have a seal of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.errors import StoreError
from scanner.store import provenance
from scanner.store.attributes import check_root
from scanner.store.files import read_plain
from scanner.store.finding import Finding, Part
from scanner.store.layout import RUNS
from scanner.store.runlog import append, broken_log, log_of, seal_of_log

__all__ = [
    "RECORD_SEAL",
    "ROOT",
    "SEALS",
    "broken",
    "change_root",
    "copies_in",
    "is_sealed",
    "metadata_of",
    "node_digests",
    "nodes",
    "read_root",
    "record_names",
    "sealed",
    "write_metadata",
    "write_record",
]

ROOT = "zarr.json"
SEALS = ("sealed_metadata", "sealed_log", "seal")
RECORD_SEAL = "seal_of_record"
_BLANK = "0" * 64


# --- reading ----------------------------------------------------------------------------------------------------------


def nodes(path: Path) -> list[str]:
    """Folders in a store that have metadata: arrays, groups and their members."""
    found = [file.parent.relative_to(path) for deep in ("*", "*/*") for file in path.glob(f"{deep}/{ROOT}")]
    return sorted(name.as_posix() for name in found if not any((path / p).is_symlink() for p in (name, *name.parents)))


def record_names(path: Path) -> list[str]:
    """Records that were added to a store after it was made."""
    return [name for name in nodes(path) if name.startswith(f"{RUNS}/")]


def node_digests(path: Path, names: Collection[str]) -> dict[str, str]:
    """SHA-256 of the metadata of arrays and groups, as they are now; of those that cannot be read, of nothing."""
    return {name: _sha(_content(path / name / ROOT)) for name in names}


def copies_in(root: Mapping[str, Any]) -> dict[str, Any]:
    """The copies of all metadata that a store has in its own once it is complete (Zarr's consolidated metadata)."""
    found: dict[str, Any] = (root.get("consolidated_metadata") or {}).get("metadata", {})
    return found


def read_root(path: Path) -> dict[str, Any]:
    """The metadata of the store itself.

    Raises
    ------
    StoreError
        The file is missing, or is not JSON, or names files that are not of the store.
    """
    try:
        document = json.loads(read_plain(path / ROOT))
        if isinstance(document["attributes"], dict):
            check_root(path, document)
            return dict(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{path}: its {ROOT} cannot be read ({type(error).__name__}): lmutau repair {path}") from None
    raise StoreError(f"{path}: its {ROOT} has no attributes: lmutau repair {path}")


def is_sealed(metadata: Path | bytes) -> bool:
    """Whether metadata that have a seal of their own are, byte by byte, as lmutau wrote them."""
    content = metadata if isinstance(metadata, bytes) else _content(metadata)
    for key in ("seal", RECORD_SEAL):  # a store has copies of records, whose seals are not its own
        found = re.findall(rb'"%b": "([0-9a-f]{64})"' % key.encode(), content)
        if len(found) == 1 and _sha(content.replace(found[0], _BLANK.encode())).encode() == found[0]:
            return True
    return False


def broken(path: Path) -> Iterator[Finding]:
    """What is not as it was when the store was sealed."""
    if not is_sealed(path / ROOT):
        yield Finding(Part.ROOT, ROOT, "was changed since lmutau wrote it, or is damaged")
        return  # nothing that it says of other files can be trusted
    root = read_root(path)
    attributes, copies, records = root["attributes"], copies_in(root), record_names(path)
    sealed_log = json.loads(attributes.get("sealed_log", "null"))
    if sealed_log is None or "sealed_metadata" not in attributes:
        yield Finding(Part.ROOT, ROOT, "has no digests of what else there is")
        return
    digests = json.loads(attributes["sealed_metadata"])
    for name, digest in digests.items():
        content = _content(path / name / ROOT)
        if not content:
            yield Finding(Part.METADATA, name, f"its {ROOT} is missing, or cannot be read")
        elif _sha(content) != digest:
            yield Finding(Part.METADATA, name, f"its {ROOT} was changed since lmutau wrote it, or is damaged")
        elif copies and _document(content) != copies.get(name):
            yield Finding(Part.METADATA, name, f"its {ROOT} differs from the copy in that of the store")
    for name in sorted(set(copies) - {*digests, *records}):
        yield Finding(Part.METADATA, name, f"its {ROOT} is missing")
    for name in records:
        if not is_sealed(path / name / ROOT):
            yield Finding(Part.METADATA, name, f"its {ROOT} was changed since lmutau wrote it, or is damaged")
    log = log_of(path)
    for complaint in broken_log(log, sealed_log):
        yield Finding(Part.LOG, log.name, complaint)


# --- writing ----------------------------------------------------------------------------------------------------------


def change_root(
    path: Path,
    changes: Mapping[str, Any],
    *,
    complete: bool = False,
    renew: Collection[str] = (),
    new: Path | None = None,
    instead: dict[str, Any] | None = None,
    accept_log: bool = False,
) -> None:
    """Change attributes of a store, and seal it. A copy of all goes to the log, for `repair`.

    A store that is complete, or was, has a copy of all metadata in its own, as is needed to share it. What was damaged
    before does not become sound by going on: digests of files that were sealed are carried over.

    Parameters
    ----------
    path : Path
        Folder of the store.
    changes : mapping
        Attributes to set.
    complete : bool
        The store is, so that metadata of arrays must be sound.
    renew : collection of str
        Arrays and groups whose metadata were just written.
    new : Path, optional
        Of a store that is being made, whose arrays are all new and which leaves no line in the log: where it will be.
    instead : dict, optional
        Metadata to put in the place of those that are there, which are damaged.
    accept_log : bool
        Seal the log as it is, although it is not as it was.

    Raises
    ------
    StoreError
        What is there is damaged.
    """
    if not (new or instead or is_sealed(path / ROOT)):
        raise StoreError(f"{path}: its {ROOT} is damaged, or was changed by another program: lmutau repair {path}")
    root, log = instead or read_root(path), log_of(new or path)
    old = root["attributes"]
    digests = json.loads(old.get("sealed_metadata", "{}")) | node_digests(path, nodes(path) if new else renew)
    attributes = {key: value for key, value in old.items() if key not in SEALS} | dict(changes)
    root["attributes"] = attributes | {"sealed_metadata": json.dumps(digests)}
    if copies_in(root) or attributes["state"] == "complete":
        _consolidate(path, root, digests, complete)
    if new is None:
        append(log, {"time": provenance.now(), "store": attributes["id"], "root": root})
    sealed_log = json.loads(old.get("sealed_log", "null"))
    if sealed_log is None or accept_log or next(broken_log(log, sealed_log), None) is None:
        sealed_log = seal_of_log(log)
    root["attributes"] |= {"sealed_log": json.dumps(sealed_log)}
    _replace(path / ROOT, sealed(root, "seal"))


def write_record(path: Path, name: str, attributes: Mapping[str, Any]) -> None:
    """Add a group that nobody changes any more, and that has a seal of its own, to a store; and a copy to its log."""
    document = {"attributes": dict(attributes), "zarr_format": 3, "node_type": "group"}
    append(log_of(path), {"time": provenance.now(), "record": name, "content": document})
    (path / name).mkdir(parents=True)
    _replace(path / name / ROOT, sealed(document, RECORD_SEAL))


def sealed(document: Mapping[str, Any], key: str) -> bytes:
    """Metadata with their own digest among their attributes.

    >>> is_sealed(sealed({"attributes": {"title": "a scan"}}, "seal"))
    True
    """
    blank = json.dumps({**document, "attributes": {**document["attributes"], key: _BLANK}}, indent=2)
    return blank.replace(_BLANK, _sha(blank.encode())).encode()


def write_metadata(path: Path, name: str, content: bytes) -> None:
    """Write the zarr.json of an array or group, in the folder of the store: what is no folder on the way is removed."""
    folder = path
    for part in name.split("/"):
        folder = folder / part
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            folder.unlink()
        folder.mkdir(exist_ok=True)
    _replace(folder / ROOT, content)


def _consolidate(path: Path, root: dict[str, Any], digests: Mapping[str, str], must_be_sound: bool) -> None:
    """Renew the copies of metadata; one of which the file is damaged stays."""
    copies = copies_in(root)
    for name, digest in digests.items():
        content = _content(path / name / ROOT)
        if _sha(content) == digest and (document := _document(content)) is not None:
            copies[name] = document
        elif must_be_sound:
            raise StoreError(
                f"{path}: {name}/{ROOT} is damaged, or was changed by another program: lmutau repair {path}"
            )
    for name in record_names(path):
        if is_sealed(content := _content(path / name / ROOT)) and (document := _document(content)) is not None:
            copies[name] = document
    root["consolidated_metadata"] = {
        "kind": "inline",
        "must_understand": False,
        "metadata": dict(sorted(copies.items())),
    }


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def metadata_of(path: Path, name: str) -> bytes:
    """The zarr.json of an array or group; nothing where it cannot be read."""
    return _content(path / name / ROOT)


def _content(file: Path) -> bytes:
    """What is in a file; nothing where it cannot be read."""
    try:
        return read_plain(file)
    except OSError:
        return b""


def _document(content: bytes) -> Any:
    """Metadata as what they say; None where they say nothing."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
