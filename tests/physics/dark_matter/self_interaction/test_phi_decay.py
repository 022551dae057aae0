"""Decay of phi: reference values, thresholds, limits."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

import physics
from physics.dark_matter.self_interaction.phi_decay import three_body_integral

STAR = {"m_X": 10.0, "g_X": 5e-4}
W = 5e-4**2 / (12 * math.pi)


def test_reference_values(reference):
    for inputs, value, tolerance in reference("tau_phi"):
        ours = physics.evaluate("tau_phi", m_X=inputs["mZp_MeV"], g_X=inputs["gp"], m_phi=inputs["mphi_MeV"])
        assert ours == pytest.approx(value, rel=max(tolerance, 1e-8))
    for inputs, value, tolerance in reference("Gamma_phi_ZZ"):
        ours = physics.evaluate("gamma_phi_XX", m_X=inputs["mZp_MeV"], g_X=inputs["gp"], m_phi=inputs["mphi_MeV"])
        assert ours == pytest.approx(1e3 * value, rel=max(tolerance, 1e-8))
    for inputs, value, tolerance in reference("F"):
        ours = three_body_integral(np.array(inputs["r"]), np.array(inputs["w"]))
        assert ours == pytest.approx(value, rel=max(tolerance, 1e-8))


@pytest.mark.parametrize("r", [1.05, 1.4, 1.8])
def test_double_integral_as_printed(r):
    def root(x):
        return math.sqrt(max(r**4 - 2 * r**2 * (x + 1) + (x - 1) ** 2, 0.0))

    def integrand(y, x):
        return (r * r * (y - 1) - x * (y - 2) - y * (y - 1)) / ((x - 1) ** 2 + 1e-8)

    exact, _ = dblquad(
        integrand,
        0,
        (r - 1) ** 2,
        lambda x: (r * r - root(x) - x + 1) / 2,
        lambda x: (r * r + root(x) - x + 1) / 2,
        epsabs=0,
        epsrel=1e-8,
    )
    assert three_body_integral(np.array(r), np.array(1e-4)) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("r", [2.01, 2.1, 3.0, 10.0])
def test_the_integral_counts_two_real_X_twice(r):
    """Above threshold the narrow-width limit of (C2) is twice (C1): the two are never added."""
    point = {**STAR, "m_phi": 10.0 * r}
    two = physics.evaluate("gamma_phi_XX", **point)
    three = 5e-4**4 * 10.0 / (32 * math.pi**3 * r**3) * three_body_integral(np.array(r), np.array(W))
    assert three / two == pytest.approx(2, rel=1e-4)
    assert physics.evaluate("gamma_phi_X_neutrinos", **point) == 0
    assert physics.evaluate("tau_phi", **point) == pytest.approx(6.582119569e-22 / two, rel=1e-12)


def test_at_the_threshold_of_two_X():
    """Just below, the width is that of one off-shell X and grows like a root; it never exceeds twice what is above."""
    m_phi = 20.0 * (1 - np.geomspace(1e-3, 1e-12, 40))
    width = physics.evaluate("gamma_phi_X_neutrinos", **STAR, m_phi=m_phi)
    assert (np.diff(width) > 0).all()
    assert physics.evaluate("tau_phi", **STAR, m_phi=[19.9999, 20.0, 20.0001]) == pytest.approx([0, 0, 0], abs=1e-7)


def test_goldstone_limit():
    """Gamma -> m_phi^3/(32 pi v^2) for m_phi >> m_X."""
    width = physics.evaluate("gamma_phi_XX", **STAR, m_phi=1e5)
    assert width == pytest.approx(1e15 / (32 * math.pi * (10 / 5e-4) ** 2), rel=1e-6)


def test_one_second():
    """'For m_phi > m_X, tau_phi is less than 1 s': from 1.059 and 1.033 m_X on."""
    tau = physics.evaluate("tau_phi", m_X=[10, 50], g_X=[5e-4, 7e-4], m_phi=[10.5937, 50 * 1.0325245876554972])
    np.testing.assert_allclose(tau, 1, rtol=2e-3)


@pytest.mark.parametrize("m_phi", [5.0, 10.0])
def test_below_m_X_there_is_no_value(m_phi):
    for value, status in physics.evaluate_with_status(
        ["tau_phi", "gamma_phi_X_neutrinos"], **STAR, m_phi=m_phi
    ).values():
        assert np.isnan(value)
        assert status == physics.Status.OUTSIDE_DOMAIN
