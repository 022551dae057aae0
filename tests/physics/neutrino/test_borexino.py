"""7Be neutrinos in Borexino: reference values, direct integration, chi2 and its limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import physics
from physics import Status
from physics.model.constants import M_E
from physics.neutrino.cross_sections import electron_cross_section, largest_recoil
from physics.neutrino.oscillation import global_fit, probabilities
from physics.neutrino.solar import fluxes, lines

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
PRINTED = {"sin2_theta_W": 0.23122, "borexino_theory_error": "fixed", "kinetic_mixing": "hypercharge"}
BOTH_SUNS = ["GS98", "AGSS09"]


def reference(quantity, **inputs):
    (value,) = [v for v in VALUES if v["quantity"].startswith(quantity) and inputs.items() <= v["inputs"].items()]
    return pytest.approx(value["value"], rel=value["rel_tol"] / 2)


def limit(m_X, **settings):
    return physics.evaluate("borexino_phase2_g_X", m_X=m_X, **settings)


def test_rate_and_limits_are_the_reference_ones():
    rate = physics.evaluate("borexino_rate", m_X=20.0, g_X=0.0, metallicity="AGSS09", sin2_theta_W=0.23122)
    assert rate == reference("Borexino 7Be (862+384) SM rate", ssm="AGSS09met")
    own = "Borexino Phase II g/M, chi2=2.706, own"
    assert limit(20.0, **PRINTED) / 20e-3 == reference(own, ssm="GS98")
    assert limit(20.0, **PRINTED, metallicity="AGSS09") / 20e-3 == reference(own, ssm="AGSS09met")
    quoted = {**PRINTED, "kinetic_mixing": "photon", "borexino_prediction": "quoted"}
    assert limit(20.0, **quoted, metallicity="AGSS09") / 20e-3 == reference(
        "Borexino Phase II g/M, chi2=2.706, theory 43.6, 5.8%"
    )
    b_l = {**PRINTED, "gauge_group": "B-L", "borexino_prediction": "quoted"}
    assert limit(20.0, **b_l) == reference("Borexino B-L limit Phase II HZ")
    assert limit(20.0, **b_l, metallicity="AGSS09") == reference("Borexino B-L limit Phase II LZ")


@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
def test_rate_against_direct_integration(group):
    m_X, g_X, fit = 3.0, 1.5e-4, global_fit("NuFIT 4.0")
    x = g_X * physics.evaluate("epsilon", g_X=g_X) if group == "Lmu-Ltau" else g_X**2
    total = 0.0
    for E, share in lines()["7Be"]:
        for flavour, p in zip(("e", "mu", "tau"), probabilities(E, "7Be", **fit), strict=True):

            def dsigma(T, E=E, flavour=flavour):
                return float(electron_cross_section(T, E, flavour, m_X, x, sin2_theta_W=0.2387, gauge_group=group))

            sigma = quad(dsigma, 0, largest_recoil(E, M_E), epsabs=0, epsrel=1e-9, limit=200)[0]
            total += share * fluxes("GS98")["7Be"][0] * p * sigma * 3.307e31 * 86400
    assert physics.evaluate("borexino_rate", m_X=m_X, g_X=g_X, gauge_group=group) == pytest.approx(total, rel=1e-8)


def test_window_changes_the_ratio_and_not_the_prediction():
    settings = {"m_X": 1.0, "g_X": 3e-5}
    whole, cut = physics.evaluate("borexino_rate_ratio", **settings, borexino_T_min=[0.0, 0.19])
    assert 1 < cut < whole  # light X prefers small recoils
    rates = physics.evaluate("borexino_rate", m_X=1.0, g_X=0.0, borexino_T_min=[0.0, 0.19, 0.3])
    np.testing.assert_allclose(rates, rates[0], rtol=1e-12)


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
    light = limit(np.array([1e-9, 1e-8]), borexino_T_min=0.19)
    assert light[1] == pytest.approx(light[0], rel=1e-6)  # with a window X's mass does not matter any more


def test_kinetic_mixing_rescales_the_limit():
    photon, hypercharge = limit(20.0, kinetic_mixing=["photon", "hypercharge"])
    assert photon / hypercharge == pytest.approx(1.5**0.5, rel=1e-12)
