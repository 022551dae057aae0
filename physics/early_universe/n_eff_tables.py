"""N_eff of the three baths as Chebyshev series in the masses and in the strength of X <-> e+e-.

N_eff depends on m_X, m_psi and the width of X into e+e- only, and smoothly. In boxes of ln m_X, ln(m_psi/m_X) and
ln(width M_Planck/m_X^2) it is a Chebyshev series each, within 1e-6 of the equations, which are solved outside of the
boxes. The boxes are fixed, so that a point's value does not depend on what is computed with it. Without psi there are
boxes of their own, with one term in the second direction. make_n_eff_tables.py makes them.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.files import arrays, checksum
from physics.core.status import FloatArray
from physics.model.constants import M_E, M_PLANCK

__all__ = ["ALONE", "CHECKSUM", "EDGES", "FILE", "NODES", "UNIT", "checksum", "from_tables", "key", "load"]

FILE = "early_universe/n_eff_tables.npz"
CHECKSUM = "d323f4fa720d1c56239235390b6a9444ca47832714a68e4567f21321b95f9f42"
UNIT = 2.0**-33  # of the coefficients in the file, which are integers
_WITHOUT_PSI = np.array([-1.0, 1.0])
_MOST = 16  # coefficients in the last direction, with zeros

EDGES = (  # of the boxes, in each direction
    math.log(2 * M_E) + np.array([0.0, 4 / 3, 8 / 3, 4.0, 16 / 3, 8.0]),  # to 3 GeV
    np.log([0.2, math.sqrt(0.4), 2.0]),
    np.linspace(-5.0, 35.0, 17),
)
NODES = (16, 16, 13)
ALONE = (16, 1, 13)  # without psi


def key(neutrino_flavours: str, psi: bool) -> str:
    """Name of a table in the file."""
    return neutrino_flavours if psi else f"{neutrino_flavours}_without_psi"


@cache
def load(neutrino_flavours: str, psi: bool) -> FloatArray:
    """Coefficients of the boxes: shape (boxes in each direction, coefficients in each direction)."""
    return arrays(FILE)[key(neutrino_flavours, psi)] * UNIT


class _Boxes(NamedTuple):
    """The coefficients of a table without the zeros at the ends of its rows, box by box."""

    values: FloatArray  # rows, each filled with zeros to a multiple of four
    fours: NDArray[np.int64]  # of each row: (box in each direction, coefficient in the first two)
    first: NDArray[np.int64]  # where a box begins in the values


@cache
def _boxes(neutrino_flavours: str, psi: bool) -> _Boxes:
    table = load(neutrino_flavours, psi)
    table = np.pad(table, [(0, 0)] * 5 + [(0, _MOST - table.shape[-1])])
    lengths = np.max(np.where(table != 0, np.arange(1, _MOST + 1), 0), axis=-1)
    fours = -(-lengths // 4)
    values = table[np.arange(_MOST) < 4 * fours[..., np.newaxis]]
    ends = np.cumsum(4 * fours.sum(axis=(-1, -2)))
    return _Boxes(values, fours, np.append(0, ends[:-1]).reshape(fours.shape[:3]))


@compiled
def _box(u: float, edges: FloatArray) -> tuple[int, float]:
    """Number of the box around u, and the place in it, from -1 to 1; -1 outside of all."""
    if not edges[0] <= u <= edges[-1]:
        return -1, 0.0
    i = 0
    while u > edges[i + 1]:
        i += 1
    return i, (2 * u - edges[i] - edges[i + 1]) / (edges[i + 1] - edges[i])


@compiled
def _chebyshev(t: float, values: FloatArray) -> None:
    """T_0, T_1 ... at t."""
    before, here = t, 1.0
    for n in range(values.size):
        values[n] = here
        before, here = here, 2 * t * here - before


@compiled(fastmath={"contract"})
def _from_tables(
    ln_m_X: FloatArray, ln_ratio: FloatArray, ln_strength: FloatArray, edges: tuple[FloatArray, ...], boxes: _Boxes
) -> FloatArray:
    values, fours = borrowed(boxes.values), borrowed(boxes.fours)
    n_X, n_ratio = fours.shape[3:]
    result = np.empty(ln_m_X.size)
    of_X, of_ratio, s = np.empty(n_X), np.empty(n_ratio), np.empty(_MOST)
    for p in range(ln_m_X.size):
        i, t = _box(ln_m_X[p], edges[0])
        j, u = _box(ln_ratio[p], edges[1])
        k, v = _box(ln_strength[p], edges[2])
        if i < 0 or j < 0 or k < 0:
            result[p] = math.nan
            continue
        _chebyshev(t, of_X)
        _chebyshev(u, of_ratio)
        _chebyshev(v, s)
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = 0.0  # kept in registers
        n = boxes.first[i, j, k]
        for a in range(n_X):
            for b in range(n_ratio):
                rows, w = fours[i, j, k, a, b], of_X[a] * of_ratio[b]
                if rows > 0:
                    a0, a1, a2, a3 = _added(a0, a1, a2, a3, w, values, n)
                if rows > 1:
                    b0, b1, b2, b3 = _added(b0, b1, b2, b3, w, values, n + 4)
                if rows > 2:
                    c0, c1, c2, c3 = _added(c0, c1, c2, c3, w, values, n + 8)
                if rows > 3:
                    d0, d1, d2, d3 = _added(d0, d1, d2, d3, w, values, n + 12)
                n += 4 * rows
        result[p] = (
            a0 * s[0] + a1 * s[1] + a2 * s[2] + a3 * s[3] + b0 * s[4] + b1 * s[5] + b2 * s[6] + b3 * s[7]
            + c0 * s[8] + c1 * s[9] + c2 * s[10] + c3 * s[11] + d0 * s[12] + d1 * s[13] + d2 * s[14] + d3 * s[15]
        )  # fmt: skip
    return result


@compiled(inline="always", fastmath={"contract"})
def _added(
    a: float, b: float, c: float, d: float, weight: float, values: FloatArray, n: int
) -> tuple[float, float, float, float]:
    """Four sums, with the next four values."""
    return (
        a + weight * values[n],
        b + weight * values[n + 1],
        c + weight * values[n + 2],
        d + weight * values[n + 3],
    )


def from_tables(m_X: FloatArray, mass_ratio: FloatArray, width: FloatArray, neutrino_flavours: str) -> FloatArray:
    """N_eff at points, one-dimensional arrays of the same size; NaN outside of the tables.

    >>> from_tables(np.full(2, 23.0), np.array([0.5033, np.inf]), np.full(2, 2e-12), "separate").round(3)
    array([3.098, 3.118])
    """
    with np.errstate(divide="ignore"):
        at = np.log(m_X), np.log(mass_ratio), np.log(width * (M_PLANCK / m_X**2))
    result: FloatArray = _from_tables(*at, EDGES, _boxes(neutrino_flavours, True))
    alone = np.isinf(mass_ratio)
    if alone.any():
        ln_m_X, ln_strength = at[0][alone], at[2][alone]
        edges = EDGES[0], _WITHOUT_PSI, EDGES[2]
        result[alone] = _from_tables(
            ln_m_X, np.zeros(ln_m_X.size), ln_strength, edges, _boxes(neutrino_flavours, False)
        )
    return result
