"""Prior masses: they sum to one, follow the density, and do not depend on how densely a region is sampled."""

import numpy as np
import pytest

from scanner import SelectionError
from scanner.answers.priors import cell_weights, chosen_priors, quantile

from .conftest import scan_of


def values_of(*axes):
    return {axis: scan_of()[axis].values for axis in axes}


@pytest.mark.parametrize(("prior", "density"), [("log", lambda x: 1 / x), ("flat", lambda x: 1 + 0 * x)])
def test_the_mass_of_a_part_is_its_integral(prior, density):
    values = np.unique(np.concatenate([np.linspace(1, 9, 2001), np.linspace(2, 3, 5001)]))  # sampled unevenly
    mass = cell_weights(values, prior)
    fine = np.linspace(1, 9, 200_001)
    part = np.trapezoid(density(fine) * (fine < 3), fine) / np.trapezoid(density(fine), fine)
    assert mass.sum() == pytest.approx(1, rel=1e-12)
    assert mass[values < 3].sum() == pytest.approx(part, rel=1e-3)


def test_log_distance_weighs_decades_on_both_sides_and_nothing_between():
    above = 0.5 + np.geomspace(1e-4, 1e-1, 301)
    mass = cell_weights(np.concatenate([0.5 - np.geomspace(1e-1, 1e-3, 41), above]), "log-distance", "mass_ratio")
    assert mass[:41].sum() == pytest.approx(2 / 5, rel=1e-12)  # two decades below, three above
    assert mass[41:][above < 0.501].sum() == pytest.approx(1 / 5, rel=1e-2)


def test_how_much_is_left_depends_on_the_prior():
    values = np.concatenate([np.linspace(0.3, 0.49, 20), 0.5 + np.geomspace(1e-5, 0.5, 60)])
    left = {
        p: cell_weights(values, p, "mass_ratio")[np.abs(values - 0.5) < 0.01].sum()
        for p in ("flat", "log", "log-distance")
    }
    assert left["flat"] < 0.05 < 0.3 < left["log-distance"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"m_X": "logg"}, "prior 'logg' of m_X: one of log, flat, log-distance, equal; did you mean log"),
        ({"metallicity": "flat"}, "equal is for names"),
        ({"m_X": "equal"}, "equal is for names"),
    ],
)
def test_refused(given, says):
    with pytest.raises(SelectionError, match=says):
        chosen_priors(values_of("m_X", "metallicity"), given)


def test_a_parameter_without_default_must_be_given_one():
    axes = {"delta_CP": np.array([0.0, 1.0]), **values_of("mass_ratio", "m_X")}
    with pytest.raises(
        SelectionError, match="delta_CP has no prior by default; choose one, for example --prior delta_CP=flat"
    ):
        chosen_priors(axes, {})
    assert chosen_priors(axes, {"delta_CP": "flat"}) == {
        "delta_CP": "flat", "mass_ratio": "flat", "m_X": "log",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "prior", "axis", "says"),
    [
        ([0.0, 1.0], "log", "g_X", "it has the value 0"),
        ([0.4, 0.5, 0.6], "log-distance", "mass_ratio", "0.5 itself is infinitely far away"),
        ([0.4, 0.6, 0.7], "log-distance", "mass_ratio", "one value alone on a side of 0.5"),
        ([1.0, 2.0], "log-distance", "m_X", "it is for mass_ratio"),
    ],
)
def test_priors_that_do_not_suit(values, prior, axis, says):
    with pytest.raises(SelectionError, match=says):
        cell_weights(np.array(values), prior, axis)


@pytest.mark.parametrize("prior", ["log", "flat", "log-distance"])
def test_quantiles_are_those_of_the_masses_of_cells(prior):
    """On an axis that is fine enough, the share below a value is the mass of the cells below it."""
    values = np.concatenate([0.5 - np.geomspace(0.2, 1e-3, 2001), 0.5 + np.geomspace(1e-4, 0.5, 3001)])
    below = np.cumsum(cell_weights(values, prior, "mass_ratio"))
    share = np.linspace(0, 1, 51)
    found = quantile(share, values, prior, "mass_ratio")
    np.testing.assert_allclose(np.interp(found, values, below), share, atol=1e-3)
    assert found[[0, -1]] == pytest.approx(values[[0, -1]], rel=1e-15)
    assert (np.diff(found) > 0).all()


def test_no_quantile_lies_where_log_distance_has_no_mass():
    values = np.array([0.4, 0.499, 0.5001, 0.6])
    found = quantile(np.linspace(0, 1, 10_001), values, "log-distance", "mass_ratio")
    assert not ((found > 0.499) & (found < 0.5001)).any()
    assert (found < 0.5).mean() == pytest.approx(np.log(100) / (np.log(100) + np.log(1000)), abs=2e-4)


def test_each_name_has_the_same_share():
    names = np.array(["a", "b", "c"])
    assert np.unique(quantile(np.linspace(0, 1, 3000), names, "equal"), return_counts=True)[1].tolist() == [1000] * 3
