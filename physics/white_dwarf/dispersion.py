r"""Photons in a plasma of electrons and ions: dispersion and residues after Braaten & Segel 1993.

With u = v_* k/omega the modes are omega_t^2 = k^2 + omega_p^2 g_t(u) and omega_l^2 = omega_p^2 g_l(u); g_t and g_l
are series below u = 0.06, where their closed forms cancel. The forms are exact in the classical, the
degenerate and the relativistic limit, and within 1e-2 of the one-loop self-energy between them. Frequencies and
v_* are those of electron_gas.py.

Everything takes arrays that broadcast, in powers of MeV.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import ALPHA
from physics.white_dwarf.electron_gas import electrons

__all__ = [
    "axial_polarisation",
    "axial_polarisation_one_loop",
    "g_l",
    "g_l_slope",
    "g_t",
    "g_t_slope",
    "longitudinal_frequency",
    "longitudinal_k_max",
    "longitudinal_residue",
    "transverse_frequency",
    "transverse_residue",
]

_SERIES_BELOW = 0.06
_G_T = (1.0, 1 / 5, 3 / 35, 1 / 21, 1 / 33, 3 / 143, 1 / 65)  # 3/((2n+1)(2n+3)) u^2n
_G_L = (1.0, 3 / 5, 3 / 7, 3 / 9, 3 / 11, 3 / 13, 3 / 15)  # 3/(2n+3) u^2n


def _series(coefficients: tuple[float, ...], u2: FloatArray) -> FloatArray:
    return np.asarray(np.polynomial.polynomial.polyval(u2, coefficients))


def _slope(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(2 * n * c for n, c in enumerate(coefficients) if n)


def _array(value: ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


def _split(u: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arguments, the same with a dummy in the place of small values, and artanh of these."""
    u = _array(u)
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

    Near the light cone omega_l^2 - k^2 cannot be formed from it: the spectral functions (emissivity.py) go along the
    mode at fixed omega^2 - k^2.

    Parameters
    ----------
    k : array_like
        Momentum [MeV].
    omega_p2, v_star : array_like
        Of the plasma.

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
    k: ArrayLike, q2: ArrayLike, omega_p2: ArrayLike, v_star: ArrayLike, omega_a: ArrayLike
) -> FloatArray:
    """Axial polarisation Pi_A [MeV^2] after Braaten & Segel 1993; within 1e-4 of one loop at 1e6 g/cm^3.

    Parameters
    ----------
    k, q2 : array_like
        Momentum [MeV] and omega^2 - k^2 [MeV^2], which omega and k do not give at k^2 >> q^2.
    omega_p2, v_star, omega_a : array_like
        Of the plasma.

    Examples
    --------
    >>> round(float(axial_polarisation(0.1, 0.99, 1.0, 0.0, 1.0)), 4)
    0.101
    """
    k, q2, wp2 = _array(k), _array(q2), _array(omega_p2)
    return _array(_array(omega_a) * k * q2 / (q2 + (1 - _array(v_star) ** 2) * k**2) * (3 * wp2 - 2 * q2) / wp2)


def axial_polarisation_one_loop(k: float, omega: float, mu: float, T: float) -> float:
    """The same as an integral over the electrons: what `axial_polarisation` approximates.

    (2 alpha/pi) (q^2/k) Int dp (p^2/E^2) (f_e - f_ebar) [artanh(v k/w)/(v k/w) - q^2/(w^2 - v^2 k^2)].

    >>> round(axial_polarisation_one_loop(0.01, 0.05, 0.9434, 8.6e-3) * 1e6, 2)
    8.47
    """
    e = electrons(mu, T)
    v = e.p / e.E
    u, q2 = v * k / omega, omega**2 - k**2
    bracket = np.where(u < 1e-3, 1 + u**2 / 3 + u**4 / 5, np.arctanh(u) / np.maximum(u, 1e-9))
    bracket = bracket - q2 / (omega**2 - (v * k) ** 2)
    net = e.weight * v**2 * (e.electrons - e.positrons)
    return float(2 * ALPHA / math.pi * q2 / k * np.sum(net * bracket))
