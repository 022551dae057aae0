"""Delta a_mu in closed form against 40-digit quadrature of eq. (2.6), and its limits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import physics
from physics.laboratory.g_minus_2 import a_mu_datasets, a_mu_loop
from physics.model.constants import M_MU


def exact(m_X):
    with mpmath.workdps(40):
        a = (mpmath.mpf(m_X) / mpmath.mpf(float(M_MU))) ** 2
        knee = mpmath.sqrt(a)
        points = sorted({mpmath.mpf(0), min(knee / 10, mpmath.mpf("0.4")), min(knee, mpmath.mpf("0.5"))})
        points += [min(10 * knee, mpmath.mpf("0.9")), 1 - 1 / (10 + a), 1 - 1 / (100 + 100 * a), mpmath.mpf(1)]
        return mpmath.quad(lambda x: 2 * x**2 * (1 - x) / (x**2 + (1 - x) * a), sorted(set(points)), maxdegree=12)


@pytest.mark.parametrize(
    "m_X",
    [1e-9, 1e-4, 0.5, 20, 100, 105.6583755, 200, 211, 211.3167, 211.316751, 211.317, 212, 300, 1e3, 3e4, 1e6, 1e9],
)
def test_closed_form(m_X):
    assert float(a_mu_loop(np.array([m_X]))[0]) == pytest.approx(float(exact(m_X)), rel=1e-12, abs=0)


@given(st.floats(-9, 9))
def test_positive_and_falling_with_the_mass(log_m):
    here, heavier = a_mu_loop(10 ** np.array([log_m, log_m + 0.01]))
    assert 0 < heavier <= here <= 1


def test_limits():
    assert physics.evaluate("delta_a_mu", m_X=1e-9, g_X=1.0) == pytest.approx(1 / (8 * np.pi**2), rel=1e-10)
    heavy = physics.evaluate("delta_a_mu", m_X=1e8, g_X=1.0)
    assert heavy == pytest.approx((M_MU / 1e8) ** 2 / (12 * np.pi**2), rel=1e-9)


def test_pull_counts_standard_deviations():
    for name, data in a_mu_datasets().items():
        g_X = np.sqrt((data.difference + 2 * data.sigma) / physics.evaluate("delta_a_mu", m_X=20.0, g_X=1.0))
        assert physics.evaluate("a_mu_pull", m_X=20.0, g_X=g_X, a_mu_dataset=name) == pytest.approx(2)
