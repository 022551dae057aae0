"""Thermal factors against scipy, where the series meet, and where they are cut off."""

import math

import numpy as np
import pytest
from scipy import special

from physics.numerics.thermal_factors import thermal_factors


def factors(x, r):
    out = np.empty(r.size)
    thermal_factors(x, r.size, 1 / r, r - 1, out)
    return out


@pytest.mark.parametrize("x", [0.25, 0.5, 0.99, 1.0, 2.0, 3.99, 4.0, 20.0, 64.0, 1e4])
def test_against_scipy(x):
    r = 1 + np.concatenate([[0.0], np.geomspace(1e-9, 31 / x, 400)])
    expected = np.sqrt(2 * x * r) * special.kve(1, 2 * x * r) * np.exp(-2 * x * (r - 1))
    np.testing.assert_allclose(factors(x, r), expected, rtol=5e-11)


def test_what_is_colder_is_not_told_apart():
    np.testing.assert_allclose(factors(10.0, np.array([4.3, 50.0])), math.exp(-64) * math.sqrt(math.pi / 2), rtol=0.02)
