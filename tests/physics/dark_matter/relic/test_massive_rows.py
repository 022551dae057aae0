"""Rows of tables for final states with mass, against the exact integrator."""

import numpy as np
import pytest

from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.fast import fast_freeze_out

COUPLINGS = np.array([1.5, 0.7, 2.0])  # massless ones of a coupling that is not 1


def both(d, y_f, strength, w):
    """By a row, with the flags of what it does, and exactly."""
    n = strength.size
    masses = np.array([[0.0, *y_f]])
    fast = fast_freeze_out(
        strength[np.newaxis],
        w[np.newaxis],
        np.array([d]),
        COUPLINGS[np.newaxis],
        masses,
        np.array([np.inf]),
        np.zeros((1, n)),
    )
    exact = freeze_out_points(strength, np.full(n, d), w, COUPLINGS, np.repeat(masses, n, axis=0), np.zeros(n))
    return [a[0] for a in fast], exact


@pytest.mark.parametrize("d", [-0.4, -0.03, -0.005, 0.01, 0.05, 0.4, 1.5])
@pytest.mark.parametrize("y_f", [(0.5, 0.9), (0.02, 1.1), (1.05, 1.5)])
@pytest.mark.parametrize("width", [1e-10, 1e-6, 3e-4])
def test_a_row_is_what_the_exact_integrator_says(d, y_f, width):
    strength, w = np.geomspace(1e3, 1e12, 60), np.full(60, width)
    (*fast, done), exact = both(d, y_f, strength * min(width / 1e-6, 1.0), w)
    distances = [abs(1 + d - y) for y in y_f]
    assert (
        done.mean() > 0.9 or width > 0.015 * min(distances) or width > 0.02 * abs(d) or (0 <= d < 0.03 and y_f[0] > 1)
    )
    for got, expected in zip(fast, exact, strict=True):
        np.testing.assert_array_equal(np.isnan(got[done]), np.isnan(expected[done]))
        np.testing.assert_allclose(got[done], expected[done], rtol=5e-7)


def test_not_where_two_thresholds_and_the_pole_meet():
    """The exact integrator takes what a power series around the pole does not reach."""
    strength, w = np.geomspace(1e6, 1e9, 10), np.full(10, 1e-9)
    assert not both(0.004, (0.99, 5.0), strength, w)[0][3].any()
    assert not both(0.4, (1.4 + 1e-9, 5.0), strength, w)[0][3].any()
    assert both(0.4, (1.4 + 1e-6, 5.0), strength, w)[0][3].all()
