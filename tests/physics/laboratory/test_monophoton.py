"""Single photons: the integral over the angle, two photons of QED, the energy cut, events."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics.model.constants import ALPHA, E_CHARGE, HBARC2_MEV2_CM2
from physics.model.mixing import electron_coupling, epsilon, mixing_per_coupling


def test_monophoton_against_the_angular_integral_and_qed():
    m_X, sqrt_s, c = 3e3, 10.0, 0.9
    s, m2 = 1e8, 9e6
    coupling = electron_coupling(epsilon(1e-3, mixing_per_coupling("photon")))

    def differential(z):
        return ALPHA * coupling**2 / (s**2 * (s - m2)) * ((s**2 + m2**2) / (1 - z * z) - (s - m2) ** 2 / 2)

    expected = quad(differential, -c, c, epsabs=0, epsrel=1e-13)[0] * HBARC2_MEV2_CM2 * 1e42
    point = {"g_X": 1e-3, "sqrt_s": sqrt_s, "cos_theta_max": c, "mixing_momentum": "zero"}
    assert physics.evaluate("sigma_monophoton", m_X=m_X, **point) == pytest.approx(expected, rel=1e-12)

    def gamma_gamma(z):  # e+e- -> gamma gamma with one coupling replaced, both photons distinguishable
        return 2 * math.pi * ALPHA**2 / s * (1 + z * z) / (1 - z * z) * (coupling**2 / E_CHARGE**2)

    expected = quad(gamma_gamma, -c, c, epsabs=0, epsrel=1e-13)[0] * HBARC2_MEV2_CM2 * 1e42
    assert physics.evaluate("sigma_monophoton", m_X=1e-3, **point) == pytest.approx(expected, rel=1e-9)


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


def test_only_invisible_decays_leave_a_single_photon():
    point = {"m_X": [100.0, 1000.0], "g_X": 1e-3, "mass_ratio": None, "q_psi": 1.0}
    ratio = physics.evaluate("monophoton_events_invisible", **point) / physics.evaluate("monophoton_events", **point)
    assert ratio == pytest.approx([1.0, 0.5], rel=1e-3)


def test_a_super_tau_charm_factory():
    """At 4 GeV the cross section of light X is (10/4)^2 times Belle II's; a year's 2/ab against 50."""
    light = {"m_X": 1.0, "g_X": 5e-4}
    year = physics.evaluate("monophoton_events", sqrt_s=4.0, luminosity=2.0, **light)
    assert year / physics.evaluate("monophoton_events", **light) == pytest.approx(6.25 * 2 / 50, rel=1e-6)
