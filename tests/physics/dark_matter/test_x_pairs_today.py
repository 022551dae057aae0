"""psi psibar -> X X today: the limit of the cross section at rest, and what X leaves in the CMB."""

import numpy as np
import pytest

import physics
from physics.dark_matter.energy_deposition import f_electrons, f_muons, of_decays
from physics.dark_matter.relic.x_pairs import cross_section_to_X
from physics.model.constants import M_E, M_MU, SIGMA_V_CM3_PER_S


@pytest.mark.parametrize("mass_ratio", [1.001, 1.3, 5.0, 100.0])
def test_limit_of_the_cross_section(mass_ratio):
    m_X, g_X, q_psi = 10.0, 1e-3, 3.0
    y = 1 + 1e-9
    sigma_v = 2 * np.sqrt(1 - 1 / y) * cross_section_to_X(y, mass_ratio**-2) * (q_psi * g_X) ** 4
    got = physics.evaluate("sigma_v_X_today", m_X=m_X, g_X=g_X, mass_ratio=mass_ratio, q_psi=q_psi)
    assert got == pytest.approx(sigma_v / (mass_ratio * m_X) ** 2 * SIGMA_V_CM3_PER_S, rel=1e-5, abs=0)


def test_it_is_the_thermal_average_of_cold_psi():
    """The sum over channels of the freeze-out formula, far from the pole and long after freeze-out."""
    from physics.dark_matter.relic.x_pairs import average_to_X

    point = {"m_X": 10.0, "g_X": 1e-3, "mass_ratio": 2.0, "q_psi": 1.0}
    scale = SIGMA_V_CM3_PER_S * 1e-12 / (12 * np.pi * 400.0)
    assert physics.evaluate("sigma_v_X_today", **point) == pytest.approx(
        scale * average_to_X(1e7, 0.25), rel=1e-6, abs=0
    )


@pytest.mark.parametrize("mass_ratio", [0.2, 0.999, 1.0])
def test_closed_at_rest(mass_ratio):
    assert physics.evaluate("sigma_v_X_today", m_X=10, g_X=1e-3, mass_ratio=mass_ratio, q_psi=1) == 0


@pytest.mark.parametrize(("efficiency", "m_l"), [(f_electrons, M_E), (f_muons, M_MU)])
def test_leptons_of_X_by_their_box_of_energies(efficiency, m_l):
    m_X, m_psi = 300.0, 700.0
    spread = np.sqrt((1 - (m_X / m_psi) ** 2) * (1 - (2 * m_l / m_X) ** 2))
    low, high = m_psi / 2 * (1 - spread), m_psi / 2 * (1 + spread)
    energy = np.linspace(low, high, 20_001)
    deposited = np.trapezoid(2 * energy * efficiency(energy), energy) / (high - low)
    assert of_decays(efficiency, m_l, np.array([m_X]), np.array([m_psi])) == pytest.approx(deposited / m_psi, rel=1e-3)


def test_cmb_counts_what_X_decays_into():
    """(q_psi g_X)^4/(16 pi m^2) with BR(X -> e e): as much as e+e- directly, times q_psi^2."""
    point = {"m_X": 10.0, "g_X": 1e-3, "mass_ratio": 3.0}
    charges = np.array([1.0, 10.0])
    every = physics.evaluate("cmb_ratio", **point, q_psi=charges)
    without = physics.evaluate("cmb_ratio", **point, q_psi=charges, annihilation_channels="neutrinos")
    by_hand = physics.evaluate("sigma_v_X_today", **point, q_psi=charges)
    by_hand *= physics.evaluate("gamma_X_electrons", **point) / physics.evaluate("gamma_X", **point, q_psi=1)
    by_hand *= of_decays(f_electrons, M_E, np.array([10.0]), np.array([30.0])) / 2 / 30.0 / 3.2e-31
    assert every - without == pytest.approx(by_hand, rel=1e-4, abs=0)
    assert (every / without)[0] == pytest.approx(1.84, rel=0.01)
    assert (every / without - 1)[1] == pytest.approx(100 * (every / without - 1)[0], rel=1e-6)


def test_muons_of_X_in_the_cmb():
    """Above m_X = 2 m_mu a third of the decays ionise: relic densities made by X X alone are excluded."""
    point = {"m_X": 300.0, "mass_ratio": 2.0, "q_psi": 10.0}
    g_X = physics.evaluate("g_X_relic", **point)
    assert physics.evaluate("cmb_ratio", **point, g_X=g_X) > 10
