"""Widths of X: thresholds, and equal couplings of all leptons."""

import math

import pytest

import physics
from physics.model.constants import M_MU


def test_thresholds_of_the_widths():
    at = 2 * M_MU
    below, on, above = physics.evaluate("gamma_X_muons", m_X=[at * (1 - 1e-12), at, at * (1 + 1e-10)], g_X=1.0)
    assert below == on == 0
    assert above == pytest.approx(at / (12 * math.pi) * 1.5 * math.sqrt(2e-10), rel=1e-5)
    assert physics.evaluate("gamma_X_dark_matter", m_X=1.0, g_X=1.0, mass_ratio=0.5, q_psi=1) == 0
    assert physics.evaluate("gamma_X_electrons", m_X=1.0, g_X=1.0) == 0


def test_heavy_X_decays_into_all_leptons_alike():
    w = physics.evaluate(
        ["gamma_X_neutrinos", "gamma_X_muons", "gamma_X_taus", "gamma_X_dark_matter", "gamma_X"],
        m_X=1e7, g_X=1.0, mass_ratio=1e-5, q_psi=2.0,
    )  # fmt: skip
    assert w["gamma_X_muons"] == pytest.approx(w["gamma_X_neutrinos"], rel=1e-6)
    assert w["gamma_X_taus"] == pytest.approx(w["gamma_X_neutrinos"], rel=1e-6)
    assert w["gamma_X_dark_matter"] == pytest.approx(4 * w["gamma_X_neutrinos"], rel=1e-6)
