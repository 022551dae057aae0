"""The relic density against nested scipy.integrate.quad, point by point in the same run."""

import math
import time
import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import kve

import physics

POINTS = {  # away from the pole and near it, on both sides
    "m_X": np.array([15.0, 15.0, 23.0, 23.0, 50.0, 30.0]),
    "g_X": np.array([5e-4, 5e-4, 4.5e-4, 4.5e-4, 1e-3, 1e-3]),
    "mass_ratio": np.array([0.35, 0.6, 0.5033, 0.5011, 0.45, 0.501]),
    "q_psi": np.array([1.0, 1.0, 1.0, 0.5, 0.3, 0.5]),
}


def nested_quad(m_X, g_X, r, q_psi, g_star=10.75):
    """Eqs. (3.2), (3.3), (3.7), (3.8) as written: quad in quad, epsabs=0, told where the pole is."""
    m = r * m_X
    width = g_X**2 * m_X / (12 * math.pi)
    if r < 0.5:
        width += (q_psi * g_X) ** 2 * m_X / (12 * math.pi) * (1 + 2 * r * r) * math.sqrt((1 - 2 * r) * (1 + 2 * r))
    d, w = (1 - 2 * r) * (1 + 2 * r) / (4 * r * r), width / (4 * r * r * m_X)
    pole = math.sqrt(max(d, 0))
    scale = g_X**4 * q_psi**2 / (12 * math.pi * m * m)

    def sigma_v(x):
        def integrand(t):
            y = 1 + t * t
            thermal = kve(1, 2 * x * math.sqrt(y)) * math.exp(-2 * x * t * t / (1 + math.sqrt(y)))
            return 2 * t * t * y * (y + 0.5) * thermal / ((t * t - d) ** 2 + w * w)

        end = math.sqrt((1 + 21 / x) ** 2 - 1)
        half = w / max(pole, math.sqrt(w))
        edges = sorted(
            {
                0.0,
                end,
                *(p for k in range(0, 40, 2) for p in (pole - half * 2**k, pole + half * 2**k, pole) if 0 < p < end),
            }
        )
        total = sum(quad(integrand, a, b, epsabs=0, epsrel=1e-10)[0] for a, b in pairwise(edges))
        return scale * x / kve(2, x) ** 2 * total

    def excess(x):
        return x - math.log(0.076 * 1.22e22 * m * sigma_v(x) / math.sqrt(g_star * x))

    x_f = brentq(excess, 4, 60, xtol=1e-10)
    end = max(x_f, 1e4 / max(abs(d), w))
    edges = np.geomspace(x_f, end, 6)
    J = sum(quad(lambda u: sigma_v(1 / u), 1 / b, 1 / a, epsabs=0, epsrel=1e-9)[0] for a, b in pairwise(edges))
    J += sigma_v(end) / end
    return 2 * 1.07e6 / (J * math.sqrt(g_star) * 1.22e22)


@pytest.mark.parametrize("channels", ["neutrinos", "all"])
def test_relic_density(benchmark, channels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        slow = np.array([nested_quad(*p) for p in zip(*POINTS.values(), strict=True)])
        quad_rate = slow.size / (time.perf_counter() - start)
    many = {p: np.tile(v, 300) for p, v in POINTS.items()}
    fast = benchmark(physics.evaluate, "relic_density", **many, annihilation_channels=channels)
    rate = fast.size / benchmark.stats.stats.min
    benchmark.extra_info.update(quad_points_per_s=quad_rate, points_per_s=rate, ratio=rate / quad_rate)
    print(f"\nrelic_density ({channels}): {rate:,.0f} points/s/core; nested quad {quad_rate:.2f}")
    print(f"ratio {rate / quad_rate:,.0f}")
    if channels == "neutrinos":
        print(f"largest difference from nested quad: {np.abs(fast[: slow.size] / slow - 1).max():.1e}")
        np.testing.assert_allclose(fast[: slow.size], slow, rtol=1e-5)


@pytest.mark.parametrize(
    "name", ["delta_a_mu", "n_eff_entropy", "sigma_v_electrons_today", "cmb_ratio", "sigma_monophoton", "gamma_X"]
)
def test_closed_forms(benchmark, name):
    random = np.random.default_rng(1)
    n = 100_000
    values = {
        "m_X": 10 ** random.uniform(0, 3, n), "g_X": 10 ** random.uniform(-5, -2, n),
        "mass_ratio": random.uniform(0.2, 2, n), "q_psi": random.uniform(0.1, 2, n),
    }  # fmt: skip
    benchmark(physics.evaluate, name, **values)
    rate = n / benchmark.stats.stats.min
    benchmark.extra_info["points_per_s"] = rate
    print(f"\n{name}: {rate:.3g} points/s/core (nothing shared between points)")
