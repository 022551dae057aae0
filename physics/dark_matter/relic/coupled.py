"""The Boltzmann equations for density and temperature of psi, boltzmann.py, on tables that points share.

S and S_2 of a point, with the width of the pole and the charge put in, are cubic polynomials on a uniform grid of ln x;
the pole's part is kept apart where it falls exponentially. The bath is cubic polynomials in cells of u = ln(m_psi/T).
RODAS4 with the Jacobian in closed form, for ln(Y/Y_eq) while psi is next to equilibrium and for ln Y from then on. The
temperature matters as much as is still to annihilate: nothing, in the end, and there it stops.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Point, Tables, bath_at, kinetic, relaxation
from physics.dark_matter.relic.boltzmann import EARLY_STARTS, LATE_STARTS, RESET, T_END, THERMAL, resets
from physics.dark_matter.relic.shared_averages import (
    LEFT,
    MOST,
    SMALL,
    Pair,
    Pairs,
    Points,
    coefficients,
    lagrange,
    pair_of,
    series,
    slope_of,
    tiers_of,
    to_functions,
    values_at,
)
from physics.numerics.exponential import exp
from physics.numerics.interpolation import Uniform
from physics.numerics.rosenbrock import MAX_STEPS, SHORTEST_STEP, Slopes, next_step, one_step

__all__ = ["with_temperature"]

STARTS = np.concatenate([LATE_STARTS, EARLY_STARTS])
WARM_PANEL = 2  # of shared_averages.py, from x = 1.3 on: enough for the late starts
LX_STEP, PER_LX_STEP = 0.05, 20.0
U_STEP, PER_U_STEP = 0.05, 20.0
_U_NODES, _U_POWERS = lagrange(4)
EARLY, LATE, GONE = 0, 1, 2  # ln(Y/Y_eq) is followed; ln Y; ln Y, and no more psi are made
LATE_FROM, GONE_FROM = 0.3, 16.0  # ln(Y/Y_eq)
STEP_ERROR = 1e-4
FIRST_STEP, DIFFERENCE = 0.01, 1e-7
# Early the rates fade like exp(-(2 sqrt(1+d) - 1) x), or T^4, which the estimate of an error does not see in a step
LONGEST = 0.7  # over the slope of ln(rate)
SHORTER = 0.9  # than next_step says: steps get shorter and shorter while annihilation sets in again next to the pole
WARMTH_MATTERS, NEGLIGIBLE = 20.0, 1e-7  # times, and below, the annihilations in a Hubble time that may yet come
FADING = math.exp(-0.5 * LX_STEP)  # of them while ln x grows by a step: ln x_psi by up to 2 while u by 1

# The machine code is put where the function is called: arrays that are handed on are not counted each time
_inlined = compiled(forceinline=True, fastmath={"contract"})
_contracted = compiled(fastmath={"contract"})


class _Bath(NamedTuple):
    """What depends on u alone, of all points of a pair of masses: `_quantities`."""

    low: float
    cells: FloatArray  # (cell, quantity, power of -1 .. 1)
    starts: FloatArray  # (start, quantity)


class _System(NamedTuple):
    """The point, the bath, and its averages on the grid of ln x."""

    log_scale: float
    log_scattering: float
    cells: FloatArray
    low_u: float  # of the cells
    low: float  # of the grid
    averages: FloatArray  # (node, 6): Q or ln S, Q_2 or S_2/S, ln of alpha/w, alpha_2/alpha, 1 - h/2, largest S to come
    slope: float  # a
    with_pole: bool
    phase: int


class _Averages(NamedTuple):
    """S, S_2/S, 1 - h/2, and the slopes in ln x of ln S and of these."""

    S: float
    ratio: float
    kinetic: float
    log_S_slope: float
    ratio_slope: float
    kinetic_slope: float


class _Here(NamedTuple):
    """What depends on u alone, and the point."""

    ln_x: float  # of m_psi/T_nu
    x: float
    ln_rate: float  # ln of B s/2 dt/du
    ln_Y: float  # equilibrium
    d_ln_Y: float
    relaxed: float  # gamma dt/du
    expansion: float  # 2 H dt/du
    cooling: float  # -d ln T_nu/du
    ratio: float  # S_2/S at T_nu
    made: float  # B s/2 dt/du S(T_nu) Y_eq, or Y_eq^2


@_inlined
def _cubic(table: FloatArray, i: int, k: int, c: tuple[float, float, float, float]) -> float:
    value: float = c[0] * table[i, k] + c[1] * table[i + 1, k] + c[2] * table[i + 2, k] + c[3] * table[i + 3, k]
    return value


@_inlined
def _averages(ln_x: float, x: float, system: _System) -> _Averages:
    table = system.averages
    position = min(max((ln_x - system.low) * PER_LX_STEP, 1.0), table.shape[0] - 2.001)
    i = int(position)
    f = position - i
    i -= 1
    # Lagrange's polynomials at nodes -1, 0, 1, 2, and their slopes
    outer, inner, f2 = f * (f - 1) * (1 / 6), (f + 1) * (f - 2) * 0.5, 1.5 * f * f
    c = (-outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1))
    s = (
        PER_LX_STEP * (f - (f2 + 1) * (1 / 3)),
        PER_LX_STEP * (f2 - 2 * f - 0.5),
        PER_LX_STEP * (f + 1 - f2),
        PER_LX_STEP * (f2 - 0.5) * (1 / 3),
    )
    K, dK = _cubic(table, i, 4, c), _cubic(table, i, 4, s)
    Q, dQ = _cubic(table, i, 0, c), _cubic(table, i, 0, s)
    Q2, dQ2 = _cubic(table, i, 1, c), _cubic(table, i, 1, s)
    if not system.with_pole:
        return _Averages(exp(Q), Q2, K, dQ, dQ2, dK)
    decay = system.slope * x
    pole = exp(_cubic(table, i, 2, c) - decay)
    d_pole = pole * (_cubic(table, i, 2, s) - decay)
    r, dr = _cubic(table, i, 3, c), _cubic(table, i, 3, s)
    S, dS = pole + Q, d_pole + dQ
    per_S = 1 / S
    ratio = (pole * r + Q2) * per_S
    return _Averages(S, ratio, K, dS * per_S, (d_pole * r + pole * dr + dQ2 - ratio * dS) * per_S, dK)


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
def _bath(masses: tuple[float, float], tables: Tables, u_end: float) -> _Bath:
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
    return _Bath(low, cells, starts)


@_inlined
def _horner(c: FloatArray, i: int, k: int, t: float) -> float:
    value: float = ((c[i, k, 3] * t + c[i, k, 2]) * t + c[i, k, 1]) * t + c[i, k, 0]
    return value


@_inlined
def _prepare(u: float, system: _System) -> _Here:
    c = system.cells
    position = (u - system.low_u) * PER_U_STEP
    i = min(int(position), c.shape[0] - 1)
    t = 2 * (position - i) - 1
    ln_x, ln_rate = _horner(c, i, 0, t), _horner(c, i, 1, t) + system.log_scale
    relaxed = exp(_horner(c, i, 3, t) + system.log_scattering)
    x = exp(ln_x)
    ln_Y = slope = made = ratio = 0.0
    if system.phase != GONE:
        ln_Y = _horner(c, i, 2, t)
        slope = 2 * PER_U_STEP * ((3 * c[i, 2, 3] * t + 2 * c[i, 2, 2]) * t + c[i, 2, 1])
        nu = _averages(ln_x, x, system)
        ratio = nu.ratio
        made = exp(ln_rate + (ln_Y if system.phase == EARLY else 2 * ln_Y)) * nu.S
    return _Here(ln_x, x, ln_rate, ln_Y, slope, relaxed, _horner(c, i, 4, t), _horner(c, i, 5, t), ratio, made)


@_inlined
def _rates(here: _Here, y: float, warmth: float, system: _System) -> tuple[float, float, Slopes]:
    """Derivatives of ln Y, or early of ln Y/Y_eq, and of ln(T_psi/T_nu) with respect to u, as in boltzmann.py."""
    e = exp(-warmth)  # T_nu/T_psi
    at = _averages(here.ln_x - warmth, here.x * e, system)
    early = system.phase == EARLY
    gone = exp(here.ln_rate + (here.ln_Y + y if early else y)) * at.S
    made = here.made * exp(-y) if system.phase != GONE else 0.0
    balance = here.relaxed * (e - 1) - here.expansion
    warmed = gone * (1 - at.ratio) + made * (here.ratio * e - 1)
    d_log_T = at.kinetic * balance + warmed + here.cooling
    T_T = -at.kinetic_slope * balance - at.kinetic * here.relaxed * e - made * here.ratio * e
    T_T += gone * (at.ratio_slope - at.log_S_slope * (1 - at.ratio))
    T_Y = gone * (1 - at.ratio) - made * (here.ratio * e - 1)
    d_y = made - gone - here.d_ln_Y if early else made - gone
    return d_y, d_log_T, Slopes(0.0, 0.0, 0.0, 0.0, -made - gone, gone * at.log_S_slope, T_Y, T_T)


@_inlined
def _derivatives(here: _Here, y: float, warmth: float, system: _System) -> tuple[float, float]:
    d_y, d_log_T, _ = _rates(here, y, warmth, system)
    return d_y, d_log_T


@_inlined
def _slopes(u: float, y: float, warmth: float, system: _System) -> Slopes:
    Y, T, J = _rates(_prepare(u, system), y, warmth, system)
    a, b = _derivatives(_prepare(u + DIFFERENCE, system), y, warmth, system)
    return Slopes(Y, T, (a - Y) / DIFFERENCE, (b - T) / DIFFERENCE, J.y_y, J.y_z, J.z_y, J.z_z)


@_inlined
def _in_phase(system: _System, phase: int) -> _System:
    """The same in another phase."""
    return _System(
        system.log_scale, system.log_scattering, borrowed(system.cells), system.low_u, system.low,
        borrowed(system.averages), system.slope, system.with_pole, phase,
    )  # fmt: skip


@_inlined
def _still(u: float, log_Y: float, warmth: float, system: _System) -> float:
    """Bound on the annihilations in a Hubble time from here on, while psi and the neutrinos cool."""
    here = _prepare(u, system)
    i = int((min(here.ln_x, here.ln_x - warmth) - system.low) * PER_LX_STEP)
    return exp(here.ln_rate + log_Y) * system.averages[min(max(i, 0), system.averages.shape[0] - 1), 5]


@_contracted
def _evolve(u: float, u_end: float, y: float, warmth: float, fading: float, system: _System) -> float:
    """Value of ln Y in the end, from ln Y/Y_eq = y."""
    k_y, k_z = np.zeros(6), np.zeros(6)
    h, error, weight = FIRST_STEP, 0.0, 1.0
    system = _in_phase(system, EARLY)
    f = _slopes(u, y, warmth, system)
    for _ in range(MAX_STEPS):
        h = min(h, u_end - u)
        if system.phase == EARLY:
            h = min(h, LONGEST / (fading * exp(u) + 4))
        new_y, new_T = one_step(_prepare, _derivatives, u, h, y, warmth, f, system, k_y, k_z)
        error = max(abs(k_y[5]), weight * abs(k_z[5])) / STEP_ERROR
        if error <= 1.0:
            u, y, warmth = u + h, new_y, new_T
            if u_end - u < SHORTEST_STEP:
                return y
            if system.phase == EARLY and y > LATE_FROM:
                y += _prepare(u, system).ln_Y
                system = _in_phase(system, LATE)
            if system.phase == LATE and y - _prepare(u, system).ln_Y > GONE_FROM:
                system = _in_phase(system, GONE)
            f = _slopes(u, y, warmth, system)
            if system.phase != EARLY:
                still = _still(u, y, warmth, system)
                if still < NEGLIGIBLE and system.phase == GONE:
                    return y
                weight = min(1.0, WARMTH_MATTERS * still)
        h = next_step(SHORTER * h, error)
        if h < SHORTEST_STEP:
            break
    return math.nan


@compiled
def _log_abundance(u_end: float, root: float, late: bool, starts: FloatArray, system: _System) -> float:
    """Value of ln(n/s) today; inf where psi never thermalises, NaN if not converged, -inf: it must start earlier."""
    fastest, found = 0.0, STARTS.size - 1
    reset, x, relaxed = 0.0, 0.0, 0.0
    at = _Averages(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for k in range(LATE_STARTS.size if late else STARTS.size):
        x, relaxed = math.exp(starts[k, 0]), math.exp(starts[k, 3] + system.log_scattering)
        at = _averages(starts[k, 0], x, system)
        reset = 2 * math.exp(starts[k, 1] + system.log_scale + starts[k, 2]) * at.S
        fastest = max(fastest, reset)
        if resets(reset, x, relaxed, root):
            found = k
            break
        if k == LATE_STARTS.size - 1 and late:
            return -math.inf
    if fastest < THERMAL:
        return math.inf
    y = warmth = 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        y = math.asinh(x / reset)
        warmth = (1 - at.kinetic * starts[found, 4]) / (at.kinetic * relaxed + 0.5 * reset * at.ratio)
    return _evolve(math.log(STARTS[found]), u_end, y, warmth, 2 * root - 1, system)


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
            S += c[m - 2] * grid.S[i, m - 2]
        else:
            averages[i, 0], averages[i, 1] = math.log(S), S_2 / S
        averages[i, 5] = S
    for i in range(n - 2, -1, -1):
        averages[i, 5] = max(averages[i, 5], FADING * averages[i + 1, 5])


@compiled
def _solve_tier(
    tier: int, tiers: NDArray[np.int64], first: int, points: Points, pair: Pair, bath: _Bath,
    u_end: float, gas: Uniform, result: FloatArray,
) -> None:  # fmt: skip
    """All points of a pair whose widths are of this tier; those that start early in a second round."""
    c = np.empty(MOST)
    here = result[first : first + tiers.size]
    with_pole, root = tier == SMALL and pair.d > 0.0, math.sqrt(1.0 + max(pair.d, 0.0))
    slope = slope_of(pair.d) if with_pole else 0.0
    for late in (True, False):
        if not late and not (np.isneginf(here) & (tiers == tier)).any():
            break
        grid = _grid(pair, tier, WARM_PANEL if late else 0, gas)
        averages = np.zeros((grid.kinetic.size, 6))
        for i in range(tiers.size):
            if tiers[i] != tier or not (late or here[i] == -math.inf):
                continue
            j = first + i
            coefficients(1.0, points.w[j], points.q2[j], pair, tier, c)
            _put_in(c, points.w[j], with_pole, grid, averages)
            scale, scattering = math.log(points.B[j]), math.log(points.scattering[j])
            system = _System(scale, scattering, bath.cells, bath.low, grid.low, averages, slope, with_pole, EARLY)
            here[i] = _log_abundance(u_end, root, late, bath.starts, system)


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
        u_end = masses[0] - math.log(T_END)
        bath = _bath(masses, tables, u_end)
        for tier in np.unique(tiers):
            if tier != LEFT:
                _solve_tier(tier, tiers, first, points, pair, bath, u_end, tables.gas, result)
