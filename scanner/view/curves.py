"""Contours and regions: what constraints, and observables that are values of y, look like in a plane.

Nothing is drawn here. What is excluded follows from the sign of the distance to the limit, not from where a contour
happens to pass: a plane that is excluded everywhere is one region without an edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import contourpy
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from physics.inference.constraints import Constraint
from scanner.errors import SelectionError
from scanner.view.projections import slice_plane
from scanner.view.scales import Scale, scale_of
from scanner.view.title import label

__all__ = ["Area", "Plane", "Shape", "contours", "shape_of_constraint", "shape_of_curve", "shapes_of_target"]

FloatArray = NDArray[np.float64]
Area = tuple[FloatArray, NDArray[np.uint8]]  # vertices and codes of a matplotlib Path
ShapeKind = Literal["limit", "hint", "projection", "target", "curve"]


@dataclass(frozen=True)
class Plane:
    """The plane of a picture, and where it lies."""

    ds: xr.Dataset
    x: str
    y: str
    at: Mapping[str, float | str] = field(default_factory=dict)
    nearest: bool = False
    scale: str | None = None

    def slice(self, observable: str, more: Mapping[str, float] | None = None) -> xr.DataArray:
        """An observable on both axes of the plane, also if it depends on one of them only."""
        at = {**self.at, **(more or {})}
        return self.spread(slice_plane(self.ds, observable, self.x, self.y, at, self.nearest))

    def spread(self, array: xr.DataArray) -> xr.DataArray:
        """On both axes of the plane."""
        both = self.ds[[self.x, self.y]].coords.to_dataset()[[self.x, self.y]]
        return array.broadcast_like(both).transpose(self.y, self.x).load()

    @property
    def scales(self) -> tuple[Scale, Scale]:
        """Of x and y."""
        x, y = (scale_of(axis, self.ds[axis].values, self.scale) for axis in (self.x, self.y))
        return x, y

    @property
    def cells(self) -> tuple[FloatArray, FloatArray]:
        """Edges of the cells around the points of x, and of y."""
        x, y = (s.cells(self.ds[axis].values) for s, axis in zip(self.scales, (self.x, self.y), strict=True))
        return x, y


@dataclass(frozen=True)
class Shape:
    """Regions and lines, and what they are called."""

    name: str
    label: str
    kind: ShapeKind
    source: str
    lines: list[FloatArray]  # (n, 2): x, y; what a limit excludes is on their left
    areas: list[Area] = field(default_factory=list)
    level: str = ""  # of confidence, and whether the likelihood is made up
    colour: str = ""
    hatch: str = "/"
    order: int = 0  # among several of one name


class _Contours:
    """Contours and regions of a plane, in straight coordinates, and of values that behave there."""

    def __init__(
        self, plane: xr.DataArray, scales: tuple[Scale, Scale], edge: float | None = None, squares: bool = False
    ) -> None:
        y, x = plane.dims
        self._scales = scales
        z = np.ma.masked_invalid(plane.values)
        self.empty = z.count() == 0
        self._squares = squares  # of something that is nearly straight, through zero too: chi2
        self._is_log = not squares and not self.empty and bool(z.min() > 0)
        self._unit = abs(edge) if edge and np.isfinite(edge) else 1.0
        straight = self._straight(z)
        self._ends = (0.0, 0.0) if self.empty else (float(straight.min()) - 1, float(straight.max()) + 1)
        self._generator = contourpy.contour_generator(
            scales[0].straight(plane[x].values),
            scales[1].straight(plane[y].values),
            straight,
            fill_type=contourpy.FillType.OuterCode,
        )

    def _straight(self, z: Any) -> Any:
        if self._squares:
            return np.sign(z) * np.sqrt(np.abs(z))
        # Linear near zero and logarithmic far away, where a logarithm alone cannot be
        return np.ma.log(z) if self._is_log else np.arcsinh(z / self._unit)

    def _level(self, value: float) -> float:
        """A value, or what lies beyond all values on its side."""
        low, high = self._ends
        if not np.isfinite(value) or (self._is_log and value <= 0):
            return high if value > 0 else low
        return float(np.clip(self._straight(value), low, high))

    def _back(self, points: FloatArray) -> FloatArray:
        return np.column_stack([scale.back(v) for scale, v in zip(self._scales, points.T, strict=True)])

    def lines(self, value: float) -> list[FloatArray]:
        """Where the values are this one; larger ones are on the left."""
        level = self._level(value)
        if self.empty or not self._ends[0] < level < self._ends[1]:
            return []
        return [self._back(line) for line in self._generator.lines(level)]

    def areas(self, lower: float, upper: float) -> list[Area]:
        """Where the values are between these."""
        low, high = self._level(lower), self._level(upper)
        if self.empty or not low < high:
            return []
        return [(self._back(p), codes) for p, codes in zip(*self._generator.filled(low, high), strict=True)]


def contours(
    plane: xr.DataArray, levels: Iterable[float], scales: tuple[Scale, Scale] | None = None
) -> dict[float, list[FloatArray]]:
    """Lines on which a two-dimensional slice has given values.

    Interpolated in the logarithm of the coordinates and of the values where these are positive; not across points
    without value. Larger values are on the left of a line.

    Parameters
    ----------
    plane : DataArray
        Two dims (y, x).
    levels : iterable of float
    scales : pair of Scale, optional
        Of x and y, in place of the logarithm: those of a picture.

    Returns
    -------
    dict
        Level -> list of (n, 2) arrays of x, y.
    """
    if len(plane.dims) != 2:
        raise SelectionError(f"contours need two axes; {plane.name} has {', '.join(map(str, plane.dims)) or 'none'}")
    if scales is None:
        on_y, on_x = (Scale("log" if (plane[d].values > 0).all() else "linear") for d in plane.dims)
        scales = on_x, on_y
    return {level: _Contours(plane, scales, level).lines(level) for level in levels}


def shape_of_constraint(plane: Plane, constraint: Constraint) -> Shape:
    """Where a hint prefers, a limit excludes, or a projection would.

    The edge of a limit on g_X is the observable that is this limit, where the store has it and it says the same as the
    grid; else it is interpolated between the points of the grid.
    """
    values = plane.slice(constraint.observable)
    edge_value = next((v for v in (constraint.upper, constraint.lower) if np.isfinite(v)), 1.0)
    squares = constraint.likelihood == "chi2"
    found = _Contours(values, plane.scales, edge_value, squares)
    if constraint.kind == "hint":
        lines = [line for edge in (constraint.lower, constraint.upper) for line in found.lines(edge)]
        areas = found.areas(constraint.lower, constraint.upper)
    elif (edge := _own_edge(plane, constraint, values)) is not None:
        below = values.where(~(values[plane.y] > edge))  # islands that are excluded below the edge
        lines, areas = _excluded(_Contours(below, plane.scales, constraint.upper, squares), constraint)
        top = float(plane.ds[plane.y].values[-1])
        lines, areas = lines + _runs(edge, plane), areas + _above(edge, plane, top)
    else:
        lines, areas = _excluded(found, constraint)
    return Shape(
        constraint.name, constraint.label, constraint.kind, constraint.reference, lines, areas,
        constraint.level, constraint.colour, constraint.hatch,
    )  # fmt: skip


def _excluded(found: _Contours, constraint: Constraint) -> tuple[list[FloatArray], list[Area]]:
    """Edges and regions of what lies outside of an interval."""
    lines, areas = [], []
    if np.isfinite(constraint.lower):
        lines += [line[::-1] for line in found.lines(constraint.lower)]
        areas += found.areas(-np.inf, constraint.lower)
    if np.isfinite(constraint.upper):
        lines += found.lines(constraint.upper)
        areas += found.areas(constraint.upper, np.inf)
    return lines, areas


def _own_edge(plane: Plane, constraint: Constraint, values: xr.DataArray) -> xr.DataArray | None:
    """The largest g_X that a limit allows, as the store has it, if the points of the plane agree.

    They do not where it was computed for another level, say: what lies above must be excluded, and the next point below
    must not be.
    """
    if plane.y != "g_X" or constraint.coupling not in plane.ds:
        return None
    edge = slice_plane(plane.ds, constraint.coupling, plane.x, plane.y, plane.at, plane.nearest).load()
    if edge.dims != (plane.x,) or not np.isfinite(edge).any():
        return None
    g_X = values[plane.y]
    excluded = values.notnull() & ((values < constraint.lower) | (values > constraint.upper))
    above, below = (values.notnull() & side for side in (g_X > edge * (1 + 1e-9), g_X < edge * (1 - 1e-9)))
    next_below = below & (g_X == g_X.where(below).max(plane.y))
    without = edge.isnull() & excluded.any(plane.y)
    wrong = bool((above & ~excluded).any() or (next_below & excluded).any() or without.any())
    return None if wrong else edge


def _runs(edge: xr.DataArray, plane: Plane) -> list[FloatArray]:
    """A curve y(x) as lines, one for each stretch on which it has values and touches the plane."""
    low, high = (float(plane.ds[plane.y].values[i]) for i in (0, -1))
    y = edge.values
    beyond = (y < low) | (y > high)
    there = np.isfinite(y) & ~(beyond & np.roll(beyond, 1) & np.roll(beyond, -1))
    points = np.column_stack([edge[plane.x].values, y])
    stretches = np.split(np.arange(len(y)), np.flatnonzero(np.diff(there.astype(int))) + 1)
    return [points[i] for i in stretches if there[i[0]] and len(i) > 1]


def _above(edge: xr.DataArray, plane: Plane, top: float) -> list[Area]:
    """What lies between a curve and the upper end of the plane."""
    y, x = edge.values, edge[plane.x].values
    bottom = float(plane.ds[plane.y].values[0])
    areas: list[Area] = []
    there = np.isfinite(y)
    for i in np.split(np.arange(len(y)), np.flatnonzero(np.diff(there.astype(int))) + 1):
        if not there[i[0]] or len(i) < 2 or not (y[i] < top).any():
            continue
        low = np.clip(y[i], bottom, top)
        corners = [(x[i[-1]], top), (x[i[0]], top), (x[i[0]], low[0])]
        points = np.vstack([np.column_stack([x[i], low]), corners])
        areas.append((points, np.array([1] + [2] * (len(points) - 2) + [79], dtype=np.uint8)))
    return areas


def shape_of_curve(plane: Plane, observable: str) -> Shape:
    """An observable that is a value of y, as a line.

    Raises
    ------
    SelectionError
        It depends on y, or has another unit.
    """
    ds, x, y = plane.ds, plane.x, plane.y
    curve = slice_plane(ds, observable, x, y, plane.at, plane.nearest).load()
    if curve.dims != (x,):
        raise SelectionError(f"{observable} is not a curve y({x}): it depends on {', '.join(map(str, curve.dims))}")
    unit, wanted = (ds[name].attrs.get("units", "1") for name in (observable, y))
    if unit != wanted:
        raise SelectionError(f"{observable} [{unit}] is not a value of {y} [{wanted}]")
    said = str(ds[observable].attrs.get("description", "")).lower()
    kind: ShapeKind = "projection" if "sensitivity" in said else "curve"  # as the observable's own sentence has it
    source = str(ds[observable].attrs.get("references", ""))
    text = label(ds[observable], observable)
    what = re.fullmatch(re.escape(label(ds[y], y)) + r"(?:, | \()(.+?)\)?", text)  # "$g_X$ (LZ)" at the axis $g_X$: LZ
    return Shape(observable, what[1] if what else text, kind, source, _runs(curve, plane))


def shapes_of_target(plane: Plane, constraint: Constraint, lines: Mapping[str, Iterable[float]]) -> list[Shape]:
    """Lines on which an observable has its target, one shape for each of the values that `lines` has of an axis."""
    assert constraint.target is not None
    found = []
    points: list[dict[str, float]] = [{axis: value} for axis, values in lines.items() for value in values] or [{}]
    for order, point in enumerate(points):
        values = plane.slice(constraint.observable, point)
        where = ", ".join(f"{label(plane.ds[axis], axis)} = {v:g}" for axis, v in point.items())
        text = f"{constraint.label}{': ' if where else ''}{where}"
        edge = _Contours(values, plane.scales, constraint.target).lines(constraint.target)
        found.append(
            Shape(constraint.name, text, "target", constraint.reference, edge, colour=constraint.colour, order=order)
        )
    return found
