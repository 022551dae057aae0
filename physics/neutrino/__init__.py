"""Neutrinos from the Sun and from a spallation source, scattering off electrons and nuclei with X exchanged."""

from physics.neutrino import borexino, cross_sections, limits, oscillation, recoils, solar, targets

__all__ = ["borexino", "cross_sections", "limits", "oscillation", "recoils", "solar", "targets"]
