"""The command that says whom to cite."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from scanner.cli import console
from scanner.cli.complete import complete_names, complete_stores
from scanner.cli.options import as_json, plugins

if TYPE_CHECKING:
    from physics.core.references import Entry

__all__ = ["cite"]


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [*complete_stores(ctx, param, incomplete), *complete_names(ctx, param, incomplete)]


@click.command()
@click.argument("what", nargs=-1, metavar="[STORE|NAME]...", shell_complete=_complete)
@click.option("--bibtex", is_flag=True, help="Only the BibTeX entries.")
@as_json
@plugins
def cite(what: Sequence[str], bibtex: bool, as_json: bool) -> None:
    """List the publications behind stores, observables, constraints, experiments, limits, ... as text and BibTeX.

    Of a store: those of its observables, those of the constraints on them, and lmutau itself.
    """
    from physics.core.references import bibliography, cited
    from scanner.sharing.citing import lmutau_entry

    found: dict[str, list[str]] = {}
    lmutau: dict[str, Entry] = {}
    for name in what:
        if _is_store(name):
            parts, entry = _of_store(name)
            lmutau[entry.key] = entry
        else:
            parts = _of_name(name)
        for part, references in parts.items():
            found.setdefault(part, []).extend(references)
    if not lmutau:
        lmutau = {(entry := lmutau_entry()).key: entry}
    entries: dict[str, Entry] = {}
    used: dict[str, list[str]] = {}
    for part, references in found.items():
        for entry in cited(references, only_known=True):
            entries[entry.name] = entry
            used.setdefault(entry.name, []).append(part)
    texts = {text.strip() for references in found.values() for r in references for text in r.split(";")} - {""}
    unknown = sorted(text for text in texts if not any(text.startswith(name) for name in bibliography()))
    ours = {entry.name: entry for entry in lmutau.values()}
    if as_json:
        rows = [{**dataclasses.asdict(e), "text": e.text, "bibtex": e.bibtex, "cited_by": used.get(e.name, ["lmutau"])}
                for e in [*entries.values(), *ours.values()]]  # fmt: skip
        console.emit({"entries": rows, "unknown": unknown})
        return
    if not bibtex:
        _say_texts(entries, used, ours.values())
    for entry in [*entries.values(), *ours.values()]:
        console.say(entry.bibtex)
    if unknown:
        console.complain(f"not in the bibliography of this release: {', '.join(unknown)}")


def _say_texts(entries: dict[str, Entry], used: dict[str, list[str]], ours: Iterable[Entry]) -> None:
    for part in dict.fromkeys(p for parts in used.values() for p in parts):
        console.say(f"{part}:")
        for name, parts in used.items():
            if parts[0] == part:
                console.say(f"  {entries[name].text}")
    console.say("lmutau:")
    for entry in ours:
        console.say(f"  {entry.text}")
    console.say("")


def _is_store(name: str) -> bool:
    from scanner.paths import is_address, local

    return is_address(name) or name.endswith(".zip") or os.path.lexists(local(name) / "zarr.json")


def _of_store(path: str) -> tuple[dict[str, list[str]], Entry]:
    """References by what they are of, and the lmutau that made the store."""
    from scanner.sharing.citing import lmutau_entry, references_of
    from scanner.store.store import Store

    store = Store(path)
    return references_of(store), lmutau_entry(store)


def _of_name(name: str) -> dict[str, list[str]]:
    import physics
    from physics.core.references import bibliography
    from physics.laboratory.accelerators import limits
    from physics.neutrino.experiments import experiments
    from scanner.cli.known import content, found

    parts: dict[str, list[str]] = {}
    for kind in found(name):
        if kind == "observable":
            parts["observables"] = [physics.observables()[name].references]
        elif kind == "constraint":
            c = physics.constraints()[name]
            parts |= {"constraints": [c.reference], "observables": [physics.observables()[c.observable].references]}
        elif kind == "experiment":
            parts["experiments"] = list(experiments()[name].cites)
        elif kind == "limit":
            parts["limits"] = [limits()[name].reference]
        elif kind == "reference":
            parts["references"] = [bibliography()[name].name]
        elif kind == "set":
            rows = physics.constraint_set(name).rows
            parts["constraints"] = [c.reference for c in rows]
        elif kind == "preset":
            used = content("preset", name)
            parts["observables"] = [physics.observables()[n].references for n in used["observables"]]
            parts["constraints"] = [physics.constraints()[n].reference for n in used["constraints"]]
    if not parts:
        raise click.UsageError(f"{name} is a {' and a '.join(found(name))}: that has no references")
    return parts
