"""Neutrinos from the Sun and from a spallation source, scattering off electrons and nuclei with X exchanged."""

from physics.neutrino import cross_sections, limits, oscillation, recoils, solar, targets

__all__ = ["cross_sections", "limits", "oscillation", "recoils", "solar", "targets"]
