"""The kernel that reads the tables: where they end, where they meet, how they depend on the width."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import lookup
from physics.dark_matter.relic.fast import fast_freeze_out


@pytest.mark.parametrize(
    ("d", "w"),
    [
        (-0.96, 1e-8),  # mass_ratio beyond 2
        (6.0, 1e-8),  # and below 0.2
        (-0.3, 0.1),  # wide resonances
        (0.01, 0.05),
        (1.0, 0.5),
        (math.nan, 1e-8),
        (0.3, math.nan),
        (0.3, 0.0),
    ],
)
def test_nothing_is_extrapolated(d, w):
    x_f, at_x_f, J, done = fast_freeze_out(np.array([1e10]), np.array([d]), np.array([w]))
    assert not done[0]
    assert np.isnan([x_f[0], at_x_f[0], J[0]]).all()


@pytest.mark.parametrize("edge", [lookup.NEAR_FROM, lookup.ABOVE_FROM])
def test_continuous_where_tables_meet(edge):
    strength, w = np.array([1e9, 1e11]), np.array([1e-9, 1e-5])
    left, right = (fast_freeze_out(strength, np.full(2, d), w) for d in (np.nextafter(edge, -1), np.nextafter(edge, 1)))
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-7)


def test_narrow_width_limit():
    """Above threshold the annihilation integral goes like 1/w, and the tables have that exactly."""
    w = np.array([1e-9, 1e-12])
    S = fast_freeze_out(np.full(2, 1e6) * w / w[0], np.full(2, 0.2), w)
    assert S[0][1] == pytest.approx(S[0][0], rel=1e-6)
    assert S[2][1] / S[2][0] == pytest.approx(w[0] / w[1], rel=1e-6)
