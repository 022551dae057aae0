r"""Damping rates of photons in the plasma of a white dwarf.

Two processes, in the Born approximation, at any degeneracy, Pauli blocking exact: electrons on ions
(`bremsstrahlung_damping`) and on photons (`compton_damping`). Both are taken for X at rest, where polarisations are
alike and no dipole approximation is needed: omega may be as large as the electrons' energies. For omega << E_F and
degenerate electrons the first is Drude's omega_p^2 nu/omega^2, with the collision rate nu = 4 Z alpha^2 E_F
Lambda/(3 pi) of Yakovlev & Urpin 1980. In 1 Msun at 1e8 K the second is 2 % of the emission at 0.1 MeV, 18 % at 0.2 and
46 % at 0.3 MeV, half of it from layers below 2e6 g/cm^3, where fewer electrons are blocked.

How far to trust them: within a factor of 2. Correlations of the ions are a cut-off of the momentum transfer, such that
Lambda is that of Yakovlev & Urpin, a number of order 1 in the core; better structure factors (Potekhin et al. 1999)
matter by tens of per cent. X at rest: at its thermal velocity the amplitude gives 5 to 20 % (T) and 15 to 55 % (L)
more, from 300 down to 80 keV, by Monte Carlo with the full tree amplitude. Left out: electrons on electrons (of order
1/Z), Coulomb corrections to Born (of order pi Z alpha/v), the dispersion of plasmons in Compton scattering. Ions are
classical, at rest, and liquid (the centre is a crystal below 7e6 K for 1 Msun, below 2e7 K for 1.3 Msun).
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, M_E

__all__ = ["bremsstrahlung_damping", "compton_damping", "momentum_cut", "panels", "photon_damping"]


def momentum_cut(n_e: ArrayLike, T: float, Z: float) -> FloatArray:
    """Smallest momentum transfer to the correlated ions of charge Z [MeV], for electrons of density n_e [MeV^3].

    q^-2 = a^2 (1/6 + 1/(3 Gamma_C)), a the radius of the ion sphere and Gamma_C = Z^2 alpha/(a T): with it
    ln(2 p_F/q) is Yakovlev & Urpin's ln[(2 pi Z/3)^(1/3) (1.5 + 3/Gamma_C)^(1/2)], and q is Debye's momentum of the
    ions where they are hot.

    >>> n_e, T, Z = 1e-9, 1.0, 6
    >>> debye = (4 * math.pi * ALPHA * Z * n_e / T) ** 0.5
    >>> round(float(momentum_cut(n_e, T, Z)) / debye, 3)
    1.0
    """
    a = (3 * Z / (4 * math.pi * np.asarray(n_e, dtype=np.float64))) ** (1 / 3)
    coupling = Z**2 * ALPHA / (a * T)
    return np.asarray(1 / (a * np.sqrt(1 / 6 + 1 / (3 * coupling))))


def panels(edges: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights between successive edges: (..., n + 1) to (..., n nodes)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(edges, axis=-1)[..., np.newaxis] / 2
    middle = (edges[..., 1:] + edges[..., :-1])[..., np.newaxis] / 2
    shape = (*edges.shape[:-1], -1)
    return (middle + half * x).reshape(shape), (half * w).reshape(shape)


def bremsstrahlung_damping(omega: ArrayLike, n_e: float, mu: float, T: float, Z: float) -> FloatArray:
    r"""Damping rate of a photon by electrons that scatter off ions: inverse bremsstrahlung less its inverse [MeV].

    Tree amplitude for K = (omega, 0), with propagators 1/[+-omega (E_1 + E_2)]; electrons E_2 -> E_1 = E_2 + omega:

        Gamma = (2/3) n_i Z^2 alpha^3/omega Int dE_1 [f(E_2) - f(E_1)] Int q dq/q^4 t/[omega (E_1 + E_2)]^2
        t = 32 [E_1 E_2 (omega^2 + E_1 E_2) - m^4 - 2 m^2 omega^2 - z^2 - z (omega^2 + 2 m^2)],  z = p_1.p_2

    with q from max(|p_1 - p_2|, `momentum_cut`) to p_1 + p_2. Relative error of the integrals 1e-4.

    Parameters
    ----------
    omega : array_like
        Energy, at most a few MeV [MeV].
    n_e, mu, T : float
        Density of electrons [MeV^3], their chemical potential with the mass [MeV], temperature [MeV].
    Z : float
        Charge of the ions (of a mixture: <Z^2>/<Z>).

    Examples
    --------
    Drude's form for omega << E_F, with the collision rate of Yakovlev & Urpin 1980:

    >>> mu, Z, T = 1.4131, 6, 1e-3
    >>> p = (mu**2 - M_E**2) ** 0.5
    >>> n_e, v = p**3 / (3 * math.pi**2), p / mu
    >>> nu = 4 * Z * ALPHA**2 * mu / (3 * math.pi) * (math.log(2 * p / momentum_cut(n_e, T, Z)) - v**2 / 2 * (
    ...     1 - (momentum_cut(n_e, T, Z) / (2 * p)) ** 2))
    >>> omega_p2 = 4 * ALPHA * p**3 / (3 * math.pi * mu)
    >>> round(float(bremsstrahlung_damping(0.02, n_e, mu, T, Z) / (omega_p2 * nu / 0.02**2)), 3)
    1.0
    """
    w = np.asarray(omega, dtype=np.float64)[..., np.newaxis]
    q_min2 = float(momentum_cut(n_e, T, Z)) ** 2
    steps = T * np.array([-40.0, -10.0, -3.0, 3.0, 10.0, 40.0])
    dilute = M_E + w + T * np.array([0.0, 3.0, 12.0, 40.0])
    edges = np.sort(np.concatenate([mu + steps + 0 * w, mu + w + steps, dilute], axis=-1), axis=-1)
    E1, weight = panels(np.maximum(edges, M_E + w), 8)
    E2 = np.maximum(E1 - w, M_E)
    p1, p2 = np.sqrt(E1**2 - M_E**2), np.sqrt(E2**2 - M_E**2)
    low = np.maximum((p1 - p2) ** 2, q_min2)
    high = np.maximum((p1 + p2) ** 2, low)
    z0, c = (p1**2 + p2**2) / 2, w**2 + 2 * M_E**2  # z = z0 - q^2/2
    constant = E1 * E2 * (w**2 + E1 * E2) - M_E**4 - 2 * (M_E * w) ** 2 - z0**2 - z0 * c
    traced = 16 * (constant * (1 / low - 1 / high) + (z0 + c / 2) * np.log(high / low) - (high - low) / 4)
    net = scipy.special.expit((mu - E2) / T) - scipy.special.expit((mu - E1) / T)
    integral = np.sum(weight * net * traced / (w * (E1 + E2)) ** 2, axis=-1)
    return np.asarray(2 / 3 * n_e * Z * ALPHA**3 / w[..., 0] * integral)


def compton_damping(omega: ArrayLike, mu: float, T: float, omega_p: float) -> FloatArray:
    r"""Damping rate of a photon by Compton scattering, X(omega, 0) e -> photon e less its inverse [MeV].

        Gamma = (1 - e^(-omega/T)) 2 alpha^2/(3 pi omega) Int dE_1 f(E_1) Int domega' (1 + n_B(omega')) (1 - f(E_2)) Y

    Plasmons are given the mass omega_p in the kinematics, so that nothing scatters for omega < omega_p.
    Deep in the star it is 1e-3 of Thomson's rate: what heats an electron must lift it out of the Fermi sea.
    Relative error of the integrals 1e-3.

    Parameters
    ----------
    omega : array_like
        Energy [MeV].
    mu, T, omega_p : float
        Chemical potential of the electrons with the mass, temperature, plasma frequency [MeV].

    Examples
    --------
    Thomson's rate in a cold dilute gas:

    >>> T, mu = 1e-4, M_E - 1e-3
    >>> n_e = 2 * (M_E * T / (2 * math.pi)) ** 1.5 * math.exp((mu - M_E) / T)
    >>> thomson = n_e * 8 * math.pi / 3 * (ALPHA / M_E) ** 2
    >>> round(float(compton_damping(3e-3, mu, T, 1e-9)) / thomson, 2)
    0.99
    """
    omega = np.asarray(omega, dtype=np.float64)
    w = np.maximum(omega, omega_p * (1 + 1e-9))[..., np.newaxis]
    g2 = omega_p**2
    degenerate = [mu - w - 10 * T, mu - w, mu - w / 2, mu - 3 * T + 0 * w, mu + 3 * T + 0 * w, mu + 12 * T + 0 * w]
    edges = np.concatenate([*degenerate, M_E + T * np.array([0.0, 3.0, 12.0, 40.0]) + 0 * w], axis=-1)
    E1, weight = panels(np.sort(np.maximum(edges, M_E), axis=-1), 8)
    weight = weight * scipy.special.expit((mu - E1) / T)
    p1 = np.sqrt(E1**2 - M_E**2)
    s1 = w**2 + 2 * E1 * w  # s - m^2
    root_s = np.sqrt(M_E**2 + s1)
    e_cm = (s1 + g2) / (2 * root_s)
    k_cm = np.sqrt(np.maximum(e_cm**2 - g2, 0.0))
    low, high = (((E1 + w) * e_cm + sign * p1 * k_cm)[..., np.newaxis] / root_s[..., np.newaxis] for sign in (-1, 1))
    E1, w = E1[..., np.newaxis], w[..., np.newaxis]
    edge = E1 + w - mu + T * np.array([-30.0, -4.0, 4.0, 30.0])  # above it the electron is blocked
    k0, weight_k = panels(np.clip(np.concatenate([low, edge, high], axis=-1), low, high), 6)
    amplitude = compton_amplitude(s1[..., np.newaxis], -2 * w * (E1 + w / 2 - k0), w**2, g2)
    free = scipy.special.expit((E1 + w - k0 - mu) / T)
    spectrum = np.sum(weight_k * amplitude * free / -np.expm1(-k0 / T), axis=-1)
    rate = -2 * ALPHA**2 / (3 * math.pi * omega) * np.expm1(-omega / T) * np.sum(weight * spectrum, axis=-1)
    return np.where(omega > omega_p, rate, 0.0)


def compton_amplitude(s1: FloatArray, u1: FloatArray, w2: FloatArray, g2: float) -> FloatArray:
    """Y = |M|^2/(8 e^4), summed over all spins, of two vectors of mass squared w2, g2; s1 = s - m_e^2, u1 = u - m_e^2.

    >>> m2 = M_E**2
    >>> s1, u1 = 0.3, -0.2  # of photons: Klein & Nishina
    >>> KN = -(s1 / u1 + u1 / s1) + 4 * m2 * (1 / s1 + 1 / u1) + 4 * m2**2 * (1 / s1 + 1 / u1) ** 2
    >>> float(compton_amplitude(np.array(s1), np.array(u1), np.array(0.0), 0.0) / KN)
    1.0
    """
    m2 = M_E**2
    masses, poles, squares = w2 + g2, 1 / s1 + 1 / u1, 1 / s1**2 + 1 / u1**2
    return (
        -(s1 / u1 + u1 / s1)
        - 2 * masses * (masses - s1 - u1) / (s1 * u1)
        + (w2 * g2 + 2 * m2 * masses) * squares
        + 4 * m2 * poles
        + 4 * m2**2 * poles**2
    )


def photon_damping(omega: ArrayLike, n_e: float, mu: float, T: float, Z: float, omega_p: float) -> FloatArray:
    """Sum of `bremsstrahlung_damping` and `compton_damping` [MeV]; physics: within a factor of 2 (see the module).

    The centre of 1 Msun at 1e8 K [eV]:

    >>> photon_damping([0.08, 0.2], 0.07728, 1.41316, 8.617e-3, 6, 0.070806) * 1e6
    array([110.49...,  17.85...])
    """
    return bremsstrahlung_damping(omega, n_e, mu, T, Z) + compton_damping(omega, mu, T, omega_p)
