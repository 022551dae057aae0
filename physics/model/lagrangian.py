"""The Lagrangian: X, dark matter psi, and the charges of the gauge group.

X couples to leptons, and for B-L to nucleons, with g_X times their charges (Drees & Zhao 2021, eq. (2.1); Amaral et al.
2020, appendix C), and to psi with q_psi g_X. What differs between the gauge groups starts at the node `charges`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import intermediate

__all__ = ["CHARGES", "PERTURBATIVE", "PSI_EXISTS", "PSI_PERTURBATIVE", "WEAK", "Charges", "charges"]


class Charges(NamedTuple):
    """Charges of the charged leptons (and of their neutrinos), and of a nucleon."""

    electron: float
    muon: float
    tau: float
    nucleon: float

    @property
    def neutrinos(self) -> float:
        """Sum of squares over the neutrinos, relative to a Dirac fermion of charge 1 (two helicities).

        >>> CHARGES["Lmu-Ltau"].neutrinos, CHARGES["B-L"].neutrinos
        (1.0, 1.5)
        """
        return 0.5 * (self.electron**2 + self.muon**2 + self.tau**2)


CHARGES = {"Lmu-Ltau": Charges(0.0, 1.0, -1.0, 0.0), "B-L": Charges(-1.0, -1.0, -1.0, 1.0)}

parameter("m_X", "mass of the gauge boson X", unit="MeV", label="$m_X$")
parameter("g_X", "U(1)_{Lmu-Ltau} gauge coupling", label="$g_X$", low_allowed=True)
parameter("mass_ratio", "m_psi / m_X; None: no dark matter", label=r"$m_\psi/m_X$", absent=math.inf)
parameter("q_psi", "charge of the dark matter psi (its sign is immaterial)", label=r"$q_\psi$", low_allowed=True)
parameter(
    "gauge_group",
    "what X couples to: Lmu-Ltau (to electrons and nuclei by kinetic mixing), or B-L (Amaral et al. 2020, appendix C)",
    label="gauge group",
    default="Lmu-Ltau",
    choices=CHARGES,
)
parameter(
    "m_phi",
    "mass of the scalar phi that breaks the symmetry; None: not there",
    unit="MeV",
    label=r"$m_\phi$",
    default=math.inf,
    absent=math.inf,
)

parameter(
    "perturbativity_limit",
    "largest q_psi g_X at which tree-level rates are given (4 pi: where loops are as large)",
    label=r"$(q_\psi g_X)_\mathrm{max}$",
    default=4 * math.pi,
)

PSI_EXISTS = Domain("there is dark matter: mass_ratio is finite", lambda mass_ratio: np.isfinite(mass_ratio))
PERTURBATIVE = Domain(
    "q_psi g_X < perturbativity_limit, if there is dark matter",
    lambda g_X, mass_ratio, q_psi, perturbativity_limit: (
        (q_psi * g_X < perturbativity_limit) | ~np.isfinite(mass_ratio)
    ),
)
WEAK = Domain(
    "q_psi g_X < perturbativity_limit",
    lambda g_X, q_psi, perturbativity_limit: q_psi * g_X < perturbativity_limit,
)
PSI_PERTURBATIVE = Domain(
    "there is dark matter: mass_ratio is finite, q_psi g_X < perturbativity_limit",
    lambda g_X, mass_ratio, q_psi, perturbativity_limit: np.isfinite(mass_ratio) & (q_psi * g_X < perturbativity_limit),
)


@intermediate
def charges(gauge_group: str) -> Charges:
    """Charges of the gauge group."""
    return CHARGES[gauge_group]
