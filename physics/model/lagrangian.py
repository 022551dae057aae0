"""The Lagrangian: X, dark matter psi, and the charges of the gauge group."""

from __future__ import annotations

import math

import numpy as np

from physics.core.graph import Domain
from physics.core.parameter import parameter

__all__ = ["PSI_EXISTS"]

parameter("m_X", "mass of the gauge boson X", unit="MeV", label="$m_X$")
parameter("g_X", "U(1)_{Lmu-Ltau} gauge coupling", label="$g_X$", low_allowed=True)
parameter("mass_ratio", "m_psi / m_X; None: no dark matter", label=r"$m_\psi/m_X$", absent=math.inf)
parameter("q_psi", "charge of the dark matter psi (its sign is immaterial)", label=r"$q_\psi$", low_allowed=True)
parameter(
    "gauge_group",
    "what X couples to where neutrinos scatter: Lmu-Ltau (by kinetic mixing), or B-L (Amaral et al. 2020, appendix C)",
    label="gauge group",
    default="Lmu-Ltau",
    choices=("Lmu-Ltau", "B-L"),
)

PSI_EXISTS = Domain("there is dark matter: mass_ratio is finite", lambda mass_ratio: np.isfinite(mass_ratio))
