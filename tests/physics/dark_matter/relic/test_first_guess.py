"""Where the search for x_f begins, against where it ends."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.fast import fast_freeze_out
from physics.dark_matter.relic.first_guess import first_guess, guesses
from physics.dark_matter.relic.lookup import kernel, pole_at, position, region_of


@kernel
def guess(ln_K, d, w, table):
    region = region_of(d)
    i, wy = position(d, region)
    _, pole, _ = pole_at(d, w, region, (1.0, 1.0, 1.0))
    return first_guess(ln_K, region, i, wy, pole, (0.0, 0.0), table)


@pytest.mark.parametrize(
    ("d", "tolerance"), [(-0.4, 1e-5), (-0.05, 1e-5), (1e-5, 2e-4), (0.005, 1e-5), (0.05, 1e-5), (0.3, 2e-5)]
)
@pytest.mark.parametrize("K", [1e5, 1e8, 1e11])
def test_close_to_the_root(d, tolerance, K):
    """Where the pole, or what is left without it, dominates."""
    one, none, w = np.ones((1, 1)), np.zeros((1, 1)), 1e-7
    x_f, _, _ = fast_freeze_out(
        np.array([[K]]), np.array([[w]]), np.array([d]), one, none, none[0].copy(), none - np.inf
    )
    assert guess(math.log(K), d, w, guesses()) == pytest.approx(x_f[0, 0], rel=tolerance)
