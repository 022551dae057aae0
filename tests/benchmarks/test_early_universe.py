"""N_eff of three baths, without and with weak decoupling; scipy's Radau in the same run as baseline."""

import math
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import physics
from physics.early_universe.three_baths import T_END, Particles, n_eff_of, problem, rates

POINTS = {"m_X": np.array([6.0, 10.0, 15.0, 20.0]), "g_X": np.array([5e-4, 5e-4, 1e-4, 1e-3])}


def radau(m_X, g_X, weak, rtol):
    """N_eff by scipy with our compiled right-hand side."""
    momentum = "process" if weak else "zero"  # as n_eff has it, and n_eff_three_bath
    width = physics.evaluate("gamma_X_electrons", m_X=m_X, g_X=g_X, mixing_momentum=momentum)
    equations = problem(Particles(math.log(m_X), math.inf, width, 4.0, True), weak, False, "exact")

    def slopes(_, unknowns):
        d_T, d_mu, d_e, _ = rates(*unknowns, equations)
        return [d_T, d_mu - d_T, d_e - d_T]

    T = 20.0 if weak else 1.5
    start = [math.log(T), 0.0, 0.0]
    found = solve_ivp(slopes, (0, math.log(T / T_END)), start, "Radau", rtol=rtol, atol=rtol * 1e-3, first_step=1e-4)
    return n_eff_of(*found.y[:, -1], equations)


@pytest.mark.parametrize(("name", "weak", "error"), [("n_eff_three_bath", False, 1e-5), ("n_eff", True, 1e-4)])
def test_n_eff(benchmark, name, weak, error):
    settings = {"mass_ratio": None} if weak else {}
    own = physics.evaluate(name, **POINTS, **settings)
    exact = [radau(*point, weak, 1e-9) for point in zip(*POINTS.values(), strict=True)]
    start = time.perf_counter()
    for point in zip(*POINTS.values(), strict=True):
        radau(*point, weak, 1e-6)
    slow = (time.perf_counter() - start) / own.size
    many = {p: np.tile(v, 500) for p, v in POINTS.items()}
    benchmark(physics.evaluate, name, **many, **settings)
    quick = benchmark.stats.stats.min / many["m_X"].size
    off = np.abs(own - exact).max()
    benchmark.extra_info.update(seconds_per_point=quick, radau=slow, error=off)
    print(f"\n{name}: {1e3 * quick:.3f} ms a point, largest error {off:.1e}")
    print(f"Radau (rtol 1e-6) {1e3 * slow:.0f} ms, ratio {slow / quick:,.0f}")
    assert off < error
