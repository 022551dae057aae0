"""Constants of nature, frozen here once: value, unit and source stand on each line.

A `Constant` is a float that remembers its unit and where its value comes from:

>>> M_MU, M_MU.unit, M_MU.source
(105.6583755, 'MeV', 'CODATA 2018')
"""

from __future__ import annotations

import math

__all__ = [
    "ALPHA",
    "ATOMIC_MASS_G",
    "ATOMIC_MASS_MEV",
    "AVOGADRO",
    "C_CM_PER_S",
    "ERG_PER_MEV",
    "E_CHARGE",
    "FEMTOBARN_CM2",
    "G_F",
    "G_NEWTON",
    "HBARC2_MEV2_CM2",
    "HBARC_MEV_CM",
    "HBAR_MEV_S",
    "K_B",
    "L_SUN",
    "M_E",
    "M_MU",
    "M_PI",
    "M_PLANCK",
    "M_PLANCK_PAPER",
    "M_SUN_G",
    "M_TAU",
    "OMEGA_PREFACTOR_PAPER",
    "RHO_CRITICAL",
    "SECONDS_PER_YEAR",
    "SIGMA_V_CM3_PER_S",
    "SIN2_THETA_W",
    "SIN2_THETA_W_LOW",
    "T_CMB",
    "Constant",
]


class Constant(float):
    """A number with its unit and its source."""

    unit: str
    source: str

    def __new__(cls, value: float, unit: str, source: str) -> Constant:
        """Attach unit and source to the number."""
        self = super().__new__(cls, value)
        self.unit = unit
        self.source = source
        return self

    def __reduce__(self) -> tuple[type[Constant], tuple[float, str, str]]:
        return Constant, (float(self), self.unit, self.source)


ALPHA = Constant(1 / 137.035999084, "1", "CODATA 2018")
M_E = Constant(0.51099895, "MeV", "CODATA 2018")
M_MU = Constant(105.6583755, "MeV", "CODATA 2018")
M_TAU = Constant(1776.86, "MeV", "PDG 2020")
M_PI = Constant(139.57039, "MeV", "PDG 2020: charged pion")
G_F = Constant(1.1663787e-11, "MeV^-2", "CODATA 2018 (MuLan, arXiv:1211.0960)")
SIN2_THETA_W = Constant(0.23122, "1", "PDG 2020, MS-bar at M_Z")
SIN2_THETA_W_LOW = Constant(0.2387, "1", "PDG 2020, section 10: MS-bar at zero momentum transfer, 0.23857(5), rounded")
HBARC2_MEV2_CM2 = Constant(3.893793721e-22, "MeV^2 cm^2", "CODATA 2018, exact in the SI of 2019")
C_CM_PER_S = Constant(2.99792458e10, "cm/s", "SI, exact")

# Stars: MeV to cgs
HBARC_MEV_CM = Constant(1.973269804e-11, "MeV cm", "CODATA 2018, exact in the SI of 2019")
HBAR_MEV_S = Constant(6.582119569e-22, "MeV s", "CODATA 2018, exact in the SI of 2019")
K_B = Constant(8.617333262e-11, "MeV/K", "CODATA 2018, exact in the SI of 2019")
ERG_PER_MEV = Constant(1.602176634e-6, "erg/MeV", "SI, exact")
ATOMIC_MASS_G = Constant(1.66053906660e-24, "g", "CODATA 2018: atomic mass unit")
ATOMIC_MASS_MEV = Constant(931.49410242, "MeV", "CODATA 2018: atomic mass unit")
AVOGADRO = Constant(6.02214076e23, "1", "SI, exact")
SECONDS_PER_YEAR = Constant(365.25 * 86400, "s", "Julian year")
G_NEWTON = Constant(6.67430e-8, "cm^3/g/s^2", "CODATA 2018")
M_SUN_G = Constant(1.98841e33, "g", "PDG 2020")
L_SUN = Constant(3.828e33, "erg/s", "IAU 2015 resolution B3, nominal")

M_PLANCK = Constant(1.220890e22, "MeV", "CODATA 2018")
T_CMB = Constant(2.7255 * 8.617333262e-11, "MeV", "Fixsen 2009, arXiv:0911.1955: 2.7255 K; k_B of the SI of 2019")

# The freeze-out formula of Drees & Zhao 2021 keeps the paper's own numbers; see relic/freeze_out.py.
M_PLANCK_PAPER = Constant(1.22e22, "MeV", "Drees & Zhao 2021, below eq. (3.3)")
OMEGA_PREFACTOR_PAPER = Constant(1.07e6, "MeV^-1", "Drees & Zhao 2021, eq. (3.8)")

# Derived
E_CHARGE = Constant(math.sqrt(4 * math.pi * ALPHA), "1", "sqrt(4 pi alpha), CODATA 2018")
SIGMA_V_CM3_PER_S = Constant(HBARC2_MEV2_CM2 * C_CM_PER_S, "MeV^2 cm^3/s", "(hbar c)^2 c: MeV^-2 -> cm^3/s")
RHO_CRITICAL = Constant(
    1.053672e-2 * HBARC2_MEV2_CM2**1.5, "MeV^4", "critical density over h^2, 1.053672e-5 GeV/cm^3: PDG 2020"
)
FEMTOBARN_CM2 = Constant(1e-39, "cm^2", "definition")
