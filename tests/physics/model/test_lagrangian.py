"""B-L instead of Lmu-Ltau: by its charges where these are all that a formula needs, refused elsewhere."""

import math

import numpy as np
import pytest

import physics
from physics import Status
from physics.model.constants import E_CHARGE

POINT = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}
EPSILON_E = E_CHARGE * physics.evaluate("epsilon", g_X=1.0)


def ratio(name, **point):
    """Value for B-L over that for Lmu-Ltau."""
    point = {**POINT, "mixing_momentum": "zero", **point}
    values = {group: physics.evaluate(name, **point, gauge_group=group) for group in ("B-L", "Lmu-Ltau")}
    return values["B-L"] / values["Lmu-Ltau"]


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("gamma_X_neutrinos", {}, 1.5),  # three flavours, not two
        ("gamma_X_muons", {"m_X": 400.0}, 1.0),
        ("gamma_X_taus", {"m_X": 4000.0}, 1.0),
        ("gamma_X_dark_matter", {"mass_ratio": 0.3}, 1.0),
        ("gamma_X_electrons", {}, EPSILON_E**-2),
        ("delta_a_mu", {}, 1.0),
        ("sigma_monophoton", {}, EPSILON_E**-2),
        ("sigma_psi_electron", {}, EPSILON_E**-2),
        ("sigma_v_neutrinos_today", {"mass_ratio": 0.7}, 1.5),  # far from the pole the width does not matter
        ("sigma_v_electrons_today", {"mass_ratio": 0.7}, EPSILON_E**-2),
        ("cmb_ratio", {"mass_ratio": 0.7}, EPSILON_E**-2),
        ("positron_production_511", {"mass_ratio": 0.7}, EPSILON_E**-2),
    ],
)
def test_b_minus_l_by_its_charges(name, point, expected):
    assert ratio(name, **point) == pytest.approx(expected, rel=1e-6)


def test_total_width_of_b_minus_l_below_the_hadrons():
    """Three neutrinos and an electron far above threshold: (3/2 + 1) g^2 m/(12 pi)."""
    width = physics.evaluate("gamma_X", **POINT | {"mass_ratio": None}, gauge_group="B-L")
    assert width == pytest.approx(2.5 * POINT["g_X"] ** 2 * POINT["m_X"] / (12 * math.pi), rel=1e-5)
    value, status = physics.evaluate_with_status("gamma_X", **POINT | {"m_X": 700.0}, gauge_group="B-L")["gamma_X"]
    assert np.isnan(value)
    assert status == Status.OUTSIDE_DOMAIN


@pytest.mark.parametrize("name", ["epsilon", "n_eff_entropy", "n_eff_entropy_X_only"])
def test_b_minus_l_is_refused_where_charges_do_not_suffice(name):
    value, status = physics.evaluate_with_status(name, **POINT, gauge_group=["Lmu-Ltau", "B-L"])[name]
    assert status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]
    assert np.isnan(value).tolist() == [False, True]
