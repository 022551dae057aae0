"""Pictures as files that say where they come from, the curves in them as tables, and the script that makes them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from scanner.errors import SelectionError
from scanner.paths import file_to_write
from scanner.view.picture import record_of

__all__ = ["FORMATS", "HOMES", "ON_Y", "picture_file", "save", "script", "write_data"]

HOMES = {  # of the functions that draw
    "plot_map": "scanner.view.plot",
    "plot_panels": "scanner.view.panels",
    "plot_profile": "scanner.view.profiles",
    "plot_corner": "scanner.answers.corner",
}

FORMATS = (".png", ".pdf", ".svg")
ON_Y = ("limit", "projection", "curve")  # kinds of shapes that are a value of y along x


def save(figure: Figure, path: str | Path, dpi: float = 200) -> None:
    """Write a picture with its origin, and all values that are held in it, in the file's metadata.

    PNG: a text for each, and all as JSON under "lmutau". PDF: the fields Title, Subject, Creator.
    SVG: Title, Description.

    Raises
    ------
    SelectionError
        See `picture_file`.
    """
    path = picture_file(path)
    figure.savefig(path, dpi=dpi, metadata=_metadata(record_of(figure).about, path.suffix.lower()))


def picture_file(path: str | Path) -> Path:
    """A name to write a picture to.

    Raises
    ------
    SelectionError
        Another format than png, pdf and svg, which alone say where a picture comes from; or a folder that is not there.
    """
    path = file_to_write(path)
    if (ending := path.suffix.lower()) not in FORMATS:
        wanted = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        why = f"no format {ending[1:]!r}; end the name" if ending else "the name says the format; end it"
        raise SelectionError(f"{path}: {why} in {wanted}")
    return path


def _metadata(about: Mapping[str, str], ending: str) -> dict[str, Any]:
    title, creator = about.get("Title", ""), about.get("Drawn by", "lmutau")
    text = "\n".join(f"{key}: {value}" for key, value in about.items())
    if ending == ".png":
        return {**about, "Software": creator, "lmutau": json.dumps(dict(about))}
    return {"Title": title, "Subject" if ending == ".pdf" else "Description": text, "Creator": creator}


def write_data(figure: Figure, path: str | Path) -> list[Path]:
    """Write every curve of a picture as rows, with its source, and each limit on y as a file of two columns.

    The table has a row for each point. The files of limits, beside it, are as AxionLimits has them: comments, then x
    and y, in the picture's units; where a limit has several pieces a line of nan is between them.

    Returns
    -------
    list of Path
        What was written, the table first.

    Raises
    ------
    SelectionError
        The name does not end in .csv, or the picture is none of ours.
    """
    path, record = file_to_write(path), record_of(figure)
    if path.suffix != ".csv":
        raise SelectionError(f"{path}: the curves are written as a table; end the name in .csv")
    if not record.axes[0]:
        raise SelectionError("the curves of this picture are not known: draw it without ax=")
    written = [path]
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["panel", "name", "kind", "label", "level", "piece", *record.axes, "source"])
        for panel, s in record.shapes:
            for piece, line in enumerate(s.lines):
                for x, y in line:
                    rows.writerow(
                        [panel, s.name, s.kind, s.label, s.level, piece, repr(float(x)), repr(float(y)), s.source]
                    )
    several = len({panel for panel, _ in record.shapes}) > 1
    for number, (panel, s) in enumerate(record.shapes):
        if s.kind not in ON_Y or not s.lines:
            continue
        name = f"{path.stem}_{s.name}{f'_{number}' if several else ''}.txt"
        about = [
            f"{s.label} {s.level}".strip(),
            panel,
            s.source,
            f"{s.kind}: {record.about.get('Held', '')}",
            "  ".join(record.axes),
        ]
        gap = np.full((1, 2), np.nan)
        points = np.vstack([part for line in s.lines for part in (gap, line)][1:])
        np.savetxt(path.with_name(name), points, fmt="%.9g", header="\n".join(filter(None, about)))
        written.append(path.with_name(name))
    return written


def script(
    function: str,
    store: str | Path,
    arguments: Mapping[str, Any],
    output: str | Path,
    dpi: float,
    plugins: Sequence[str] = (),
) -> str:
    """The few lines of Python that make a picture again.

    >>> print(script("plot_map", "a.zarr", {"x": "m_X", "y": "g_X"}, "a.png", 200))
    import scanner
    from scanner.view.export import save
    from scanner.view.plot import plot_map
    <BLANKLINE>
    ds = scanner.Store('a.zarr').dataset()
    figure = plot_map(
        ds,
        x='m_X',
        y='g_X',
    )
    save(figure, 'a.png', dpi=200)
    <BLANKLINE>
    """
    given = [f"    {name}={value!r}," for name, value in arguments.items()]
    adding = ["import physics", *(f"physics.add({str(p)!r})" for p in plugins), ""] if plugins else []
    imports = sorted([f"from {HOMES[function]} import {function}", "from scanner.view.export import save"])
    return "\n".join(
        [
            *adding, "import scanner", *imports, "", f"ds = scanner.Store({str(store)!r}).dataset()",
            f"figure = {function}(", "    ds,", *given, ")", f"save(figure, {str(output)!r}, dpi={dpi:g})", "",
        ]
    )  # fmt: skip
