"""What psi psibar annihilates into, on the way out of equilibrium: masses and couplings, once for all methods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physics.core.branch import Domain
from physics.core.registration import branch, intermediate
from physics.core.status import FloatArray
from physics.model.constants import M_E, M_MU, M_TAU
from physics.model.lagrangian import Charges

__all__ = ["FinalStates", "final_states"]

FEW_HADRONS = Domain(
    "2 m_psi < 600 MeV for B-L: hadrons are left out", lambda m_X, mass_ratio: 2 * mass_ratio * m_X < 600.0
)


class FinalStates(NamedTuple):
    """Pairs of fermions, massless ones first: masses [MeV], squares of couplings over those of charge 1; and X X."""

    masses: FloatArray
    couplings: FloatArray
    pairs_of_X: bool

    def relative_to(self, m_psi: FloatArray) -> FloatArray:
        """(m_f/m_psi)^2, final states on the last axis.

        >>> FinalStates(np.array([0.0, 2.0]), np.ones(2), True).relative_to(np.array([4.0]))
        array([[0.  , 0.25]])
        """
        value: FloatArray = (self.masses / m_psi[..., np.newaxis]) ** 2
        return value


@branch("final_states", when={"annihilation_channels": "all", "gauge_group": "B-L"}, domain=FEW_HADRONS)
@intermediate(when={"annihilation_channels": "all", "gauge_group": "Lmu-Ltau"})
def final_states(charges: Charges, electron_coupling_per_g_X: float) -> FinalStates:
    """All neutrinos, e, mu, tau, and X X; e+e- with epsilon(0): that of s would change densities by less than 2e-5."""
    charged = [electron_coupling_per_g_X**2, charges.muon**2, charges.tau**2]
    return FinalStates(np.array([0.0, M_E, M_MU, M_TAU]), np.array([charges.neutrinos, *charged]), True)


@branch("final_states", when={"annihilation_channels": "neutrinos"})
def neutrinos_alone(charges: Charges) -> FinalStates:
    """All neutrinos."""
    return FinalStates(np.zeros(1), np.array([charges.neutrinos]), False)
