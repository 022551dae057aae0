r"""Ideal gases of massive particles, and the plasma of photons and electrons with its QED corrections.

Without chemical potential all follows from the pressure P(T): rho = T dP/dT - P, and the heat capacity is d rho/dT.
Quantities come in powers of T: rho/T^4, P/T^4, n/T^3, (d rho/dT)/T^3.

The interactions of the plasma (Bennett et al. 2020), with N(p) = 2/(exp(E/T) + 1) for electrons and positrons,

    P_2 = -(e^2 T^2/12 pi^2) Int dp p^2/E N - (e^2/8 pi^4) (Int dp p^2/E N)^2
          + (e^2 m^2/16 pi^4) Int dp Int dk (p k/E_p E_k) ln|(p+k)/(p-k)| N(p) N(k),
    P_3 = (e^3 T/12 pi^4) [Int dp (p^2 + E^2)/E N]^(3/2),

lower rho and P: by P_2 = -5 e^2 T^4/288 without masses. The double integral follows from the shift of the electron's
mass that Mangano et al. 2002 print; it lowers N_eff by 4e-5.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.model.constants import E_CHARGE, M_E
from physics.numerics.interpolation import Uniform, cubic_of, locate, uniform_splines

__all__ = [
    "BOSONS",
    "DENSITY",
    "ENERGY",
    "FERMIONS",
    "LOG_HEAVY",
    "State",
    "gas_table",
    "ideal_gas",
    "interaction_pressure",
    "plasma",
    "state",
]

FERMIONS, BOSONS = 1, -1
ENERGY, DENSITY = 0, 2  # quantities of `ideal_gas`
_REACH = 45.0  # exp(-45) of an integrand is neglected
LIGHT = 1e-3  # m/T below which nothing changes
LOG_HEAVY = math.log(300.0)  # of m/T: beyond it there is nothing


def ideal_gas(x: FloatArray, statistics: int) -> FloatArray:
    """One degree of freedom at m/T = x: rho/T^4, P/T^4, n/T^3 and (d rho/dT)/T^3, each times exp(x).

    With p = m sinh(t) the integrands are even and analytic in t, and the trapezoidal rule exact to 1e-13.

    >>> rho, P, n, heat = ideal_gas(np.array([1e-6]), FERMIONS)[0].tolist()
    >>> round(rho / (7 / 8 * math.pi**2 / 30), 5), round(P / rho, 5), round(heat / rho, 5)
    (1.0, 0.33333, 4.0)
    """
    mass = np.asarray(x, dtype=np.float64)[..., np.newaxis]
    step = np.arccosh(1 + _REACH / mass) / 192
    t = step * np.arange(1, 193)
    boltzmann = np.exp(-2 * mass * np.sinh(t / 2) ** 2)  # times exp(x)
    occupied = boltzmann / (1 + statistics * boltzmann * np.exp(-mass))
    s, c = np.sinh(t), np.cosh(t)
    blocked = 1 - statistics * occupied * np.exp(-mass)
    integrands = np.stack(
        [
            mass**4 * s**2 * c**2 * occupied,
            mass**4 * s**4 / 3 * occupied,
            mass**3 * s**2 * c * occupied,
            mass**5 * s**2 * c**3 * occupied * blocked,
        ],
        axis=-2,
    )
    value: FloatArray = integrands.sum(axis=-1) * step / (2 * math.pi**2)
    return value


@cache
def gas_table(statistics: int) -> Uniform:
    """The functions of `ideal_gas` in ln x."""
    low, high, n = math.log(LIGHT), LOG_HEAVY, 420
    return uniform_splines(low, high, n, ideal_gas(np.exp(np.linspace(low, high, n)), statistics))


class State(NamedTuple):
    """One degree of freedom in equilibrium."""

    x: float  # m/T
    rho: float  # /T^4
    P: float  # /T^4
    heat: float  # d rho/dT, /T^3
    value: float  # of the quantity that is asked for
    slope: float  # of its logarithm, in ln x


@compiled
def state(log_x: float, quantity: int, table: Uniform) -> State:
    """One degree of freedom at m/T = exp(log_x), and of one quantity of `ideal_gas`, by its number, the slope too.

    >>> [round(value, 5) for value in state(math.log(2.0), DENSITY, gas_table(FERMIONS))]
    [2.0, 0.20605, 0.05058, 0.96271, 0.04977, -1.04721]
    """
    if not log_x < LOG_HEAVY:
        return State(math.inf, 0.0, 0.0, 0.0, 0.0, 0.0)
    i, t = locate(table, log_x)
    c = table.coefficients
    x = math.exp(log_x)
    b = math.exp(-max(x, LIGHT))
    value = cubic_of(c, i, quantity, t)
    slope = ((3 * c[i, quantity, 0] * t + 2 * c[i, quantity, 1]) * t + c[i, quantity, 2]) / value - x
    return State(x, b * cubic_of(c, i, 0, t), b * cubic_of(c, i, 1, t), b * cubic_of(c, i, 3, t), b * value, slope)


def interaction_pressure(x: FloatArray) -> FloatArray:
    """(P_2 + P_3)/T^4 of the plasma at m_e/T = x.

    >>> P = float(interaction_pressure(np.array([1e-3]))[0])
    >>> round(P / (-5 / 288 * E_CHARGE**2 + (E_CHARGE * math.pi / math.sqrt(3)) ** 3 / (12 * math.pi**4)), 4)
    1.0
    """
    t, w = np.polynomial.legendre.leggauss(80)
    p, dp = 20 * (1 + t) ** 2 / 2, 20 * (1 + t) * w  # to 40 T
    mass = np.asarray(x, dtype=np.float64)[..., np.newaxis]
    E = np.sqrt(p**2 + mass**2)
    N = 2 * np.exp(-E) / (1 + np.exp(-E))
    first = np.sum(dp * p**2 / E * N, axis=-1)
    debye = np.sum(dp * (p**2 + E**2) / E * N, axis=-1)
    # k = p v, and the logarithm is the same for v and 1/v: one half of the plane, twice
    v, dv = 1 - (1 - t) ** 2 / 4, (1 - t) / 2 * w  # dense at v = 1
    k = p[:, np.newaxis] * v
    E_k = np.sqrt(k**2 + mass[..., np.newaxis] ** 2)
    N_k = 2 * np.exp(-E_k) / (1 + np.exp(-E_k))
    inner = np.sum(dv * np.log((1 + v) / (1 - v)) * k / E_k * N_k, axis=-1) * p
    double = 2 * np.sum(dp * p / E * N * inner, axis=-1)
    e2 = E_CHARGE**2
    second = -e2 / (12 * math.pi**2) * first - e2 / (8 * math.pi**4) * first**2
    second += e2 * mass[..., 0] ** 2 / (16 * math.pi**4) * double
    value: FloatArray = second + e2**1.5 / (12 * math.pi**4) * debye**1.5
    return value


@cache
def _interactions() -> list[np.polynomial.Chebyshev]:
    """(P_2 + P_3)/T^4 in ln(m_e/T), for T from 5 keV to 500 MeV, and its first two derivatives."""
    ends = (math.log(1e-3), math.log(103.0))
    series = np.polynomial.Chebyshev.interpolate(lambda u: interaction_pressure(np.exp(u)), 80, ends)
    return [series, series.deriv(1), series.deriv(2)]


def plasma(T: FloatArray, interacting: bool) -> FloatArray:
    """Photons and electrons at T [MeV]: rho/T^4, (rho + P)/T^4 and (d rho/dT)/T^3.

    >>> plasma(np.array([100.0]), interacting=False).round(4)  # 11/2 pi^2/30
    array([[1.8094, 2.4126, 7.2377]])
    """
    x = float(M_E) / T
    gas = 4 * np.exp(-x)[:, np.newaxis] * ideal_gas(x, FERMIONS)
    rho, P, heat = gas[:, 0] + math.pi**2 / 15, gas[:, 1] + math.pi**2 / 45, gas[:, 3] + 4 * math.pi**2 / 15
    if interacting:
        here, slope, second = (series(np.log(x)) for series in _interactions())
        # T d/dT of T^4 f(ln x) is T^4 (4 f - f')
        rho, P = rho + 3 * here - slope, P + here
        heat = heat + 12 * here - 7 * slope + second
    return np.stack([rho, rho + P, heat], axis=-1)
