"""A folder to deposit in an archive: store, page, curves, and what people and programs want to know of them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.errors import SelectionError, StoreError
from scanner.explore.export import write_folder, write_html
from scanner.explore.sources import source
from scanner.paths import local
from scanner.sharing.accompanying import accompanying
from scanner.sharing.curves import draw, hepdata, write_curves
from scanner.sharing.export import export
from scanner.sharing.licences import DEFAULT, licence
from scanner.sharing.metadata import Publication, as_bytes, datacite, ro_crate
from scanner.sharing.readme import ANCILLARY, CRATE, CURVES, HEPDATA, PAGE, ancillary_readme, readme
from scanner.sharing.targets import draft_of
from scanner.store.elsewhere import elsewhere
from scanner.store.files import synchronize
from scanner.store.provenance import now, versions
from scanner.store.store import Store
from scanner.store.sums import SUMS, written
from scanner.store.verify import AGREEMENT, verify

__all__ = ["CURVES", "Contents", "Terms", "publish"]


@dataclass(frozen=True)
class Terms:
    """Who publishes, how it is found, and what others may do with it.

    Parameters
    ----------
    authors : sequence of str
        At least one: "Family, Given", or the name of a collaboration.
    licence : str
        Of the data; SPDX identifier.
    doi : str
        Where it is known before: archives reserve one.
    """

    authors: Sequence[str]
    licence: str = DEFAULT
    doi: str = ""


@dataclass(frozen=True)
class Contents:
    """What is published beside store, page and metadata, and what is not insisted on.

    Parameters
    ----------
    at : mapping
        The plane of the curves: axis -> value, in place of those of the scan's [plot] section.
    html : bool
        Write the page as one file, too.
    thin : mapping
        Of that file: axis -> n, of which every n-th value is kept.
    arxiv : bool
        Write a folder `anc` for the source of a paper.
    dirty : bool
        Publish what was computed with changes that no commit has.
    unverified : bool
        Publish without reading the store and computing some of it again.
    points : int
        Values that are computed again.
    """

    at: Mapping[str, float | str] = field(default_factory=dict)
    html: bool = False
    thin: Mapping[str, int] = field(default_factory=dict)
    arxiv: bool = False
    dirty: bool = False
    unverified: bool = False
    points: int = 100


def publish(
    store: str | Path,
    out: str | Path,
    terms: Terms,
    contents: Contents | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write a folder that can be deposited in an archive; it appears under its name when it is whole.

    Parameters
    ----------
    store : str or Path
        A complete store on this machine.
    out : str or Path
        The folder, which must not exist.
    terms : Terms
    contents : Contents, optional
    say : callable
        Told what is being done.

    Raises
    ------
    StoreError
        The store is not complete, was made by code that no commit has, or is not sound.
    SelectionError
        A licence that is not known, no author, a DOI that is none; a page that would be too large for one file.
    """
    contents = contents or Contents()
    opened, out = Store(store), local(out)
    this = _publication(opened, terms)
    if not contents.dirty:
        _check_code(opened)
    draft = draft_of(out)
    draft.mkdir()
    try:
        _write(this, draft, contents, say)
        synchronize((file for file in draft.rglob("*") if file.is_file()), draft)
        draft.rename(out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return out


def _write(this: Publication, folder: Path, contents: Contents, say: Callable[[str], None]) -> None:
    """Everything, what may be refused first."""
    path = this.store.path
    figure = draw(this.store, contents.at, "--arxiv" if contents.arxiv else "")
    if contents.html:
        say("the page as one file")
        write_html(source(str(path)), folder / f"{this.name}.html", thin=contents.thin)
    if not contents.unverified:
        say("verifying the store")
        this = replace(this, checks=_verified(this.store, contents.points))
    say("copying the store")
    export(this.store, folder / this.archive, authors=this.authors, licence=this.licence.identifier)
    write_folder(source(str(path)), folder / PAGE)
    say("curves and metadata")
    if figure is not None:
        write_curves(figure, folder / CURVES)
        _write_all(folder / HEPDATA, hepdata(figure, this.title, this.licence, this.doi))
    _write_all(folder, _texts(this, figure is not None))
    _write_all(folder, {"datacite.json": as_bytes(datacite(this, (folder / this.archive).stat().st_size))})
    if contents.arxiv:
        _write_ancillary(this, folder)
    known = {name: ((folder / name).stat().st_size, digest) for name, digest in _digests(folder).items()}
    listed = {name: told for name, told in known.items() if not name.startswith(f"{PAGE}/")}
    _write_all(folder, {CRATE: as_bytes(ro_crate(this, listed, PAGE))})
    _write_all(folder, {SUMS: written(_digests(folder))})


def _texts(this: Publication, has_curves: bool) -> dict[str, bytes]:
    texts = accompanying(this.store, this.archive, this.authors, this.licence)
    if this.doi:
        texts["CITATION.cff"] += f"doi: {json.dumps(this.doi)}\n".encode()
    texts["README.md"] += readme(this, texts["scan.toml"].decode(), has_curves).encode()
    return texts


def _write_ancillary(this: Publication, folder: Path) -> None:
    """The curves, without folders: arXiv takes files of a paper's own size, no stores."""
    ancillary = folder / ANCILLARY
    ancillary.mkdir()
    for file in sorted((folder / CURVES).glob("*")):
        shutil.copyfile(file, ancillary / file.name)
    for name in ("scan.toml", "references.bib"):
        shutil.copyfile(folder / name, ancillary / name)
    _write_all(ancillary, {"README.txt": ancillary_readme(this).encode()})
    _write_all(ancillary, {SUMS: written(_digests(ancillary))})


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


# --- what is refused --------------------------------------------------------------------------------------------------


def _publication(store: Store, terms: Terms) -> Publication:
    if not terms.authors:
        raise SelectionError("who publishes these data? --author 'Family, Given'; repeat it for each author")
    if terms.doi and not re.fullmatch(r"10\.\d{4,9}/\S+", terms.doi):
        raise SelectionError(f"--doi {terms.doi}: not a DOI; one is 10.5281/zenodo.1234567, say")
    if elsewhere(store.path) is not None:
        raise StoreError(f"{store.path}: copy the store to this machine first, as a folder")
    name = store.path.name.removesuffix(".zarr")
    return Publication(store, name, tuple(terms.authors), licence(terms.licence), terms.doi)


def _check_code(store: Store) -> None:
    """Raise where nobody else can have the code that a store was computed with, at any time."""
    for record in store.history:
        git = record["git"]
        if git.get("dirty") == "no":
            continue
        commit = git.get("commit", "unknown")
        how = f"with changes to commit {commit}" if git.get("dirty") == "yes" else "by code of which no commit is known"
        raise StoreError(
            f"{store.path}: computed {how}, so that nobody else can compute it again. Commit, and run it into another "
            "store; or publish it all the same: --dirty"
        )


def _verified(store: Store, points: int) -> str:
    """What was found, in a sentence."""
    found = verify(store, points)
    if not found.ok:
        first = found.problems[0] if found.problems else f"{found.missing_blocks:,} blocks are missing"
        raise StoreError(
            f"{store.path}: not sound: {first}. lmutau verify says more, lmutau repair mends it; "
            "--unverified publishes it all the same"
        )
    if not found.recomputed:
        why = found.not_recomputed or "no value was chosen"
        raise StoreError(f"{store.path}: nothing was computed again: {why}. --unverified publishes it all the same")
    return (
        f"Verified on {now()[:10]} by lmutau {versions()['lmutau']}: all {found.values:,} values were read and "
        f"have their checksums; {found.recomputed:,} were computed again, and agree to {AGREEMENT:g}."
    )
