"""N_eff of three baths after instantaneous decoupling: Kamada et al. 2018, eqs. (11)-(15).

Down to T_nu_mu_tau_decoupling all have one temperature; from then on only X <-> e+e- connects (gamma, e) with
(nu_mu, nu_tau, X), and nothing connects nu_e. The plasma is one of ideal gases. Without mixing each bath keeps its
entropy.

Where instantaneous decoupling goes wrong: nu_mu and nu_tau do not let go of the electrons at once at 1.5 MeV. Weak
interactions fade from 3 MeV on, and the entropy of an X of 6-15 MeV, set free at T = m_X/3 and below, stays with the
neutrinos for the most part. Without mixing N_eff = 3.5 lies at 6.30 MeV here, and at 9.96 MeV with real decoupling
(`n_eff`'s equations with neutrino_flavours="separate"; 8.55 MeV with "common"); here it would move from 4.4 to 12.3 MeV
as T_nu_mu_tau_decoupling goes from 1 to 3 MeV. With the mixing of g_X = 5e-4 the bound of 10.40 MeV stands (10.45),
because X <-> e+e- holds nu_mu and nu_tau to the electrons down to 0.3 MeV, so that when weak interactions let go does
not matter.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.early_universe.three_baths import Particles, n_effs, problem
from physics.model.constants import E_CHARGE, M_E
from physics.model.widths import dirac_width

__all__ = ["X_ENERGY_TRANSFER", "n_eff_three_bath"]

X_ENERGY_TRANSFER = ("exact", "paper")
GONE = Domain("m_X > 1 keV: X is gone before matter takes over", lambda m_X: m_X > 1e-3)

parameter(
    "T_nu_mu_tau_decoupling",
    "temperature at which nu_mu and nu_tau decouple from e+-, at once",
    unit="MeV",
    label=r"$T_{\nu_\mu,D}$",
    default=1.5,
    low=0.1,
    high=100.0,
)
parameter(
    "epsilon_override",
    "kinetic mixing in place of epsilon, 0 for none; None: epsilon of g_X",
    label=r"$\epsilon$",
    default=math.inf,
    low=-1.0,
    high=1.0,
    absent=math.inf,
)
parameter(
    "x_energy_transfer",
    "energy that X <-> e+e- transfers: Gamma m n, or Gamma rho as in Kamada et al. 2018, eq. (11)",
    label="energy transfer",
    default="exact",
    choices=X_ENERGY_TRANSFER,
)


@observable(
    unit="1",
    label=r"$N_\mathrm{eff}$ (three baths)",
    reference="Kamada et al. 2018, eqs. (10)-(15)",
    domain=GONE,
    seconds=1.3e-4,
)
def n_eff_three_bath(
    m_X: FloatArray,
    m_phi: FloatArray,
    epsilon: FloatArray,
    epsilon_override: FloatArray,
    T_nu_mu_tau_decoupling: FloatArray,
    x_energy_transfer: str,
) -> FloatArray:
    """N_eff of (gamma, e), (nu_e) and (nu_mu, nu_tau, X, phi) after instantaneous decoupling, joined by X <-> e+e-.

    The picture of Kamada et al. 2018, with neither real decoupling nor QED corrections: 3.032 in the Standard Model;
    `n_eff` is better. x_energy_transfer="paper" is the paper's, 0.002 higher at 10 MeV. phi, where there is one, shares
    the temperature of X until it is gone, which m_phi > m_X suggests. That X has the temperature of nu_mu and nu_tau is
    taken for granted, whatever g_X: `n_eff` has no value where it does not. Error of the integration: 1e-5.

    >>> import physics
    >>> paper = {"m_X": 10, "g_X": 5e-4, "x_energy_transfer": "paper"}
    >>> round(physics.evaluate("n_eff_three_bath", **paper, epsilon_override=7.2e-6), 3)
    3.54
    >>> round(physics.evaluate("n_eff_three_bath", **paper, epsilon_override=0), 3)
    3.122
    """
    mixing = np.where(np.isinf(epsilon_override), epsilon, epsilon_override)
    width = dirac_width(mixing * E_CHARGE, m_X, M_E / m_X)
    scalar = Particles(0.0, 0.0, 0.0, 1.0, False)
    equations = problem(scalar, weak=False, common=False, transfer=x_energy_transfer)
    return n_effs(equations, T_nu_mu_tau_decoupling, m_X, m_phi, width)
