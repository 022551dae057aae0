"""The seal of a store: digests of all its metadata, and of its log, among its attributes.

Values and coordinates carry checksums of their own; metadata do not, and a flipped bit in a unit, a scale factor or the
name of a dimension is read by everybody without a word. So the store's zarr.json keeps the SHA-256 of every other
zarr.json, of the log as far as it had come, and of itself (with that one digest blanked). Bytes are digested rather
than what they mean: it needs no version of lmutau or of the physics to compare them, and no bit is left out.

All changes of attributes go through `change_root`, which replaces the file at once, seal included.
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
from scanner.store.finding import Finding, Part
from scanner.store.runlog import append, damaged_lines, is_whole, records

__all__ = ["ROOT", "SEALS", "backup", "broken", "change_root", "is_sealed", "log_of", "nodes", "read_root"]

ROOT = "zarr.json"
SEALS = ("sealed_metadata", "sealed_log", "seal")
_SEAL = re.compile(rb'"seal": "([0-9a-f]{64})"')
_BLANK = b'"seal": "' + b"0" * 64 + b'"'


def log_of(path: Path) -> Path:
    """The log beside a store."""
    return path.with_name(path.name + ".log.jsonl")


def nodes(path: Path) -> list[str]:
    """Folders in a store that have metadata: arrays, groups and their members."""
    return sorted(p.parent.relative_to(path).as_posix() for deep in ("*", "*/*") for p in path.glob(f"{deep}/{ROOT}"))


def read_root(path: Path) -> dict[str, Any]:
    """The metadata of the store itself.

    Raises
    ------
    StoreError
        The file is missing, or is not JSON.
    """
    try:
        document = json.loads((path / ROOT).read_bytes())
        if isinstance(document["attributes"], dict):
            return dict(document)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"{path}: its {ROOT} cannot be read ({type(error).__name__}): lmutau repair {path}") from None
    raise StoreError(f"{path}: its {ROOT} has no attributes: lmutau repair {path}")


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
    if not (new or instead or is_sealed(path)):
        raise StoreError(f"{path}: its {ROOT} is damaged, or was changed by another program: lmutau repair {path}")
    log = log_of(new or path)
    document = read_root(path) if instead is None else instead
    old = document["attributes"]
    digests = json.loads(old.get("sealed_metadata", "{}"))
    digests |= {name: _sha((path / name / ROOT).read_bytes()) for name in (nodes(path) if new else renew)}
    attributes = {key: value for key, value in document["attributes"].items() if key not in SEALS} | dict(changes)
    copies = (document.get("consolidated_metadata") or {}).get("metadata", {})
    if copies or attributes.get("state") == "complete":
        copies |= {name: _sound(path, name, digest, copies.get(name), complete) for name, digest in digests.items()}
        copies = {name: copy for name, copy in sorted(copies.items()) if copy}
        document["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": copies}
    attributes["sealed_metadata"] = json.dumps(digests)
    sealed_log = json.loads(old.get("sealed_log", "null"))
    log_is_damaged = sealed_log is not None and not accept_log and next(_broken_log(log, sealed_log), None) is not None
    if new is None:
        root = {**document, "attributes": attributes}
        append(log, {"time": provenance.now(), "store": attributes.get("id"), "root": root})
    attributes["sealed_log"] = json.dumps(sealed_log if log_is_damaged else _seal_of_log(log))
    attributes["seal"] = "0" * 64
    content = json.dumps({**document, "attributes": attributes}, indent=2).encode()
    _replace(path / ROOT, content.replace(_BLANK, b'"seal": "' + _sha(content).encode() + b'"'))


def _sound(path: Path, name: str, digest: str, copy: Any, must_be: bool) -> Any:
    """The metadata of an array or a group, if they are as they were; else the copy that there is."""
    try:
        content = (path / name / ROOT).read_bytes()
    except OSError:
        content = b""
    if _sha(content) == digest:
        return json.loads(content)
    if must_be:
        raise StoreError(f"{path}: {name}/{ROOT} is damaged, or was changed by another program: lmutau repair {path}")
    return copy


def _seal_of_log(log: Path) -> dict[str, Any]:
    content = log.read_bytes() if log.exists() else b""
    return {"bytes": len(content), "sha256": _sha(content), "first_line": _sha(content.partition(b"\n")[0])}


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def is_sealed(path: Path) -> bool:
    """Whether a store's zarr.json is, byte by byte, as lmutau wrote it."""
    try:
        content = (path / ROOT).read_bytes()
    except OSError:
        return False
    seals = _SEAL.findall(content)
    return len(seals) == 1 and _sha(_SEAL.sub(_BLANK, content)).encode() == seals[0]


