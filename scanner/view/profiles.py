"""An observable along one axis: as a line, or from its smallest to its largest value on all other axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from physics.inference.constraints import Constraint
from scanner.errors import SelectionError
from scanner.view.columns import column
from scanner.view.curves import Area, Shape
from scanner.view.labels import SIZE
from scanner.view.picture import about, figure_for, record_of
from scanner.view.plot import SIZE_OF_MAP, Labels, finish
from scanner.view.projections import at_point, check_axes, known_constraint, valid
from scanner.view.scales import scale_of
from scanner.view.styles import coloured, draw
from scanner.view.title import held, label, labelled, title_of

__all__ = ["plot_profile"]

FloatArray = NDArray[np.float64]


def plot_profile(
    ds: xr.Dataset,
    x: str,
    observable: str,
    at: Mapping[str, float | str] | None = None,
    constrain: Sequence[str] = (),
    nearest: bool = False,
    colours: Mapping[str, Any] | None = None,
    *,
    ax: Axes | None = None,
    labels: Labels = "direct",
    scale: str | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw an observable along an axis, with what constraints exclude and prefer.

    Where axes are neither x nor in `at`, there is a band: from the smallest to the largest value on them.

    Parameters
    ----------
    ds : Dataset
        Of a store.
    x : str
        The axis.
    observable : str
        What is drawn.
    at, nearest
        Values of other axes, as of `plot_map`.
    constrain : sequence of str
        Constraints of this observable.
    colours, ax, labels, scale, xlim, ylim, title
        As of `plot_map`.

    Raises
    ------
    SelectionError
        An axis, observable or value that the store does not have, a constraint of another observable, or no values.
    """
    check_axes(ds, (x, *(at or {})))
    limits = [known_constraint(name) for name in constrain]
    if others := [c.name for c in limits if c.observable != observable]:
        raise SelectionError(f"{others[0]} is no constraint of {observable}: leave it out")
    values = valid(ds, observable)
    if x not in values.dims or ds[x].dtype.kind != "f" or ds[x].size < 2:
        raise SelectionError(f"{observable} has no curve along {x}; it depends on {', '.join(map(str, values.dims))}")
    free = [str(d) for d in values.dims if d != x and d not in (at or {}) and ds[d].size > 1]
    values = at_point(values, at or {}, keep=(x, *free), nearest=nearest)
    with np.errstate(invalid="ignore"):
        low, high = values.min(free).values, values.max(free).values
    if not np.isfinite(low).any():
        raise SelectionError(f"{observable} has no value there: there is nothing to draw")
    figure, axes = figure_for(ax, SIZE_OF_MAP)
    scale_of(x, ds[x].values, scale).draw(axes, "x", ds[x].values)
    axes.set_xlabel(labelled(ds[x], x), fontsize=SIZE + 2)
    axes.set_ylabel(labelled(ds[observable], observable), fontsize=SIZE + 2)
    axes.tick_params(which="both", labelsize=SIZE + 1)
    inside = _range(axes, low, high, limits)
    axes.set(xlim=xlim or axes.get_xlim(), ylim=ylim or inside)
    curve = _curve(ds, observable, ds[x].values, low, high, free)
    shapes = coloured([*(_edges(c, ds[x].values, inside) for c in limits), curve], colours or {})
    for shape in shapes:
        draw(axes, shape, over_colours=False)
    said = held(ds, [observable], at or {}, (x, *free), nearest)
    axes.set_title(title_of(ds, said) if title is None else title, fontsize=SIZE + 1)
    finish([axes], [shapes], [], over_colours=False, labels=labels)
    record = record_of(figure)
    record.axes = (column(x, ds[x].attrs), column(observable, ds[observable].attrs))
    record.about = about(ds, title, said, [observable])
    record.shapes += [("", shape) for shape in shapes]
    return figure


def _range(axes: Axes, low: FloatArray, high: FloatArray, limits: Sequence[Constraint]) -> tuple[float, float]:
    """Of y: the values, and edges that are not far from them; logarithmic where they span more than a decade."""
    smallest, largest = float(np.nanmin(low)), float(np.nanmax(high))
    edges = [e for c in limits for e in (c.lower, c.upper) if np.isfinite(e)]
    ends = [smallest, largest, *edges]
    if min(ends) > 0 and max(ends) > 10 * min(ends):
        axes.set_yscale("log")
        ratio = (max(ends) / min(ends)) ** 0.05
        return min(ends) / ratio, max(ends) * ratio
    gap = 0.05 * (max(ends) - min(ends)) or 0.05 * abs(max(ends)) or 1.0
    return min(ends) - gap, max(ends) + gap


def _curve(ds: xr.Dataset, observable: str, x: FloatArray, low: FloatArray, high: FloatArray, free: list[str]) -> Shape:
    """A line; or a band between the smallest and the largest values."""
    there = np.isfinite(low)
    runs = [i for i in np.split(np.arange(len(x)), np.flatnonzero(np.diff(there)) + 1) if there[i[0]] and len(i) > 1]
    source = str(ds[observable].attrs.get("references", ""))
    lines = [np.column_stack([x[i], y[i]]) for y in ((low, high) if free else (low,)) for i in runs]
    if not free:
        return Shape(observable, label(ds[observable], observable), "curve", source, lines)
    areas = [_polygon(np.column_stack([np.r_[x[i], x[i[::-1]]], np.r_[low[i], high[i[::-1]]]])) for i in runs]
    words = f"any {', '.join(label(ds[axis], axis) for axis in free)}"
    return Shape(observable, words, "hint", source, lines, areas)


def _edges(c: Constraint, x: FloatArray, inside: tuple[float, float]) -> Shape:
    """The interval of a constraint, as horizontal edges and regions."""

    def edge(y: float) -> FloatArray:
        return np.array([[x[0], y], [x[-1], y]])

    def region(low: float, high: float) -> Area:
        return _polygon(np.vstack([edge(max(low, inside[0])), edge(min(high, inside[1]))[::-1]]))

    finite = [e for e in (c.lower, c.upper) if np.isfinite(e)]
    if c.target is not None:
        return Shape(c.name, c.label, "target", c.reference, [edge(c.target)], colour=c.colour)
    if c.kind == "hint":
        lines, areas = [edge(e) for e in finite], [region(c.lower, c.upper)]
    else:  # what is excluded is on the left
        lines = [edge(e)[:: -1 if e == c.lower else 1] for e in finite]
        areas = [region(-np.inf, e) if e == c.lower else region(e, np.inf) for e in finite]
    return Shape(c.name, c.label, c.kind, c.reference, lines, areas, c.level, c.colour, c.hatch)


def _polygon(points: FloatArray) -> Area:
    codes = np.array([1] + [2] * (len(points) - 1) + [79], dtype=np.uint8)
    return np.vstack([points, points[:1]]), codes
