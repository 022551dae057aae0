"""More observables in a store: new families beside the old ones, of which nothing is written again.

First come the arrays, then all changes of the store's attributes at once, then a record of who added them. A kill in
between leaves arrays that are not yet of the store, or a store without that record; the same call goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from physics.core import plugins
from physics.core.identity import digest
from scanner.errors import ScanFileError, StoreError
from scanner.growth.copying import not_the_same_code
from scanner.scan.config import ScanFile, validated
from scanner.scan.plan import Family, families_of, family_name, identity, make_plan
from scanner.store import seal
from scanner.store.elsewhere import folder
from scanner.store.history import record_resumption
from scanner.store.planned import skeleton
from scanner.store.store import Store

__all__ = ["add"]

_GROWS = ("scan_file", "families", "parameters", "readings", "references")


def add(store: Store | str | Path, observables: Sequence[str]) -> Store:
    """Add observables to a store, on the axes that it has; `scanner.run`, or `lmutau run`, computes them alone.

    Parameters
    ----------
    store : Store, str or Path
        Complete or not.
    observables : sequence of str
        Their names. Those that it has already are left as they are.

    Returns
    -------
    Store
        Opened anew.

    Raises
    ------
    PlanMismatchError
        The store was computed with other physics code than is here.
    ScanFileError
        An observable is not known, or needs a parameter that the scan does not have.

    Examples
    --------
    >>> import scanner, tempfile
    >>> from scanner.store.here import compute
    >>> axes = ["axes.m_X.values=[5, 23]", "axes.g_X.values=[1e-4]", 'scan.observables=["delta_a_mu"]']
    >>> plan = scanner.make_plan(scanner.load_scan("quick", axes))
    >>> compute(store := scanner.Store.create(f"{tempfile.mkdtemp()}/scan.zarr", plan))
    >>> store = scanner.add(store, ["a_mu_pull"])
    >>> [family.observables for family in store.families], [family.name for family, _ in store.pending()]
    ([('delta_a_mu',), ('a_mu_pull',)], ['m_X_g_X_2'])
    """
    path = store.path if isinstance(store, Store) else folder(store)
    store = Store(path)
    store.check_current()
    scan = _with(store, observables)
    not_the_same_code([store], here=_without_new_plugins(store, scan))
    there = {name for family in store.families for name in family.observables}
    if new := [name for name in scan.scan.observables if name not in there]:
        if broken := [str(finding) for finding in seal.broken(path)]:
            raise StoreError(f"{path}: {broken[0]}; mend it first: lmutau repair {path}")
        _write(store, scan, _families(store, scan, new))
    store = Store(path)
    record_resumption(store, store.scan)
    return Store(path)


def _without_new_plugins(store: Store, scan: ScanFile) -> dict[str, str]:
    """The identity of a scan, were there no other plugins than those of the store."""
    new = [name for name in plugins.contents() if f"plugin {name}" not in store.identity]
    files = {f"{name}/{file}" for name in new for file in plugins.contents()[name]}
    items = {key: value for key, value in identity(scan).items() if key.removeprefix("plugin ") not in new}
    return items | ({"physics code": digest(files)[:16]} if files else {})


def _with(store: Store, observables: Sequence[str]) -> ScanFile:
    content: dict[str, Any] = json.loads(store.attribute("scan_file"))
    section = content["scan"]
    section["observables"] = list(dict.fromkeys([*section["observables"], *observables]))
    known = {Path(path).name for path in section.get("plugins", [])}
    section["plugins"] = [*section.get("plugins", []), *(n for n in plugins.contents() if n not in known)]
    content["plot"] = store.made_with["plot"]
    return validated(content, f"{store.path}, with {', '.join(observables)}")


def _families(store: Store, scan: ScanFile, new: Collection[str]) -> list[Family]:
    """The new families, cut as a scan of them alone would be."""
    grown = families_of(scan)
    for family in store.families:
        if moved := [n for n in family.observables if n not in grown.get(family.dims, ())]:
            raise ScanFileError(f"{store.path}: with these, {moved[0]} would have other axes; lmutau extend it instead")
    content = json.loads(scan.model_dump_json(exclude_none=True))
    content["scan"]["observables"] = list(new)
    content["plot"] = None
    taken = {family.name for family in store.families}
    families = []
    for family in make_plan(validated(content, str(store.path))).families:
        families.append(replace(family, name=family_name(family.dims, taken)))
        taken.add(families[-1].name)
    return families


def _write(store: Store, scan: ScanFile, new: Sequence[Family]) -> None:
    with skeleton(scan, (*store.families, *new)) as planned:
        there = seal.read_root(store.path)["attributes"]["sealed_metadata"]
        names = [name for name in seal.nodes(planned) if name not in json.loads(there)]
        for name in names:
            seal.write_metadata(store.path, name, seal.metadata_of(planned, name))
        fresh = seal.read_root(planned)["attributes"]
        changes = {key: fresh[key] for key in _GROWS} | {"state": "running"}
        seal.change_root(store.path, changes, renew=names)
