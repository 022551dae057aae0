"""What a store should look like: its scan file, laid out once more by the function that laid out the store."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from scanner.scan.config import ScanFile
from scanner.scan.plan import Family, Plan, families_of
from scanner.store.files import read_plain
from scanner.store.finding import Finding, Part
from scanner.store.layout import HISTORY, write_skeleton
from scanner.store.seal import ROOT, SEALS, copies_in, nodes, read_root

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["differences", "skeleton"]

SHOWN = 5  # differences of one file
_ABSENT = "nothing"


@contextmanager
def skeleton(scan: ScanFile, families: tuple[Family, ...]) -> Iterator[Path]:
    """A folder with the arrays and attributes that a store of this scan, cut like this, begins with."""
    with tempfile.TemporaryDirectory(prefix="lmutau-") as folder:
        path = Path(folder, "planned.zarr")
        write_skeleton(path, Plan(scan, families))
        yield path


def differences(store: Store, planned: Path) -> Iterator[Finding]:
    """Where a store is not as planned: its attributes, the metadata of its arrays, the values of its coordinates."""
    path, root = store.path, read_root(store.path)
    yield from _of_families(store.scan, store.families)
    yield from _of_attributes(root["attributes"], read_root(planned)["attributes"])
    there, copies = set(nodes(path)), copies_in(root)
    for name in nodes(planned):
        expected = json.loads((planned / name / ROOT).read_bytes())
        if name not in there:
            yield Finding(Part.METADATA, name, f"has no {ROOT}")
            continue
        try:
            found = json.loads(read_plain(path / name / ROOT))
        except (OSError, ValueError, RecursionError) as error:
            yield Finding(Part.METADATA, name, f"its {ROOT} cannot be read: {type(error).__name__}")
            continue
        different = _compared(found, expected)
        if copies and not different:
            different = _compared(copies.get(name), expected)
        if different:
            yield Finding(Part.METADATA, name, different)
        elif (planned / name / "c").exists():
            yield from _of_values(store, planned, name)


def _of_families(scan: ScanFile, families: tuple[Family, ...]) -> Iterator[Finding]:
    wanted = {dims: (sorted(names), scan.grid.shape(dims)) for dims, names in families_of(scan).items()}
    found: dict[tuple[str, ...], tuple[list[str], tuple[int, ...]]] = {}
    for family in families:  # several may have the same axes
        names, _ = found.get(family.dims, ([], ()))
        found[family.dims] = sorted([*names, *family.observables]), family.shape
    if wanted != found:
        yield Finding(Part.ROOT, ROOT, f"attributes.families: {found}, but the scan file says {wanted}")


def _of_attributes(found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[Finding]:
    for key in sorted({*found, *expected} - {*HISTORY, *SEALS, "families"}):
        if _plain(found.get(key)) != _plain(expected.get(key)):
            was, wanted = (_short(of.get(key, _ABSENT)) for of in (found, expected))
            yield Finding(Part.ROOT, ROOT, f"attributes.{key}: {was}, but the scan file says {wanted}")


def _of_values(store: Store, planned: Path, name: str) -> Iterator[Finding]:
    expected = np.asarray(zarr.open_array(planned / name, mode="r")[...])
    try:
        found = np.asarray(store.array(name)[...])
    except Exception as error:  # whatever a damaged file makes the codecs raise
        yield Finding(Part.AXIS, name, f"cannot be read: {type(error).__name__}: {error}")
        return
    if found.shape != expected.shape or found.dtype != expected.dtype:
        yield Finding(Part.AXIS, name, f"has shape {found.shape} of {found.dtype}, not {expected.shape}")
        return
    for at, (was, wanted) in enumerate(zip(found.ravel().tolist(), expected.ravel().tolist(), strict=True)):
        if was != wanted:
            yield Finding(Part.AXIS, name, f"[{at}] is {was!r}, but was planned as {wanted!r}")
            return


def _compared(found: Any, expected: Any) -> str:
    """The first few differences of two JSON documents, in words."""
    different = list(_different("", found, expected))
    more = f"; and {len(different) - SHOWN} more" if len(different) > SHOWN else ""
    return "; ".join(different[:SHOWN]) + more


def _different(key: str, found: Any, expected: Any) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted({*found, *expected}):
            yield from _different(
                f"{key}.{name}" if key else name, found.get(name, _ABSENT), expected.get(name, _ABSENT)
            )
    elif type(found) is not type(expected) or found != expected:
        yield f"{key or 'it'} is {_short(found)}, not {_short(expected)}"


def _plain(value: Any) -> Any:
    """An attribute that is JSON as what it says."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _short(value: Any) -> str:
    text = value if value is _ABSENT else repr(value)
    return text if len(text) <= 60 else f"{text[:28]} ... {text[-28:]}"
