r"""Neutrinos from plasmons: emissivities at a place, and the star's emission as a function of q^2.

At a place, Foldenauer & Hoefken Zink 2024, eqs. (16)-(18), with C^2 = sum over flavours of |C_V|^2 or |C_A|^2:

    Q_T = (G_F^2/48 pi^4 alpha) C_V^2 Int dk k^2 Z_t (q^2)^3 n_B(omega_t),        q^2 = omega^2 - k^2
    Q_L = (G_F^2/96 pi^4 alpha) C_V^2 Int dk k^2 Z_l (q^2)^2 omega_l^2 n_B(omega_l)
    Q_A = (G_F^2/48 pi^4 alpha) C_A^2 Int dk k^2 Z_t q^2 Pi_A^2 n_B(omega_t)

X changes the couplings by a function of q^2 alone. So the star's luminosity is Int ds C^2(s) M(s), s = q^2, with three
spectral functions M_L, M_T, M_A of the star, which do not depend on X. At fixed s the modes of the star lie on a curve,
k = sqrt(s) sinh(tau), along which the density follows from the dispersion relation. There Z ds/dy cancels:

    M_T(s) = (G_F^2/48 pi^4 alpha) s^3 Int dk k^2 n_B (dV/dy) / d_y[omega_p^2 g_t],     y = ln n_e, at fixed omega, k
    M_L(s) = (G_F^2/96 pi^4 alpha) s^2 Int dk k^2 omega^2 n_B (dV/dy) / d_y[omega_p^2 g_l];    M_A: s Pi_A^2 for s^3.

omega^2 - k^2 is never formed: on the light cone (s -> 0 of the longitudinal mode) it has no correct digit.

The normalisation is that of Braaten & Segel 1993: Q_L + Q_T agrees with the fit of Haft, Raffelt & Weiss 1994 within
its 5 % where plasmon decay dominates (tests/physics/white_dwarf/test_emissivity.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, ERG_PER_MEV, G_F, HBAR_MEV_S, HBARC_MEV_CM, SIN2_THETA_W
from physics.white_dwarf.dispersion import (
    axial_polarisation,
    g_l,
    g_l_slope,
    g_t,
    g_t_slope,
    longitudinal_frequency,
    longitudinal_k_max,
    longitudinal_residue,
    transverse_frequency,
    transverse_residue,
)
from physics.white_dwarf.electron_gas import Plasma
from physics.white_dwarf.star import Star

__all__ = [
    "C_A",
    "C_V",
    "ERG_PER_CM3_S",
    "TRANSVERSE",
    "Edges",
    "Emissivity",
    "edges",
    "lowest_rapidity",
    "plasmon_emissivity",
    "spectral_functions",
]

# Couplings of nu_e, nu_mu, nu_tau to the electron: text below Foldenauer & Hoefken Zink 2024, eq. (15) Tree level
# with s_W^2 at M_Z, as the paper. With the radiative corrections of neutrino-electron scattering (Bahcall et al.
# 1995) sum C_V^2, and L_SM with it, is 2.0 % smaller: limits on g_X 0.5 to 1 % stronger. The s_W^2 of nuclei at q^2 =
# 0, 0.2387, would make it 2.9 % larger: it is not that of electrons.
C_V: FloatArray = np.array([0.5 + 2 * SIN2_THETA_W, -0.5 + 2 * SIN2_THETA_W, -0.5 + 2 * SIN2_THETA_W])
C_A: FloatArray = np.array([0.5, -0.5, -0.5])

ERG_PER_CM3_S = ERG_PER_MEV / (HBAR_MEV_S * HBARC_MEV_CM**3)  # MeV^5 -> erg/cm^3/s
_TRANSVERSE = G_F**2 / (48 * math.pi**4 * ALPHA)
_LONGITUDINAL = _TRANSVERSE / 2
_FURTHEST = 48.0  # frequencies above the lowest, in units of T, that are left out


class Emissivity(NamedTuple):
    """Longitudinal, transverse and axial part [erg/cm^3/s]."""

    L: FloatArray
    T: FloatArray
    A: FloatArray


def _panels(n: int, order: int = 24) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on [0, 1] in n panels."""
    x, w = np.polynomial.legendre.leggauss(order)
    return ((np.arange(n)[:, np.newaxis] + 0.5 * (1 + x)) / n).ravel(), np.tile(0.5 * w / n, n)


