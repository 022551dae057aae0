"""Observables that solve another one for a parameter: roots, and why there is none."""

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.branch import Domain, Search
from physics.core.graph import parameters_of, refusal
from physics.core.parameter import parameter
from physics.core.registration import solution
from physics.core.solution import solve
from physics.core.status import Outcome

REFERENCE = "Drees & Zhao 2021, eq. (1)"
DEPTH = Search(value=np.exp, grid=np.linspace(np.log(1e-2), np.log(1e2), 9))


@pytest.fixture
def well(register):
    """`pressure` = strength depth^2 for depths of 0.05 to 50, a jump at 20; `reached` where it equals `wanted`."""
    parameter("depth", "a number", label="d", unit="MeV")
    parameter("strength", "a number", label="s", default=1.0)
    parameter("wanted", "a number", label="w", default=4.0)
    parameter("law", "how it rises", label="l", default="square", choices=("square", "linear", "unknown"))

    def pressure(depth, strength, law):
        value = strength * (depth**2 if law == "square" else depth) * np.where(depth > 20, 1e6, 1.0)
        status = np.where(value < 1e-3, Status.NOT_CONVERGED, np.where(depth > 50, Status.NO_SOLUTION, Status.OK))
        return Outcome(value, status.astype(np.uint8))

    register(pressure, when={"law": ("square", "linear")})

    def reached():
        """The depth at which the pressure is the one that is wanted."""

    solution(of="pressure", equals="wanted", unknown="depth", search=DEPTH, label="d", reference=REFERENCE)(reached)
    return reached


def test_the_root_at_every_point(well):
    wanted, strength = np.array([[1.0], [4.0], [100.0]]), np.array([0.5, 1.0])
    got = physics.evaluate("reached", wanted=wanted, strength=strength)
    np.testing.assert_allclose(got, np.sqrt(wanted / strength), rtol=1e-9)
    back = physics.evaluate("pressure", depth=got, strength=strength)
    np.testing.assert_allclose(back, np.broadcast_to(wanted, back.shape), rtol=1e-9)


def test_it_depends_on_what_the_observable_depends_on_but_for_the_unknown(well):
    node = physics.observables()["reached"]
    assert node.parameters == {"strength": 1.0, "wanted": 4.0, "law": "square"}
    assert node.unit == "MeV", "the unknown's"
    assert "The depth at which" in physics.document("reached")


def test_choices_reach_the_observable(well):
    both = physics.evaluate("reached", law=["square", "linear"])
    np.testing.assert_allclose(both, [2.0, 4.0], rtol=1e-9)
    assert refusal("reached", {"law": "unknown"}) == "pressure is for law = square or linear, not unknown"
    assert physics.evaluate_with_status("reached", law="unknown")["reached"].status == Status.OUTSIDE_DOMAIN


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (4.0, Status.OK),
        (1e-2, Status.OK),
        (1e12, Status.NO_SOLUTION),  # beyond 50 there is no pressure, which counts as more than is wanted: a jump
        (1e5, Status.NO_SOLUTION),  # a jump across it at 20
        (1e-5, Status.NOT_CONVERGED),  # it cannot be computed where it might be
    ],
)
def test_why_there_is_no_root(well, wanted, status):
    value, got = physics.evaluate_with_status("reached", wanted=wanted)["reached"]
    assert int(got) == status
    assert np.isfinite(value) == (status == Status.OK)


def test_a_search_that_begins_above_the_target_finds_nothing():
    found = solve(lambda depth: np.log(depth / 1e-3), DEPTH, np.empty((0, 1)), ())
    assert np.isnan(found.value)
    assert found.status == Status.NO_SOLUTION


def test_the_first_of_several_roots_counts():
    """sin(4 t) rises through 0 at multiples of pi/2, falls in between."""
    search = Search(value=lambda t: t, grid=np.arange(0.5, 6.0, 0.25))
    found = solve(lambda t: np.sin(4 * t), search, np.empty((0, 1)), ())
    assert found.value == pytest.approx(np.pi / 2, rel=1e-9)


def test_an_input_without_value_fails_it(register, well):
    def target(q_psi):
        return np.where(q_psi > 1, np.nan, 4.0)

    def from_target():
        """The same for a target that is an observable."""

    def bound_strength(q_psi):
        return np.where(q_psi > 1, np.nan, 1.0)

    register(target)
    register(bound_strength)
    solution(of="pressure", equals="target", unknown="depth", search=DEPTH, label="d", reference=REFERENCE)(from_target)
    for name, bound in (("from_target", {}), ("reached", {"strength": physics.bound("bound_strength")})):
        value, status = physics.evaluate_with_status(name, q_psi=[1.0, 2.0], **bound)[name]
        assert status.tolist() == [Status.OK, Status.INPUT_FAILED]
        np.testing.assert_allclose(value, [2.0, np.nan], rtol=1e-9)
    assert parameters_of("from_target") == ("q_psi", "strength", "law")


