"""Self-interactions: planes of (m_N1, m_phi), averages, couplings; scipy wave by wave as the baseline."""

import math
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import spherical_jn, spherical_yn

import physics
from physics.dark_matter.self_interaction.transfer import cross_sections

KM_S = 1 / 299792.458
STAR = {"m_X": 10.0, "g_X": 5e-4}
MASSES = {"m_N1": np.geomspace(1e3, 1e5, 60)[:, np.newaxis], "m_phi": np.geomspace(1, 100, 60)}


def wave_by_wave(kappa, b, l_max):
    """Distinguishable transfer from scipy's DOP853, one partial wave after the other: what is usual."""
    shifts = []
    for ell in range(l_max + 1):
        x = 1e-2 * (ell + 1) / max(1.0, b, kappa)
        solved = solve_ivp(
            lambda x, y, ell=ell: [y[1], (ell * (ell + 1) / x**2 - b * math.exp(-x) / x - kappa**2) * y[0]],
            (x, 20.0), [1.0, (ell + 1) / x - b / (2 * (ell + 1))], "DOP853", rtol=1e-8, atol=1e-30,
        )  # fmt: skip
        y, z = solved.y[1, -1] / solved.y[0, -1], kappa * 20
        j, dj, n, dn = *(spherical_jn(ell, z, d) for d in (0, 1)), *(spherical_yn(ell, z, d) for d in (0, 1))
        shifts.append(math.atan((kappa * (j + z * dj) - y * z * j) / (kappa * (n + z * dn) - y * z * n)))
    d = np.array(shifts)
    return 4 / kappa**2 * np.sum((np.arange(l_max) + 1) * np.sin(np.diff(d)) ** 2)


def per_point(benchmark, what, points):
    micro = benchmark.stats.stats.min / points * 1e6
    benchmark.extra_info["microseconds"] = micro
    print(f"\n{what}: {micro:.1f} us a point")


@pytest.mark.parametrize("lightest", [1, 10])
@pytest.mark.parametrize("speed", [30, 200, 1000])
def test_plane(benchmark, speed, lightest):
    """60 x 60 masses, 1 to 100 GeV; at most 100 us at 30 and 200 km/s, 500 us at 1000 km/s."""
    at = {**STAR, **MASSES, "v_rel": speed * KM_S, "sidm_reading": "printed"}
    at["m_phi"] = np.geomspace(lightest, 100, 60)
    value = benchmark.pedantic(lambda: physics.evaluate("sidm_sigma_T_over_m", **at), rounds=3, warmup_rounds=1)
    assert np.isfinite(value).all()
    per_point(benchmark, f"sigma_T at {speed} km/s, m_phi from {lightest} MeV", value.size)


@pytest.mark.parametrize("kappa", [0.1, 1.0, 10.0, 30.0, 100.0])
def test_point(benchmark, kappa):
    here = benchmark(cross_sections, kappa, 5.0)
    if kappa == 1.0:
        start = time.perf_counter()
        slow = wave_by_wave(kappa, 5.0, 14)
        ratio = (time.perf_counter() - start) / benchmark.stats.stats.min
        assert here.distinguishable == pytest.approx(slow, rel=1e-4)
        print(f"\nscipy wave by wave: {ratio:,.0f} times as long")


@pytest.mark.parametrize("speed", [30, 100, 1000])
def test_average(benchmark, speed):
    at = {**STAR, "m_N1": np.array([1e4, 2e4, 4e4]), "m_phi": np.array([10.0, 20.0, 80.0]), "v_mean": speed * KM_S}
    value = benchmark(lambda: physics.evaluate("sidm_sigma_v_over_m", **at, sidm_reading="printed"))
    per_point(benchmark, f"average at {speed} km/s", value.size)


@pytest.mark.parametrize("reading", ["consistent", "printed"])
def test_coupling(benchmark, reading):
    at = {**STAR, "m_N1": np.geomspace(1e3, 1e5, 1000), "m_phi": 20.0, "sidm_reading": reading}
    value = benchmark(lambda: physics.evaluate("yukawa_relic", **at))
    per_point(benchmark, f"yukawa_relic, {reading}", value.size)


def test_lifetime(benchmark):
    at = {**STAR, "m_phi": np.linspace(10.1, 30, 2000)}
    value = benchmark(lambda: physics.evaluate("tau_phi", **at))
    per_point(benchmark, "tau_phi", value.size)
