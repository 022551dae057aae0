"""What archives want to know of a publication: DataCite's and RO-Crate's metadata, each as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from physics.core.references import Entry
from scanner.sharing.citing import entries_of
from scanner.sharing.licences import Licence
from scanner.store.provenance import now
from scanner.store.store import Store

__all__ = ["Publication", "as_bytes", "datacite", "ro_crate"]

UNKNOWN = ":unav"  # DataCite's word for what is to be filled in: the archive knows itself
_DATACITE = "http://datacite.org/schema/kernel-4"
_CRATE = "https://w3id.org/ro/crate/1.1"
_FORMATS = {
    ".zip": "application/zip", ".json": "application/json", ".md": "text/markdown", ".html": "text/html",
    ".txt": "text/plain", ".csv": "text/csv", ".png": "image/png", ".yaml": "application/yaml",
    ".cff": "application/yaml", ".bib": "application/x-bibtex", ".toml": "application/toml",
}  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """A store, and what is said of it."""

    store: Store
    name: str  # of the store, without an ending
    authors: tuple[str, ...]  # "Family, Given", or the name of a collaboration
    licence: Licence
    doi: str = ""
    checks: str = ""  # what was done to the store before

    @property
    def archive(self) -> str:
        """The file that has the store."""
        return f"{self.name}.zarr.zip"

    @property
    def title(self) -> str:
        """Of the data."""
        return self.store.title or self.name

    @property
    def about(self) -> str:
        """Observables and size, in a sentence."""
        observables = [name for family in self.store.families for name in family.observables]
        axes = " x ".join(f"{len(values)} {name}" for name, values in self.store.grid.axes.items())
        return (
            f"A scan of the gauged U(1)_{{Lmu-Ltau}} model on a grid of {axes}: {', '.join(observables)}. "
            "A Zarr store, which xarray opens."
        )

    @property
    def made_by(self) -> str:
        """The program, its version and commit."""
        made = self.store.made_with
        return f"lmutau {made['versions'].get('lmutau')}, commit {made['git'].get('commit')}"


def datacite(this: Publication, size: int) -> dict[str, Any]:
    """DataCite's metadata, version 4.5, without a DOI where none is known yet.

    Parameters
    ----------
    this : Publication
    size : int
        Of the archive, in bytes.
    """
    related = [
        {"relatedIdentifier": address, "relatedIdentifierType": kind, "relationType": "References"}
        for kind, address in map(_identifier, entries_of(this.store))
        if address
    ]
    document: dict[str, Any] = {
        "doi": this.doi,
        "schemaVersion": _DATACITE,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Parameter scan"},
        "titles": [{"title": this.title}],
        "creators": [_creator(name) for name in this.authors],
        "publisher": {"name": UNKNOWN},
        "publicationYear": now()[:4],
        "dates": [{"date": this.store.attribute("completed"), "dateType": "Created"}],
        "language": "en",
        "version": this.store.attribute("plan_digest")[:12],
        "alternateIdentifiers": [
            {"alternateIdentifier": this.store.id, "alternateIdentifierType": "id of the store"},
        ],
        "rightsList": [
            {
                "rights": this.licence.name,
                "rightsUri": this.licence.address,
                "rightsIdentifier": this.licence.identifier,
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "descriptions": [
            {"description": this.about, "descriptionType": "Abstract"},
            {"description": f"Made by {this.made_by}. {this.checks}", "descriptionType": "TechnicalInfo"},
        ],
        "relatedIdentifiers": related,
        "sizes": [f"{size} bytes"],
        "formats": ["application/zip"],
    }
    return {key: value for key, value in document.items() if value}


def _identifier(entry: Entry) -> tuple[str, str]:
    return ("DOI", entry.doi) if entry.doi else ("arXiv", f"arXiv:{entry.eprint}" if entry.eprint else "")


def _creator(name: str) -> dict[str, str]:
    """A person or an organisation.

    >>> _creator("Drees, Manuel")["familyName"], _creator("The Group")["nameType"]
    ('Drees', 'Organizational')
    """
    family, comma, given = name.partition(", ")
    if not comma:
        return {"name": name, "nameType": "Organizational"}
    return {"name": name, "nameType": "Personal", "givenName": given, "familyName": family}


# --- RO-Crate ---------------------------------------------------------------------------------------------------------


def ro_crate(this: Publication, files: Mapping[str, tuple[int, str]], page: str) -> dict[str, Any]:
    """RO-Crate 1.1: what every file is, what was measured, and the run that made it.

    Parameters
    ----------
    this : Publication
    files : mapping
        Name -> size in bytes and SHA-256, of all but the page's folder.
    page : str
        Name of that folder.
    """
    people = [_agent(name) for name in this.authors]
    variables = list(_variables(this.store))
    papers = [e for e in entries_of(this.store) if _identifier(e)[1]]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": this.title,
        "description": this.about,
        "datePublished": now()[:10],
        "license": {"@id": this.licence.address},
        "author": _ids(people),
        "identifier": f"https://doi.org/{this.doi}" if this.doi else this.store.id,
        "hasPart": [{"@id": name} for name in [*files, f"{page}/"]],
        "variableMeasured": _ids(variables),
        "citation": [{"@id": _address(entry)} for entry in papers],
        "mentions": {"@id": "#run"},
    }
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": _CRATE},
        "about": {"@id": "./"},
    }
    terms = {"@id": this.licence.address, "@type": "CreativeWork", "name": this.licence.name}
    shown = {"@id": f"{page}/", "@type": "Dataset", "name": "The page and the store, for a web server"}
    parts = [_part(name, *known) for name, known in files.items()]
    works = [{"@id": _address(e), "@type": "ScholarlyArticle", "name": e.title} for e in papers]
    graph = [descriptor, root, terms, *people, *parts, shown, *variables, *works, *_run(this)]
    return {"@context": f"{_CRATE}/context", "@graph": graph}


def _part(name: str, size: int, sha256: str) -> dict[str, Any]:
    known = _FORMATS.get(PurePosixPath(name).suffix)
    found = {"@id": name, "@type": "File", "name": name, "contentSize": str(size), "sha256": sha256}
    return found | ({"encodingFormat": known} if known else {})


def _agent(name: str) -> dict[str, str]:
    family, comma, given = name.partition(", ")
    kind = {"familyName": family, "givenName": given, "@type": "Person"} if comma else {"@type": "Organization"}
    return {"@id": f"#{name.replace(', ', '-').replace(' ', '-')}", "name": name, **kind}


def _variables(store: Store) -> list[dict[str, Any]]:
    found = []
    for family in store.families:
        for name in family.observables:
            said = store.array(name).attrs
            found.append(
                {
                    "@id": f"#{name}",
                    "@type": "PropertyValue",
                    "name": name,
                    "description": str(said.get("description", "")),
                    "unitText": str(said.get("units", "")),
                }
            )
    return found


def _run(this: Publication) -> list[dict[str, Any]]:
    made = this.store.made_with
    program = {
        "@id": "#lmutau",
        "@type": "SoftwareApplication",
        "name": "lmutau",
        "version": str(made["versions"].get("lmutau")),
        "identifier": str(made["git"].get("commit")),
    }
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "The scan",
        "instrument": {"@id": "#lmutau"},
        "object": {"@id": "scan.toml"},
        "result": {"@id": this.archive},
        "startTime": this.store.attribute("created"),
        "endTime": this.store.attribute("completed"),
    }
    return [program, action]


def _address(entry: Entry) -> str:
    return f"https://doi.org/{entry.doi}" if entry.doi else f"https://arxiv.org/abs/{entry.eprint}"


def _ids(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """JSON for people."""
    return f"{json.dumps(document, indent=1, ensure_ascii=False)}\n".encode()
