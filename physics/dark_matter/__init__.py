"""What psi does: it annihilates, freezes out, and scatters."""

from physics.dark_matter import (
    annihilation,
    boost_factor,
    cmb,
    electron_scattering,
    energy_deposition,
    line_511,
    neutrino_line,
    relic,
    self_interaction,
    x_pairs_today,
)

__all__ = [
    "annihilation",
    "boost_factor",
    "cmb",
    "electron_scattering",
    "energy_deposition",
    "line_511",
    "neutrino_line",
    "relic",
    "self_interaction",
    "x_pairs_today",
]