def broken(path: Path) -> Iterator[Finding]:
    """What is not as it was when the store was sealed."""
    if not is_sealed(path):
        yield Finding(Part.ROOT, ROOT, f"was changed since lmutau wrote it, or is damaged{_explained(path)}")
        return  # nothing that it says of other files can be trusted
    root = read_root(path)
    sealed = json.loads(root["attributes"]["sealed_metadata"])
    copies = root.get("consolidated_metadata")
    for name, digest in sealed.items():
        file = path / name / ROOT
        try:
            content = file.read_bytes()
        except OSError as error:
            yield Finding(Part.METADATA, name, f"its {ROOT} cannot be read: {error.strerror}")
            continue
        if _sha(content) != digest:
            yield Finding(Part.METADATA, name, f"its {ROOT} was changed since lmutau wrote it, or is damaged")
        elif copies and json.loads(content) != copies["metadata"].get(name):
            yield Finding(Part.METADATA, name, f"its {ROOT} differs from the copy in that of the store")
    if copies:
        for name in sorted(set(copies["metadata"]) - set(sealed)):
            yield Finding(Part.METADATA, name, "does not belong to the store, but the copy of the metadata names it")
    yield from _broken_log(log_of(path), json.loads(root["attributes"]["sealed_log"]))


def backup(path: Path) -> dict[str, Any] | None:
    """The metadata of a store as its log has them, if it has: the last ones that know the arrays that are there."""
    there = {name: _sha((path / name / ROOT).read_bytes()) for name in nodes(path)}
    found = None
    for record in records(log_of(path)):
        if isinstance(root := record.get("root"), dict):
            sealed = json.loads(root["attributes"]["sealed_metadata"])
            if 2 * sum(there.get(name) == digest for name, digest in sealed.items()) > len(sealed):
                found = root
    return found


def _explained(path: Path) -> str:
    """Which attributes are not those of the log, where both can be read."""
    try:
        there, logged = read_root(path)["attributes"], backup(path)
    except StoreError:
        return "; it is not JSON any more"
    if logged is None:
        return ""
    logged = logged["attributes"]
    keys = [key for key in {**logged, **there} if there.get(key) != logged.get(key) and key not in SEALS]
    return f"; changed attributes: {', '.join(sorted(keys))}" if keys else ""


def _broken_log(log: Path, sealed: Mapping[str, Any]) -> Iterator[Finding]:
    if not log.exists():  # the store alone was copied
        return
    content = log.read_bytes()
    size = sealed["bytes"]
    first, line_break, _ = content.partition(b"\n")
    if _sha(first) != sealed["first_line"] and line_break and is_whole(first):
        size = 0  # begun anew where the store was copied to: its first line is another, and whole
    elif len(content) < size:
        yield Finding(Part.LOG, log.name, f"is cut short: {len(content)} of at least {size} bytes")
        size = 0
    elif _sha(content[:size]) != sealed["sha256"]:
        yield Finding(Part.LOG, log.name, f"its first {size} bytes were changed since they were written")
    for position, complaint in damaged_lines(log, size):
        yield Finding(Part.LOG, log.name, f"at byte {position}: {complaint}")


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
