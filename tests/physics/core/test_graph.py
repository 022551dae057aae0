"""Resolution: what a node needs, which branch a choice selects, what is refused."""

import numpy as np
import pytest

import physics
from physics import Status, observables
from physics.core.graph import dependencies_of, parameters_of, refusal
from physics.core.parameter import PARAMETERS

REFERENCE = "Drees & Zhao 2021, eq. (1)"
every_observable = pytest.mark.parametrize("name", list(physics.observables()))


def test_an_example_of_the_intended_use(register):
    def first(m_X):
        return 2 * m_X

    def second(first, g_X):
        return first * g_X

    assert register(first) is first
    register(second, unit="MeV", label="b")
    node = physics.observables()["second"]
    assert (node.unit, node.label, node.reference) == ("MeV", "b", REFERENCE)
    assert node.parameters == {"m_X": None, "g_X": None}
    assert dependencies_of("second") == {"second", "first", "m_X", "g_X"}


def test_what_cannot_be_resolved_is_refused(register):
    def ping(pong):
        return pong

    def pong(ping):
        return ping

    register(ping)
    register(pong)
    with pytest.raises(physics.RegistryError, match="cycle of observables: ping -> pong -> ping"):
        physics.evaluate("ping")

    def orphan(no_such_thing):
        return no_such_thing

    register(orphan)
    with pytest.raises(physics.RegistryError, match="'no_such_thing' is neither a parameter nor an observable"):
        physics.evaluate("orphan")


def test_only_the_chosen_branch_is_evaluated(colours):
    assert physics.evaluate("shade", depth=3.0) == 3.0
    assert colours == ["red"]
    assert physics.evaluate("shade", depth=3.0, g_X=2.0, colour="green") == 6.0
    assert colours == ["red", "green"]
    assert physics.evaluate("shade", depth=[1.0, 2.0], g_X=5.0, colour=["red", "green"]).tolist() == [1.0, 10.0]


def test_only_what_the_chosen_branch_needs_must_be_given(colours):
    assert parameters_of("mixture") == ("g_X", "q_psi", "colour", "depth")
    assert parameters_of("mixture", choices={"colour": ["red"]}) == ("q_psi", "colour", "depth")
    assert parameters_of("mixture", choices={"colour": ["red", "green"]}) == ("g_X", "q_psi", "colour", "depth")
    with pytest.raises(physics.MissingParameterError, match="give g_X"):
        physics.evaluate("mixture", depth=1.0, q_psi=1.0, colour=["red", "green"])


def test_a_choice_that_nobody_wrote_is_refused_and_so_is_what_needs_it(colours):
    point = {"depth": 3.0, "g_X": 2.0, "q_psi": 1.0, "colour": ["red", "green", "blue"]}
    result = physics.evaluate_with_status(["shade", "mixture"], **point)
    for name, values in {"shade": [3.0, 6.0, np.nan], "mixture": [4.0, 7.0, np.nan]}.items():
        assert result[name].status.tolist() == [Status.OK, Status.OK, Status.OUTSIDE_DOMAIN]
        np.testing.assert_array_equal(result[name].value, values)
    assert colours == ["green", "red"], "each once"
    assert refusal("mixture", {"colour": "blue"}) == "shade is for colour = red or green, not blue"
    assert refusal("mixture", {"colour": "green"}) == ""


def test_what_is_bound_to_a_refused_observable_is_refused(register, colours):
    def shade_per_depth(shade, depth):
        return shade / depth

    def copied(mass_ratio):
        return mass_ratio

    register(shade_per_depth)
    register(copied)
    bound = physics.bound("shade_per_depth")
    point = {"depth": 3.0, "g_X": 2.0, "mass_ratio": bound, "colour": ["green", "blue"]}
    value, status = physics.evaluate_with_status("copied", **point)["copied"]
    np.testing.assert_array_equal(value, [2.0, np.nan])
    assert status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]


@every_observable
def test_every_choice_has_a_value_or_is_refused(name):
    """And no choice of one parameter makes an observable forget another."""
    node = physics.observables()[name]
    defaults = {p: d for p, d in node.parameters.items() if PARAMETERS[p].choices}
    for p, default in defaults.items():
        for choice in PARAMETERS[p].choices:
            chosen = defaults | {p: choice}
            if not refusal(name, chosen):
                assert set(parameters_of(name, choices={q: (c,) for q, c in chosen.items()})) <= set(node.parameters)
        assert not refusal(name, defaults | {p: default}), "the defaults are served"


def test_what_two_branches_share_is_cited_once():
    for node in observables().values():
        parts = node.references.split("; ")
        assert len(parts) == len(set(parts)), node.name
