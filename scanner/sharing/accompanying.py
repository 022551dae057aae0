"""The files that go with a store that is given away: what it is, how to open it without lmutau, whom to cite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from physics import Status
from scanner.errors import StoreError
from scanner.sharing.citing import citation_file, entries_of
from scanner.sharing.licences import Licence
from scanner.store.layout import held_parameters, parameters, readings_followed
from scanner.store.store import Store
from scanner.store.sums import SUMS
from scanner.store.verify import AGREEMENT

__all__ = ["accompanying", "as_toml"]

_MEANINGS = {
    Status.NOT_COMPUTED: "also where a chunk does not exist",
    Status.OK: "the value is finite; everywhere else it is NaN",
    Status.OUTSIDE_DOMAIN: "of the observable, or a choice that is not supported",
    Status.NO_SOLUTION: "there is none",
    Status.NOT_CONVERGED: "or not finite",
    Status.INPUT_FAILED: "an observable that it needs has no value",
    Status.ERROR: "an error was raised",
    Status.BLOCK_FAILED: "its process died, or it exceeded its limit",
}


def accompanying(
    store: Store, name: str, authors: Sequence[str] = (), licence: Licence | None = None
) -> dict[str, bytes]:
    """The content of these files, by name: README.md, CITATION.cff, references.bib, scan.toml.

    Parameters
    ----------
    store : Store
        What is given away; only its metadata and coordinates are read.
    name : str
        What it will be called: scan.zarr, scan.zarr.zip.
    authors : sequence of str
        Of the data.
    licence : Licence, optional
        Of the data, where their authors have chosen one.
    """
    bibtex = "\n".join(entry.bibtex for entry in entries_of(store))
    files = {
        "README.md": "\n".join([*_readme(store, name), *_licence(authors, licence)]),
        "CITATION.cff": citation_file(store, authors, licence.identifier if licence else ""),
        "references.bib": bibtex,
        "scan.toml": as_toml(store.scan_file),
    }
    return {file: f"{text.rstrip()}\n".encode() for file, text in files.items()}


# --- README -----------------------------------------------------------------------------------------------------------


def _readme(store: Store, name: str) -> Iterator[str]:
    complete = store.attribute("state") == "complete"
    yield f"# {store.title or name}\n"
    yield "A scan of the gauged U(1)_{Lmu-Ltau} model: observables on a grid of parameters, as Zarr version 3."
    if not complete:
        yield "\n**It is not complete**: points that were not computed have the status 0."
    yield from _how_to_open(store, name)
    yield from _arrays(store)
    yield from _statuses()
    yield from _accuracy(store)
    yield from _origin(store)
    yield "\n## References\n"
    yield "Cite these data as CITATION.cff says, with the publications behind them (BibTeX: references.bib):\n"
    yield from (f"- {entry.text}" for entry in entries_of(store))


def _how_to_open(store: Store, name: str) -> Iterator[str]:
    observable = store.families[0].observables[0]
    archive = name.endswith(".zip")
    also = "\nfrom zarr.storage import ZipStore\n" if archive else ""
    opened = f'ZipStore("{name}", mode="r")' if archive else f'"{name}"'
    yield f"""
## How to open it

lmutau is not needed. In Python, with `pip install xarray zarr`:

```python
import xarray as xr{also}

ds = xr.open_zarr({opened})
ds.{observable}.where(ds.{observable}_status == 1)  # 1: ok
```

