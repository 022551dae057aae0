"""The tables, the kernels that read them, and the sheets, against the exact integrator."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import physics
from physics import Status
from physics.dark_matter.relic import fast, make_tables, tables
from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.fast import fast_freeze_out
from physics.dark_matter.relic.sheets import sheet_freeze_out
from scanner.scan.grid import outer

NAMES = ["relic_density", "x_freeze_out", "sigma_v_freeze_out", "annihilation_integral"]
EXACT = {"relic_integrator": "quadrature"}


def assert_same(values, tolerance=1e-6, **more):
    got = physics.evaluate_with_status(NAMES, **values, **more)
    expected = physics.evaluate_with_status(NAMES, **values, **more, **EXACT)
    for name in NAMES:
        np.testing.assert_array_equal(got[name].status, expected[name].status, err_msg=name)
        np.testing.assert_allclose(got[name].value, expected[name].value, rtol=tolerance, err_msg=name)
    return expected["relic_density"].status


def test_the_file_is_what_the_generator_wrote():
    assert tables.checksum(tables.load()) == tables.CHECKSUM


def test_the_generator_writes_what_is_in_the_file():
    rows = {"below": [0, 50, 95], "near": [0, 26, 95], "above": [0, 90, 175]}
    built = make_tables.build(
        tables.ROWS_BELOW[rows["below"]], tables.ROWS_NEAR[rows["near"]], tables.ROWS_ABOVE[rows["above"]]
    )
    stored = tables.load()
    assert set(built) == set(stored)
    for name, table in built.items():
        expected = stored[name][rows[name.partition("_")[0]]]
        # the higher coefficients are differences of values that are exact to 1e-14
        scale = np.abs(expected).max(axis=tuple(range(1, expected.ndim - 1)), keepdims=True)
        assert (np.abs(table - expected) <= 1e-7 * scale).all(), name
        assert table.tobytes() == expected.tobytes() or np.allclose(table[..., 0], expected[..., 0], rtol=1e-10)


@settings(max_examples=400, deadline=None)
@given(
    log_m=st.floats(-1, 4),
    log_g=st.floats(-6, -1),
    log_q=st.floats(-2, 2),
    r=st.one_of(
        st.floats(0.2, 2),
        st.builds(lambda side, e: 0.5 * (1 + side * 10**e), st.sampled_from([-1, 1]), st.floats(-8, -0.5)),
        st.just(0.5),
    ),
    channels=st.sampled_from(["all", "neutrinos"]),
)
def test_every_point_is_within_a_millionth(log_m, log_g, log_q, r, channels):
    assert_same(
        {"m_X": 10**log_m, "g_X": 10**log_g, "q_psi": 10**log_q, "mass_ratio": r}, annihilation_channels=channels
    )


def test_many_points_are_within_a_millionth():
    """Massless final states, where the tables themselves are read almost everywhere."""
    random = np.random.default_rng(1)
    n = 20_000
    side, near = random.choice([-1, 1], n), 10 ** random.uniform(-8, -1, n)
    values = {
        "m_X": 10 ** random.uniform(-1, 4, n),
        "g_X": 10 ** random.uniform(-6, -1, n),
        "q_psi": 10 ** random.uniform(-2, 2, n),
        "mass_ratio": np.where(random.random(n) < 0.4, random.uniform(0.2, 2, n), 0.5 * (1 + side * near)),
    }
    status = assert_same(values, annihilation_channels="neutrinos")
    assert 0.05 < (status == Status.NO_SOLUTION).mean() < 0.3


@pytest.mark.parametrize("m_X", [[0.3, 2.0], [60.0, 150.0], [212.0, 600.0], [3600.0, 1e4]])
def test_massive_final_states_on_a_grid(m_X):
    """Electrons, muons, taus from their thresholds on: sheets."""
    grid = outer(
        {
            "m_X": np.array(m_X),
            "g_X": np.geomspace(1e-5, 3e-2, 7),
            "mass_ratio": np.array([0.2, 0.4, 0.499, 0.4999999, 0.5, 0.500001, 0.51, 0.7, 1.1, 1.9]),
            "q_psi": np.geomspace(0.03, 30, 6),
        }
    )
    assert_same(grid)


def test_sheets_do_most_of_the_work_there():
    strength, w = (a.ravel() for a in np.meshgrid(np.geomspace(1e4, 1e12, 20), np.geomspace(1e-12, 1e-7, 20)))
    d, y_f = np.full(400, -0.4), np.tile([0.0, 1.1], (400, 1))
    couplings = np.array([1.0, 1.0])
    x_f, at_x_f, J, done = sheet_freeze_out(strength, d, w, couplings, y_f, np.zeros(400, dtype=int))
    assert done.mean() > 0.95
    for got, exact in zip((x_f, at_x_f, J), freeze_out_points(strength, d, w, couplings, y_f), strict=True):
        np.testing.assert_allclose(got[done], exact[done], rtol=3e-7)


def test_too_few_points_do_not_make_a_sheet():
    few = (np.full(3, 1e8), np.full(3, -0.4), np.full(3, 1e-9))
    assert not sheet_freeze_out(*few, np.array([1.0, 1.0]), np.tile([0.0, 1.1], (3, 1)), np.zeros(3, dtype=int))[
        3
    ].any()


@pytest.mark.parametrize(
    ("d", "w"),
    [
        (-0.96, 1e-8),  # mass_ratio beyond 2
        (6.0, 1e-8),  # and below 0.2
        (-0.3, 0.1),  # wide resonances
        (0.01, 0.05),
        (1.0, 0.5),
        (math.nan, 1e-8),
        (0.3, math.nan),
        (0.3, 0.0),
    ],
)
def test_nothing_is_extrapolated(d, w):
    x_f, at_x_f, J, done = fast_freeze_out(np.array([1e10]), np.array([d]), np.array([w]))
    assert not done[0]
    assert np.isnan([x_f[0], at_x_f[0], J[0]]).all()


def test_outside_the_tables_the_exact_integrator_takes_over():
    values = {"m_X": 30.0, "g_X": 0.05, "q_psi": 30.0, "mass_ratio": np.array([0.05, 0.15, 0.3, 2.5, 6.0])}
    channels = {"annihilation_channels": "neutrinos"}
    got, exact = (physics.evaluate("relic_density", **values, **channels, **more) for more in ({}, EXACT))
    assert got.tobytes() == exact.tobytes()
    assert np.isfinite(got).any()


@pytest.mark.parametrize("edge", [fast.NEAR_FROM, fast.ABOVE_FROM])
def test_continuous_where_tables_meet(edge):
    strength, w = np.array([1e9, 1e11]), np.array([1e-9, 1e-5])
    left, right = (fast_freeze_out(strength, np.full(2, d), w) for d in (np.nextafter(edge, -1), np.nextafter(edge, 1)))
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-7)


def test_narrow_width_limit():
    """Above threshold the annihilation integral goes like 1/w, and the tables have that exactly."""
    w = np.array([1e-9, 1e-12])
    S = fast_freeze_out(np.full(2, 1e6) * w / w[0], np.full(2, 0.2), w)
    assert S[0][1] == pytest.approx(S[0][0], rel=1e-6)
    assert S[2][1] / S[2][0] == pytest.approx(w[0] / w[1], rel=1e-6)


def test_blocks_do_not_matter():
    """A grid at once, in another order of axes, and cut in two: tables to rounding, sheets to their tolerance."""
    axes = {
        "m_X": np.array([20.0, 90.0]), "g_X": np.geomspace(1e-5, 1e-2, 12),
        "mass_ratio": np.array([0.3, 0.4999, 0.501, 0.6]), "q_psi": np.geomspace(0.1, 10, 12),
    }  # fmt: skip
    whole = physics.evaluate("relic_density", **outer(axes))
    turned = physics.evaluate("relic_density", **outer({name: axes[name] for name in reversed(axes)}))
    halves = [physics.evaluate("relic_density", **outer(axes | {"g_X": half})) for half in np.split(axes["g_X"], [5])]
    np.testing.assert_allclose(turned.T, whole, rtol=3e-7)
    np.testing.assert_allclose(np.concatenate(halves, axis=1), whole, rtol=3e-7)
    neutrinos = [
        physics.evaluate("relic_density", **outer(a), annihilation_channels="neutrinos")
        for a in (axes, axes | {"q_psi": axes["q_psi"][3:]})
    ]
    assert neutrinos[0][..., 3:].tobytes() == neutrinos[1].tobytes()


def test_the_annihilation_integral_falls_with_the_mass_ratio_next_to_the_pole():
    """A sanity check of the shape: no kinks where the tables change hands."""
    r = 0.5 + np.geomspace(1e-8, 0.1, 400)
    J = physics.evaluate("annihilation_integral", m_X=15, g_X=5e-4, mass_ratio=r, q_psi=1)
    assert (np.diff(J) < 0).all()
    slope = np.diff(np.log(J)) / np.diff(np.log(r - 0.5))
    assert np.abs(np.diff(slope)).max() < 0.05
