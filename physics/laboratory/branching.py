"""Into what X decays: shares of its width, with and without dark matter. They do not depend on g_X."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import M_E, M_MU, M_TAU
from physics.model.lagrangian import Charges
from physics.model.mixing import CouplingAt
from physics.model.widths import FEW_HADRONS, dirac_width, gamma_X_neutrinos

__all__ = ["FINAL_STATES", "Widths", "invisible_branching"]

FINAL_STATES = {  # what a search sees -> mass of the particles that X must make a pair of [MeV]
    "muons": M_MU,
    "taus": M_TAU,
    "electrons": M_E,
    "invisible": 0.0,
    "total": 0.0,
}


class Widths(NamedTuple):
    """Of X at g_X = 1 [MeV]."""

    neutrinos: FloatArray
    electrons: FloatArray
    muons: FloatArray
    taus: FloatArray
    dark_matter: FloatArray

    def share(self, final: str) -> FloatArray:
        """Of the decays that end in one of FINAL_STATES."""
        total = self.neutrinos + self.electrons + self.muons + self.taus + self.dark_matter
        seen = {"invisible": self.neutrinos + self.dark_matter, "total": total}
        width: FloatArray = seen[final] if final in seen else getattr(self, final)
        return width / total

    def without_dark_matter(self) -> Widths:
        """If X could not decay into psi psibar."""
        return self._replace(dark_matter=np.zeros(1))


@branch("widths_per_g_X", when={"gauge_group": "B-L"}, domain=FEW_HADRONS)
@intermediate(when={"gauge_group": "Lmu-Ltau"})
def widths_per_g_X(
    m_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    charges: Charges,
    electron_coupling_at_per_g_X: CouplingAt,
) -> Widths:
    """Of X at g_X = 1."""
    return Widths(
        gamma_X_neutrinos(m_X, np.ones(1), charges),
        dirac_width(electron_coupling_at_per_g_X(m_X**2), m_X, M_E / m_X),
        dirac_width(np.array(charges.muon), m_X, M_MU / m_X),
        dirac_width(np.array(charges.tau), m_X, M_TAU / m_X),
        dirac_width(q_psi, m_X, mass_ratio),
    )


@observable(unit="1", label=r"$B(X\to\mathrm{invisible})$", reference="Drees & Zhao 2021, eq. (2.4)", seconds=4e-7)
def invisible_branching(widths_per_g_X: Widths) -> FloatArray:
    """Share of X that decay into neutrinos or psi psibar.

    What `gamma_X` leaves out is left out: hadrons, which kinetic mixing opens.

    >>> import physics
    >>> physics.evaluate("invisible_branching", m_X=[20, 300, 1e4], mass_ratio=None, q_psi=1).round(4)
    array([1.    , 0.5302, 0.334 ])
    >>> round(physics.evaluate("invisible_branching", m_X=300, mass_ratio=0.3, q_psi=1), 4)
    0.6869
    """
    return widths_per_g_X.share("invisible")
