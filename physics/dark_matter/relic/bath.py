r"""The bath that psi lives in: expansion, entropy, and the nu_mu and nu_tau that psi scatters off.

Below e+e- annihilation psi is as warm as these neutrinos, not as the photons; they decouple together and at once at
T_nu_decoupling. Scattering off them through X in the t channel,

    d sigma/d cos(theta) = G^2 E^2 (1 + cos(theta))/(4 pi (1 - t/m_X^2)^2),  G = q_psi g_X^2/m_X^2,
    t = -2 E^2 (1 - cos(theta)),

changes the momentum of psi by little in each collision: a Fokker-Planck equation. With f the Fermi-Dirac distribution,
1 - f for the occupied final state, and nu_mu, nu_tau and their antineutrinos (one helicity each), T_psi relaxes at the
rate at which <p^2>/(3 m_psi) diffuses, over T_nu:

    gamma = 4 Int d^3k/(2 pi)^3 f (1 - f) Int d cos(theta) (d sigma/d cos(theta)) (-t) / (3 m_psi T_nu)
          = (62 pi^3/189) G^2 T_nu^6/m_psi P(T_nu/m_X),      62 pi^3/189 = 10.17,  P(0) = 1,

from Int k^6 f (1 - f) dk = 6 x 31/32 x 5! zeta(6) T_nu^7; momentum itself decays at gamma/2. P has the propagator, to
all orders. Recoil is left out, as in the Fokker-Planck equation itself: with exact kinematics (elastic_recoil.py) the
rate is lower, by a factor of about 1/(1 + 16/x_nu) next to equilibrium (Monte Carlo of the collision integral: 0.53 at
x_nu = 20 and T_psi = 0.8 T_nu, 0.69 at 40).

For B-L psi scatters off electrons and nucleons, too, and stays as warm as the photons: that bath is not here.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import scipy

from physics.core.compiled import compiled
from physics.core.registration import intermediate
from physics.core.status import FloatArray
from physics.early_universe.degrees_of_freedom import (
    energy_degrees_of_freedom,
    entropy_degrees_of_freedom,
    entropy_slope,
)
from physics.model.constants import M_PLANCK
from physics.numerics.interpolation import Uniform, cubic, locate, uniform_splines

__all__ = [
    "ENTROPY",
    "SCATTERING",
    "Bath",
    "Point",
    "Tables",
    "bath_at",
    "bath_decoupling",
    "bath_tables",
    "kinetic",
    "log_equilibrium",
    "log_relaxation",
    "relaxation",
    "scattering_strength",
    "slope_of_equilibrium",
]

SCATTERING = 62 * math.pi**3 / 189
ENTROPY = 2 * math.pi**2 / 45  # s = ENTROPY g_s T^3
HUBBLE = math.sqrt(4 * math.pi**3 / 45) / M_PLANCK  # H = HUBBLE sqrt(g_*) T^2


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def bath_decoupling(T_nu_decoupling: FloatArray) -> FloatArray:
    """Temperature of the photons [MeV] below which what psi scatters off is colder: that of the neutrinos."""
    return T_nu_decoupling


def scattering_strength(m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray) -> FloatArray:
    """gamma/(T_nu^6 P) [MeV^-5]."""
    return SCATTERING * (q_psi * g_X**2 / m_X**2) ** 2 / (mass_ratio * m_X)


@cache
def _background() -> Uniform:
    """In ln T: ln g_s, and ln(T^2 dt/dln(1/T)), dt/dln(1/T) = (1 + 1/3 d ln g_s/d ln T)/H."""
    log_T = np.linspace(math.log(1e-2), math.log(1e6), 700)
    T = np.exp(log_T)
    time = (1 + entropy_slope(T) / 3) / (HUBBLE * np.sqrt(energy_degrees_of_freedom(T)))
    return uniform_splines(
        log_T[0], log_T[-1], log_T.size, np.stack([np.log(entropy_degrees_of_freedom(T)), np.log(time)], -1)
    )


@cache
def _gas() -> Uniform:
    """In ln x: ln[sqrt(2x/pi) e^x K_2(x)], 1 - h/2 of a Maxwell-Juettner gas, and x (K_1(x)/K_2(x) - 1)."""
    log_x = np.linspace(math.log(0.01), math.log(1e5), 400)
    x = np.exp(log_x)
    t = np.linspace(0.0, 7.0, 400)[1:]  # E = m + T t^2
    E = 1 + t**2 / x[:, np.newaxis]
    p2 = E**2 - 1
    weight = t * np.exp(-(t**2))
    p3, p5 = (np.sum(weight * f, axis=-1) for f in (p2**1.5, p2**2.5 / E**2))
    k2 = scipy.special.kve(2, x)
    bessel, ratio = np.log(np.sqrt(2 * x / math.pi) * k2), x * (scipy.special.kve(1, x) / k2 - 1)
    return uniform_splines(log_x[0], log_x[-1], log_x.size, np.stack([bessel, 1 - p5 / p3 / 2, ratio], axis=-1))


@cache
def _propagator() -> Uniform:
    """In ln(T_nu/m_X): ln P, the mean of (1 - t/m_X^2)^-2 in the rate of momentum relaxation."""
    log_tau = np.linspace(math.log(1e-4), math.log(1e3), 200)
    nodes, weights = np.polynomial.legendre.leggauss(120)
    u, of_u = 0.5 * 60 * (1 + nodes), 0.5 * 60 * weights  # k/T
    v, of_v = (1 + nodes) ** 2 / 2, (1 + nodes) * weights  # 1 - cos(theta), dense in the forward direction
    occupied = of_u * u**6 * np.exp(-u) / (1 + np.exp(-u)) ** 2
    propagator = 1 + 2 * np.multiply.outer(np.multiply.outer(np.exp(2 * log_tau), u**2), v)
    mean = np.einsum("tuv,u,v->t", propagator**-2, occupied, of_v * v * (2 - v))
    return uniform_splines(
        log_tau[0], log_tau[-1], log_tau.size, np.log(mean / (occupied.sum() * 4 / 3))[:, np.newaxis]
    )


class Tables(NamedTuple):
    """Everything that compiled functions read of the bath."""

    background: Uniform
    gas: Uniform
    propagator: Uniform
    log_T_decoupling: float  # ln(T_D/MeV)
    log_g_decoupling: float  # ln g_s(T_D)

    @property
    def cooling(self) -> float:
        """T/T_nu in the end."""
        return math.exp(max(self.log_g_decoupling - self.background.coefficients[0, 0, -1], 0.0) / 3)


@lru_cache(maxsize=1024)
def bath_tables(T_decoupling: float) -> Tables:
    """The tables, for neutrinos that decouple at a temperature [MeV]."""
    log_g = math.log(float(entropy_degrees_of_freedom(T_decoupling)))
    return Tables(_background(), _gas(), _propagator(), math.log(T_decoupling), log_g)


class Point(NamedTuple):
    """One point: ln of m_psi and m_X [MeV], B [MeV^-2], `scattering_strength` [MeV^-5]; coupled or not."""

    log_mass: float
    log_mediator: float
    scale: float
    scattering: float
    coupled: bool


class Bath(NamedTuple):
    """The bath at u = ln(m_psi/T)."""

    log_s: float
    hubble: float
    time: float  # dt/du
    log_x: float  # ln(m_psi/T_nu)
    cooling: float  # -d ln T_nu/du
    log_n_eq: float


_LOG_ENTROPY = math.log(ENTROPY)
_LOG_SPINS = math.log(4 / (2 * math.pi) ** 1.5)


@compiled
def _log_bessel(log_x: float, x: float, gas: Uniform) -> float:
    """Value of ln[sqrt(2x/pi) e^x K_2(x)]."""
    if log_x > 11.0:
        return 1.875 / x
    i, t = locate(gas, log_x)
    return cubic(gas.coefficients[i, 0], t)


@compiled
def kinetic(log_x: float, gas: Uniform) -> float:
    """1 - h/2, 1 for a cold gas, 1/2 for a hot one."""
    if log_x > 11.0:
        return 1.0
    i, t = locate(gas, log_x)
    return cubic(gas.coefficients[i, 1], t)


@compiled
def slope_of_equilibrium(log_x: float, x: float, gas: Uniform) -> float:
    """-d ln n_eq/d ln T at T = m_psi/x: 3 + x K_1(x)/K_2(x)."""
    i, t = locate(gas, log_x)
    return 3.0 + x + cubic(gas.coefficients[i, 2], t)


@compiled
def log_equilibrium(log_x: float, log_mass: float, gas: Uniform) -> float:
    """Value of ln n_eq, psi and psibar in equilibrium at m_psi/T_nu = x."""
    x = math.exp(log_x)
    return 3 * log_mass - 1.5 * log_x + _LOG_SPINS + _log_bessel(log_x, x, gas) - x


@compiled
def bath_at(u: float, point: Point, tables: Tables) -> Bath:
    """The bath at u = ln(m_psi/T)."""
    log_T = point.log_mass - u
    i, t = locate(tables.background, log_T)
    c = tables.background.coefficients[i, 0]
    log_g = cubic(c, t)
    slope = (3 * c[0] * t + 2 * c[1]) * t + c[2]
    time = math.exp(cubic(tables.background.coefficients[i, 1], t) - 2 * log_T)
    log_x, cooling = u, 1.0
    if log_T < tables.log_T_decoupling and log_g < tables.log_g_decoupling:
        log_x -= (log_g - tables.log_g_decoupling) / 3
        cooling += slope / 3
    log_n_eq = log_equilibrium(log_x, point.log_mass, tables.gas)
    return Bath(_LOG_ENTROPY + log_g + 3 * log_T, (1 + slope / 3) / time, time, log_x, cooling, log_n_eq)


@compiled
def relaxation(log_x_nu: float, point: Point, propagator: Uniform) -> float:
    """Rate gamma at which T_psi relaxes to T_nu [MeV]."""
    return point.scattering * math.exp(log_relaxation(log_x_nu, point, propagator))


@compiled
def log_relaxation(log_x_nu: float, point: Point, propagator: Uniform) -> float:
    """Value of ln(gamma/MeV) for a strength of 1."""
    log_T_nu = point.log_mass - log_x_nu
    i, t = locate(propagator, log_T_nu - point.log_mediator)
    return 6 * log_T_nu + cubic(propagator.coefficients[i, 0], t)
