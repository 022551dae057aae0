"""Pictures of projections, with constraints on top."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import physics
from physics import Status
from physics.inference.constraints import Constraint, constraints
from scanner.errors import SelectionError
from scanner.store.layout import held_parameters
from scanner.view.projections import at_point, check_axes, contours, slice_plane, status_of

__all__ = ["plot_map"]

_COLOURS = ("tab:green", "tab:cyan", "tab:purple", "tab:orange", "tab:blue", "tab:red", "tab:brown", "tab:pink")
_TRANSPARENT = ListedColormap([(1.0, 1.0, 1.0, 0.0)])
_TITLE_WIDTH = 85  # characters across a figure
_TITLE_ROWS = 4  # below the title proper
_LINES: tuple[Any, ...] = ("-", "--", ":", "-.")


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

    A limit is hatched where it excludes, a hint filled where it prefers; one with a target (the relic density) is a
    line. Points of the observable that are not computed, or have no value, are hatched, never interpolated over.

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
        An axis, observable, constraint or value that the store does not have, or a curve that is none.
    """
    at, lines = dict(at or {}), dict(lines or {})
    check_axes(ds, (x, y, *at, *lines))
    for axis in (x, y):
        if ds[axis].dtype.kind != "f" or ds[axis].size < 2:
            raise SelectionError(f"a map needs axes of at least two numbers; {axis} has {ds[axis].values.tolist()}")
    figure = Figure(figsize=(7.5, 5.6), layout="constrained")
    axes = figure.add_subplot()
    handles: list[Any] = []
    shown = [observable] if observable else []
    if observable is not None:
        _draw_colours(figure, axes, ds, observable, x, y, at, nearest)
        handles += _draw_holes(axes, ds, observable, x, y, at, nearest)
    for name, usual in zip(constrain, _COLOURS * 9, strict=False):
        if name not in constraints():
            raise SelectionError(f"no constraint {name!r}; known: {', '.join(constraints())}")
        constraint, colour = constraints()[name], (colours or {}).get(name, usual)
        shown.append(constraint.observable)
        if constraint.target is not None:
            handles += _draw_targets(axes, ds, constraint, colour, x, y, at, lines, nearest)
        else:
            handles += _draw_interval(axes, ds, constraint, colour, x, y, at, nearest)
    for name, usual in zip(curves, _COLOURS[::-1] * 9, strict=False):
        shown.append(name)
        handles.append(_draw_curve(axes, ds, name, (colours or {}).get(name, usual), x, y, at, nearest))
    for name, set_label, set_scale, set_limits in (
        (x, axes.set_xlabel, axes.set_xscale, axes.set_xlim),
        (y, axes.set_ylabel, axes.set_yscale, axes.set_ylim),
    ):
        values = ds[name].values
        set_label(_label(ds[name].attrs.get("label") or name, ds[name].attrs.get("units", "1")))
        set_scale("log" if values[0] > 0 and values[-1] > 10 * values[0] else "linear")
        set_limits(float(values[0]), float(values[-1]))
    axes.set_title(_title(ds, shown, at, (x, y, *lines), nearest), fontsize=9)
    if handles:
        axes.legend(handles=handles, fontsize=8, loc="best", framealpha=0.9)
    return figure


def _label(text: str, unit: str) -> str:
    return text if unit == "1" else f"{text} [{unit}]"


def _title(
    ds: xr.Dataset, shown: Sequence[str], at: Mapping[str, float | str], free: Sequence[str], nearest: bool
) -> str:
    """The store's title, and every value that is fixed: of the axes that are sliced, and of all other parameters."""
    fixed: dict[str, str] = {}
    for name in shown:
        free_here = [axis for axis in free if axis not in at]
        point = at_point(status_of(ds, name), at, keep=free_here, nearest=nearest)
        for axis, coordinate in point.coords.items():
            if axis not in free_here:
                value = coordinate.item()
                fixed[str(axis)] = value if isinstance(value, str) else f"{value:.10g}"
    for name in shown:
        for parameter, value in held_parameters(ds[name].attrs).items():
            fixed.setdefault(parameter, value["bound"] if isinstance(value, dict) else _short(str(value)))
    parameters = physics.parameters()
    rows = _rows([_item(parameters.get(name), name, value) for name, value in fixed.items()])
    if len(rows) > _TITLE_ROWS:  # leave out what has its usual value
        usual = {
            name
            for name, value in fixed.items()
            if name in parameters and value == _short(str(parameters[name].default))
        }
        chosen = [_item(parameters.get(name), name, value) for name, value in fixed.items() if name not in usual]
        rows = _rows([*chosen, f"{len(usual)} others at their defaults"])
    return "\n".join([str(ds.attrs.get("title", "")), *rows])


def _item(parameter: physics.Parameter | None, name: str, value: str) -> str:
    unit = f" {parameter.unit}" if parameter is not None and parameter.unit != "1" else ""
    return f"{parameter.label if parameter else name} = {value}{unit}"


def _rows(items: Sequence[str]) -> list[str]:
    rows: list[str] = []
    for item in items:
        if rows and _width(f"{rows[-1]}, {item}") <= _TITLE_WIDTH:
            rows[-1] += f", {item}"
        else:
            rows.append(item)
    return rows


def _short(value: str) -> str:
    """A number as it is read: 1e+08, not 100000000.0; other texts as they are."""
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return value


