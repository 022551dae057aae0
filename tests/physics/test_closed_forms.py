"""Widths, mixing, cross sections, N_eff and ratios: limits, thresholds, independent computations."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics.dark_matter.annihilation import cross_section
from physics.early_universe.entropy import entropy_fraction
from physics.model.constants import ALPHA, E_CHARGE, G_F, HBARC2_MEV2_CM2, M_E, M_MU, M_TAU, SIGMA_V_CM3_PER_S
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


def test_cross_section_limits():
    # massless, X massless: e^4/(12 pi s) with charges = e^2
    assert cross_section(1e4, 1e-9, 1e-9, 0.1, 0.0) == pytest.approx(0.01 / (12 * math.pi * 1e4), rel=1e-12)
    assert cross_section(4 * M_MU**2, 1e3, 50.0, 0.1, 1.0, M_MU) == 0


@pytest.mark.parametrize("v_rel", [1e-4, 0.3, 1.5])
@pytest.mark.parametrize(("name", "m_f"), [("sigma_v_neutrinos_today", 0.0), ("sigma_v_electrons_today", float(M_E))])
def test_sigma_v_today_is_the_cross_section(name, m_f, v_rel):
    point = {"m_X": 5.0, "g_X": 1e-3, "mass_ratio": 0.7, "q_psi": 0.8}
    m_psi = 3.5
    s = 4 * m_psi**2 / (1 - v_rel**2 / 4)
    values = physics.evaluate(["epsilon", "gamma_X"], **point)
    coupling = 1e-3 if m_f == 0 else electron_coupling(values["epsilon"])
    expected = v_rel * cross_section(s, 5.0, m_psi, 0.8 * 1e-3 * coupling, values["gamma_X"], m_f)
    got = physics.evaluate(name, **point, v_rel=v_rel)
    assert got == pytest.approx(expected * SIGMA_V_CM3_PER_S, rel=1e-7 / v_rel**2 * 1e-7 + 1e-12)


def test_sigma_v_electrons_closed():
    assert physics.evaluate("sigma_v_electrons_today", m_X=0.8, g_X=1e-3, mass_ratio=0.6, q_psi=1) == 0


def test_annihilation_channels_choose_the_width():
    on_the_pole = {"m_X": 20.0, "g_X": 1e-3, "mass_ratio": 0.5, "q_psi": 1.0, "v_rel": 1e-9}
    every, neutrinos = (
        physics.evaluate("sigma_v_neutrinos_today", **on_the_pole, annihilation_channels=c)
        for c in ("all", "neutrinos")
    )
    ee = physics.evaluate(["gamma_X_electrons", "gamma_X_neutrinos"], m_X=20.0, g_X=1e-3)
    share = ee["gamma_X_electrons"] / ee["gamma_X_neutrinos"]
    assert neutrinos / every == pytest.approx((1 + share) ** 2, rel=1e-9)


@pytest.mark.parametrize("x", [1e-3, 0.3, 2.0, 17.0, 200.0])
@pytest.mark.parametrize("statistics", [1, -1])
def test_entropy_by_quadrature(x, statistics):
    def integrand(p):
        y = math.sqrt(x * x + p * p)
        return (3 * x * x + 4 * p * p) * p * p / y * math.exp(x - y) / (1 + statistics * math.exp(-y))

    value = sum(quad(integrand, a, b, epsabs=0, epsrel=1e-13)[0] for a, b in ((0, x), (x, x + 30), (x + 30, x + 120)))
    expected = 30 / (7 * math.pi**4) * value * math.exp(-x)
    assert entropy_fraction(np.array([x]), statistics)[0] == pytest.approx(expected, rel=1e-12)


def test_entropy_limits():
    assert entropy_fraction(np.array([1e-9]), 1)[0] == pytest.approx(1, abs=1e-13)
    assert entropy_fraction(np.array([1e-9]), -1)[0] == pytest.approx(8 / 7, abs=1e-13)
    np.testing.assert_array_equal(entropy_fraction(np.array([800.0, np.inf]), 1), 0)


def test_n_eff_limits():
    assert physics.evaluate("n_eff_entropy", m_X=1e4, mass_ratio=1.0) == 3.044
    massless = physics.evaluate("n_eff_entropy", m_X=1e-6, mass_ratio=1e-3, n_nu=3.0)
    assert massless == pytest.approx(3 * (1 + (1.5 * 8 / 7 + 2) / 3) ** (4 / 3), rel=1e-9)


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


def test_ratios_are_one_where_their_limit_is():
    g_X = 5.165936019428263e-4
    assert physics.evaluate("white_dwarf_eft_ratio", m_X=10.0, g_X=g_X) == pytest.approx(1, rel=1e-9)
    coupling = electron_coupling(epsilon(5e-4, mixing_per_coupling("photon")))
    G_D = coupling * 5e-4 / 20**2
    assert abs(G_D) == pytest.approx(2.7316279720040277e-12, rel=1e-11)
    assert physics.evaluate("white_dwarf_eft_ratio", m_X=20.0, g_X=5e-4) == pytest.approx(abs(G_D) / G_F)
    point = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}
    paper = {"cmb_efficiency": "constant", "p_ann_limit": 4.1e-31, "v_recombination": 1e-3}
    v = physics.evaluate(
        ["cmb_ratio_electrons", "sigma_v_electrons_today", "positron_production_511"], **point, **paper
    )
    m_psi = 23 * 0.5033
    assert v["cmb_ratio_electrons"] == pytest.approx(0.3 * v["sigma_v_electrons_today"] / 2 / (4.1e-28 * m_psi / 1000))
    assert v["positron_production_511"] == pytest.approx(v["sigma_v_electrons_today"] / 2.99792458e-29 / m_psi**2 / 2)


def test_direct_detection_with_light_dark_matter():
    """mu_e -> m_psi for psi much lighter than the electron."""
    light = physics.evaluate("sigma_psi_electron", m_X=1.0, g_X=1e-3, mass_ratio=1e-4, q_psi=1.0)
    lighter = physics.evaluate("sigma_psi_electron", m_X=1.0, g_X=1e-3, mass_ratio=1e-5, q_psi=1.0)
    assert light / lighter == pytest.approx(100, rel=1e-3)
