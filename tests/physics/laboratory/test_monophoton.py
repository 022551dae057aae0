"""Single photons: the integral over the angle, and two photons of QED."""

import math

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
    point = {"g_X": 1e-3, "sqrt_s": sqrt_s, "cos_theta_max": c}
    assert physics.evaluate("sigma_monophoton", m_X=m_X, **point) == pytest.approx(expected, rel=1e-12)

    def gamma_gamma(z):  # e+e- -> gamma gamma with one coupling replaced, both photons distinguishable
        return 2 * math.pi * ALPHA**2 / s * (1 + z * z) / (1 - z * z) * (coupling**2 / E_CHARGE**2)

    expected = quad(gamma_gamma, -c, c, epsabs=0, epsrel=1e-13)[0] * HBARC2_MEV2_CM2 * 1e42
    assert physics.evaluate("sigma_monophoton", m_X=1e-3, **point) == pytest.approx(expected, rel=1e-9)
