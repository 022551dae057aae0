"""What the points of a pair of masses share where the temperature of psi is followed: coupled.py.

The bath is cubic polynomials in cells of u = ln(m_psi/T); S and S_2 of a point, with the width of the pole and the
charge put in, are cubic polynomials on a uniform grid of ln x. The pole's part is kept apart where it falls
exponentially. Tables have columns as `weighted_rows` (vectors.py) reads them.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.core.vectors import LANES
from physics.dark_matter.relic.bath import (
    Point,
    Tables,
    bath_at,
    bath_tables,
    kinetic,
    log_equilibrium,
    log_relaxation,
)
from physics.dark_matter.relic.boltzmann import EARLY_STARTS, LATE_STARTS, T_END
from physics.dark_matter.relic.shared_averages import (
    SMALL,
    Pair,
    functions,
    lagrange,
    series,
    to_functions,
    values_at,
)
from physics.numerics.interpolation import Uniform

__all__ = [
    "BLOCK",
    "LX_STEP",
    "STARTS",
    "U_STEP",
    "Averages",
    "Bath",
    "BathCells",
    "averages_of",
    "bath_cells",
    "bath_of_all",
    "put_in",
    "rows_of",
]

STARTS = np.concatenate([LATE_STARTS, EARLY_STARTS])
LX_STEP, U_STEP = 0.05, 0.05
_U_NODES, _U_POWERS = lagrange(4)
BLOCK = 8  # nodes, for a bound on S from there on, at the first of them
FADING = math.exp(-0.5 * BLOCK * LX_STEP)  # of annihilation in a block: ln x_psi grows by up to 2 while u grows by 1


class Bath(NamedTuple):
    """The bath of all masses, in cells of ln T from where neutrinos decouple: there the slope of T_nu changes."""

    first: int  # cells before that
    cells: FloatArray  # (cell, power of -1 .. 1, quantity): as in `BathCells`, ln(T/T_nu) for ln x_nu, 0 for the others
    nodes: FloatArray  # (cell, node, quantity): ln(T/T_nu), ln s, ln dt/du


class BathCells(NamedTuple):
    """What depends on u alone, of all points of a pair of masses: `_quantities`."""

    low: float
    cells: FloatArray  # (cell, power of -1 .. 1, quantity)
    starts: FloatArray  # (start, quantity); then x_nu, annihilations over B S, and relaxations for a strength of 1


@compiled
def _quantities(u: float, point: Point, tables: Tables, out: FloatArray) -> None:
    """Value of ln x_nu, ln(s/2 dt/du), ln Y_eq, ln(gamma dt/du) for a strength of 1, 2 H dt/du, -d ln T_nu/du."""
    bath = bath_at(u, point, tables)
    log_time = math.log(bath.time)
    out[0], out[1] = bath.log_x, log_time + bath.log_s - math.log(2.0)
    out[2] = bath.log_n_eq - bath.log_s
    out[3] = log_time + log_relaxation(bath.log_x, point, tables.propagator)
    out[4], out[5] = 2 * bath.time * bath.hubble, bath.cooling


def bath_of_all(T_decoupling: float, largest_mass: float) -> Bath:
    """The bath for psi up to a mass [MeV], and up to at most e^5 of it."""
    cells = (math.log(largest_mass / T_decoupling) - math.log(STARTS[-1])) / U_STEP
    return _bath_of_all(T_decoupling, max(100 * math.ceil((cells + 1) / 100), 0))  # 1 more: rounding


@lru_cache(maxsize=32)
def _bath_of_all(T_decoupling: float, first: int) -> Bath:
    """No value depends on where the cells begin."""
    return _common(first, bath_tables(T_decoupling))


@compiled
def _common(first: int, tables: Tables) -> Bath:
    n = first + max(math.ceil((tables.log_T_decoupling - math.log(T_END)) / U_STEP), 0) + 1
    cells, nodes, values = np.zeros((n, 4, LANES)), np.empty((n, 4, 3)), np.empty(6)
    point = Point(0.0, 0.0, 1.0, 1.0, True)  # of mass 1: u is -ln T
    for i in range(n):
        for j in range(4):
            u = U_STEP * (i - first + 0.5 * (1 + _U_NODES[j])) - tables.log_T_decoupling
            bath = bath_at(u, point, tables)
            nodes[i, j, 0], nodes[i, j, 1], nodes[i, j, 2] = bath.log_x - u, bath.log_s, math.log(bath.time)
            values[0], values[1] = nodes[i, j, 0], nodes[i, j, 2] + bath.log_s - math.log(2.0)
            values[2] = values[3] = 0.0
            values[4], values[5] = 2 * bath.time * bath.hubble, bath.cooling
            for k in range(6):
                for m in range(4):
                    cells[i, m, k] += _U_POWERS[m, j] * values[k]
    return Bath(first, cells, nodes)


@compiled
def bath_cells(masses: tuple[float, float], bath: Bath, tables: Tables, u_end: float) -> BathCells:
    """The bath of a pair of masses, whose logarithms are given."""
    point = Point(masses[0], masses[1], 1.0, 1.0, True)
    decoupling = masses[0] - tables.log_T_decoupling
    before = math.ceil((decoupling - math.log(STARTS[-1])) / U_STEP)
    low = decoupling - U_STEP * before
    n = math.ceil((u_end - low) / U_STEP) + 1
    skipped = bath.first - before
    cells = bath.cells[skipped : skipped + n].copy()
    for i in range(cells.shape[0]):
        cells[i, 0, 0] += low + U_STEP * (i + 0.5)
        cells[i, 1, 0] += 0.5 * U_STEP
        for j in range(4):
            log_x = low + U_STEP * (i + 0.5 * (1 + _U_NODES[j])) + bath.nodes[skipped + i, j, 0]
            log_s, log_time = bath.nodes[skipped + i, j, 1], bath.nodes[skipped + i, j, 2]
            log_Y = log_equilibrium(log_x, masses[0], tables.gas) - log_s
            rate = log_time + log_relaxation(log_x, point, tables.propagator)
            for m in range(4):
                cells[i, m, 2] += _U_POWERS[m, j] * log_Y
                cells[i, m, 3] += _U_POWERS[m, j] * rate
        for m in range(1, 4):
            cells[i, m - 1, 6] = 2 * m / U_STEP * cells[i, m, 2]
    starts = np.empty((STARTS.size, 9))
    for i in range(STARTS.size):
        _quantities(math.log(STARTS[i]), point, tables, starts[i])
        starts[i, 6], starts[i, 7] = math.exp(starts[i, 0]), 2 * math.exp(starts[i, 1] + starts[i, 2])
        starts[i, 8] = math.exp(starts[i, 3])
    return BathCells(low, cells, starts)


class Averages(NamedTuple):
    """S, S_2, and 1 - h/2 on the grid of ln x, and where psi may start."""

    low: float
    S: FloatArray  # (function, node)
    S_2: FloatArray
    log_alpha: FloatArray
    ratio: FloatArray  # of alpha_2 and alpha
    kinetic: FloatArray
    S_starts: FloatArray  # (start, function)
    S_2_starts: FloatArray
    kinetic_starts: FloatArray


@compiled
def averages_of(pair: Pair, tier: int, panel: int, ln_x_starts: FloatArray, gas: Uniform) -> Averages:
    """The averages of a pair of masses, from a panel of shared_averages.py on."""
    low = pair.edges[panel]
    n = int((pair.edges[-1] - low) / LX_STEP) + 2
    tables = series(pair, tier, panel, True)
    table, table_2 = tables[0], tables[1]
    m = table.shape[1]
    S, S_2, here, here_2 = np.empty((m, n)), np.empty((m, n)), np.empty(m), np.empty(m)
    log_alpha, ratio, K = np.zeros(n), np.zeros(n), np.empty(n)
    p = q = panel
    for i in range(n):
        ln_x = low + i * LX_STEP
        p, q = values_at(ln_x, p, pair, table, here), values_at(ln_x, q, pair, table_2, here_2)
        K[i] = kinetic(ln_x, gas)
        if tier == SMALL and pair.d > 0.0:
            log_alpha[i], ratio[i] = here[m - 2], math.exp(here_2[m - 2] - here[m - 2])
        x = math.exp(ln_x)
        to_functions(x, pair, tier, here)
        to_functions(x, pair, tier, here_2)
        for k in range(m):
            S[k, i], S_2[k, i] = here[k], here_2[k]
    n_starts = ln_x_starts.size
    S_starts, S_2_starts, K_starts = np.empty((n_starts, m)), np.empty((n_starts, m)), np.empty(n_starts)
    for i in range(n_starts):
        functions(ln_x_starts[i], panel, pair, tier, table, S_starts[i])
        functions(ln_x_starts[i], panel, pair, tier, table_2, S_2_starts[i])
        K_starts[i] = kinetic(ln_x_starts[i], gas)
    return Averages(low, S, S_2, log_alpha, ratio, K, S_starts, S_2_starts, K_starts)


@compiled
def rows_of(of_pair: Averages, points: int) -> FloatArray:
    """The averages of so many points, one after another; what `put_in` writes is left out."""
    n = of_pair.kinetic.size
    rows = np.zeros((points * n, LANES))
    for i in range(points * n):
        rows[i, 2], rows[i, 3], rows[i, 4] = of_pair.log_alpha[i % n], of_pair.ratio[i % n], of_pair.kinetic[i % n]
    return rows


@compiled(forceinline=True)
def _largest(S: FloatArray, i: int) -> float:
    """The largest in a block, by pairs: one after the other each would wait for the one before."""
    first = max(max(S[i], S[i + 1]), max(S[i + 2], S[i + 3]))
    return max(first, max(max(S[i + 4], S[i + 5]), max(S[i + 6], S[i + 7])))


@compiled(fastmath={"contract"})
def put_in(c: FloatArray, with_pole: bool, of_pair: Averages, sums: FloatArray, rows: FloatArray) -> None:
    """The averages of one point, from its coefficients: the columns of its rows that depend on it.

    sums, (2, node), which is overwritten, is longer than the grid by up to a block.
    """
    m, n = of_pair.S.shape
    S, S_2 = sums[0], sums[1]
    S[:] = 0.0
    S_2[:] = 0.0
    for k in range(m):
        if not with_pole or k != m - 2:
            for i in range(n):
                S[i] += c[k] * of_pair.S[k, i]
                S_2[i] += c[k] * of_pair.S_2[k, i]
    for i in range(n):
        rows[i, 0], rows[i, 1] = S[i], S_2[i]
    if with_pole:
        for i in range(n):
            S[i] += c[m - 2] * of_pair.S[m - 2, i]
    most = 0.0
    for i in range(BLOCK * ((n - 1) // BLOCK), -1, -BLOCK):
        most = max(FADING * most, _largest(S, i))
        rows[i, 5] = most