def _width(text: str) -> int:
    """About how many characters a text has when its formulas are typeset."""
    return len(re.sub(r"\\mathrm|\\([a-z])[a-z]*|[\\${}_^]", r"\1", text))


def _plane(
    ds: xr.Dataset, observable: str, x: str, y: str, at: Mapping[str, float | str], nearest: bool
) -> xr.DataArray:
    """Slice on both axes of the plane, also if the observable depends on one of them only."""
    plane = slice_plane(ds, observable, x, y, at, nearest)
    return plane.broadcast_like(ds[[x, y]].coords.to_dataset()[[x, y]]).transpose(y, x).load()


def _draw_colours(
    figure: Figure, axes: Axes, ds: xr.Dataset, observable: str, x: str, y: str, at: Mapping[str, Any], nearest: bool
) -> None:
    plane = _plane(ds, observable, x, y, at, nearest)
    values = np.ma.masked_invalid(plane.values)
    if values.count() == 0:
        return
    positive = bool((values > 0).all())
    norm = LogNorm() if positive and values.max() > 20 * values.min() else None
    mesh = axes.pcolormesh(plane[x], plane[y], values, norm=norm, shading="nearest", cmap="viridis", rasterized=True)
    attributes = ds[observable].attrs
    figure.colorbar(mesh, label=_label(attributes.get("label") or observable, attributes.get("units", "1")))


def _draw_holes(
    axes: Axes, ds: xr.Dataset, observable: str, x: str, y: str, at: Mapping[str, Any], nearest: bool
) -> list[Patch]:
    status = at_point(status_of(ds, observable), at, keep=(x, y), nearest=nearest)
    status = status.broadcast_like(ds[[x, y]].coords.to_dataset()[[x, y]]).transpose(y, x).load()
    handles = []
    for code in np.unique(status.values):
        if code == Status.OK:
            continue
        hatch, colour = ("//", "0.75") if code == Status.NOT_COMPUTED else ("xx", "0.45")
        hole = np.ma.masked_where(status.values != code, np.ones(status.shape))
        axes.pcolor(
            status[x],
            status[y],
            hole,
            shading="nearest",
            cmap=_TRANSPARENT,
            edgecolors=colour,
            hatch=hatch,
            linewidth=0,
        )
        meaning = Status(int(code)).meaning.replace("_", " ")
        handles.append(Patch(facecolor="none", edgecolor=colour, hatch=hatch, label=f"{observable}: {meaning}"))
    return handles


def _draw_interval(
    axes: Axes,
    ds: xr.Dataset,
    constraint: Constraint,
    colour: str,
    x: str,
    y: str,
    at: Mapping[str, Any],
    nearest: bool,
) -> list[Any]:
    plane = _plane(ds, constraint.observable, x, y, at, nearest)
    values = np.ma.masked_invalid(plane.values)
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
            axes.contourf(plane[x], plane[y], z, levels=[lower, upper], colors=[colour], alpha=0.35)
        return [Patch(facecolor=colour, alpha=0.35, label=_with_confidence(constraint))]
    for inner, outer in ((lower, low), (upper, high)):
        if inner != outer and low < inner < high:
            span = sorted((inner, outer))
            axes.contourf(plane[x], plane[y], z, levels=span, colors=[colour], alpha=0.12)
            axes.contour(plane[x], plane[y], z, levels=[inner], colors=[colour], linewidths=1.5)
    return [Patch(facecolor=colour, alpha=0.3, edgecolor=colour, label=f"excluded by {_with_confidence(constraint)}")]


def _draw_curve(
    axes: Axes, ds: xr.Dataset, observable: str, colour: str, x: str, y: str, at: Mapping[str, Any], nearest: bool
) -> Line2D:
    curve = slice_plane(ds, observable, x, y, at, nearest)
    attributes = ds[observable].attrs
    if curve.dims != (x,):
        raise SelectionError(f"{observable} is no curve y({x}) here: it depends on {', '.join(map(str, curve.dims))}")
    if (unit := attributes.get("units", "1")) != ds[y].attrs.get("units", "1"):
        raise SelectionError(f"{observable} [{unit}] is not a value of {y} [{ds[y].attrs.get('units', '1')}]")
    (line,) = axes.plot(curve[x], curve, color=colour, linestyle="--", linewidth=1.8)
    line.set_label(attributes.get("label") or observable)
    return line


def _with_confidence(constraint: Constraint) -> str:
    return f"{constraint.label} ({constraint.confidence})" if constraint.confidence else constraint.label


def _draw_targets(
    axes: Axes,
    ds: xr.Dataset,
    constraint: Constraint,
    colour: str,
    x: str,
    y: str,
    at: Mapping[str, Any],
    lines: Mapping[str, Sequence[float]],
    nearest: bool,
) -> list[Line2D]:
    assert constraint.target is not None
    points = [{axis: value} for axis, values in lines.items() for value in values] or [{}]
    handles = []
    for point, style in zip(points, _LINES * 9, strict=False):
        plane = _plane(ds, constraint.observable, x, y, {**at, **point}, nearest)
        for line in contours(plane, [constraint.target])[constraint.target]:
            axes.plot(line[:, 0], line[:, 1], color=colour, linestyle=style, linewidth=1.8)
        where = ", ".join(f"{physics.parameters()[a].label} = {v:g}" for a, v in point.items())
        label = f"{constraint.label}{': ' if where else ''}{where}"
        handles.append(Line2D([], [], color=colour, linestyle=style, label=label))
    return handles
