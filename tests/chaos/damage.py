"""Damage to the files of a store, one fault at a time, and whether verification says so.

`campaign` flips bits or cuts files of a finished store and its log, undoes it each time, and tells what `verify` said:
it must find every fault, and must never end in anything but a finding or a clear refusal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scanner import ScanError, Store
from scanner.store.verify import verify

KINDS = ("root metadata", "array metadata", "coordinates", "values", "statuses", "log")


@dataclass(frozen=True)
class Outcome:
    """What came of a fault: found, refused (the store does not open, and says why), silent, or a raw error."""

    fault: str
    file: str
    kind: str
    result: str
    says: str = ""


def files_of(path: Path) -> dict[str, list[Path]]:
    """The files of a store and its log, by what they hold."""
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    values = {name for family in Store(path).families for name in family.observables}
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        found[kind_of(path, file, values)].append(file)
    log = path.with_name(path.name + ".log.jsonl")
    found["log"] = [log] if log.exists() else []
    return {kind: files for kind, files in found.items() if files}


def kind_of(path: Path, file: Path, values: Collection[str]) -> str:
    """What a file of a store with these observables holds."""
    array = file.relative_to(path).parts[0]
    if file.name == "zarr.json":
        return "root metadata" if file.parent == path else "array metadata"
    if array in values:
        return "values"
    return "statuses" if array.removesuffix("_status") in values else "coordinates"


def flip_a_bit(file: Path, random: np.random.Generator) -> str:
    """Flip one bit of a file; say which."""
    content = bytearray(file.read_bytes())
    at, bit = int(random.integers(len(content))), int(random.integers(8))
    content[at] ^= 1 << bit
    file.write_bytes(bytes(content))
    return f"bit {bit} of byte {at}"


def truncate(file: Path, random: np.random.Generator) -> str:
    """Cut a file short, by one byte at least; say where."""
    content = file.read_bytes()
    length = int(random.integers(len(content)))
    file.write_bytes(content[:length])
    return f"cut to {length} of {len(content)} bytes"


def remove(file: Path, random: np.random.Generator) -> str:
    """Remove a file."""
    file.unlink()
    return "removed"


Damage = Callable[[Path, np.random.Generator], str]


def campaign(path: Path, damage: Damage, number: int, random: np.random.Generator) -> Iterator[Outcome]:
    """Damage a store that many times, each kind of file as often as the others; after each time it is as before."""
    kinds = files_of(path)
    for n in range(number):
        kind = list(kinds)[n % len(kinds)]
        file = kinds[kind][random.integers(len(kinds[kind]))]
        before = file.read_bytes()
        try:
            fault = damage(file, random)
            yield Outcome(fault, str(file.relative_to(path.parent)), kind, *what_verify_says(path))
        finally:
            file.write_bytes(before)


def what_verify_says(path: Path) -> tuple[str, str]:
    """The result of a verification that computes nothing again: what is found is found by reading alone."""
    try:
        found = verify(path, points=0)
    except ScanError as error:
        return "refused", str(error)
    except Exception as error:  # a traceback in the terminal
        return "raw error", f"{type(error).__name__}: {error}"
    return ("found", str(found.problems[0])) if found.problems else ("silent", "")


def table(outcomes: list[Outcome]) -> str:
    """Tried and found, by kind of file."""
    counts = Counter((o.kind, o.result) for o in outcomes)
    rows = ["kind            tried  found  refused  silent  raw error"]
    for kind in dict.fromkeys(o.kind for o in outcomes):
        results = [counts[kind, result] for result in ("found", "refused", "silent", "raw error")]
        rows.append(f"{kind:14} {sum(results):6} {results[0]:6} {results[1]:8} {results[2]:7} {results[3]:10}")
    return "\n".join(rows)
