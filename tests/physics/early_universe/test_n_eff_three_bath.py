import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

import physics
from physics.core.errors import InvalidParameterError
from physics.early_universe.gas import BOSONS, FERMIONS, ideal_gas

VALUES = json.loads((Path(__file__).parents[2] / "data" / "kamada-2018.json").read_text())["values"]
PAPER = {"g_X": 5e-4, "x_energy_transfer": "paper"}


def three_bath(m_X, epsilon=None, **settings):
    return physics.evaluate("n_eff_three_bath", m_X=m_X, epsilon_override=epsilon, **{**PAPER, **settings})


def values(quantity):
    rows = [v for v in VALUES if v["quantity"] == quantity]
    assert rows, quantity
    return [pytest.param(v["inputs"], v["value"], id=str(v["inputs"])) for v in rows]


@pytest.mark.parametrize(("inputs", "value"), [*values("Neff_ODE"), *values("Neff_ODE_phi")])
def test_reference_values(inputs, value):
    phi = {"m_phi": inputs["mphi_MeV"]} if "mphi_MeV" in inputs else {}
    found = three_bath(inputs["mZp_MeV"], inputs["eps"], T_nu_mu_tau_decoupling=inputs.get("Tdec_MeV", 1.5), **phi)
    assert found == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(("inputs", "value"), [*values("Neff_entropy"), *values("Neff_entropy_phi")])
def test_without_mixing(inputs, value):
    phi = {"m_phi": inputs["mphi_MeV"]} if "mphi_MeV" in inputs else {}
    found = three_bath(inputs["mZp_MeV"], 0.0, T_nu_mu_tau_decoupling=inputs.get("Tdec_MeV", 1.5), **phi)
    assert found == pytest.approx(value, abs=1e-6)


def entropy(T, *particles):
    """Of (m, spins, statistics), over T^3."""
    total = 0.0
    for m, spins, statistics in particles:
        if m / T < 600:
            rho, P = ideal_gas(np.array([m / T]), statistics)[0, :2]
            total += spins * (rho + P) * math.exp(-m / T)
    return total


@pytest.mark.parametrize("T_dec", [0.5, 1.5, 3.0, 20.0])
@pytest.mark.parametrize(("m_X", "m_phi"), [(2.0, None), (8.0, None), (8.0, 12.0), (40.0, None)])
def test_closed_form_without_mixing(m_X, m_phi, T_dec):
    """Each bath keeps its entropy."""
    photons, flavour = 4 / 3 * math.pi**2 / 15, 4 / 3 * 7 * math.pi**2 / 120
    company = [(m_X, 3, BOSONS), *([(m_phi, 1, BOSONS)] if m_phi else [])]
    plasma = 1 + entropy(T_dec, (0.51099895, 4, FERMIONS)) / photons
    neutrinos = 1 + entropy(T_dec, *company) / (2 * flavour)
    exact = (11 / 4 / plasma) ** (4 / 3) * (1 + 2 * neutrinos ** (4 / 3))
    assert three_bath(m_X, 0.0, m_phi=m_phi, T_nu_mu_tau_decoupling=T_dec) == pytest.approx(exact, rel=1e-6)


def test_standard_model():
    [expected] = [v["value"] for v in VALUES if v["quantity"] == "Neff_SM_threebath"]
    assert three_bath(1e4) == pytest.approx(expected, abs=1e-6)


def test_override():
    own = -physics.evaluate("epsilon", g_X=5e-4)
    assert three_bath(10.0) == three_bath(10.0, own) == three_bath(10.0, -own)
    assert three_bath(10.0, [None, 0.0]).tolist() == [three_bath(10.0), three_bath(10.0, 0.0)]
    assert three_bath(10.0, 0.0) == three_bath(10.0, 0.0, g_X=1e-3)
    with pytest.raises(InvalidParameterError, match="epsilon_override"):
        three_bath(10.0, 1.5)


def test_closed_channel():
    """Below 2 m_e X does not decay into electrons."""
    assert three_bath(1.0, 1e-3) == three_bath(1.0, 0.0)


def test_strong_mixing_is_one_bath_until_X_is_gone():
    """More than enough: N_eff depends on the mixing by logarithms."""
    weaker, stronger = three_bath(10.0, [1e-4, 1e-2])
    assert weaker < stronger < weaker + 1.0


def test_energy_transfer():
    """Gamma m n transfers less than Gamma rho."""
    assert three_bath(10.0, 7.2e-6, x_energy_transfer="exact") == pytest.approx(3.5383, abs=1e-4)
    assert three_bath(10.0, 7.2e-6, x_energy_transfer="paper") == pytest.approx(3.5403, abs=1e-4)


@pytest.mark.parametrize(("T_dec", "bound"), [(1.0, 4.37), (1.5, 6.30), (2.0, 8.29), (3.0, 12.3)])
def test_the_bound_without_mixing_is_that_of_the_decoupling(T_dec, bound):
    found = brentq(lambda m: three_bath(m, 0.0, T_nu_mu_tau_decoupling=T_dec) - 3.5, 2, 30)
    assert found == pytest.approx(bound, abs=0.01 * bound)


def test_domain():
    assert physics.evaluate_with_status("n_eff_three_bath", m_X=1e-4, g_X=1e-3)["n_eff_three_bath"].status == 2
    bl = physics.evaluate_with_status("n_eff_three_bath", m_X=10, g_X=1e-3, gauge_group="B-L")
    assert bl["n_eff_three_bath"].status == 2
