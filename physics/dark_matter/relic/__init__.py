"""The relic density of psi: thermal averages, the freeze-out formula, Boltzmann equations, and the relic line."""

from physics.dark_matter.relic import (
    blocks,
    boltzmann,
    freeze_out,
    kinetic_decoupling,
    line,
    phase_space,
    relic_density,
    thermal_average,
)

__all__ = [
    "blocks",
    "boltzmann",
    "freeze_out",
    "kinetic_decoupling",
    "line",
    "phase_space",
    "relic_density",
    "thermal_average",
]
