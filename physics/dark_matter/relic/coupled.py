"""The Boltzmann equations for density and temperature of psi, boltzmann.py, on tables that points share.

RODAS4 with the Jacobian in closed form, for ln(Y/Y_eq) while psi is next to equilibrium and for ln Y from then on. The
temperature matters as much as is still to annihilate: nothing, in the end, and there it stops. Tables of hot psi, which
take longest, are made where a point needs them: coupled_tables.py, with the equations in coupled_rates.py.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Tables
from physics.dark_matter.relic.boltzmann import LATE_STARTS, RESET, T_END, THERMAL, resets
from physics.dark_matter.relic.coupled_rates import (
    EARLY,
    GONE,
    LATE,
    System,
    averages_at,
    derivatives,
    in_phase,
    log_equilibrium,
    log_x,
    prepare,
    slopes,
    still,
)
from physics.dark_matter.relic.coupled_tables import STARTS, Bath, BathCells, averages_of, bath_cells, put_in
from physics.dark_matter.relic.shared_averages import (
    COLD_PANEL,
    LEFT,
    MOST,
    SMALL,
    Pair,
    Pairs,
    Points,
    coefficients,
    pair_of,
    slope_of,
    tiers_of,
)
from physics.numerics.exponential import exp
from physics.numerics.interpolation import Uniform
from physics.numerics.rosenbrock import MAX_STEPS, SHORTEST_STEP, next_step, one_step

__all__ = ["with_temperature"]

# What is tabulated for the points that start in equilibrium at any of the first so many of STARTS: panels of
# shared_averages.py from this one on. A point that is hotter on its way goes on to the next
ROUNDS = ((int(np.sum(STARTS > 5.5)), COLD_PANEL), (LATE_STARTS.size, COLD_PANEL - 1), (STARTS.size, 0))
MARGIN = 0.06  # of ln x, above the lower end of the tables
LATE_FROM, GONE_FROM = 0.3, 16.0  # ln(Y/Y_eq)
STEP_ERROR = 1e-4
FIRST_STEP = 0.01
# Early the rates fade like exp(-(2 sqrt(1+d) - 1) x), or T^4, which the estimate of an error does not see in a step
LONGEST = 0.7  # over the slope of ln(rate)
SHORTER = 0.9  # than next_step says: steps get shorter and shorter while annihilation sets in again next to the pole
WARMTH_MATTERS, NEGLIGIBLE = 20.0, 1e-7  # times, and below, the annihilations in a Hubble time that may yet come


@compiled(fastmath={"contract"})
def _evolve(u: float, u_end: float, y: float, warmth: float, fading: float, hottest: float, system: System) -> float:
    """Value of ln Y in the end, from ln Y/Y_eq = y; -inf where ln x of psi falls below `hottest`."""
    k_y, k_z = np.zeros(6), np.zeros(6)
    h, error, weight = FIRST_STEP, 0.0, 1.0
    system = in_phase(system, EARLY)
    f = slopes(u, y, warmth, system)
    for _ in range(MAX_STEPS):
        h = min(h, u_end - u)
        if system.phase == EARLY:
            h = min(h, LONGEST / (fading * exp(u) + 4))
        new_y, new_T = one_step(prepare, derivatives, u, h, y, warmth, f, system, k_y, k_z)
        error = max(abs(k_y[5]), weight * abs(k_z[5])) / STEP_ERROR
        if error <= 1.0:
            u, y, warmth = u + h, new_y, new_T
            if u_end - u < SHORTEST_STEP:
                return y
            if system.phase == EARLY and y > LATE_FROM:
                y += log_equilibrium(u, system)
                system = in_phase(system, LATE)
            if system.phase == LATE and y - log_equilibrium(u, system) > GONE_FROM:
                system = in_phase(system, GONE)
            if log_x(u, system) - warmth < hottest:
                return -math.inf
            f = slopes(u, y, warmth, system)
            if system.phase != EARLY:
                to_come = still(u, y, warmth, system)
                if to_come < NEGLIGIBLE and system.phase == GONE:
                    return y
                weight = min(1.0, WARMTH_MATTERS * to_come)
        h = next_step(SHORTER * h, error)
        if h < SHORTEST_STEP:
            break
    return math.nan


@compiled
def _log_abundance(u_end: float, root: float, now: int, starts: FloatArray, system: System) -> float:
    """Value of ln(n/s) today; inf where psi never thermalises, NaN if not converged, -inf: needs the next round."""
    fastest, found, last = 0.0, -1, now == len(ROUNDS) - 1
    reset = x = relaxed = 0.0
    for k in range(ROUNDS[now][0]):
        x, relaxed = math.exp(starts[k, 0]), math.exp(starts[k, 3] + system.log_scattering)
        reset = 2 * math.exp(starts[k, 1] + system.log_scale + starts[k, 2])
        reset *= averages_at(starts[k, 0], x, system).S
        fastest = max(fastest, reset)
        if resets(reset, x, relaxed, root):
            found = k
            break
    if found < 0:
        if not last:
            return -math.inf
        if fastest < THERMAL:
            return math.inf
        found = STARTS.size - 1
    y = warmth = 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        at = averages_at(starts[found, 0], x, system)
        y = math.asinh(x / reset)
        warmth = (1 - at.kinetic * starts[found, 4]) / (at.kinetic * relaxed + 0.5 * reset * at.ratio)
    hottest = -math.inf if last else system.low + MARGIN
    return _evolve(math.log(STARTS[found]), u_end, y, warmth, 2 * root - 1, hottest, system)


@compiled
def _solve_tier(
    tier: int, tiers: NDArray[np.int64], first: int, points: Points, pair: Pair, bath: BathCells,
    u_end: float, gas: Uniform, result: FloatArray,
) -> None:  # fmt: skip
    """All points of a pair whose widths are of this tier, in rounds."""
    c = np.empty(MOST)
    here = result[first : first + tiers.size]
    with_pole, root = tier == SMALL and pair.d > 0.0, math.sqrt(1.0 + max(pair.d, 0.0))
    slope = slope_of(pair.d) if with_pole else 0.0
    here[tiers == tier] = -math.inf
    for now in range(len(ROUNDS)):
        if not (np.isneginf(here) & (tiers == tier)).any():
            break
        of_pair = averages_of(pair, tier, ROUNDS[now][1], gas)
        averages = np.empty((6, of_pair.kinetic.size))
        averages[2], averages[3], averages[4] = of_pair.log_alpha, of_pair.ratio, of_pair.kinetic
        for i in range(tiers.size):
            if tiers[i] != tier or here[i] != -math.inf:
                continue
            j = first + i
            coefficients(1.0, points.w[j], points.q2[j], pair, tier, c)
            put_in(c, with_pole, of_pair, averages)
            system = System(
                math.log(points.B[j]), math.log(points.scattering[j]), bath.cells, bath.low, of_pair.low, averages,
                slope, math.log(points.w[j]), with_pole, EARLY,
            )  # fmt: skip
            here[i] = _log_abundance(u_end, root, now, bath.starts, system)


@compiled
def with_temperature(
    points: Points, pairs: Pairs, tables: Tables, cooling: float, of_all: Bath, result: FloatArray
) -> None:
    """ln(n/s) today; inf where psi never thermalises, NaN where it does not converge; as in riccati.py."""
    result[:] = math.nan
    for k in range(pairs.d.size):
        coldest = 2 * cooling * math.exp(pairs.log_mass[k] - math.log(T_END))  # of the neutrinos; psi is colder
        pair = pair_of(pairs.d[k], pairs.couplings, pairs.y_f[k], pairs.pairs_of_X, coldest * coldest)
        first = pairs.first[k]
        tiers = tiers_of(points.w[first : pairs.first[k + 1]], pair)
        masses = pairs.log_mass[k], pairs.log_mediator[k]
        u_end = masses[0] - math.log(T_END)
        bath = bath_cells(masses, of_all, tables, u_end)
        for tier in np.unique(tiers):
            if tier != LEFT:
                _solve_tier(tier, tiers, first, points, pair, bath, u_end, tables.gas, result)
