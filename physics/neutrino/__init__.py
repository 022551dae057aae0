"""Neutrinos from the Sun and from a spallation source, scattering off electrons and nuclei with X exchanged."""

from physics.neutrino import (
    borexino,
    borexino_8percent,
    checked,
    coherent,
    cross_sections,
    curve,
    dark_matter_detectors,
    detector,
    electron_couplings,
    experiment_file,
    experiments,
    limits,
    lz2024,
    oscillation,
    recoil_spectrum,
    recoils,
    solar,
    stopped_pions,
    targets,
    xenon1t,
)

__all__ = [
    "borexino",
    "borexino_8percent",
    "checked",
    "coherent",
    "cross_sections",
    "curve",
    "dark_matter_detectors",
    "detector",
    "electron_couplings",
    "experiment_file",
    "experiments",
    "limits",
    "lz2024",
    "oscillation",
    "recoil_spectrum",
    "recoils",
    "solar",
    "stopped_pions",
    "targets",
    "xenon1t",
]

dark_matter_detectors.register_package()
