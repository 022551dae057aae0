"""The kernel that reads the tables: where they end, where they meet, how they depend on the width."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import lookup
from physics.dark_matter.relic.breit_wigner import average
from physics.dark_matter.relic.fast import LEFT, fast_freeze_out
from physics.dark_matter.relic.search import MARGIN


def massless(strength, d, w):
    """Points that share nothing, massless final states of coupling 1."""
    strength, d, w = np.broadcast_arrays(strength, d, w)
    one, none, no_pairs = np.ones((d.size, 1)), np.zeros((d.size, 1)), np.full((d.size, 1), -np.inf)
    results = fast_freeze_out(
        strength[:, np.newaxis].copy(), w[:, np.newaxis].copy(), d.copy(), one, none, none[:, 0].copy(), no_pairs
    )
    return tuple(a[:, 0] for a in results)  # x_f, J, what became of the point


@pytest.mark.parametrize(
    ("d", "w"),
    [
        (-0.96, 1e-8),  # mass_ratio beyond 2
        (6.0, 1e-8),  # and below 0.2
        (-0.3, 0.1),  # wide resonances
        (0.01, 0.05),
        (1.0, 0.5),
        (math.nan, 1e-8),
        (0.3, math.nan),
        (0.3, 0.0),
    ],
)
def test_nothing_is_extrapolated(d, w):
    x_f, J, code = massless(np.array([1e10]), d, w)
    assert code[0] == LEFT
    assert np.isnan([x_f[0], J[0]]).all()


@pytest.mark.parametrize("edge", [lookup.NEAR_FROM, lookup.ABOVE_FROM])
def test_continuous_where_tables_meet(edge):
    strength, w = np.array([1e9, 1e11]), np.array([1e-9, 1e-5])
    left, right = (massless(strength, d, w) for d in (np.nextafter(edge, -1), np.nextafter(edge, 1)))
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-7)


@lookup.kernel
def bound(d, w, tables, places, row):
    region = lookup.region_of(d)
    i, wy = lookup.position(d, region)
    return lookup.pole_at(d, w, region, lookup.open_row(i, wy, region, tables, places, row))[2]


@pytest.mark.parametrize("d", [-0.5, -0.0104, -1e-3, -1e-7, 1e-9, 1e-3, 0.03, 0.3])
@pytest.mark.parametrize("w", [1e-12, 1e-7, 1e-4])
def test_what_no_temperature_exceeds(d, w):
    """It decides without a search that psi never thermalises: not too little, and below threshold not too much."""
    largest = bound(d, w, *lookup.joined(), np.zeros(lookup.ROW_SIZE))
    S = max(average(x, d, w, 0.0) * math.exp(-x) / math.sqrt(x) for x in np.geomspace(0.3, 20, 200))
    assert S < MARGIN * largest
    assert largest < 3 * S or d >= 0.0


def test_narrow_width_limit():
    """Above threshold the annihilation integral goes like 1/w, and the tables have that exactly."""
    w = np.array([1e-9, 1e-12])
    S = massless(np.full(2, 1e6) * w / w[0], 0.2, w)
    assert S[0][1] == pytest.approx(S[0][0], rel=1e-6)
    assert S[1][1] / S[1][0] == pytest.approx(w[0] / w[1], rel=1e-6)


def test_the_point_before_does_not_matter():
    """The search begins where the last one ended."""
    K, w = np.geomspace(1e4, 1e13, 200)[np.newaxis], np.full((1, 200), 1e-9)
    one, none = np.ones((1, 1)), np.zeros((1, 1))
    up, down = (
        fast_freeze_out(
            np.ascontiguousarray(k), w, np.array([0.3]), one, none, np.zeros(1), np.full((1, 200), -np.inf)
        )[0]
        for k in (K, K[:, ::-1])
    )
    assert np.isfinite(up).sum() > 150
    np.testing.assert_allclose(up, down[:, ::-1], rtol=1e-10)
