"""The plasma frequency inside a white dwarf: Foldenauer & Hoefken Zink 2024, Fig. 3.

Whole profiles are arrays of a star: `star(1.0, 1e8).r` [cm], `.omega_p` [MeV], `.n_e` [MeV^3].
"""

from __future__ import annotations

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.white_dwarf.star import STAR, per_star, star

__all__ = ["white_dwarf_plasma_frequency"]

parameter(
    "wd_radius_fraction",
    "distance from the centre of a white dwarf over its radius",
    label=r"$r/R_\mathrm{WD}$",
    default=0.0,
    low_allowed=True,
    high=1.0,
)
EV_PER_MEV = 1e6


@observable(
    unit="eV",
    label=r"$\omega_p$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (33), Fig. 3",
    domain=STAR,
    seconds=1e-6,
)
def white_dwarf_plasma_frequency(
    wd_radius_fraction: FloatArray, wd_mass: FloatArray, wd_temperature: FloatArray
) -> FloatArray:
    """Plasma frequency in a white dwarf: X lighter than at the centre is in resonance with plasmons somewhere.

    The model star ends where its equation of state does, at 89 eV for 1 Msun and 1e8 K.

    >>> import physics
    >>> physics.evaluate("white_dwarf_plasma_frequency", wd_radius_fraction=[0, 0.5, 0.9, 0.999])
    array([70806.178..., 40473.880...,  9498.341...,   432.564...])
    """
    return per_star(_at, wd_mass, wd_temperature, wd_radius_fraction)


def _at(mass: float, temperature: float, fraction: FloatArray) -> FloatArray:
    dwarf = star(mass, temperature)
    return EV_PER_MEV * np.exp(0.5 * dwarf.ln_omega_p2(dwarf.y_of_r(fraction * dwarf.radius)))
