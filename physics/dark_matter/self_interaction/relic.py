"""The Yukawa coupling that the relic density asks for: freeze-out of N1 and N2 together.

Kamada et al. 2018 equate the annihilation cross section (20)-(21) at m_N1/T = 20 to a canonical 3e-26 cm^3/s
("printed"). N1 N1 -> phi phi, X X is a p-wave, whose annihilation after freeze-out counts half, and by (19) half as
strong as (20) says: phi phi and X X (longitudinal: the Goldstone boson) each give 3 (y^2/2)^2 v^2/(128 pi m^2).
"consistent" has that, and solves

    dY/dx = -s <sigma v>/(H x) (1 + d ln g_s/(3 d ln T)) (Y^2 - Y_eq^2),    Y = (n_1 + n_2)/s,    x = m_N1/T,

with X and phi in the bath beside the Standard Model, and the numbers of N1 and N2 in equilibrium with each other. What
is left out: the masses of X and phi, and the mass splitting, in the cross sections (at Delta M/m_N1 = 0.3 that of N1 N1
is 20 % larger than (20) with m_N), and the Sommerfeld effect (pi alpha/v, about 1 %).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.early_universe.degrees_of_freedom import energy_degrees_of_freedom, entropy_degrees_of_freedom
from physics.model.constants import M_PLANCK, RHO_CRITICAL, SIGMA_V_CM3_PER_S, T_CMB
from physics.numerics.interpolation import Uniform, cubic, locate, uniform_splines

__all__ = ["CANONICAL", "canonical_yukawa", "relic_density", "relic_yukawa"]

CANONICAL = 3e-26 / SIGMA_V_CM3_PER_S  # MeV^-2
PERTURBATIVE = math.sqrt(4 * math.pi)  # y beyond it is none
_HOTTEST = 14.0  # m_N1/T where the computation begins, in equilibrium
_STEPS = 32  # of the coarsest of _LEVELS grids, each twice as fine as the one before
_LEVELS = 4


@compiled
def _channels(p_wave: float, x: float) -> tuple[float, float]:
    """<sigma v> m_N^2/y^4 of N1 N1 (and N2 N2) and of N1 N2, (20); `p_wave`: 9/64, or 9/128, over pi."""
    return p_wave / x, 1 / (64 * math.pi) - 9 / (256 * math.pi * x)


@compiled
def canonical_yukawa(mass: float, vev: float) -> float:
    """Solution y of (20)-(21) = 3e-26 cm^3/s at x = 20, as printed; by Newton's method in ln y.

    >>> canonical_yukawa(1e4, 2e4)
    0.1111205...
    """
    x = 20.0
    own, mixed = _channels(9 / (64 * math.pi), x)
    log_y = math.log(0.1)
    for _ in range(100):
        heavier = math.exp(log_y) * vev / math.sqrt(2)
        m_N = mass + heavier
        weight = math.exp(-2 * heavier / m_N * x)  # n_2/n_1
        both = own * (1 + weight**2) + 2 * mixed * weight
        slope = 4 - 2 * heavier / m_N
        change = 2 * heavier * mass / m_N**2 * x  # -d ln weight/d ln y
        slope -= change * weight * ((2 * own * weight + 2 * mixed) / both - 2 / (1 + weight))
        step = (4 * log_y + math.log(both / ((1 + weight) * m_N) ** 2 / CANONICAL)) / slope
        log_y -= step
        if abs(step) < 1e-14:
            break
    y: float = math.exp(log_y)
    return y


# --- the bath ---------------------------------------------------------------------------------------------------------


@cache
def _entropy_today() -> float:
    """[MeV^3]."""
    return float(2 * math.pi**2 / 45 * entropy_degrees_of_freedom(T_CMB)) * T_CMB**3


@cache
def _standard() -> Uniform:
    """Logarithms ln g_rho and ln g_s of the Standard Model in ln T."""
    low, high, n = math.log(1e-2), math.log(1e6), 1500
    T = np.exp(np.linspace(low, high, n))
    g = np.stack([energy_degrees_of_freedom(T), entropy_degrees_of_freedom(T)], axis=-1)
    return uniform_splines(low, high, n, np.log(g))


@cache
def _boson() -> Uniform:
    """g_rho and g_s of one bosonic degree of freedom in ln(m/T)."""
    low, high, n = math.log(1e-4), math.log(60.0), 500
    x = np.exp(np.linspace(low, high, n))[:, np.newaxis]
    step = np.arccosh(1 + 45 / x) / 200
    theta = step * np.arange(1, 201)  # momentum x sinh(theta): the trapezoidal rule is exact enough
    sinh2 = np.sinh(theta) ** 2
    occupied = step * x**4 * sinh2 / np.expm1(x * np.cosh(theta))
    rho = 15 / math.pi**4 * np.sum(occupied * (1 + sinh2), axis=1)
    s = 15 / (4 * math.pi**4) * np.sum(occupied * (3 + 4 * sinh2), axis=1)
    return uniform_splines(low, high, n, np.stack([rho, s], axis=-1))


@compiled
def _with_slope(c: FloatArray, t: float) -> tuple[float, float]:
    return cubic(c, t), (3 * c[0] * t + 2 * c[1]) * t + c[2]


@compiled
def _degrees(T: float, bosons: tuple[float, float], standard: Uniform, boson: Uniform) -> tuple[float, float, float]:
    """g_rho, g_s and d ln g_s/d ln T; X of mass bosons[0] and phi of mass bosons[1] beside the Standard Model."""
    i, t = locate(standard, math.log(T))
    g_rho, (log_s, slope) = math.exp(cubic(standard.coefficients[i, 0], t)), _with_slope(standard.coefficients[i, 1], t)
    g_s = math.exp(log_s)
    d_s = slope * g_s
    for k in range(2):
        if bosons[k] < 50.0 * T:
            i, t = locate(boson, math.log(bosons[k] / T))
            spins = 3.0 if k == 0 else 1.0
            g, d = _with_slope(boson.coefficients[i, 1], t)
            g_rho += spins * cubic(boson.coefficients[i, 0], t)
            g_s += spins * g
            d_s -= spins * d
    return g_rho, g_s, d_s / g_s


# --- freeze-out -------------------------------------------------------------------------------------------------------


@compiled
def _density(mass: float, T: float) -> float:
    """Number density in equilibrium, two spins, without exp(-mass/T): K_2 by its asymptotic series."""
    z = T / mass
    series = 1 + z * (1.875 + z * (0.8203125 + z * (-0.3076171875 + z * 0.3172302246)))
    density: float = 2 * (mass * T / (2 * math.pi)) ** 1.5 * series
    return density


@compiled
def _background(
    mass: float, bosons: tuple[float, float], standard: Uniform, boson: Uniform
) -> tuple[FloatArray, FloatArray]:
    """On the finest grid of T/m_N1, uniform and downwards: expansion, entropy density."""
    n = _STEPS * 2 ** (_LEVELS - 1)
    expansion, entropy = np.empty(n + 1), np.empty(n + 1)
    for k in range(n + 1):
        T = mass * max((1 - k / n) / _HOTTEST, 1e-9)
        g_rho, g_s, slope = _degrees(T, bosons, standard, boson)
        entropy[k] = 2 * math.pi**2 / 45 * g_s * T**3
        hubble = math.sqrt(8 * math.pi**3 / 90 * g_rho) * T * T / M_PLANCK
        expansion[k] = entropy[k] / hubble * (1 + slope / 3) * mass / T
    return expansion, entropy


@compiled
def _log_abundance(y: float, mass: float, vev: float, expansion: FloatArray, entropy: FloatArray) -> float:
    """Value of ln Y today: backward Euler on _LEVELS grids, extrapolated."""
    n = expansion.size - 1
    splitting = math.sqrt(2) * y * vev
    strength = y**4 / (mass + splitting / 2) ** 2
    rate, equilibrium = np.empty(n + 1), np.empty(n + 1)  # dY/dw = rate (Y^2 - equilibrium), w = T/m_N1
    for k in range(n + 1):
        T = mass * max((1 - k / n) / _HOTTEST, 1e-9)
        first = _density(mass, T)
        ratio = _density(mass + splitting, T) / first * math.exp(-splitting / T)
        own, mixed = _channels(9 / (128 * math.pi), mass / T)
        rate[k] = expansion[k] * strength * (own * (1 + ratio**2) + 2 * mixed * ratio) / (1 + ratio) ** 2
        equilibrium[k] = (first * (1 + ratio) * math.exp(-mass / T) / entropy[k]) ** 2
    table = np.empty(_LEVELS)
    for level in range(_LEVELS):
        stride = 2 ** (_LEVELS - 1 - level)
        h = stride / (n * _HOTTEST)
        Y = math.sqrt(equilibrium[0])
        for k in range(stride, n + 1, stride):
            c = h * rate[k]
            before = Y + c * equilibrium[k]
            Y = 2 * before / (1 + math.sqrt(1 + 4 * c * before))
        table[level] = math.log(Y)
    for order in range(1, _LEVELS):
        for level in range(_LEVELS - 1, order - 1, -1):
            table[level] += (table[level] - table[level - 1]) / (2**order - 1)
    log_Y: float = table[_LEVELS - 1]
    return log_Y


@compiled
def _solve(
    target: float, mass: float, vev: float, bosons: tuple[float, float], standard: Uniform, boson: Uniform
) -> float:
    """Solution y of m_N1 Y(y) = target [MeV]; inf where it is beyond perturbation theory, NaN if not converged."""
    expansion, entropy = _background(mass, bosons, standard, boson)
    log_y = math.log(canonical_yukawa(mass, vev))
    slope, before, step = -4.0, 0.0, 0.0
    for i in range(50):
        off = math.log(mass / target) + _log_abundance(math.exp(log_y), mass, vev, expansion, entropy)
        if i > 0 and step != 0.0 and -8.0 < (off - before) / step < -0.5:
            slope = (off - before) / step
        before, step = off, -off / slope
        log_y += step
        if log_y > 10.0:
            return math.inf
        if abs(step) < 1e-9:
            return math.exp(log_y) if log_y < math.log(PERTURBATIVE) else math.inf
    return math.nan


@compiled
def _solve_all(targets: FloatArray, points: FloatArray, standard: Uniform, boson: Uniform) -> FloatArray:
    result = np.empty(targets.size)
    for i in range(targets.size):
        mass, vev, m_X, m_phi = points[i]
        result[i] = math.nan
        if np.isfinite(mass + vev + m_X + m_phi):  # m_phi: a bound parameter may have no value, or there is no phi
            result[i] = _solve(targets[i], mass, vev, (m_X, m_phi), standard, boson)
    return result


def relic_yukawa(
    omega: FloatArray, mass: FloatArray, vev: FloatArray, m_X: FloatArray, m_phi: FloatArray
) -> FloatArray:
    """Solution y for a relic density omega, at points side by side; inf: beyond perturbation theory, NaN: not found."""
    points = np.ascontiguousarray(np.stack([mass, vev, m_X, m_phi], axis=-1))
    return _solve_all(omega * RHO_CRITICAL / _entropy_today(), points, _standard(), _boson())


def relic_density(y: float, mass: float, vev: float, m_X: float, m_phi: float) -> float:
    """Omega h^2 of N1 for a Yukawa coupling, all masses in MeV.

    >>> round(relic_density(0.16, 1e4, 2e4, 10.0, 10.0), 4)
    0.095
    """
    expansion, entropy = _background(mass, (m_X, m_phi), _standard(), _boson())
    return mass * math.exp(_log_abundance(y, mass, vev, expansion, entropy)) * _entropy_today() / RHO_CRITICAL
