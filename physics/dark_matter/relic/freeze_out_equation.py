"""What the freeze-out formula solves: eq. (3.3) of Drees & Zhao 2021, in the variables of breit_wigner.py."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import intermediate
from physics.core.status import FloatArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.final_states import FinalStates
from physics.model.constants import M_PLANCK_PAPER

__all__ = ["FreezeOutEquation", "freeze_out_equation"]

parameter("g_star", "relativistic degrees of freedom at freeze-out", label="$g_*$", default=10.75)


class FreezeOutEquation(NamedTuple):
    """Eq. (3.3) as x = ln(strength S/sqrt x), with <sigma v> = scale S; all with the same number of dimensions."""

    strength: FloatArray
    scale: FloatArray
    d: FloatArray  # position and width of the pole, breit_wigner.py
    w: FloatArray
    couplings: FloatArray  # (channel,): squares, relative to a Dirac lepton of charge 1
    y_f: FloatArray  # (..., channel): (m_f/m_psi)^2
    y_0: FloatArray  # (m_X/2 m_psi)^2
    pairs: FloatArray  # q_psi^2 if annihilation into X X is counted, else 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the points."""
        return np.broadcast_shapes(self.strength.shape, self.w.shape, self.pairs.shape)


@intermediate
def freeze_out_equation(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    g_star: FloatArray,
    final_states: FinalStates,
    propagator_width: FloatArray,
) -> FreezeOutEquation:
    """What eq. (3.3) depends on."""
    ndim = max(np.ndim(a) for a in (m_X, g_X, mass_ratio, q_psi, g_star, propagator_width))
    m_X, g_X, mass_ratio, q_psi, g_star, width = (
        np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a))
        for a in (m_X, g_X, mass_ratio, q_psi, g_star, propagator_width)
    )
    m_psi = mass_ratio * m_X
    scale = (g_X**2 * q_psi) ** 2 / (12 * math.pi * m_psi**2)
    return FreezeOutEquation(
        strength=0.076 * M_PLANCK_PAPER * m_psi / np.sqrt(g_star) * scale,
        scale=scale,
        d=pole_position(mass_ratio),
        w=width / (4 * mass_ratio**2 * m_X),
        couplings=final_states.couplings,
        y_f=final_states.relative_to(m_psi),
        y_0=(m_X / (2 * m_psi)) ** 2,
        pairs=final_states.pairs_of_X * q_psi**2,
    )
