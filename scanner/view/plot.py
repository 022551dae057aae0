"""Maps of a plane: what constraints exclude and prefer, over the colours of an observable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from physics import Status
from scanner.errors import SelectionError
from scanner.view.columns import column
from scanner.view.curves import Plane, Shape, shape_of_constraint, shape_of_curve, shapes_of_target
from scanner.view.labels import SIZE, place
from scanner.view.picture import Picture, about, figure_for, record_of
from scanner.view.projections import at_point, check_axes, known_constraint, status_of
from scanner.view.scales import Scale, colour_scale
from scanner.view.styles import coloured, draw, handle
from scanner.view.title import WIDTH, distance_label, held, labelled, title_of

__all__ = ["SIZE_OF_MAP", "Contents", "Labels", "draw_map", "finish", "plane_of", "plot_map"]

Labels = Literal["direct", "legend"]
SIZE_OF_MAP = (4.8, 4.0)  # inches: half a page, where SIZE points are still read
_ROW = 0.17  # inches that a row of the legend adds
_TRANSPARENT = ListedColormap([(1.0, 1.0, 1.0, 0.0)])


@dataclass(frozen=True)
class Contents:
    """What a map shows."""

    observable: str | None = None
    constrain: Sequence[str] = ()
    lines: Mapping[str, Sequence[float]] = field(default_factory=dict)
    curves: Sequence[str] = ()
    colours: Mapping[str, Any] = field(default_factory=dict)

    @property
    def observables(self) -> list[str]:
        """Names of all observables that are shown."""
        shown = [known_constraint(name).observable for name in self.constrain]
        return [*([self.observable] if self.observable else []), *shown, *self.curves]

    def shapes(self, plane: Plane) -> list[Shape]:
        """What constraints and curves look like in a plane, in their colours."""
        found: list[Shape] = []
        for name in self.constrain:
            constraint = known_constraint(name)
            if constraint.target is not None:
                found += shapes_of_target(plane, constraint, self.lines)
            else:
                found.append(shape_of_constraint(plane, constraint))
        found += [shape_of_curve(plane, name) for name in self.curves]
        return coloured(found, self.colours)


def plot_map(
    ds: xr.Dataset,
    x: str,
    y: str,
    observable: str | None = None,
    at: Mapping[str, float | str] | None = None,
    constrain: Sequence[str] = (),
    lines: Mapping[str, Sequence[float]] | None = None,
    nearest: bool = False,
    colours: Mapping[str, Any] | None = None,
    curves: Sequence[str] = (),
    *,
    ax: Axes | None = None,
    labels: Labels = "direct",
    scale: str | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Map an observable in a plane, with constraints on top.

    A limit is an edge with strokes towards what it excludes, which is filled; a hint is a band, a projection is dashed,
    and a constraint with a target (the relic density) is a line. Over colours, edges are black and white. Points of the
    observable that are not computed, or have no value, are hatched, never interpolated over.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    x, y : str
        Axes of the plane.
    observable : str, optional
        What the colours show; without it only the constraints are drawn.
    at : mapping, optional
        Values of the other axes.
    constrain : sequence of str
        Names of constraints.
    lines : mapping, optional
        Axis -> values: constraints with a target are drawn once for each, instead of at `at`.
    nearest : bool
        Take the nearest grid points for `at` and `lines`.
    colours : mapping, optional
        Constraint or curve -> colour, in place of the usual ones.
    curves : sequence of str
        Observables that are values of y and do not depend on it: limits on a coupling such as lz_g_X.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a figure of its own.
    labels : {"direct", "legend"}
        Names beside what they name, and what has no room there below the picture; or all of them below it.
    scale : {"delta", "linear"}, optional
        Of mass_ratio: the logarithm of the distance from the resonance at 1/2, on both sides, or as it is. Default:
        delta where the grid comes close to the resonance.
    xlim, ylim : pair of float, optional
        Part of the plane.
    title : str, optional
        In place of the store's title and the values that are held.

    Returns
    -------
    matplotlib.figure.Figure
        That of `ax`, or one that notebooks show, with a method `show` for scripts. `scanner.view.export` writes it to a
        file that says where it comes from.

    Raises
    ------
    SelectionError
        An axis, observable, constraint or value that the store does not have, or a curve that is not one.
    """
    contents = Contents(observable, tuple(constrain), dict(lines or {}), tuple(curves), dict(colours or {}))
    plane = plane_of(ds, x, y, at, nearest, scale, contents)
    figure, axes = figure_for(ax, SIZE_OF_MAP)
    shapes, holes = draw_map(axes, plane, contents, xlim=xlim, ylim=ylim)
    said = held(ds, contents.observables, plane.at, (x, y, *contents.lines), nearest)
    axes.set_title(
        title_of(ds, said, WIDTH if observable is None else WIDTH - 18) if title is None else title, fontsize=SIZE + 1
    )
    finish([axes], [shapes], holes, over_colours=observable is not None, labels=labels)
    found = record_of(figure)
    found.axes = (column(x, ds[x].attrs), column(y, ds[y].attrs))
    found.about = about(ds, title, said, contents.observables)
    found.shapes += [("", shape) for shape in shapes]
    return figure


