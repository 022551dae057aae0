"""Positrons from psi psibar -> e+e- for the 511 keV line: Drees & Zhao 2021, eq. (4.1)."""

from __future__ import annotations

from physics.core.graph import observable
from physics.core.status import FloatArray
from physics.model.constants import C_CM_PER_S, FEMTOBARN_CM2
from physics.model.lagrangian import PSI_EXISTS

__all__ = ["positron_production_511"]


@observable(
    unit="fb",
    label=r"$\langle\sigma v\rangle_{ee}\,(m_\psi/\mathrm{MeV})^{-2}/2$",
    reference="Drees & Zhao 2021, eq. (4.1); Borodatchenkova et al. 2006",
    domain=PSI_EXISTS,
)
def positron_production_511(m_X: FloatArray, mass_ratio: FloatArray, sigma_v_electrons_today: FloatArray) -> FloatArray:
    """Rate of positrons, <v sigma>_ee (m_psi/MeV)^-2 / 2; the 511 keV line wants 1e-3 to 1 fb.

    For psi that is all of dark matter; in units of fb c.

    >>> import physics
    >>> physics.evaluate("positron_production_511", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    0.000988...
    """
    return sigma_v_electrons_today / (C_CM_PER_S * FEMTOBARN_CM2) / (mass_ratio * m_X) ** 2 / 2
