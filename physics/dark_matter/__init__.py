"""What psi does: it annihilates, freezes out, and scatters."""

from physics.dark_matter import annihilation, cmb, electron_scattering, line_511, relic, self_interaction

__all__ = ["annihilation", "cmb", "electron_scattering", "line_511", "relic", "self_interaction"]
