"""Maps side by side: one for each value of an axis, on the same scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scanner.errors import SelectionError
from scanner.view.columns import column
from scanner.view.curves import Shape
from scanner.view.labels import SIZE
from scanner.view.picture import Picture, about
from scanner.view.plot import Contents, Labels, draw_map, finish, plane_of
from scanner.view.projections import check_axes
from scanner.view.scales import colour_scale
from scanner.view.title import held, labelled, title_of

__all__ = ["plot_panels"]

_MOST = 9
_SIZE = (3.4, 3.1)  # inches, of a panel


def plot_panels(
    ds: xr.Dataset,
    x: str,
    y: str,
    over: str,
    values: Sequence[float | str] | None = None,
    observable: str | None = None,
    at: Mapping[str, float | str] | None = None,
    constrain: Sequence[str] = (),
    lines: Mapping[str, Sequence[float]] | None = None,
    nearest: bool = False,
    colours: Mapping[str, Any] | None = None,
    curves: Sequence[str] = (),
    *,
    labels: Labels = "direct",
    scale: str | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a map for each value of an axis; the other arguments are those of `plot_map`.

    Parameters
    ----------
    over : str
        The axis: metallicity, say.
    values : sequence, optional
        Its values; default: all, where they are few.

    Raises
    ------
    SelectionError
        As `plot_map`; or too many values.
    """
    check_axes(ds, [over])
    if over in (x, y):
        raise SelectionError(f"{over} is an axis of the plane; it cannot number the panels as well")
    chosen = list(ds[over].values.tolist() if values is None else values)
    if not 0 < len(chosen) <= _MOST:
        raise SelectionError(f"{len(chosen)} panels are no picture; choose 1 to {_MOST} values of {over}")
    contents = Contents(
        observable, tuple(constrain), {a: v for a, v in (lines or {}).items() if a != over}, tuple(curves),
        dict(colours or {}),
    )  # fmt: skip
    elsewhere = {axis: value for axis, value in (at or {}).items() if axis != over}
    planes = [plane_of(ds, x, y, {**elsewhere, over: value}, nearest, scale, contents) for value in chosen]
    figure, panels, columns = _figure(len(chosen))
    norm, extend = _common([p.slice(observable).values for p in planes]) if observable else (None, "neither")
    shapes: list[list[Shape]] = []
    holes: dict[str, Patch] = {}
    for number, (axes, plane) in enumerate(zip(panels, planes, strict=True)):
        found, hatched = draw_map(axes, plane, contents, xlim=xlim, ylim=ylim, norm=norm)
        shapes.append(found)
        holes |= {str(h.get_label()): h for h in hatched}
        this = next(h for h in held(ds, [], plane.at, (x, y), nearest) if h.name == over)
        axes.set_title(this.text, fontsize=SIZE + 1)
        _label_outer(axes, leftmost=number % columns == 0, lowest=number + columns >= len(chosen))
        figure.record.shapes += [(this.text, shape) for shape in found]
    if norm is not None and observable is not None:
        mesh = next(c for axes in panels for c in axes.collections if c.norm is norm)
        bar = figure.colorbar(mesh, ax=panels, extend=extend)
        bar.set_label(labelled(ds[observable], observable), fontsize=SIZE + 2)
        bar.ax.tick_params(labelsize=SIZE + 1)
    said = [h for h in held(ds, contents.observables, planes[0].at, (x, y, *contents.lines), nearest) if h.name != over]
    words = title_of(ds, said, 46 * columns) if title is None else title
    figure.suptitle(words, fontsize=SIZE + 1)
    finish(panels, shapes, list(holes.values()), over_colours=observable is not None, labels=labels)
    figure.record = replace(
        figure.record,
        about=about(ds, title, said, contents.observables),
        axes=(column(x, ds[x].attrs), column(y, ds[y].attrs)),
    )
    return figure


def _figure(n: int) -> tuple[Picture, list[Axes], int]:
    """A figure of so many panels, and how many stand in a row."""
    columns = 2 if n == 4 else min(3, n)
    rows = -(-n // columns)
    figure = Picture(figsize=(_SIZE[0] * columns, _SIZE[1] * rows + 0.5), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel())
    for spare in panels[n:]:
        spare.set_visible(False)
    return figure, panels[:n], columns


def _label_outer(axes: Axes, leftmost: bool, lowest: bool) -> None:
    """Names and numbers at the outer panels only; the last row may be short."""
    axes.tick_params(which="both", labelleft=leftmost, labelbottom=lowest)
    axes.xaxis.label.set_visible(lowest)
    axes.yaxis.label.set_visible(leftmost)


def _common(values: Sequence[Any]) -> tuple[Normalize | None, str]:
    everything = np.ma.masked_invalid(np.stack(values))
    return colour_scale(everything) if everything.count() else (None, "neither")
