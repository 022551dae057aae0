"""Pictures of projections, with constraints on top."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from physics import Status
from physics.inference.constraints import Constraint
from scanner.errors import SelectionError
from scanner.view.projections import at_point, check_axes, contours, known_constraint, slice_plane, status_of
from scanner.view.title import label, labelled, title

__all__ = ["plot_map"]

_COLOURS = ("tab:green", "tab:cyan", "tab:purple", "tab:orange", "tab:blue", "tab:red", "tab:brown", "tab:pink")
_BESIDE = 8  # more constraints than this have their legend beside the picture, with their sources
_TRANSPARENT = ListedColormap([(1.0, 1.0, 1.0, 0.0)])
_LINES: tuple[Any, ...] = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class _Plane:
    """The plane of a picture, and where it lies."""

    ds: xr.Dataset
    x: str
    y: str
    at: Mapping[str, float | str]
    nearest: bool

    def slice(self, observable: str, more: Mapping[str, float] | None = None) -> xr.DataArray:
        """An observable on both axes of the plane, also if it depends on one of them only."""
        at = {**self.at, **(more or {})}
        return self._spread(slice_plane(self.ds, observable, self.x, self.y, at, self.nearest))

    def status(self, observable: str) -> xr.DataArray:
        """Its status, likewise."""
        return self._spread(
            at_point(status_of(self.ds, observable), self.at, keep=(self.x, self.y), nearest=self.nearest)
        )

    def _spread(self, array: xr.DataArray) -> xr.DataArray:
        both = self.ds[[self.x, self.y]].coords.to_dataset()[[self.x, self.y]]
        return array.broadcast_like(both).transpose(self.y, self.x).load()


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
) -> Figure:
    """Map an observable in a plane, with the bands and lines of constraints on top.

    A limit is filled where it excludes, a hint where it prefers, a projection not at all; one with a target (the relic
    density) is a line. Many constraints have their legend, then with sources, beside the picture. Points of
    the observable that are not computed, or have no value, are hatched, never
    interpolated over.

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

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SelectionError
        An axis, observable, constraint or value that the store does not have, or a curve that is not one.
    """
    at, lines = dict(at or {}), dict(lines or {})
    check_axes(ds, (x, y, *at, *lines))
    for axis in (x, y):
        if ds[axis].dtype.kind != "f" or ds[axis].size < 2:
            raise SelectionError(f"a map needs axes of at least two numbers; {axis} has {ds[axis].values.tolist()}")
        if not np.isfinite(ds[axis]).all():
            raise SelectionError(f"the axis {axis} has values that are lost; the store is damaged: lmutau verify")
    if x == y:
        raise SelectionError(f"the plane needs two different axes (got {x} twice)")
    drawn = [known_constraint(name) for name in constrain]
    plane, chosen = _Plane(ds, x, y, at, nearest), colours or {}
    figure = Figure(figsize=(7.5, 5.6), layout="constrained")
    axes = figure.add_subplot()
    handles: list[Any] = []
    if observable is not None:
        _draw_colours(figure, axes, plane, observable)
        handles += _draw_holes(axes, plane, observable)
    for constraint, usual in zip(drawn, _usual_colours(drawn), strict=True):
        colour = chosen.get(constraint.name, usual)
        new: list[Any]
        if constraint.target is not None:
            new = _draw_targets(axes, plane, constraint, constraint.target, colour, lines)
        else:
            new = _draw_interval(axes, plane, constraint, colour)
        if len(drawn) > _BESIDE:
            for handle in new:
                handle.set_label(f"{handle.get_label()}\n{textwrap.fill(constraint.reference, 60)}")
        handles += new
    for name, usual in zip(curves, _COLOURS[::-1] * 9, strict=False):
        handles.append(_draw_curve(axes, plane, name, chosen.get(name, usual)))
    _scale(axes, plane)
    shown = [*([observable] if observable else []), *(c.observable for c in drawn), *curves]
    axes.set_title(title(ds, shown, at, (x, y, *lines), nearest), fontsize=9)
    _legend(figure, axes, handles, beside=len(drawn) > _BESIDE)
    return figure


def _legend(figure: Figure, axes: Axes, handles: Sequence[Any], beside: bool) -> None:
    """The legend, in the picture or beside it."""
    if beside:
        figure.set_size_inches(11.5, max(5.6, 0.36 * len(handles)))
        figure.legend(handles=handles, fontsize=7, loc="outside right upper", labelspacing=0.7)
    elif handles:
        axes.legend(handles=handles, fontsize=8, loc="best", framealpha=0.9)


def _usual_colours(drawn: Sequence[Constraint]) -> list[str]:
    """Each constraint's own colour, if no other has it here; else one that is free."""
    own = {c.colour for c in drawn}
    free = iter([c for c in _COLOURS if c not in own] * len(drawn))
    seen = {""}
    usual = []
    for c in drawn:
        usual.append(next(free) if c.colour in seen else c.colour)
        seen.add(c.colour)
    return usual


