"""Cooling of white dwarfs by X: the star, its plasma, neutrinos from plasmons, and what X adds to them."""

from physics.white_dwarf import eft, plasma, structure

__all__ = ["eft", "plasma", "structure"]
