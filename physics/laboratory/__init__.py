"""Beams and storage rings: (g-2)_mu, single photons at e+e- colliders, neutrino tridents."""

from physics.laboratory import g_minus_2, monophoton, trident

__all__ = ["g_minus_2", "monophoton", "trident"]
