r"""Relic density of psi from Boltzmann equations: for its density, or for density and temperature together.

For n = n_psi + n_psibar, with <sigma v> = B S(x), B = g_X^4 q_psi^2/(12 pi m_psi^2), of breit_wigner.py, and with the
temperature of psi defined by its pressure, T_psi = <p^2/3E> (Binder et al. 2017; Binder et al. 2021),

    dn/dt + 3 H n = -1/2 [<sigma v>(T_psi) n^2 - <sigma v>(T_nu) n_eq^2],
    d ln T_psi/dt = (1 - h/2) [gamma (T_nu/T_psi - 1) - 2 H]
                    + n/2 [<sigma v> - <sigma v>_2](T_psi)
                    + n_eq^2/2n [<sigma v>_2 T_nu/T_psi - <sigma v>](T_nu).

Here n_eq = 2 m_psi^2 T_nu K_2(m_psi/T_nu)/pi^2, and <sigma v>_2 has the weight p^2/(3 E T) in its average; the
relativistic h = <p^4/E^3>/(3 T_psi) is 5/x for a cold gas and turns the cooling 2 H into H for a hot one. relic_method
"boltzmann" has T_psi = T_nu, kinetic equilibrium throughout, and the first equation alone; "coupled" has both.

The bath, and gamma, the rate at which T_psi relaxes to T_nu: bath.py.

This is the solver for one point, relic_integrator = "quadrature": numerically good to 1e-5 at the points that are
compared with a reference integrator, 5e-5 at random ones against steps 100 times finer. relic_integrator = "tables",
the default, shares tables between points with the same masses (blocks.py): errors of random points, next to the pole
and on thresholds too, are below 3e-5 for "boltzmann" and 1.5e-4 for "coupled". Physical accuracy is another matter:

- "boltzmann" is right, up to Maxwell-Boltzmann statistics (2 % in n_eq at x = 3), if scattering lasts until
  annihilation ends. Next to the resonance it does not. Against "phase-space" the density is 12 % too high at mass_ratio
  = 0.5083 and 5.9 times too high at 0.50001, 30 to 40 times too low from 0.34 to 0.45 (m_X = 15 MeV, g_X = 5e-4,
  q_psi = 1).
- "coupled" closes the hierarchy of moments with a Maxwell-Juettner distribution of temperature T_psi. Nothing enforces
  it: psi-psi scattering is not in the equations, and annihilation next to the pole takes cold pairs away, for
  mass_ratio < 1/2 those of one energy. Its gamma is for small recoil. What that does is measured by "phase-space",
  which has neither assumption (phase_space.py); for the same point the density is, over that of "coupled",

      2 mass_ratio - 1    2e-6   2e-5   2e-4   6e-4   2e-3   0.017   0.2     mass_ratio    0.499   0.45   0.343
      small recoil        0.58   0.78   0.94   0.98   1.00   1.00    1.00                  0.95    1.75   1.98
      exact recoil        0.59   0.78   0.94   0.98   0.99   0.99    1.00                  0.99    2.47   2.78

  and on the relic line of m_X = 23 MeV, g_X = 4.5e-4 (coupled) 0.61, 0.79, 0.97, 1.01, 1.00 for q_psi = 0.1, 0.2, 0.36,
  0.5, 1: small charges stand next to the pole. Recoil lowers the rate at which psi is warmed, and with it annihilation
  from the hot tail. Where psi never scatters as fast as the universe expands (kinetic_decoupling_x has no solution)
  "coupled" is right within a factor of 2 to 3 for most points, 5 next to the pole; "boltzmann" is off by up to 50.
- Both: the neutrinos decouple together and at once, at T_nu_decoupling; psi and X add nothing to H, and what they heat
  the neutrinos by is left out. So is scattering off mu and tau, which would keep psi warm for longer where m_psi is
  above about 1 GeV, and scattering off X. Annihilation ends at T = 1 eV, where matter takes over; that is felt for
  |2 mass_ratio - 1| below about 1e-6 only. psi starts in equilibrium, at x = 0.3 at the latest: with x_freeze_out below
  4 the result means little.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray, Outcome, Status, StatusArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.bath import (
    ENTROPY,
    Bath,
    Point,
    Tables,
    bath_at,
    bath_tables,
    kinetic,
    relaxation,
    scattering_strength,
)
from physics.dark_matter.relic.channels import channel_sum
from physics.dark_matter.relic.final_states import FinalStates
from physics.dark_matter.relic.rate_tables import average_table, averages
from physics.early_universe.degrees_of_freedom import entropy_degrees_of_freedom
from physics.model.constants import RHO_CRITICAL, T_CMB
from physics.numerics.rosenbrock import rodas4

__all__ = [
    "EARLY_STARTS",
    "LATE_STARTS",
    "RESET",
    "THERMAL",
    "T_END",
    "Problem",
    "densities",
    "of_log_abundance",
    "problems",
    "resets",
    "solve",
    "start",
]

T_END = 1e-6  # MeV: matter takes over
# Where psi starts in equilibrium: as late as possible
RESET = 300.0  # annihilations in a Hubble time that make the density independent of the initial condition
SCATTERINGS = 60.0  # relaxations in a Hubble time that make the temperature so
THERMAL = 0.1  # annihilations in a Hubble time without which psi never thermalises
X_EARLIEST = 0.3
LATE_STARTS = np.array([32.0, 28.0, 24.0, 20.0, 17.0, 14.0, 12.0, 10.0, 8.5, 7.0, 6.0, 5.0, 4.2])
EARLY_STARTS = np.array([3.7, 3.2, 2.8, 2.4, 2.0, 1.6, 1.3, 1.0, 0.7, 0.5, X_EARLIEST])
TABLE_ERROR, STEP_ERROR = 1e-6, 1e-5


class _System(NamedTuple):
    """What the equations need to know: the point, the bath, and S as tables."""

    point: Point
    tables: Tables
    edges: FloatArray
    panels: FloatArray


@compiled
def _prepare(u: float, system: _System) -> Bath:
    return bath_at(u, system.point, system.tables)


@compiled
def _derivatives(bath: Bath, log_Y: float, warmth: float, system: _System) -> tuple[float, float]:
    """Derivatives of ln Y = ln(n/s) and of ln(T_psi/T_nu) with respect to u = ln(m_psi/T)."""
    point, tables, edges, panels = system.point, system.tables, system.edges, system.panels
    log_n = bath.log_s + log_Y
    log_S, ratio = averages(bath.log_x - warmth, edges, panels)
    annihilation = 0.5 * point.scale * math.exp(log_n + log_S)
    creation, ratio_nu = 0.0, 1.0
    deficit = 2 * (bath.log_n_eq - log_n)
    if deficit > -80.0:
        log_S_nu, ratio_nu = averages(bath.log_x, edges, panels)
        creation = 0.5 * point.scale * math.exp(log_n + deficit + log_S_nu)
    d_log_Y = bath.time * (creation - annihilation)
    if not point.coupled:
        return d_log_Y, 0.0
    colder = math.expm1(-warmth)  # T_nu/T_psi - 1
    gamma = relaxation(bath.log_x, point, tables.propagator)
    d_log_T = kinetic(bath.log_x - warmth, tables.gas) * (gamma * colder - 2 * bath.hubble)
    d_log_T += annihilation * (1 - ratio) + creation * (ratio_nu * (1 + colder) - 1)
    return d_log_Y, bath.time * d_log_T + bath.cooling


@compiled
def _log_abundance(x: float, u_end: float, system: _System, tolerance: float) -> float:
    """Value of ln(n/s) at u_end, from equilibrium at m_psi/T = x; NaN if not converged."""
    point, tables, edges, panels = system.point, system.tables, system.edges, system.panels
    bath = bath_at(math.log(x), point, tables)
    log_S, ratio = averages(bath.log_x, edges, panels)
    reset = bath.time * point.scale * math.exp(bath.log_n_eq + log_S)
    log_Y, warmth = bath.log_n_eq - bath.log_s, 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        log_Y += math.asinh(math.exp(bath.log_x) / reset)
        cooling = kinetic(bath.log_x, tables.gas)
        rate = bath.time * cooling * relaxation(bath.log_x, point, tables.propagator) + 0.5 * reset * ratio
        if point.coupled:
            warmth = (1 - 2 * cooling * bath.time * bath.hubble) / rate
    return rodas4(_prepare, _derivatives, math.log(x), u_end, log_Y, warmth, point.coupled, tolerance, system)[0]


@compiled
def _x_of_neutrinos(x: FloatArray, point: Point, tables: Tables) -> FloatArray:
    """m_psi/T_nu at x = m_psi/T."""
    result = np.empty(x.size)
    for i in range(x.size):
        result[i] = math.exp(bath_at(math.log(x[i]), point, tables).log_x)
    return result


@compiled
def resets(rate: float, x_nu: float, scatterings: float, root: float) -> bool:
    """Whether annihilations and scatterings in a Hubble time make the initial state forgotten, at m_psi/T_nu = x_nu.

    Annihilation must reset the density, and scattering the temperature: a narrow pole takes pairs away and puts them
    back at the same energy, which does nothing for the temperature. A pole above threshold, in reach of hot pairs only,
    cools psi while its density falls like exp(-x), and the fewer hot pairs there are, the less they annihilate.
    root: energy of psi on the pole over its mass. There is no end of scattering where T_psi = T_nu.
    """
    if math.isinf(scatterings):
        return rate > RESET
    cooling = x_nu * max(x_nu * (root - 1 / root) / 3 - 1.0, 0.0)  # -d ln T_psi/du from annihilation
    # One more power of ten: density and temperature both
    both = 0.1 * rate * math.exp(-2 * x_nu * (root - 1.0) * cooling / (0.7 * scatterings))
    return scatterings >= SCATTERINGS and both > RESET


@compiled
def _first_start(x: FloatArray, S: FloatArray, d: float, point: Point, tables: Tables) -> tuple[int, float]:
    """Index of the first x = m_psi/T from which the initial state no longer matters (or -1); the largest rate."""
    largest = 0.0
    root = math.sqrt(1.0 + max(d, 0.0))
    for i in range(x.size):
        bath = bath_at(math.log(x[i]), point, tables)
        rate = bath.time * point.scale * S[i] * math.exp(bath.log_n_eq)
        largest = max(largest, rate)
        relaxed = bath.time * relaxation(bath.log_x, point, tables.propagator) if point.coupled else math.inf
        if resets(rate, math.exp(bath.log_x), relaxed, root):
            return i, largest
    return -1, largest


class Problem(NamedTuple):
    """One point, with the pole, what psi psibar annihilates into, and the bath."""

    point: Point
    d: float
    w: float
    couplings: FloatArray
    y_f: FloatArray
    pairs: float
    tables: Tables


def start(problem: Problem) -> float:
    """The m_psi/T at which psi may start in equilibrium: as late as possible; inf if it never thermalises."""
    point, d, w, couplings, y_f, pairs, tables = problem
    fastest = 0.0
    for starts in (LATE_STARTS, EARLY_STARTS):  # averages are cheap at large x
        S = np.array([channel_sum(x, d, w, couplings, y_f, pairs) for x in _x_of_neutrinos(starts, point, tables)])
        found, rate = _first_start(starts, S, d, point, tables)
        fastest = max(fastest, rate)
        if found >= 0:
            break
    return math.inf if fastest < THERMAL else float(starts[found])


def solve(problem: Problem, step_error: float = STEP_ERROR, table_error: float = TABLE_ERROR) -> float:
    """Value of ln(n/s) today; NaN if not converged, inf if psi never thermalises."""
    x = start(problem)
    if math.isinf(x):
        return x
    point, d, w, couplings, y_f, pairs, tables = problem
    u_end = point.log_mass - math.log(T_END)
    coldest = max(2.0, 1.1 * tables.cooling) * math.exp(u_end)  # m_psi/T_nu
    if point.coupled:  # psi grows colder than the neutrinos; S is constant in the end
        coldest = min(coldest**2, max(1e4 / max(abs(d), w), 1e4))
    edges, panels = average_table(0.7 * x, max(coldest, 2 * x), d, w, couplings, y_f, pairs, point.coupled, table_error)
    return _log_abundance(x, u_end, _System(point, tables, edges, panels), step_error)


def problems(
    coupled: bool,
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    final_states: FinalStates,
    propagator_width: FloatArray,
    bath_decoupling: FloatArray,
) -> NDArray[np.object_]:
    """A `Problem` for each point, None where nothing annihilates, of the broadcast shape of the parameters."""
    inputs = np.broadcast_arrays(m_X, g_X, mass_ratio, q_psi, propagator_width, bath_decoupling)
    m_X, g_X, mass_ratio, q_psi, width, T_decoupling = (np.ascontiguousarray(a).ravel() for a in inputs)
    m_psi = mass_ratio * m_X
    scale = g_X**4 * q_psi**2 / (12 * math.pi * m_psi**2)
    scattering = scattering_strength(m_X, g_X, mass_ratio, q_psi)
    d, w = pole_position(mass_ratio), width / (4 * mass_ratio**2 * m_X)
    y_f = final_states.relative_to(m_psi)
    pairs = final_states.pairs_of_X * q_psi**2
    result = np.full(m_psi.size, None, dtype=object)
    for i in np.flatnonzero((scale > 0) & (w > 0) & np.isfinite(m_psi) & np.isfinite(d) & np.isfinite(scale)):
        point = Point(math.log(m_psi[i]), math.log(m_X[i]), scale[i], scattering[i], coupled)
        tables = bath_tables(T_decoupling[i].item())
        one = np.empty((), dtype=object)  # not an array of its elements
        one[()] = Problem(point, d[i], w[i], final_states.couplings, y_f[i], pairs[i], tables)
        result[i : i + 1] = one
    return result.reshape(inputs[0].shape)


def densities(solve: Callable[[Problem], float], of: NDArray[np.object_]) -> Outcome:
    """Omega h^2 of psi and psibar; status 3 where annihilation never comes near the expansion rate, 4 if it fails."""
    log_Y, log_mass = np.full(of.shape, math.inf), np.zeros(of.shape)
    for i, problem in np.ndenumerate(of):
        if problem is not None:
            log_Y[i], log_mass[i] = solve(problem), problem.point.log_mass
    return of_log_abundance(log_Y, log_mass)


def of_log_abundance(log_Y: FloatArray, log_mass: FloatArray) -> Outcome:
    """Omega h^2 from ln(n/s) today, inf where psi never thermalises, NaN where it fails; and ln m_psi."""
    log_entropy_today = math.log(ENTROPY * float(entropy_degrees_of_freedom(T_CMB)) * T_CMB**3 / RHO_CRITICAL)
    log_density = log_Y + log_mass + log_entropy_today
    status: StatusArray = np.where(
        np.isinf(log_Y), Status.NO_SOLUTION, np.where(np.isnan(log_Y), Status.NOT_CONVERGED, Status.OK)
    ).astype(np.uint8)
    return Outcome(np.where(status == Status.OK, np.exp(log_density), math.nan), status)
