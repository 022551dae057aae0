"""Annihilation into charged leptons at recombination against the CMB: Drees & Zhao 2021, eqs. (3.14), (4.2).

    cmb_ratio = sum over l of [f_l <sigma v>_l + f_l^X BR(X -> l l) <sigma v>_XX]/2/(p_ann_limit m_psi),

with l = e, mu, tau, and f_l^X for leptons of half the energy.

What an analysis of today uses is the default: f_l of energy_deposition.py, the limit of Planck 2018, muons and taus,
the velocity at recombination. Drees & Zhao 2021 read it as e+e- alone (`cmb_ratio_electrons`) with
cmb_efficiency="constant", p_ann_limit=4.1e-31, v_recombination=1e-3, mixing_momentum="zero".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray
from physics.dark_matter import energy_deposition
from physics.dark_matter.annihilation import invariant_mass_squared, sigma_v
from physics.dark_matter.relic.final_states import FEW_HADRONS
from physics.model.constants import M_E, M_MU, M_TAU
from physics.model.lagrangian import PSI_PERTURBATIVE, Charges
from physics.model.mixing import CouplingAt

__all__ = ["P_ANN_DREES_ZHAO", "P_ANN_PLANCK_2018", "cmb_ratio", "cmb_ratio_electrons"]

P_ANN_PLANCK_2018 = 3.2e-31  # cm^3/s/MeV, 95 % CL: TT, TE, EE + lowE + lensing + BAO
P_ANN_DREES_ZHAO = 4.1e-31  # eq. (3.14), after Slatyer 2016

parameter(
    "cmb_efficiency",
    "share of the energy of charged leptons that ionises; table: Slatyer 2016, by mass; "
    "constant: f_eff_electrons of what electrons and photons carry",
    label="CMB efficiency",
    default="table",
    choices=("table", "constant"),
)
parameter(
    "f_eff_electrons",
    "CMB efficiency of e+e- pairs if cmb_efficiency is constant (0.3: Drees & Zhao 2021)",
    label=r"$f_\mathrm{eff}$",
    default=0.3,
)
parameter(
    "p_ann_limit",
    "largest f_eff <sigma v>/2/m_psi that the CMB allows (Planck 2018: 3.2e-31; Drees & Zhao 2021: 4.1e-31)",
    unit="cm^3/s/MeV",
    label=r"$p_\mathrm{ann}$",
    default=P_ANN_PLANCK_2018,
)
parameter(
    "v_recombination",
    "relative velocity of psi at recombination",
    unit="c",
    label=r"$v_\mathrm{rec}$",
    default=1e-7,
    high=2.0,
)


class OfLeptons(NamedTuple):
    """Something of each charged lepton."""

    electrons: FloatArray
    muons: FloatArray
    taus: FloatArray


@intermediate(when={"cmb_efficiency": "table"}, seconds=2e-7)
def cmb_efficiencies(m_X: FloatArray, mass_ratio: FloatArray) -> OfLeptons:
    """Efficiencies f_eff by mass."""
    m_psi = mass_ratio * m_X
    return OfLeptons(
        energy_deposition.f_electrons(m_psi), energy_deposition.f_muons(m_psi), energy_deposition.f_taus(m_psi)
    )


@branch("cmb_efficiencies", when={"cmb_efficiency": "constant"})
def constant_efficiencies(f_eff_electrons: FloatArray) -> OfLeptons:
    """Of what electrons and photons carry."""
    return OfLeptons(
        f_eff_electrons,
        energy_deposition.ELECTRONS_OF_MUON * f_eff_electrons,
        energy_deposition.radiation_of_tau() * f_eff_electrons,
    )


@intermediate(seconds=5e-7)
def sigma_v_recombination(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    v_recombination: FloatArray,
    charges: Charges,
    electron_coupling_at: CouplingAt,
    propagator_width: FloatArray,
) -> OfLeptons:
    """Annihilation into charged leptons at recombination [cm^3/s], for Dirac psi, not halved."""
    electron = electron_coupling_at(invariant_mass_squared(mass_ratio * m_X, v_recombination))

    def into(coupling: FloatArray, mass: float) -> FloatArray:
        return sigma_v(v_recombination, m_X, mass_ratio, q_psi * g_X * coupling, propagator_width, mass)

    return OfLeptons(into(electron, M_E), into(charges.muon * g_X, M_MU), into(charges.tau * g_X, M_TAU))


@intermediate(when={"cmb_efficiency": "table"}, seconds=5e-6)
def cmb_efficiencies_of_X(m_X: FloatArray, mass_ratio: FloatArray) -> OfLeptons:
    """Efficiencies of what X of energy m_psi decays into, by final state; 0 where X cannot."""
    m_psi = mass_ratio * m_X

    def of(efficiency: Callable[[FloatArray], FloatArray], mass: float) -> FloatArray:
        return np.where(m_X > 2 * mass, energy_deposition.of_decays(efficiency, mass, m_X, m_psi), 0.0)

    return OfLeptons(
        of(energy_deposition.f_electrons, M_E),
        of(energy_deposition.f_muons, M_MU),
        of(energy_deposition.f_taus, M_TAU),
    )


@branch("cmb_efficiencies_of_X", when={"cmb_efficiency": "constant"})
def constant_efficiencies_of_X(cmb_efficiencies: OfLeptons) -> OfLeptons:
    """The same for leptons of any energy."""
    return cmb_efficiencies


@intermediate(when={"annihilation_channels": "all"})
def ionising_through_X(
    sigma_v_X_today: FloatArray,
    cmb_efficiencies_of_X: OfLeptons,
    gamma_X: FloatArray,
    gamma_X_electrons: FloatArray,
    gamma_X_muons: FloatArray,
    gamma_X_taus: FloatArray,
) -> FloatArray:
    """Efficiency times sigma v of psi psibar -> X X [cm^3/s]."""
    f = cmb_efficiencies_of_X
    visible = f.electrons * gamma_X_electrons + f.muons * gamma_X_muons + f.taus * gamma_X_taus
    share = np.divide(
        visible, gamma_X, out=np.zeros(np.broadcast_shapes(visible.shape, gamma_X.shape)), where=gamma_X > 0
    )
    return sigma_v_X_today * share


@branch("ionising_through_X", when={"annihilation_channels": "neutrinos"})
def nothing_through_X() -> float:
    """X X is not among the paper's channels."""
    return 0.0