def plasmon_emissivity(gas: Plasma, T: float) -> Emissivity:
    """Energy that plasmons lose to neutrinos in the Standard Model, per volume and time; relative error 1e-10.

    Parameters
    ----------
    gas : Plasma
        Of any shape.
    T : float
        Temperature [MeV].

    Examples
    --------
    >>> from physics.model.constants import ATOMIC_MASS_G, K_B
    >>> from physics.white_dwarf.electron_gas import electron_gas_of_density
    >>> gas = electron_gas_of_density(1e5 / ATOMIC_MASS_G * HBARC_MEV_CM**3, K_B * 1e8)  # rho Y_e = 1e5 g/cm^3
    >>> Q = plasmon_emissivity(gas, K_B * 1e8)
    >>> round(float(Q.L), 2), round(float(Q.T), 1)
    (8047.27, 603013.7)
    """
    wp2, v, wa = (np.asarray(a)[..., np.newaxis] for a in (gas.omega_p2, gas.v_star, gas.omega_a))
    wp = np.sqrt(wp2)

    z, w = _panels(8)
    tau_max = np.arccosh(1 + 50 * T / wp)
    k = wp * np.sinh(tau_max * z)
    omega = transverse_frequency(k, wp2, v)
    base = w * tau_max * wp * np.cosh(tau_max * z) * k**2 * transverse_residue(k, omega, wp2, v) * _bose(omega, T)
    q2 = wp2 * g_t(v * k / omega)
    Q_T = _TRANSVERSE * np.sum(C_V**2) * np.sum(base * q2**3, axis=-1)
    Q_A = _TRANSVERSE * np.sum(C_A**2) * np.sum(base * q2 * axial_polarisation(k, q2, wp2, v, wa) ** 2, axis=-1)

    k_max = longitudinal_k_max(wp2, v)
    k = k_max * (1 - z**2)
    omega = longitudinal_frequency(k, wp2, v)
    base = w * 2 * z * k_max * k**2 * longitudinal_residue(k, omega, wp2, v) * _bose(omega, T)
    Q_L = _LONGITUDINAL * np.sum(C_V**2) * np.sum(base * (omega**2 - k**2) ** 2 * omega**2, axis=-1)
    return Emissivity(Q_L * ERG_PER_CM3_S, Q_T * ERG_PER_CM3_S, Q_A * ERG_PER_CM3_S)


def _bose(omega: FloatArray, T: float) -> FloatArray:
    return np.asarray(np.exp(-omega / T) / -np.expm1(-omega / T))


# ---- Emission of the star at given q^2


class Edges(NamedTuple):
    """Where the spectral functions are not analytic [MeV^2]: omega_p^2 and its k -> infinity limit, surface, centre."""

    surface: float
    surface_fast: float
    centre: float
    centre_fast: float


def edges(star: Star) -> Edges:
    """The four edges of a star's spectral functions, in rising order for all but the hottest stars.

    >>> from physics.white_dwarf.star import star
    >>> [round(math.sqrt(s) * 1e6, 1) for s in edges(star(1.0, 1e8))]  # eV
    [89.3, 90.0, 70806.2, 81352.2]
    """
    gas = star.plasma([star.y_surface, star.y_centre])
    at_rest, fast = gas.omega_p2, gas.omega_p2 * g_t(gas.v_star)
    return Edges(float(at_rest[0]), float(fast[0]), float(at_rest[1]), float(fast[1]))


class Mode(NamedTuple):
    """A kind of plasmon: the dispersion relation is omega_p^2 g = s cosh(tau)^cosh_power."""

    g: Callable[[ArrayLike], FloatArray]
    slope: Callable[[ArrayLike], FloatArray]
    cosh_power: int


TRANSVERSE = Mode(g_t, g_t_slope, 0)
LONGITUDINAL = Mode(g_l, g_l_slope, 2)


def lowest_rapidity(s: FloatArray, omega_p2: float, v_star: float, mode: Mode) -> FloatArray:
    """Rapidity of the mode with q^2 = s in a given plasma, by bisection; 0 or 60 where there is none."""
    low, high = np.zeros_like(s), np.full_like(s, 60.0)
    rising = 1 if mode.cosh_power == 0 else -1
    for _ in range(64):
        tau = 0.5 * (low + high)
        f = rising * (np.log(omega_p2 * mode.g(v_star * np.tanh(tau)) / s) - mode.cosh_power * np.log(np.cosh(tau)))
        low, high = np.where(f < 0, tau, low), np.where(f < 0, high, tau)
    return np.asarray(0.5 * (low + high))


class _Curve(NamedTuple):
    """The modes of one kind with given s: weight of d tau, k, omega, y, and d_y[omega_p^2 g] at fixed omega, k."""

    weight: FloatArray
    k: FloatArray
    omega: FloatArray
    y: FloatArray
    slope: FloatArray


def _curve(star: Star, s: FloatArray, low: FloatArray, high: FloatArray, root_at_high: bool, mode: Mode) -> _Curve:
    """Nodes from rapidity low to high, quadratically denser at the end where the volume has a root (the centre)."""
    z, w = _panels(max(3, math.ceil(float(np.max(high - low)) / 0.6)), 16)
    length = (high - low)[:, np.newaxis]
    if root_at_high:
        tau, weight = high[:, np.newaxis] - length * (1 - z) ** 2, 2 * length * w * (1 - z)
    else:
        tau, weight = low[:, np.newaxis] + length * z**2, 2 * length * w * z
    y, slope = _solve(star, s[:, np.newaxis], tau, mode)
    root_s = np.sqrt(s)[:, np.newaxis]
    return _Curve(weight, root_s * np.sinh(tau), root_s * np.cosh(tau), y, slope)


