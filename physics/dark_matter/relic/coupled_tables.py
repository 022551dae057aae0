"""What the points of a pair of masses share where the temperature of psi is followed: coupled.py.

The bath is cubic polynomials in cells of u = ln(m_psi/T); S and S_2 of a point, with the width of the pole and the
charge put in, are cubic polynomials on a uniform grid of ln x. The pole's part is kept apart where it falls
exponentially.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Point, Tables, bath_at, kinetic, relaxation
from physics.dark_matter.relic.boltzmann import EARLY_STARTS, LATE_STARTS
from physics.dark_matter.relic.shared_averages import (
    SMALL,
    Pair,
    lagrange,
    series,
    to_functions,
    values_at,
)
from physics.numerics.interpolation import Uniform

__all__ = ["LX_STEP", "STARTS", "U_STEP", "Averages", "BathCells", "averages_of", "bath_cells", "put_in"]

STARTS = np.concatenate([LATE_STARTS, EARLY_STARTS])
LX_STEP, U_STEP = 0.05, 0.05
_U_NODES, _U_POWERS = lagrange(4)
FADING = math.exp(-0.5 * LX_STEP)  # of annihilation while ln x grows by a step: ln x_psi by up to 2 while u by 1


class BathCells(NamedTuple):
    """What depends on u alone, of all points of a pair of masses: `_quantities`."""

    low: float
    cells: FloatArray  # (cell, quantity, power of -1 .. 1)
    starts: FloatArray  # (start, quantity)


@compiled
def _quantities(u: float, point: Point, tables: Tables, out: FloatArray) -> None:
    """Value of ln x_nu, ln(s/2 dt/du), ln Y_eq, ln(gamma dt/du) for a strength of 1, 2 H dt/du, -d ln T_nu/du."""
    bath = bath_at(u, point, tables)
    log_time = math.log(bath.time)
    out[0], out[1] = bath.log_x, log_time + bath.log_s - math.log(2.0)
    out[2] = bath.log_n_eq - bath.log_s
    out[3] = log_time + math.log(relaxation(bath.log_x, point, tables.propagator))
    out[4], out[5] = 2 * bath.time * bath.hubble, bath.cooling


@compiled
def bath_cells(masses: tuple[float, float], tables: Tables, u_end: float) -> BathCells:
    """Cells of u, one of which begins where neutrinos decouple: there the slope of T_nu changes."""
    point = Point(masses[0], masses[1], 1.0, 1.0, True)
    decoupling = masses[0] - tables.log_T_decoupling
    low = decoupling - U_STEP * math.ceil((decoupling - math.log(STARTS[-1])) / U_STEP)
    n = math.ceil((u_end - low) / U_STEP) + 1
    cells, values = np.zeros((n, 6, 4)), np.empty((4, 6))
    for i in range(n):
        for j in range(4):
            _quantities(low + U_STEP * (i + 0.5 * (1 + _U_NODES[j])), point, tables, values[j])
        for k in range(6):
            for m in range(4):
                for j in range(4):
                    cells[i, k, m] += _U_POWERS[m, j] * values[j, k]
    starts = np.empty((STARTS.size, 6))
    for i in range(STARTS.size):
        _quantities(math.log(STARTS[i]), point, tables, starts[i])
    return BathCells(low, cells, starts)


class Averages(NamedTuple):
    """S, S_2, and 1 - h/2 on the grid of ln x."""

    low: float
    S: FloatArray  # (function, node)
    S_2: FloatArray
    log_alpha: FloatArray
    ratio: FloatArray  # of alpha_2 and alpha
    kinetic: FloatArray


@compiled
def averages_of(pair: Pair, tier: int, panel: int, gas: Uniform) -> Averages:
    """The averages of a pair of masses, from a panel of shared_averages.py on."""
    low = pair.edges[panel]
    n = int((pair.edges[-1] - low) / LX_STEP) + 2
    table, table_2 = series(pair, tier, panel, False), series(pair, tier, panel, True)
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
    return Averages(low, S, S_2, log_alpha, ratio, K)


@compiled(fastmath={"contract"})
def put_in(c: FloatArray, with_pole: bool, of_pair: Averages, averages: FloatArray) -> None:
    """The averages of one point, from its coefficients: the rows of `averages` that depend on it."""
    m, n = of_pair.S.shape
    S, S_2, most = averages[0], averages[1], averages[5]
    S[:] = 0.0
    S_2[:] = 0.0
    for k in range(m):
        if not with_pole or k != m - 2:
            for i in range(n):
                S[i] += c[k] * of_pair.S[k, i]
                S_2[i] += c[k] * of_pair.S_2[k, i]
    for i in range(n):
        most[i] = S[i] + (c[m - 2] * of_pair.S[m - 2, i] if with_pole else 0.0)
    for i in range(n - 2, -1, -1):
        most[i] = max(most[i], FADING * most[i + 1])
