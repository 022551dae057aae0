"""The exponential of innermost loops, against the library's."""

import math

import numpy as np
import pytest

from physics.core.compiled import compiled
from physics.core.vectors import LANES, load, store
from physics.numerics.exponential import exp, exp_of_lanes


def test_exp():
    for x in np.random.default_rng(0).uniform(-700.0, 700.0, 2000):
        assert exp(x) == pytest.approx(math.exp(x), rel=1e-13)


def test_where_a_double_ends():
    assert exp(-800.0) == exp(-math.inf) == 0.0
    assert exp(720.0) == exp(math.inf) == math.inf
    assert math.isnan(exp(math.nan))
    assert exp(0.0) == 1.0


@compiled
def exponentials(x, out):
    for i in range(0, x.size, LANES):
        store(exp_of_lanes(load(x[i:])), out[i:])


def of(x):
    out = np.empty_like(x)
    exponentials(x, out)
    return out


def test_exp_of_lanes():
    x = np.random.default_rng(0).uniform(-700.0, 700.0, 2000)
    np.testing.assert_allclose(of(x), np.exp(x), rtol=1.5e-13)
    x = np.random.default_rng(0).uniform(-1.0, 1.0, 2000)
    np.testing.assert_allclose(of(x), np.exp(x), rtol=2e-14)


def test_where_that_of_lanes_ends():
    values = of(np.array([-math.inf, -800.0, -700.0, 0.0, 700.0, 800.0, math.inf, math.nan]))
    np.testing.assert_allclose(values[:3], math.exp(-700.0), rtol=1e-12)
    np.testing.assert_allclose(values[4:7], math.exp(700.0), rtol=1e-12)
    assert values[3] == 1.0
    assert math.isnan(values[7])
