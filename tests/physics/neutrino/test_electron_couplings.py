"""Radiative corrections of neutrino-electron scattering: published cross sections, known limits, quadrature, parabolas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import physics
from physics.core.evaluate import resolve
from physics.model.constants import ALPHA, M_E
from physics.neutrino.cross_sections import electron_cross_section, largest_recoil, qed_window_integrals
from physics.neutrino.electron_couplings import couplings_to_electrons, qed_shapes

OF_PI = float(ALPHA) / math.pi


@pytest.mark.parametrize(("flavour", "sigma"), [("e", 5.792e-45), ("mu", 1.279e-45), ("tau", 1.279e-45)])
def test_published_cross_sections_of_beryllium(flavour, sigma):
    """Bahcall, Kamionkowski & Sirlin 1995, with their sin^2 theta_W."""
    E = 0.8618
    ours = quad(lambda T: float(electron_cross_section(T, E, flavour, sin2_theta_W=0.2317)), 0, largest_recoil(E, M_E))
    assert ours[0] == pytest.approx(sigma, rel=1.5e-4)


def test_constant_kappa_suffices():
    """kappa_e = 0.9791 + 0.0097 I(T), kappa_mu = 0.9970 - 0.00037 I(T) as published: 2e-5 in a cross section."""
    for E in (0.3843, 0.8618, 10.0):
        T = np.linspace(1e-4, 1, 200) * largest_recoil(E, M_E)
        x = np.sqrt(1 + 2 * M_E / T)
        running = (1 / 3 + (3 - x**2) * (x / 2 * np.log((x + 1) / (x - 1)) - 1)) / 6
        for kappa, flavour in ((0.9791 + 0.0097 * running, "e"), (0.9970 - 0.00037 * running, "mu")):
            s = 0.23122 / (0.9794 if flavour == "e" else 0.9970) * kappa  # with it the constant kappa is the running one
            ours, exact = (
                np.trapezoid([float(electron_cross_section(t, E, flavour, sin2_theta_W=v)) for t, v in zip(T, values, strict=True)], T)
                for values in (np.full_like(s, 0.23122), s)
            )
            assert ours == pytest.approx(exact, rel=1e-4), (E, flavour)


def test_effective_couplings():
    """As in the Review of Particle Physics (remembered): g_V, g_A = 0.952, 0.494 of nu_e and -0.040, -0.506 of nu_mu."""
    g_1, g_2, qed = couplings_to_electrons("corrected", 0.23122)
    assert qed
    np.testing.assert_allclose([g_1[0], g_2[0], g_1[1], g_2[1]], [0.7230, 0.2293, -0.2729, 0.2334], atol=6e-5)
    np.testing.assert_allclose([g_1[0] + g_2[0], g_1[0] - g_2[0]], [0.9524, 0.4938], atol=3e-4)
    np.testing.assert_allclose([g_1[1] + g_2[1], g_1[1] - g_2[1]], [-0.0397, -0.5063], atol=3e-4)


@pytest.mark.parametrize(("n", "constant", "share"), [(0, 19 / 24, 1.0), (1, 43 / 24, 1 / 3)])
def test_totals_at_high_energy(n, constant, share):
    """Sarantakos, Sirlin & Marciano 1983: the collinear logarithm, (alpha/2 pi) ln(2 q/m) Int z P(z) dz, and a constant."""
    q = 1e6
    top = float(largest_recoil(q, M_E))

    def integrand(u):  # in the logit of T, where both ends are smooth
        s = 1 / (1 + math.exp(-u))
        return float(qed_shapes(top * s, q)[n]) / OF_PI * top / q * s * (1 - s)

    total = quad(integrand, -35, 20, limit=300, epsabs=1e-7)[0]
    assert total == pytest.approx(share * (-2 / 3 * math.log(2 * q / M_E) + constant - math.pi**2 / 6), rel=2e-5)


def test_slow_electrons_do_not_radiate():
    T = np.geomspace(1e-9, 1e-4, 6)
    for shape in qed_shapes(T, 0.4):
        assert np.all(np.abs(shape) < 0.01 * np.sqrt(2 * T / M_E) + 1e-8)
    assert np.all(np.abs(np.array(qed_shapes(0.002, 0.4))) < 4e-4)  # left out for dark-matter detectors
    assert np.all(np.abs(np.array(qed_shapes(0.030, 0.4))) < 1.5e-3)


@settings(max_examples=40)
@given(E=st.sampled_from([0.3843, 0.8618, 1.442]), cut=st.floats(0.0, 0.98), log_m=st.floats(-3.0, 3.0))
def test_window_integrals_against_quadrature(E, cut, log_m):
    m_X, top = 10.0**log_m, float(largest_recoil(E, M_E))
    low = cut * top
    ours = qed_window_integrals(E, low, m_X)
    for k in range(3):
        for n in range(3):

            def integrand(t, k=k, n=n):
                T = low + (top - low) * t**2 * (3 - 2 * t)
                D = 2 * M_E * T + m_X**2
                return float(qed_shapes(T, E)[n]) / D**k * (top - low) * 6 * t * (1 - t)

            def tree(k=k):
                return quad(lambda T: (2 * M_E * T + m_X**2) ** -k, low, top, points=[low + min(m_X**2, top - low) / 2])[0]

            exact = quad(integrand, 0, 1, limit=300, epsabs=0, epsrel=1e-7)[0]
            assert ours[k][n] == pytest.approx(exact, abs=1e-6 * tree())


def test_rates_are_parabolas_with_corrected_couplings():
    """The interference is with the corrected couplings: three couplings give a fourth, and direct integration agrees."""
    g_X = np.array([0.0, 3e-4, 6e-4, 9e-4])
    for name in ("borexino_rate", "xenon1t_events", "lz_events_er"):
        events = physics.evaluate(name, m_X=8.0, g_X=g_X)
        linear, quadratic = np.linalg.solve(np.stack([g_X[1:3] ** 2, g_X[1:3] ** 4], axis=1), events[1:3] - events[0])
        assert events[3] - events[0] == pytest.approx(linear * g_X[3] ** 2 + quadratic * g_X[3] ** 4, rel=1e-9)
    for choice in ("corrected", "tree"):
        g_1, g_2, _ = couplings_to_electrons(choice, 0.23122)
        (counts,) = resolve(["xenon1t_counts"], m_X=1e4, electron_couplings=choice)
        interference = [2 * (a + b) for a, b in zip(g_1, g_2, strict=True)]  # at small recoils, where 1 - T/E -> 1
        assert counts.linear.item() * (interference[1] - interference[2] or interference[1]) != 0


def test_what_the_corrections_do_to_the_limit():
    """Borexino at 20 MeV: +4 % against tree level with the same angle, +8 % against 0.2387."""
    corrected = physics.evaluate("borexino_phase2_g_X", m_X=20.0)
    tree = physics.evaluate(
        "borexino_phase2_g_X", m_X=20.0, electron_couplings="tree", sin2_theta_W_electrons=[0.23122, 0.2387]
    )
    np.testing.assert_allclose(corrected / tree, [1.039, 1.077], atol=0.006)


def test_the_angle_of_nuclei_does_not_touch_electrons():
    for name, parameter in (("borexino_phase2_g_X", "sin2_theta_W_nuclei"), ("cenns10_g_X", "sin2_theta_W_electrons")):
        assert parameter not in physics.observables()[name].parameters
    assert physics.parameters()["sin2_theta_W_nuclei"].default == 0.2387
    assert physics.parameters()["sin2_theta_W_electrons"].default == 0.23122
