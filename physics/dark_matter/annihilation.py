"""Annihilation of psi psibar through X: the cross section, and its value at a fixed velocity today.

Drees & Zhao 2021, eq. (2.3), is the cross section into one Dirac lepton pair of charge 1. Only left-handed neutrinos
exist, so that nu_mu and nu_tau together are exactly eq. (2.3) with m_f = 0; e+e- has the coupling epsilon(s) e
(mixing.py). psi psibar -> X X: relic/x_pairs.py.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import M_E, SIGMA_V_CM3_PER_S
from physics.model.lagrangian import PSI_PERTURBATIVE, Charges
from physics.model.mixing import CouplingAt

__all__ = [
    "cross_section",
    "invariant_mass_squared",
    "pole_position",
    "sigma_v",
    "sigma_v_electrons_today",
    "sigma_v_neutrinos_today",
]

parameter(
    "annihilation_channels",
    "final states of psi psibar and of X: all leptons and X X, or those of Drees & Zhao 2021 "
    "(annihilation to nu_mu, nu_tau; width to nu, mu, tau, psi)",
    label="annihilation channels",
    default="all",
    choices=("all", "neutrinos"),
)
parameter(
    "v_rel", "relative velocity 2 beta in the c.m. frame", unit="c", label=r"$v_\mathrm{rel}$", default=1e-3, high=2.0
)


def pole_position(mass_ratio: FloatArray) -> FloatArray:
    """(m_X^2 - 4 m_psi^2) / (4 m_psi^2), exact next to mass_ratio = 1/2.

    >>> float(pole_position(0.25)), float(pole_position(0.5))
    (3.0, 0.0)
    """
    return (1 - 2 * mass_ratio) * (1 + 2 * mass_ratio) / (4 * mass_ratio**2)


def cross_section(
    s: FloatArray, m_X: FloatArray, m_psi: FloatArray, charges: FloatArray, width: FloatArray, m_f: float = 0.0
) -> FloatArray:
    """Cross section of psi psibar -> f fbar, Drees & Zhao 2021, eq. (2.3).

    Parameters
    ----------
    s : array_like
        Invariant mass squared [MeV^2]; 0 is returned below 4 m_f^2.
    m_X, m_psi, width : array_like
        Masses and total width of X [MeV].
    charges : array_like
        Product of the couplings of X to psi and to f: q_psi g_X * g_X for nu_mu + nu_tau, mu or tau.
    m_f : float
        Mass of the final-state fermion [MeV].

    Returns
    -------
    ndarray [MeV^-2]

    Examples
    --------
    >>> sigma = cross_section(1300.0, 23.0, 13.8, 5e-4**2, 5e-4**2 * 23 / (12 * math.pi))
    >>> float(sigma) * 3.893793721e14  # pb
    0.0028368...
    """
    s = np.asarray(s, dtype=np.float64)
    phase_space = np.sqrt(np.maximum(s - 4 * m_f**2, 0.0) / (s - 4 * m_psi**2))
    propagator = (s - m_X**2) ** 2 + (width * m_X) ** 2
    return charges**2 / (12 * math.pi) * phase_space * (s + 2 * m_psi**2) * (s + 2 * m_f**2) / (s * propagator)


def invariant_mass_squared(m_psi: FloatArray, v_rel: FloatArray) -> FloatArray:
    """Mandelstam s = 4 m_psi^2/(1 - v_rel^2/4) [MeV^2] of a pair.

    >>> float(invariant_mass_squared(10.0, 0.0))
    400.0
    """
    return 4 * m_psi**2 / ((1 - v_rel / 2) * (1 + v_rel / 2))


def sigma_v(
    v_rel: FloatArray, m_X: FloatArray, mass_ratio: FloatArray, charges: FloatArray, width: FloatArray, m_f: float
) -> FloatArray:
    """sigma(s) v_rel [cm^3/s] at s = 4 m_psi^2/(1 - v_rel^2/4), free of cancellations next to the pole."""
    m_psi = mass_ratio * m_X
    y = 1 / ((1 - v_rel / 2) * (1 + v_rel / 2))  # s / 4 m_psi^2
    y_minus_1 = v_rel**2 / 4 * y
    w = width / (4 * mass_ratio**2 * m_X)
    y_f = (m_f / m_psi) ** 2
    phase_space = np.sqrt(np.maximum(1 - y_f / y, 0.0)) * (1 + y_f / (2 * y))
    resonance = (y_minus_1 - pole_position(mass_ratio)) ** 2 + w**2
    return SIGMA_V_CM3_PER_S * charges**2 / (24 * math.pi * m_psi**2) * (y + 0.5) * phase_space / resonance


@intermediate(when={"annihilation_channels": "all"})
def propagator_width(gamma_X: FloatArray) -> FloatArray:
    """Width in the X propagator of psi psibar annihilation."""
    return gamma_X


@branch("propagator_width", when={"annihilation_channels": "neutrinos"}, reference="Drees & Zhao 2021, eq. (2.4)")
def propagator_width_of_paper(gamma_X: FloatArray, gamma_X_electrons: FloatArray) -> FloatArray:
    """Without e+e-."""
    return gamma_X - gamma_X_electrons


@observable(
    unit="cm^3/s",
    label=r"$\sigma v(\psi\bar\psi\to\nu\bar\nu)$",
    reference="Drees & Zhao 2021, eq. (2.3)",
    domain=PSI_PERTURBATIVE,
)
def sigma_v_neutrinos_today(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    v_rel: FloatArray,
    charges: Charges,
    propagator_width: FloatArray,
) -> FloatArray:
    """Annihilation into neutrinos at one relative velocity, exact (not the approximation (4.6)).

    For Dirac psi, not halved. At a fixed velocity: within |2 mass_ratio - 1| of about v_rel^2 from the pole the
    average over a velocity distribution differs by O(1).

    >>> import physics
    >>> physics.evaluate("sigma_v_neutrinos_today", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    4.1...e-25
    """
    return charges.neutrinos * sigma_v(v_rel, m_X, mass_ratio, q_psi * g_X**2, propagator_width, 0.0)


@observable(
    unit="cm^3/s",
    label=r"$\sigma v(\psi\bar\psi\to e^+e^-)$",
    reference="Drees & Zhao 2021, eqs. (2.3), (4.3)",
    domain=PSI_PERTURBATIVE,
)
def sigma_v_electrons_today(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    v_rel: FloatArray,
    electron_coupling_at: CouplingAt,
    propagator_width: FloatArray,
) -> FloatArray:
    """Annihilation into e+e- at one relative velocity: exact kinematics, epsilon at q^2 = s (mixing_momentum).

    For Dirac psi, not halved; 0 where the channel is closed.

    >>> import physics
    >>> physics.evaluate("sigma_v_electrons_today", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    7.9...e-30
    """
    coupling = electron_coupling_at(invariant_mass_squared(mass_ratio * m_X, v_rel))
    return sigma_v(v_rel, m_X, mass_ratio, q_psi * g_X * coupling, propagator_width, M_E)
