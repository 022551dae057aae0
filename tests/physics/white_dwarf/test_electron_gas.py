"""Electrons in equilibrium: independent values and limits."""

import json
from pathlib import Path

import numpy as np
import pytest

from physics.model.constants import ATOMIC_MASS_G, HBARC_MEV_CM, K_B, M_E
from physics.white_dwarf import electron_gas as e

VALUES = {
    "mu (incl. m_e)": lambda gas: gas.mu,
    "omega_p": lambda gas: np.sqrt(gas.omega_p2) * 1e6,
    "v_*=omega_1/omega_p": lambda gas: gas.v_star,
    "omega_A": lambda gas: gas.omega_a * 1e6,
}
REFERENCE = [
    v
    for v in json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
    if "rho_Ye_g_cm3" in v["inputs"] and v["quantity"] in VALUES
]


@pytest.mark.parametrize("row", REFERENCE, ids=lambda v: f"{v['quantity']} {v['inputs']}")
def test_reference_values(row):
    n_e = row["inputs"]["rho_Ye_g_cm3"] / ATOMIC_MASS_G * HBARC_MEV_CM**3
    gas = e.electron_gas_of_density(n_e, K_B * row["inputs"]["T_K"])
    assert float(VALUES[row["quantity"]](gas)) == pytest.approx(row["value"], rel=1e-11)


def test_density_and_back():
    n = np.geomspace(1e-12, 1e2, 30)
    np.testing.assert_allclose(e.electron_gas_of_density(n, 8.6e-3).n_e, n, rtol=1e-13)


def test_cold_gas_is_degenerate():
    cold, exact = e.degenerate(1.0), e.electron_gas_of_density(1.0, 1e-5)
    for name in ("mu", "omega_p2", "v_star", "omega_a"):
        assert float(getattr(exact, name)) == pytest.approx(float(getattr(cold, name)), rel=1e-8)


def test_dilute_gas_is_classical():
    """To first order in T/m: the next is 1e-5 of it at T/m = 2e-3."""
    dilute, exact = e.classical(1e-12, 1e-3), e.electron_gas_of_density(1e-12, 1e-3)
    for name, tolerance in (("mu", 1e-6), ("omega_p2", 3e-5), ("omega_a", 1e-4), ("v_star", 1e-2)):
        assert float(getattr(exact, name)) == pytest.approx(float(getattr(dilute, name)), rel=tolerance)


def test_two_regimes_are_the_limits():
    T = 8.6e-3
    assert e.two_regimes(10.0, T).v_star == e.degenerate(10.0).v_star
    assert e.two_regimes(1e-9, T).v_star == e.classical(1e-9, T).v_star
    n = np.geomspace(1e-8, 1e2, 200)
    ratio = e.two_regimes(n, T).omega_p2 / e.electron_gas_of_density(n, T).omega_p2
    assert np.max(np.abs(ratio - 1)) < 0.03


def test_rest_mass_is_in_the_chemical_potential():
    assert e.electron_gas_of_density(1e-3, 1e-4).mu > M_E
