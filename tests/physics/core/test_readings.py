"""Named sets of readings: every entry means something, and is not what the defaults do anyway."""

import pytest

import physics
from physics.core.readings import DEFAULTS, reading_of, sets

PAPERS = [name for name in sets() if name != DEFAULTS]


def test_the_defaults_are_a_set_in_which_nothing_departs():
    assert next(iter(sets())) == DEFAULTS, "first: of sets from which equally few depart, it is the one that is named"
    assert physics.readings(DEFAULTS) == {}
    assert DEFAULTS.isdecimal(), "the year of which the defaults are"


@pytest.mark.parametrize("name", PAPERS)
def test_every_choice_is_allowed_and_departs_from_the_default(name):
    assert physics.readings(name)
    for parameter, value in physics.readings(name).items():
        declared = physics.parameters()[parameter]
        assert declared.validated(value).item() == value
        assert declared.default is not None, f"{parameter} must be given anyway: a point's coordinate, and no reading"
        assert value != declared.default, f"{parameter} = {value} is the default: nothing that the set changes"


@pytest.mark.parametrize("name", PAPERS)
def test_an_observable_depends_on_every_choice(name):
    used = {parameter for node in physics.observables().values() for parameter in node.parameters}
    assert set(physics.readings(name)) <= used


def test_a_set_is_a_copy():
    physics.readings("paper:foldenauer-2024")["wd_reading"] = "physical"
    assert physics.readings("paper:foldenauer-2024")["wd_reading"] == "printed"


def test_what_an_observable_does_not_depend_on_is_no_error():
    plain = physics.evaluate("epsilon", g_X=1.0)
    assert physics.evaluate("epsilon", g_X=1.0, **physics.readings("paper:kamada-2018")) == plain


def test_an_unknown_set():
    with pytest.raises(physics.UnknownNameError, match=r"no set of readings 'amaral'; known: 2026, paper:drees-zhao"):
        physics.readings("amaral")


def test_the_set_from_which_the_fewest_depart():
    amaral = physics.readings("paper:amaral-2020")
    assert reading_of(amaral | {"boron8": "Bahcall 1996"}, physics.parameters()) == (
        "paper:amaral-2020",
        {"boron8": "Bahcall 1996"},
    )
    assert reading_of({}, physics.parameters()) == (DEFAULTS, {})
    assert reading_of({"boron8": "Bahcall 1996", "m_X": 1.0}, ["m_X", "boron8"])[1] == {"boron8": "Bahcall 1996"}


def test_only_what_is_looked_at_counts():
    assert reading_of({"wd_reading": "printed"}, ["wd_mass"]) == (DEFAULTS, {})
    assert reading_of({"wd_reading": "printed"}, ["wd_reading"], DEFAULTS) == (DEFAULTS, {"wd_reading": "printed"})


def test_a_particle_that_is_not_there_is_none():
    departing = reading_of({"m_phi": 10.0, "epsilon_override": 0.0}, ["m_phi", "epsilon_override"]).departures
    assert departing == {"m_phi": 10.0, "epsilon_override": 0.0}
    assert reading_of({"m_phi": float("inf")}, ["m_phi"]).departures == {}
