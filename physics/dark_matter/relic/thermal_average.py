"""Annihilation of psi psibar today, averaged over a thermal distribution: Drees & Zhao 2021, eq. (3.2) at x_today.

Next to the pole, for |2 mass_ratio - 1| below about v^2, sigma v at one velocity (annihilation.py) and its average
differ by factors of order one: a resonance narrower than the spread of velocities is hit by some pairs, or by none.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.breit_wigner import average_points
from physics.model.constants import M_E, SIGMA_V_CM3_PER_S
from physics.model.lagrangian import PSI_PERTURBATIVE, Charges
from physics.model.mixing import CouplingAt

__all__ = ["sigma_v_electrons_thermal", "sigma_v_neutrinos_thermal"]

parameter("x_today", "m_psi / T of the thermal averages today", label=r"$x_\mathrm{today}$", default=1e6)


def _thermal(
    x: FloatArray, m_X: FloatArray, mass_ratio: FloatArray, charges: FloatArray, width: FloatArray, m_f: float
) -> FloatArray:
    """<sigma v> [cm^3/s] for the coupling `charges` = q_psi g_X c_f to a Dirac fermion of mass m_f."""
    m_psi = mass_ratio * m_X
    w = width / (4 * mass_ratio**2 * m_X)
    variables = np.broadcast_arrays(x, pole_position(mass_ratio), w, (m_f / m_psi) ** 2)
    known = np.logical_and.reduce([np.isfinite(v) for v in variables]) & (variables[2] > 0)
    S = np.full(known.shape, np.nan)
    S[known] = average_points(*(v[known] for v in variables))
    average: FloatArray = SIGMA_V_CM3_PER_S * charges**2 / (12 * math.pi * m_psi**2) * S
    return np.where(charges == 0.0, 0.0, average)


@observable(
    unit="cm^3/s",
    label=r"$\langle\sigma v\rangle(\psi\bar\psi\to\nu\bar\nu)$",
    reference="Drees & Zhao 2021, eq. (3.2)",
    domain=PSI_PERTURBATIVE,
    seconds=1e-6,
)
def sigma_v_neutrinos_thermal(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    x_today: FloatArray,
    charges: Charges,
    propagator_width: FloatArray,
) -> FloatArray:
    """Annihilation into neutrinos averaged over a Maxwell-Boltzmann distribution.

    The distribution has x_today = 3/<v^2>, v the velocity of a particle in units of c. For Dirac psi, not halved;
    relative error below 1e-11.

    >>> import physics
    >>> point = dict(m_X=23, g_X=4.5e-4, mass_ratio=0.5 + 1e-8, q_psi=1)
    >>> physics.evaluate("sigma_v_neutrinos_thermal", **point) / physics.evaluate("sigma_v_neutrinos_today", **point)
    0.4815...
    """
    return charges.neutrinos * _thermal(x_today, m_X, mass_ratio, q_psi * g_X**2, propagator_width, 0.0)


@observable(
    unit="cm^3/s",
    label=r"$\langle\sigma v\rangle(\psi\bar\psi\to e^+e^-)$",
    reference="Drees & Zhao 2021, eqs. (3.2), (4.3)",
    domain=PSI_PERTURBATIVE,
    seconds=1e-6,
)
def sigma_v_electrons_thermal(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    x_today: FloatArray,
    electron_coupling_at: CouplingAt,
    propagator_width: FloatArray,
) -> FloatArray:
    """Annihilation into e+e- averaged over a Maxwell-Boltzmann distribution.

    The distribution has x_today = 3/<v^2>, v the velocity of a particle in units of c. For Dirac psi, not halved;
    relative error below 1e-11; 0 where the threshold is more than 350 T away. epsilon is that of s = 4 m_psi^2
    (mixing_momentum): cold psi.

    >>> import physics
    >>> physics.evaluate("sigma_v_electrons_thermal", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    7.9...e-30
    """
    coupling = electron_coupling_at(4 * (mass_ratio * m_X) ** 2)
    return _thermal(x_today, m_X, mass_ratio, q_psi * g_X * coupling, propagator_width, M_E)