def test_its_domain_counts(well):
    def soft():
        """Only for small strengths."""

    weak = Domain("strength < 3", lambda strength: strength < 3)
    options = {"search": DEPTH, "label": "d", "reference": REFERENCE, "domain": weak}
    solution(of="pressure", equals="wanted", unknown="depth", **options)(soft)
    status = physics.evaluate_with_status("soft", strength=[1.0, 4.0])["soft"].status
    assert status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]


def test_a_parameter_bound_to_a_solution_gives_the_target(well):
    value = physics.evaluate("pressure", depth=physics.bound("reached"), strength=[0.5, 2.0], wanted=7.0)
    np.testing.assert_allclose(value, 7.0, rtol=1e-9)


def test_the_unknown_is_a_parameter(scratch):
    with pytest.raises(physics.UnknownNameError, match="no parameter 'mass'"):
        solution(of="gamma_X", equals="g_X", unknown="mass", search=DEPTH, label="d", reference=REFERENCE)(lambda: None)


def test_nothing_is_computed_twice():
    """Where the search along the grid ends the iteration begins."""
    asked = []

    def ratio(depth, wanted):
        asked.extend(zip(depth.tolist(), wanted.tolist(), strict=True))
        return np.log(depth**2 / wanted)

    found = solve(ratio, DEPTH, np.array([[4.0, 25.0, 0.3]]), (3,))
    np.testing.assert_allclose(found.value, [2.0, 5.0, np.sqrt(0.3)], rtol=1e-9)
    assert len(set(asked)) == len(asked)


def waves(depth, amplitude):
    """Rises with ln(depth), falls in between."""
    t = np.log(depth)
    return t + amplitude * np.sin(4 * t) + 0.05


def evaluations(search, amplitude):
    """The roots for these amplitudes; the depths and amplitudes that were asked for."""
    asked = []

    def ratio(depth, amplitude):
        asked.extend(zip(depth.tolist(), amplitude.tolist(), strict=True))
        return waves(depth, amplitude)

    found = solve(ratio, search, amplitude[np.newaxis], amplitude.shape)
    assert (found.status == Status.OK).all()
    assert len(set(asked)) == len(asked)
    return found.value, asked


def test_what_is_known_of_falls_saves_evaluations_and_changes_nothing():
    amplitude = np.linspace(0.0, 1.8, 50)
    grid = np.linspace(-50.0, 3.0, 600)
    everywhere, walk = evaluations(Search(value=np.exp, grid=grid), amplitude)
    for falls in (3.6, np.where(grid < 0.0, 3.6, np.inf)):
        value, asked = evaluations(Search(value=np.exp, grid=grid, falls=falls), amplitude)
        np.testing.assert_allclose(value, everywhere, rtol=1e-10)
        assert len(asked) < len(walk) / 4
    wrong, _ = evaluations(Search(value=np.exp, grid=grid, falls=0.0), amplitude)
    assert not np.allclose(wrong, everywhere), "no wave has several roots: nothing is tested"


def test_a_line_without_a_rise_is_looked_at_everywhere():
    grid = np.linspace(-2.0, 2.0, 9)
    asked = []

    def ratio(depth):
        asked.extend(np.log(depth).round(9).tolist())
        return np.where(depth < 0.2, np.nan, -9.0)

    found = solve(ratio, Search(value=np.exp, grid=grid, falls=1.0), np.empty((0, 1)), ())
    assert sorted(asked) == grid.tolist()
    assert found.status == Status.NOT_CONVERGED


def test_lines_meet_on_the_lattice_and_know_nothing_of_each_other():
    search = Search(value=np.exp, grid=np.linspace(-8.0, 3.0, 6), shared=0.1)
    amplitude = np.linspace(0.1, 0.101, 40)
    together, asked = evaluations(search, amplitude)
    here = np.unique([depth for depth, _ in asked])
    assert here.size < 2.6 * amplitude.size  # two each in the end, which nobody shares
    assert len(asked) > 6 * amplitude.size
    alone = [evaluations(search, a)[0].item() for a in amplitude[:, np.newaxis]]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("shared", [None, 0.1])
@pytest.mark.parametrize("jump", [0.0, 1e-4])
def test_a_kink_or_a_small_jump_next_to_the_root_costs_steps_but_no_precision(shared, jump):
    kinks = np.array([-1e-3, -1e-5, 0.0, 1e-5, 1e-3])

    def ratio(depth, kink):
        t = np.log(depth)
        return np.where(t < kink, t, 20 * t - 19 * kink + jump) * np.exp(t)

    search = Search(value=np.exp, grid=np.linspace(-3.0, 2.0, 6), shared=shared)
    found = solve(ratio, search, kinks[np.newaxis], kinks.shape)
    root = np.where(kinks > 0, 0.0, np.maximum(0.95 * kinks - jump / 20, kinks))
    np.testing.assert_allclose(np.log(found.value), root, rtol=0, atol=1e-10)
