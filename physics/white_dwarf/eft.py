"""Cooling of white dwarfs by X in the four-fermion limit: Drees & Zhao 2021, eqs. (3.15)-(3.18)."""

from __future__ import annotations

import numpy as np

from physics.core.graph import Domain, observable
from physics.core.status import FloatArray
from physics.model.constants import G_F
from physics.model.mixing import electron_coupling

__all__ = ["white_dwarf_eft_ratio"]


HEAVY = Domain("m_X > 0.5 MeV: heavy compared with the plasma", lambda m_X: m_X > 0.5)


@observable(
    domain=HEAVY, unit="1", label=r"$|G_D|/G_F$", reference="Drees & Zhao 2021, eq. (3.17); Dreiner et al. 2013"
)
def white_dwarf_eft_ratio(m_X: FloatArray, g_X: FloatArray, epsilon: FloatArray) -> FloatArray:
    """Strength of nu-electron scattering through X over the weak one; above 1 white dwarfs cool twice too fast.

    |G_D|/G_F with G_D = epsilon e g_X/m_X^2. With two flavours of neutrinos |G_D| = G_F doubles the emission of the
    Standard Model.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X.
    epsilon : array_like
        Kinetic mixing.

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 2) for m_X <= 0.5 MeV, where X is not heavy compared with the plasma.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("white_dwarf_eft_ratio", m_X=10, g_X=5.165936e-4)
    0.99999...
    """
    return np.abs(electron_coupling(epsilon)) * g_X / m_X**2 / G_F
