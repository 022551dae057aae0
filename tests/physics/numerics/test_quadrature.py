"""Gauss-Legendre panels: exact for polynomials, of any shape."""

import numpy as np
import pytest

from physics.numerics.quadrature import gauss_panels


@pytest.mark.parametrize("n", [1, 4, 9])
def test_polynomials_are_exact(n):
    edges = np.array([[-1.0, 0.5, 2.0, 2.5], [0.0, 0.1, 0.2, 7.0]])
    x, w = gauss_panels(edges, n)
    assert x.shape == w.shape == (2, 3, n)
    power = 2 * n - 1
    expected = (edges[:, -1] ** (power + 1) - edges[:, 0] ** (power + 1)) / (power + 1)
    np.testing.assert_allclose(np.sum(w * x**power, axis=(1, 2)), expected, rtol=1e-12)
