"""Prior masses: they sum to one, follow the density, and do not depend on how densely a region is sampled."""

import numpy as np
import pytest

from scanner import SelectionError
from scanner.answers.priors import cell_weights, chosen_priors

from .conftest import scan_of


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
        chosen_priors(scan_of(), ["m_X", "metallicity"], given)


def test_a_parameter_without_default_must_be_given_one():
    ds = scan_of().rename(q_psi="delta_CP")
    with pytest.raises(
        SelectionError, match="delta_CP has no prior by default; choose one, for example --prior delta_CP=flat"
    ):
        chosen_priors(ds, ["delta_CP"], {})
    assert chosen_priors(ds, ["delta_CP", "mass_ratio", "m_X"], {"delta_CP": "flat"}) == {
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
