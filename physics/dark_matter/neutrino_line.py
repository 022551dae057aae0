"""The line of neutrinos at E = m_psi from psi psibar -> nu nubar in the halo of the Galaxy.

Dirac psi, that is all of dark matter, half of it psibar: there are (rho/2 m_psi)^2 sigma v annihilations per volume, of
which each makes a neutrino and an antineutrino, so that over the whole sky

    Phi = J sigma v/(16 pi m_psi^2),    J = integral of rho^2 along all lines of sight,

neutrinos arrive, and as many antineutrinos. X makes pairs of one flavour; on the way oscillations average out. JUNO
sees anti-nu_e (inverse beta decay), DUNE nu_e (argon).

`J_factor`: 4 pi 5 R rho^2 with the average over the sky, 5, of Yuksel et al. 2007, R = 8.5 kpc and rho = 0.3 GeV/cm^3
(from memory); profiles of the halo move it by a factor of 2, and it goes with the square of the local density. The line
is as narrow as psi is slow, 1e-3; annihilations in all other galaxies, redshifted, are left out.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.lagrangian import Charges
from physics.neutrino.oscillation import FlavourSplit

__all__ = ["neutrino_line_flux", "neutrino_line_flux_electron"]

_REFERENCE = "Yuksel et al. 2007; Akita et al. 2022; Drees & Zhao 2021, eq. (2.3)"

parameter(
    "J_factor",
    "integral of the squared density of the Galaxy's dark matter along all lines of sight, over the whole sky",
    unit="GeV^2/cm^5",
    label="$J$",
    default=1.5e23,
)


@observable(unit="cm^-2 s^-1", label=r"$\Phi_\nu(E = m_\psi)$", reference=_REFERENCE)
def neutrino_line_flux(
    m_X: FloatArray, mass_ratio: FloatArray, sigma_v_neutrinos_today: FloatArray, J_factor: FloatArray
) -> FloatArray:
    """Neutrinos of energy m_psi from the halo of the Galaxy, of all flavours; there are as many antineutrinos.

    For psi that is all of dark matter. The cross section is that of one relative velocity, `v_rel`.

    >>> import physics
    >>> flux = physics.evaluate("neutrino_line_flux", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    >>> round(flux, 2)
    9.26
    """
    return J_factor * sigma_v_neutrinos_today / (16 * math.pi * (1e-3 * mass_ratio * m_X) ** 2)


@observable(unit="cm^-2 s^-1", label=r"$\Phi_{\bar\nu_e}(E = m_\psi)$", reference=_REFERENCE)
def neutrino_line_flux_electron(
    neutrino_line_flux: FloatArray, charges: Charges, flavour_split: FlavourSplit, sin2_theta_12: FloatArray
) -> FloatArray:
    """Electron antineutrinos of energy m_psi from the halo of the Galaxy; there are as many electron neutrinos.

    Oscillations on the way are averaged: the sum over mass states i of |U_ai|^2 |U_ei|^2, for the flavours a that are
    made.

    >>> import physics
    >>> flux = physics.evaluate("neutrino_line_flux_electron", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    >>> round(flux, 2)
    2.09
    """
    vacuum = 1 - 2 * sin2_theta_12  # P(nu_e -> nu_a), which is P(nu_a -> nu_e), with cos 2 theta_m of the vacuum
    arriving = flavour_split.flavours(np.stack([np.ones_like(vacuum), vacuum]))
    squares = np.array([charges.electron, charges.muon, charges.tau]) ** 2
    share = sum(square * each for square, each in zip(squares / squares.sum(), arriving, strict=True))
    return np.asarray(neutrino_line_flux * share)
