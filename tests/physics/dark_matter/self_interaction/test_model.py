"""Masses and couplings: reference values, consistency, refusals."""

import math

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.graph import refusal

STAR = {"m_X": 10.0, "g_X": 5e-4, "m_phi": 10.0, "m_N1": 1e4}
PRINTED = {"sidm_reading": "printed"}
OBSERVABLES = ["yukawa_relic", "delta_M_N", "sidm_alpha", "sidm_sigma_T_over_m", "sidm_sigma_v_over_m", "tau_phi"]


def test_reference_values(reference):
    for name, quantity, unit in (("yukawa_relic", "y_relic", 1), ("delta_M_N", "Delta_M", 1e3)):
        for i, value, tolerance in reference(quantity):
            ours = physics.evaluate(name, m_X=i["mZp_MeV"], g_X=i["gp"], m_N1=1e3 * i["M1_GeV"], **PRINTED) / unit
            assert ours == pytest.approx(value, rel=max(tolerance, 1e-8))


def test_printed_needs_no_m_phi():
    assert "m_phi" not in physics.core.graph.parameters_of("yukawa_relic", choices={"sidm_reading": ["printed"]})


@pytest.mark.parametrize("reading", ["consistent", "printed"])
def test_potential(reading):
    """(19): dM_1/dphi = -y/sqrt(2), so that the two N1 attract with y^2/2; (22) has y^2."""
    y, alpha = physics.evaluate(["yukawa_relic", "sidm_alpha"], **STAR, sidm_reading=reading).values()
    assert alpha * 4 * math.pi / y**2 == pytest.approx({"consistent": 0.5, "printed": 1.0}[reading], rel=1e-12)


def test_higgs_low_energy_theorem():
    """M_1(phi) = m_N - y (v + phi)/sqrt(2): half the splitting over v is the coupling of (19)."""
    y, splitting = physics.evaluate(["yukawa_relic", "delta_M_N"], **STAR).values()
    assert splitting / 2 / (10 / 5e-4) == pytest.approx(y / math.sqrt(2), rel=1e-12)


def test_quartic_coupling():
    assert physics.evaluate("lambda_phi", **STAR) == pytest.approx(5e-7, rel=1e-12)
    y, ratio = physics.evaluate(["yukawa_relic", "lambda_phi_loop_ratio"], **STAR).values()
    assert ratio == pytest.approx(y**4 / (16 * math.pi**2) / 5e-7, rel=1e-12)


def test_no_perturbative_coupling_is_no_solution():
    for reading in ("consistent", "printed"):
        at = {**STAR, "m_N1": np.array([1e4, 1e8]), "sidm_reading": reading}
        result = physics.evaluate_with_status(["yukawa_relic", "sidm_sigma_T_over_m"], **at)
        assert result["yukawa_relic"].status.tolist() == [Status.OK, Status.NO_SOLUTION]
        assert result["sidm_sigma_T_over_m"].status.tolist() == [Status.OK, Status.INPUT_FAILED]


def test_channels_that_are_closed():
    at = {**STAR, "m_N1": 100.0, "m_phi": np.array([50.0, 150.0, 250.0])}
    result = physics.evaluate_with_status(["yukawa_relic", "sidm_sigma_T_over_m"], **at)
    assert result["yukawa_relic"].status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN, Status.OUTSIDE_DOMAIN]
    assert result["sidm_sigma_T_over_m"].status.tolist() == [Status.OK, Status.INPUT_FAILED, Status.OUTSIDE_DOMAIN]


@pytest.mark.parametrize("name", OBSERVABLES)
def test_b_minus_l_is_refused(name):
    value, status = physics.evaluate_with_status(name, **STAR, gauge_group="B-L")[name]
    assert np.isnan(value)
    assert status == Status.OUTSIDE_DOMAIN
    choices = {p: str(d) for p, d in physics.observables()[name].parameters.items() if physics.parameters()[p].choices}
    assert "gauge_group = Lmu-Ltau" in refusal(name, choices | {"gauge_group": "B-L"})


@pytest.mark.parametrize("name", OBSERVABLES)
def test_psi_has_nothing_to_do_with_it(name):
    assert not {"mass_ratio", "q_psi"} & physics.observables()[name].parameters.keys()
    kept = set(physics.observables()[name].parameters)
    assert physics.evaluate(name, **{p: v for p, v in {**STAR, "m_phi": 15.0}.items() if p in kept}) > 0


def test_without_coupling_there_is_no_vev():
    result = physics.evaluate_with_status("yukawa_relic", **{**STAR, "g_X": 0.0})["yukawa_relic"]
    assert result.status == Status.OUTSIDE_DOMAIN


@pytest.mark.parametrize("name", [*OBSERVABLES, "lambda_phi", "lambda_phi_loop_ratio", "gamma_phi_XX"])
def test_without_phi_there_is_no_value(name):
    value, status = physics.evaluate_with_status(name, **{**STAR, "m_phi": None})[name]
    assert np.isnan(value)
    assert status in (Status.OUTSIDE_DOMAIN, Status.INPUT_FAILED)
