"""Single photons: the energy cut, the limit m_X -> sqrt(s), events."""

import numpy as np
import pytest

import physics


def test_a_cut_on_the_energy_of_the_photon_is_one_on_the_mass():
    """E = (s - m_X^2)/(2 sqrt(s)) = 1.8 GeV at m_X = 8 GeV for sqrt(s) = 10 GeV."""
    m_X = np.array([7999.0, 8001.0, 9999.999])
    cut, none = (physics.evaluate("sigma_monophoton", m_X=m_X, g_X=1e-3, E_gamma_min=e) for e in (1.8, 0.0))
    assert cut[0] == none[0] > 0
    assert cut[1:].tolist() == [0.0, 0.0]


def test_without_it_soft_photons_diverge():
    near = 1e4 - np.array([1.0, 0.1])
    paper = {"E_gamma_min": 0.0, "mixing_momentum": "zero"}
    values = physics.evaluate("sigma_monophoton", m_X=near, g_X=1e-3, **paper)
    assert values[1] / values[0] == pytest.approx(10, rel=0.01)


def test_events():
    point = {"m_X": 10.0, "g_X": 5e-4}
    events = physics.evaluate("monophoton_events", **point, luminosity=[0.0, 50.0])
    assert events.tolist() == [0.0, 50 * physics.evaluate("sigma_monophoton", **point)]
    assert events[1] == pytest.approx(26.5, abs=0.1)  # the paper: hundreds, from eq. (5.2)


def test_mixing_on_shell():
    heavy = physics.evaluate("sigma_monophoton", m_X=[1e3, 5e3], g_X=1e-3, E_gamma_min=0.0)
    zero = physics.evaluate("sigma_monophoton", m_X=[1e3, 5e3], g_X=1e-3, E_gamma_min=0.0, mixing_momentum="zero")
    assert heavy / zero == pytest.approx([0.559, 0.0378], rel=0.003)
