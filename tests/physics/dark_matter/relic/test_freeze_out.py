"""The freeze-out formula: which root, where none, limits, scalings. Values: test_reference_values.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import physics
from physics import Status
from physics.dark_matter.relic.breit_wigner import average
from physics.model.constants import E_CHARGE, M_E, M_PLANCK_PAPER, SIGMA_V_CM3_PER_S
from physics.model.mixing import mixing_per_coupling

NEUTRINOS = {"annihilation_channels": "neutrinos", "relic_integrator": "quadrature"}


def excess(x, m_X, g_X, mass_ratio, q_psi, g_star=10.75):
    """x minus the right-hand side of eq. (3.3), written out again."""
    widths = physics.evaluate(["gamma_X", "gamma_X_electrons"], m_X=m_X, g_X=g_X, mass_ratio=mass_ratio, q_psi=q_psi)
    width = widths["gamma_X"] - widths["gamma_X_electrons"]
    m_psi = mass_ratio * m_X
    d = (1 - 2 * mass_ratio) * (1 + 2 * mass_ratio) / (4 * mass_ratio**2)
    sigma_v = g_X**4 * q_psi**2 / (12 * np.pi * m_psi**2) * average(x, d, width / (4 * mass_ratio**2 * m_X), 0.0)
    return x - np.log(0.076 * M_PLANCK_PAPER * m_psi * sigma_v / np.sqrt(g_star * x))


@pytest.mark.parametrize(
    "point",
    [  # two roots each: at x = 1.1 and 2.65, and at 1.0 and 3.6
        {"m_X": 6.092, "g_X": 2.104e-5, "mass_ratio": 0.5109705, "q_psi": 2.953},
        {"m_X": 30.56, "g_X": 6.64e-5, "mass_ratio": 0.50000678, "q_psi": 0.1033},
        {"m_X": 15.0, "g_X": 5e-4, "mass_ratio": 0.35, "q_psi": 1.0},
    ],
)
def test_x_f_is_the_largest_root(point):
    x_f = physics.evaluate("x_freeze_out", **point, **NEUTRINOS)
    assert excess(x_f, **point) == pytest.approx(0, abs=1e-11)
    assert all(excess(x, **point) > 0 for x in np.geomspace(x_f * 1.001, 300, 2000))


def test_two_roots_that_hide_between_grid_points():
    """Lower the coupling until the two roots merge: just above that the larger one must still be found."""
    point = {"m_X": 6.092, "mass_ratio": 0.5109705, "q_psi": 2.953}
    x = np.geomspace(0.3, 10, 300)
    low, high = 1.5e-5, 2.104e-5  # no root; two roots
    for _ in range(20):
        g_X = np.sqrt(low * high)
        low, high = (low, g_X) if min(excess(v, g_X=g_X, **point) for v in x) < 0 else (g_X, high)
    g_X = high * (1 + 1e-4)
    lowest = min(excess(v, g_X=g_X, **point) for v in x)
    assert -5e-3 < lowest < 0
    x_f = physics.evaluate("x_freeze_out", g_X=g_X, **point, **NEUTRINOS)
    assert excess(x_f, g_X=g_X, **point) == pytest.approx(0, abs=1e-10)
    assert excess(x_f * 1.01, g_X=g_X, **point) > 0
    assert np.isnan(physics.evaluate("x_freeze_out", g_X=low * (1 - 1e-3), **point, **NEUTRINOS))


def test_never_thermalised_is_no_solution():
    outcome = physics.evaluate_with_status(["relic_density"], m_X=100.0, g_X=1e-5, mass_ratio=1.0, q_psi=0.1)
    assert int(outcome["relic_density"].status) == Status.NO_SOLUTION


def test_exactly_on_the_pole_and_continuous_through_it():
    r = 0.5 + np.array([-1e-12, 0.0, 1e-12])
    omega = physics.evaluate("relic_density", m_X=30.0, g_X=1e-3, mass_ratio=r, q_psi=0.5)
    assert np.isfinite(omega).all()
    np.testing.assert_allclose(omega / omega[1], 1, rtol=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    log_m=st.floats(0, 2.3),
    log_g=st.floats(-4, -2),
    r=st.floats(0.51, 2),
    log_q=st.floats(-0.5, 0.5),
    up=st.floats(1.1, 3),
)
def test_more_charge_less_dark_matter_above_the_pole(log_m, log_g, r, log_q, up):
    """For r > 1/2 q_psi enters through the rate only."""
    point = {"m_X": 10**log_m, "g_X": 10**log_g, "mass_ratio": r}
    less, more = physics.evaluate("relic_density", **point, q_psi=np.array([10**log_q, 10**log_q * up]))
    assert np.isnan(less) or more < less


@settings(max_examples=60, deadline=None)
@given(log_m=st.floats(0, 1.7), log_g=st.floats(-4, -2.5), r=st.floats(0.2, 0.55))
def test_electrons_add_what_their_coupling_says(log_m, log_g, r):
    """All channels, far from X X, against neutrinos alone: 2e-5 more, up to the larger width and x_f."""
    point = {"m_X": 10**log_m, "g_X": 10**log_g, "mass_ratio": r, "q_psi": 1.0}
    every = physics.evaluate("relic_density", **point)
    neutrinos = physics.evaluate("relic_density", **point, **NEUTRINOS)
    if np.isfinite(every) and 10**log_m * r < 50:  # muons are too heavy, even thermally
        assert every == pytest.approx(neutrinos, rel=1e-4)


def test_muons_open():
    """Far above threshold the muon counts like nu_mu and nu_tau together; the tau is still too heavy."""
    point = {"m_X": 1e3, "g_X": 0.01, "mass_ratio": 0.8, "q_psi": 1.0}
    every, neutrinos = (physics.evaluate("annihilation_integral", **point, **c) for c in ({}, NEUTRINOS))
    assert 1.9 < every / neutrinos < 2.05


def test_muons_just_below_threshold_annihilate_thermally():
    ratio = []
    for m_psi in (95.0, 105.0, 106.0):
        point = {"m_X": m_psi / 0.7, "g_X": 2e-3, "mass_ratio": 0.7, "q_psi": 1.0}
        every, neutrinos = (physics.evaluate("annihilation_integral", **point, **c) for c in ({}, NEUTRINOS))
        ratio.append(every / neutrinos)
    assert 1.001 < ratio[0] < ratio[1] < ratio[2] < 2


def test_scaling_with_the_mass():
    """Neutrinos only: at fixed x_f everything scales with m_X, so Omega is a function of g^4 q^2/m_X to a logarithm."""
    light, heavy = physics.evaluate(
        ["x_freeze_out", "relic_density"], m_X=np.array([10.0, 40.0]), g_X=np.array([5e-4, 1e-3 / np.sqrt(2)]) * 1.0,
        mass_ratio=0.7, q_psi=np.array([1.0, 1.0]), **NEUTRINOS,
    ).values()  # fmt: skip
    assert light[0] == pytest.approx(light[1], rel=1e-9)
    assert heavy[1] / heavy[0] == pytest.approx(4.0, rel=1e-9)


def test_the_order_of_points_does_not_matter():
    random = np.random.default_rng(3)
    values = {
        "m_X": 10 ** random.uniform(0, 3, 200),
        "g_X": 10 ** random.uniform(-5, -2, 200),
        "mass_ratio": np.where(
            random.random(200) < 0.5, random.uniform(0.2, 2, 200), 0.5 + 10 ** random.uniform(-8, -1, 200)
        ),
        "q_psi": 10 ** random.uniform(-1, 1, 200),
    }
    order = random.permutation(200)
    forward = physics.evaluate("relic_density", **values)
    shuffled = physics.evaluate("relic_density", **{p: v[order] for p, v in values.items()})
    assert forward[order].tobytes() == shuffled.tobytes()


def test_extreme_couplings_stay_finite_or_say_why():
    g_X, q_psi, r = np.meshgrid([1e-9, 1e-6, 1e-3, 0.1, 1.0], [0.01, 1.0, 100.0], [0.2, 0.4999999, 0.5, 0.5000001, 2.0])
    point = {"m_X": 50.0, "g_X": g_X, "mass_ratio": r, "q_psi": q_psi, "perturbativity_limit": 1e3}
    outcome = physics.evaluate_with_status("relic_density", **point)["relic_density"]
    assert set(np.unique(outcome.status)) <= {Status.OK, Status.NO_SOLUTION}
    assert (np.isfinite(outcome.value) == (outcome.status == Status.OK)).all()


def test_all_of_it_from_eq_3_8():
    point = {"m_X": 15.0, "g_X": 5e-4, "mass_ratio": 0.35, "q_psi": 1.0, "g_star": 10.0}
    value = physics.evaluate(["relic_density", "annihilation_integral"], **point)
    J = value["annihilation_integral"] / SIGMA_V_CM3_PER_S * 1e6  # GeV^-2
    assert value["relic_density"] == pytest.approx(2 * 1.07e9 / (J * np.sqrt(10.0) * 1.22e19), rel=1e-14)


def test_electron_coupling_used_in_the_average():
    """The e+e- part of <sigma v>(x_f) is (e eps/g)^2 of the neutrinos' with the electron's phase space."""
    point = {"m_X": 4.0, "g_X": 5e-4, "mass_ratio": 0.6, "q_psi": 1.0}
    got = physics.evaluate(["x_freeze_out", "sigma_v_freeze_out", "gamma_X"], **point)
    m_psi, r = 2.4, 0.6
    d, w = (1 - 2 * r) * (1 + 2 * r) / (4 * r * r), got["gamma_X"] / (4 * r * r * 4.0)
    kappa = (E_CHARGE * mixing_per_coupling("photon")) ** 2
    S = average(got["x_freeze_out"], d, w, 0.0) + kappa * average(got["x_freeze_out"], d, w, (M_E / m_psi) ** 2)
    expected = 5e-4**4 / (12 * np.pi * m_psi**2) * S * SIGMA_V_CM3_PER_S
    assert got["sigma_v_freeze_out"] == pytest.approx(expected, rel=1e-12)
