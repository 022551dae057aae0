"""Scattering of psi off electrons."""

import pytest

import physics


def test_direct_detection_with_light_dark_matter():
    """mu_e -> m_psi for psi much lighter than the electron."""
    light = physics.evaluate("sigma_psi_electron", m_X=1.0, g_X=1e-3, mass_ratio=1e-4, q_psi=1.0)
    lighter = physics.evaluate("sigma_psi_electron", m_X=1.0, g_X=1e-3, mass_ratio=1e-5, q_psi=1.0)
    assert light / lighter == pytest.approx(100, rel=1e-3)
