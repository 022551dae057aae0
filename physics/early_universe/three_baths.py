r"""Three baths in an expanding universe: (gamma, e), (nu_e), and (nu_mu, nu_tau, X and what is in equilibrium with X).

Each has a temperature and no chemical potential: T, T_e and T'. With N = ln a, energy conservation is

    d rho_1/dN = -3 (rho_1 + P_1) + (Q - W_e - W_mu)/H,
    d rho_2/dN = -3 (rho_2 + P_2) - (Q - W_mu)/H,                     rho_2 = nu_mu, nu_tau, X and another particle,
    d rho_3/dN = -4 rho_3 + W_e/H:

weak interactions give W_e and W_mu (weak_rates.py) to nu_e and to nu_mu with nu_tau, X <-> e+e- gives

    Q = Gamma_ee m_X [n_X(T') - n_X(T)]    ("exact"),    Q = Gamma_ee [rho_X(T') - rho_X(T)]    ("paper")

to the plasma. A decay at rest frees m_X and moving X live longer by E/m_X, so that the rate of energy is Gamma m_X n;
Kamada et al. 2018 have Gamma rho. Quantum statistics of the final state are left out of Q: they matter while X is hot,
when both baths are one anyway.

The unknowns are ln T, ln(T'/T) and ln(T_e/T). Gamma_ee/H is 1e9 and more, so that ln(T'/T) may be 1e-9, which is why
n_X(T') - n_X(T) is computed from the slope where T' is close to T.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.early_universe.gas import (
    BOSONS,
    DENSITY,
    ENERGY,
    FERMIONS,
    LOG_HEAVY,
    State,
    gas_table,
    plasma,
    state,
)
from physics.early_universe.weak_rates import (
    ANNIHILATION_OF_NEUTRINOS,
    ELECTRON_FLAVOUR,
    MUON_FLAVOUR,
    SCATTERING_OF_NEUTRINOS,
    STRENGTH,
    weak_rates,
)
from physics.model.constants import M_PLANCK
from physics.numerics.interpolation import Uniform, borrowed_splines, cubic_of, locate, uniform_splines
from physics.numerics.rosenbrock import integrator

__all__ = ["Particles", "Problem", "evolution", "n_eff_of", "n_effs", "problem", "rates"]

FLAVOUR = 7 * math.pi**2 / 120  # rho/T^4 of a neutrino and its antineutrino
PHOTONS = math.pi**2 / 15
HUBBLE = math.sqrt(8 * math.pi / 3) / M_PLANCK  # H = HUBBLE sqrt(rho)
SPINS_OF_X = 3
CLOSE = 1e-5  # of ln(T'/T): below it the difference of densities comes from the slope
T_END = 0.013  # MeV, of nu_e: the end of histories; electrons are gone
T_WEAK = 0.05  # MeV, of nu_e: weak interactions are over, to 1e-6 in N_eff
COOLER = 1.5  # at most, nu_e than nu_mu when X lets go
TOLERANCE = 2e-7
FIRST_STEP, LONGEST_STEP = 1e-3, 0.15  # of ln a
LETTING_GO, LONGEST_THEN = 2.0, 0.05  # the last stretch of ln a, in which X <-> e+e- fades faster than steps notice


class Particles(NamedTuple):
    """What nu_mu and nu_tau share their temperature with, and how X couples to electrons; in MeV."""

    log_m_X: float  # infinite: none
    log_m_other: float  # psi, or phi; infinite: none
    width: float  # of X into e+e- [MeV]
    spins: float  # of the other
    is_fermion: bool


class Problem(NamedTuple):
    """Everything that the equations need."""

    plasma: Uniform  # gas.plasma and rate_splines, in ln T
    bosons: Uniform
    fermions: Uniform
    particles: Particles
    weak: bool  # weak interactions
    common: bool  # all neutrinos share a temperature
    energy_transfer: int  # ENERGY ("paper") or DENSITY ("exact")


@cache
def _plasma(interacting: bool) -> Uniform:
    """In ln T, 5 keV to 120 MeV: rho, rho + P and heat capacity of the plasma, then the weak rates."""
    log_T = np.linspace(math.log(5e-3), math.log(120.0), 600)
    functions = np.concatenate([plasma(np.exp(log_T), interacting), weak_rates(log_T)], axis=-1)
    return uniform_splines(log_T[0], log_T[-1], log_T.size, functions)


def problem(particles: Particles, weak: bool, common: bool, transfer: str) -> Problem:
    """The equations: "weak" with the QED corrections of the plasma, else of ideal gases without weak interactions."""
    kind = {"paper": ENERGY, "exact": DENSITY}[transfer]
    return Problem(_plasma(weak), gas_table(BOSONS), gas_table(FERMIONS), particles, weak, common, kind)


@compiled(error_model="numpy")
def _excess(warm: State, log_x: float, y: float, quantity: int, bosons: Uniform) -> float:
    """A density of X at T' = m_X/x minus that at T = T' exp(-y), in units of T'^3 or T'^4."""
    power = 3.0 if quantity == DENSITY else 4.0
    if abs(y) < CLOSE:  # the logarithm of the ratio, to second order
        a = (power - warm.slope + 0.5 * warm.x * y) * y
        return warm.value * a * (1.0 - a / 2 + a * a / 6)
    return warm.value - state(log_x + y, quantity, bosons).value * math.exp(-power * y)


@compiled(error_model="numpy")
def _exchanged(log_T: float, y: float, z: float, mu: float, e: float, plasma: Uniform) -> tuple[float, float]:
    """W_e and W_mu over T^9 [MeV^-4] for T'/T = mu = exp(y), T_e/T = e = exp(z)."""
    c = plasma.coefficients
    i, t = locate(plasma, log_T)
    j, t_mu = locate(plasma, log_T + y)
    k, t_e = locate(plasma, log_T + z)
    e4, mu4 = e**4, mu**4
    e9, mu9 = e4 * e4 * e, mu4 * mu4 * mu
    same, mixed = cubic_of(c, i, 3, t), cubic_of(c, i, 4, t)
    to_e = ELECTRON_FLAVOUR.same * (same - e9 * cubic_of(c, k, 3, t_e))
    to_e += ELECTRON_FLAVOUR.mixed * (mixed - e9 * cubic_of(c, k, 4, t_e))
    to_mu = MUON_FLAVOUR.same * (same - mu9 * cubic_of(c, j, 3, t_mu))
    to_mu += MUON_FLAVOUR.mixed * (mixed - mu9 * cubic_of(c, j, 4, t_mu))
    same, mixed = cubic_of(c, i, 5, t), cubic_of(c, i, 6, t)
    to_e += (ELECTRON_FLAVOUR.same * same + ELECTRON_FLAVOUR.mixed * mixed) * e4 * (1.0 - e)
    to_mu += (MUON_FLAVOUR.same * same + MUON_FLAVOUR.mixed * mixed) * mu4 * (1.0 - mu)
    among = ANNIHILATION_OF_NEUTRINOS * (mu9 - e9) + SCATTERING_OF_NEUTRINOS * mu4 * e4 * (mu - e)
    return STRENGTH * (4.0 * to_e + 2.0 * among), 2.0 * STRENGTH * (4.0 * to_mu - among)


