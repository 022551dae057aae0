"""A number that depends on an energy: an efficiency, a background, a quenching; and how tables of users are read."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.errors import suggestion
from physics.core.files import columns
from physics.core.status import FloatArray

__all__ = ["Curve", "package_curve", "read_curve"]

_LARGEST = 1e15  # of what a table says


@dataclass(frozen=True, eq=False)
class Curve:
    """A number against energy [keV], linear between its points; one point: the same everywhere."""

    energy: FloatArray
    value: FloatArray
    outside: str = ""  # "flat" or "zero"; else it does not go beyond its points

    def __call__(self, energy: ArrayLike) -> FloatArray:
        """Values at energies.

        >>> Curve(np.array([1.0, 3.0]), np.array([0.0, 1.0]), "zero")([2.0, 4.0]).tolist()
        [0.5, 0.0]
        """
        beyond = 0.0 if self.outside == "zero" else None
        return np.asarray(
            np.interp(np.asarray(energy, dtype=np.float64), self.energy, self.value, left=beyond, right=beyond)
        )

    def covers(self, low: float, high: float) -> bool:
        """Whether it is known between two energies."""
        return self.energy.size == 1 or bool(self.outside) or bool(self.energy[0] <= low <= high <= self.energy[-1])

    def integral(self, low: float, high: float) -> float:
        """Integral between two energies, for what goes on flat, as zero, or not at all.

        >>> Curve(np.array([1.0, 3.0]), np.array([0.0, 1.0]), "zero").integral(0.0, 2.0)
        0.25
        """
        if self.outside == "zero":
            low, high = np.clip([low, high], self.energy[0], self.energy[-1])
        inside = (self.energy > low) & (self.energy < high)
        at = np.concatenate([[low], self.energy[inside], [high]])
        return float(np.trapezoid(self(at), at))


def package_curve(name: str, outside: str = "") -> Curve:
    """A table of physics/data with two columns: energies [keV] and values.

    >>> package_curve("neutrino/xenon1t_efficiency.csv").covers(1.0, 210.0)
    True
    """
    energy, value = columns(name).values()
    return Curve(energy, value, outside)


def read_curve(text: str, column: str = "", outside: str = "") -> Curve:
    r"""A user's CSV table with a header: energies [keV] in the first column, values in the one named, else the second.

    Lines that begin with # are comments.

    Raises
    ------
    ValueError
        It is no such table, energies do not increase, or values are negative; the message names line and remedy.

    Examples
    --------
    >>> float(read_curve("E_keV,efficiency\n0,0\n2,1")(1.5))
    0.75
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if len(lines) < 3:
        raise ValueError("a header and two rows at least are needed: E_keV,value below which are 1.0,0.5 and so on")
    (first, header), *rows = [(n, _cells(n, line)) for n, line in lines]
    if not math.isnan(_number(header, 0)):
        raise ValueError(f"line {first} is not a header; begin with the names of the columns, E_keV,value")
    if column and column not in header:
        raise ValueError(f"there is no column {column!r} in line {first}{suggestion(column, header)}")
    index = header.index(column) if column else 1
    energy, value = np.array([[_number(row, 0), _number(row, index)] for _, row in rows]).T

    def line_of(wrong: NDArray[np.bool_]) -> str:
        return f"line {rows[int(np.argmax(wrong))][0]}"

    if np.any(wrong := ~(np.abs(energy + value) <= _LARGEST)):
        raise ValueError(
            f"{line_of(wrong)} has no numbers below {_LARGEST:g} in columns 1 and {index + 1}; "
            "write 1.0,0.5 or remove it"
        )
    if np.any(wrong := np.diff(energy, prepend=-math.inf) <= 0):
        raise ValueError(f"{line_of(wrong)}: its energy is not above that of the row before; sort rows, repeat none")
    if np.any(wrong := value < 0):
        raise ValueError(f"{line_of(wrong)}: its value is negative; values must be 0 or more")
    return Curve(energy, value, outside)


def _cells(line: int, text: str) -> list[str]:
    """Cells of a line."""
    try:
        return next(csv.reader([text], skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f"line {line} cannot be read: {error}") from None


def _number(row: Sequence[str], i: int) -> float:
    """A cell; NaN where it is not a number, or missing."""
    try:
        return float(row[i])
    except (ValueError, IndexError):
        return math.nan
