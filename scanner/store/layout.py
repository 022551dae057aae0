"""The layout of a store: which arrays, with what chunks, codecs and attributes, before anything is computed.

docs/store.md describes it for readers; a test compares the two. `write_skeleton` is the one place that says what the
store of a plan looks like: whoever wants to know what an array or an attribute should be writes one, and looks.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

import physics
from physics import Status
from physics.core import plugins
from physics.core.readings import Reading, readings
from physics.core.references import cited, joined
from scanner.scan.grid import Axis
from scanner.scan.plan import Family, Plan, digest, identity
from scanner.store import provenance

__all__ = [
    "CHANGES",
    "COPIED",
    "HISTORY",
    "LEVELS",
    "PRIVATE",
    "RUNS",
    "SCHEMA",
    "WANTED",
    "code_name",
    "families_from",
    "held_parameters",
    "mark_name",
    "parameters",
    "readings_followed",
    "status_name",
    "wanted_name",
    "write_skeleton",
]

SCHEMA = "lmutau-scan/2"
LEVELS = "lmutau-levels/1"  # of a folder of stores, level_0, level_1, ...
RUNS = "runs"  # a group; a member for each time that other code, or another [plot] section, went on with the scan
WANTED = "wanted"  # a group; by family, which blocks are to be computed, where not all are
COPIED = "copied"  # a group; statuses of points that another store had, in blocks that are not complete yet

# Attributes of the store that change in its life, beside its seals; all others stay as they were written
CHANGES = frozenset({"state", "completed", "history_of_code"})
# Attributes in which two stores of a plan may differ: these; when, with what, by which set of readings they were made
HISTORY = CHANGES | {
    "id",
    "created",
    "plan",
    "plan_digest",
    "versions",
    "git",
    "plugins",
    "scan_file",
    "readings",
    "parameters",
}

PRIVATE: Any = {"cluster": True, "store": {"path"}}  # whom it computed on, and where, is not for all who get the store


def status_name(observable: str) -> str:
    """Name of the array that says why an observable has a value, or has none."""
    return f"{observable}_status"


def mark_name(observable: str) -> str:
    """Name of the array with the statuses of points that were copied, in blocks that are not complete yet."""
    return f"{COPIED}/{status_name(observable)}"


def wanted_name(family: str) -> str:
    """Name of the array that says which blocks of a family are to be computed."""
    return f"{WANTED}/{family}"


def code_name(axis: str) -> str:
    """Name of the numbers that stand for the names of an axis, for readers that know no strings."""
    return f"{axis}_code"


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


def readings_followed(attributes: Mapping[str, Any]) -> Reading | None:
    """The set of readings that a store follows, and what departs from it; None if it does not say.

    >>> print(readings_followed({"readings": '{"name": "2026", "departures": {"kinetic_mixing": "hypercharge"}}'}))
    2026 (defaults), with kinetic_mixing = hypercharge
    """
    return Reading(**json.loads(attributes["readings"])) if "readings" in attributes else None


def families_from(attribute: str) -> tuple[Family, ...]:
    """The families of a store, as its attribute has them."""
    rows: list[dict[str, Any]] = json.loads(attribute)
    sides = ("dims", "observables", "shape", "block", "chunk")
    return tuple(Family(row["name"], **{key: tuple(row[key]) for key in sides}) for row in rows)


def write_skeleton(
    path: Path, plan: Plan, copied: Collection[str] = (), wanted: Mapping[str, NDArray[np.bool_]] | None = None
) -> None:
    """Write coordinates, arrays without chunks, and attributes.

    `copied`: families with points of another store; `wanted`: blocks to be computed, by family, if not all are.
    """
    group = zarr.create_group(path, zarr_format=3, attributes=_attributes(plan))
    for axis in plan.grid.axes.values():
        _create_axis(group, axis)
    for family in plan.families:
        for name in family.observables:
            _create_values(group, name, family, plan)
            _create_status(group, name, family)
    group.create_group(RUNS)
    if copied:
        marks = group.create_group(COPIED)
        for family in plan.families:
            for name in family.observables if family.name in copied else ():
                _create_status(marks, name, family)
    if wanted:
        group.create_group(WANTED)
        for family in plan.families:
            _create_wanted(group, family, wanted[family.name])


def _create_wanted(group: zarr.Group, family: Family, wanted: NDArray[np.bool_]) -> None:
    array = group.create_array(
        wanted_name(family.name),
        shape=wanted.shape,
        dtype="u1",
        chunks=wanted.shape,
        fill_value=0,
        compressors=_compressors(),
        dimension_names=[f"{family.name}_block_{d}" for d in family.dims],  # of no other array
        attributes=_names("wanted", "", f"1 where a block of {family.name} is to be computed"),
    )
    with zarr.config.set({"array.write_empty_chunks": True}):
        array[...] = wanted.astype(np.uint8)


def _attributes(plan: Plan) -> dict[str, str]:
    return {
        "Conventions": "CF-1.11",
        "schema": SCHEMA,
        "title": plan.scan.scan.title,
        "coordinates": " ".join(code_name(name) for name, axis in plan.grid.axes.items() if axis.is_categorical),
        "state": "running",
        "id": uuid.uuid4().hex,
        "plan_digest": digest(identity(plan.scan)),
        "plan": json.dumps(identity(plan.scan)),
        "families": json.dumps([vars(family) for family in plan.families]),
        "parameters": json.dumps(_described(plan), allow_nan=False),
        "readings": json.dumps(plan.scan.reading._asdict(), allow_nan=False),
        "scan_file": plan.scan.model_dump_json(exclude_none=True, exclude=PRIVATE),
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


def _create_axis(group: zarr.Group, axis: Axis) -> None:
    parameter = physics.parameters()[axis.name]
    attributes = {"units": parameter.unit, **_names(axis.name, parameter.label, parameter.description)}
    if not axis.is_categorical:
        _create_coordinate(group, axis.name, axis.name, axis.values, attributes)
        return
    _create_coordinate(group, axis.name, axis.name, axis.values.astype(object), attributes)
    flags = {
        "flag_values": list(range(len(axis))),
        "flag_meanings": " ".join(name.replace(" ", "_") for name in axis.values.tolist()),
    }
    codes = np.arange(len(axis), dtype=np.uint8)
    _create_coordinate(group, code_name(axis.name), axis.name, codes, {**attributes, **flags})


def _create_coordinate(
    group: zarr.Group, name: str, dim: str, values: NDArray[Any], attributes: dict[str, Any]
) -> None:
    fill_values = {"f": np.nan, "O": "", "u": 255}  # what was lost is no value that an axis could have
    array = group.create_array(
        name,
        shape=values.shape,
        dtype="string" if values.dtype == object else values.dtype,
        chunks=values.shape,
        fill_value=fill_values[values.dtype.kind],
        compressors=_compressors() if values.dtype.kind == "f" else [Crc32cCodec()],
        dimension_names=(dim,),
        attributes=dict(attributes),
    )
    array[:] = values


def _names(name: str, label: str, description: str) -> dict[str, Any]:
    """A few words for the axis of a picture, and the sentence."""
    return {"long_name": label or name.replace("_", " "), "description": description}


def _create_values(group: zarr.Group, name: str, family: Family, plan: Plan) -> None:
    group.create_array(
        name,
        shape=family.shape,
        dtype="f8",
        chunks=family.chunk,
        fill_value=np.nan,
        compressors=_compressors(),
        dimension_names=family.dims,
        attributes=_variable_attributes(name, family, plan),
    )


def _create_status(group: zarr.Group, name: str, family: Family) -> None:
    group.create_array(
        status_name(name),
        shape=family.shape,
        dtype="u1",
        chunks=family.block,
        fill_value=Status.NOT_COMPUTED,
        compressors=_compressors(),
        dimension_names=family.dims,
        attributes={
            "standard_name": "status_flag",
            **_names(status_name(name), "", f"why {name} has a value, or has none"),
            "flag_values": [int(s) for s in Status],
            "flag_meanings": " ".join(s.meaning for s in Status),
        },
    )


def _compressors() -> list[Any]:
    # Byte shuffling is what compresses floats; zstd would take three times as long and save a tenth. Without the
    # checksum a flipped bit is read as another number
    return [BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"), Crc32cCodec()]


def _publications(plan: Plan) -> Iterator[str]:
    for name in (*plan.scan.scan.observables, *plan.bound.values()):
        for reference in _reference(name, plan).split("; "):
            known = [entry.name for entry in cited([reference], only_known=True)]
            yield from known or [reference]  # that of a plugin may not be in the bibliography


def _reference(name: str, plan: Plan) -> str:
    """Source equations of the branches that the scan uses."""
    node = physics.observables()[name]
    used = [b.reference for b in node.branches if b.serves(plan.scan.choices)]
    return joined((node.reference, *used))


def _variable_attributes(name: str, family: Family, plan: Plan) -> dict[str, Any]:
    node = physics.observables()[name]
    known = physics.parameters()
    held = {p: plan.fixed.get(p, known[p].default) for p in plan.scan.parameters_of(name) if p not in family.dims}
    values = {p: known[p].plain(value) for p, value in held.items()}
    depends = plan.scan.dependencies_of(name)
    bound = {p: {"bound": observable} for p, observable in plan.bound.items() if p in depends}
    error = plan.scan.store.relative_error
    return {
        "units": node.unit,
        **_names(name, node.label, node.description),
        **({} if error is None else {"relative_error": error}),
        "references": _reference(name, plan),
        "held_parameters": json.dumps(values | bound, allow_nan=False),
        "ancillary_variables": status_name(name),
        "coordinates": status_name(name),  # which makes xarray take it for a coordinate: docs/store.md says why
    }
