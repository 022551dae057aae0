"""The Boltzmann equations for density and temperature of psi, boltzmann.py, on tables that points share.

S and S_2 of a point, with the width of the pole and the charge put in, are cubic polynomials on a uniform grid of ln x;
the pole's part is kept apart where it falls exponentially. RODAS4 with the Jacobian in closed form.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Bath, Point, Tables, bath_at, kinetic, relaxation
from physics.dark_matter.relic.boltzmann import (
    EARLY_STARTS,
    LATE_STARTS,
    RESET,
    T_END,
    THERMAL,
    resets,
)
from physics.dark_matter.relic.shared_averages import (
    LEFT,
    MOST,
    SMALL,
    Pair,
    Pairs,
    Points,
    coefficients,
    pair_of,
    series,
    slope_of,
    tiers_of,
    to_functions,
    values_at,
)
from physics.numerics.interpolation import Uniform
from physics.numerics.rosenbrock import MAX_STEPS, SHORTEST_STEP, Slopes, next_step, one_step

__all__ = ["with_temperature"]

STARTS = np.concatenate([LATE_STARTS, EARLY_STARTS])
WARM_PANEL = 2  # of shared_averages.py, from x = 1.3 on: enough for the late starts
LX_STEP = 0.05
PER_STEP = 1 / LX_STEP
NO_MORE = 1e-17  # n_eq/n below which no psi are made
STEP_ERROR = 1e-4
FIRST_STEP, DIFFERENCE = 0.01, 1e-7

# The machine code is put where the function is called: arrays that are handed on are not counted each time
_inlined = compiled(forceinline=True)


class _System(NamedTuple):
    """The point, the bath, and its averages on the grid of ln x."""

    point: Point
    tables: Tables
    low: float
    averages: FloatArray  # (node, 5): Q or ln S, Q_2 or S_2/S, ln of alpha/w, alpha_2/alpha, 1 - h/2
    slope: float  # a
    with_pole: bool


class _Averages(NamedTuple):
    """S, S_2/S, 1 - h/2, and the slopes in ln x of ln S and of these."""

    S: float
    ratio: float
    kinetic: float
    log_S_slope: float
    ratio_slope: float
    kinetic_slope: float


class _Here(NamedTuple):
    """What depends on u = ln(m_psi/T) alone."""

    bath: Bath
    x_nu: float
    n_eq: float
    relaxed: float  # gamma dt/du


@_inlined
def _cubic(table: FloatArray, i: int, k: int, c: tuple[float, float, float, float]) -> float:
    value: float = c[0] * table[i, k] + c[1] * table[i + 1, k] + c[2] * table[i + 2, k] + c[3] * table[i + 3, k]
    return value


@_inlined
def _averages(ln_x: float, x: float, system: _System) -> _Averages:
    table = system.averages
    position = min(max((ln_x - system.low) * PER_STEP, 1.0), table.shape[0] - 2.001)
    i = int(position)
    f = position - i
    i -= 1
    # Lagrange's polynomials at nodes -1, 0, 1, 2, and their slopes
    outer, inner, f2 = f * (f - 1) * (1 / 6), (f + 1) * (f - 2) * 0.5, 1.5 * f * f
    c = (-outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1))
    s = (
        PER_STEP * (f - (f2 + 1) * (1 / 3)),
        PER_STEP * (f2 - 2 * f - 0.5),
        PER_STEP * (f + 1 - f2),
        PER_STEP * (f2 - 0.5) * (1 / 3),
    )
    K, dK = _cubic(table, i, 4, c), _cubic(table, i, 4, s)
    Q, dQ = _cubic(table, i, 0, c), _cubic(table, i, 0, s)
    Q2, dQ2 = _cubic(table, i, 1, c), _cubic(table, i, 1, s)
    if not system.with_pole:
        return _Averages(math.exp(Q), Q2, K, dQ, dQ2, dK)
    decay = system.slope * x
    pole = math.exp(_cubic(table, i, 2, c) - decay)
    d_pole = pole * (_cubic(table, i, 2, s) - decay)
    r, dr = _cubic(table, i, 3, c), _cubic(table, i, 3, s)
    S, dS = pole + Q, d_pole + dQ
    per_S = 1 / S
    ratio = (pole * r + Q2) * per_S
    return _Averages(S, ratio, K, dS * per_S, (d_pole * r + pole * dr + dQ2 - ratio * dS) * per_S, dK)


@_inlined
def _prepare(u: float, system: _System) -> _Here:
    bath = bath_at(u, system.point, system.tables)
    relaxed = bath.time * relaxation(bath.log_x, system.point, system.tables.propagator)
    return _Here(bath, math.exp(bath.log_x), math.exp(bath.log_n_eq), relaxed)


@_inlined
def _rates(here: _Here, log_Y: float, warmth: float, system: _System) -> tuple[float, float, Slopes]:
    """Derivatives of ln Y = ln(n/s) and of ln(T_psi/T_nu) with respect to u, as in boltzmann.py, and of these."""
    bath, x_nu, n_eq, relaxed = here
    e = math.exp(-warmth)  # T_nu/T_psi
    n = math.exp(bath.log_s + log_Y)
    at = _averages(bath.log_x - warmth, x_nu * e, system)
    front = 0.5 * bath.time * system.point.scale
    gone = front * n * at.S
    made, ratio_nu = 0.0, 1.0
    if n_eq > NO_MORE * n:
        nu = _averages(bath.log_x, x_nu, system)
        made, ratio_nu = front * n_eq * (n_eq / n) * nu.S, nu.ratio
    balance = relaxed * (e - 1) - 2 * bath.time * bath.hubble
    d_log_T = at.kinetic * balance + gone * (1 - at.ratio) + made * (ratio_nu * e - 1) + bath.cooling
    T_T = -at.kinetic_slope * balance - at.kinetic * relaxed * e - made * ratio_nu * e
    T_T += gone * (at.ratio_slope - at.log_S_slope * (1 - at.ratio))
    T_Y = gone * (1 - at.ratio) - made * (ratio_nu * e - 1)
    return made - gone, d_log_T, Slopes(0.0, 0.0, 0.0, 0.0, -made - gone, gone * at.log_S_slope, T_Y, T_T)


@_inlined
def _derivatives(here: _Here, log_Y: float, warmth: float, system: _System) -> tuple[float, float]:
    d_log_Y, d_log_T, _ = _rates(here, log_Y, warmth, system)
    return d_log_Y, d_log_T


@_inlined
def _slopes(u: float, log_Y: float, warmth: float, system: _System) -> Slopes:
    Y, T, J = _rates(_prepare(u, system), log_Y, warmth, system)
    a, b = _derivatives(_prepare(u + DIFFERENCE, system), log_Y, warmth, system)
    return Slopes(Y, T, (a - Y) / DIFFERENCE, (b - T) / DIFFERENCE, J.y_y, J.y_z, J.z_y, J.z_z)


@compiled
def _evolve(u: float, u_end: float, log_Y: float, warmth: float, system: _System) -> float:
    k_y, k_z = np.zeros(6), np.zeros(6)
    h, error = FIRST_STEP, 0.0
    f = _slopes(u, log_Y, warmth, system)
    for _ in range(MAX_STEPS):
        h = min(h, u_end - u)
        new_Y, new_T = one_step(_prepare, _derivatives, u, h, log_Y, warmth, f, system, k_y, k_z)
        error = max(abs(k_y[5]), abs(k_z[5])) / STEP_ERROR
        if error <= 1.0:
            u, log_Y, warmth = u + h, new_Y, new_T
            if u_end - u < SHORTEST_STEP:
                return log_Y
            f = _slopes(u, log_Y, warmth, system)
        h = next_step(h, error)
        if h < SHORTEST_STEP:
            break
    return math.nan


@compiled
def _log_abundance(u_end: float, root: float, late: bool, system: _System) -> float:
    """Value of ln(n/s) today; inf where psi never thermalises, NaN if not converged, -inf: it must start earlier."""
    fastest, found = 0.0, STARTS.size - 1
    for k in range(LATE_STARTS.size if late else STARTS.size):
        bath, x_nu, n_eq, relaxed = _prepare(math.log(STARTS[k]), system)
        rate = bath.time * system.point.scale * n_eq * _averages(bath.log_x, x_nu, system).S
        fastest = max(fastest, rate)
        if resets(rate, x_nu, relaxed, root):
            found = k
            break
        if k == LATE_STARTS.size - 1 and late:
            return -math.inf
    if fastest < THERMAL:
        return math.inf
    u = math.log(STARTS[found])
    bath, x_nu, n_eq, relaxed = _prepare(u, system)
    at = _averages(bath.log_x, x_nu, system)
    reset = bath.time * system.point.scale * n_eq * at.S
    log_Y, warmth = bath.log_n_eq - bath.log_s, 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        log_Y += math.asinh(x_nu / reset)
        warmth = (1 - 2 * at.kinetic * bath.time * bath.hubble) / (at.kinetic * relaxed + 0.5 * reset * at.ratio)
    return _evolve(u, u_end, log_Y, warmth, system)


class _Grid(NamedTuple):
    """What is tabulated for S and S_2, and 1 - h/2, on the grid of ln x."""

    low: float
    S: FloatArray  # (node, function)
    S_2: FloatArray
    log_alpha: FloatArray
    ratio: FloatArray  # of alpha_2 and alpha
    kinetic: FloatArray


@compiled
def _grid(pair: Pair, tier: int, panel: int, gas: Uniform) -> _Grid:
    low = pair.edges[panel]
    n = int((pair.edges[-1] - low) / LX_STEP) + 2
    table, table_2 = series(pair, tier, panel, False), series(pair, tier, panel, True)
    m = table.shape[1]
    S, S_2 = np.empty((n, m)), np.empty((n, m))
    log_alpha, ratio, K = np.zeros(n), np.zeros(n), np.empty(n)
    p = q = panel
    for i in range(n):
        ln_x = low + i * LX_STEP
        p, q = values_at(ln_x, p, pair, table, S[i]), values_at(ln_x, q, pair, table_2, S_2[i])
        K[i] = kinetic(ln_x, gas)
        if tier == SMALL and pair.d > 0.0:
            log_alpha[i], ratio[i] = S[i, m - 2], math.exp(S_2[i, m - 2] - S[i, m - 2])
        to_functions(math.exp(ln_x), pair, tier, S[i])
        to_functions(math.exp(ln_x), pair, tier, S_2[i])
    return _Grid(low, S, S_2, log_alpha, ratio, K)


@compiled
def _put_in(c: FloatArray, w: float, with_pole: bool, grid: _Grid, averages: FloatArray) -> None:
    """The averages of one point."""
    n, m = grid.S.shape
    ln_w = math.log(w)
    for i in range(n):
        S = S_2 = 0.0
        for k in range(m):
            if not with_pole or k != m - 2:
                S += c[k] * grid.S[i, k]
                S_2 += c[k] * grid.S_2[i, k]
        averages[i, 4] = grid.kinetic[i]
        if with_pole:
            averages[i, 0], averages[i, 1] = S, S_2
            averages[i, 2], averages[i, 3] = grid.log_alpha[i] - ln_w, grid.ratio[i]
        else:
            averages[i, 0], averages[i, 1] = math.log(S), S_2 / S


@compiled
def _solve_tier(
    tier: int, tiers: NDArray[np.int64], first: int, points: Points, pair: Pair, masses: tuple[float, float],
    tables: Tables, result: FloatArray,
) -> None:  # fmt: skip
    """All points of a pair whose widths are of this tier; those that start early in a second round."""
    c = np.empty(MOST)
    here = result[first : first + tiers.size]
    with_pole, root = tier == SMALL and pair.d > 0.0, math.sqrt(1.0 + max(pair.d, 0.0))
    u_end = masses[0] - math.log(T_END)
    for late in (True, False):
        if not late and not (np.isneginf(here) & (tiers == tier)).any():
            break
        grid = _grid(pair, tier, WARM_PANEL if late else 0, tables.gas)
        averages = np.zeros((grid.kinetic.size, 5))
        for i in range(tiers.size):
            if tiers[i] != tier or not (late or here[i] == -math.inf):
                continue
            j = first + i
            coefficients(1.0, points.w[j], points.q2[j], pair, tier, c)
            _put_in(c, points.w[j], with_pole, grid, averages)
            point = Point(masses[0], masses[1], points.B[j], points.scattering[j], True)
            system = _System(point, tables, grid.low, averages, slope_of(pair.d) if with_pole else 0.0, with_pole)
            here[i] = _log_abundance(u_end, root, late, system)


@compiled
def with_temperature(points: Points, pairs: Pairs, tables: Tables, cooling: float, result: FloatArray) -> None:
    """ln(n/s) today; inf where psi never thermalises, NaN where it does not converge; as in riccati.py."""
    result[:] = math.nan
    for k in range(pairs.d.size):
        coldest = 2 * cooling * math.exp(pairs.log_mass[k] - math.log(T_END))  # of the neutrinos; psi is colder
        pair = pair_of(pairs.d[k], pairs.couplings, pairs.y_f[k], pairs.pairs_of_X, coldest * coldest)
        first = pairs.first[k]
        tiers = tiers_of(points.w[first : pairs.first[k + 1]], pair)
        masses = pairs.log_mass[k], pairs.log_mediator[k]
        for tier in np.unique(tiers):
            if tier != LEFT:
                _solve_tier(tier, tiers, first, points, pair, masses, tables, result)
