"""The relic density of psi: thermal averages, the freeze-out formula, Boltzmann equations, and the relic line."""

from physics.relic import freeze_out

__all__ = ["freeze_out"]
