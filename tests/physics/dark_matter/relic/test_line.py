"""The relic line: it is on the target, it is the branch that the module describes, and it says where there is none."""

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.graph import nodes, parameters_of

ABOVE, BELOW, COUPLING = "mass_ratio_relic_above", "mass_ratio_relic_below", "g_X_relic"
NEUTRINOS = {"annihilation_channels": "neutrinos"}


def crossings(side, m_X, g_X, q_psi, target):
    """|2 mass_ratio - 1| at all places where the density passes the target, by brute force; up is +1."""
    x = np.geomspace(1e-10, 3.0 if side > 0 else 0.6, 3000)
    omega = physics.evaluate("relic_density", m_X=m_X, g_X=g_X, q_psi=q_psi, mass_ratio=0.5 * (1 + side * x))
    above = ~(omega < target)
    at = np.flatnonzero(above[1:] != above[:-1])
    return [(x[i], x[i + 1], 1 if above[i + 1] else -1) for i in at]


@pytest.mark.parametrize("name", [ABOVE, BELOW, COUPLING])
def test_on_the_line_the_density_is_the_target(name):
    random = np.random.default_rng(5)
    point = {
        "m_X": 10 ** random.uniform(0, 2.7, 50),
        "q_psi": 10 ** random.uniform(-1, 0.7, 50),
        "omega_target": random.choice([0.12, 0.012], 50),
    }
    other, values = (
        ("mass_ratio", np.where(np.arange(50) % 2, random.uniform(0.25, 0.49, 50), random.uniform(0.5001, 1.5, 50)))
        if name == COUPLING
        else ("g_X", 10 ** random.uniform(-5, -2, 50))
    )
    point[other] = values
    result = physics.evaluate_with_status(name, **point)[name]
    assert set(np.unique(result.status)) <= {Status.OK, Status.NO_SOLUTION}
    found = result.status == Status.OK
    assert found.sum() > 25
    parameter = "g_X" if name == COUPLING else "mass_ratio"
    omega = physics.evaluate("relic_density", **point, **{parameter: physics.bound(name)})[found]
    resolution = 0.0 if name == COUPLING else 1.2e-16 / np.abs(2 * result.value[found] - 1)  # of a double next to 1/2
    assert (np.abs(omega / point["omega_target"][found] - 1) < 1e-9 + 5 * resolution).all()


def test_there_and_back():
    """The coupling on the line of a mass ratio has that mass ratio on its own line."""
    ratio = np.array([0.5003, 0.51, 0.7])
    g_X = physics.evaluate(COUPLING, m_X=30.0, mass_ratio=ratio, q_psi=0.7)
    np.testing.assert_allclose(physics.evaluate(ABOVE, m_X=30.0, g_X=g_X, q_psi=0.7), ratio, rtol=1e-10)


@pytest.mark.parametrize(("name", "printed"), [(ABOVE, 0.5083), (BELOW, 0.3435)])
def test_drees_and_zhao(name, printed):
    """m_psi 1.66 % above and 31.3 % below m_X/2, section 3.3; 0.2 % of m_psi for what was read off there."""
    assert physics.evaluate(name, m_X=15.0, g_X=5e-4, q_psi=1.0, **NEUTRINOS) == pytest.approx(printed, rel=2e-3)


@pytest.mark.parametrize(
    ("side", "point", "target", "passes"),
    [
        (1, {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0}, 0.12, [1]),
        (-1, {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0}, 0.12, [1]),
        (1, {"m_X": 85.0, "g_X": 0.03, "q_psi": 0.2}, 0.0117, [1, -1, 1]),  # psi gets heavier than the muon
        (-1, {"m_X": 1e3, "g_X": 0.05, "q_psi": 1.3e-4}, 0.12, [-1, 1]),  # the minimum next to the resonance
        (-1, {"m_X": 3.14, "g_X": 1.83e-6, "q_psi": 0.0131}, 0.12, [-1, 1]),  # no freeze-out closer to it
    ],
)
def test_branches(side, point, target, passes):
    """The solution is where the density, going away from the resonance, first rises through the target."""
    brute = crossings(side, **point, target=target)
    assert [p for *_, p in brute] == passes
    nearer, further, _ = next(c for c in brute if c[2] > 0)
    ratio = physics.evaluate(ABOVE if side > 0 else BELOW, **point, omega_target=target)
    assert nearer <= side * (2 * ratio - 1) <= further


@pytest.mark.parametrize(
    ("name", "point", "why"),
    [
        (ABOVE, {"g_X": 1e-6}, "psi thermalises nowhere above the resonance"),
        (ABOVE, {"g_X": 0.05}, "too little dark matter up to mass_ratio = 2"),
        (ABOVE, {"m_X": 1.165, "g_X": 3.1626e-6, "q_psi": 0.355}, "psi no longer thermalises before the target"),
        (BELOW, {"g_X": 0.01}, "too little dark matter down to mass_ratio = 0.2"),
        (BELOW, {"g_X": 1e-8}, "too much up to the resonance"),
        (BELOW, {"q_psi": 0.0}, "no annihilation"),
        (COUPLING, {"mass_ratio": 0.5 - 1e-7}, "too little even for g_X = 1e-6"),
        (COUPLING, {"m_X": 5e5, "mass_ratio": 1.5, "q_psi": 0.01}, "too much even for g_X = 0.1"),
    ],
)
def test_where_there_is_none(name, point, why):
    other = {"mass_ratio": 0.51} if name == COUPLING else {"g_X": 5e-4}
    value, status = physics.evaluate_with_status(name, **{"m_X": 15.0, "q_psi": 1.0} | other | point)[name]
    assert status == Status.NO_SOLUTION, why
    assert np.isnan(value)


