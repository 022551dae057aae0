"""The Boltzmann equations for density and temperature of psi, boltzmann.py, on tables that points share.

ROS4 with the Jacobian in closed form, for ln(Y/Y_eq) while psi is next to equilibrium and for ln Y from then on, eight
points side by side, each with steps of its own: where one is done the next begins. The temperature matters as much as
is still to annihilate: nothing, in the end, and there it stops. Tables of hot psi, which take longest, are made where a
point needs them: coupled_tables.py, with the equations in coupled_rates.py.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.core.vectors import LANES, any_of, load, root, store, where
from physics.dark_matter.relic.bath import Tables
from physics.dark_matter.relic.boltzmann import LATE_STARTS, RESET, T_END, THERMAL, resets
from physics.dark_matter.relic.coupled_rates import (
    EARLY,
    GONE,
    LATE,
    System,
    derivatives,
    here_and_slopes,
    log_equilibrium,
    prepare,
    still,
)
from physics.dark_matter.relic.coupled_tables import (
    BLOCK,
    STARTS,
    Averages,
    Bath,
    BathCells,
    averages_of,
    bath_cells,
    put_in,
    rows_of,
)
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
from physics.numerics.interpolation import Uniform
from physics.numerics.rosenbrock import MAX_STEPS, SHORTEST_STEP, step_of_ros4

__all__ = ["with_temperature"]

# What is tabulated for the points that start in equilibrium at any of the first so many of STARTS: panels of
# shared_averages.py from this one on. A point that is hotter on its way goes on to the next
ROUNDS = ((int(np.sum(STARTS > 5.5)), COLD_PANEL), (LATE_STARTS.size, COLD_PANEL - 1), (STARTS.size, 0))
MARGIN = 0.06  # of ln x, above the lower end of the tables
LATE_FROM = 0.3  # ln(Y/Y_eq)
NO_MORE = 1e-6  # psi made in a Hubble time, over those there are
STEP_ERROR = 1e-4
FIRST_STEP = 0.01
# Early the rates fade like exp(-(2 sqrt(1+d) - 1) x), or T^4, which the estimate of an error does not see in a step
LONGEST = 0.7  # over the slope of ln(rate)
SHORTER = 0.81  # than the estimate of the error allows: annihilation that sets in again next to the pole shortens steps
WARMTH_MATTERS, NEGLIGIBLE = 20.0, 1e-7  # times, and below, the annihilations in a Hubble time that may yet come
# Rows of the state of eight points
U, Y, WARMTH, STEP, PHASE, TRIED, RUNNING, LOG_SCALE, LOG_SCATTERING, LN_W, FIRST, RESULT = range(12)


@compiled(forceinline=True, fastmath={"contract"})
def _next_step(h: float, error: float) -> float:
    """The step to try after one of length h, which is accepted for errors up to 1."""
    factor = SHORTER / root(root(error + 1e-12))
    factor = where(factor > 0.2, factor, 0.2)
    factor = where(factor < 4.0, factor, 4.0)
    return h * where((error > 1.0) & (factor > 0.7), 0.7, factor)


@compiled(fastmath={"contract"})
def _follow(state: FloatArray, of_pair: System, u_end: float, fading: float, hottest: float) -> None:
    """Follow eight points until one is done.

    Its result is ln Y in the end, from ln Y/Y_eq in the beginning, NaN where steps get too short or too many, -inf
    where ln x of psi falls below `hottest`.
    """
    u, y, warmth, h = load(state[U]), load(state[Y]), load(state[WARMTH]), load(state[STEP])
    phase, tried, running = load(state[PHASE]), load(state[TRIED]), load(state[RUNNING])
    log_scale, log_scattering = load(state[LOG_SCALE]), load(state[LOG_SCATTERING])
    ln_w, first = load(state[LN_W]), load(state[FIRST])
    cells, averages = borrowed(of_pair.cells), borrowed(of_pair.averages)
    while True:
        system = System(
            log_scale, log_scattering, ln_w, phase, first, cells, of_pair.low_u, averages, of_pair.nodes, of_pair.low,
            of_pair.slope, of_pair.with_pole,
        )  # fmt: skip
        here, f = here_and_slopes(u, y, warmth, system)
        to_come = still(here, y, warmth, system)
        over = (u_end - u < SHORTEST_STEP) | ((phase == GONE) & (to_come < NEGLIGIBLE))
        too_hot = here.ln_x - warmth < hottest
        ends = over | too_hot | (h < SHORTEST_STEP) | (tried >= MAX_STEPS)
        if any_of(ends & (running > 0.0)):
            store(where(too_hot, -math.inf, where(over, y, math.nan)), state[RESULT])
            store(where(ends, 0.0, running), state[RUNNING])
            break
        weight = WARMTH_MATTERS * to_come
        weight = where((phase > EARLY) & (weight < 1.0), weight, 1.0)
        h = where(h < u_end - u, h, u_end - u)
        longest = LONGEST / (fading * here.x + 4)
        h = where((phase == EARLY) & (longest < h), longest, h)
        new_y, new_warmth, error, error_of_warmth = step_of_ros4(prepare, derivatives, u, h, y, warmth, f, system)
        error_of_warmth = weight * where(error_of_warmth < 0.0, -error_of_warmth, error_of_warmth)
        error = where(error < 0.0, -error, error)
        error = where(error > error_of_warmth, error, error_of_warmth) * (1 / STEP_ERROR)
        accepted = (error <= 1.0) & (new_y == new_y)
        u, y, warmth = where(accepted, u + h, u), where(accepted, new_y, y), where(accepted, new_warmth, warmth)
        h, tried = _next_step(h, error), tried + 1.0
        phase = where((phase == LATE) & (f.y - f.y_y < 2 * NO_MORE), GONE, phase)
        leaves = (phase == EARLY) & (y > LATE_FROM)
        if any_of(leaves):
            y = where(leaves, y + log_equilibrium(u, system), y)
            phase = where(leaves, LATE, phase)
    store(u, state[U])
    store(y, state[Y])
    store(warmth, state[WARMTH])
    store(h, state[STEP])
    store(phase, state[PHASE])
    store(tried, state[TRIED])


@compiled
def _begin(
    B: float, scattering: float, c: FloatArray, now: int, root: float, starts: FloatArray, of_pair: Averages,
    state: FloatArray,
) -> float:  # fmt: skip
    """Put a point where it starts into its column of the state; 0 if it starts, else its result.

    inf: psi never thermalises; -inf: it needs the next round.
    """
    fastest, found, last = 0.0, -1, now == len(ROUNDS) - 1
    reset = x = relaxed = S = 0.0
    for k in range(ROUNDS[now][0]):
        x, relaxed, S = starts[k, 6], starts[k, 8] * scattering, 0.0
        for m in range(of_pair.S_starts.shape[1]):
            S += c[m] * of_pair.S_starts[k, m]
        reset = starts[k, 7] * B * S
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
    state[U], state[Y], state[WARMTH] = math.log(STARTS[found]), 0.0, 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        S_2, K = 0.0, of_pair.kinetic_starts[found]
        for m in range(of_pair.S_2_starts.shape[1]):
            S_2 += c[m] * of_pair.S_2_starts[found, m]
        state[Y] = math.asinh(x / reset)
        state[WARMTH] = (1 - K * starts[found, 4]) / (K * relaxed + 0.5 * reset * S_2 / S)
    state[STEP], state[PHASE], state[TRIED], state[RUNNING] = FIRST_STEP, EARLY, 0.0, 1.0
    state[LOG_SCALE], state[LOG_SCATTERING] = math.log(B), math.log(scattering)
    return 0.0


@compiled
def _solve_round(
    now: int, tier: int, tiers: NDArray[np.int64], points: Points, pair: Pair, bath: BathCells, u_end: float,
    gas: Uniform, result: FloatArray,
) -> None:  # fmt: skip
    """All points of a pair whose widths are of this tier and whose result is -inf."""
    with_pole, root = tier == SMALL and pair.d > 0.0, math.sqrt(1.0 + max(pair.d, 0.0))
    of_pair = averages_of(pair, tier, ROUNDS[now][1], bath.starts[: ROUNDS[now][0], 0], gas)
    n = of_pair.kinetic.size
    together = min(LANES, int(((tiers == tier) & np.isneginf(result)).sum()))
    rows, sums, c = rows_of(of_pair, together), np.empty((2, n + BLOCK)), np.empty(MOST)
    state, of_lane, i = np.zeros((12, LANES)), np.full(LANES, -1), 0
    state[FIRST, :together] = n * np.arange(together)
    hottest = -math.inf if now == len(ROUNDS) - 1 else of_pair.low + MARGIN
    system = System(
        0.0, 0.0, 0.0, 0.0, 0.0, bath.cells, bath.low, rows, n, of_pair.low, slope_of(pair.d) if with_pole else 0.0,
        with_pole,
    )  # fmt: skip
    while True:
        for lane in range(together):
            if state[RUNNING, lane] > 0.0:
                continue
            if of_lane[lane] >= 0:
                result[of_lane[lane]] = state[RESULT, lane]
                of_lane[lane] = -1
            while i < tiers.size and of_lane[lane] < 0:
                if tiers[i] == tier and result[i] == -math.inf:
                    coefficients(1.0, points.w[i], points.q2[i], pair, tier, c)
                    result[i] = _begin(
                        points.B[i], points.scattering[i], c, now, root, bath.starts, of_pair, state[:, lane]
                    )
                    if result[i] == 0.0:
                        put_in(c, with_pole, of_pair, sums, rows[lane * n : (lane + 1) * n])
                        state[LN_W, lane], of_lane[lane] = math.log(points.w[i]), i
                i += 1
        if not (state[RUNNING] > 0.0).any():
            break
        _follow(state, system, u_end, 2 * root - 1, hottest)


@compiled
def with_temperature(
    points: Points, pairs: Pairs, tables: Tables, cooling: float, of_all: Bath, result: FloatArray
) -> None:
    """ln(n/s) today; inf where psi never thermalises, NaN where it does not converge; as in riccati.py."""
    result[:] = math.nan
    for k in range(pairs.d.size):
        coldest = 2 * cooling * math.exp(pairs.log_mass[k] - math.log(T_END))  # of the neutrinos; psi is colder
        pair = pair_of(pairs.d[k], pairs.couplings, pairs.y_f[k], pairs.pairs_of_X, coldest * coldest)
        one = slice(pairs.first[k], pairs.first[k + 1])
        of_pair, here = Points(points.B[one], points.w[one], points.q2[one], points.scattering[one]), result[one]
        tiers = tiers_of(of_pair.w, pair)
        masses = pairs.log_mass[k], pairs.log_mediator[k]
        u_end = masses[0] - math.log(T_END)
        bath = bath_cells(masses, of_all, tables, u_end)
        for tier in np.unique(tiers):
            if tier != LEFT:
                of_tier = tiers == tier
                here[of_tier] = -math.inf
                for now in range(len(ROUNDS)):
                    if (np.isneginf(here) & of_tier).any():
                        _solve_round(now, tier, tiers, of_pair, pair, bath, u_end, tables.gas, here)
