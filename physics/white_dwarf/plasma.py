r"""Photons in a plasma of electrons and ions: frequencies, dispersion and residues after Braaten & Segel 1993.

The plasma at one place is described by its chemical potential, its density and three integrals over the electrons,
f = f_e + f_ebar and v = p/E:

    omega_p^2 = (4 alpha/pi) Int dp (p^2/E) (1 - v^2/3) f                    (Foldenauer & Hoefken Zink 2024, eq. (33))
    omega_1^2 = (4 alpha/pi) Int dp (p^2/E) (5 v^2/3 - v^4) f,               v_* = omega_1/omega_p
    omega_a   = (2 alpha/pi) Int dp (p^2/E^2) (1 - 2 v^2/3) (f_e - f_ebar)

With u = v_* k/omega the modes are omega_t^2 = k^2 + omega_p^2 g_t(u) and omega_l^2 = omega_p^2 g_l(u); g_t and g_l
are series below u = 0.06, where their closed forms cancel. The forms are exact in the classical, the
degenerate and the relativistic limit, and within 1e-2 of the one-loop self-energy between them.

Everything takes arrays that broadcast, in powers of MeV.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, M_E

__all__ = [
    "Plasma",
    "axial_polarisation",
    "axial_polarisation_one_loop",
    "classical",
    "degenerate",
    "electron_gas",
    "electron_gas_of_density",
    "g_l",
    "g_l_slope",
    "g_t",
    "g_t_slope",
    "longitudinal_frequency",
    "longitudinal_k_max",
    "longitudinal_residue",
    "transverse_frequency",
    "transverse_residue",
    "two_regimes",
]


class Plasma(NamedTuple):
    """The electrons at a place, as far as photons notice them.

    mu : chemical potential, electron mass included [MeV]
    n_e : density of electrons minus positrons [MeV^3]
    omega_p2 : plasma frequency squared [MeV^2]
    v_star : omega_1/omega_p, a typical velocity of the electrons
    omega_a : axial frequency [MeV]
    """

    mu: FloatArray
    n_e: FloatArray
    omega_p2: FloatArray
    v_star: FloatArray
    omega_a: FloatArray


def _array(value: ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


# ---- Fermi integrals

_AROUND_MU = (-45, -24, -12, -6, -3, 0, 3, 6, 12, 24, 45)  # units of T
_ABOVE_MASS = (0.02, 0.1, 0.3, 1, 3, 6, 12, 24, 45)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


class _Electrons(NamedTuple):
    weight: FloatArray  # of dp
    p: FloatArray
    E: FloatArray
    electrons: FloatArray  # occupation
    positrons: FloatArray


def _electrons(mu: FloatArray, T: FloatArray) -> _Electrons:
    """Gauss-Legendre panels in p that resolve the Fermi edge and the threshold; nodes on the last axis."""
    mu, T = np.broadcast_arrays(_array(mu)[..., np.newaxis], _array(T)[..., np.newaxis])
    breaks = np.concatenate([mu + T * _AROUND_MU, M_E + T * _ABOVE_MASS, np.full_like(mu, M_E)], axis=-1)
    breaks = np.sort(np.clip(breaks, M_E, np.maximum(mu, M_E) + 45 * T), axis=-1)
    edges = np.sqrt((breaks - M_E) * (breaks + M_E))
    half = 0.5 * np.diff(edges, axis=-1)[..., np.newaxis]
    p = (edges[..., :-1, np.newaxis] + half * (1 + _NODES)).reshape(*mu.shape[:-1], -1)
    weight = (half * _WEIGHTS).reshape(p.shape)
    E = np.sqrt(p**2 + M_E**2)
    return _Electrons(weight, p, E, _fermi((E - mu) / T), _fermi((E + mu) / T))


def _fermi(x: FloatArray) -> FloatArray:
    tail = np.exp(-np.abs(x))
    return np.asarray(np.where(x > 0, tail, 1.0) / (1 + tail))


def electron_gas(mu: ArrayLike, T: ArrayLike) -> Plasma:
    """Electrons and positrons in equilibrium, by exact Fermi integrals (relative error 1e-13).

    Parameters
    ----------
    mu : array_like
        Chemical potential with the electron's mass [MeV].
    T : array_like
        Temperature [MeV].

    Returns
    -------
    Plasma
        Arrays of the broadcast shape.

    Examples
    --------
    >>> gas = electron_gas(0.9434078, 8.617333262e-3)
    >>> round(float(np.sqrt(gas.omega_p2)) * 1e3, 3)  # keV
    40.474
    """
    mu, T = _array(mu), _array(T)
    e = _electrons(mu, T)
    v2 = (e.p / e.E) ** 2
    both, net = e.weight * e.p**2 * (e.electrons + e.positrons), e.weight * e.p**2 * (e.electrons - e.positrons)
    omega_p2 = 4 * ALPHA / math.pi * np.sum(both / e.E * (1 - v2 / 3), axis=-1)
    omega_12 = 4 * ALPHA / math.pi * np.sum(both / e.E * (5 / 3 * v2 - v2**2), axis=-1)
    omega_a = 2 * ALPHA / math.pi * np.sum(net / e.E**2 * (1 - 2 / 3 * v2), axis=-1)
    n_e = np.sum(net, axis=-1) / math.pi**2
    return Plasma(np.broadcast_to(mu, n_e.shape), n_e, omega_p2, np.sqrt(omega_12 / omega_p2), omega_a)


def electron_gas_of_density(n_e: ArrayLike, T: ArrayLike) -> Plasma:
    """The same for a given density.

    Parameters
    ----------
    n_e : array_like
        Electrons minus positrons [MeV^3].
    T : array_like
        Temperature [MeV].

    Returns
    -------
    Plasma
        Arrays of the broadcast shape.

    Examples
    --------
    >>> from physics.model.constants import ATOMIC_MASS_G, HBARC_MEV_CM
    >>> gas = electron_gas_of_density(1e5 / ATOMIC_MASS_G * HBARC_MEV_CM**3, 8.617333262e-3)  # rho Y_e = 1e5 g/cm^3
    >>> round(float(gas.mu), 8), round(float(gas.v_star), 8)
    (0.56277809, 0.43925719)
    """
    n_e, T = np.broadcast_arrays(_array(n_e), _array(T))
    mu = np.sqrt(_fermi_momentum(n_e) ** 2 + M_E**2)  # an upper bound; ln n_e is concave in mu, and Newton safe
    for _ in range(60):
        e = _electrons(mu, T)
        n = np.sum(e.weight * e.p**2 * (e.electrons - e.positrons), axis=-1)
        slope = np.sum(e.weight * e.p**2 * (e.electrons * (1 - e.electrons) + e.positrons * (1 - e.positrons)), axis=-1)
        step = np.log(n / (math.pi**2 * n_e)) * n / slope * T
        mu = np.maximum(mu - step, 0.3 * mu)  # positive: so is n_e
        if np.all(np.abs(step) < 1e-14 * T):
            break
    return electron_gas(mu, T)


def _fermi_momentum(n_e: FloatArray) -> FloatArray:
    return np.asarray((3 * math.pi**2 * n_e) ** (1 / 3))


def degenerate(n_e: ArrayLike) -> Plasma:
    """The limit T -> 0 in closed form; the paper takes it for the inner layers (Braaten & Segel 1993, section V).

    Parameters
    ----------
    n_e : array_like
        Density of electrons [MeV^3].

    Returns
    -------
    Plasma

    Examples
    --------
    >>> round(float(degenerate(1.0).v_star), 6)
    0.986631
    """
    n_e = _array(n_e)
    p_F = _fermi_momentum(n_e)
    E_F = np.sqrt(p_F**2 + M_E**2)
    v_F = p_F / E_F
    return Plasma(E_F, n_e, 4 * ALPHA / (3 * math.pi) * p_F**2 * v_F, v_F, 2 * ALPHA / (3 * math.pi) * p_F * v_F**2)


def classical(n_e: ArrayLike, T: ArrayLike) -> Plasma:
    """The limit of a dilute gas with T << m_e, to first order in T/m_e; the paper takes it for the outer layers.

    Parameters
    ----------
    n_e : array_like
        Density of electrons [MeV^3].
    T : array_like
        Temperature [MeV].

    Returns
    -------
    Plasma

    Examples
    --------
    >>> round(float(classical(1e-9, 8.617e-3).v_star), 4)
    0.2904
    """
    n_e, T = np.broadcast_arrays(_array(n_e), _array(T))
    thermal = (M_E * T / (2 * math.pi)) ** 1.5 * (1 + 15 * T / (8 * M_E))
    t = T / M_E
    return Plasma(
        M_E + T * np.log(n_e / (2 * thermal)),
        n_e,
        4 * math.pi * ALPHA * n_e / M_E * (1 - 2.5 * t),
        np.sqrt(5 * t),
        2 * math.pi * ALPHA * n_e / M_E**2 * (1 - 5 * t),
    )


def two_regimes(n_e: ArrayLike, T: ArrayLike) -> Plasma:
    """Degenerate where the Fermi kinetic energy exceeds T, else classical: the paper's approximation (its section IV).

    The paper doesn't say where it changes from one to the other; here it is where E_F - m_e = 2.5 T, where the two
    plasma frequencies are closest. At 1e8 K off by up to 2 % in omega_p^2 and 15 % in v_* there, by 0.1 % in the
    luminosity of a star.

    Parameters
    ----------
    n_e : array_like
        Density of electrons [MeV^3].
    T : array_like
        Temperature [MeV].

    Returns
    -------
    Plasma

    Examples
    --------
    >>> bool(two_regimes(1.0, 1e-2).v_star == degenerate(1.0).v_star)
    True
    """
    cold, dilute = degenerate(n_e), classical(n_e, T)
    inner = cold.mu - M_E > 2.5 * _array(T)
    return Plasma(*(np.where(inner, a, b) for a, b in zip(cold, dilute, strict=True)))


# ---- Dispersion

_SERIES_BELOW = 0.06
_G_T = (1.0, 1 / 5, 3 / 35, 1 / 21, 1 / 33, 3 / 143, 1 / 65)  # 3/((2n+1)(2n+3)) u^2n
_G_L = (1.0, 3 / 5, 3 / 7, 3 / 9, 3 / 11, 3 / 13, 3 / 15)  # 3/(2n+3) u^2n


def _series(coefficients: tuple[float, ...], u2: FloatArray) -> FloatArray:
    return np.asarray(np.polynomial.polynomial.polyval(u2, coefficients))


def _slope(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(2 * n * c for n, c in enumerate(coefficients) if n)


def _split(u: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """U, u with its small values put out of the way, and artanh of these."""
    u = np.asarray(u, dtype=np.float64)
    safe = np.where(u < _SERIES_BELOW, 0.5, u)
    return u, safe, np.arctanh(safe)


def g_t(u: ArrayLike) -> FloatArray:
    """(omega_t^2 - k^2)/omega_p^2 = (3/2u^2) [1 - (1-u^2) artanh(u)/u], from 1 at u = 0 to 3/2 at u = 1.

    >>> [round(float(g), 8) for g in g_t([0.0, 0.5, 0.999])]
    [1.0, 1.0562447, 1.49157535]
    """
    u, s, artanh = _split(u)
    return np.where(u < _SERIES_BELOW, _series(_G_T, u**2), 1.5 / s**2 * (1 - (1 - s**2) * artanh / s))


def g_l(u: ArrayLike) -> FloatArray:
    """omega_l^2/omega_p^2 = (3/u^2) [artanh(u)/u - 1], from 1 at u = 0; it diverges at u = 1.

    >>> [round(float(g), 8) for g in g_l([0.0, 0.5, 0.999])]
    [1.0, 1.18334746, 8.42886482]
    """
    u, s, artanh = _split(u)
    return np.where(u < _SERIES_BELOW, _series(_G_L, u**2), 3 / s**2 * (artanh / s - 1))


def g_t_slope(u: ArrayLike) -> FloatArray:
    """Derivative of g_t."""
    u, s, artanh = _split(u)
    closed = 1.5 / s**3 * ((3 / s - s) * artanh - 3)
    return np.where(u < _SERIES_BELOW, u * _series(_slope(_G_T), u**2), closed)


def g_l_slope(u: ArrayLike) -> FloatArray:
    """Derivative of g_l."""
    u, s, artanh = _split(u)
    closed = 3 / s**3 * (1 / (1 - s**2) + 2 - 3 * artanh / s)
    return np.where(u < _SERIES_BELOW, u * _series(_slope(_G_L), u**2), closed)


def transverse_frequency(k: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike) -> FloatArray:
    """Frequency omega_t(k) of a transverse plasmon [MeV].

    Parameters
    ----------
    k : array_like
        Momentum [MeV].
    omega_p2, v_star : array_like
        Of the plasma.

    Returns
    -------
    ndarray
        Broadcast shape.

    Examples
    --------
    >>> round(float(transverse_frequency(0.3, 1.0, 0.0)), 8)
    1.04403065
    """
    k2, omega_p2, v_star = _array(k) ** 2, _array(omega_p2), _array(v_star)
    omega2 = k2 + omega_p2
    for _ in range(40):
        u = v_star * np.sqrt(k2 / omega2)
        step = (omega2 - k2 - omega_p2 * g_t(u)) / (1 + omega_p2 * g_t_slope(u) * u / (2 * omega2))
        omega2 = omega2 - step
        if np.all(np.abs(step) <= 4e-16 * omega2):
            break
    return _array(np.sqrt(omega2))


def longitudinal_k_max(omega_p2: ArrayLike, v_star: ArrayLike) -> FloatArray:
    """Momentum at which the longitudinal mode meets the light cone, omega_p g_l(v_*)^(1/2) [MeV].

    >>> round(float(longitudinal_k_max(1.0, 0.5)), 6)
    1.087818
    """
    return _array(np.sqrt(_array(omega_p2) * g_l(v_star)))


def longitudinal_frequency(k: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike) -> FloatArray:
    """Frequency omega_l(k) of a longitudinal plasmon [MeV]; NaN above `longitudinal_k_max`.

    Don't form omega_l^2 - k^2 from it near the light cone: what the spectral functions do (emissivity.py) is to go
    along the mode at fixed omega^2 - k^2.

    Parameters
    ----------
    k : array_like
        Momentum [MeV].
    omega_p2, v_star : array_like
        Of the plasma.

    Returns
    -------
    ndarray
        Broadcast shape.

    Examples
    --------
    >>> round(float(longitudinal_frequency(0.3, 1.0, 0.5)), 6)
    1.006745
    """
    k, omega_p2, v_star = np.broadcast_arrays(_array(k), _array(omega_p2), _array(v_star))
    low, high = np.zeros_like(k), np.ones_like(k)  # of beta = k/omega: beta^2 omega_p^2 g_l(v beta) = k^2 rises
    beta = np.minimum(k / np.sqrt(omega_p2 + 0.6 * (v_star * k) ** 2), 1.0)
    for _ in range(100):
        g = g_l(v_star * beta)
        f = np.log(beta**2 * omega_p2 * g / k**2)
        low, high = np.where(f < 0, beta, low), np.where(f > 0, beta, high)
        step = f / (2 / beta + v_star * g_l_slope(v_star * beta) / g)
        newton = beta - step
        beta = np.where((newton < low) | (newton > high), 0.5 * (low + high), newton)
        if np.all(np.abs(step) <= 4e-16 * beta):
            break
    return np.where(k > longitudinal_k_max(omega_p2, v_star) * (1 + 1e-15), np.nan, k / beta)


def transverse_residue(k: ArrayLike, omega: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike) -> FloatArray:
    """Z_t = 2 w^2 (w^2 - v^2 k^2) / [3 w_p^2 w^2 + (w^2 + k^2)(w^2 - v^2 k^2) - 2 w^2 (w^2 - k^2)], on the mode.

    >>> round(float(transverse_residue(0.0, 1.0, 1.0, 0.5)), 12)
    1.0
    """
    k2, w2, wp2, v2 = _array(k) ** 2, _array(omega) ** 2, _array(omega_p2), _array(v_star) ** 2
    a = w2 - v2 * k2
    return 2 * w2 * a / (3 * wp2 * w2 + (w2 + k2) * a - 2 * w2 * (w2 - k2))


def longitudinal_residue(k: ArrayLike, omega: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike) -> FloatArray:
    """Z_l = 2 (w^2 - v^2 k^2) / [3 w_p^2 - (w^2 - v^2 k^2)], on the mode.

    Normalised as eq. (16) of Foldenauer & Hoefken Zink 2024 has it: 1 at k = 0.

    >>> round(float(longitudinal_residue(0.0, 1.0, 1.0, 0.5)), 12)
    1.0
    """
    a = _array(omega) ** 2 - (_array(v_star) * _array(k)) ** 2
    return 2 * a / (3 * _array(omega_p2) - a)


def axial_polarisation(
    k: ArrayLike, omega: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike, omega_a: ArrayLike
) -> FloatArray:
    """Axial polarisation Pi_A(omega, k) [MeV^2] after Braaten & Segel 1993; within 1e-4 of one loop at 1e6 g/cm^3.

    Parameters
    ----------
    k, omega : array_like
        Momentum and frequency [MeV].
    omega_p2, v_star, omega_a : array_like
        Of the plasma.

    Returns
    -------
    ndarray
        Broadcast shape.

    Examples
    --------
    >>> round(float(axial_polarisation(0.1, 1.0, 1.0, 0.0, 1.0)), 4)
    0.101
    """
    k, w2, wp2 = _array(k), _array(omega) ** 2, _array(omega_p2)
    q2 = w2 - k**2
    return _array(omega_a) * k * q2 / (w2 - (_array(v_star) * k) ** 2) * (3 * wp2 - 2 * q2) / wp2


def axial_polarisation_one_loop(k: float, omega: float, mu: float, T: float) -> float:
    """The same as an integral over the electrons: what `axial_polarisation` approximates.

    (2 alpha/pi) (q^2/k) Int dp (p^2/E^2) (f_e - f_ebar) [artanh(v k/w)/(v k/w) - q^2/(w^2 - v^2 k^2)].

    >>> round(axial_polarisation_one_loop(0.01, 0.05, 0.9434, 8.6e-3) * 1e6, 2)
    8.47
    """
    e = _electrons(np.asarray(mu), _array(T))
    v = e.p / e.E
    u, q2 = v * k / omega, omega**2 - k**2
    bracket = np.where(u < 1e-3, 1 + u**2 / 3 + u**4 / 5, np.arctanh(u) / np.maximum(u, 1e-9))
    bracket = bracket - q2 / (omega**2 - (v * k) ** 2)
    net = e.weight * v**2 * (e.electrons - e.positrons)
    return float(2 * ALPHA / math.pi * q2 / k * np.sum(net * bracket))
