"""Chebyshev series against NumPy's, for arrays, tuples and complex arguments."""

import numpy as np
import pytest

from physics.numerics.chebyshev import clenshaw, nodes_and_transform


@pytest.mark.parametrize("n", [1, 2, 7, 24])
def test_clenshaw_is_the_sum_of_the_series(n):
    c = np.random.default_rng(n).normal(size=n)
    for t in (-1.0, -0.3, 0.0, 0.9, 1.0, 0.3 + 0.04j, -0.99 + 0.01j):
        expected = np.polynomial.chebyshev.chebval(t, c)
        assert clenshaw(c, t) == pytest.approx(expected, abs=1e-13 * n)
        if n > 1:
            assert clenshaw(tuple(c.tolist()), t) == clenshaw(c, t)
        assert isinstance(clenshaw(c, t), type(t))


def test_a_complex_argument_with_no_imaginary_part_is_a_real_one():
    c = np.random.default_rng(0).normal(size=12)
    for t in (-0.7, 0.2):
        assert clenshaw(c, complex(t)) == clenshaw(c, t)


@pytest.mark.parametrize("n", [1, 5, 20])
def test_the_series_goes_through_the_values_at_the_nodes(n):
    t, transform = nodes_and_transform(n)
    values = np.exp(t)
    np.testing.assert_allclose(np.polynomial.chebyshev.chebval(t, transform @ values), values, rtol=1e-14)
    np.testing.assert_allclose(np.sort(t), np.polynomial.chebyshev.chebpts1(n), atol=1e-15)