@branch("cmb_ratio", when={"gauge_group": "B-L"}, domain=FEW_HADRONS)
@observable(
    unit="1",
    label="CMB ratio",
    reference="Slatyer 2016; Planck 2018; Drees & Zhao 2021, eq. (3.14)",
    domain=PSI_PERTURBATIVE,
    when={"gauge_group": "Lmu-Ltau"},
)
def cmb_ratio(
    m_X: FloatArray,
    mass_ratio: FloatArray,
    sigma_v_recombination: OfLeptons,
    cmb_efficiencies: OfLeptons,
    ionising_through_X: FloatArray,
    p_ann_limit: FloatArray,
) -> FloatArray:
    """Energy injected into the CMB by psi psibar -> e+e-, mu+mu-, tau+tau-, X X over the limit; above 1 it is excluded.

    If psi is all of dark matter. Efficiencies: physics/dark_matter/energy_deposition.py; neutrinos do not ionise.
    For mass_ratio > 1 X X counts (annihilation_channels="all"): like e+e- for q_psi = 1, by q_psi^2 more for others.
    Above m_psi = m_mu the muons exclude the relic line up to several GeV. The velocity is that of recombination,
    which matters for |2 mass_ratio - 1| < 1e-6 only; channels that are closed at rest stay closed.

    >>> import physics
    >>> physics.evaluate("cmb_ratio", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    1.0196...
    """
    f, rate = cmb_efficiencies, sigma_v_recombination
    injected = f.electrons * rate.electrons + f.muons * rate.muons + f.taus * rate.taus
    return (injected + ionising_through_X) / 2 / (p_ann_limit * mass_ratio * m_X)


@observable(
    unit="1",
    label=r"CMB ratio of $e^+e^-$",
    reference="Drees & Zhao 2021, eq. (3.14); Slatyer 2016; Planck 2018",
    domain=PSI_PERTURBATIVE,
)
def cmb_ratio_electrons(
    m_X: FloatArray,
    mass_ratio: FloatArray,
    sigma_v_recombination: OfLeptons,
    cmb_efficiencies: OfLeptons,
    p_ann_limit: FloatArray,
) -> FloatArray:
    """The share of e+e- in `cmb_ratio`: all there is below m_psi = m_mu, and what Drees & Zhao 2021 use.

    >>> import physics
    >>> star = dict(m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    >>> paper = dict(cmb_efficiency="constant", p_ann_limit=4.1e-31, v_recombination=1e-3, mixing_momentum="zero")
    >>> physics.evaluate("cmb_ratio_electrons", **star, **paper)
    0.25...
    """
    return cmb_efficiencies.electrons * sigma_v_recombination.electrons / 2 / (p_ann_limit * mass_ratio * m_X)
