"""Radiative corrections of neutrino-electron scattering: published cross sections, known limits, parabolas."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics.core.evaluate import resolve
from physics.model.constants import ALPHA, G_F, M_E
from physics.neutrino.cross_sections import (
    electron_cross_section,
    largest_recoil,
)
from physics.neutrino.electron_couplings import couplings_to_electrons, qed_shapes
from physics.neutrino.electron_windows import electron_window_integrals, qed_window_integrals

OF_PI = float(ALPHA) / math.pi


@pytest.mark.parametrize(("flavour", "sigma"), [("e", 5.792e-45), ("mu", 1.279e-45), ("tau", 1.279e-45)])
def test_published_cross_sections_of_beryllium(flavour, sigma):
    """Bahcall, Kamionkowski & Sirlin 1995, with their sin^2 theta_W."""
    E = 0.8618
    ours = quad(lambda T: float(electron_cross_section(T, E, flavour, sin2_theta_W=0.2317)), 0, largest_recoil(E, M_E))
    assert ours[0] == pytest.approx(sigma, rel=1.5e-4)


def test_constant_kappa_suffices():
    """kappa_e = 0.9791 + 0.0097 I(T), kappa_mu = 0.9970 - 0.00037 I(T) as published: 1e-4 in a cross section."""
    node, weight = np.polynomial.legendre.leggauss(60)
    for E in (0.3843, 0.8618, 10.0):
        T = (node + 1) / 2 * float(largest_recoil(E, M_E))
        x = np.sqrt(1 + 2 * M_E / T)
        running = (1 / 3 + (3 - x**2) * (x / 2 * np.log((x + 1) / (x - 1)) - 1)) / 6
        for flavour, kappa in (("e", (0.9791 + 0.0097 * running) / 0.9794), ("mu", 1 - 0.00037 * running / 0.9970)):
            ours = weight @ electron_cross_section(T, E, flavour, sin2_theta_W=0.23122)
            exact = weight @ electron_cross_section(T, E, flavour, sin2_theta_W=0.23122 * kappa)
            assert ours == pytest.approx(exact, rel=1e-4), (E, flavour)


def test_effective_couplings():
    """As in the Review of Particle Physics (from memory): 0.952, 0.494 of nu_e, -0.040, -0.506 of nu_mu."""
    g_1, g_2, qed = couplings_to_electrons("corrected", 0.23122)
    assert qed
    np.testing.assert_allclose([g_1[0], g_2[0], g_1[1], g_2[1]], [0.7230, 0.2293, -0.2729, 0.2334], atol=6e-5)
    np.testing.assert_allclose([g_1[0] + g_2[0], g_1[0] - g_2[0]], [0.9524, 0.4938], atol=3e-4)
    np.testing.assert_allclose([g_1[1] + g_2[1], g_1[1] - g_2[1]], [-0.0397, -0.5063], atol=3e-4)


@pytest.mark.parametrize(("n", "constant", "share"), [(0, 19 / 24, 1.0), (1, 43 / 24, 1 / 3)])
def test_totals_at_high_energy(n, constant, share):
    """The collinear logarithm, (alpha/2 pi) ln(2 q/m) Int z P(z) dz, and the known constant (from memory)."""
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


@pytest.mark.parametrize("E", [0.3843, 0.8618, 1.442])
@pytest.mark.parametrize("cut", [0.0, 0.3, 0.95])
def test_window_integrals_against_a_finer_rule(E, cut):
    top = float(largest_recoil(E, M_E))
    low = cut * top
    node, weight = np.polynomial.legendre.leggauss(300)
    t = (node + 1) / 2
    T, dT = low + (top - low) * t**3 * (10 - 15 * t + 6 * t**2), (top - low) * 30 * (t * (1 - t)) ** 2 * weight / 2
    for m_X in (1e-3, 0.03, 0.3, 3.0, 100.0):
        ours, tree = qed_window_integrals(E, low, m_X), electron_window_integrals(E, low, m_X)
        for k in range(3):
            exact = np.sum(np.stack(qed_shapes(T, E)) * dT / (2 * M_E * T + m_X**2) ** k, axis=-1)
            np.testing.assert_allclose(ours[k], exact, rtol=0, atol=2e-6 * tree[k][0])
    assert all((part == 0).all() for part in qed_window_integrals(E, 1.01 * top, 3.0))


def test_rates_are_parabolas_with_corrected_couplings():
    """The interference is with the corrected couplings: three couplings of X give a fourth, and a sum agrees."""
    g_X = np.array([0.0, 3e-4, 6e-4, 9e-4])
    for name in ("borexino_rate", "xenon1t_events", "lz_events_er"):
        events = physics.evaluate(name, m_X=8.0, g_X=g_X)
        linear, quadratic = np.linalg.solve(np.stack([g_X[1:3] ** 2, g_X[1:3] ** 4], axis=1), events[1:3] - events[0])
        assert events[3] - events[0] == pytest.approx(linear * g_X[3] ** 2 + quadratic * g_X[3] ** 4, rel=1e-9)
    couplings = couplings_to_electrons("corrected", 0.23122)
    (counts,) = resolve(["xenon1t_counts"], m_X=1e3, gauge_group="B-L")
    step = 1e-7  # of the effective coupling that heavy X of B-L adds to every g_1 and g_2
    shift = step / (2 * math.sqrt(2) * G_F * 1e6)
    (standard, shifted) = (_events(couplings, add) for add in (0.0, shift))
    ours = (counts(np.array(step)) - counts.standard).item() / counts.standard.item()
    assert ours == pytest.approx(shifted / standard - 1, rel=0.04)


def _events(couplings, shift):
    """The recoils of electrons from 2 to 30 keV, weighted with the spectrum of pp alone, its flavours as at 0.3 MeV."""
    T, E = np.linspace(0.002, 0.030, 30)[:, None], np.linspace(0.1, 0.42, 200)
    total = 0.0
    for g_1, g_2, p in zip(*couplings[:2], (0.54, 0.22, 0.24), strict=True):
        a, b = g_1 + shift, g_2 + shift
        shape = a**2 + b**2 * (1 - T / E) ** 2 - a * b * M_E * T / E**2
        total += p * np.sum(np.where(largest_recoil(E, M_E) > T, shape, 0) * E * (0.43 - E))
    return total


def test_what_the_corrections_do_to_the_limit():
    """Borexino at 20 MeV: +4.4 % against tree level with the same angle, +8.4 % against 0.2387."""
    corrected = physics.evaluate("borexino_phase2_g_X", m_X=20.0)
    tree = physics.evaluate(
        "borexino_phase2_g_X", m_X=20.0, electron_couplings="tree", sin2_theta_W_electrons=[0.23122, 0.2387]
    )
    np.testing.assert_allclose(corrected / tree, [1.044, 1.084], atol=0.002)


def test_the_angle_of_nuclei_does_not_touch_electrons():
    for name, parameter in (("borexino_phase2_g_X", "sin2_theta_W_nuclei"), ("cenns10_g_X", "sin2_theta_W_electrons")):
        assert parameter not in physics.observables()[name].parameters
    assert physics.parameters()["sin2_theta_W_nuclei"].default == 0.2387
    assert physics.parameters()["sin2_theta_W_electrons"].default == 0.23122
