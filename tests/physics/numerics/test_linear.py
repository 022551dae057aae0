"""Linear equations, against LAPACK."""

import numpy as np
import pytest

from physics.numerics.linear import factorise, substitute


@pytest.mark.parametrize("n", [1, 2, 3, 40, 41])
def test_against_lapack(n):
    random = np.random.default_rng(n)
    M, r = random.normal(size=(n, n)) + 3 * n * np.eye(n), random.normal(size=n)
    expected = np.linalg.solve(M, r)
    factorise(M)
    substitute(M, r)
    np.testing.assert_allclose(r, expected, rtol=1e-12, atol=1e-15)
