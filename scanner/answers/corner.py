"""All axes of a scan against each other, the others profiled: a triangle of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from physics.inference.constraint_sets import constraint_set
from physics.inference.constraints import Constraint
from scanner.answers.answer import answer, part
from scanner.answers.picture import draw_axes, draw_pair, draw_single
from scanner.errors import SelectionError
from scanner.store.provenance import versions
from scanner.store.reading import StoredScan
from scanner.view.labels import SIZE
from scanner.view.picture import Picture
from scanner.view.title import formulas

__all__ = ["plot_corner"]

_SIDE = 2.1  # inches, of a panel
_GAP = 3.0  # pixels between two numbers


def plot_corner(
    scan: xr.Dataset | StoredScan | str | Path,
    set: str | Iterable[str] = "current",  # noqa: A002
    onto: Sequence[str] | None = None,
    prior: Mapping[str, str] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """Draw -2 Delta ln L on every pair of axes, and on every axis alone, whatever the other axes are.

    Each panel is an answer of its own, which reads the scan once. Contours and bands are at 68.3 % and 95.4 %.

    Parameters
    ----------
    scan, set, prior
        As of `scanner.answer`.
    onto : sequence of str, optional
        Axes; default: all of numbers on which a constraint of the set depends.
    title : str, optional
        In place of the scan's title.

    Raises
    ------
    SelectionError
        Fewer than two axes, or one that is not of numbers.
    """
    ds = scan if isinstance(scan, xr.Dataset) else part(scan)
    rows = [c for c in constraint_set(set).rows if c.observable in ds]
    axes_of_scan = _axes_of(ds, rows, onto)
    n = len(axes_of_scan)
    side = _SIDE * n + 1.0
    figure = Picture(figsize=(side, side))
    panels = figure.subplots(n, n, squeeze=False)
    figure.subplots_adjust(0.75 / side, 0.5 / side, 1 - 0.35 / side, 1 - 0.4 / side, wspace=0.12, hspace=0.12)
    mesh: QuadMesh | None = None
    handles: list[Artist] = []
    for i in range(n):
        for j in range(n):
            axes = panels[i, j]
            if j > i:
                axes.set_visible(False)
                continue
            kept = [axes_of_scan[i]] if i == j else [axes_of_scan[j], axes_of_scan[i]]
            found = answer(ds, set, kept, prior)
            draw_axes(axes, found, kept)
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.yaxis.set_minor_formatter(NullFormatter())
            if i == j:
                draw_single(axes, found, kept)
                axes.yaxis.tick_right()
                axes.set_ylabel("")
            else:
                mesh = draw_pair(axes, found, kept)
            if i < n - 1:
                axes.set_xlabel("")
                axes.tick_params(labelbottom=False)
            if 0 < j < i:
                axes.set_ylabel("")
                axes.tick_params(labelleft=False)
            handles = handles or (axes.get_legend_handles_labels()[0] if i != j else [])
    assert mesh is not None
    _explain(figure, mesh, handles, side)
    words = str(ds.attrs.get("title", "")) if title is None else title
    _thin_ticks(panels)
    figure.suptitle(formulas(words) if title is None else title, fontsize=SIZE + 2)
    names = ", ".join(c.name for c in rows)
    figure.record.about = {"Title": words, "Constraints": names, "Drawn by": f"lmutau {versions()['lmutau']}"}
    return figure


def _axes_of(ds: xr.Dataset, rows: Sequence[Constraint], onto: Sequence[str] | None) -> list[str]:
    """Axes of numbers on which constraints depend, or those of them that are asked for."""
    used = {str(d) for c in rows for d in ds[c.observable].dims}
    numbers = [str(d) for d in ds.dims if str(d) in used and ds[d].dtype.kind == "f" and ds[d].size > 1]
    found = numbers if onto is None else list(onto)
    if wrong := [axis for axis in found if axis not in numbers]:
        raise SelectionError(f"{wrong[0]} is no axis of numbers of these constraints; choose of {', '.join(numbers)}")
    if len(found) < 2:
        raise SelectionError(f"a corner needs two axes of numbers or more (got {', '.join(found) or 'none'})")
    return found


def _thin_ticks(panels: NDArray[np.object_]) -> None:
    """Leave out numbers that would touch the one before: along the lowest row, and up the first column."""
    panels[0, 0].get_figure(root=True).draw_without_rendering()
    for along, row in ((0, [axes.xaxis for axes in panels[-1]]), (1, [axes.yaxis for axes in panels[1:, 0]])):
        texts = [
            tick.label1
            for axis in row
            for tick in axis.get_major_ticks()
            if tick.label1.get_text() and axis.get_view_interval()[0] <= tick.get_loc() <= axis.get_view_interval()[1]
        ]
        last = -np.inf
        for box, text in sorted(((t.get_window_extent(), t) for t in texts), key=lambda shown: shown[0].min[along]):
            text.set_visible(box.min[along] >= last + _GAP)
            last = max(last, box.max[along]) if text.get_visible() else last


def _explain(figure: Figure, mesh: QuadMesh, handles: Sequence[Artist], side: float) -> None:
    """What colours and lines mean, in the corner that is empty; lengths in inches."""
    right = 1 - 0.35 / side
    where = figure.add_axes((right - 2 / side, 1 - 0.7 / side, 2 / side, 0.12 / side))
    bar = figure.colorbar(mesh, cax=where, orientation="horizontal", extend="max")
    bar.set_label(r"$-2\,\Delta\ln L$, other axes profiled", fontsize=SIZE + 1)
    bar.ax.tick_params(labelsize=SIZE)
    below = (right, 1 - 1.2 / side)
    figure.legend(handles=handles, fontsize=SIZE, frameon=False, loc="upper right", bbox_to_anchor=below)
