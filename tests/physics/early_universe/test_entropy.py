"""Entropy of a massive species over that of a massless fermion: by quadrature, and its limits."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from physics.early_universe.entropy import entropy_fraction


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
