"""Positrons in the Galaxy."""

import pytest

import physics


def test_pairs_of_half_the_density_squared():
    point = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}
    v = physics.evaluate(["positron_production_511", "sigma_v_electrons_today"], **point)
    m_psi = 23 * 0.5033
    assert v["positron_production_511"] == pytest.approx(v["sigma_v_electrons_today"] / 2.99792458e-29 / m_psi**2 / 2)
