"""Annihilation into e+e- at recombination against the CMB: Drees & Zhao 2021, eqs. (3.14), (4.2)."""

from __future__ import annotations

from physics.core.graph import observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.lagrangian import PSI_EXISTS

__all__ = ["P_ANN_LIMIT", "cmb_ratio"]

parameter("f_eff_electrons", "CMB efficiency of e+e- pairs", label=r"$f_\mathrm{eff}$", default=0.3)

P_ANN_LIMIT = (
    4.1e-31  # f_eff <sigma v>/2 / m_psi [cm^3/s/MeV], 95 % CL: Drees & Zhao 2021, eq. (3.14), after Slatyer 2016
)


@observable(unit="1", label="CMB ratio", reference="Drees & Zhao 2021, eq. (3.14); Slatyer 2016", domain=PSI_EXISTS)
def cmb_ratio(
    m_X: FloatArray, mass_ratio: FloatArray, sigma_v_electrons_today: FloatArray, f_eff_electrons: FloatArray
) -> FloatArray:
    """Energy injected into the CMB by psi psibar -> e+e- over the limit; above 1 it is excluded.

    f_eff <sigma v>_ee/2 / (4.1e-28 cm^3/s m_psi/GeV), if psi is all of dark matter; f_eff is 0.3 at 10 MeV. Neutrinos do not ionise. Muons do,
    and are not counted: for m_psi > m_mu this is the share of e+e- only, and annihilation into muons excludes psi up
    to several GeV (section 3.4). The velocity is v_rel, as today: at recombination it is smaller, which matters where
    |2 mass_ratio - 1| < v_rel^2.

    >>> import physics
    >>> physics.evaluate("cmb_ratio", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    0.25...
    """
    return f_eff_electrons * sigma_v_electrons_today / 2 / (P_ANN_LIMIT * mass_ratio * m_X)
