"""Kinetic mixing: its sign, and its dependence on the momentum transfer."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics import Status
from physics.model.constants import E_CHARGE, M_MU, M_TAU
from physics.model.mixing import electron_coupling, epsilon, kinetic_mixing_at, mixing_per_coupling

# q [MeV] -> |epsilon(q^2)/epsilon(0)|^2 of an independent calculation
SQUARES = {100.0: 1.07, 200.0: 1.58, 211.0: 2.04, 300.0: 1.46, 1e3: 0.56, 2e3: 0.35, 5e3: 0.038, 9e3: 0.0023}
BOTH = ["process", "zero"]


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


@pytest.mark.parametrize(("q", "square"), list(SQUARES.items()))
def test_squares(q, square):
    tolerance = 0.02 if square < 0.05 else 0.01
    assert abs(kinetic_mixing_at(q**2, 1.0) / kinetic_mixing_at(0.0, 1.0)) ** 2 == pytest.approx(square, rel=tolerance)
    width = physics.evaluate("gamma_X_electrons", m_X=q, g_X=1e-3, mixing_momentum=BOTH)
    assert width[0] / width[1] == pytest.approx(square, rel=tolerance)


def test_where_x_is_real_it_is_that_of_m_X_and_s_in_annihilation():
    m_X, ratio = 300.0, 1.5
    of_m_X, of_s = (
        abs(kinetic_mixing_at(q**2, 1.0) / kinetic_mixing_at(0.0, 1.0)) ** 2 for q in (m_X, 2 * ratio * m_X)
    )
    point = {"m_X": m_X, "g_X": 1e-3, "mass_ratio": ratio, "q_psi": 1.0, "mixing_momentum": BOTH}
    for name, expected in {
        "gamma_X_electrons": of_m_X,
        "sigma_monophoton": of_m_X,
        "sigma_v_electrons_today": of_s,
        "sigma_v_electrons_thermal": of_s,
        "cmb_ratio_electrons": of_s,
    }.items():
        process, zero = physics.evaluate(name, **point)
        assert process / zero == pytest.approx(expected, rel=1e-4), name


@pytest.mark.parametrize("name", ["sigma_psi_electron", "white_dwarf_eft_ratio", "epsilon"])
def test_at_rest_nothing_depends_on_it(name):
    assert "mixing_momentum" not in physics.observables()[name].parameters


def test_hypercharge_scales_it_and_b_minus_l_has_none():
    point = {"m_X": 300.0, "g_X": 1e-3}
    photon, hypercharge = physics.evaluate("gamma_X_electrons", **point, kinetic_mixing=["photon", "hypercharge"])
    assert hypercharge / photon == pytest.approx(2.25)
    process, zero = physics.evaluate("gamma_X_electrons", **point, gauge_group="B-L", mixing_momentum=BOTH)
    assert process == zero


def test_in_freeze_out_the_momentum_does_not_matter():
    """There e+e- have epsilon(0): |epsilon(s)/epsilon(0)|^2 < 2.05, and 2.25 times the rate changes Omega by 2.3e-5."""
    point = {"m_X": [20.0, 200.0, 300.0], "g_X": 5e-4, "mass_ratio": [0.51, 0.51, 0.35], "q_psi": 1.0}
    photon, hypercharge = (
        physics.evaluate("relic_density", **point, kinetic_mixing=k, relic_integrator="quadrature")
        for k in ("photon", "hypercharge")
    )
    assert (np.abs(hypercharge / photon - 1) < 2.5e-5).all()


def test_strong_coupling_to_psi_is_outside_the_domain():
    point = {"m_X": 20.0, "g_X": 0.1, "q_psi": [125.0, 126.0]}
    names = ["relic_density", "cmb_ratio", "sigma_v_electrons_today", "sigma_psi_electron", "sigma_v_neutrinos_thermal",
             "mass_ratio_relic_above"]  # fmt: skip
    for name, (_, status) in physics.evaluate_with_status(names, **point, mass_ratio=0.7).items():
        assert status[1] == Status.OUTSIDE_DOMAIN, name
        assert status[0] != Status.OUTSIDE_DOMAIN, name
    for mass_ratio, statuses in {0.3: [Status.OK, Status.OUTSIDE_DOMAIN], None: [Status.OK] * 2}.items():
        _, status = physics.evaluate_with_status("gamma_X", **point, mass_ratio=mass_ratio)["gamma_X"]
        assert status.tolist() == statuses
    everything = physics.evaluate("relic_density", **point, mass_ratio=0.7, perturbativity_limit=1e9)
    assert np.isfinite(everything).all()
