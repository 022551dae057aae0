"""Cooling of white dwarfs by X: the star, its plasma, neutrinos from plasmons, and what X adds to them."""

from physics.white_dwarf import (
    cooling,
    couplings,
    damping_rates,
    dispersion,
    eft,
    electron_gas,
    emission,
    emissivity,
    energy_loss,
    equation_of_state,
    excess,
    kamada,
    profile,
    spectral,
    star,
    tables,
)

__all__ = [
    "cooling",
    "couplings",
    "damping_rates",
    "dispersion",
    "eft",
    "electron_gas",
    "emission",
    "emissivity",
    "energy_loss",
    "equation_of_state",
    "excess",
    "kamada",
    "profile",
    "spectral",
    "star",
    "tables",
]
