"""Boost factors of Drees & Zhao 2021, and the mass bound of the 511 keV line."""

import numpy as np
import pytest

import physics
from physics import Status

POINT = {"m_X": 23.0, "g_X": 4.5e-4, "q_psi": 1.0}


def test_estimates_are_those_of_the_paper():
    r = np.array([0.5 + 1e-12, 0.5033])  # the width decides, delta decides
    width = physics.evaluate("gamma_X", **POINT, mass_ratio=0.6) / POINT["m_X"]
    estimate = physics.evaluate("boost_factor_estimate", **POINT, mass_ratio=r)
    assert estimate == pytest.approx([0.1 / width, 0.1 / (4 * 0.5033**2 - 1)], rel=1e-9)
    now = physics.evaluate("sigma_v_today_estimate", **POINT, mass_ratio=0.5033)
    assert now / (1e-36 * 2.99792458e10) == pytest.approx(0.1 / (4 * 0.5033**2 - 1), rel=1e-9)


def test_boost_factor_is_today_over_then():
    names = ["boost_factor", "sigma_v_neutrinos_thermal", "sigma_v_freeze_out"]
    v = physics.evaluate(names, **POINT, mass_ratio=[0.35, 0.5033])
    assert v["boost_factor"] == pytest.approx(v["sigma_v_neutrinos_thermal"] / v["sigma_v_freeze_out"])
    assert v["boost_factor"][0] < 1e-2  # below the pole it fades
    assert v["boost_factor"][1] > 10


def test_estimates_hold_above_the_pole_only():
    _, status = physics.evaluate_with_status("boost_factor_estimate", **POINT, mass_ratio=[0.4, 0.6])[
        "boost_factor_estimate"
    ]
    assert status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OK]


def test_the_511_keV_line_wants_light_psi():
    at = {**POINT, "m_X": 100.0, "mass_ratio": [0.19, 0.21, 0.49, 0.51]}
    for bound, inside in ((20.0, 1), (50.0, 3)):
        _, status = physics.evaluate_with_status("positron_production_511", **at, m_psi_511_max=bound)[
            "positron_production_511"
        ]
        assert status.tolist() == [Status.OK] * inside + [Status.OUTSIDE_DOMAIN] * (4 - inside)
