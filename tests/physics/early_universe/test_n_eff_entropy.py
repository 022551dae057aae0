"""N_eff from entropy: heavy and massless X and psi."""

import pytest

import physics


def test_n_eff_limits():
    assert physics.evaluate("n_eff_entropy", m_X=1e4, mass_ratio=1.0) == 3.044
    massless = physics.evaluate("n_eff_entropy", m_X=1e-6, mass_ratio=1e-3, n_nu=3.0)
    assert massless == pytest.approx(3 * (1 + (1.5 * 8 / 7 + 2) / 3) ** (4 / 3), rel=1e-9)
