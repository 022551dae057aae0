"""psi psibar -> X X today. The cross section at any energy: relic/x_pairs.py."""

from __future__ import annotations

import math

import numpy as np

from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import SIGMA_V_CM3_PER_S
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = ["sigma_v_X_today"]


@observable(
    unit="cm^3/s",
    label=r"$\sigma v(\psi\bar\psi\to XX)$",
    reference="Drees & Zhao 2021, eq. (2.1) at tree level",
    domain=PSI_PERTURBATIVE,
)
def sigma_v_X_today(m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray) -> FloatArray:
    """Annihilation into X X at rest, (q_psi g_X)^4/(16 pi m_psi^2) (1-rho^2)^(3/2)/(1-rho^2/2)^2, rho = m_X/m_psi.

    For Dirac psi, not halved; 0 for mass_ratio <= 1. An s wave: the velocity does not matter.

    >>> import physics
    >>> physics.evaluate("sigma_v_X_today", m_X=10, g_X=1e-3, mass_ratio=[1.0, 2.0], q_psi=1)
    array([0.00...e+00, 4.92...e-28])
    """
    rho2 = np.minimum(1 / mass_ratio**2, 1.0)
    opened = (1 - rho2) ** 1.5 / (1 - rho2 / 2) ** 2
    result: FloatArray = SIGMA_V_CM3_PER_S * (q_psi * g_X) ** 4 / (16 * math.pi * (mass_ratio * m_X) ** 2) * opened
    return result
