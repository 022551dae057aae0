"""Whom a store cites, and how it is cited itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import physics
from physics.core.references import Entry, cited
from scanner.store.provenance import now, versions

if TYPE_CHECKING:
    from scanner.store.store import Store

__all__ = ["citation_file", "entries_of", "lmutau_entry", "references_of"]

ANONYMOUS = "anonymous"


def references_of(store: Store) -> dict[str, list[str]]:
    """References of a store's observables, and of the constraints on them."""
    there = set(store.dataset().data_vars)
    on_it = [c.reference for c in physics.constraints().values() if c.observable in there]
    return {"observables": store.attribute("references").split("; "), "constraints": on_it}


def entries_of(store: Store) -> list[Entry]:
    """The publications behind a store, and the lmutau that made it, last."""
    references = [text for texts in references_of(store).values() for text in texts]
    return [*cited(references, only_known=True), lmutau_entry(store)]


def lmutau_entry(store: Store | None = None) -> Entry:
    """The program, in the version that made a store, else in this one."""
    version = store.made_with["versions"].get("lmutau", "") if store is not None and store.history else ""
    year = store.attribute("created", "")[:4] if store is not None else ""
    return Entry(
        name="lmutau",
        key="lmutau",
        author="{The lmutau developers}",
        title="lmutau: distributed parameter scans of the gauged U(1)_{Lmu-Ltau} model",
        latex=r"lmutau: distributed parameter scans of the gauged $U(1)_{L_\mu-L_\tau}$ model",
        year=int(year or now()[:4]),
        version=version or versions()["lmutau"],
    )


def citation_file(store: Store, authors: Sequence[str], licence: str = "") -> str:
    """A CITATION.cff (version 1.2.0) of the data: YAML, of which JSON is a part.

    Parameters
    ----------
    store : Store
        What is cited.
    authors : sequence of str
        "Family, Given", or the name of a collaboration.
    licence : str
        Its SPDX identifier, where one was chosen.
    """
    from json import dumps

    document: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, cite them together with the references below.",
        "type": "dataset",
        "title": store.title or "a scan of lmutau",
        "authors": [_person(name) for name in authors] or [{"name": ANONYMOUS}],
        "date-released": (store.attribute("completed", "") or store.attribute("created", ""))[:10],
        "license": licence,
        "identifiers": [{"type": "other", "value": store.id, "description": "id of the store"}],
        "references": [_reference(entry) for entry in entries_of(store)],
    }
    return "".join(f"{key}: {dumps(value, ensure_ascii=False)}\n" for key, value in document.items() if value)


def _reference(entry: Entry) -> dict[str, Any]:
    kind = "software" if entry.name == "lmutau" else "article" if entry.journal else "generic"
    names = [name for name in entry.author.split(" and ") if name != "others"] or [entry.collaboration]
    fields = {
        "type": kind,
        "title": entry.title,
        "authors": [_person(name) for name in names],
        "year": entry.year,
        "journal": entry.journal,
        "volume": entry.volume,
        "start": entry.pages,
        "doi": entry.doi,
        "version": entry.version,
        "url": f"https://arxiv.org/abs/{entry.eprint}" if entry.eprint else "",
    }
    return {key: value for key, value in fields.items() if value}


def _person(name: str) -> dict[str, str]:
    """A person, or a collaboration.

    >>> _person("Drees, Manuel"), _person("{COHERENT Collaboration}")
    ({'family-names': 'Drees', 'given-names': 'Manuel'}, {'name': 'COHERENT Collaboration'})
    """
    family, comma, given = name.strip("{} ").partition(", ")
    return {"family-names": family, "given-names": given} if comma else {"name": family}
