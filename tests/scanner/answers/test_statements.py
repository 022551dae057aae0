"""What an answer says: no star without a preference, thin surfaces, readings that do not match."""

import numpy as np
import pytest
import xarray as xr

import physics
import scanner
from physics import Status
from physics.inference.constraints import Constraint, constraint
from scanner.answers.standard_model import without_x
from scanner.answers.statements import levels

from .conftest import NAMES, attribute

M_X, G_X = np.geomspace(15, 100, 9), np.geomspace(1e-4, 2e-3, 40)


@pytest.fixture
def of_g_minus_2():
    """(g-2)_mu alone, on its two axes."""
    values = physics.evaluate("delta_a_mu", m_X=M_X[:, None], g_X=G_X[None])
    variables = {
        "delta_a_mu": (("m_X", "g_X"), values, {"ancillary_variables": "delta_a_mu_status"}),
        "delta_a_mu_status": (("m_X", "g_X"), np.full(values.shape, Status.OK, np.uint8)),
    }
    return xr.Dataset(variables, {"m_X": M_X, "g_X": G_X}, {"readings": '{"name": "2026", "departures": {}}'})


def test_with_the_value_of_2025_there_is_no_preference(of_g_minus_2):
    found = scanner.answer(of_g_minus_2, ["g2_WP2025"])
    data = physics.constraints()["g2_WP2025"]
    assert found.attrs["verdict"].startswith("No preference over the Standard Model: ")
    assert found.attrs["m2lnL_standard_model"] == pytest.approx((data.value / data.error) ** 2, rel=1e-9)
    assert found.attrs["m2lnL_gain"] == pytest.approx((data.value / data.error) ** 2, abs=0.01)  # some point fits


def test_with_that_of_2021_there_is_one(of_g_minus_2):
    found = scanner.answer(of_g_minus_2, ["g2_FNAL2021"])
    assert found.attrs["verdict"].startswith("Preferred over the Standard Model by 3.8 sigma (2 parameters)")
    assert "g2_FNAL2021 gains most" in found.attrs["verdict"]
    assert "p_value" not in found.attrs  # one number for two parameters


def test_standard_model_of_dark_matter_and_the_early_universe(of_g_minus_2):
    found = without_x(of_g_minus_2, ["delta_a_mu", "relic_density", "foreign"], {"m_X": 20.0, "g_X": 1e-3})
    assert set(found) == {"delta_a_mu", "relic_density"}  # what this release does not know is left out
    assert abs(found["delta_a_mu"]) < 1e-25
    assert found["relic_density"] == 0


def test_a_scan_is_not_preferred_for_having_dark_matter(store, registry):
    """Without psi something else is dark matter; and what the Standard Model cannot do at all is no finite number."""
    constraint(Constraint("more", "n_eff_entropy", "limit", "more", "Planck 2018", lower=3.2))
    found = scanner.answer(store.path, ["relic_density", "g2_WP2025", "more", "hubble_drees_zhao"])
    assert list(attribute(found, "standard_model_terms")) == ["g2_WP2025"]
    assert "(relic_density, more not compared)" in found.attrs["verdict"]
    assert "No preference" in found.attrs["verdict"]
    over = scanner.answer(store.path, ["relic_overabundance", "g2_WP2025"])
    assert attribute(over, "standard_model_terms")["relic_overabundance"] == 0


def test_levels_by_degrees_of_freedom(of_g_minus_2):
    assert levels(1)["95.4%"] == pytest.approx(3.98, abs=0.01)
    assert attribute(scanner.answer(of_g_minus_2, ["g2_WP2025"], ("m_X",)), "levels") == {
        "degrees_of_freedom": 1, **levels(1),
    }  # fmt: skip


@pytest.mark.parametrize(("width", "aliases"), [(0.02, True), (0.9, False)])
def test_a_surface_thinner_than_the_grid_is_named(registry, width, aliases):
    x, y = np.geomspace(1, 10, 30), np.geomspace(1.03e-4, 0.97e-2, 23)
    values = x[:, None] * 1e-3 / y[None]
    variables = {
        "surface": (("m_X", "g_X"), values, {"ancillary_variables": "surface_status"}),
        "surface_status": (("m_X", "g_X"), np.ones(values.shape, np.uint8)),
    }
    thin = Constraint("thin", "surface", "hint", "s", "LZ 2025", likelihood="gaussian", value=1.0, error=width)
    constraint(thin)
    ds = xr.Dataset(variables, {"m_X": x, "g_X": y})
    found = scanner.answer(ds, ["thin"], ("g_X",))
    assert ("thin aliases" in found.attrs["verdict"]) == aliases
    assert "aliases" not in scanner.answer(ds, ["thin"]).attrs["verdict"]  # nothing is profiled away
    assert (
        attribute(found, "unresolved").get("thin", {}).get("axis") == "m_X"
    ) == aliases  # 8 % a step, 23 % along g_X


def test_readings_other_than_those_of_the_set_are_said(made_up):
    made_up.attrs["readings"] = '{"name": "paper:kamada-2018", "departures": {}}'
    found = scanner.answer(made_up, NAMES)
    assert "The scan follows readings paper:kamada-2018; the set is meant for 2026." in found.attrs["verdict"]


def test_goodness_of_fit_counts_what_is_data(made_up):
    found = scanner.answer(made_up, NAMES)
    assert (found.attrs["terms_with_data"], found.attrs["fitted_parameters"]) == (2, 5)
    assert "Goodness of fit: not defined, 2 terms with data for 5 parameters." in found.attrs["verdict"]
    assert sum(attribute(found, "best_fit_terms").values()) == pytest.approx(
        float(found.m2lnL_profile.min()), rel=1e-12
    )


def test_a_hint_of_which_only_an_interval_is_known_adds_nothing(store):
    """It prefers, and excludes nothing: as in physics.why."""
    hint = "hubble_drees_zhao"
    without, found = (scanner.answer(store.path, ["g2_WP2025", *more]) for more in ([], [hint]))
    outside = ~physics.constraints()[hint].allows(store.dataset().n_eff_entropy.values)
    assert 0 < float(found.killed.sel(constraint=hint)) < 1
    assert outside.any()
    np.testing.assert_array_equal(found.m2lnL_profile, without.m2lnL_profile)
    np.testing.assert_allclose(found.posterior, without.posterior, rtol=1e-12)
    assert hint not in attribute(found, "best_fit_terms")
    assert found.attrs["preferred"] < without.attrs["preferred"]
