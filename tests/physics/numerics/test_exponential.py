"""The exponential of innermost loops, against the library's."""

import math

import numpy as np
import pytest

from physics.numerics.exponential import exp


def test_exp():
    for x in np.random.default_rng(0).uniform(-700.0, 700.0, 2000):
        assert exp(x) == pytest.approx(math.exp(x), rel=1e-13)


def test_where_a_double_ends():
    assert exp(-800.0) == exp(-math.inf) == 0.0
    assert exp(720.0) == exp(math.inf) == math.inf
    assert math.isnan(exp(math.nan))
    assert exp(0.0) == 1.0
