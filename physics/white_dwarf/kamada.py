"""Cooling of white dwarfs by X as Kamada et al. 2018 count it, in the four-fermion limit."""

from __future__ import annotations

import numpy as np

from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import G_F
from physics.white_dwarf.eft import HEAVY

__all__ = ["white_dwarf_kamada_ratio"]

C_V = 0.964  # of the plasmon's coupling to neutrinos, as the paper quotes it


@observable(
    domain=HEAVY,
    unit="1",
    label=r"$G_{Z'}/C_V G_F$",
    reference="Kamada et al. 2018, eqs. (3), (4)",
    when={"gauge_group": "Lmu-Ltau"},
)
def white_dwarf_kamada_ratio(m_X: FloatArray, g_X: FloatArray, electron_coupling: FloatArray) -> FloatArray:
    """Strength of nu-electron scattering through X over the weak one, G_Z'/(C_V G_F); above 1 it is excluded.

    G_Z' = -e g_X epsilon/(2 m_X^2) (section II.A). The paper's own numbers, (g_X/7.7e-4)^2 (10 MeV/m_X)^2, do not
    follow from it: 7.17e-4 does. Its criterion leaves out the 1/sqrt(2) of the weak operator (6.03e-4 with it) and that
    two flavours take part; `white_dwarf_energy_loss` is the computation without such shortcuts.

    >>> import physics
    >>> physics.evaluate("white_dwarf_kamada_ratio", m_X=10, g_X=7.17303e-4)
    1.0000...
    """
    return np.abs(electron_coupling) * g_X / (2 * m_X**2) / (C_V * G_F)