@compiled(error_model="numpy", inline="always")
def rates(log_T: float, y: float, z: float, p: Problem) -> tuple[float, float, float, float]:
    """Derivatives of ln T, ln T' and ln T_e with respect to ln a, and H [MeV], for T'/T = exp(y), T_e/T = exp(z)."""
    T, mu, e = math.exp(log_T), math.exp(y), math.exp(z)
    i, t = locate(p.plasma, log_T)
    c = p.plasma.coefficients
    rho_1, enthalpy_1, heat_1 = cubic_of(c, i, 0, t), cubic_of(c, i, 1, t), cubic_of(c, i, 2, t)
    mu4 = mu**4
    log_x = p.particles.log_m_X - log_T - y
    X = state(log_x, p.energy_transfer, p.bosons)
    rho_2 = mu4 * (2 * FLAVOUR + SPINS_OF_X * X.rho)
    enthalpy_2 = mu4 * (8 * FLAVOUR / 3 + SPINS_OF_X * (X.rho + X.P))
    heat_2 = mu4 * (8 * FLAVOUR + SPINS_OF_X * X.heat)
    if p.particles.log_m_other < math.inf:
        table = p.fermions if p.particles.is_fermion else p.bosons
        other = state(p.particles.log_m_other - log_T - y, ENERGY, table)
        rho_2 += mu4 * p.particles.spins * other.rho
        enthalpy_2 += mu4 * p.particles.spins * (other.rho + other.P)
        heat_2 += mu4 * p.particles.spins * other.heat
    rho_3 = FLAVOUR * e**4
    H = HUBBLE * math.sqrt(rho_1 + rho_2 + rho_3) * T * T
    Q = W_e = W_mu = 0.0
    if p.particles.width > 0.0 and log_x < LOG_HEAVY:
        mass = X.x if p.energy_transfer == DENSITY else 1.0
        Q = SPINS_OF_X * p.particles.width / H * mass * mu4 * _excess(X, log_x, y, p.energy_transfer, p.bosons)
    if p.weak:
        W_e, W_mu = _exchanged(log_T, y, z, mu, e, p.plasma)
        W_e, W_mu = W_e * T**5 / H, W_mu * T**5 / H
    d_T = (-3.0 * enthalpy_1 + Q - W_e - W_mu) / heat_1
    if p.common:
        d_mu = (-3.0 * enthalpy_2 - 4.0 * rho_3 - Q + W_e + W_mu) / (heat_2 + 4.0 * rho_3)
        return d_T, d_mu, d_mu, H
    return d_T, (-3.0 * enthalpy_2 - Q + W_mu) / heat_2, W_e / (4.0 * rho_3) - 1.0, H