def plane_of(
    ds: xr.Dataset,
    x: str,
    y: str,
    at: Mapping[str, float | str] | None,
    nearest: bool,
    scale: str | None,
    contents: Contents,
) -> Plane:
    """The plane, if a map of it can be drawn."""
    check_axes(ds, (x, y, *(at or {}), *contents.lines))
    for axis in (x, y):
        if ds[axis].dtype.kind != "f" or ds[axis].size < 2:
            raise SelectionError(f"a map needs axes of at least two numbers; {axis} has {ds[axis].values.tolist()}")
        if not np.isfinite(ds[axis]).all():
            raise SelectionError(f"the axis {axis} has values that are lost; the store is damaged: lmutau verify")
    if x == y:
        raise SelectionError(f"the plane needs two different axes (got {x} twice)")
    return Plane(ds, x, y, dict(at or {}), nearest, scale)


def draw_map(
    axes: Axes,
    plane: Plane,
    contents: Contents,
    *,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    norm: Any = None,
) -> tuple[list[Shape], list[Patch]]:
    """Draw colours, holes and shapes; return the shapes, and what a legend says of the holes."""
    holes: list[Patch] = []
    for which, axis, scale in zip(("x", "y"), (plane.x, plane.y), plane.scales, strict=True):
        _draw_axis(axes, which, plane.ds[axis], axis, scale)  # type: ignore[arg-type]
    if contents.observable is not None:
        _draw_colours(axes, plane, contents, norm)
        holes = _draw_holes(axes, plane, contents.observable)
    shapes = contents.shapes(plane)
    for shape in shapes:
        draw(axes, shape, over_colours=contents.observable is not None)
    axes.set(xlim=xlim or axes.get_xlim(), ylim=ylim or axes.get_ylim())
    return shapes, holes


def finish(
    panels: Sequence[Axes],
    shapes: Sequence[Sequence[Shape]],
    holes: Sequence[Artist],
    *,
    over_colours: bool,
    labels: Labels,
) -> None:
    """Write the names into the panels; those without room, and holes, go into a legend below."""
    if labels not in ("direct", "legend"):
        raise SelectionError(f"labels = {labels!r}: direct or legend")
    figure = panels[0].get_figure(root=True)
    assert figure is not None
    texts = [set(axes.texts) for axes in panels]
    below: dict[tuple[str, int], Shape] = {}
    if labels == "legend":
        below = {(s.name, s.order): s for group in shapes for s in group}
    while True:
        _legend(panels, [handle(s, over_colours) for s in below.values()], holes)
        figure.draw_without_rendering()  # names follow lines on the screen: the layout must be final
        more = [
            s
            for axes, group in zip(panels, shapes, strict=True)
            for s in place(axes, group, [s for s in group if (s.name, s.order) not in below], over_colours)
        ]
        if not more:
            return
        below |= {(s.name, s.order): s for s in more}
        for axes, before in zip(panels, texts, strict=True):
            for text in set(axes.texts) - before:
                text.remove()


