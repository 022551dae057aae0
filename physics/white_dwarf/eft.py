"""Cooling of white dwarfs by X in the four-fermion limit: X heavy compared with the plasma, no star enters."""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import G_F
from physics.white_dwarf.couplings import Couplings

__all__ = ["white_dwarf_eft_ratio", "white_dwarf_excess_heavy"]


HEAVY = Domain("m_X > 0.5 MeV: heavy compared with the plasma", lambda m_X: m_X > 0.5)


@observable(
    unit="1",
    label=r"$|G_D|/G_F$",
    reference="Drees & Zhao 2021, eq. (3.17); Dreiner et al. 2013",
    domain=HEAVY,
    when={"gauge_group": "Lmu-Ltau"},
)
def white_dwarf_eft_ratio(m_X: FloatArray, g_X: FloatArray, electron_coupling: FloatArray) -> FloatArray:
    """Strength of nu-electron scattering through X over the weak one; above 1 white dwarfs cool twice too fast.

    |G_D|/G_F with G_D = epsilon e g_X/m_X^2. With two flavours of neutrinos |G_D| = G_F doubles the emission of the
    Standard Model; for B-L, which couples to three and interferes, it does not: see `white_dwarf_excess_heavy`.

    >>> import physics
    >>> physics.evaluate("white_dwarf_eft_ratio", m_X=10, g_X=5.165936e-4)
    0.99999...
    """
    return np.abs(electron_coupling) * g_X / m_X**2 / G_F


@observable(
    unit="1",
    label=r"$\varepsilon_\mathrm{WD}$, heavy $X$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (21)",
    domain=HEAVY,
)
def white_dwarf_excess_heavy(m_X: FloatArray, g_X: FloatArray, plasmon_couplings: Couplings) -> FloatArray:
    """The excess for X heavy compared with the plasma: sum C_V^2 over that of the Standard Model, minus 1.

    1.511e17 (g_X MeV/m_X)^4; printed: 1.503e17 (...)^4 - 1.66e5 (...)^2; B-L: 1.187e22 (...)^4 + 1.158e11 (...)^2.
    `white_dwarf_excess` of 1 Msun and 1e8 K is larger by 0.4 % at 1 MeV, 1.7 % at 0.5 MeV.

    >>> import physics
    >>> round(physics.evaluate("white_dwarf_excess_heavy", m_X=10.0, g_X=3.75362e-4), 4)
    0.3
    """
    c = plasmon_couplings
    contact = math.sqrt(2) / G_F * c.d_V * (g_X / m_X) ** 2  # C_V + contact k
    return np.asarray((c.k2 * contact**2 - 2 * c.sign * c.k_V * contact) / c.c_V2)
