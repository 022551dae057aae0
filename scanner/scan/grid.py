"""Axes and the grid that they span."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import physics

__all__ = ["Axis", "Grid", "Held", "held", "outer", "position"]

Held = float | str | physics.Bound  # of a parameter that is not an axis


@dataclass(frozen=True, eq=False)
class Axis:
    """The values of one parameter, ascending floats or the chosen categories, as they are; `Axis.of` checks them.

    >>> axis = Axis.of("m_X", [1, 10])
    >>> axis.values.tolist(), len(axis)
    ([1.0, 10.0], 2)
    """

    name: str
    values: NDArray[Any]

    @classmethod
    def of(cls, name: str, values: Any) -> Axis:
        """An axis of values that the parameter may have.

        >>> Axis.of("m_X", [-1.0, 1.0])
        Traceback (most recent call last):
        physics.core.errors.InvalidParameterError: m_X = -1.0 is not allowed: m_X > 0 [MeV]
        """
        return cls(name, physics.parameters()[name].validated(values))

    def __len__(self) -> int:
        return int(self.values.size)

    @property
    def is_categorical(self) -> bool:
        """Whether the values are names."""
        return self.values.dtype.kind == "U"

    @property
    def extent(self) -> str:
        """The values in a few words.

        >>> Axis.of("m_X", [1, 3, 10]).extent
        '3: 1 to 10'
        """
        if self.is_categorical:
            return ", ".join(self.values)
        return f"{len(self)}: {self.values[0]:g}" + (f" to {self.values[-1]:g}" if len(self) > 1 else "")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the exact values: two axes are the same only if every bit is."""
        content = "\n".join(self.values.tolist()).encode() if self.is_categorical else self.values.tobytes()
        return hashlib.sha256(content).hexdigest()

    @property
    def identity(self) -> str:
        """Number of values and a digest of their bits."""
        return f"{len(self)} values, {self.digest[:16]}"


@dataclass(frozen=True, eq=False)
class Grid:
    """The outer product of axes.

    >>> grid = Grid.of(m_X=[1.0, 10.0], g_X=[1e-4, 1e-3, 1e-2])
    >>> grid.dims, grid.shape(grid.dims)
    (('m_X', 'g_X'), (2, 3))
    """

    axes: Mapping[str, Axis]

    @classmethod
    def of(cls, **axes: Any) -> Grid:
        """A grid from values by parameter name."""
        return cls({name: Axis.of(name, values) for name, values in axes.items()})

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of all axes, in order."""
        return tuple(self.axes)

    def shape(self, dims: tuple[str, ...]) -> tuple[int, ...]:
        """Lengths of the named axes."""
        return tuple(len(self.axes[d]) for d in dims)

    def values(self, dims: tuple[str, ...], block: tuple[slice, ...]) -> dict[str, NDArray[Any]]:
        """The part of each named axis that a block covers."""
        return {d: self.axes[d].values[s] for d, s in zip(dims, block, strict=True)}


def position(values: NDArray[Any], value: float | str, nearest: bool = False) -> int | None:
    """Where an axis has a value, to 1e-12 of it, or the value nearest to it; None where it has none.

    >>> import numpy as np
    >>> position(np.array([1.0, 10.0]), 10), position(np.array([1.0, 10.0]), 4), position(np.array(["GS98"]), "GS98")
    (1, None, 0)
    >>> position(np.array([1.0, 10.0]), float("inf"), nearest=True)
    Traceback (most recent call last):
    ValueError: inf is not a finite number
    """
    if isinstance(value, str) or values.dtype.kind not in "iuf":
        matches = np.flatnonzero([str(v) == str(value) for v in values.tolist()])
    else:
        try:
            finite = math.isfinite(value)
        except TypeError:
            finite = False
        if not finite:
            raise ValueError(f"{value} is not a finite number")
        distance = np.abs(values.astype(float) - value)
        matches = np.flatnonzero((distance <= 1e-12 * abs(value)) | (nearest & (distance == distance.min())))
    return int(matches[0]) if matches.size else None


def held(fixed: Mapping[str, float | str], bound: Mapping[str, str]) -> dict[str, Held]:
    """Parameters that are not axes, as `physics.evaluate` takes them: fixed values and bindings.

    >>> held({"q_psi": 1.0}, {"mass_ratio": "mass_ratio_relic_above"})
    {'q_psi': 1.0, 'mass_ratio': Bound(observable='mass_ratio_relic_above')}
    """
    return {**fixed, **{name: physics.bound(observable) for name, observable in bound.items()}}


def outer(coordinates: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give every axis an array dimension of its own, in the order of the mapping.

    >>> import numpy as np
    >>> {name: a.shape for name, a in outer({"m_X": np.ones(2), "g_X": np.ones(3)}).items()}
    {'m_X': (2, 1), 'g_X': (1, 3)}
    """
    n = len(coordinates)
    return {
        name: values.reshape((1,) * i + (-1,) + (1,) * (n - 1 - i))
        for i, (name, values) in enumerate(coordinates.items())
    }
