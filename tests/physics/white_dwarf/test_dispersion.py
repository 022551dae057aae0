"""Plasmons: independent values, limits, and where series and closed forms meet."""

import json
from pathlib import Path

import numpy as np
import pytest

from physics.model.constants import ATOMIC_MASS_G, HBARC_MEV_CM, K_B
from physics.white_dwarf import dispersion as p
from physics.white_dwarf.electron_gas import electron_gas_of_density

REFERENCE = [
    v
    for v in json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
    if v["quantity"].split()[0] in ("omega_t/omega_p", "omega_l/omega_p", "Z_t", "Z_l", "Pi_A")
]


def gas_of(inputs):
    return electron_gas_of_density(
        inputs["rho_Ye_g_cm3"] / ATOMIC_MASS_G * HBARC_MEV_CM**3, K_B * inputs["T_K"]
    ), K_B * inputs["T_K"]


@pytest.mark.parametrize("row", REFERENCE, ids=lambda v: f"{v['quantity']} {v['inputs']}")
def test_reference_values(row):
    gas, T = gas_of(row["inputs"])
    omega_p = np.sqrt(gas.omega_p2)
    k = omega_p * row["inputs"].get("k_over_omega_p", 0.5)
    transverse = p.transverse_frequency(k, gas.omega_p2, gas.v_star)
    longitudinal = p.longitudinal_frequency(min(k, omega_p), gas.omega_p2, gas.v_star)
    if k < p.longitudinal_k_max(gas.omega_p2, gas.v_star):
        longitudinal = p.longitudinal_frequency(k, gas.omega_p2, gas.v_star)
    q2 = transverse**2 - k**2
    got = {
        "omega_t/omega_p": lambda: transverse / omega_p,
        "omega_l/omega_p": lambda: longitudinal / omega_p,
        "Z_t": lambda: p.transverse_residue(k, transverse, gas.omega_p2, gas.v_star),
        "Z_l": lambda: p.longitudinal_residue(k, longitudinal, gas.omega_p2, gas.v_star),
        "Pi_A": lambda: p.axial_polarisation(k, q2, gas.omega_p2, gas.v_star, gas.omega_a) * 1e6,
        "Pi_A exact integral": lambda: p.axial_polarisation_one_loop(k, transverse, float(gas.mu), T) * 1e6,
    }[row["quantity"]]()
    assert float(got) == pytest.approx(row["value"], rel=1e-11)


@pytest.mark.parametrize("g", [p.g_t, p.g_l, p.g_t_slope, p.g_l_slope])
def test_series_meets_closed_form(g):
    below, above = g(np.array([0.06 * (1 - 1e-12), 0.06]))
    assert below == pytest.approx(above, rel=3e-10)


@pytest.mark.parametrize(("g", "slope"), [(p.g_t, p.g_t_slope), (p.g_l, p.g_l_slope)])
def test_slopes(g, slope):
    u, h = np.array([0.03, 0.3, 0.9]), 1e-4
    np.testing.assert_allclose((g(u + h) - g(u - h)) / (2 * h), slope(u), rtol=1e-5)


@pytest.mark.parametrize("v", [1e-3, 0.3, 0.9, 0.999])
def test_dispersion_relations_hold(v):
    k = np.geomspace(1e-6, 1e4, 60)
    omega = p.transverse_frequency(k, 1.0, v)
    np.testing.assert_allclose(omega**2, k**2 + p.g_t(v * k / omega), rtol=1e-12)
    k = k[k < p.longitudinal_k_max(1.0, v)]
    omega = p.longitudinal_frequency(k, 1.0, v)
    np.testing.assert_allclose(omega**2, p.g_l(v * k / omega), rtol=1e-12)
    assert np.isnan(p.longitudinal_frequency(1.01 * p.longitudinal_k_max(1.0, v), 1.0, v))
    at_rest = p.transverse_residue(1e-9, 1.0, 1.0, v), p.longitudinal_residue(1e-9, 1.0, 1.0, v)
    np.testing.assert_allclose(at_rest, 1.0, rtol=1e-12)


@pytest.mark.parametrize("v", [0.3, 0.9])
def test_residues_are_derivatives(v):
    """Z_t = 1/(1 - d Pi_T/d omega^2), and omega_l^2 Z_l likewise of the longitudinal propagator."""
    k, h = 0.7, 1e-5
    w2 = float(p.transverse_frequency(k, 1.0, v)) ** 2

    def derivative(f, at):
        return (f(at * (1 + h)) - f(at * (1 - h))) / (2 * h * at)

    slope = derivative(lambda x: p.g_t(v * k / np.sqrt(x)), w2)
    assert p.transverse_residue(k, np.sqrt(w2), 1.0, v) == pytest.approx(1 / (1 - slope), rel=1e-8)
    w2 = float(p.longitudinal_frequency(k, 1.0, v)) ** 2
    slope = derivative(lambda x: p.g_l(v * k / np.sqrt(x)) / x, w2)  # of 1 - omega_p^2 g_l/omega^2
    assert p.longitudinal_residue(k, np.sqrt(w2), 1.0, v) == pytest.approx(-1 / (w2 * slope), rel=1e-8)
