"""Sums over poles from tables, against the sums."""

import numpy as np
import pytest

from physics.numerics.pole_sums import Window, pole_sums, weighted

M = np.concatenate([[0.0, 1e-300], np.geomspace(1e-14, 1e14, 400), [1e60]])


def window(random, low, ratio):
    """Of 50 poles, three sums over r + M, two over its square."""
    r = low * ratio ** np.concatenate([[0, 1], random.random(48)])
    w = random.random((5, 50))
    return Window(low, low * ratio, lambda M: (w[:3] @ (1 / (r[:, None] + M)), w[3:] @ (1 / (r[:, None] + M) ** 2)))


@pytest.mark.parametrize(
    "ratios", [(1.0,), (1.03, 2.0), (3.2,), (5.8,), (6.4, 2.0), (9.1,), (30.0, 5.0), (1500.0, 1.0), (1e6,), (1e14,)]
)
def test_tables_are_exact(ratios):
    random = np.random.default_rng(1)
    windows = [window(random, 0.37, ratio) for ratio in ratios]
    table = pole_sums(windows)
    single, double = random.random((1, 1, 3)), random.random((len(ratios), M.size, 2))
    first, second = weighted(table, M, single, double)
    for w, one in enumerate(windows):
        over, over_square = one.sums(M)
        np.testing.assert_allclose(first[:, w], single[0, 0] @ over, rtol=2e-14)
        np.testing.assert_allclose(second[:, w], (double[w].T * over_square).sum(axis=0), rtol=2e-14)


def test_a_value_does_not_depend_on_its_neighbours():
    """Points alone or together, weights that are the same everywhere or given for each: the same bits."""
    random = np.random.default_rng(2)
    table = pole_sums([window(random, 2.0, 90.0), window(random, 2.0, 1.5)])
    single, double = random.random((2, 1, 3)), random.random((1, 1, 2))
    together = weighted(table, M, single, double)
    full = weighted(table, M, np.repeat(single, M.size, axis=1), np.repeat(double, M.size, axis=1))
    for i in range(0, M.size, 7):
        alone = weighted(table, M[i : i + 1], single, double)
        for one, other, by_itself in zip(together, full, alone, strict=True):
            np.testing.assert_array_equal(one[i], other[i])
            np.testing.assert_array_equal(one[i], by_itself[0])


def test_no_value_for_no_number():
    random = np.random.default_rng(3)
    first, _ = weighted(
        pole_sums([window(random, 1.0, 20.0)]), np.array([np.nan]), np.ones((1, 1, 3)), np.ones((1, 1, 2))
    )
    assert np.isnan(first).all()