def _legend(panels: Sequence[Axes], handles: Sequence[Artist], holes: Sequence[Artist]) -> None:
    """A legend below the panels, never on data."""
    everything = [*handles, *holes]
    if not everything:
        return
    figure = panels[0].get_figure(root=True)
    columns = 1 if max(len(str(h.get_label())) for h in everything) > 42 * len(panels) else 2
    style: dict[str, Any] = {
        "handles": everything, "fontsize": SIZE, "frameon": False, "handlelength": 1.8, "columnspacing": 1.2,
        "ncols": columns,
    }  # fmt: skip
    if isinstance(figure, Picture):
        for old in figure.legends:
            old.remove()
        figure.set_size_inches(figure.size[0], figure.size[1] + _ROW * -(-len(everything) // columns))
        figure.legend(loc="outside lower center", **style)
    else:
        panels[0].legend(loc="upper left", bbox_to_anchor=(0.0, -0.18), borderaxespad=0.0, **style)


def _draw_axis(axes: Axes, which: Literal["x", "y"], coordinate: xr.DataArray, name: str, scale: Scale) -> None:
    scale.draw(axes, which, coordinate.values)
    text = distance_label(coordinate, name) if scale.kind == "delta" else labelled(coordinate, name)
    (axes.set_xlabel if which == "x" else axes.set_ylabel)(text, fontsize=SIZE + 2)
    axes.tick_params(which="both", labelsize=SIZE + 1)


def _draw_colours(axes: Axes, plane: Plane, contents: Contents, norm: Any) -> None:
    """Colours, with a bar unless they follow a given norm."""
    assert contents.observable is not None
    shown = plane.slice(contents.observable)
    values = np.ma.masked_invalid(shown.values)
    if values.count() == 0:
        return
    edges = [c for c in map(known_constraint, contents.constrain) if c.observable == contents.observable]
    edge = next((v for c in edges for v in (c.target, c.upper, c.lower) if v is not None and np.isfinite(v)), None)
    usual, extend = colour_scale(values, edge)
    mesh = axes.pcolormesh(*plane.cells, values, norm=norm or usual, cmap="cividis", rasterized=True)
    if norm is None:
        bar = axes.get_figure(root=True).colorbar(mesh, ax=axes, extend=extend)  # type: ignore[union-attr]
        bar.set_label(labelled(plane.ds[contents.observable], contents.observable), fontsize=SIZE + 2)
        bar.ax.tick_params(labelsize=SIZE + 1)


def _draw_holes(axes: Axes, plane: Plane, observable: str) -> list[Patch]:
    """Hatch the points without value, by status."""
    status = plane.spread(
        at_point(status_of(plane.ds, observable), plane.at, keep=(plane.x, plane.y), nearest=plane.nearest)
    )
    handles = []
    codes = np.unique(status.values)
    if unknown := set(codes.tolist()) - set(Status):
        raise SelectionError(f"{observable} has statuses that are none: {sorted(unknown)[:5]}; damaged: lmutau verify")
    for code in codes:
        if code == Status.OK:
            continue
        hatch, colour = ("//", "0.75") if code == Status.NOT_COMPUTED else ("xx", "0.45")
        hole = np.ma.masked_where(status.values != code, np.ones(status.shape))
        style: dict[str, Any] = {"cmap": _TRANSPARENT, "edgecolors": colour, "hatch": hatch, "linewidth": 0}
        axes.pcolor(*plane.cells, hole, **style)
        meaning = Status(int(code)).meaning.replace("_", " ")
        handles.append(Patch(facecolor="none", edgecolor=colour, hatch=hatch, label=f"{observable}: {meaning}"))
    return handles
