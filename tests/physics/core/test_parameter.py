"""Declarations of parameters, and what they accept."""

import math
import re

import numpy as np
import pytest

import physics
from physics.core.parameter import PARAMETERS, Parameter, parameter

MASS = Parameter("m", "a mass", unit="MeV")
ABSENT = Parameter("r", "a ratio", absent=math.inf)
SHARE = Parameter("s", "a share", low_allowed=True, high=1.0)
WORD = Parameter("w", "a word", choices=("one", "other"))


def test_every_parameter_has_what_tables_need():
    for p in PARAMETERS.values():
        assert p.description
        assert p.label
        assert p.default is None or p.validated(p.default) == p.default


@pytest.mark.parametrize("p", [p for p in PARAMETERS.values() if p.choices], ids=lambda p: p.name)
def test_every_choice_is_allowed(p):
    assert len(set(p.choices)) == len(p.choices) > 1
    assert p.default in p.choices
    assert p.validated(list(p.choices)).tolist() == list(p.choices)


@pytest.mark.parametrize(
    ("p", "value", "array"),
    [
        (MASS, 3, 3.0),
        (MASS, [[1, 2.5]], [[1.0, 2.5]]),
        (MASS, np.float32(0.5), 0.5),
        (MASS, range(1, 3), [1.0, 2.0]),
        (SHARE, 0, 0.0),
        (ABSENT, None, math.inf),
        (ABSENT, [None, 0.5], [math.inf, 0.5]),
        (ABSENT, math.inf, math.inf),
    ],
)
def test_numbers_become_floats(p, value, array):
    got = p.validated(value)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize(
    ("p", "value", "says"),
    [
        (MASS, 0, "m = 0.0 is not allowed: m > 0 [MeV]"),
        (MASS, [1, -1, -2], "m = -1.0 (and 1 more) is not allowed"),
        (MASS, None, "m = None is not a number"),
        (MASS, math.inf, "m = inf is not allowed"),
        (SHARE, 1.0, "s = 1.0 is not allowed: s >= 0 and s < 1"),
        (ABSENT, [None, math.nan], "r = nan is not allowed: r > 0, or None"),
        (WORD, "two", "w = 'two' is not allowed: w one of one, other"),
        (WORD, ["one", 2], "w = '2' is not allowed"),
    ],
)
def test_what_is_not_allowed_is_named(p, value, says):
    with pytest.raises(physics.InvalidParameterError, match=re.escape(says)):
        p.validated(value)


def test_a_parameter_is_declared_once(scratch):
    first = parameter("depth", "a number", unit="MeV")
    assert parameter("depth", "a number", unit="MeV") == first, "the same again: a module that is reloaded"
    with pytest.raises(physics.RegistryError, match="'depth' is declared twice"):
        parameter("depth", "a number", unit="GeV")


def test_choices_may_be_the_keys_of_a_mapping(scratch):
    assert parameter("word", "a word", choices={"one": 1.0, "other": 2.0}).choices == ("one", "other")