@compiled(error_model="numpy")
def _derivatives(N: float, unknowns: FloatArray, p: Problem, slopes: FloatArray) -> None:
    """Of ln T, ln(T'/T) and ln(T_e/T) with respect to N."""
    d_T, d_mu, d_e, _ = rates(unknowns[0], unknowns[1], unknowns[2], p)
    slopes[0], slopes[1], slopes[2] = d_T, d_mu - d_T, d_e - d_T


integrate = integrator(_derivatives, "integrate_three_baths", 3, autonomous=True)


@compiled(error_model="numpy")
def n_eff_of(log_T: float, y: float, z: float, p: Problem) -> float:
    """N_eff if nothing is exchanged any more: electrons, X and its company pass on their entropy, each in its bath."""
    i, t = locate(p.plasma, log_T)
    plasma = cubic_of(p.plasma.coefficients, i, 1, t) / (4 / 3 * PHOTONS)
    X = state(p.particles.log_m_X - log_T - y, ENERGY, p.bosons)
    more = SPINS_OF_X * (X.rho + X.P)
    if p.particles.log_m_other < math.inf:
        table = p.fermions if p.particles.is_fermion else p.bosons
        other = state(p.particles.log_m_other - log_T - y, ENERGY, table)
        more += p.particles.spins * (other.rho + other.P)
    flavours = 3.0 if p.common else 2.0
    warmer = (1.0 + more / (4 * FLAVOUR / 3 * flavours)) ** (4 / 3)
    neutrinos = flavours * warmer * math.exp(4.0 * y) + (3.0 - flavours) * math.exp(4.0 * z)
    n_eff: float = 8 / 7 * (11 / 4 / plasma) ** (4 / 3) * FLAVOUR / PHOTONS * neutrinos
    return n_eff


