"""The relic density, all ways to it; nested scipy.integrate.quad, point by point in the same run, as the baseline."""

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
from physics.dark_matter.relic.fast import fast_freeze_out
from scanner.scan.grid import outer

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


def grid(m_X, n=32):
    """n^4 points through the resonance."""
    below, above = np.linspace(0.25, 0.49, n // 2), 0.5 + np.geomspace(1e-6, 0.3, n - n // 2)
    return outer(
        {
            "m_X": np.geomspace(*m_X, n), "g_X": np.geomspace(1e-5, 1e-2, n),
            "mass_ratio": np.concatenate([below, above]), "q_psi": np.geomspace(0.1, 10, n),
        }
    )  # fmt: skip


def report(benchmark, what, points, **more):
    rate = points / benchmark.stats.stats.min
    benchmark.extra_info.update(points_per_s=rate, **more)
    print(f"\n{what}: {rate:,.0f} points/s/core" + "".join(f"; {k} {v:,.3g}" for k, v in more.items()))
    return rate


@pytest.mark.parametrize("order", ["random", "mass_ratio", "g_X above", "g_X below"])
def test_kernel(benchmark, order):
    """x_f, <sigma v>(x_f) and J from tables, massless final states: points that share nothing, scans of one axis."""
    random, n = np.random.default_rng(1), 400_000
    g_X, q_psi, m_X = np.full(n, 5e-4), np.ones(n), np.full(n, 15.0)
    if order == "random":
        g_X, q_psi = 10 ** random.uniform(-5, -2, n), 10 ** random.uniform(-1, 1, n)
        m_X, r, kind = 10 ** random.uniform(0, 2.3, n), random.uniform(0.2, 2, n), random.integers(0, 4, n)
        r = np.where(kind >= 2, 0.5 * (1 + random.choice([-1, 1], n) * 10 ** random.uniform(-8, -1, n)), r)
        r = np.where(kind == 1, random.uniform(0.3, 0.6, n), r)
    elif order == "mass_ratio":
        r = np.linspace(0.3, 0.6, n)
    else:
        g_X, r = np.geomspace(1e-5, 1e-2, n), np.full(n, 0.506 if order == "g_X above" else 0.343)
    strength = 0.076 * 1.22e22 * g_X**4 * q_psi**2 / (12 * math.pi * r * m_X * math.sqrt(10.75))
    to_psi = np.where(r < 0.5, q_psi**2 * (1 + 2 * r * r) * np.sqrt(np.maximum((1 - 2 * r) * (1 + 2 * r), 0)), 0.0)
    w = g_X**2 / (12 * math.pi) * (1 + to_psi) / (4 * r * r)
    one, none = np.ones((n, 1)), np.zeros((n, 1))
    points = strength[:, np.newaxis], w[:, np.newaxis], (1 - 2 * r) * (1 + 2 * r) / (4 * r * r), one, none
    *_, done = benchmark(fast_freeze_out, *points, none[:, 0].copy(), none - np.inf)
    report(benchmark, f"kernel, {order}", n)
    assert done.mean() > 0.999


@pytest.mark.parametrize(
    ("m_X", "channels"), [((10, 60), "neutrinos"), ((10, 60), "all"), ((70, 210), "all"), ((220, 3000), "all")]
)
def test_grid(benchmark, m_X, channels):
    """The observable on a block of a scan; where electrons, muons and taus have mass."""
    values = grid(m_X, 32 if m_X[1] < 100 else 24)
    benchmark.pedantic(
        physics.evaluate, ("relic_density",), {**values, "annihilation_channels": channels}, rounds=3, warmup_rounds=1
    )
    report(benchmark, f"relic_density, m_X {m_X}, {channels}", math.prod(v.size for v in values.values()))


def test_wide_grid(benchmark):
    """From where electrons have mass to where muons do, below and above the resonance; few q_psi, many masses."""
    values = outer(
        {
            "m_X": np.geomspace(1, 200, 60), "g_X": np.geomspace(1e-5, 1e-2, 60),
            "mass_ratio": np.linspace(0.3, 0.6, 120), "q_psi": np.geomspace(0.1, 10, 10),
        }
    )  # fmt: skip
    benchmark.pedantic(physics.evaluate, ("relic_density",), values, rounds=2, warmup_rounds=1)
    report(benchmark, "relic_density, m_X (1, 200), all", math.prod(v.size for v in values.values()))


@pytest.mark.parametrize("channels", ["neutrinos", "all"])
def test_quadrature(benchmark, channels):
    """The exact integrator, which the tables are tested against, and nested quad in the same run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        slow = np.array([nested_quad(*p) for p in zip(*POINTS.values(), strict=True)])
        quad_rate = slow.size / (time.perf_counter() - start)
    many = {p: np.tile(v, 300) for p, v in POINTS.items()}
    how = {"annihilation_channels": channels, "relic_integrator": "quadrature"}
    exact = benchmark(physics.evaluate, "relic_density", **many, **how)
    rate = report(benchmark, f"relic_density by quadrature, {channels}", exact.size, nested_quad=quad_rate)
    print(f"ratio {rate / quad_rate:,.0f}")
    if channels == "neutrinos":
        print(f"largest difference from nested quad: {np.abs(exact[: slow.size] / slow - 1).max():.1e}")
        np.testing.assert_allclose(exact[: slow.size], slow, rtol=1e-5)


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
@pytest.mark.parametrize("integrator", ["tables", "quadrature"])
def test_boltzmann(benchmark, method, integrator):
    """Points that share nothing."""
    how = {"relic_method": method, "relic_integrator": integrator}
    benchmark(physics.evaluate, "relic_density", **POINTS, **how)
    rate = report(benchmark, f"relic_density, {method}, {integrator}", POINTS["m_X"].size)
    print(f"{1e3 / rate:.2f} ms a point")


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
@pytest.mark.parametrize("n", [(60, 10), (200, 100)])
@pytest.mark.parametrize("where", ["far", "near"])
def test_boltzmann_blocks(benchmark, method, n, where):
    """Blocks of (g_X, q_psi), away from the resonance and next to it; each point by itself in the same run."""
    off = np.array([0.5, 0.2, 0.04]) if where == "far" else np.array([1e-2, 1e-4, 1e-6])
    ratio = 0.5 * (1 + np.concatenate([-off, off]))
    if method == "coupled":
        ratio = ratio[1::3]
    values = outer(
        {
            "m_X": np.array([15.0]), "mass_ratio": ratio,
            "g_X": np.geomspace(1e-5, 1e-2, n[0]), "q_psi": np.geomspace(0.1, 10, n[1]),
        }
    )  # fmt: skip
    arguments = {**values, "relic_method": method}
    omega = benchmark.pedantic(physics.evaluate, ("relic_density",), arguments, rounds=1, warmup_rounds=1)
    few = np.random.default_rng(0).choice(omega.size, 100)
    points = {p: np.broadcast_to(v, omega.shape).flat[few] for p, v in values.items()}
    physics.evaluate("relic_density", **POINTS, relic_method=method, relic_integrator="quadrature")  # compiled
    start = time.process_time()
    each = physics.evaluate("relic_density", **points, relic_method=method, relic_integrator="quadrature")
    rate = few.size / (time.process_time() - start)
    differs = np.nanmax(np.abs(omega.flat[few] / each - 1))
    report(benchmark, f"relic_density, {method}, {n}, {where}", omega.size, by_itself=rate, differs=differs)


@pytest.mark.parametrize("side", ["above", "below"])
@pytest.mark.parametrize("recoil", ["exact", "small"])
def test_phase_space(benchmark, side, recoil):
    """Above the resonance and below it, where the grid is finer."""
    here = (POINTS["mass_ratio"] > 0.5) == (side == "above")
    points = {p: v[here] for p, v in POINTS.items()} | {"elastic_recoil": recoil}
    benchmark.pedantic(
        physics.evaluate, ("relic_density",), points | {"relic_method": "phase-space"}, rounds=3, warmup_rounds=1
    )
    rate = report(benchmark, f"relic_density, phase-space, {side}, {recoil} recoil", int(here.sum()))
    print(f"{1e3 / rate:.1f} ms a point")


def test_one_point(benchmark):
    """What a call costs beside its kernel: one point of one observable, all that can be kept kept."""
    benchmark(physics.evaluate, "relic_density", m_X=15.0, g_X=5e-4, mass_ratio=0.506, q_psi=1.0)
    print(f"{1e3 * benchmark.stats.stats.min:.2f} ms a call")
    report(benchmark, "relic_density, one point", 1)


@pytest.mark.parametrize("method", ["freeze-out", "boltzmann", "coupled"])
@pytest.mark.parametrize("name", ["mass_ratio_relic_above", "mass_ratio_relic_below", "g_X_relic"])
def test_relic_line(benchmark, name, method):
    """Points that share nothing."""
    random, n = np.random.default_rng(2), 2000 if method == "freeze-out" else 50
    values = {
        "m_X": 10 ** random.uniform(1, 1.7, n), "q_psi": 10 ** random.uniform(-0.5, 0.5, n),
        "mass_ratio": random.uniform(0.505, 0.6, n), "g_X": 10 ** random.uniform(-4, -3, n),
    }  # fmt: skip
    kept = {p: v for p, v in values.items() if p in physics.observables()[name].parameters}
    arguments = {**kept, "relic_method": method}
    benchmark.pedantic(physics.evaluate, (name,), arguments, rounds=3, warmup_rounds=1)
    report(benchmark, f"{name}, {method}", n)


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_relic_line_on_a_grid(benchmark, method):
    """The coupling, where many charges share the masses."""
    values = outer(
        {"m_X": np.array([15.0]), "mass_ratio": np.array([0.35, 0.45, 0.505, 0.6]), "q_psi": np.geomspace(0.1, 10, 100)}
    )
    arguments = {**values, "relic_method": method}
    found = benchmark.pedantic(physics.evaluate, ("g_X_relic",), arguments, rounds=3, warmup_rounds=1)
    report(benchmark, f"g_X_relic on a grid, {method}", found.size)


@pytest.mark.parametrize(
    "name",
    [
        "delta_a_mu",
        "n_eff_entropy",
        "sigma_v_neutrinos_today",
        "sigma_v_electrons_today",
        "cmb_ratio",
        "sigma_v_neutrinos_thermal",
        "sigma_v_electrons_thermal",
        "sigma_monophoton",
        "gamma_X",
        "kinetic_decoupling_x",
    ],
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
