"""The files that accompany an exported store, and the digests of all its files, as `sha256sum -c` reads them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from scanner.store.files import read_plain

__all__ = ["SUMS", "checked", "read_sums", "written"]

SUMS = "SHA256SUMS"
_ROOT = "zarr.json"
_LINE = re.compile(r"([0-9a-f]{64})  ([\w-][\w.-]*(?:/[\w-][\w.-]*)*)")
_MAX_SUMS = 2**28  # bytes
_MAX_ACCOMPANYING = 2**26


def written(digests: Mapping[str, str]) -> bytes:
    r"""The list, from digests by name.

    >>> written({"README.md": "0" * 64})[62:]
    b'00  README.md\n'
    """
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def read_sums(path: Path) -> dict[str, str]:
    """The digests of a store's files by name; none where it was not exported. Other lines are left out.

    Raises
    ------
    OSError
        The list cannot be read.
    """
    try:
        lines = read_plain(path / SUMS, _MAX_SUMS).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    return {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match}


def checked(path: Path, files: Collection[str] | None) -> tuple[set[str], list[tuple[str, str]]]:
    """The files that accompany an exported store, and what is wrong with these and with the list, by name.

    What else is in the list has checksums or a seal of its own. `files`: all that there are, where that is known.
    """
    try:
        digests = read_sums(path)
    except OSError as error:
        return {SUMS}, [(SUMS, f"cannot be read: {error}")]
    if not digests:
        return set(), []
    accompanying = {name for name in digests if "/" not in name and name != _ROOT}
    complaints = list(_changed(path, {name: digests[name] for name in sorted(accompanying)}))
    if files is not None:
        complaints += [(name, "is missing") for name in sorted(set(digests) - set(files) - accompanying)]
    return {SUMS, *accompanying}, complaints


def _changed(path: Path, digests: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, digest in digests.items():
        try:
            content = read_plain(path / name, _MAX_ACCOMPANYING)
        except FileNotFoundError:
            yield name, "is missing"
        except OSError as error:
            yield name, f"cannot be read: {error}"
        else:
            if hashlib.sha256(content).hexdigest() != digest:
                yield name, f"was changed since it was exported, or is damaged ({SUMS})"
