"""The layout of a store: which arrays, with what chunks, codecs and attributes, before anything is computed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

import physics
from physics import Status
from physics.core import plugins
from physics.core.readings import Reading, readings
from physics.core.references import cited
from scanner.scan.plan import Family, Plan, digest, identity
from scanner.store import provenance

__all__ = ["SCHEMA", "held_parameters", "parameters", "reading", "write_skeleton"]

SCHEMA = "lmutau-scan/2"


def held_parameters(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that an observable depends on and that are not its axes, from the attributes of its variable.

    A parameter has a value, or it is {"bound": observable} where it follows one; defaults are included.

    >>> held_parameters({"held_parameters": '{"q_psi": 1.0, "mass_ratio": {"bound": "mass_ratio_relic_above"}}'})
    {'q_psi': 1.0, 'mass_ratio': {'bound': 'mass_ratio_relic_above'}}
    """
    held: dict[str, Any] = json.loads(attributes.get("held_parameters", "{}"))
    return held


def parameters(attributes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a store's parameters are, from its attributes: units, label, description, default, reading by name.

    The reading is the value that the scan's set of readings has.

    >>> parameters({"parameters": '{"q_psi": {"units": "1", "default": null}}'})
    {'q_psi': {'units': '1', 'default': None}}
    """
    described: dict[str, dict[str, Any]] = json.loads(attributes.get("parameters", "{}"))
    return described


def reading(attributes: Mapping[str, Any]) -> Reading | None:
    """The set of readings that a store follows, and what departs from it; None if it does not say.

    >>> print(reading({"readings": '{"name": "2026", "departures": {"kinetic_mixing": "hypercharge"}}'}))
    2026 (defaults), with kinetic_mixing = hypercharge
    """
    return Reading(**json.loads(attributes["readings"])) if "readings" in attributes else None


def write_skeleton(path: Path, plan: Plan) -> None:
    """Write coordinates, arrays without chunks, and attributes."""
    attributes = _attributes(plan)
    xr.Dataset(coords=_coordinates(plan), attrs=attributes).to_zarr(path, zarr_format=3, consolidated=False)
    group = zarr.open_group(path, mode="r+")
    for family in plan.families:
        for name in family.observables:
            _create_values(group, name, family, plan)
        _create_status(group, family)


def _coordinates(plan: Plan) -> dict[str, Any]:
    coordinates: dict[str, Any] = {}
    for name, axis in plan.grid.axes.items():
        values = axis.values.astype(object) if axis.is_categorical else axis.values
        parameter = physics.parameters()[name]
        attributes = {"units": parameter.unit, "long_name": parameter.description, "label": parameter.label}
        coordinates[name] = (name, values, attributes)
    for family in plan.families:
        names = np.asarray(family.observables, dtype=object)
        coordinates[f"observable_{family.name}"] = (f"observable_{family.name}", names, {})
    return coordinates


def _attributes(plan: Plan) -> dict[str, str]:
    return {
        "Conventions": "CF-1.11",
        "schema": SCHEMA,
        "title": plan.scan.scan.title,
        "state": "running",
        "id": uuid.uuid4().hex,
        "plan_digest": digest(identity(plan.scan)),
        "plan": json.dumps(identity(plan.scan)),
        "families": json.dumps([vars(family) for family in plan.families]),
        "parameters": json.dumps(_described(plan), allow_nan=False),
        "readings": json.dumps(plan.scan.reading._asdict(), allow_nan=False),
        "scan_file": plan.scan.model_dump_json(exclude_none=True),
        "versions": json.dumps(provenance.versions()),
        "git": json.dumps(provenance.git_state()),
        "plugins": json.dumps(plugins.digests()),
        "references": "; ".join(dict.fromkeys(_publications(plan))),
        "created": provenance.now(),
    }


def _described(plan: Plan) -> dict[str, dict[str, Any]]:
    used = set().union(*(plan.scan.dependencies_of(name) for name in plan.scan.scan.observables), plan.grid.dims)
    chosen = readings(plan.scan.reading.name)
    return {
        name: {
            "units": p.unit,
            "label": p.label,
            "description": p.description,
            "default": p.plain(p.default),
            "reading": p.plain(chosen.get(name, p.default)),
        }
        for name, p in physics.parameters().items()
        if name in used
    }


def _create_values(group: zarr.Group, name: str, family: Family, plan: Plan) -> None:
    group.create_array(
        name,
        shape=family.shape,
        dtype="f8",
        chunks=family.chunk,
        shards=family.block if family.sharded else None,
        fill_value=np.nan,
        compressors=_compressors(),
        dimension_names=family.dims,
        attributes=_variable_attributes(name, family, plan),
    )


def _create_status(group: zarr.Group, family: Family) -> None:
    group.create_array(
        f"status_{family.name}",
        shape=(len(family.observables), *family.shape),
        dtype="u1",
        chunks=(len(family.observables), *family.block),
        fill_value=Status.NOT_COMPUTED,
        compressors=_compressors(),
        dimension_names=(f"observable_{family.name}", *family.dims),
        attributes={
            "long_name": "why a point has a value, or has none",
            "flag_values": [int(s) for s in Status],
            "flag_meanings": " ".join(s.meaning for s in Status),
        },
    )


def _compressors() -> list[Any]:
    # Byte shuffling is what compresses floats; without the checksum a flipped bit is read as another number
    return [BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"), Crc32cCodec()]


def _publications(plan: Plan) -> Iterator[str]:
    for name in (*plan.scan.scan.observables, *plan.bound.values()):
        for reference in _reference(name, plan).split("; "):
            known = [entry.name for entry in cited([reference], only_known=True)]
            yield from known or [reference]  # that of a plugin may not be in the bibliography


def _reference(name: str, plan: Plan) -> str:
    """Source equations of the branches that the scan uses."""
    node = physics.observables()[name]
    used = [b.reference for b in node.branches if b.serves(plan.scan.choices)]
    return "; ".join(dict.fromkeys(r for r in (node.reference, *used) if r))


def _variable_attributes(name: str, family: Family, plan: Plan) -> dict[str, Any]:
    node = physics.observables()[name]
    known = physics.parameters()
    held = {p: plan.fixed.get(p, known[p].default) for p in plan.scan.parameters_of(name) if p not in family.dims}
    values = {p: known[p].plain(value) for p, value in held.items()}
    depends = plan.scan.dependencies_of(name)
    bound = {p: {"bound": observable} for p, observable in plan.bound.items() if p in depends}
    return {
        "units": node.unit,
        "long_name": node.description,
        "label": node.label,
        "references": _reference(name, plan),
        "held_parameters": json.dumps(values | bound, allow_nan=False),
        "ancillary_variables": f"status_{family.name}",
    }
