"""Functions that points with the same masses share, against the averages of each point."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import shared_averages as shared
from physics.dark_matter.relic.channels import channel_sum

COUPLINGS = np.array([1.5, 1e-5, 1.0, 1.0])


def masses(ratio, m_X=150.0):
    return (1 - 2 * ratio) * (1 + 2 * ratio) / (4 * ratio**2), (
        np.array([0.0, 0.511, 105.66, 1776.9]) / m_X / ratio
    ) ** 2


@pytest.mark.parametrize("ratio", [0.25, 0.4, 0.49, 0.5 - 1e-6, 0.5, 0.5 + 1e-6, 0.52, 0.9, 1.5])
def test_sums_of_shared_functions(ratio):
    """Small widths, and decades of larger ones, at random x; S_XX with a weight of 4."""
    random = np.random.default_rng(1)
    d, y_f = masses(ratio)
    pair = shared.pair_of(d, COUPLINGS, y_f, True, 1e8)
    c, S = np.empty(shared.MOST), np.empty(shared.MOST)
    for over_d in (1e-6, 1e-3, 0.02, 0.3, 5.0, 200.0):
        w = over_d * max(abs(d), 1e-7)
        tier = int(shared.tiers_of(np.array([w]), pair)[0])
        assert (tier == shared.SMALL) == (w <= pair.small)
        table = shared.series(pair, tier, 0, False)[0]
        n = shared.coefficients(1.0, w, 4.0, pair, tier, c)
        for x in 10 ** random.uniform(-0.6, 3.4, 8):  # from 3000 on S is taken to be constant
            shared.functions(math.log(x), 0, pair, tier, table, S[:n])
            assert c[:n] @ S[:n] == pytest.approx(channel_sum(x, d, w, COUPLINGS, y_f, 4.0), rel=5e-5), (over_d, x)
