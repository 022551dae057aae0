"""Densities of blocks by the Boltzmann equations: against the solver for one point, alone and together."""

import logging
import math

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.evaluate import resolve
from physics.dark_matter.relic import boltzmann
from physics.dark_matter.relic.blocks import log_abundances
from physics.model.constants import M_MU

NAMES = ["bath_decoupling", "m_X", "mass_ratio", "g_X", "q_psi", "propagator_width", "final_states"]
ERRORS = {"boltzmann": 3e-5, "coupled": 1.5e-4}


def sample(n, seed, near_pole):
    """Random points, three to a pair of masses."""
    random = np.random.default_rng(seed)
    m_X = 10 ** random.uniform(0, 3.3, (n, 1))
    off = random.choice([-1, 1], (n, 1)) * 10 ** random.uniform(-8, -1.5, (n, 1))
    ratio = 0.5 * (1 + off) if near_pole else random.uniform(0.2, 1.3, (n, 1))
    g_X, q_psi = 10 ** random.uniform(-5, -1.5, (n, 3)), 10 ** random.uniform(-1, 1, (n, 3))
    return {"m_X": m_X, "g_X": g_X, "mass_ratio": ratio, "q_psi": q_psi}


def both(method, **point):
    """ln(n/s) from tables and by the solver with steps and tables 100 times finer."""
    *arrays, final_states = resolve(NAMES, **point)
    arrays = np.broadcast_arrays(*arrays)
    columns = np.array([a.ravel() for a in arrays])
    tables = log_abundances(method == "coupled", columns, final_states)
    T, m_X, ratio, g_X, q_psi, width = columns
    problems = boltzmann.problems(method == "coupled", m_X, g_X, ratio, q_psi, final_states, width, T)
    return tables, np.array([boltzmann.solve(p, step_error=1e-7, table_error=1e-8) for p in problems])


@pytest.mark.parametrize("near_pole", [False, True])
@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_random_points_against_finer_steps(method, near_pole):
    tables, fine = both(method, **sample(10, 3, near_pole))
    np.testing.assert_array_equal(np.isinf(tables), np.isinf(fine))
    thermal = np.isfinite(fine)
    assert thermal.sum() > 20
    np.testing.assert_allclose(tables[thermal], fine[thermal], rtol=0, atol=ERRORS[method])


def test_rates_that_fade_within_a_step():
    """With hot pairs alone at the pole, rates next to equilibrium fade by e in 1/3x: steps that see them are short."""
    tables, fine = both(
        "coupled", m_X=np.array([1.8, 15.8, 1950.0, 79.24]), mass_ratio=np.array([0.218, 0.243, 0.27, 0.25495]),
        g_X=np.array([1.6e-5, 1.2e-5, 7.3e-5, 1.6704e-4]), q_psi=np.array([1.7, 0.27, 0.82, 0.8316]),
    )  # fmt: skip
    np.testing.assert_allclose(tables, fine, rtol=0, atol=ERRORS["coupled"])


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_thresholds_of_muons(method):
    """The pole on the threshold of muons, psi on it, and both, next to the resonance."""
    m_X = np.array([2 * M_MU * (1 + 1e-6), 2 * M_MU * (1 - 1e-6), 300.0, 2 * M_MU, 2 * M_MU * (1 + 1e-3)])
    ratio = np.array([0.4, 0.45, M_MU / 300.0 * (1 + 1e-6), 0.5 + 1e-5, 0.5 - 1e-4])
    tables, fine = both(method, m_X=m_X, mass_ratio=ratio, g_X=np.array([[1e-3], [2e-2]]), q_psi=3.0)
    left = np.isnan(tables)  # the first two: what is left there
    assert left[[0, 1, 5, 6]].any()
    assert not left[[2, 3, 4, 7, 8, 9]].any()
    np.testing.assert_allclose(tables[~left], fine[~left], rtol=0, atol=ERRORS[method])


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_no_value_depends_on_the_block(method):
    """Small widths and several decades of larger ones, hot and cold, two baths: bit by bit."""
    block = {
        "m_X": np.array([5.0, 80.0])[:, np.newaxis, np.newaxis, np.newaxis],
        "mass_ratio": np.array([0.35, 0.5 - 1e-7, 0.5 + 1e-5])[:, np.newaxis, np.newaxis],
        "g_X": np.array([3e-6, 1e-4, 2e-3, 3e-2])[:, np.newaxis], "T_nu_decoupling": np.array([1.0, 2.3]), "q_psi": 2.0,
    }  # fmt: skip
    together = physics.evaluate("relic_density", **block, relic_method=method)
    assert np.isfinite(together).sum() > 30
    points = dict(zip(block, np.broadcast_arrays(*block.values()), strict=True))
    for i in np.random.default_rng(0).choice(together.size, 8, replace=False):
        alone = physics.evaluate("relic_density", **{p: v.flat[i] for p, v in points.items()}, relic_method=method)
        np.testing.assert_array_equal(alone, together.flat[i])


def test_what_the_tables_do_not_cover_is_solved_and_counted(caplog):
    """psi of 100 eV has no room between freeze-out and 1 eV."""
    point = {"m_X": np.array([2e-4, 15.0]), "g_X": 1e-6, "mass_ratio": 0.5 + 1e-5, "q_psi": 1.0}
    how = {"relic_method": "boltzmann", "annihilation_channels": "neutrinos"}
    *arrays, final_states = resolve(NAMES, **point, annihilation_channels="neutrinos")
    columns = np.array([a.ravel() for a in np.broadcast_arrays(*arrays)])
    assert np.isnan(log_abundances(False, columns, final_states)).tolist() == [True, False]
    with caplog.at_level(logging.DEBUG, logger="physics.dark_matter.relic.blocks"):
        value = physics.evaluate("relic_density", **point, **how)
    assert [record.getMessage() for record in caplog.records] == ["1 of 2 points left to the solver for one point"]
    each = physics.evaluate("relic_density", **point, **how, relic_integrator="quadrature")
    assert value[0] == each[0]


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_points_without_annihilation(method):
    value, status = physics.evaluate_with_status(
        "relic_density", m_X=15.0, g_X=5e-4, mass_ratio=0.51, q_psi=np.array([0.0, 1.0]), relic_method=method
    )["relic_density"]
    assert status.tolist() == [Status.NO_SOLUTION, Status.OK]
    assert math.isnan(value[0])
