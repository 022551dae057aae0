"""Names written into a picture, beside what they name: where nothing else is, or not at all.

The names of limits follow the edge inside of what is excluded, those of bands lie inside. A name for which there is
no room is returned, for a legend outside of the axes. What a picture costs is linear in the number of its points.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import NDArray

from scanner.view.curves import Shape
from scanner.view.styles import ink, named

__all__ = ["SIZE", "place"]

FloatArray = NDArray[np.float64]
SIZE = 7.0  # points
_STEP = 3.0  # pixels between points of a line that a name must not lie on
_WRITTEN = 1e3  # cost of a pixel of another name
_MOST = 6.0  # cost above which a name goes to the legend: about one line that is crossed
_GAP = {"limit": 5.5, "hint": 1.0}  # points between line and name; strokes of limits are in between


@dataclass(frozen=True)
class _Candidates:
    """Centres, angles and costs, of equal length."""

    centres: FloatArray
    angles: FloatArray
    costs: FloatArray


def place(axes: Axes, shapes: Sequence[Shape], wanted: Collection[Shape], over_colours: bool) -> list[Shape]:
    """Write names of shapes into a picture whose layout is final; return those of them for which there is no room."""
    extents = np.asarray(axes.bbox.extents)
    figure = axes.get_figure(root=True)
    assert figure is not None
    pixels = figure.dpi / 72
    on_screen = [[_dense(axes.transData.transform(line), extents) for line in s.lines] for s in shapes]
    points = [np.vstack([np.empty((0, 2)), *lines]) for lines in on_screen]
    written: list[FloatArray] = []
    unplaced = []
    for i in sorted(range(len(shapes)), key=lambda i: len(points[i])):  # those with the least room first
        shape = shapes[i]
        if not any(shape is w for w in wanted) or not (len(points[i]) or shape.areas):
            continue
        text = _text(axes, shape, over_colours)
        extent = text.get_window_extent()
        size = np.array([extent.width, extent.height])
        found = _candidates(axes, shape, on_screen[i], size, _GAP.get(shape.kind, 2.0) * pixels)
        others = np.vstack([np.empty((0, 2)), *(p for j, p in enumerate(points) if j != i)])
        best = _best(found, size + pixels, extents, others, points[i], written)
        if best is None:
            text.remove()
            unplaced.append(shape)
            continue
        centre, angle = best
        x, y = axes.transData.inverted().transform(centre)
        text.set(x=x, y=y, rotation=np.degrees(angle))
        written.append(_filled_box(centre, angle, size))
    return unplaced


def _text(axes: Axes, shape: Shape, over_colours: bool) -> Text:
    x, y = axes.transData.inverted().transform(axes.bbox.corners().mean(axis=0))
    text = axes.text(x, y, named(shape), fontsize=SIZE, ha="center", va="center", rotation_mode="anchor", zorder=6)
    halo = withStroke(linewidth=1.8, foreground="white", alpha=0.85)
    text.set(color="black" if over_colours else ink(shape.colour), gid=shape.name, clip_on=True, path_effects=[halo])
    return text


def _dense(line: FloatArray, extents: FloatArray) -> FloatArray:
    """Points of a line on the screen, equally far apart, where it is inside of the axes."""
    line = line[np.isfinite(line).all(axis=1)]
    if len(line) < 2:
        return np.empty((0, 2))
    steps = np.hypot(*np.diff(line, axis=0).T)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, length[-1], max(2, int(length[-1] / _STEP)))
    points = np.column_stack([np.interp(at, length, v) for v in line.T])
    low, high = np.reshape(extents, (2, 2))
    return points[((points >= low) & (points <= high)).all(axis=1)]


def _candidates(axes: Axes, shape: Shape, lines: list[FloatArray], size: FloatArray, gap: float) -> _Candidates:
    """Along the lines of a shape, on both of their sides, and inside of its regions."""
    groups = [_along(line, size, gap, shape.kind) for line in lines if len(line) > 1]
    region = _region(axes, shape) if shape.areas else None
    if region is not None and (shape.kind == "hint" or not groups):
        groups.append(_inside(axes, region, [line for line in lines if len(line) > 1]))
    if not groups:
        return _Candidates(np.empty((0, 2)), np.empty(0), np.empty(0))
    found = _Candidates(
        *(np.concatenate([getattr(g, name) for g in groups]) for name in ("centres", "angles", "costs"))
    )
    return _within(region, found, size) if region is not None and shape.kind == "limit" else found


def _region(axes: Axes, shape: Shape) -> Path:
    """On the screen."""
    points = np.vstack([p for p, _ in shape.areas])
    return Path(axes.transData.transform(points), np.concatenate([c for _, c in shape.areas]))


def _within(region: Path, found: _Candidates, size: FloatArray) -> _Candidates:
    """Those whose corners lie in a region: the name of a limit on what it allows would say the opposite."""
    c, s = np.cos(found.angles), np.sin(found.angles)
    u, v = np.stack([c, s], axis=-1) * size[0] / 2, np.stack([-s, c], axis=-1) * size[1] / 2
    corners = [found.centres + i * u + j * v for i in (-1, 0, 1) for j in (-1, 1)]
    there = np.all([region.contains_points(points) for points in corners], axis=0)
    return _Candidates(found.centres[there], found.angles[there], found.costs[there])


def _along(line: FloatArray, size: FloatArray, gap: float, kind: str) -> _Candidates:
    reach = max(1, int(size[0] / 2 / _STEP))
    i = np.arange(0, len(line), 3)
    ahead, behind = line[np.minimum(i + reach, len(line) - 1)], line[np.maximum(i - reach, 0)]
    direction = np.arctan2(*(ahead - behind).T[::-1])
    left = np.column_stack([-np.sin(direction), np.cos(direction)]) * (size[1] / 2 + gap)
    upright = _upright(direction)
    bent = np.hypot(*(line[i] - (ahead + behind) / 2).T) / size[1]  # the line leaves the name
    steep = 2.0 * (np.abs(upright) > np.radians(75))
    wrong = 3.0 if kind == "hint" else 0.0  # outside of the band
    both = [line[i] + left, line[i] - left]
    return _Candidates(np.vstack(both), np.tile(upright, 2), np.concatenate([bent + steep, bent + steep + wrong]))


def _upright(direction: FloatArray) -> FloatArray:
    """So that it reads from the left to the right, or upwards."""
    lowest = np.radians(-80)
    angle: FloatArray = (direction - lowest) % np.pi + lowest
    return angle


def _inside(axes: Axes, region: Path, lines: list[FloatArray]) -> _Candidates:
    low, high = np.reshape(axes.bbox.extents, (2, 2))
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 40).T), axis=-1).reshape(-1, 2)
    centres = grid[region.contains_points(grid)]
    angles = np.zeros(len(centres))
    if lines and len(centres):
        points = np.vstack([line[1:] for line in lines])
        direction = np.concatenate([np.arctan2(*np.diff(line, axis=0).T[::-1]) for line in lines])
        nearest = [int(np.hypot(*(points - c).T).argmin()) for c in centres]
        angles = _upright(direction[nearest])
    return _Candidates(centres, angles, np.full(len(centres), -1.0))


def _best(
    found: _Candidates,
    size: FloatArray,
    extents: FloatArray,
    others: FloatArray,
    own: FloatArray,
    written: Sequence[FloatArray],
) -> tuple[FloatArray, float] | None:
    """The cheapest candidate: on no other name, inside of the axes, on few lines."""
    low, high = np.reshape(extents, (2, 2))
    names = np.vstack([np.empty((0, 2)), *written])
    best, least = None, _MOST
    for centre, angle, cost in zip(found.centres, found.angles, found.costs, strict=True):
        c, s = abs(np.cos(angle)), abs(np.sin(angle))
        reach = np.array([c * size[0] + s * size[1], s * size[0] + c * size[1]]) / 2 + 2
        if (centre - reach < low).any() or (centre + reach > high).any() or cost >= least:
            continue
        for points, weight in ((names, _WRITTEN), (others, 1.5), (own, 1.0)):
            cost += weight * _count(points, centre, angle, size)
        if cost < least:
            best, least = (centre, float(angle)), cost
    return best


def _count(points: FloatArray, centre: FloatArray, angle: float, size: FloatArray) -> int:
    """How many points lie under a name."""
    x, y = (points - centre).T
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return int(((np.abs(along) < size[0] / 2) & (np.abs(across) < size[1] / 2)).sum())


def _filled_box(centre: FloatArray, angle: float, size: FloatArray) -> FloatArray:
    """Points all over a name."""
    u, v = np.meshgrid(*(np.arange(-s / 2, s / 2 + _STEP, _STEP) for s in size + 2))
    c, s = np.cos(angle), np.sin(angle)
    points: FloatArray = centre + np.column_stack([(c * u - s * v).ravel(), (s * u + c * v).ravel()])
    return points
