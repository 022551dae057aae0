r"""The Boltzmann equation for the density of psi, with T_psi = T_nu, as a Riccati equation.

With D = Y/Y_eq = chi/psi, kappa = B/2 s Y_eq S dt/du and p = -d ln Y_eq/du, u = ln(m_psi/T),

    dD/du = kappa (1 - D^2) + p D      <=>      d(psi, chi)/du = [[0, kappa], [kappa, p]] (psi, chi):

linear. A step by Magnus' expansion to order 4, with two Gauss points, is in closed form, a root and a hyperbolic
tangent, and stable for any kappa. All points of a pair of masses share the steps, p, and kappa but for the coefficients
of shared_averages.py. Once Y_eq is gone, 1/Y grows by the integral of kappa/Y_eq.

What is not covered is left (NaN): psi that has not frozen out at m_psi/T = 62, and psi lighter than about 150 eV.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Point, Tables, bath_at, slope_of_equilibrium
from physics.dark_matter.relic.boltzmann import EARLY_STARTS, LATE_STARTS, T_END, THERMAL
from physics.dark_matter.relic.shared_averages import (
    COLD_PANEL,
    LEFT,
    LN_X_COLD,
    MOST,
    Pair,
    Pairs,
    Points,
    coefficients,
    functions,
    pair_of,
    series,
    tiers_of,
)
from physics.numerics.exponential import exp

__all__ = ["in_kinetic_equilibrium"]

X_BEGIN, X_SWITCH = 0.3, 62.0
STEP_U, STEP_X = 0.05, 0.3  # du = 1/(1/STEP_U + x/STEP_X)
READY = 8.0  # kappa du beyond which D forgets where it started: exp(-2 READY) of it is left
GONE = 1e-5  # (Y_eq/Y)^2: what it still adds to Y is (Y_eq/Y) kappa/2p, and what that leaves out is of second order
_GAUSS = 0.5 - math.sqrt(3) / 6
_COMMUTATOR = math.sqrt(3) / 12
_LATE_NODES, _LATE_WEIGHTS = np.polynomial.legendre.leggauss(6)
_LATE_STEP = 0.8
SKIP = 8  # steps

# The machine code is put where the function is called: arrays that are handed on are not counted each time
_inlined = compiled(forceinline=True)


def _edges() -> FloatArray:
    u = [math.log(X_BEGIN)]
    while u[-1] < math.log(X_SWITCH):
        u.append(u[-1] + 1 / (1 / STEP_U + math.exp(u[-1]) / STEP_X))
    return np.array(u)


STARTS = np.concatenate([LATE_STARTS, EARLY_STARTS])[::-1].copy()
U = _edges()
STEPS = np.diff(U)
N = STEPS.size
COLD_STEP = int(np.searchsorted(U, LN_X_COLD))


class _Grid(NamedTuple):
    """What all points of a pair of masses share: the bath on the grid of u = ln(m_psi/T)."""

    ln_x: FloatArray  # (step, 2): of m_psi/T_nu at the Gauss points
    rate: FloatArray  # (step, 2): s/2 dt/du
    Y: FloatArray  # (step, 2): equilibrium
    p: FloatArray  # (step, 2)
    ln_Y: FloatArray  # (edge,)
    ln_x_late: FloatArray  # from the last edge on
    rate_late: FloatArray  # times the weights of the quadrature
    ln_x_starts: FloatArray
    rate_starts: FloatArray  # s n_eq dt/du, 1/s of which is Y


@compiled
def _grid(point: Point, tables: Tables, u_end: float) -> _Grid:
    """From x = 4 on; the rest may follow, `_fill_hot`."""
    panels = math.ceil((u_end - U[N]) / _LATE_STEP)
    width, m = (u_end - U[N]) / panels, _LATE_NODES.size
    ln_x_late, rate_late = np.empty(panels * m), np.empty(panels * m)
    for k in range(panels * m):
        bath = bath_at(U[N] + width * (k // m + 0.5 * (1 + _LATE_NODES[k % m])), point, tables)
        ln_x_late[k] = bath.log_x
        rate_late[k] = 0.25 * width * _LATE_WEIGHTS[k % m] * bath.time * math.exp(bath.log_s)
    ln_x, rate, Y, p = np.empty((N, 2)), np.empty((N, 2)), np.empty((N, 2)), np.empty((N, 2))
    grid = _Grid(ln_x, rate, Y, p, np.empty(N + 1), ln_x_late, rate_late, np.empty(STARTS.size), np.empty(STARTS.size))
    _fill_steps(COLD_STEP, N, grid, point, tables)
    return grid


@compiled
def _fill_steps(first: int, end: int, grid: _Grid, point: Point, tables: Tables) -> None:
    for i in range(first, end + 1):
        bath = bath_at(U[i], point, tables)
        grid.ln_Y[i] = bath.log_n_eq - bath.log_s
        if i == end:
            break
        for j in range(2):
            bath = bath_at(U[i] + STEPS[i] * (_GAUSS if j == 0 else 1 - _GAUSS), point, tables)
            grid.ln_x[i, j], grid.rate[i, j] = bath.log_x, 0.5 * bath.time * exp(bath.log_s)
            grid.Y[i, j] = exp(bath.log_n_eq - bath.log_s)
            # s falls by 3 H dt/du
            slope = slope_of_equilibrium(bath.log_x, exp(bath.log_x), tables.gas)
            grid.p[i, j] = bath.cooling * slope - 3 * bath.hubble * bath.time


@compiled
def _fill_hot(grid: _Grid, point: Point, tables: Tables) -> None:
    """What only psi that hardly thermalises needs."""
    _fill_steps(0, COLD_STEP, grid, point, tables)
    for k in range(STARTS.size):
        bath = bath_at(math.log(STARTS[k]), point, tables)
        grid.ln_x_starts[k], grid.rate_starts[k] = bath.log_x, bath.time * math.exp(bath.log_n_eq)


class _Rates(NamedTuple):
    """kappa, and the integral of kappa/Y_eq from each edge on, over B and the coefficients of a point."""

    kappa: FloatArray  # (step, 2, function)
    rest: FloatArray  # (edge, function)
    starts: FloatArray  # (start, function): annihilations in a Hubble time


@compiled
def _rates(grid: _Grid, pair: Pair, tier: int, hot: bool) -> _Rates:
    """From x = 4 on, or from the beginning."""
    lowest, panel = (0, 0) if hot else (COLD_STEP, COLD_PANEL)
    table = series(pair, tier, panel, False)[0]
    n = table.shape[1]
    kappa, rest, starts = np.zeros((N, 2, n)), np.zeros((N + 1, n)), np.zeros((STARTS.size, n))
    S = np.empty(n)
    if hot:
        for k in range(STARTS.size):
            panel = functions(grid.ln_x_starts[k], panel, pair, tier, table, S)
            for m in range(n):
                starts[k, m] = grid.rate_starts[k] * S[m]
        panel = 0
    for i in range(lowest, N):
        half = 0.5 * STEPS[i]
        for j in range(2):
            panel = functions(grid.ln_x[i, j], panel, pair, tier, table, S)
            for m in range(n):
                kappa[i, j, m] = grid.rate[i, j] * grid.Y[i, j] * S[m]
                rest[i, m] += half * grid.rate[i, j] * S[m]
    for k in range(grid.ln_x_late.size):
        panel = functions(grid.ln_x_late[k], panel, pair, tier, table, S)
        for m in range(n):
            rest[N, m] += grid.rate_late[k] * S[m]
    for i in range(N - 1, lowest - 1, -1):
        for m in range(n):
            rest[i, m] += rest[i + 1, m]
    return _Rates(kappa, rest, starts)


@compiled(inline="always")
def _dot(a: FloatArray, b: FloatArray) -> float:
    total = 0.0
    for k in range(b.size):
        total += a[k] * b[k]
    return total


@_inlined
def _first_step(c: FloatArray, kappa: FloatArray, lowest: int) -> int:
    """The last step that forgets where D started, or lowest - 1."""
    first = N - 1
    while first >= lowest and STEPS[first] * _dot(kappa[first, 0], c) < READY:
        first -= SKIP
    i = min(first + SKIP - 1, N - 1)
    while i >= lowest and STEPS[i] * _dot(kappa[i, 0], c) < READY:
        i -= 1
    return i


@_inlined
def _log_abundance(c: FloatArray, grid: _Grid, rates: _Rates, hot: bool) -> float:
    """Value of ln Y today; inf where psi never thermalises, NaN where it has not frozen out in time.

    -inf: it must be followed from the beginning.
    """
    lowest = 0 if hot else COLD_STEP
    first = _first_step(c, rates.kappa, lowest)
    D = 1.0
    if first < lowest:
        if not hot:
            return -math.inf
        fastest = 0.0
        for k in range(STARTS.size):
            fastest = max(fastest, _dot(rates.starts[k], c))
        if fastest < THERMAL:
            return math.inf
        first = 0
    else:  # where annihilation and expansion balance
        D += 0.5 * grid.p[first, 0] / _dot(rates.kappa[first, 0], c)
    for i in range(first, N):
        h = STEPS[i]
        k1, k2 = _dot(rates.kappa[i, 0], c), _dot(rates.kappa[i, 1], c)
        mean, half = 0.5 * h * (k1 + k2), 0.5 * (grid.ln_Y[i] - grid.ln_Y[i + 1])
        odd = _COMMUTATOR * h * h * (k2 * grid.p[i, 0] - k1 * grid.p[i, 1])
        rho = math.sqrt(half * half + mean * mean - odd * odd)
        decay = math.exp(-2 * rho)
        tanh = (1 - decay) / ((1 + decay) * rho)
        D = (tanh * (mean - odd) + (1 + tanh * half) * D) / (1 - tanh * half + tanh * (mean + odd) * D)
        if D * D * GONE > 1.0:
            created = 0.5 * k2 / (grid.p[i, 1] * D)
            return -math.log(math.exp(-grid.ln_Y[i + 1]) / D * (1 - created) + _dot(rates.rest[i + 1], c))
    return math.nan


@compiled
def _solve_tier(
    tier: int, tiers: NDArray[np.int64], first: int, points: Points, pair: Pair, grid: _Grid,
    point: Point, tables: Tables, result: FloatArray,
) -> None:  # fmt: skip
    """All points of a pair whose widths are of this tier: hot ones in a second round."""
    c = np.empty(MOST)
    here = result[first : first + tiers.size]
    for hot in (False, True):
        if hot and not (np.isneginf(here) & (tiers == tier)).any():
            break
        if hot:
            _fill_hot(grid, point, tables)
        rates = _rates(grid, pair, tier, hot)
        for i in range(tiers.size):
            if tiers[i] == tier and (not hot or here[i] == -math.inf):
                j = first + i
                n = coefficients(points.B[j], points.w[j], points.q2[j], pair, tier, c)
                here[i] = _log_abundance(c[:n], grid, rates, hot)


@compiled
def in_kinetic_equilibrium(points: Points, pairs: Pairs, tables: Tables, cooling: float, result: FloatArray) -> None:
    """ln(n/s) today; inf where psi never thermalises, NaN for what is left.

    Parameters
    ----------
    points, pairs
        What is solved; points with the same masses stand together.
    tables, cooling
        The bath, and T/T_nu in the end.
    result : ndarray (point,)
        Overwritten.
    """
    result[:] = math.nan
    for k in range(pairs.d.size):
        u_end = pairs.log_mass[k] - math.log(T_END)
        if u_end < U[N] + _LATE_STEP:
            continue
        coldest = 2 * cooling * math.exp(u_end)
        pair = pair_of(pairs.d[k], pairs.couplings, pairs.y_f[k], pairs.pairs_of_X, coldest)
        point = Point(pairs.log_mass[k], 0.0, 0.0, 0.0, False)
        grid = _grid(point, tables, u_end)
        first = pairs.first[k]
        tiers = tiers_of(points.w[first : pairs.first[k + 1]], pair)
        for tier in np.unique(tiers):
            if tier != LEFT:
                _solve_tier(tier, tiers, first, points, pair, grid, point, tables, result)