def _solve(star: Star, s: FloatArray, tau: FloatArray, mode: Mode) -> tuple[FloatArray, FloatArray]:
    """y(s, tau) from the dispersion relation: by interpolation in a table, then twice by Newton's method."""
    table = np.linspace(star.y_surface, star.y_centre, 6001)
    ln_wp2, velocity = star.ln_omega_p2(table), star.plasma(table).v_star
    beta = np.tanh(tau)
    target = np.log(s) + mode.cosh_power * np.log(np.cosh(tau))
    y = np.interp(target, ln_wp2, table)
    for _ in range(4):
        y = np.interp(target - np.log(mode.g(beta * np.interp(y, table, velocity))), ln_wp2, table)
    scale = 2 / (star.y_centre - star.y_surface)
    c_wp2, c_v = star.coefficients["ln_omega_p2"], star.coefficients["v_star"]
    d_wp2, d_v = scale * chebyshev.chebder(c_wp2), scale * chebyshev.chebder(c_v)
    slope = np.empty_like(y)
    for _ in range(2):
        t = scale * (y - 0.5 * (star.y_surface + star.y_centre))
        u = beta * chebyshev.chebval(t, c_v)
        g, ln_w = mode.g(u), chebyshev.chebval(t, c_wp2)
        relative = chebyshev.chebval(t, d_wp2) + mode.slope(u) / g * beta * chebyshev.chebval(t, d_v)
        slope = np.exp(ln_w) * g * relative
        y = np.clip(y - (ln_w + np.log(g) - target) / relative, star.y_surface - 1e-9, star.y_centre)
    return y, slope


def spectral_functions(star: Star, s: ArrayLike) -> FloatArray:
    """The star's emission of neutrinos per interval of s = q^2 and unit coupling C^2: M_L, M_T, M_A [MeV^3 cm^3].

    Int ds M(s) C^2 times `ERG_PER_CM3_S` is a luminosity [erg/s]. 0 where the star has no mode of that kind.

    Parameters
    ----------
    star : Star
        White dwarf.
    s : array_like, shape (n,)
        Four-momentum squared of the plasmon [MeV^2].

    Examples
    --------
    >>> from physics.white_dwarf.star import star
    >>> M = spectral_functions(star(1.0, 1e8), [1e-4, 6.4e-3])
    >>> bool(M[0, 1] == 0), bool(M[1, 1] > 0)  # 80 keV: transverse only
    (True, True)
    """
    s = np.asarray(s, dtype=np.float64)
    result = np.zeros((3, s.size))
    if not s.size:
        return result
    order = np.argsort(s)
    for block in np.array_split(order, max(1, s.size // 48)):
        _longitudinal(star, s, block, result)
        _transverse(star, s, block, result)
    return result


def _transverse(star: Star, s: FloatArray, block: NDArray[np.intp], result: FloatArray) -> None:
    edge, gas = edges(star), star.plasma([star.y_surface, star.y_centre])
    block = block[(s[block] > edge.surface) & (s[block] < edge.centre_fast)]
    if not block.size:
        return
    q2 = s[block]
    low = np.where(q2 > edge.centre, lowest_rapidity(q2, edge.centre, float(gas.v_star[1]), TRANSVERSE), 0.0)
    high = np.arccosh(np.cosh(low) + _FURTHEST * star.T / np.sqrt(q2))
    at_surface = lowest_rapidity(q2, edge.surface, float(gas.v_star[0]), TRANSVERSE)
    high = np.where(q2 < edge.surface_fast, np.minimum(high, at_surface), high)
    c = _curve(star, q2, low, np.maximum(high, low), False, TRANSVERSE)
    inside = c.weight * _TRANSVERSE * c.omega * c.k**2 * _bose(c.omega, star.T) * star.volume(c.y) / c.slope
    here = star.plasma(c.y)
    axial = axial_polarisation(c.k, q2[:, np.newaxis], here.omega_p2, here.v_star, here.omega_a)
    result[1, block] = q2**3 * np.sum(inside, axis=-1)
    result[2, block] = q2 * np.sum(inside * axial**2, axis=-1)


def _longitudinal(star: Star, s: FloatArray, block: NDArray[np.intp], result: FloatArray) -> None:
    edge, gas = edges(star), star.plasma([star.y_surface, star.y_centre])
    block = block[s[block] < edge.centre]
    if not block.size:
        return
    q2 = s[block]
    low = np.where(q2 < edge.surface, lowest_rapidity(q2, edge.surface, float(gas.v_star[0]), LONGITUDINAL), 0.0)
    high = lowest_rapidity(q2, edge.centre, float(gas.v_star[1]), LONGITUDINAL)
    c = _curve(star, q2, low, np.maximum(high, low), True, LONGITUDINAL)
    inside = c.weight * _LONGITUDINAL * c.omega**3 * c.k**2 * _bose(c.omega, star.T) * star.volume(c.y) / c.slope
    result[0, block] = q2**2 * np.sum(inside, axis=-1)
