import math

import numpy as np
import pytest

import physics
from physics.early_universe.histories import history, history_three_bath
from physics.model.constants import HBAR_MEV_S, M_PLANCK, T_CMB

C = 8 / 7 * (11 / 4) ** (4 / 3) * 7 / 8  # N_eff from temperatures


def n_eff(h):
    """From the temperatures at the end."""
    e, mu, photon = h.T_nu_e[-1], h.T_nu_mu_tau[-1], h.T_gamma[-1]
    return C * (e**4 + 2 * mu**4) / photon**4


def test_they_end_in_n_eff():
    assert n_eff(history(None)) == pytest.approx(3.04417, abs=2e-5)
    for flavours in ("separate", "common"):
        own = physics.evaluate("n_eff", m_X=10, g_X=5e-4, mass_ratio=0.6, neutrino_flavours=flavours)
        assert n_eff(history(10.0, 5e-4, 0.6, flavours)) == pytest.approx(own, abs=2e-5)
    own = physics.evaluate("n_eff_three_bath", m_X=10, g_X=5e-4, epsilon_override=7.2e-6, m_phi=15)
    assert n_eff(history_three_bath(10.0, 7.2e-6, 15.0)) == pytest.approx(own, abs=2e-5)


@pytest.mark.parametrize("h", [history(10.0, 5e-4), history_three_bath(10.0, 7.2e-6)])
def test_scale_factor_and_time(h):
    assert all((np.diff(column) > 0).all() for column in (h.scale_factor, h.time))
    assert all((np.diff(column) < 0).all() for column in (h.T_gamma, h.T_nu_e, h.T_nu_mu_tau))
    assert h.scale_factor[-1] * h.T_gamma[-1] == pytest.approx(T_CMB, rel=1e-12)
    # In the end radiation alone, rho ~ a^-4: t = 1/(2 H) and what is left over from before
    rho = math.pi**2 / 15 * h.T_gamma[-1] ** 4 * (1 + n_eff(h) * 7 / 8 * (4 / 11) ** (4 / 3))
    assert h.time[-1] == pytest.approx(HBAR_MEV_S * M_PLANCK / 2 / math.sqrt(8 * math.pi / 3 * rho), rel=2e-2)
    late = slice(-20, None)
    assert np.polyfit(np.log(h.scale_factor[late]), np.log(h.time[late]), 1)[0] == pytest.approx(2.0, abs=0.01)


def test_time_does_not_depend_on_the_grid():
    coarse, fine = history(10.0, 5e-4, points=200), history(10.0, 5e-4, points=800)
    assert coarse.time[-1] == pytest.approx(fine.time[-1], rel=1e-6)


def test_instantaneous_decoupling_leaves_nu_e_alone():
    h = history_three_bath(10.0, 7.2e-6)
    np.testing.assert_allclose(h.T_nu_e * h.scale_factor, h.T_nu_e[0] * h.scale_factor[0], rtol=1e-6)


def test_mixing_holds_the_temperatures_together():
    h = history_three_bath(10.0, 7.2e-6)
    hot = h.T_gamma > 0.5
    np.testing.assert_allclose(h.T_nu_mu_tau[hot], h.T_gamma[hot], rtol=1e-6)
    assert h.T_nu_mu_tau[-1] < 0.8 * h.T_gamma[-1]
