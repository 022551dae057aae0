"""Final states: charges of the gauge group and masses, once for all methods."""

import numpy as np
import pytest

import physics
from physics.dark_matter.relic import boltzmann, freeze_out_equation
from physics.dark_matter.relic.final_states import final_states, neutrinos_alone
from physics.model.constants import E_CHARGE, M_E, M_MU, M_TAU
from physics.model.lagrangian import CHARGES
from physics.model.mixing import electron_charge, electron_coupling_per_g_X, mixing_per_coupling


def test_l_mu_l_tau():
    states = final_states(CHARGES["Lmu-Ltau"], electron_coupling_per_g_X(mixing_per_coupling("photon")))
    assert states.masses.tolist() == [0.0, M_E, M_MU, M_TAU]
    assert states.couplings.tolist() == [1.0, (E_CHARGE * mixing_per_coupling("photon")) ** 2, 1.0, 1.0]
    assert neutrinos_alone(CHARGES["Lmu-Ltau"]).couplings.tolist() == [1.0]


def test_b_minus_l():
    states = final_states(CHARGES["B-L"], electron_charge(CHARGES["B-L"]))
    assert states.couplings.tolist() == [1.5, 1.0, 1.0, 1.0]
    assert neutrinos_alone(CHARGES["B-L"]).couplings.tolist() == [1.5]


@pytest.mark.parametrize("module", [boltzmann, freeze_out_equation])
def test_nobody_else_knows_the_masses(module):
    assert not {"M_E", "M_MU", "M_TAU", "E_CHARGE"} & vars(module).keys()


@pytest.mark.parametrize("method", ["freeze-out", "boltzmann", "coupled"])
def test_channels_reach_every_method(method):
    """Muons and taus count: neutrinos alone leave more dark matter."""
    m_X = np.array([20.0, 500.0, 9e3])
    point = {"m_X": m_X, "g_X": 2e-3 * np.sqrt(m_X / 20), "mass_ratio": 0.7, "q_psi": 1.0, "relic_method": method}
    every = physics.evaluate("relic_density", **point)
    neutrinos = physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    assert neutrinos / every == pytest.approx([1.0, 2.0, 3.0], rel=0.1)
