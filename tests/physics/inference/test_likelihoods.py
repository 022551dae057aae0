"""-2 ln L of every form is what it claims, and rows that contradict themselves are refused."""

import numpy as np
import pytest
from scipy import integrate, stats

import physics
from physics import Constraint


def made(**row):
    return Constraint("mine", "n_eff", "limit", "mine", "Drees & Zhao 2021", **row)


@pytest.mark.parametrize(("sided", "z"), [("one", 1.6448536), ("two", 1.9599640)])
def test_a_gaussian_excludes_what_its_confidence_says(sided, z):
    row = made(likelihood="gaussian", value=3.0, error=0.2, confidence=0.95, sided=sided)
    assert row.upper == pytest.approx(3 + 0.2 * z)
    assert row.lower == (-np.inf if sided == "one" else pytest.approx(3 - 0.2 * z))
    likelihood = lambda v: np.exp(-row.minus_two_ln_l(v) / 2)  # noqa: E731
    inside, _ = integrate.quad(likelihood, max(row.lower, 1.0), row.upper)
    every, _ = integrate.quad(likelihood, 1.0, 5.0)
    assert inside / every == pytest.approx(0.95, rel=1e-8)
    assert row.minus_two_ln_l(row.upper) == pytest.approx(z**2, rel=1e-7)
    assert row.pull([2.8, 3.4]) == pytest.approx([-1, 2])


def test_without_a_confidence_the_interval_is_one_error():
    assert made(likelihood="gaussian", value=1.0, error=0.25).interval == "0.75 to 1.25"
    assert made(likelihood="one_sided", value=1.0, error=0.25).interval == "below 1.25"


def test_one_sided_counts_only_what_is_above():
    row = made(likelihood="one_sided", value=1.0, error=0.5, confidence=0.9, sided="one")
    assert row.minus_two_ln_l([-4.0, 0.9, 1.0, 2.0]).tolist() == [0, 0, 0, 4]
    assert row.upper == pytest.approx(1 + 0.5 * stats.norm.ppf(0.9))


@pytest.mark.parametrize("confidence", [0.68, 0.9, 0.95])
def test_chi2_has_the_quantile_of_one_degree_of_freedom(confidence):
    row = made(likelihood="chi2", confidence=confidence, sided="two")
    assert row.upper == pytest.approx(stats.chi2.ppf(confidence, 1), rel=1e-12)
    assert row.minus_two_ln_l([0.0, 7.5]).tolist() == [0.0, 7.5]
    assert row.pull(4.0) == 2


@pytest.mark.parametrize("power", [1, 2, 4])
@pytest.mark.parametrize(("sided", "share"), [("two", 0.95), ("one", 0.90)])
def test_half_gaussian_is_z2_at_its_limit(power, sided, share):
    """Of a signal that is positive, the share below the limit is the confidence, read as two-sided."""
    row = made(likelihood="half_gaussian", upper=0.7, confidence=0.95, sided=sided, power=power)
    assert row.minus_two_ln_l(0.7) == pytest.approx(stats.norm.ppf((1 + share) / 2) ** 2, rel=1e-12)
    signals = lambda s: np.exp(-row.minus_two_ln_l(0.7 * s ** (1 / power)) / 2)  # noqa: E731
    below, _ = integrate.quad(signals, 0, 1)
    every, _ = integrate.quad(signals, 0, 20)
    assert below / every == pytest.approx(share, rel=1e-8)
    assert row.minus_two_ln_l([-3.0, 0.0, 1.4]).tolist() == pytest.approx([0, 0, row.minus_two_ln_l(0.7) * 4**power])


@pytest.mark.parametrize("power", [1, 2])
def test_poisson0_leaves_one_minus_cl_at_its_limit(power):
    """No event where s are expected: L = exp(-s)."""
    row = made(likelihood="poisson0", upper=2e-4, confidence=0.9, sided="one", power=power)
    assert np.exp(-row.minus_two_ln_l(2e-4) / 2) == pytest.approx(0.1, rel=1e-12)
    events = row.minus_two_ln_l([0.0, 1e-4, 4e-4]) / 2
    assert events == pytest.approx([0, np.log(10) / 2**power, np.log(10) * 2**power])
    assert not row.approximate


