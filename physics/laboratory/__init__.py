"""Beams and storage rings: (g-2)_mu, single photons at e+e- colliders, neutrino tridents, limits of accelerators."""

from physics.laboratory import accelerators, branching, g_minus_2, monophoton, trident

__all__ = ["accelerators", "branching", "g_minus_2", "monophoton", "trident"]

accelerators.register_package()
