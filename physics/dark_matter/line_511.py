"""Positrons from psi psibar -> e+e- for the 511 keV line: Drees & Zhao 2021, eq. (4.1)."""

from __future__ import annotations

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import C_CM_PER_S, FEMTOBARN_CM2

__all__ = ["positron_production_511"]

parameter(
    "m_psi_511_max",
    "largest m_psi for which psi can be the main source of the positrons: photons that come with faster ones are not "
    "seen (Beacom et al. 2005: 20)",
    unit="MeV",
    label=r"$m_\psi^\mathrm{max}$ (511 keV)",
    default=20.0,
)

LIGHT = Domain(
    "m_psi < m_psi_511_max, q_psi g_X < perturbativity_limit",
    lambda m_X, g_X, mass_ratio, q_psi, m_psi_511_max, perturbativity_limit: (
        np.isfinite(mass_ratio) & (mass_ratio * m_X < m_psi_511_max) & (q_psi * g_X < perturbativity_limit)
    ),
)


@observable(
    unit="fb",
    label=r"$\langle\sigma v\rangle_{ee}\,(m_\psi/\mathrm{MeV})^{-2}/2$",
    reference="Drees & Zhao 2021, eq. (4.1); Borodatchenkova et al. 2006; Beacom et al. 2005",
    domain=LIGHT,
)
def positron_production_511(m_X: FloatArray, mass_ratio: FloatArray, sigma_v_electrons_today: FloatArray) -> FloatArray:
    """Rate of positrons, <v sigma>_ee (m_psi/MeV)^-2 / 2; the 511 keV line wants 1e-3 to 1 fb.

    For psi that is all of dark matter; in units of fb c. Heavier psi than m_psi_511_max, 20 MeV, cannot be what makes
    the line, for lack of the continuum that comes with fast positrons: it has no value. Later work is between 3 MeV
    and, for favourable propagation, 50 MeV.

    >>> import physics
    >>> physics.evaluate("positron_production_511", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    0.00099235...
    """
    return sigma_v_electrons_today / (C_CM_PER_S * FEMTOBARN_CM2) / (mass_ratio * m_X) ** 2 / 2
