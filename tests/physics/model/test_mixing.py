"""Kinetic mixing: its sign, and its dependence on the momentum transfer."""

import math

import pytest
from scipy.integrate import quad

from physics.model.constants import E_CHARGE, M_MU, M_TAU
from physics.model.mixing import electron_coupling, epsilon, kinetic_mixing_at, mixing_per_coupling


def test_sign_convention():
    """epsilon < 0: X pulls electrons and nu_mu with opposite signs."""
    assert mixing_per_coupling("photon") == pytest.approx(-1 / 69.286, rel=1e-5)
    assert mixing_per_coupling("hypercharge") == pytest.approx(1.5 * mixing_per_coupling("photon"), rel=1e-15)
    assert electron_coupling(epsilon(1e-3, mixing_per_coupling("photon"))) < 0


@pytest.mark.parametrize("q2", [-1e9, -1e6, -1e4, -600.0, -500.0, -1.0, -1e-6, 1e3, 4e4])
def test_mixing_at_momentum_transfer(q2):
    def integrand(x):
        return x * (1 - x) * math.log((M_MU**2 - x * (1 - x) * q2) / (M_TAU**2 - x * (1 - x) * q2))

    expected = E_CHARGE * 5e-4 / (2 * math.pi**2) * quad(integrand, 0, 1, epsabs=0, epsrel=1e-12, limit=500)[0]
    got = complex(kinetic_mixing_at(q2, 5e-4))
    assert got.real == pytest.approx(expected, rel=1e-9)
    assert abs(got.imag) < 1e-12 * abs(got.real)


def test_mixing_limits():
    assert complex(kinetic_mixing_at(0.0, 1.0)).real == pytest.approx(mixing_per_coupling("photon"), rel=1e-14)
    above = complex(kinetic_mixing_at(1e6, 1.0))  # muons on shell: Im = -e g/(2 pi) * rho-like phase space
    beta = math.sqrt(1 - 4 * M_MU**2 / 1e6)
    assert above.imag == pytest.approx(-E_CHARGE / (12 * math.pi) * beta * (1 + 2 * M_MU**2 / 1e6), rel=1e-12)
