"""Freeze-out by quadrature: the integral over x against many narrow panels. Roots: test_freeze_out.py."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics.dark_matter.relic.breit_wigner import average
from physics.dark_matter.relic.exact import annihilation_integral
from physics.dark_matter.relic.x_pairs import average_to_X


@settings(max_examples=60, deadline=None)
@given(
    x_f=st.floats(0.5, 60),
    log_d=st.floats(-8, 1.5),
    sign=st.sampled_from([-1, 1]),
    log_width=st.floats(-11, -1),
    y_f=st.sampled_from([0.0, 0.9, 0.9999, 1.0001, 1.2]),
    pairs=st.sampled_from([0.0, 1.0, 100.0]),
)
def test_integral_over_x(x_f, log_d, sign, log_width, y_f, pairs):
    """J against many narrow panels of the same average, far into the tail."""
    d = 10**log_d if sign > 0 else -min(10**log_d, 0.95)
    w = (1 + d) * 10**log_width
    couplings, masses = np.array([1.0, 0.7]), np.array([0.0, y_f])
    end = max(3e6 / min(max(abs(d), w), abs(1 - y_f), abs(3 + 4 * d) + 1e-3), 100 * x_f)
    edges = np.exp(np.linspace(math.log(x_f), math.log(end), 60))
    nodes, weights = np.polynomial.legendre.leggauss(20)

    def total(x):
        return average(x, d, w, 0.0) + 0.7 * average(x, d, w, y_f) + pairs * average_to_X(x, 4 * (1 + d))

    expected = total(end * 10) / end
    for a, b in zip(np.log(edges[:-1]), np.log(edges[1:]), strict=True):
        x = np.exp((a + b) / 2 + (b - a) / 2 * nodes)
        expected += (b - a) / 2 * sum(wt * total(xx) / xx for wt, xx in zip(weights, x, strict=True))
    assert annihilation_integral(x_f, d, w, couplings, masses, pairs) == pytest.approx(expected, rel=3e-10)
