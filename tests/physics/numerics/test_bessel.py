"""K_1 and K_2 against scipy, where the expansions meet, and off the real axis."""

import math

import numpy as np
import pytest
from scipy import special

from physics.core.files import table
from physics.numerics import bessel
from physics.numerics.bessel import k1_scaled, k1_scaled_complex, k2_scaled


@pytest.mark.parametrize(("order", "function"), [(1, k1_scaled), (2, k2_scaled)])
def test_real_arguments(order, function):
    ends = [bessel.LOW, bessel.MIDDLE, bessel.HIGH]
    z = np.concatenate([np.geomspace(1e-3, 1e5, 2000), ends, np.nextafter(ends, 0)])
    np.testing.assert_allclose([function(v) for v in z], special.kve(order, z), rtol=2e-14)


def test_complex_arguments():
    random = np.random.default_rng(2)
    real = 10 ** random.uniform(-2, 4, 500)
    z = real * (1 + 1j * random.choice([-1, 1], 500) * 10 ** random.uniform(-6, 0, 500))
    expected = special.kve(1, z)
    np.testing.assert_allclose([k1_scaled_complex(v) for v in z], expected, rtol=1e-12)
    np.testing.assert_allclose([k1_scaled_complex(complex(v)) for v in real], special.kve(1, real), rtol=1e-13)


@pytest.mark.parametrize("order", [1, 2])
def test_the_coefficients_are_those_of_scipy(order):
    """How the data file was made."""

    def series(low, high, degree):
        def scaled(t):
            z = 1 / (0.5 * (1 / low - 1 / high) * t + 0.5 * (1 / low + 1 / high))
            return np.sqrt(z) * special.kve(order, z)

        return np.polynomial.chebyshev.chebinterpolate(scaled, degree)

    with np.errstate(divide="ignore"):
        polynomial = np.polynomial.Chebyshev(series(bessel.HIGH, math.inf, 10), domain=[0, 1])
    expected = {
        "low": series(bessel.LOW, bessel.MIDDLE, 20),
        "middle": series(bessel.MIDDLE, bessel.HIGH, 18),
        "high": polynomial.convert(kind=np.polynomial.Polynomial).coef[::-1],
    }
    for part, stored in table("numerics/bessel_k.toml")[f"K_{order}"].items():
        # of the polynomial the highest powers cancel in each other: as large as the first
        np.testing.assert_allclose(stored, expected[part], atol=1e-12 if part == "high" else 1e-15)
