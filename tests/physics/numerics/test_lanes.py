"""Rows of numbers in one array, also where they overlap."""

import numpy as np
import pytest

from physics.core.compiled import compiled
from physics.numerics.lanes import LANES, add_multiple


@compiled
def added(array, to, factor, of):
    add_multiple(array, to, factor, of)


@pytest.mark.parametrize(("to", "of"), [(0, LANES), (3 * LANES, 0), (LANES, LANES), (5, 1)])
def test_multiples_are_added(to, of):
    array = np.random.default_rng(0).random(5 * LANES)
    expected = array.copy()
    expected[to : to + LANES] += 2.5 * array[of : of + LANES]
    added(array, to, 2.5, of)
    np.testing.assert_allclose(array, expected, rtol=1e-15)
