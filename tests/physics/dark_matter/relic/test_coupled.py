"""Density and temperature on tables that are made as hot as a point needs them; more densities in test_blocks.py."""

import numpy as np

from physics.core.evaluate import resolve
from physics.core.vectors import LANES
from physics.dark_matter.relic import boltzmann
from physics.dark_matter.relic.blocks import log_abundances

NAMES = ["bath_decoupling", "m_X", "mass_ratio", "g_X", "q_psi", "propagator_width", "final_states"]


def test_hot_and_cold_starts():
    """From m_psi/T = 1.6 to 8.5, in one block of a pair of masses and alone."""
    g_X = np.array([2.7e-4, 3.5e-4, 4.6e-4, 6e-4, 1e-3])
    *arrays, final_states = resolve(NAMES, m_X=15.0, mass_ratio=0.6, g_X=g_X, q_psi=1.0)
    columns = np.array([np.broadcast_to(a, g_X.shape) for a in arrays])
    T, m_X, ratio, g_X, q_psi, width = columns
    problems = boltzmann.problems(True, m_X, g_X, ratio, q_psi, final_states, width, T)
    starts = [boltzmann.start(problem) for problem in problems]
    assert starts[0] < 2.0
    assert 4.2 <= starts[2] < 5.5
    assert starts[-1] > 8.0
    fine = [boltzmann.solve(problem, step_error=1e-7, table_error=1e-8) for problem in problems]
    together = log_abundances(True, columns, final_states)
    np.testing.assert_allclose(together, fine, rtol=0, atol=1.5e-4)
    alone = [log_abundances(True, columns[:, i : i + 1], final_states)[0] for i in range(g_X.size)]
    np.testing.assert_array_equal(alone, together)


def test_more_points_than_lanes_in_any_order():
    """Where one is done the next begins: bit by bit what it is alone, whatever goes on beside it."""
    random, n = np.random.default_rng(4), 5 * LANES + 3
    point = {"g_X": 10 ** random.uniform(-5, -1.5, n), "q_psi": 10 ** random.uniform(-1, 1, n)}
    for ratio in (0.45, 0.5 + 1e-4):
        *arrays, final_states = resolve(NAMES, m_X=15.0, mass_ratio=ratio, **point)
        columns = np.array([np.broadcast_to(a, n) for a in arrays])
        together, order = log_abundances(True, columns, final_states), random.permutation(n)
        assert np.isfinite(together).sum() > 4 * LANES
        np.testing.assert_array_equal(log_abundances(True, columns[:, order], final_states), together[order])
        for i in range(0, n, 7):
            np.testing.assert_array_equal(log_abundances(True, columns[:, i : i + 1], final_states), together[i])
