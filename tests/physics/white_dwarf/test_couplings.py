"""Couplings of X to plasmons and neutrinos: that the choices reach the stars, B-L against independent formulas."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.graph import refusal
from physics.model.constants import E_CHARGE, G_F, SIN2_THETA_W
from physics.model.lagrangian import CHARGES
from physics.model.mixing import HYPERCHARGE_FACTOR, electron_coupling_per_g_X, mixing_per_coupling
from physics.white_dwarf.couplings import plasmon_couplings, printed_couplings
from physics.white_dwarf.emissivity import C_A, C_V
from physics.white_dwarf.tables import load

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
D_V = electron_coupling_per_g_X(mixing_per_coupling("photon"))
POINT = {"m_X": np.array([0.03, 10.0]), "g_X": 1e-6}
OF_PLASMONS = ("white_dwarf_excess", "white_dwarf_g_X", "white_dwarf_excess_heavy")
OF_PHOTONS = ("white_dwarf_damped_excess", "white_dwarf_mean_free_path", "white_dwarf_energy_loss")


def test_values():
    c = plasmon_couplings(D_V, CHARGES["Lmu-Ltau"])
    expected = next(v["value"] for v in REFERENCE if v["quantity"] == "d_V^e/g")
    assert c.d_V == pytest.approx(expected, rel=1e-9)
    assert (c.d_A, c.k2) == (0.0, 0.5)
    assert abs(c.k_V) < 1e-16
    printed = printed_couplings(D_V, CHARGES["Lmu-Ltau"])
    assert (printed.d_A / printed.d_V) ** 2 == pytest.approx(1.42e-3, rel=5e-3)
    assert printed.k2 == pytest.approx(0.5 + 3 * printed.d_A**2, rel=1e-14)


# ---- The choices reach the stars


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("white_dwarf_excess", 2),  # on the shell of X, and off it
        ("white_dwarf_excess_heavy", 2),
        ("white_dwarf_damped_excess", 2),
        ("white_dwarf_energy_loss", 2),
        ("white_dwarf_mean_free_path", -2),
        ("white_dwarf_eft_ratio", 1),
    ],
)
def test_kinetic_mixing(name, power):
    point = POINT | {"m_X": np.array([0.07, 1.0])}
    both = [physics.evaluate(name, kinetic_mixing=k, **point) for k in ("photon", "hypercharge")]
    there = np.isfinite(both[0])
    assert there.any()
    np.testing.assert_allclose((both[1] / both[0])[there], HYPERCHARGE_FACTOR**power, rtol=1e-4)


def test_kinetic_mixing_moves_the_line():
    both = [physics.evaluate("white_dwarf_g_X", m_X=[0.03, 10.0], kinetic_mixing=k) for k in ("photon", "hypercharge")]
    np.testing.assert_allclose(both[1] / both[0], [1 / HYPERCHARGE_FACTOR, HYPERCHARGE_FACTOR**-0.5], rtol=1e-6)


def test_every_observable_depends_on_the_couplings_or_on_none():
    names = [n for n in physics.observables() if n.startswith("white_dwarf")]
    assert len(names) == 10
    for name in names:
        parameters = set(physics.observables()[name].parameters)
        with_X = {"gauge_group", "kinetic_mixing", "m_X"}
        assert with_X <= parameters or not with_X & parameters, name


def test_what_b_minus_l_refuses():
    for name in (*OF_PHOTONS, "white_dwarf_eft_ratio"):
        status = physics.evaluate_with_status(name, gauge_group="B-L", **POINT)[name].status
        assert np.all(status == Status.OUTSIDE_DOMAIN), name
    for name in OF_PLASMONS:
        outcome = physics.evaluate_with_status(name, gauge_group="B-L", wd_reading="printed", **POINT)[name]
        assert np.all(outcome.status == Status.OUTSIDE_DOMAIN), name
    chosen = {p: v.default for p, v in physics.parameters().items() if v.choices}
    why = refusal("white_dwarf_excess", chosen | {"gauge_group": "B-L", "wd_reading": "printed"})
    assert why == "plasmon_couplings is not for wd_reading = printed, gauge_group = B-L together"
    strong = physics.evaluate_with_status("white_dwarf_excess", m_X=10.0, g_X=[6e-3, 7e-3], gauge_group="B-L")
    assert strong["white_dwarf_excess"].status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]


# ---- B-L


@pytest.mark.parametrize(("gauge_group", "g_X"), [("Lmu-Ltau", 1e-3), ("B-L", 1e-8), ("B-L", 3e-6), ("B-L", 1e-3)])
def test_contact_interaction(gauge_group, g_X):
    """Amaral et al. 2020, eqs. (14), (26)-(28): c_nu c_e/(2 sqrt(2) G_F m^2) in both couplings of the electron."""
    m_X, s2 = 5.0, SIN2_THETA_W
    c_e, c_nu = {
        "Lmu-Ltau": (physics.evaluate("epsilon", g_X=g_X) * E_CHARGE, [0.0, g_X, -g_X]),
        "B-L": (-g_X, [-g_X, -g_X, -g_X]),
    }[gauge_group]
    left, right = np.array([0.5 + s2, -0.5 + s2, -0.5 + s2]), s2
    shift = np.array(c_nu) * c_e / (2 * math.sqrt(2) * G_F * m_X**2)
    expected = np.sum((left + right + 2 * shift) ** 2) / np.sum((left + right) ** 2) - 1
    heavy = physics.evaluate("white_dwarf_excess_heavy", m_X=m_X, g_X=g_X, gauge_group=gauge_group)
    full = physics.evaluate("white_dwarf_excess", m_X=m_X, g_X=g_X, gauge_group=gauge_group)
    assert heavy == pytest.approx(expected, rel=1e-9 if heavy > 1e-3 else 1e-5)
    assert full == pytest.approx(expected, rel=3e-4)  # (q/m)^2, and the axial share


def test_emission_on_shell_goes_by_the_coupling_to_electrons():
    """As (c_e/e)^2, and no coupling or number of neutrinos is in it (test_emissivity.py has the emission itself)."""
    m = np.array([1e-3, 0.03, 0.06])
    mixed, charged = (
        physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-16, gauge_group=g) for g in ("Lmu-Ltau", "B-L")
    )
    np.testing.assert_allclose(charged / mixed, 1 / D_V**2, rtol=1e-9)


def test_width():
    """Three flavours: that of X in vacuum."""
    c = plasmon_couplings(-1.0, CHARGES["B-L"])
    width = physics.evaluate("gamma_X_neutrinos", m_X=0.03, g_X=1e-3, gauge_group="B-L")
    assert width == pytest.approx(c.k2 * 1e-6 * 0.03 / c.width, rel=1e-12)


def test_sign_of_the_interference():
    """More neutrinos by X heavier than the plasmons, fewer by lighter X: 2 sqrt(2)/G_F <C_V k d_V/(m^2 - s)>."""
    tables = load(1.0, 1e8)
    squares = np.sum(C_V**2) * (tables.M_0[0] + tables.M_0[1]) + np.sum(C_A**2) * tables.M_0[2]
    unit = math.sqrt(2) / G_F * np.sum(C_V) / squares
    heavy, massless = physics.evaluate("white_dwarf_excess", m_X=[100.0, 1e-15], g_X=1e-12, gauge_group="B-L")
    assert heavy == pytest.approx(unit * (tables.M_0[0] + tables.M_0[1]) / 1e4 * 1e-24, rel=1e-5)
    assert massless == pytest.approx(-unit * tables.F_0[0] * 1e-24, rel=1e-5)


def test_which_weak_angle():
    """One-loop couplings of electrons with s2 = 0.23122: sum C_V^2 is 2.0 % smaller; with 0.2387: 2.9 % more."""

    def squares(rho, s2):
        signs = np.array([0.5, -0.5, -0.5])
        vector = np.array([1.0, 0.0, 0.0]) - rho * 0.5 + 2 * rho * s2 * np.array([0.9794, 0.9970, 0.9970])
        return np.sum(vector**2) if rho != 1 else np.sum((signs + 2 * s2) ** 2)

    assert squares(1, SIN2_THETA_W) == pytest.approx(np.sum(C_V**2), rel=1e-12)
    assert squares(1.0126, 0.23122) / np.sum(C_V**2) == pytest.approx(0.980, abs=1e-3)
    assert squares(1, 0.2387) / np.sum(C_V**2) == pytest.approx(1.029, abs=1e-3)
