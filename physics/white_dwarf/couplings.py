r"""Couplings of X to electrons and neutrinos, as the plasmons of a white dwarf see them.

X couples to the electron with d_V = c_e and to the neutrinos with k_alpha = (charge/2) (1 - gamma5), per g_X. With
L = -g_X X_mu J^mu, the couplings C_V of plasmons to neutrinos become functions of s = q^2 (Foldenauer & Hoefken Zink
2024, eq. (15), whose sign is the opposite):

    C_V -> C_V + (sqrt(2)/G_F) g_X^2 d_V k_alpha/(m_X^2 - s - i s g_X^2 sum(k^2)/6 pi)

For Lmu-Ltau the interference with C_V cancels between nu_mu and nu_tau. For B-L all d_V k_alpha are +1/2: it is
constructive where X is heavier than the plasmon, destructive where it is lighter.

Charges are all that counts, whatever the group: a plasmon is a wave of electrons. The ions' part, left out for any X,
is of the order E_F/m_u = 0.0015 of theirs; for B-L the ions' neutrons change it by as much.

The parameter wd_reading chooses conventions:

"physical" (default)
    d_A = 0: X couples to the Z current with -eps_Z m_X^2/m_Z^2 only, nothing at m_X << m_Z (the paper's eq. (A13) has
    it unsuppressed). Propagator 1/(m_X^2 - q^2). Width Gamma = sum(k^2) g_X^2 m_X/6 pi, that is Im D = sum k^2 q^2/6 pi
    for both polarisations.
"printed"
    The paper's couplings (12)-(14) with d_A, the sign of (15), and the coefficient 24 pi of (36) for both polarisations
    (as printed, the longitudinal one is no self-energy). The sum over flavours is over k^2, not the square of the sum
    of k that the text has: there k_mu and k_tau cancel. For Lmu-Ltau only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, G_F, SIN2_THETA_W
from physics.model.lagrangian import Charges
from physics.white_dwarf.emissivity import C_A, C_V

__all__ = [
    "LARGEST_G",
    "LARGEST_MIXING",
    "Couplings",
    "largest_coupling",
    "plasmon_couplings",
    "printed_couplings",
]

parameter(
    "wd_reading",
    "white dwarfs; physical: no coupling to the Z current, width with 6 pi, 1/(m_X^2 - q^2); "
    "printed: couplings, sign and width of Foldenauer & Hoefken Zink 2024",
    label="white-dwarf reading",
    default="physical",
    choices=("physical", "printed"),
)

LARGEST_G = 1.0  # one loop is not enough above
LARGEST_MIXING = 5e-4  # (c_e/e)^2, to which the mixing of X with plasmons is neglected


class Couplings(NamedTuple):
    """Couplings of X per g_X, and what the excess needs of them.

    d_V, d_A : to the electron
    k2 : sum over flavours of the squared coupling to neutrinos
    k_V, k_A : sums weighted with C_V and C_A
    width : pi times 6, or another number: Im D = sum k^2 s/width
    sign : +1 for 1/(s - m^2) in the coupling, -1 for 1/(m^2 - s)
    r : (d_V^2 + d_A^2)/(4 pi alpha)
    c_V2, c_A2 : sums of squares of the couplings of the Standard Model
    G_F : Fermi constant [MeV^-2]
    """

    d_V: float
    d_A: float
    k2: float
    k_V: float
    k_A: float
    width: float
    sign: float
    r: float
    c_V2: float
    c_A2: float
    G_F: float


def _couplings(d_V: float, d_A: float, k: FloatArray, width: float, sign: float) -> Couplings:
    return Couplings(
        d_V,
        d_A,
        float(np.sum(k**2)),
        float(np.sum(C_V * k)),
        float(np.sum(C_A * k)),
        width,
        sign,
        (d_V**2 + d_A**2) / (4 * math.pi * ALPHA),
        float(np.sum(C_V**2)),
        float(np.sum(C_A**2)),
        float(G_F),
    )


def _neutrinos(charges: Charges) -> FloatArray:
    """Couplings of nu_e, nu_mu, nu_tau."""
    return 0.5 * np.array([charges.electron, charges.muon, charges.tau])


@intermediate(when={"wd_reading": "physical"})
def plasmon_couplings(electron_coupling_per_g_X: float, charges: Charges) -> Couplings:
    """Couplings of X to electrons and neutrinos.

    >>> from physics.model.lagrangian import CHARGES
    >>> c = plasmon_couplings(-1.0, CHARGES["B-L"])
    >>> c.d_V, c.k2, round(c.k_V, 5)
    (-1.0, 0.75, -0.44366)
    """
    return _couplings(electron_coupling_per_g_X, 0.0, _neutrinos(charges), 6 * math.pi, -1.0)


@branch("plasmon_couplings", when={"wd_reading": "printed", "gauge_group": "Lmu-Ltau"})
def printed_couplings(electron_coupling_per_g_X: float, charges: Charges) -> Couplings:
    """Foldenauer & Hoefken Zink 2024, eqs. (12)-(14).

    >>> from physics.model.lagrangian import CHARGES
    >>> c = printed_couplings(-0.00437, CHARGES["Lmu-Ltau"])
    >>> round(c.d_V / -0.00437, 6), round((c.d_A / c.d_V) ** 2, 6)
    (0.997176, 0.001421)
    """
    tan2 = SIN2_THETA_W / (1 - SIN2_THETA_W)
    d_V = electron_coupling_per_g_X * (1 - tan2 * (1 - 4 * SIN2_THETA_W) / 8)
    d_A = electron_coupling_per_g_X * tan2 / 8
    return _couplings(d_V, d_A, _neutrinos(charges) + d_A, 24 * math.pi, 1.0)


def largest_coupling(plasmon_couplings: Couplings) -> float:
    """Largest g_X for which the excess is right.

    >>> from physics.model.lagrangian import CHARGES
    >>> largest_coupling(plasmon_couplings(-0.00437, CHARGES["Lmu-Ltau"]))
    1.0
    >>> round(largest_coupling(plasmon_couplings(-1.0, CHARGES["B-L"])), 5)
    0.00677
    """
    return min(LARGEST_G, math.sqrt(LARGEST_MIXING / plasmon_couplings.r))
