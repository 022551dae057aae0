"""Observables of self-scattering: reference values, the three benchmarks of Fig. 3, reach, broadcasting."""

import numpy as np
import pytest

import physics
from physics import Status

KM_S = 1 / 299792.458
STAR = {"m_X": 10.0, "g_X": 5e-4}
SPEEDS = np.array([30.0, 200.0, 1000.0]) * KM_S
# (m_N1, m_phi) in GeV and MeV: sigma_T/m_N1 [cm^2/g] at 30, 200, 1000 km/s
PRINTED = {(10, 10): (2.985, 1.193, 0.0414), (20, 20): (11.59, 0.771, 0.0193), (40, 80): (2.163, 0.0964, 0.00299)}
CONSISTENT = {(10, 10): (1.914, 0.866, 0.0331), (20, 20): (32.84, 0.684, 0.01546), (40, 80): (1.047, 0.0803, 0.00251)}


def point(i):
    return {"m_X": i.get("mZp_MeV", 10.0), "g_X": i.get("gp", 5e-4), "m_N1": 1e3 * i["M1_GeV"], "m_phi": i["mphi_MeV"]}


def test_reference_values(reference):
    for i, value, tolerance in reference("sigma_T/M1"):
        ours = physics.evaluate("sidm_sigma_T_over_m", **point(i), v_rel=i["v_kms"] * KM_S, sidm_reading="printed")
        assert ours == pytest.approx(value, rel=max(tolerance, 2e-5))
    for i, value, tolerance in reference("<sigma_T v>/M1"):
        ours = physics.evaluate(
            "sidm_sigma_v_over_m", **point(i), v_mean=i["v_mean_kms"] * KM_S, sidm_reading="printed"
        )
        assert ours == pytest.approx(value, rel=max(tolerance, 2e-5))


@pytest.mark.parametrize(("reading", "table"), [("printed", PRINTED), ("consistent", CONSISTENT)])
def test_benchmarks(reading, table):
    for (m_N1, m_phi), row in table.items():
        at = {**STAR, "m_N1": 1e3 * m_N1, "m_phi": m_phi, "v_rel": SPEEDS, "sidm_reading": reading}
        np.testing.assert_allclose(physics.evaluate("sidm_sigma_T_over_m", **at), row, rtol=2e-3)


def test_transfer_at_rest_is_the_scattering_length():
    """Constant at low velocity: sigma_T is that of v_rel = 0."""
    at = {**STAR, "m_N1": 1e4, "m_phi": 50.0}
    slow = physics.evaluate("sidm_sigma_T_over_m", **at, v_rel=np.array([1e-7, 1e-6]))
    assert slow[0] == pytest.approx(slow[1], rel=1e-3)


def test_average_of_a_constant():
    at = {**STAR, "m_N1": 1e4, "m_phi": 200.0}
    sigma = physics.evaluate("sidm_sigma_T_over_m", **at, v_rel=1e-6)
    average = physics.evaluate("sidm_sigma_v_over_m", **at, v_mean=1e-6)
    assert average == pytest.approx(sigma * 1e-6 / KM_S, rel=1e-4)


def test_beyond_the_reach_of_the_phase_shifts():
    at = {**STAR, "m_N1": 1e5, "m_phi": np.array([0.01, 1.0, 10.0]), "v_rel": 5e-3}
    result = physics.evaluate_with_status("sidm_sigma_T_over_m", **at)["sidm_sigma_T_over_m"]
    assert result.status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OUTSIDE_DOMAIN, Status.OK]
    at = {**STAR, "m_N1": 1e5, "m_phi": np.array([1.0, 5.0]), "v_mean": 5e-3}
    result = physics.evaluate_with_status("sidm_sigma_v_over_m", **at)["sidm_sigma_v_over_m"]
    assert result.status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OK]


def test_axes_broadcast():
    at = {
        **STAR, "m_N1": np.array([5e3, 2e4, 8e4]).reshape(3, 1, 1), "m_phi": np.array([10.0, 40.0]).reshape(2, 1),
        "v_rel": SPEEDS,
    }  # fmt: skip
    names = ["sidm_sigma_T_over_m", "yukawa_relic", "delta_M_N", "sidm_sigma_V_over_m"]
    result = physics.evaluate(names, **at)
    assert [result[n].shape for n in names] == [(3, 2, 3), (3, 2, 1), (3, 2, 1), (3, 2, 3)]
    assert np.isfinite(result["sidm_sigma_T_over_m"]).all()


def test_phi_that_lives_too_long_scatters():
    at = {**STAR, "m_N1": 1e4, "m_phi": np.array([5.0, 15.0]), "v_rel": 1e-3}
    result = physics.evaluate_with_status(["tau_phi", "sidm_sigma_T_over_m"], **at)
    assert result["sidm_sigma_T_over_m"].status.tolist() == [Status.OK, Status.OK]
    assert result["tau_phi"].status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OK]


def test_a_bound_parameter_without_value_hangs_nothing():
    """m_phi bound to a width that is 0."""
    names = ["yukawa_relic", "sidm_sigma_T_over_m", "sidm_sigma_v_over_m", "tau_phi"]
    nothing = {"m_X": 10.0, "g_X": 5e-4, "m_N1": 1e4, "m_phi": physics.bound("gamma_X_taus")}
    for value, status in physics.evaluate_with_status(names, **nothing).values():
        assert np.isnan(value)
        assert status in (Status.OUTSIDE_DOMAIN, Status.INPUT_FAILED)
