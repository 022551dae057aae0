"""A copy of a store that explains itself: one file, a folder, or objects of a service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from google_crc32c import value as crc32c

from scanner.errors import IncompleteError, StoreError
from scanner.sharing.accompanying import accompanying
from scanner.sharing.licences import licence as known_licence
from scanner.sharing.targets import LAST, target_of
from scanner.store.completion import metadata_problems
from scanner.store.files import chunk_file, chunks_there, read_plain
from scanner.store.layout import RUNS
from scanner.store.seal import ROOT, copies_in, nodes, read_root, sealed
from scanner.store.store import Store
from scanner.store.sums import SUMS, written
from scanner.store.trust import MAX_FILE, read_metadata

__all__ = ["Exported", "export"]

_CHECKSUM = 4


class Exported(NamedTuple):
    """What an export has written."""

    where: str
    files: int
    bytes: int


def export(
    store: Store | str | Path,
    out: str | Path,
    *,
    incomplete: bool = False,
    authors: Sequence[str] = (),
    licence: str = "",
    on_file: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    """Write a copy of a store, with README.md, CITATION.cff, references.bib, scan.toml and the digests of all files.

    It appears under its name when it is whole. The log beside the store, which names machines, is not in it.

    Parameters
    ----------
    store : Store, str or Path
        Sound, and complete unless `incomplete`; anything that `Store` opens.
    out : str or Path
        NAME.zip (one file, not compressed), a folder, or s3://BUCKET/... of either; nothing may be there yet.
    incomplete : bool
        Export what there is of a scan that is not complete.
    authors : sequence of str
        Of the data, for CITATION.cff: "Family, Given".
    licence : str
        Of the data, for README.md and CITATION.cff: SPDX identifier; default: they say that none was chosen.
    on_file : callable
        Told how many files of how many are written.

    Raises
    ------
    IncompleteError
        Blocks are missing.
    StoreError
        The store is damaged, or something is at `out` already.
    SelectionError
        A licence that is not known.

    Examples
    --------
    >>> import tempfile, xarray
    >>> from scanner import load_scan, make_plan
    >>> made = Store.create(f"{tempfile.mkdtemp()}/a.zarr", make_plan(load_scan("quick")))
    >>> exported = export(made, made.path.with_name("b.zarr"), incomplete=True)
    >>> xarray.open_zarr(exported.where).sizes == made.dataset().sizes
    True
    """
    store = store if isinstance(store, Store) else Store(store)
    terms = known_licence(licence) if licence else None
    _check(store, incomplete)
    target = target_of(out, store.attribute("completed", "") or store.attribute("created"))
    digests: dict[str, str] = {}
    size = 0

    def make(name: str) -> bytes:
        nonlocal size
        content = added[name] if name in added else _content(store, name)
        digests[name] = hashlib.sha256(content).hexdigest()
        size += len(content)
        on_file(len(digests), len(names))
        return content

    try:
        added = accompanying(store, target.name, authors, terms)
        names = [*added, *_names(store)]
        root = _root(store)
        target.write(names, make)
        sums = written(digests | {LAST: hashlib.sha256(root).hexdigest()})
        target.write([SUMS], lambda _: sums)
        target.finish(root)
    except BaseException:
        target.abandon()
        raise
    return Exported(str(out), len(names) + 2, size + len(root) + len(sums))


def _check(store: Store, incomplete: bool) -> None:
    store.check_current()
    if problems := [*metadata_problems(store), *store.axis_problems()]:
        raise StoreError(f"{store.path}: damaged: {problems[0]}. Mend it first: lmutau repair {store.path}")
    if incomplete:
        return
    pending = sum(1 for _ in store.pending())
    if pending or store.attribute("state") != "complete":
        missing = f"{pending:,} blocks are missing" if pending else "its run has not ended"
        raise IncompleteError(
            f"{store.path}: not complete: {missing}. lmutau run {store.path} completes it; or: --incomplete"
        )


def _names(store: Store) -> Iterator[str]:
    """All files of the store but its own metadata: those of arrays and records, and chunks."""
    for node in nodes(store.path):
        if node not in store.digests and not node.startswith(f"{RUNS}/"):
            continue
        yield f"{node}/{ROOT}"
        metadata = read_metadata(store.path / node / ROOT)
        if metadata["node_type"] == "array":
            for index in sorted(chunks_there(store.path / node, len(metadata["shape"]))):
                yield chunk_file(Path(node), index).as_posix()


def _content(store: Store, name: str) -> bytes:
    """A file of the store; of a chunk the checksum is compared."""
    try:
        content = read_plain(store.path / name, MAX_FILE)
    except OSError as error:
        raise StoreError(f"{store.path / name}: cannot be read ({error}): lmutau verify {store.path}") from None
    if name.endswith(f"/{ROOT}"):
        return content
    if int.from_bytes(content[-_CHECKSUM:], "little") != crc32c(content[:-_CHECKSUM]):
        raise StoreError(f"{store.path / name}: damaged: lmutau repair {store.path}")
    return content


def _root(store: Store) -> bytes:
    """The metadata of the store, with those of all arrays in them, as other programs want it."""
    root = read_root(store.path)
    if not copies_in(root):
        found = {name: read_metadata(store.path / name / ROOT) for name in nodes(store.path)}
        root["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": found}
        return sealed(root, "seal")
    return read_plain(store.path / ROOT)
