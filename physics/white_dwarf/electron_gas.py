r"""Electrons and positrons in equilibrium: what sets the dispersion of photons, after Braaten & Segel 1993.

The plasma at one place is described by its chemical potential, its density and three integrals over the electrons,
f = f_e + f_ebar and v = p/E:

    omega_p^2 = (4 alpha/pi) Int dp (p^2/E) (1 - v^2/3) f                    (Foldenauer & Hoefken Zink 2024, eq. (33))
    omega_1^2 = (4 alpha/pi) Int dp (p^2/E) (5 v^2/3 - v^4) f,               v_* = omega_1/omega_p
    omega_a   = (2 alpha/pi) Int dp (p^2/E^2) (1 - 2 v^2/3) (f_e - f_ebar)

Everything takes arrays that broadcast, in powers of MeV.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, M_E
from physics.numerics.quadrature import gauss_panels

__all__ = [
    "Plasma",
    "classical",
    "degenerate",
    "electron_gas",
    "electron_gas_of_density",
    "electrons",
    "two_regimes",
]


class Plasma(NamedTuple):
    """The quantities of the electrons at a place that set photon dispersion.

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


_AROUND_MU = (-45, -24, -12, -6, -3, 0, 3, 6, 12, 24, 45)  # units of T
_ABOVE_MASS = (0.02, 0.1, 0.3, 1, 3, 6, 12, 24, 45)


class Electrons(NamedTuple):
    """Momenta with weights of dp, energies, and occupation numbers."""

    weight: FloatArray
    p: FloatArray
    E: FloatArray
    electrons: FloatArray
    positrons: FloatArray


def electrons(mu: ArrayLike, T: ArrayLike) -> Electrons:
    """Gauss-Legendre panels in p that resolve the Fermi edge and the threshold; nodes on the last axis."""
    mu, T = np.broadcast_arrays(_array(mu)[..., np.newaxis], _array(T)[..., np.newaxis])
    breaks = np.concatenate([mu + T * _AROUND_MU, M_E + T * _ABOVE_MASS, np.full_like(mu, M_E)], axis=-1)
    breaks = np.sort(np.clip(breaks, M_E, np.maximum(mu, M_E) + 45 * T), axis=-1)
    p, weight = (x.reshape(*mu.shape[:-1], -1) for x in gauss_panels(np.sqrt((breaks - M_E) * (breaks + M_E)), 24))
    E = np.sqrt(p**2 + M_E**2)
    return Electrons(weight, p, E, _fermi((E - mu) / T), _fermi((E + mu) / T))


def _array(value: ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


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

    Examples
    --------
    >>> gas = electron_gas(0.9434078, 8.617333262e-3)
    >>> round(float(np.sqrt(gas.omega_p2)) * 1e3, 3)  # keV
    40.474
    """
    mu, T = _array(mu), _array(T)
    e = electrons(mu, T)
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
        e = electrons(mu, T)
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
    """Degenerate where the Fermi kinetic energy exceeds 2.5 T, else classical: the paper's approximation (section IV).

    The paper doesn't say where it changes from one to the other; at E_F - m_e = 2.5 T the two plasma frequencies are
    closest. At 1e8 K off by up to 2 % in omega_p^2 and 15 % in v_* there, by 0.1 % in the luminosity of a star.

    Parameters
    ----------
    n_e : array_like
        Density of electrons [MeV^3].
    T : array_like
        Temperature [MeV].

    Examples
    --------
    >>> bool(two_regimes(1.0, 1e-2).v_star == degenerate(1.0).v_star)
    True
    """
    cold, dilute = degenerate(n_e), classical(n_e, T)
    inner = cold.mu - M_E > 2.5 * _array(T)
    return Plasma(*(np.where(inner, a, b) for a, b in zip(cold, dilute, strict=True)))
