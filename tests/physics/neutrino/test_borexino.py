"""7Be neutrinos in Borexino: reference values, chi2 and its limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

import physics
from physics import Status
from physics.neutrino.borexino_rates import measurements
from physics.neutrino.oscillation import global_fit

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
PRINTED = physics.readings("paper:amaral-2020")
BOTH_SUNS = ["GS98", "AGSS09"]


def reference(quantity, **inputs):
    (value,) = [v for v in VALUES if v["quantity"].startswith(quantity) and inputs.items() <= v["inputs"].items()]
    return pytest.approx(value["value"], rel=value["rel_tol"] / 2)


def limit(m_X, **settings):
    return physics.evaluate("borexino_phase2_g_X", m_X=m_X, **settings)


def test_rate_and_limits_are_the_reference_ones(monkeypatch):
    rate = physics.evaluate("borexino_rate", m_X=20.0, g_X=0.0, metallicity="AGSS09", **PRINTED)
    assert rate == reference("Borexino 7Be (862+384) SM rate", ssm="AGSS09met")
    own = "Borexino Phase II g/M, chi2=2.706, own"
    assert limit(20.0, **PRINTED) / 20e-3 == reference(own, ssm="GS98")
    assert limit(20.0, **PRINTED, metallicity="AGSS09") / 20e-3 == reference(own, ssm="AGSS09met")
    monkeypatch.setitem(
        measurements(), "quoted", {"GS98": [47.8, 2.8], "AGSS09": [43.6, 2.5]}
    )  # what the references took
    quoted = {**PRINTED, "kinetic_mixing": "photon", "borexino_prediction": "quoted"}
    assert limit(20.0, **quoted, metallicity="AGSS09") / 20e-3 == reference(
        "Borexino Phase II g/M, chi2=2.706, theory 43.6, 5.8%"
    )
    b_l = {**PRINTED, "gauge_group": "B-L", "borexino_prediction": "quoted"}
    assert limit(20.0, **b_l) == reference("Borexino B-L limit Phase II HZ")
    assert limit(20.0, **b_l, metallicity="AGSS09") == reference("Borexino B-L limit Phase II LZ")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("Lmu-Ltau", {0.001: 25.7, 0.01: 8.1, 0.1: 2.5, 0.3: 1.5, 1: 1.13, 5: 1.066, 20: 1.063, 100: 1.063}),
        ("B-L", {0.001: 13.7, 0.01: 4.7, 0.1: 2.0, 0.3: 1.4, 1: 1.13, 5: 1.07}),
    ],
)
def test_recoils_that_are_not_seen_do_not_make_a_limit(group, expected):
    """Limit of phase II with the recoils that were fitted over that with all recoils (the papers')."""
    before = {"electron_couplings": "tree", "sin2_theta_W_electrons": 0.2387, **global_fit("NuFIT 4.0")}
    published, everything = (
        limit(list(expected), borexino_recoil_window=window, gauge_group=group, **before)
        for window in ("published", "all")
    )
    np.testing.assert_allclose(published / everything, list(expected.values()), rtol=0.03)
    np.testing.assert_allclose(published[-2:] / everything[-2:], list(expected.values())[-2:], rtol=6e-3)


def test_a_light_X_is_not_excluded_at_any_coupling():
    before = {"electron_couplings": "tree", "sin2_theta_W_electrons": 0.2387, **global_fit("NuFIT 4.0")}
    assert limit(1e-6, **before) == pytest.approx(2.64e-5, rel=2e-3)
    assert limit(1e-6, borexino_recoil_window="all", **before) < 1e-7
    xenon1t = physics.evaluate("xenon1t_g_X", m_X=0.1, electron_binding="step", **before)
    assert xenon1t == pytest.approx(1.17e-5, rel=0.01)
    assert limit(0.1, borexino_recoil_window="all", **before) < xenon1t < limit(0.1, **before)


def test_each_phase_counts_the_recoils_that_it_fitted():
    for phase, T_min in (("phase1", 0.27), ("phase2", 0.19)):
        assert measurements()[phase]["T_min"] == T_min
        given = physics.evaluate(f"borexino_{phase}_g_X", m_X=0.5, borexino_recoil_window="given", borexino_T_min=T_min)
        assert physics.evaluate(f"borexino_{phase}_g_X", m_X=0.5) == given
        assert "borexino_T_min" not in physics.core.graph.parameters_of(
            f"borexino_{phase}_g_X", choices={"borexino_recoil_window": {"published"}}
        )


@pytest.mark.parametrize("phase", ["phase1", "phase2"])
@pytest.mark.parametrize("error", ["scaled", "fixed"])
@pytest.mark.parametrize("start", ["absolute", "best fit", "standard model"])
@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
def test_limit_is_where_chi2_passes_the_threshold_for_good(phase, error, start, group):
    settings = {"m_X": 12.0, "borexino_theory_error": error, "gauge_group": group}
    for metallicity in BOTH_SUNS:
        settings["metallicity"] = metallicity
        g_X = physics.evaluate(f"borexino_{phase}_g_X", **settings, chi2_reference=start)
        grid = g_X * np.append(0.0, np.geomspace(1e-3, 10, 4000))
        chi2 = physics.evaluate(f"borexino_{phase}_chi2", g_X=grid, **settings)
        threshold = 2.7055 + {"absolute": 0.0, "best fit": chi2.min(), "standard model": chi2[0]}[start]

        def beyond(g, threshold=threshold):
            return physics.evaluate(f"borexino_{phase}_chi2", g_X=g, **settings) - threshold

        edge = brentq(beyond, 0.9 * g_X, 1.1 * g_X)
        assert g_X == pytest.approx(edge, rel=1e-5)
        assert (chi2[grid > 1.001 * g_X] > threshold).all()


def test_no_limit_where_the_error_outgrows_the_rate():
    outcome = physics.evaluate_with_status(
        "borexino_phase2_g_X", m_X=20.0, borexino_theory_uncertainty=[0.058, 0.4], chi2_level=9.0
    )["borexino_phase2_g_X"]
    assert outcome.status.tolist() == [Status.OK, Status.NO_SOLUTION]
    fixed = {"borexino_theory_error": "fixed", "borexino_theory_uncertainty": 0.4}
    assert np.isfinite(limit(20.0, chi2_level=9.0, **fixed))
    all_excluded = physics.evaluate_with_status("borexino_phase1_g_X", m_X=20.0, chi2_level=1e-4)
    assert all_excluded["borexino_phase1_g_X"].status == Status.NO_SOLUTION


def test_heavy_and_light_limits():
    heavy = limit(np.array([50.0, 500.0, 5e5]))
    np.testing.assert_allclose(heavy / heavy[0], [1, 10, 1e4], rtol=2e-4)
    light = limit(np.array([1e-9, 1e-8]))
    assert light[1] == pytest.approx(light[0], rel=1e-6)  # with a window X's mass does not matter any more


def test_kinetic_mixing_rescales_the_limit():
    photon, hypercharge = limit(20.0, kinetic_mixing=["photon", "hypercharge"])
    assert photon / hypercharge == pytest.approx(1.5**0.5, rel=1e-12)