Nothing is read before it is asked for. An archive (.zip) is not compressed, and need not be unpacked; unpacked, it is a
folder that any server of files can share. In the folder, `sha256sum -c {SUMS}` says whether all is as it was.
With lmutau: `lmutau summary {name}`, `plot`, `answer`, `verify`."""


def _arrays(store: Store) -> Iterator[str]:
    described = parameters(store.group.attrs)
    yield "\n## What is in it\n\n| axis | values | unit | |\n|---|---|---|---|"

    def said(name: str, of: Any) -> str:
        return f"{_cell(of, name, 'units')} | {_cell(of, name, 'description')} |"

    for axis, values in store.grid.axes.items():
        span = " ... ".join(
            dict.fromkeys(f"{v:.6g}" if isinstance(v, float) else str(v) for v in values.values[[0, -1]].tolist())
        )
        yield f"| {axis} | {len(values)}: {span} | {said(axis, described)}"
    yield "\n| observable | axes | unit | |\n|---|---|---|---|"
    for family in store.families:
        for observable in family.observables:
            of = {observable: dict(store.array(observable).attrs)}
            yield f"| {observable} | {', '.join(family.dims) or 'none'} | {said(observable, of)}"
    held = {p: value for f in store.families for o in f.observables for p, value in _held(store, o).items()}
    if held:
        said_of_all = ", ".join(f"{p} = {v}" for p, v in sorted(held.items()))
        yield f"\nAll else that values depend on is held at: {said_of_all}."
    yield "\nEvery array has its unit, description, references and held_parameters as attributes."


def _held(store: Store, observable: str) -> dict[str, str]:
    found = held_parameters(dict(store.array(observable).attrs))
    return {p: value["bound"] if isinstance(value, dict) else str(value) for p, value in found.items()}


def _cell(described: Any, name: str, key: str) -> str:
    """For a table: what would end a cell does not."""
    return " ".join(str(described.get(name, {}).get(key, "")).replace("|", r"\|").split())


def _statuses() -> Iterator[str]:
    yield "\nBeside each observable NAME, `NAME_status` says why a point has a value, or has none:\n"
    yield "| code | | |\n|---|---|---|"
    yield from (f"| {int(s)} | {s.meaning} | {_MEANINGS[s]} |" for s in Status)


def _accuracy(store: Store) -> Iterator[str]:
    kept = store.section.relative_error
    rounding = "" if kept is None else f" Values are rounded for storage, to a relative {kept:g}."
    yield (
        f"\n## Accuracy\n\nPoints that are computed again agree to a relative {AGREEMENT:g}: `lmutau verify` tests it."
        f"{rounding} This is numerical accuracy; its description and references say what each formula leaves out."
    )


def _origin(store: Store) -> Iterator[str]:
    code = store.made_with
    yield "\n## Where it comes from\n"
    git = code["git"]
    yield f"- lmutau {code['versions'].get('lmutau')}, commit {git.get('commit')} (changed: {git.get('dirty')})"
    yield "- " + ", ".join(
        f"{package} {version}" for package, version in code["versions"].items() if package != "lmutau"
    )
    if followed := readings_followed(store.group.attrs):
        yield f"- readings: {followed}"
    if code["plugins"]:
        yield f"- plugins, which are not included: {', '.join(f'{k} ({v})' for k, v in code['plugins'].items())}"
    yield f"- begun {store.attribute('created')}, completed {store.attribute('completed', 'not yet')}, id {store.id}"
    yield "- scan.toml is the scan file: `lmutau run scan.toml` computes it anew"


def _licence(authors: Sequence[str], licence: Licence | None) -> Iterator[str]:
    yield "\n## Licence\n"
    none = "None was named when the store was exported: ask its authors before you publish or change these data."
    yield licence.says(authors) if licence else none


# --- the scan file ----------------------------------------------------------------------------------------------------


def as_toml(document: dict[str, Any]) -> str:
    """A scan file from what a store keeps of it.

    >>> print(as_toml({"scan": {"title": "a"}, "axes": {"m_X": {"geomspace": [1, 100, 3]}}}))
    [scan]
    title = "a"
    <BLANKLINE>
    [axes]
    m_X = {geomspace = [1, 100, 3]}
    """
    tables = []
    for name, content in document.items():
        if not isinstance(content, dict):
            raise StoreError(f"the scan file has {name} outside of a table")
        lines = [f"{_key(key)} = {_value(value)}" for key, value in content.items() if value is not None]
        if lines:
            tables.append("\n".join([f"[{_key(name)}]", *lines]))
    return "\n\n".join(tables)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
