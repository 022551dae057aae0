r"""Scattering of psi off nu_mu and nu_tau with exact recoil: rates from one momentum to another.

For psi(p_1) + nu(k) -> psi(p_3) + nu(k') through X in the t channel, summed over final and averaged over initial spins,

    |M|^2 = 2 G^2 [(s - m^2)^2 + (u - m^2)^2 + 2 m^2 t] / (1 - t/m_X^2)^2,    G = q_psi g_X^2/m_X^2,  m = m_psi,

which is d sigma/d cos(theta) of bath.py for k << m. Four species scatter alike (the axial current of the neutrinos
drops out when the spins of psi are summed). In units of m_psi, with the momentum transfer q = |p_1 - p_3| (vectors),
omega = E_3 - E_1 = k - k' and kappa = (k + k')/2, the rate at which psi of energy E_1 goes to energy E_3 is

    dGamma/dE_3 = G^2 m^5/(16 pi^3 E_1 p_1) exp(-omega x/2) S(p_1, p_3),    x = m/T_nu,
    S = Int_{|p_1-p_3|}^{p_1+p_3} dq Int_{q/2}^inf dkappa <[...]> / (1 - t/m_X^2)^2 / [4 cosh(k x/2) cosh(k' x/2)],

where the last factor is f(k) [1 - f(k')] exp(omega x/2) of Fermi-Dirac neutrinos, and <...> is the average over the
angle between the planes of (p_1, q) and (k, q), a polynomial. S is symmetric: detailed balance is exact.

S is smooth but for exp(-x |p_1 - p_3|/2). ln S without that is tabulated, for mass ratios in steps of RATIO_STEP (0.3 s
each, when they are first needed), and interpolated to 1 %; the rates of momentum relaxation are within 0.5 %.

On a grid in ln p (equal steps h) jumps by two cells or more are taken from S as they are. Shorter ones move psi to the
next cell, at the rate that gives their mean square of omega: where all jumps are short, in a cold bath, what is left is
the Fokker-Planck equation, with the exact coefficient of diffusion. `small_recoil` is that equation with its
coefficient for k << m, gamma/2 of bath.py. Both obey detailed balance, and conserve the number of psi, to rounding.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["exact_recoil", "recoil_table", "scattering_integral", "small_recoil"]

RATIO_STEP = 0.25  # in ln(m_psi/m_X), between tables
LOG_X = np.arange(math.log(0.2), math.log(2500.0), 0.2)
LOG_P = np.arange(math.log(1e-3), math.log(300.0), 0.15)  # of sqrt(p_1 p_3)
LOG_Y = np.arange(0.0, math.log(80.0), 0.08)  # of 1 + Y, Y = x |p_1 - p_3|/2
FARTHEST = 25.0  # rates smaller by exp(-FARTHEST) are left out
COLDEST = float(np.exp(LOG_X[-1]))  # x beyond which recoil is left out: 16/x of the rate
SHORT = 1.5  # cells: jumps that are shorter go to the next cell
_Q, _OF_Q = np.polynomial.legendre.leggauss(16)
_V, _OF_V = np.polynomial.laguerre.laggauss(10)
_D, _OF_D = np.polynomial.legendre.leggauss(8)


@compiled
def scattering_integral(p: float, p_3: float, x: float, ratio2: float) -> float:
    """S(p, p_3) exp(Y) / (2 min(p, p_3)) of the module's head; ratio2 = (m_psi/m_X)^2.

    Parameters
    ----------
    p, p_3 : float
        Momenta of psi before and after, over its mass.
    x : float
        m_psi/T_nu.
    ratio2 : float
        (m_psi/m_X)^2.

    Returns
    -------
    float
    """
    E, E_3 = math.sqrt(1 + p * p), math.sqrt(1 + p_3 * p_3)
    omega = (p_3 - p) * (p_3 + p) / (E + E_3)
    shortest, longest = abs(p - p_3), p + p_3
    reach = math.sqrt(min(longest - shortest, 120.0 / x))
    total = 0.0
    for i in range(_Q.size):
        root = 0.5 * reach * (1 + _Q[i])
        q = shortest + root * root
        t = (omega - q) * (omega + q)
        along = ((p_3 - p) * (p_3 + p) - q * q) / (2 * q)
        across2 = max(p * p - along * along, 0.0)
        inner = 0.0
        for j in range(_V.size):
            kappa = 0.5 * q + _V[j] / x
            k, k_3 = kappa + 0.5 * omega, kappa - 0.5 * omega
            k_along = kappa * omega / q + 0.5 * q
            k_across2 = max(k * k - k_along * k_along, 0.0)
            a = 2 * (E * k - along * k_along)  # s - 1 = a - b cos(phi)
            b2 = 4 * across2 * k_across2
            square = 2 * a * a + b2 + 2 * a * t + t * t + 2 * t
            inner += _OF_V[j] * square / ((1 + math.exp(-k * x)) * (1 + math.exp(-k_3 * x)))
        weight = _OF_Q[i] * reach * root * math.exp(-0.5 * x * root * root)
        total += weight * inner / (x * (1 - t * ratio2) ** 2)
    return total / (2 * min(p, p_3))


@compiled
def _tabulate(ratio2: float) -> FloatArray:
    values = np.empty((LOG_X.size, LOG_P.size, LOG_Y.size))
    for i in range(LOG_X.size):
        x = math.exp(LOG_X[i])
        for j in range(LOG_P.size):
            mean = math.exp(LOG_P[j])
            for k in range(LOG_Y.size):
                half = math.asinh(math.expm1(LOG_Y[k]) / (x * mean))  # ln(p_1/p_3)/2
                values[i, j, k] = math.log(
                    scattering_integral(mean * math.exp(half), mean * math.exp(-half), x, ratio2)
                )
    return values


@lru_cache(maxsize=32)
def _node(k: int) -> FloatArray:
    return _tabulate(math.exp(2 * RATIO_STEP * k))


def recoil_table(mass_ratio: float) -> FloatArray:
    """Values of ln S + Y - ln(2 min(p_1, p_3)) on LOG_X, LOG_P, LOG_Y: between the two tables next to a mass ratio."""
    position = math.log(mass_ratio) / RATIO_STEP
    k = math.floor(position)
    t = position - k
    return (1 - t) * _node(k) + t * _node(k + 1)


@compiled
def _log_S(log_x: float, log_p: float, Y: float, table: FloatArray) -> float:
    """Value of ln S - ln(2 min(p_1, p_3)) + Y, interpolated."""
    a = min(max((log_x - LOG_X[0]) / (LOG_X[1] - LOG_X[0]), 0.0), LOG_X.size - 1.000001)
    b = min(max((log_p - LOG_P[0]) / (LOG_P[1] - LOG_P[0]), 0.0), LOG_P.size - 1.000001)
    c = min(math.log(1 + Y) / (LOG_Y[1] - LOG_Y[0]), LOG_Y.size - 1.000001)
    i, j, k = int(a), int(b), int(c)
    a, b, c = a - i, b - j, c - k
    v = table
    low = (1 - b) * ((1 - c) * v[i, j, k] + c * v[i, j, k + 1]) + b * (
        (1 - c) * v[i, j + 1, k] + c * v[i, j + 1, k + 1]
    )
    i += 1
    high = (1 - b) * ((1 - c) * v[i, j, k] + c * v[i, j, k + 1]) + b * (
        (1 - c) * v[i, j + 1, k] + c * v[i, j + 1, k + 1]
    )
    return (1 - a) * low + a * high


@compiled
def _next_cell(i: int, x: float, mean_square: float, p: FloatArray, h: float, R: FloatArray) -> None:
    """Rates between the cells i and i + 1 from the mean square of omega in unit time, at their edge."""
    edge = p[i] * math.exp(0.5 * h)
    at_edge = edge * edge / (math.sqrt(1 + edge * edge) + 1)
    low = p[i] * p[i] / (math.sqrt(1 + p[i] * p[i]) + 1)
    high = p[i + 1] * p[i + 1] / (math.sqrt(1 + p[i + 1] * p[i + 1]) + 1)
    rate = 0.5 * mean_square / (high - low) ** 2
    R[i, i + 1] = rate * math.exp(1.5 * h + min((low - at_edge) * x, 60.0))
    R[i + 1, i] = rate * math.exp(-1.5 * h + min((high - at_edge) * x, 60.0))


@compiled
def small_recoil(x: float, gamma: float, p: FloatArray, h: float, R: FloatArray) -> None:
    """Fill the matrix R[i, j] of rates from cell i to cell j, which was 0, for small recoil."""
    for i in range(p.size - 1):
        edge2 = p[i] * p[i + 1]
        # mean square of omega: p^2/E^2 times twice the diffusion gamma/2 T E of momentum
        _next_cell(i, x, gamma * edge2 / (x * math.sqrt(1 + edge2)), p, h, R)


@compiled
def exact_recoil(x: float, strength: float, p: FloatArray, h: float, table: FloatArray, R: FloatArray) -> None:
    """The same with exact recoil; strength = G^2 m_psi^5, in whose unit the rates are."""
    log_x, scale = math.log(x), strength / (16 * math.pi**3)
    for i in range(p.size):
        E = math.sqrt(1 + p[i] * p[i])
        for j in range(i - 2, -1, -1):
            Y = 0.5 * x * (p[i] - p[j])
            E_3 = math.sqrt(1 + p[j] * p[j])
            half = Y * (p[i] + p[j]) / (E + E_3)
            if Y - half > FARTHEST:
                break
            S = 2 * p[j] * math.exp(_log_S(log_x, 0.5 * math.log(p[i] * p[j]), Y, table) - Y)
            common = scale * S * h / (E * E_3) * p[i] * p[j]
            R[i, j] = common * p[j] / (p[i] * p[i]) * math.exp(half)
            R[j, i] = common * p[i] / (p[j] * p[j]) * math.exp(-half)
    for i in range(p.size - 1):
        edge = p[i] * math.exp(0.5 * h)
        E, log_p = math.sqrt(1 + edge * edge), math.log(edge)
        reach = min(SHORT * h, 80.0 / (x * edge))
        total = 0.0
        for k in range(_D.size):
            d = 0.5 * reach * (1 + _D[k])
            difference = 2 * edge * math.sinh(0.5 * d)
            omega = difference * 2 * edge * math.cosh(0.5 * d) / (2 * E)
            Y = 0.5 * x * difference
            S = 2 * edge * math.exp(-0.5 * d + _log_S(log_x, log_p, Y, table) - Y)
            total += _OF_D[k] * reach * omega * omega * S  # both directions: twice the half of the interval
        _next_cell(i, x, scale * total * edge / (E * E), p, h, R)
