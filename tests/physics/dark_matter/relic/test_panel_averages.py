"""All x of a panel and several widths at once, against one average after the other."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.channels import channel_sum, pressure_channel_sum
from physics.dark_matter.relic.panel_averages import panel_averages, shared_by_panels, work_space
from physics.dark_matter.relic.panel_factors import HOTTEST
from physics.dark_matter.relic.shared_averages import HOT_EDGES, PANEL_WIDTH
from physics.dark_matter.relic.x_pairs import average_to_X, pressure_average_to_X
from physics.numerics.chebyshev import nodes_and_transform

COUPLINGS = np.array([1.5, 1e-5, 1.0, 1.0])
NODES = nodes_and_transform(10)[0]


def nodes(panel):
    edges = np.concatenate([HOT_EDGES, HOT_EDGES[-1] + PANEL_WIDTH * np.arange(1, 20)])
    return np.exp(0.5 * (edges[panel] + edges[panel + 1] + (edges[panel + 1] - edges[panel]) * NODES))


def averages(x, d, widths, y_f, weighted=True, phase_space=1.0):
    """S, alpha and S_XX, of both kinds."""
    shared = shared_by_panels(d, widths, COUPLINGS, y_f, weighted, x[-1])
    out = np.zeros((2 if weighted else 1, widths.size + 2, x.size))
    panel_averages(x, shared, phase_space, True, weighted, work_space(), out)
    return out


def expected(x, d, widths, y_f, random=None):
    """At all of them, or at two of x and of the widths (the others NaN)."""
    result = np.full((2, widths.size, x.size), math.nan)
    where = (
        (range(widths.size), range(x.size)) if random is None else random.integers(0, (widths.size, x.size), (2, 2)).T
    )
    for k in where[0]:
        for j in where[1]:
            result[0, k, j] = channel_sum(x[j], d, widths[k], COUPLINGS, y_f, 0.0)
            result[1, k, j] = pressure_channel_sum(x[j], d, widths[k], COUPLINGS, y_f, 0.0)
    return result


def test_random_panels():
    """Poles next to all thresholds and far from them, decades of widths and small ones; hot gas and cold."""
    random = np.random.default_rng(2)
    for _ in range(150):
        d = random.choice([-1, 1]) * 10 ** random.uniform(-8, -0.05)
        y_f = np.array(
            [0.0, 1e-4, 10 ** random.uniform(-1, 1), 1 + random.choice([-1, 1]) * 10 ** random.uniform(-7, -0.3)]
        )
        if random.random() < 0.3:
            y_f[2] = 1 + max(d * (1 + 10 ** random.uniform(-6, -1)), -0.99)
        if random.random() < 0.5:
            widths = abs(d) * 10 ** (random.uniform(-3, 3) + np.linspace(0.01, 0.99, 10))
        else:
            widths = 0.03 * abs(d) * np.array([0.04, 0.31, 0.69, 0.96])
        x = nodes(random.integers(0, 14))
        exact = expected(x, d, widths, y_f, random)
        known = np.isfinite(exact)
        np.testing.assert_allclose(averages(x, d, widths, y_f)[:, :-2][known], exact[known], rtol=4e-9)


def test_pole_on_a_threshold_of_wide_resonances():
    """The phase of a pole far off the real axis has no bound, and what it adds is nothing."""
    d, widths = 1.295e-4, 2.5e-3 * 10 ** np.linspace(0.01, 0.99, 10)
    y_f = np.array([0.0, 8e-8, 3.5e-3, 1 + 4.76e-5])
    for panel in (7, 9, 11):
        x = nodes(panel)
        np.testing.assert_allclose(averages(x, d, widths, y_f)[:, :-2], expected(x, d, widths, y_f), rtol=4e-9)


def test_coldest_panels():
    """Pairs at relative rest but for 1e-10: 1 - 1/y must not cancel."""
    d, widths = 2.7e-8, 8e-10 * 10 ** np.linspace(0.01, 0.99, 10)
    y_f, x = np.array([0.0, 1e-4, 0.5, 500.0]), nodes(19)
    assert x[0] > 1e10
    np.testing.assert_allclose(averages(x, d, widths, y_f)[:, :-2], expected(x, d, widths, y_f), rtol=4e-9)


@pytest.mark.parametrize("rho2", [0.01, 0.9, 1 - 1e-7, 1 + 1e-7, 1.2, 3.0])
def test_pairs_of_X(rho2):
    y_f = np.array([0.0, 1e-4, 0.5, 500.0])
    for panel in (0, 1, 2, 3, 5):
        x = nodes(panel)
        suppression = np.exp(2 * x * max(math.sqrt(rho2) - 1, 0.0))
        to_X = averages(x, rho2 / 4 - 1, np.array([0.1]), y_f)[:, -1]
        for kind, function in enumerate((average_to_X, pressure_average_to_X)):
            exact = np.array([function(a, rho2) for a in x]) * suppression
            np.testing.assert_allclose(to_X[kind], exact, rtol=1e-9)


@pytest.mark.parametrize("panel", [0, 2, 3, 6])
def test_alpha_is_the_limit_of_a_narrow_pole(panel):
    d, y_f, w, x = 1e-3, np.array([0.0, 1e-4, 0.5, 500.0]), 1e-13, nodes(panel)
    phase_space = sum(
        c * math.sqrt(1 - m / (1 + d)) * (1 + 0.5 * m / (1 + d)) for c, m in zip(COUPLINGS[:3], y_f[:3], strict=True)
    )
    alpha = averages(x, d, np.array([w]), y_f, phase_space=phase_space)[:, -2] * np.exp(
        -2 * d / (math.sqrt(1 + d) + 1) * x
    )
    np.testing.assert_allclose(alpha / w, expected(x, d, np.array([w]), y_f)[:, 0], rtol=1e-8)


def test_S_does_not_depend_on_whether_S_2_is_wanted():
    d, widths, y_f = 0.2, np.array([1e-4, 1e-3]), np.array([0.0, 1e-4, 0.5, 500.0])
    for panel in (0, 4):
        alone, both = (averages(nodes(panel), d, widths, y_f, weighted) for weighted in (False, True))
        np.testing.assert_array_equal(alone[0], both[0])


def test_hottest():
    assert nodes(0)[-1] > HOTTEST
