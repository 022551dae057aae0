"""Neutrinos from the Sun and from a spallation source, scattering off electrons and nuclei with X exchanged."""

from physics.neutrino import (
    borexino,
    borexino_8percent,
    coherent,
    cross_sections,
    dark_matter_detectors,
    detector,
    experiments,
    limits,
    oscillation,
    recoils,
    solar,
    stopped_pions,
    targets,
    xenon1t,
)

__all__ = [
    "borexino",
    "borexino_8percent",
    "coherent",
    "cross_sections",
    "dark_matter_detectors",
    "detector",
    "experiments",
    "limits",
    "oscillation",
    "recoils",
    "solar",
    "stopped_pions",
    "targets",
    "xenon1t",
]
