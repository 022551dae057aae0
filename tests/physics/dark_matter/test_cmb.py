"""Energy injected into the CMB."""

import pytest

import physics


def test_the_ratio_is_one_at_the_limit_on_the_annihilation_parameter():
    point = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}
    v = physics.evaluate(["cmb_ratio", "sigma_v_electrons_today"], **point)
    m_psi = 23 * 0.5033
    assert v["cmb_ratio"] == pytest.approx(0.3 * v["sigma_v_electrons_today"] / 2 / (4.1e-28 * m_psi / 1000))
