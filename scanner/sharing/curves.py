"""The curves of a store's picture: as a table, as files of two columns, and as a submission to HEPData."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from physics import constraints
from physics.inference.constraint_sets import constraint_set
from scanner.errors import SelectionError
from scanner.sharing.licences import Licence
from scanner.store.store import Store
from scanner.view.curves import Shape
from scanner.view.export import ON_Y, save, write_data
from scanner.view.picture import Picture, Record, record_of
from scanner.view.plot import plot_map

__all__ = ["draw", "hepdata", "write_curves"]

SET = "current"  # of constraints, which are drawn with those of the store's own picture
_NAME = 64  # characters of a table's name


def draw(store: Store, at: Mapping[str, float | str], needed: str = "") -> Picture | None:
    """The plane of the scan's [plot] section with all limits that the store can show; None without such a section.

    Parameters
    ----------
    store : Store
    at : mapping
        Values of other axes, in place of those of the section.
    needed : str
        What wants a picture.

    Raises
    ------
    SelectionError
        An axis or a value that there is not; no picture, which is needed.
    """
    view, ds = store.plot, store.dataset()
    if view is None:
        if needed := needed or ("--at" if at else ""):
            raise SelectionError(f"{needed}: the scan file has no [plot] section, so that there are no curves")
        return None
    known = constraints()
    drawn = dict.fromkeys([*view.constraints, *constraint_set(SET).constraints])
    figure = plot_map(
        ds,
        view.x,
        view.y,
        view.observable,
        at={**view.at, **at},
        constrain=[name for name in drawn if name in known and known[name].observable in ds],
        lines={axis: list(values) for axis, values in view.lines.items()},
        curves=view.curves,
    )
    assert isinstance(figure, Picture)
    return figure


def write_curves(figure: Picture, folder: Path) -> list[Path]:
    """Write the picture, the table of all curves, and each limit as two columns."""
    folder.mkdir()
    picture = folder / "plane.png"
    save(figure, picture)
    return [picture, *write_data(figure, folder / "curves.csv")]


# --- HEPData ----------------------------------------------------------------------------------------------------------


def hepdata(figure: Picture, title: str, terms: Licence, doi: str) -> dict[str, bytes]:
    """The files of a submission to HEPData, by name: a table for each piece of each limit on y.

    They are YAML, of which JSON is a part; numbers keep all digits.

    Parameters
    ----------
    figure : Picture
        From `draw`.
    title : str
        Of the scan.
    terms : Licence
        Of the data.
    doi : str
        Of the data; "" where none is known.
    """
    record = record_of(figure)
    first: dict[str, Any] = {"comment": f"{title}. {_held(record)}".strip()}
    if doi:
        first["additional_resources"] = [{"location": f"https://doi.org/{doi}", "description": "The scan"}]
    documents, files = [first], {}
    for name, shape, points in _tables(record):
        file = f"{name.replace(' ', '_')}.yaml"
        files[file] = _flow(_columns(record, points))
        documents.append(
            {
                "name": name,
                "description": ". ".join(filter(None, [f"{shape.label} {shape.level}".strip(), shape.source])),
                "keywords": [{"name": "phrases", "values": ["Lmu-Ltau", shape.kind]}],
                "data_file": file,
                "data_license": {"name": terms.identifier, "url": terms.address, "description": terms.name},
            }
        )
    return {"submission.yaml": b"---\n".join(map(_flow, documents)), **files}


def _tables(record: Record) -> Iterator[tuple[str, Shape, Any]]:
    for _, shape in record.shapes:
        if shape.kind not in ON_Y:
            continue
        for number, points in enumerate(shape.lines, start=1):
            piece = f" piece {number}" if len(shape.lines) > 1 else ""
            yield f"{shape.name[: _NAME - len(piece)]}{piece}", shape, points


def _columns(record: Record, points: Any) -> dict[str, Any]:
    qualifiers = [
        {"name": name, "value": value}
        for name, _, value in (part.partition(" = ") for part in record.about.get("Held", "").split("; ") if part)
    ]
    x, y = (
        {"header": _header(axis), "values": [{"value": float(v)} for v in column]}
        for axis, column in zip(record.axes, points.T, strict=True)
    )
    return {"independent_variables": [x], "dependent_variables": [y | {"qualifiers": qualifiers}]}


def _header(axis: str) -> dict[str, str]:
    """Name and unit of an axis.

    >>> _header("m_X [MeV]"), _header("g_X")
    ({'name': 'm_X', 'units': 'MeV'}, {'name': 'g_X'})
    """
    name, _, unit = axis.removesuffix("]").partition(" [")
    return {"name": name, "units": unit} if unit else {"name": name}


def _held(record: Record) -> str:
    held = record.about.get("Held", "")
    return f"Held: {held}." if held else ""


def _flow(document: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)}\n".encode()
