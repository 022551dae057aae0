"""The Lagrangian: constants, the parameters of X and psi, charges of the gauge group, kinetic mixing, widths."""

from physics.model import constants, lagrangian, mixing, widths

__all__ = ["constants", "lagrangian", "mixing", "widths"]