def _scale(axes: Axes, plane: _Plane) -> None:
    """Labels, scales and limits of both axes: logarithmic where the values span more than a decade."""
    for name, set_label, set_scale, set_limits in (
        (plane.x, axes.set_xlabel, axes.set_xscale, axes.set_xlim),
        (plane.y, axes.set_ylabel, axes.set_yscale, axes.set_ylim),
    ):
        values = plane.ds[name].values
        set_label(labelled(plane.ds[name], name))
        set_scale("log" if values[0] > 0 and values[-1] > 10 * values[0] else "linear")
        set_limits(float(values[0]), float(values[-1]))


def _draw_colours(figure: Figure, axes: Axes, plane: _Plane, observable: str) -> None:
    shown = plane.slice(observable)
    values = np.ma.masked_invalid(shown.values)
    if values.count() == 0:
        return
    positive = bool((values > 0).all())
    norm = LogNorm() if positive and values.max() > 20 * values.min() else None
    mesh = axes.pcolormesh(
        shown[plane.x], shown[plane.y], values, norm=norm, shading="nearest", cmap="viridis", rasterized=True
    )
    figure.colorbar(mesh, label=labelled(plane.ds[observable], observable))


def _draw_holes(axes: Axes, plane: _Plane, observable: str) -> list[Patch]:
    """Hatch the points without value, by status."""
    status = plane.status(observable)
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
        axes.pcolor(status[plane.x], status[plane.y], hole, shading="nearest", **style)
        meaning = Status(int(code)).meaning.replace("_", " ")
        handles.append(Patch(facecolor="none", edgecolor=colour, hatch=hatch, label=f"{observable}: {meaning}"))
    return handles


def _draw_interval(axes: Axes, plane: _Plane, constraint: Constraint, colour: str) -> list[Patch]:
    """Fill the interval of a hint, and what lies outside of that of a limit."""
    shown = plane.slice(constraint.observable)
    x, y = shown[plane.x], shown[plane.y]
    values = np.ma.masked_invalid(shown.values)
    if values.count() == 0:
        return []
    transform = np.log if values.min() > 0 else (lambda v: v)  # interpolate what spans decades in its logarithm
    z = transform(values)
    low, high = float(z.min()) - 1.0, float(z.max()) + 1.0  # beyond all values: an open end
    edges = []
    for bound, end in ((constraint.lower, low), (constraint.upper, high)):
        inside = np.isfinite(bound) and (transform is not np.log or bound > 0)
        edges.append(float(transform(bound)) if inside else end)
    lower, upper = edges
    if constraint.kind == "hint":
        if lower < upper:
            axes.contourf(x, y, z, levels=[lower, upper], colors=[colour], alpha=0.35)
        return [Patch(facecolor=colour, alpha=0.35, label=_with_confidence(constraint))]
    projected = constraint.kind == "projection"
    for inner, outer in ((lower, low), (upper, high)):
        if inner != outer and low < inner < high:
            if not projected:
                axes.contourf(x, y, z, levels=sorted((inner, outer)), colors=[colour], alpha=0.12)
            style = "dashed" if projected else "solid"
            axes.contour(x, y, z, levels=[inner], colors=[colour], linewidths=1.5, linestyles=style)
    if projected:
        return [Patch(fill=False, edgecolor=colour, linestyle="--", label=_with_confidence(constraint))]
    return [Patch(facecolor=colour, alpha=0.3, edgecolor=colour, label=f"excluded by {_with_confidence(constraint)}")]


def _draw_curve(axes: Axes, plane: _Plane, observable: str, colour: str) -> Line2D:
    """Draw an observable that is a value of y, as a line."""
    ds, x, y = plane.ds, plane.x, plane.y
    curve = slice_plane(ds, observable, x, y, plane.at, plane.nearest)
    if curve.dims != (x,):
        raise SelectionError(f"{observable} is not a curve y({x}): it depends on {', '.join(map(str, curve.dims))}")
    unit, wanted = (ds[name].attrs.get("units", "1") for name in (observable, y))
    if unit != wanted:
        raise SelectionError(f"{observable} [{unit}] is not a value of {y} [{wanted}]")
    (line,) = axes.plot(curve[x], curve, color=colour, linestyle="--", linewidth=1.8)
    line.set_label(label(ds[observable], observable))
    return line


def _with_confidence(constraint: Constraint) -> str:
    return f"{constraint.label} ({constraint.level})" if constraint.level else constraint.label


def _draw_targets(
    axes: Axes,
    plane: _Plane,
    constraint: Constraint,
    target: float,
    colour: str,
    lines: Mapping[str, Sequence[float]],
) -> list[Line2D]:
    """Draw the line on which an observable has its target, once for each of the values that `lines` has of an axis."""
    points = [{axis: value} for axis, values in lines.items() for value in values] or [{}]
    handles = []
    for point, style in zip(points, _LINES * 9, strict=False):
        for line in contours(plane.slice(constraint.observable, point), [target])[target]:
            axes.plot(line[:, 0], line[:, 1], color=colour, linestyle=style, linewidth=1.8)
        where = ", ".join(f"{label(plane.ds[axis], axis)} = {v:g}" for axis, v in point.items())
        text = f"{constraint.label}{': ' if where else ''}{where}"
        handles.append(Line2D([], [], color=colour, linestyle=style, label=text))
    return handles