def test_step():
    row = made(lower=1.0, upper=2.0)
    assert row.minus_two_ln_l([0.5, 1.0, 2.0, 2.1]).tolist() == [np.inf, 0, 0, np.inf]
    assert row.approximate


def test_many_values_at_once_and_none_without_a_value():
    values = np.array([[np.nan, 0.1], [0.7, 3.0]])
    for row in (
        made(likelihood="gaussian", value=1.0, error=0.5),
        made(likelihood="half_gaussian", upper=1.0, confidence=0.9, sided="one"),
        made(likelihood="poisson0", upper=1.0, confidence=0.9, sided="one"),
        made(likelihood="chi2", confidence=0.9, sided="two"),
        made(upper=1.0),
    ):
        for function in (row.minus_two_ln_l, row.pull, row.excess):
            assert np.isnan(function(values)).tolist() == [[True, False], [False, False]]


def test_excess_says_by_how_much():
    assert made(upper=2.0).excess([1.0, 2.0, 6.0]).tolist() == [0.5, 1, 3]
    assert made(lower=2.0).excess([1.0, 4.0, 0.0]).tolist() == [2, 0.5, np.inf]
    assert np.isnan(made(upper=0.0).excess(1.0))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"upper": 1.0, "confidence": "95% CL"}, "confidence = '95% CL': a number between 0 and 1, such as 0.95"),
        ({"upper": 1.0, "confidence": 95.0, "sided": "one"}, "confidence = 95.0: a number between 0 and 1"),
        ({"upper": 1.0, "confidence": 0.95}, "confidence and sided belong together"),
        ({"upper": 1.0, "confidence": 0.95, "sided": "upper"}, "sided = 'upper': one of one, two"),
        ({"upper": 1.0, "likelihood": "flat"}, "likelihood = 'flat': one of gaussian, one_sided, chi2"),
        ({}, "the interval -inf .. inf: give lower, upper or both"),
        ({"lower": 2.0, "upper": 1.0}, "the interval 2 .. 1"),
        ({"likelihood": "gaussian", "value": 1.0}, "likelihood = gaussian needs error"),
        ({"likelihood": "gaussian", "value": 1.0, "error": 0.0}, "error = 0: a positive number"),
        ({"upper": 1.0, "value": 1.0}, "likelihood = step has no value; remove it, or take gaussian"),
        ({"likelihood": "half_gaussian", "upper": 1.0}, "likelihood = half_gaussian needs confidence"),
        ({"likelihood": "half_gaussian", "confidence": 0.9, "sided": "one"}, "needs upper, a positive number"),
        ({"likelihood": "poisson0", "upper": 1.0, "confidence": 0.9, "sided": "two"}, "sided = one"),
        ({"upper": 1.0, "power": 2.0}, "likelihood = step has no power"),
        ({"likelihood": "half_gaussian", "upper": 1.0, "confidence": 0.9, "sided": "one", "power": -1.0}, "power = -1"),
        ({"upper": 1.0, "colour": "red"}, "colour = 'red': six digits"),
        ({"upper": 1.0, "hatch": "x"}, "hatch = 'x': one of /, |, "),
        ({"lower": 1.0, "upper": 2.0, "target": 3.0}, "target = 3 is not inside 1 .. 2"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(row, says):
    with pytest.raises(physics.RegistryError) as caught:
        made(**row)
    assert f"constraint 'mine': {says}" in str(caught.value) or says in str(caught.value)


def test_kind_is_one_of_three():
    with pytest.raises(physics.RegistryError, match="kind = 'bound': one of limit, hint, projection"):
        Constraint("mine", "n_eff", "bound", "mine", "Drees & Zhao 2021", upper=1.0)
