"""Scales of axes and of colours: what is equally far apart in a picture, for numbers that span decades.

An axis is straightened before contours are computed on it, and drawn on the same scale: lines between grid points are
then straight in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from numpy.typing import NDArray

from scanner.errors import SelectionError

__all__ = ["RESONANCE", "Scale", "colour_scale", "scale_of"]

FloatArray = NDArray[np.float64]
RESONANCE = 0.5  # mass_ratio at which m_X = 2 m_psi
_NEAR = 0.05  # a grid that comes closer to the resonance than this is about it
_PERCENTILES = (2.0, 98.0)  # of the values, between which colours differ
_TICKS = 3  # that are labelled, on each side of the resonance
_DECADES = 12.0  # that colours span at most


@dataclass(frozen=True)
class Scale:
    """linear, log, or delta: the logarithm of the distance from the resonance, on both of its sides."""

    kind: Literal["linear", "log", "delta"]
    smallest: float = 0.0  # distance from the resonance below which delta is linear

    def straight(self, values: Any) -> FloatArray:
        """Where values lie on the paper, up to a factor.

        >>> Scale("delta", 1e-3).straight([0.4, 0.499, 0.5, 0.501, 0.6]).round(9).tolist()
        [-3.0, -1.0, 0.0, 1.0, 3.0]
        """
        v = np.asarray(values, dtype=np.float64)
        if self.kind == "linear":
            return v
        if self.kind == "log":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.log10(v)
        ratio = np.abs(v - RESONANCE) / self.smallest
        with np.errstate(divide="ignore"):
            return np.sign(v - RESONANCE) * np.where(ratio > 1, 1 + np.log10(ratio), ratio)

    def back(self, straight: Any) -> FloatArray:
        """The inverse of `straight`."""
        s = np.asarray(straight, dtype=np.float64)
        if self.kind == "linear":
            return s
        if self.kind == "log":
            power: FloatArray = 10.0**s
            return power
        size = np.abs(s)
        ratio = np.where(size > 1, 10.0 ** (np.maximum(size, 1) - 1), size)
        distance: FloatArray = np.sign(s) * self.smallest * ratio
        return RESONANCE + distance

    def cells(self, values: FloatArray) -> FloatArray:
        """Edges of the cells around points, half-way between them on the scale."""
        at = self.straight(values)
        middle = (at[1:] + at[:-1]) / 2
        return self.back(np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]]))

    def draw(self, axes: Axes, which: Literal["x", "y"], values: FloatArray) -> None:
        """Set scale, ticks and limits of an axis of a picture."""
        axis, set_scale, set_limits = (
            (axes.xaxis, axes.set_xscale, axes.set_xlim)
            if which == "x"
            else (axes.yaxis, axes.set_yscale, axes.set_ylim)
        )
        if self.kind == "delta":
            set_scale("function", functions=(self.straight, self.back))
            axis.set_major_locator(FixedLocator(self._ticks(values)))
            axis.set_minor_locator(FixedLocator(self._ticks(values, (1, 2, 5))))
            axis.set_major_formatter(FuncFormatter(self._tick))
            axis.set_minor_formatter(NullFormatter())
        else:
            set_scale(self.kind)
        set_limits(float(values[0]), float(values[-1]))

    def _ticks(self, values: FloatArray, digits: tuple[int, ...] = (1,)) -> list[float]:
        """Distances from the resonance that are a digit times a power of ten, on both sides; and the resonance."""
        low, high = float(values[0]), float(values[-1])
        farthest = max(abs(low - RESONANCE), abs(high - RESONANCE))
        powers = range(int(np.ceil(np.log10(self.smallest) - 1e-9)), int(np.floor(np.log10(farthest))) + 1)
        step = -(-len(powers) // _TICKS) if len(digits) == 1 else 1
        sizes = [digit * 10.0**n for n in powers[::-1][::step] for digit in digits]
        found = [RESONANCE + side * size for side in (-1, 1) for size in sizes]
        return [t for t in [*found, *([RESONANCE] if len(digits) == 1 else [])] if low <= t <= high]

    @staticmethod
    def _tick(value: float, _: int | None = None) -> str:
        distance = abs(value - RESONANCE)
        return "0" if distance < 1e-15 else f"$10^{{{round(float(np.log10(distance)))}}}$"


def scale_of(name: str, values: FloatArray, wanted: str | None = None) -> Scale:
    """The scale of an axis: logarithmic where its values span more than a decade, delta where they near the resonance.

    Parameters
    ----------
    wanted : {"delta", "linear"}, optional
        Of the axis mass_ratio; "linear" for ratios as they are.

    Raises
    ------
    SelectionError
        Another word, or a distance from the resonance on a grid that is nothing but the resonance.
    """
    if wanted not in (None, "delta", "linear"):
        raise SelectionError(f"scale = {wanted!r}: delta or linear")
    if name == "mass_ratio" and wanted != "linear":
        distances = np.abs(values - RESONANCE)
        nonzero = distances[distances > 1e-15]
        if wanted == "delta" or (nonzero.min() < _NEAR and nonzero.max() > 10 * nonzero.min()):
            return Scale("delta", float(nonzero.min()))
    if values[0] > 0 and values[-1] > 10 * values[0] and not (name == "mass_ratio" and wanted == "linear"):
        return Scale("log")
    return Scale("linear")


def colour_scale(values: Any, edge: float | None = None) -> tuple[Normalize, Literal["neither", "min", "max", "both"]]:
    """How colours follow values, between percentiles and over a few decades; and at which ends values lie beyond.

    Parameters
    ----------
    values : masked array
        With at least one value.
    edge : float, optional
        A value that matters, such as a limit: in the middle, where decades are too many.
    """
    there = np.asarray(values.compressed() if np.ma.isMaskedArray(values) else values)
    low, high = (float(v) for v in np.percentile(there, _PERCENTILES))
    norm: Normalize
    if there.min() > 0 and there.max() > 20 * there.min():
        if high > low * 10**_DECADES:
            middle = edge if edge is not None and low < edge < high else float(np.median(there))
            low, high = (
                max(low, middle / 10 ** (_DECADES / 2)),
                min(high, middle * 10 ** (_DECADES / 2)),
            )
        norm = LogNorm(low, high) if high > low else LogNorm(float(there.min()), float(there.max()))
    else:
        norm = Normalize(low, high) if high > low else Normalize(float(there.min()), float(there.max()))
    assert norm.vmin is not None
    assert norm.vmax is not None
    below, above = bool(there.min() < norm.vmin), bool(there.max() > norm.vmax)
    return norm, "both" if below and above else "min" if below else "max" if above else "neither"
