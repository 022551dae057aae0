"""Rates of 7Be neutrinos in Borexino: direct integration, the window of recoils, radiative corrections."""

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics.model.constants import M_E
from physics.neutrino.borexino_rates import measurements
from physics.neutrino.cross_sections import electron_cross_section, largest_recoil
from physics.neutrino.oscillation import global_fit, probabilities
from physics.neutrino.solar import fluxes, lines

BOTH_SUNS = ["GS98", "AGSS09"]


@pytest.mark.parametrize(("couplings", "within"), [("tree", 1e-8), ("corrected", 1e-6)])
@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
def test_rate_against_direct_integration(group, couplings, within):
    m_X, g_X, fit = 3.0, 1.5e-4, global_fit("NuFIT 6.1")
    choices = {"electron_couplings": couplings, "gauge_group": group}
    x = g_X * physics.evaluate("epsilon", g_X=g_X) if group == "Lmu-Ltau" else g_X**2
    total = 0.0
    for E, share in lines()["7Be"]:
        for flavour, p in zip(("e", "mu", "tau"), probabilities(E, "7Be", **fit), strict=True):

            def dsigma(T, E=E, flavour=flavour):
                return float(electron_cross_section(T, E, flavour, m_X, x, **choices))

            sigma = quad(dsigma, 0, largest_recoil(E, M_E), epsabs=0, epsrel=1e-9, limit=200)[0]
            total += share * fluxes("GS98")["7Be"][0] * p * sigma * 3.307e31 * 86400
    ours = physics.evaluate("borexino_rate", m_X=m_X, g_X=g_X, borexino_recoil_window="all", **choices)
    assert ours == pytest.approx(total, rel=within)


def test_window_changes_the_ratio_and_not_the_prediction():
    given = {"m_X": 1.0, "borexino_recoil_window": "given"}
    whole, cut = physics.evaluate("borexino_rate_ratio", **given, g_X=3e-5, borexino_T_min=[0.0, 0.19])
    assert 1 < cut < whole  # light X prefers small recoils
    rates = physics.evaluate("borexino_rate", **given, g_X=0.0, borexino_T_min=[0.0, 0.19, 0.3])
    np.testing.assert_allclose(rates, rates[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"electron_couplings": "tree", "sin2_theta_W_electrons": 0.2387}, (49.44, 45.12)),
        ({"electron_couplings": "tree"}, (48.76, 44.50)),
        ({}, (47.84, 43.67)),
        ({"sin2_theta_W_electrons": 0.2317}, (47.89, 43.70)),
    ],
)
def test_rates_with_and_without_radiative_corrections(settings, rates):
    ours = physics.evaluate(
        "borexino_rate", m_X=20.0, g_X=0.0, metallicity=BOTH_SUNS, **settings, **global_fit("NuFIT 4.0")
    )
    assert ours == pytest.approx(rates, abs=0.006)


def test_quoted_rates():
    quoted = physics.evaluate("borexino_rate", m_X=20.0, g_X=0.0, metallicity=BOTH_SUNS, borexino_prediction="quoted")
    assert quoted == pytest.approx([47.9, 43.7])
    for (rate, error), of_paper in zip(measurements()["quoted"].values(), (0.058, 0.058), strict=True):
        assert error / rate == pytest.approx(of_paper, abs=0.001)
