"""Freeze-out from rows of tables, against the exact integrator."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import physics
from physics import Status
from physics.model.constants import M_E, M_MU, M_TAU
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
    """Electrons, muons, taus from their thresholds on."""
    grid = outer(
        {
            "m_X": np.array(m_X),
            "g_X": np.geomspace(1e-5, 3e-2, 7),
            "mass_ratio": np.array([0.2, 0.4, 0.499, 0.4999999, 0.5, 0.500001, 0.51, 0.7, 1.1, 1.9]),
            "q_psi": np.geomspace(0.03, 30, 6),
        }
    )
    assert_same(grid)


def test_outside_the_tables_the_exact_integrator_takes_over():
    values = {"m_X": 30.0, "g_X": 0.05, "q_psi": 30.0, "mass_ratio": np.array([0.05, 0.15, 0.3, 2.5, 6.0])}
    channels = {"annihilation_channels": "neutrinos"}
    got, exact = (physics.evaluate("relic_density", **values, **channels, **more) for more in ({}, EXACT))
    assert got.tobytes() == exact.tobytes()
    assert np.isfinite(got).any()


def test_where_the_pole_gives_way_to_what_is_off_it():
    """The tau opens, and x_f is where the Boltzmann factor of the pole makes up for 1/width: 1e-4 was missed here."""
    g_X = np.geomspace(2e-5, 0.1, 40)
    point = {"m_X": 4250.0, "mass_ratio": 0.415, "q_psi": 0.97}
    block = physics.evaluate("relic_density", **point, g_X=g_X)
    np.testing.assert_allclose(block, physics.evaluate("relic_density", **point, g_X=g_X, **EXACT), rtol=3e-7)
    assert physics.evaluate("relic_density", **point, g_X=g_X[37]) == pytest.approx(block[37], rel=1e-9)


def random_masses(random, n):
    """m_X and mass_ratio: everywhere, next to the pole, and next to the thresholds m_X = 2 m_f, m_psi = m_f."""
    m_X, r = 10 ** random.uniform(0, 4, n), random.uniform(0.2, 2, n)
    near = 10 ** random.uniform(-8, -1, n) * random.choice([-1, 1], n)
    kind = random.integers(0, 5, n)
    r = np.where(kind == 1, random.uniform(0.3, 0.6, n), np.where(kind == 2, 0.5 * (1 + near), r))
    m_f, close = random.choice([M_E, M_MU, M_TAU], n), 1 + np.maximum(np.abs(near), 1e-6) * np.sign(near)
    m_X = np.where(kind == 3, 2 * m_f * close, np.where(kind == 4, m_f / r * close, m_X))
    return m_X, r


def test_random_blocks_are_within_a_millionth():
    """Points that share masses, narrow and wide resonances; every tenth by itself, too."""
    random = np.random.default_rng(3)
    n, points = 700, 30
    m_X, r = (a[:, np.newaxis] for a in random_masses(random, n))
    g_X, q_psi = 10 ** random.uniform(-6, np.log10(0.3), (n, points)), 10 ** random.uniform(-2, 1, (n, points))
    values = {"m_X": m_X, "mass_ratio": r, "g_X": g_X, "q_psi": q_psi}
    status = assert_same(values)
    assert 0.1 < (status == Status.NO_SOLUTION).mean() < 0.3
    whole = physics.evaluate("relic_density", **values)[::10, 7]
    alone = [
        physics.evaluate("relic_density", **{name: v[k, 7 if v.shape[1] > 1 else 0] for name, v in values.items()})
        for k in range(0, n, 10)
    ]
    assert np.array_equal(alone, whole, equal_nan=True)  # to the last bit, which `lmutau verify` builds on


@pytest.mark.parametrize(
    "point",
    [  # m_X, mass_ratio, g_X, q_psi: just wider, or just closer to a second threshold, than the rows hold for
        (215.310, 0.500849789, 0.1425, 0.01178),  # width 0.019 of the distance to the muon's threshold: 2.5e-6
        (3593.16, 0.501340748, 0.08416, 3.524),  # 0.019 of that to the tau's: 3.7e-6
        (3553.72 * (1 - 1e-7), 0.499560162, 9.054e-4, 0.01998),  # pole just below the tau's threshold: 5.5e-6
        (3553.71, 0.497821496, 7.418e-4, 0.06323),  # the same, further from psi's: 1.5e-6
        (3595.81, 0.502065558, 0.05692, 7.041),
        (3553.503621293, 0.501177614992, 1.41489956e-3, 0.954881),  # pole 1.2e-4 below the tau's: 1.1e-6
    ],
)
def test_where_thresholds_and_the_pole_are_close(point):
    """Once above 1e-6, of random points at thresholds."""
    m_X, mass_ratio, g_X, q_psi = point
    assert_same({"m_X": m_X, "mass_ratio": mass_ratio, "g_X": g_X * np.array([0.8, 1.0, 1.1]), "q_psi": q_psi})


def test_cold_freeze_out_just_above_the_pole():
    """Pole and what is left without it cancel, the more the larger x_f: 1.5e-6 was missed at x_f = 49."""
    axes = {"m_X": np.array([0.1, 1.0]), "g_X": np.geomspace(3e-3, 0.3, 30), "q_psi": np.array([0.1, 1.0, 10.0])}
    d = np.array([-0.0104, -0.009, -0.005])
    assert_same(outer(axes | {"mass_ratio": 0.5 / np.sqrt(1 + d)}), tolerance=6e-7, annihilation_channels="neutrinos")


def test_pole_just_below_the_threshold_of_electrons():
    """For B-L it counts, like exp(-2x): 2e-6 was missed, half-way up the nodes in ln x."""
    g_X = np.geomspace(3e-4, 1.5e-3, 12)
    assert_same({"m_X": 2 * M_E * (1 - 8e-6), "mass_ratio": 0.2375, "g_X": g_X, "q_psi": 1.08}, gauge_group="B-L")


def test_random_points_are_within_a_millionth():
    """Points that share nothing."""
    random = np.random.default_rng(4)
    n = 8000
    m_X, r = random_masses(random, n)
    g_X, q_psi = 10 ** random.uniform(-6, np.log10(0.3), n), 10 ** random.uniform(-2, 1, n)
    assert_same({"m_X": m_X, "mass_ratio": r, "g_X": g_X, "q_psi": q_psi})


def test_two_roots_about_to_merge():
    """Where psi hardly thermalises x_f depends on S as the root of what is missing: tables alone are not enough."""
    r, m_X = np.array([0.52, 0.55, 0.6, 0.7]), np.array([1.7, 20.0, 300.0])
    axes = {"m_X": m_X, "g_X": np.geomspace(3e-6, 3e-5, 120), "mass_ratio": r, "q_psi": np.array([0.3, 5.0])}
    assert_same(outer(axes))
    x_f = physics.evaluate("x_freeze_out", **outer(axes))
    assert ((x_f > 0.3) & (x_f < 2)).sum() > 30


@pytest.mark.parametrize(
    "point",
    [  # m_X, mass_ratio, q_psi, and g_X next to where the roots merge
        (
            88.28004394927692,
            1.5611824806415682,
            2.345910072687052,
            4.8972100620322585e-05,
        ),  # the smaller of two: 2e-2
        (0.2675133899141249, 0.5000057772524924, 0.013913829120816219, 4.7511881296232815e-05),  # the same
        (
            5489.119303049968,
            0.5256387952996361,
            7.496425674492773,
            3.5744958169943706e-05,
        ),  # 1.0e-6 off
    ],
)
def test_the_largest_of_two_roots(point):
    """From where psi hardly thermalises to where it does, in steps that a coarse grid misses."""
    m_X, mass_ratio, q_psi, g_X = point
    near = g_X * (1 + np.concatenate([[0], -np.geomspace(1e-7, 1e-2, 60), np.geomspace(1e-7, 1e-2, 60)]))
    status = assert_same({"m_X": m_X, "mass_ratio": mass_ratio, "g_X": near, "q_psi": q_psi})
    assert 0 < (status == Status.NO_SOLUTION).sum() < status.size


@pytest.mark.parametrize("m_X", [20.0, 3000.0])
def test_pairs_of_X_on_both_sides_of_their_threshold(m_X):
    """psi psibar -> X X from forbidden to open, for couplings of psi up to where it is all that counts."""
    r = np.sort(np.append(np.linspace(0.55, 2.1, 40), 1 + np.array([-1e-3, -1e-5, -1e-9, 0, 1e-9, 1e-5, 1e-3])))
    assert_same(
        outer(
            {
                "m_X": np.array([m_X]),
                "g_X": np.array([1e-4, 3e-3]),
                "mass_ratio": r,
                "q_psi": np.array([0.5, 3.0, 30.0]),
            }
        )
    )


def test_blocks_do_not_matter():
    """A grid at once, in another order of axes, and cut in two."""
    axes = {
        "m_X": np.array([20.0, 90.0, 400.0]), "g_X": np.geomspace(1e-5, 1e-2, 12),
        "mass_ratio": np.array([0.3, 0.4999, 0.501, 0.6, 0.97, 1.2]), "q_psi": np.geomspace(0.1, 10, 12),
    }  # fmt: skip
    whole = physics.evaluate("relic_density", **outer(axes))
    turned = physics.evaluate("relic_density", **outer({name: axes[name] for name in reversed(axes)}))
    halves = [physics.evaluate("relic_density", **outer(axes | {"g_X": half})) for half in np.split(axes["g_X"], [5])]
    np.testing.assert_allclose(turned.T, whole, rtol=1e-9)
    np.testing.assert_allclose(np.concatenate(halves, axis=1), whole, rtol=1e-9)


def test_the_annihilation_integral_falls_with_the_mass_ratio_next_to_the_pole():
    """A sanity check of the shape: no kinks where the tables change hands."""
    r = 0.5 + np.geomspace(1e-8, 0.1, 400)
    J = physics.evaluate("annihilation_integral", m_X=15, g_X=5e-4, mass_ratio=r, q_psi=1)
    assert (np.diff(J) < 0).all()
    slope = np.diff(np.log(J)) / np.diff(np.log(r - 0.5))
    assert np.abs(np.diff(slope)).max() < 0.05