@compiled(error_model="numpy")
def _end(p: Problem) -> float:
    """A temperature of nu_e [MeV] below which no heat is exchanged that N_eff would notice."""
    lowest = T_WEAK if p.weak else math.inf
    if p.particles.width > 0.0:
        # Q/(H rho) is about strength x^4.5 exp(-x)/20 at x = m_X/T', which is to be 1e-8
        m_X = math.exp(p.particles.log_m_X)
        strength = math.log(p.particles.width / m_X) + math.log(M_PLANCK / m_X)
        x = 40.0
        for _ in range(4):
            x = max(strength - math.log(20.0) - math.log(1e-8) + 4.5 * math.log(x), 3.0)
        lowest = min(lowest, m_X / x / COOLER)
    return max(lowest, T_END)


@compiled(error_model="numpy")
def _n_effs(T_start: FloatArray, rows: FloatArray, p: Problem, tolerance: float) -> FloatArray:
    """N_eff of points; a row has the masses of X and of its company and the width [MeV], the rest is as in `p`."""
    plasma, bosons, fermions = borrowed_splines(p.plasma), borrowed_splines(p.bosons), borrowed_splines(p.fermions)
    result = np.empty(T_start.size)
    unknowns = np.empty(3)
    for i in range(T_start.size):
        if not T_start[i] * rows[i].sum() > 0.0:  # NaN
            result[i] = math.nan
            continue
        particles = Particles(
            math.log(rows[i, 0]), math.log(rows[i, 1]), rows[i, 2], p.particles.spins, p.particles.is_fermion
        )
        point = Problem(plasma, bosons, fermions, particles, p.weak, p.common, p.energy_transfer)
        unknowns[0], unknowns[1], unknowns[2] = math.log(T_start[i]), 0.0, 0.0
        N_end = math.log(T_start[i] / _end(point))
        N = max(N_end - LETTING_GO, 0.0)
        if N > 0.0:
            integrate(0.0, N, unknowns, point, tolerance, FIRST_STEP, LONGEST_STEP)
        if N_end > 0.0:
            integrate(N, N_end, unknowns, point, tolerance, LONGEST_THEN if N > 0.0 else FIRST_STEP, LONGEST_THEN)
        result[i] = n_eff_of(unknowns[0], unknowns[1], unknowns[2], point)
    return result


def n_effs(
    p: Problem,
    T_start: FloatArray,
    m_X: FloatArray,
    m_other: FloatArray,
    width: FloatArray,
    tolerance: float = TOLERANCE,
) -> FloatArray:
    """N_eff from equilibrium at T_start, for arrays that broadcast; NaN where the integrator fails.

    Parameters
    ----------
    p : Problem
        Its masses and width are not looked at.
    T_start, m_X, m_other, width : ndarray
        In MeV; infinite masses for particles that are not there.
    tolerance : float
        Of the integrator, in logarithms of temperatures.
    """
    arrays = np.broadcast_arrays(T_start, m_X, m_other, width)
    flat = [np.ascontiguousarray(a, dtype=np.float64).ravel() for a in arrays]
    return _n_effs(flat[0].copy(), np.stack(flat[1:], axis=-1), p, tolerance).reshape(arrays[0].shape)


@compiled(error_model="numpy")
def evolution(N: FloatArray, T_start: float, p: Problem, tolerance: float) -> FloatArray:
    """Rows of ln T, ln(T'/T), ln(T_e/T) and H [MeV] at ascending N = ln(a/a_start), the first of which is 0."""
    result = np.empty((N.size, 4))
    unknowns = np.array([math.log(T_start), 0.0, 0.0])
    for i in range(N.size):
        if i > 0:
            integrate(N[i - 1], N[i], unknowns, p, tolerance, N[i] - N[i - 1], LONGEST_STEP)
        result[i, :3] = unknowns
        result[i, 3] = rates(unknowns[0], unknowns[1], unknowns[2], p)[3]
    return result
