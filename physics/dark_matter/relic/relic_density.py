"""The relic density of psi, by one of four methods.

The freeze-out formula is eq. (3.8) of Drees & Zhao 2021 with its misprints corrected (Griest & Seckel 1991):
Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl), the 2 because only psi psibar pairs annihilate. The paper's
M_Pl = 1.22e19 GeV and 1.07e9 GeV^-1 are kept: modern constants give 1.0385e9, 3 % less.

Physical accuracy of the formula. Against the Boltzmann equation with constant g_* the formula is good to 3 % for
mass_ratio > 1/2 and 30-40 % too high for mass_ratio of 0.25 to 0.35; early kinetic decoupling changes the density by
factors for |2 mass_ratio - 1| below about 1e-2, and by up to 40 for resonant mass_ratio < 1/2. relic_method="boltzmann"
and "coupled" (boltzmann.py) and "phase-space" (phase_space.py) have what the formula leaves out; "phase-space" is the
reference, and boltzmann.py says how far the others are from it. Below x_freeze_out of about 4 freeze-out is not
non-relativistic, and the results depend on how psi came to be: cut on x_freeze_out. Annihilation into X X (x_pairs.py)
counts from mass_ratio of about 0.9 on: it divides the density by 1.06 at 0.99 and 1.8 at 2 for q_psi = 1, by 4.6 and 70
for q_psi = 10 (m_X = 15 MeV, g_X = 5e-3). X is taken to be in equilibrium with the neutrinos, as its decays see to.
"""

from __future__ import annotations

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import branch, observable
from physics.core.status import FloatArray
from physics.dark_matter.relic.freeze_out import FreezeOut
from physics.model.constants import M_PLANCK_PAPER, OMEGA_PREFACTOR_PAPER
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = ["relic_density"]

parameter(
    "relic_method",
    "how the relic density is computed; freeze-out: Drees & Zhao 2021, eqs. (3.3), (3.7), (3.8); "
    "boltzmann: equation for the density with g_*(T), psi as warm as the neutrinos; "
    "coupled: equations for the density and the temperature of psi (early kinetic decoupling), good to 1 % for "
    "2 mass_ratio - 1 > 1e-3, too high by 2 % at 6e-4, 7 % at 2e-4, 28 % at 2e-5, 70 % at 2e-6, too low by factors of "
    "2 to 3 for mass_ratio from 0.34 to 0.45; phase-space: equation for the momentum distribution of psi, the "
    "reference for the others",
    label="relic method",
    default="freeze-out",
    choices=("freeze-out", "boltzmann", "coupled", "phase-space"),
)


@observable(
    unit="1",
    label=r"$\Omega_\psi h^2$",
    reference="Drees & Zhao 2021, eq. (3.8), corrected; Griest & Seckel 1991",
    domain=PSI_PERTURBATIVE,
    when={"relic_method": "freeze-out"},
)
def relic_density(freeze_out: FreezeOut, g_star: FloatArray) -> FloatArray:
    """Relic density of psi and psibar by the freeze-out formula, or from Boltzmann equations (relic_method).

    The formula is Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl), g_* a number; the Boltzmann equations have g_*(T)
    of the Standard Model. Each method is judged by its own solution: there is none (status 3) by the formula where
    eq. (3.3) has none, by the equations where annihilation never comes near the expansion rate; between the two psi
    hardly thermalises, and its density is an order of magnitude. For B-L there is only the formula: psi scatters off
    electrons, too. Accuracy: see this module for the formula, physics.dark_matter.relic.boltzmann for the equations,
    physics.dark_matter.relic.phase_space for the reference.

    >>> import physics
    >>> point = dict(m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    >>> physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    0.07599...
    >>> physics.evaluate("relic_density", **point)  # e+e- is 2e-5 of it
    0.07599...
    >>> physics.evaluate("relic_density", **point, relic_method="coupled")
    0.0683...
    >>> physics.evaluate("relic_density", **point, relic_method="phase-space")
    0.0680...
    """
    return 2 * OMEGA_PREFACTOR_PAPER / (freeze_out.integral * np.sqrt(g_star) * M_PLANCK_PAPER)


@branch("relic_density", when={"relic_method": "boltzmann"}, reference="Saikawa & Shirai 2018")
def relic_density_in_kinetic_equilibrium(boltzmann_density: FloatArray) -> FloatArray:
    """From the equation for the density."""
    return boltzmann_density


@branch("relic_density", when={"relic_method": "coupled"}, reference="Binder et al. 2021")
def relic_density_and_temperature(coupled_density: FloatArray) -> FloatArray:
    """From the equations for density and temperature, also where psi never scatters fast (kinetic_decoupling_x)."""
    return coupled_density


@branch("relic_density", when={"relic_method": "phase-space"}, reference="Saikawa & Shirai 2018; Binder et al. 2021")
def relic_density_in_phase_space(phase_space_density: FloatArray) -> FloatArray:
    """From the equation for the momentum distribution."""
    return phase_space_density
