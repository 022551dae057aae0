"""Averages for final states with mass, at two widths and for groups of x, against the exact ones."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.breit_wigner import average
from physics.dark_matter.relic.massive_average import LN_G, MOST_POINTS, SCRATCH, _rule, bessel_weight, two_widths
from physics.numerics.bessel import k1_scaled_complex

GROUPS = [
    np.array([0.3]),
    np.geomspace(0.3, 0.8, 5),
    np.geomspace(4.0, 11.0, 8),
    np.geomspace(64.0, 170.0, 5),
    [4900.0],
]


def averages(x, d, y_f, pole_is_out, w):
    weight, out = np.vectorize(bessel_weight)(x), np.empty((2, x.size))
    unknown = np.full((x.size, LN_G), np.nan)
    two_widths(x, weight, d, y_f, pole_is_out, unknown, 1.0, w, np.empty(SCRATCH), *out)
    return out


@pytest.mark.parametrize(
    ("d", "y_f"), [(-0.5, 0.3), (-0.5, 1.3), (-0.02, 0.97), (-0.004, 0.5), (0.2, 1.3), (0.01, 1.5)]
)
@pytest.mark.parametrize("x", GROUPS)
def test_pole_out_of_reach(x, d, y_f):
    x = np.asarray(x)
    w = 0.02 * min(abs(d), 1 / x[-1])
    narrow, wide = averages(x, d, y_f, False, w)
    for k in range(x.size):
        little = 1e-12 * average(x[k], d, w, 0.0)  # next to which a final state far above m_psi is nothing
        assert wide[k] == pytest.approx(average(x[k], d, w, y_f), rel=1e-8, abs=little)
        assert narrow[k] == pytest.approx(average(x[k], d, 1e-7 * w, y_f), rel=1e-8, abs=little)


@pytest.mark.parametrize(("d", "y_f"), [(0.04, 0.3), (0.3, 0.97), (0.5, 1.2), (2.0, 1.5)])
@pytest.mark.parametrize("x", GROUPS[:4])
def test_without_the_pole(x, d, y_f):
    w = 0.02 * min(0.25 * abs(1 + d - y_f), 1 / x[-1])
    _, wide = averages(x, d, y_f, True, w)
    z = complex(1 + d, w)
    bessel = np.array([k1_scaled_complex(2 * v * z**0.5) * np.exp(-2 * v * (z**0.5 - 1)) for v in x])
    F = (z - 1) ** 0.5 * (1 - y_f / z) ** 0.5 * (1 + 0.5 * y_f / z) * z * (z + 0.5) * bessel
    F *= np.vectorize(bessel_weight)(x)
    whole = np.array([average(v, d, w, y_f) for v in x])
    # ln G is known to second order in the width
    np.testing.assert_allclose(wide, whole - math.pi * F.real / w, rtol=1e-7, atol=3e-8 * whole.max())


def test_a_rule_has_room():
    random = np.random.default_rng(3)
    n = 20_000
    x, y_f = 10 ** random.uniform(-0.5, 3.7, n), 1 + random.choice([-1, 1], n) * 10 ** random.uniform(-14, 6, n)
    d = random.choice([-1, 1], n) * 10 ** random.uniform(-10, 0.7, n)
    rules = [_rule(x[k], x[k] * random.uniform(1, 2.7), d[k], max(y_f[k], 0.0)) for k in range(n)]
    assert max(rule.n for rule in rules) < MOST_POINTS // 2
