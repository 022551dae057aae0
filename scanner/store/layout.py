"""The layout of a store: which arrays, with what chunks, codecs and attributes, before anything is computed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

import physics
from physics import Status
from physics.core.graph import dependencies_of, parameters_of
from physics.core.references import cited
from scanner.scan.plan import Family, Plan, digest, identity
from scanner.store import provenance

__all__ = ["SCHEMA", "write_skeleton"]

SCHEMA = "lmutau-scan/1"


def write_skeleton(path: Path, plan: Plan) -> None:
    """Write coordinates, arrays without chunks, and attributes."""
    coordinates: dict[str, Any] = {}
    for name, axis in plan.grid.axes.items():
        values = axis.values.astype(object) if axis.is_categorical else axis.values
        attributes = {"units": axis.unit, "long_name": axis.parameter.description, "label": axis.parameter.label}
        coordinates[name] = (name, values, attributes)
    for family in plan.families:
        names = np.asarray(family.observables, dtype=object)
        coordinates[f"observable_{family.name}"] = (f"observable_{family.name}", names, {})
    attributes = {
        "Conventions": "CF-1.11",
        "schema": SCHEMA,
        "title": plan.scan.scan.title,
        "state": "running",
        "id": uuid.uuid4().hex,
        "plan_digest": digest(identity(plan.scan)),
        "plan": json.dumps(identity(plan.scan)),
        "families": json.dumps([vars(family) for family in plan.families]),
        "fixed": json.dumps(dict(plan.fixed)),
        "bound": json.dumps(dict(plan.bound)),
        "scan_file": plan.scan.model_dump_json(exclude_none=True),
        "versions": json.dumps(provenance.versions()),
        "git": json.dumps(provenance.git_state()),
        "references": "; ".join(e.name for e in cited(_references(plan))),
        "created": provenance.now(),
    }
    xr.Dataset(coords=coordinates, attrs=attributes).to_zarr(path, zarr_format=3, consolidated=False)
    group = zarr.open_group(path, mode="r+")
    for family in plan.families:
        for name in family.observables:
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


def _references(plan: Plan) -> Iterator[str]:
    for family in plan.families:
        for name in family.observables:
            yield physics.observables()[name].reference
    for observable in plan.bound.values():
        yield physics.observables()[observable].reference


def _variable_attributes(name: str, family: Family, plan: Plan) -> dict[str, Any]:
    node = physics.observables()[name]
    parameters = physics.parameters()
    depends = parameters_of(name, plan.bound)
    fixed = {p: plan.fixed.get(p, parameters[p].default) for p in depends if p not in family.dims}
    bound = {p: target for p, target in plan.bound.items() if p in dependencies_of(name, plan.bound)}
    attributes = {
        "units": node.unit,
        "long_name": node.description,
        "label": node.label,
        "references": node.reference,
        "fixed_parameters": ", ".join(f"{p}={value}" for p, value in fixed.items()),
        "ancillary_variables": f"status_{family.name}",
    }
    if bound:
        attributes["bound_parameters"] = ", ".join(f"{p}={target}" for p, target in bound.items())
    return attributes
