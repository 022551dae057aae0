"""Cooling of white dwarfs by X: the star, its plasma, neutrinos from plasmons, and what X adds to them."""

from physics.white_dwarf import (
    cooling,
    damping,
    eft,
    emissivity,
    energy_loss,
    kamada,
    plasma,
    spectral,
    structure,
    tables,
)

__all__ = [
    "cooling",
    "damping",
    "eft",
    "emissivity",
    "energy_loss",
    "kamada",
    "plasma",
    "spectral",
    "structure",
    "tables",
]
