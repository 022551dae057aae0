"""Annihilation: the cross section, its limits, today's rates, and which channels count."""

import math

import pytest

import physics
from physics.dark_matter.annihilation import cross_section
from physics.model.constants import M_E, M_MU, SIGMA_V_CM3_PER_S
from physics.model.mixing import electron_coupling


def test_cross_section_limits():
    # massless, X massless: e^4/(12 pi s) with charges = e^2
    assert cross_section(1e4, 1e-9, 1e-9, 0.1, 0.0) == pytest.approx(0.01 / (12 * math.pi * 1e4), rel=1e-12)
    assert cross_section(4 * M_MU**2, 1e3, 50.0, 0.1, 1.0, M_MU) == 0


@pytest.mark.parametrize("v_rel", [1e-4, 0.3, 1.5])
@pytest.mark.parametrize(("name", "m_f"), [("sigma_v_neutrinos_today", 0.0), ("sigma_v_electrons_today", float(M_E))])
def test_sigma_v_today_is_the_cross_section(name, m_f, v_rel):
    point = {"m_X": 5.0, "g_X": 1e-3, "mass_ratio": 0.7, "q_psi": 0.8, "mixing_momentum": "zero"}
    m_psi = 3.5
    s = 4 * m_psi**2 / (1 - v_rel**2 / 4)
    values = physics.evaluate(["epsilon", "gamma_X"], **point)
    coupling = 1e-3 if m_f == 0 else electron_coupling(values["epsilon"])
    expected = v_rel * cross_section(s, 5.0, m_psi, 0.8 * 1e-3 * coupling, values["gamma_X"], m_f)
    got = physics.evaluate(name, **point, v_rel=v_rel)
    assert got == pytest.approx(expected * SIGMA_V_CM3_PER_S, rel=1e-7 / v_rel**2 * 1e-7 + 1e-12, abs=0)


def test_sigma_v_electrons_closed():
    assert physics.evaluate("sigma_v_electrons_today", m_X=0.8, g_X=1e-3, mass_ratio=0.6, q_psi=1) == 0


def test_annihilation_channels_choose_the_width():
    on_the_pole = {"m_X": 20.0, "g_X": 1e-3, "mass_ratio": 0.5, "q_psi": 1.0, "v_rel": 1e-9}
    every, neutrinos = (
        physics.evaluate("sigma_v_neutrinos_today", **on_the_pole, annihilation_channels=c)
        for c in ("all", "neutrinos")
    )
    ee = physics.evaluate(["gamma_X_electrons", "gamma_X_neutrinos"], m_X=20.0, g_X=1e-3)
    share = ee["gamma_X_electrons"] / ee["gamma_X_neutrinos"]
    assert neutrinos / every == pytest.approx((1 + share) ** 2, rel=1e-9)
