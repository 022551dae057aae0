"""Scattering of psi off electrons: Drees & Zhao 2021, eq. (3.9)."""

from __future__ import annotations

import math

from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, HBARC2_MEV2_CM2, M_E
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = ["sigma_psi_electron"]


@observable(
    unit="cm^2",
    label=r"$\sigma(\psi e)$",
    reference="Drees & Zhao 2021, eq. (3.9); Essig et al. 2016",
    domain=PSI_PERTURBATIVE,
)
def sigma_psi_electron(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, electron_coupling: FloatArray
) -> FloatArray:
    """Cross section of psi e -> psi e at the reference momentum transfer alpha m_e.

    >>> import physics
    >>> physics.evaluate("sigma_psi_electron", m_X=10, g_X=1e-3, mass_ratio=1, q_psi=1)
    5.59...e-44
    """
    m_psi = mass_ratio * m_X
    reduced_mass = M_E / (1 + M_E / m_psi)
    couplings = electron_coupling * q_psi * g_X
    return HBARC2_MEV2_CM2 * reduced_mass**2 / math.pi * couplings**2 / (m_X**2 + ALPHA**2 * M_E**2) ** 2
