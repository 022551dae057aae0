"""What the README of a publication says beside that of its store, and the one of the files for arXiv."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.sharing.metadata import Publication
from scanner.store.sums import SUMS

__all__ = ["ANCILLARY", "CRATE", "CURVES", "HEPDATA", "PAGE", "ancillary_readme", "readme"]

PAGE, CURVES, HEPDATA, ANCILLARY = "page", "curves", "hepdata", "anc"
CRATE = "ro-crate-metadata.json"


def readme(this: Publication, scan_file: str, has_curves: bool) -> str:
    """Sections that follow those of the store.

    Parameters
    ----------
    this : Publication
    scan_file : str
        As TOML.
    has_curves : bool
        Whether there is a picture.
    """
    return "\n".join(_sections(this, scan_file, has_curves))


def _sections(this: Publication, scan_file: str, has_curves: bool) -> Iterator[str]:
    yield "\n## Files\n\n| | |\n|---|---|"
    yield f"| {this.archive} | the store |"
    yield f"| {PAGE}/ | the store as a page: put the folder on any web server and open index.html |"
    yield "| *.html | where there is one: the page as one file, which opens from disk; it may have fewer points |"
    if has_curves:
        yield f"| {CURVES}/ | the plane of plane.png: all curves in curves.csv, each limit in two columns |"
        yield f"| {HEPDATA}/ | the limits as a submission to HEPData |"
    yield f"| {ANCILLARY}/ | where there is one: the curves as ancillary files of a paper on arXiv |"
    yield f"| datacite.json, {CRATE} | the same for programs: DataCite 4.5, RO-Crate 1.1 |"
    yield f"\n`sha256sum --check --ignore-missing {SUMS}` tests those files that you have."
    yield f"\n## Verification\n\n{this.checks or '**It was not verified** when it was published.'}"
    yield f"`lmutau verify` does it again; with the address of {PAGE}/store.zarr on a web server, without a copy."
    yield f"\n## Scan file\n\n```toml\n{scan_file.rstrip()}\n```\n"


def ancillary_readme(this: Publication) -> str:
    """What the ancillary files of a paper are."""
    where = f"https://doi.org/{this.doi}" if this.doi else f"id {this.store.id}"
    return "\n".join(
        [
            this.title,
            "",
            "curves.csv    all curves of plane.png, with their sources",
            "curves_*.txt  one limit each: comments, then two columns",
            f"scan.toml     the scan file, for {this.made_by}",
            f"{SUMS}    sha256sum --check {SUMS}",
            "",
            f"The scan that they are from: {where}",
            this.licence.says(this.authors),
            "",
        ]
    )