def test_without_dark_matter():
    assert (
        physics.evaluate_with_status(COUPLING, m_X=15.0, mass_ratio=None, q_psi=1)[COUPLING].status
        == Status.OUTSIDE_DOMAIN
    )


def test_never_thermalised_lies_beyond_too_much():
    """Why it counts as too much: the density falls with g_X, and there is none only for couplings that are too weak."""
    g_X = np.geomspace(1e-7, 0.1, 60)[:, np.newaxis]
    ratio = np.array([0.3, 0.49, 0.4999999, 0.5000001, 0.501, 0.7, 1.5])
    omega = physics.evaluate("relic_density", m_X=15.0, g_X=g_X, mass_ratio=ratio, q_psi=0.3)
    none = np.isnan(omega)
    assert none.any()
    assert (none[:-1] | ~none[1:]).all()
    assert (np.diff(omega, axis=0)[~none[:-1]] < 0).all()


@pytest.mark.parametrize(("method", "n"), [("freeze-out", 100), ("boltzmann", 12), ("coupled", 6)])
@pytest.mark.parametrize("name", [ABOVE, BELOW, COUPLING])
def test_the_density_falls_again_by_less_than_the_search_assumes(name, method, n):
    """Some of the points hardly thermalise, others have the narrowest resonances."""
    equation = nodes()[name].solution
    random = np.random.default_rng(7)
    point = {
        "m_X": 10 ** random.uniform(-0.5, 4, n), "q_psi": 10 ** random.uniform(-4, 2.5, n),
        "g_X": 10 ** random.uniform(-7, -1, n), "mass_ratio": random.choice([0.25, 0.45, 0.4999, 0.5001, 0.7, 1.5], n),
    }  # fmt: skip
    point = {p: v[:, np.newaxis] for p, v in point.items()} | {
        equation.unknown: equation.search.value(equation.search.grid)
    }
    omega = np.log(physics.evaluate("relic_density", **point, relic_method=method))
    highest = np.fmax.accumulate(omega, axis=1)
    falls = np.nanmax(highest - omega, axis=0)
    assert (falls < np.broadcast_to(equation.search.falls, falls.shape)).all()
    assert falls.max() > 0.01 or name == COUPLING


def test_everything_that_the_density_depends_on_is_honoured():
    point = {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0}
    default = physics.evaluate(ABOVE, **point)
    for change in ({"g_star": 8.0}, NEUTRINOS, {"omega_target": 0.1}):
        changed = physics.evaluate(ABOVE, **point, **change)
        assert changed != default
        settings = {k: v for k, v in change.items() if k != "omega_target"}
        omega = physics.evaluate("relic_density", **point, **settings, mass_ratio=changed)
        assert omega == pytest.approx(change.get("omega_target", 0.12), rel=1e-9)
    for name in (ABOVE, BELOW, COUPLING):
        depends = set(parameters_of("relic_density")) | {"omega_target"}
        assert set(parameters_of(name)) == depends - {"g_X" if name == COUPLING else "mass_ratio"}


def test_on_the_line_everything_follows():
    """The canonical example, on a grid: the axes are those of the line."""
    m_X, g_X = np.array([[10.0], [30.0]]), np.array([3e-4, 5e-4, 8e-4])
    bound = {"m_X": m_X, "g_X": g_X, "q_psi": 1.0, "mass_ratio": physics.bound(ABOVE)}
    rate = physics.evaluate("positron_production_511", **bound)
    assert rate.shape == (2, 3)
    ratio = physics.evaluate(ABOVE, m_X=m_X, g_X=g_X, q_psi=1.0)
    direct = physics.evaluate("positron_production_511", m_X=m_X, g_X=g_X, q_psi=1.0, mass_ratio=ratio)
    np.testing.assert_array_equal(rate, direct)


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
@pytest.mark.parametrize("name", [ABOVE, BELOW, COUPLING])
def test_by_the_boltzmann_equations(name, method):
    """The lines of other methods stand elsewhere, and the density there, by that method, is the target."""
    point = {"m_X": 15.0, "q_psi": 1.0} | ({"mass_ratio": 0.51} if name == COUPLING else {"g_X": 5e-4})
    unknown = "g_X" if name == COUPLING else "mass_ratio"
    found = physics.evaluate(name, **point, relic_method=method)
    assert found != pytest.approx(physics.evaluate(name, **point), rel=1e-5)
    omega = physics.evaluate("relic_density", **point, **{unknown: found}, relic_method=method)
    assert omega == pytest.approx(0.12, rel=1e-7)


def test_the_decoupling_of_neutrinos_reaches_the_line():
    point = {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0, "relic_method": "boltzmann"}
    late, default, early = physics.evaluate(ABOVE, **point, T_nu_decoupling=np.array([0.1, 2.3, 1e3]))
    assert late < default < early  # less of it, so that it must annihilate less
    assert default == physics.evaluate(ABOVE, **point)
