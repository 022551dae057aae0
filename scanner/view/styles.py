"""How limits, hints, projections, targets and curves look: one style for each kind, a colour for each constraint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect, Normal, TickedStroke, withStroke
from numpy.typing import NDArray

from scanner.view.curves import Shape

__all__ = ["PALETTE", "coloured", "draw", "handle", "ink", "named"]

# Okabe & Ito: told apart by all eyes. Yellow is last, for it is faint on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
_HATCH_ANGLES = {"/": 45.0, "|": 90.0, "\\": 135.0}  # of the strokes against the edge
_REPEATED: tuple[Any, ...] = ("-", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))  # of a target at several values; none is dashed
_WIDTH, _HAIR = 1.3, 0.6
_FILLED = ("limit", "hint")
_TINT = 0.2
_CURVE, _LINE = 3.0, 4.0  # zorders


def coloured(shapes: Sequence[Shape], chosen: Mapping[str, str]) -> list[Shape]:
    """Each shape in the colour that was chosen, else in its own, else in one that is free."""
    taken = {s.colour for s in shapes}
    free = iter([*(c for c in PALETTE if c not in taken), *PALETTE * len(shapes)])
    found: dict[tuple[str, bool], str] = {}
    keys = [(s.name, bool(s.colour)) for s in shapes]  # a constraint and an observable may have one name
    for s, key in zip(shapes, keys, strict=True):
        if key not in found:
            found[key] = to_hex(chosen[s.name]) if s.name in chosen else s.colour or next(free)
    return [replace(s, colour=found[key]) for s, key in zip(shapes, keys, strict=True)]


def ink(colour: str) -> str:
    """The colour, darkened where writing in it would be faint.

    >>> ink("#0072B2"), ink("#F0E442")
    ('#0072b2', '#7e7723')
    """
    rgb = np.array(to_rgb(colour))
    luminance = float(rgb**2.2 @ (0.2126, 0.7152, 0.0722))
    return to_hex(tuple(rgb * min(1.0, (0.18 / max(luminance, 1e-9)) ** (1 / 2.2))))


def tint(colour: str) -> str:
    """The colour of what a limit excludes: faint, and not transparent, so that regions do not add up to mud.

    >>> tint("#0072B2")
    '#cce3f0'
    """
    return to_hex(tuple(1 - _TINT * (1 - np.array(to_rgb(colour)))))


def _signed_area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def draw(axes: Axes, shape: Shape, over_colours: bool) -> None:
    """Draw a shape; over a map of colours as an outline in black and white, so that the colours stay visible."""
    colour = "black" if over_colours else shape.colour
    if shape.areas and not over_colours and shape.kind in _FILLED:
        path = Path(np.vstack([p for p, _ in shape.areas]), np.concatenate([c for _, c in shape.areas]))
        size = sum(abs(_signed_area(axes.transData.transform(p))) for p in path.to_polygons())
        above = 1 / (1 + size / axes.bbox.width / axes.bbox.height)  # larger regions below smaller ones
        style = (
            {"facecolor": tint(colour), "zorder": 1 + above}
            if shape.kind == "limit"
            else {"facecolor": colour, "alpha": 0.35, "zorder": 2 + above}
        )
        axes.add_patch(PathPatch(path, linewidth=0, gid=shape.name, **style))
    if shape.kind == "hint":
        colour = "white" if over_colours else colour
    for line in shape.lines:
        axes.plot(
            *line.T, color=colour, linestyle=_line(shape), linewidth=_HAIR if shape.kind == "hint" else _WIDTH,
            zorder=_CURVE if shape.kind == "hint" else _LINE, path_effects=_effects(shape, over_colours),
            solid_joinstyle="round", gid=shape.name, scalex=False, scaley=False,
        )  # fmt: skip


def _line(shape: Shape) -> Any:
    if shape.kind == "projection":
        return "--"
    return _REPEATED[shape.order % len(_REPEATED)] if shape.kind == "target" else "-"


def _effects(shape: Shape, over_colours: bool) -> list[AbstractPathEffect]:
    halo = "black" if shape.kind == "hint" else "white"
    effects: list[AbstractPathEffect] = [withStroke(linewidth=_WIDTH + 1.6, foreground=halo)] if over_colours else []
    if shape.kind == "limit":  # towards what is excluded, which is on the left of the line
        angle = _HATCH_ANGLES[shape.hatch]
        effects.append(TickedStroke(spacing=5.0, angle=angle, length=0.9, linewidth=_HAIR))
    return [*effects, Normal()]


def named(shape: Shape, level: str = "") -> str:
    """The label of a shape with what must be said of it, in one bracket.

    >>> named(Shape("lz_g_X", "LZ (5.6 t yr)", "projection", "", []), "90% CL")
    'LZ (5.6 t yr, 90% CL, projected)'
    """
    words, said = shape.label, [level] if level else []
    if shape.kind == "projection" and "projected" not in f"{words} {level}":
        said.append("projected")
    if said and (bracket := re.fullmatch(r"(.+) \(([^()$]*(?:\$[^$]*\$[^()$]*)*)\)", words)):
        words, said = bracket[1], [bracket[2], *said]
    return f"{words} ({', '.join(said)})" if said else words


def handle(shape: Shape, over_colours: bool) -> Line2D | Patch:
    """What stands for a shape in a legend, with its level of confidence."""
    text = f"{'excluded: ' if shape.kind == 'limit' else ''}{named(shape, shape.level)}"
    colour = "black" if over_colours else shape.colour
    if shape.kind == "limit":
        return Patch(facecolor="none", edgecolor=colour, hatch=3 * shape.hatch, label=text)
    if shape.kind == "hint":
        return Patch(facecolor="white" if over_colours else colour, alpha=0.5, edgecolor=colour, label=text)
    return Line2D([], [], color=colour, linestyle=_line(shape), linewidth=_WIDTH, label=text)
