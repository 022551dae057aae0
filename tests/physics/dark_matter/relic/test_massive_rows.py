"""Rows of tables for final states with mass, against the exact integrator."""

import numpy as np
import pytest

from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.fast import LEFT, fast_freeze_out
from physics.dark_matter.relic.massive_rows import CLOSEST_CLOSED, WIDEST_MASSIVE, WIDEST_OPEN

COUPLINGS = np.array([1.5, 0.7, 2.0])  # massless ones of a coupling that is not 1


def both(d, y_f, strength, w):
    """x_f and J by a row, whether it does the point, and the same exactly."""
    n = strength.size
    masses = np.array([[0.0, *y_f]])
    fast = fast_freeze_out(
        strength[np.newaxis],
        w[np.newaxis],
        np.array([d]),
        COUPLINGS[np.newaxis],
        masses,
        np.array([np.inf]),
        np.full((1, n), -np.inf),
    )
    exact = freeze_out_points(strength, np.full(n, d), w, COUPLINGS, np.repeat(masses, n, axis=0), np.zeros(n))
    x_f, J, code = (a[0] for a in fast)
    return [x_f, J, code != LEFT], (exact[0], exact[2])


@pytest.mark.parametrize("d", [-0.4, -0.03, -0.005, 0.01, 0.05, 0.4, 1.5])
@pytest.mark.parametrize("y_f", [(0.5, 0.9), (0.02, 1.1), (1.05, 1.5)])
@pytest.mark.parametrize("width", [1e-10, 1e-6, 3e-4])
def test_a_row_is_what_the_exact_integrator_says(d, y_f, width):
    strength, w = np.geomspace(1e-2, 1e12, 80), np.full(80, width)
    (*fast, done), exact = both(d, y_f, strength * min(width / 1e-6, 1.0), w)
    distances = [abs(1 + d - y) for y in y_f]
    assert (
        done.mean() > 0.9
        or width > WIDEST_OPEN * min(distances)
        or (abs(d) > 0.0105 and width > WIDEST_MASSIVE[0] * abs(d))
    )
    for got, expected in zip(fast, exact, strict=True):
        np.testing.assert_array_equal(np.isnan(got[done]), np.isnan(expected[done]))
        np.testing.assert_allclose(got[done], expected[done], rtol=5e-7)


@pytest.mark.parametrize(("d", "y_f"), [(-0.4, (0.5, 0.9)), (-0.005, (1.05, 1.5)), (0.4, (0.5, 1.1))])
def test_hotter_points_of_the_same_masses_change_nothing(d, y_f):
    """For them columns of the row are made that others do without."""
    strength, w = np.geomspace(1e-10, 1e9, 150), np.full(150, 1e-8)
    together = both(d, y_f, strength, w)[0]
    alone = [both(d, y_f, strength[k : k + 1], w[k : k + 1])[0] for k in range(strength.size)]
    assert np.nanmin(together[0]) < 3 < 10 < np.nanmax(together[0])
    for all_of_them, each in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_array_equal(all_of_them, np.concatenate(each))


def test_not_where_two_thresholds_and_the_pole_meet():
    """The exact integrator takes what a power series around the pole does not reach."""
    strength, w = np.geomspace(1e6, 1e9, 10), np.full(10, 1e-9)
    assert not both(0.004, (0.99, 5.0), strength, w)[0][2].any()
    assert not both(0.4, (1.4 + 1e-9, 5.0), strength, w)[0][2].any()
    assert both(0.4, (1.4 + 1e-6, 5.0), strength, w)[0][2].all()


@pytest.mark.parametrize("gap", [3e-5, 1e-3, 0.02])
@pytest.mark.parametrize("distance", [1.1 * CLOSEST_CLOSED, 1e-3, 0.01])
def test_a_final_state_that_opens_just_above_the_pole(gap, distance):
    """The threshold of psi, the pole below it or above, and a final state closed to the pole, all within 0.03."""
    d = gap - distance
    width = 0.5 * WIDEST_OPEN * distance
    strength, w = np.geomspace(1e4, 1e9, 12), np.full(12, min(width, 1e-6))
    (*fast, done), exact = both(d, (1 + gap, 5.0), strength, w)
    assert done.all()
    for got, expected in zip(fast, exact, strict=True):
        np.testing.assert_allclose(got, expected, rtol=5e-7)
