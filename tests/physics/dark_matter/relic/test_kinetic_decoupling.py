"""Kinetic decoupling: its definition, its scaling, and where there is none."""

import math

import numpy as np
import pytest
from scipy import integrate

import physics
from physics import Status
from physics.early_universe.degrees_of_freedom import neutrino_temperature_ratio

POINT = {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0, "mass_ratio": 0.501}
WEAK = {"m_X": 10.0, "mass_ratio": 0.48, "q_psi": 1.0}
NAMES = ["relic_density", "kinetic_decoupling_x"]


def test_kinetic_decoupling():
    point = POINT
    x = physics.evaluate("kinetic_decoupling_x", **point)
    low = physics.evaluate("kinetic_decoupling_x", **{**point, "q_psi": 0.25})
    assert 20 < low < x < 60
    assert x / low == pytest.approx(2.0, rel=0.06)  # gamma/H ~ q^2 T^4, but for g_*(T), T_nu/T and the propagator
    outcome = physics.evaluate_with_status(["kinetic_decoupling_x"], **{**point, "g_X": 1e-7})["kinetic_decoupling_x"]
    assert int(outcome.status) == Status.NO_SOLUTION
    assert (
        physics.evaluate_with_status(["kinetic_decoupling_x"], **{**point, "q_psi": 0.0})["kinetic_decoupling_x"].status
        == Status.NO_SOLUTION
    )


def test_asymptotic_temperature_defines_decoupling():
    """dT/du = -2T + (T_nu/T_star)^4 (T_nu - T), T_nu = exp(-u): T -> T_nu^2/T_kd, T_kd = sqrt(2)/Gamma(3/4) T_star."""
    solution = integrate.solve_ivp(
        lambda u, log_T: [-2 + math.exp(-4 * u) * math.expm1(-u - log_T[0])],
        (-3, 8), [3.0], method="Radau", rtol=1e-9, atol=1e-10,
    )  # fmt: skip
    T_kd = math.exp(-2 * 8 - solution.y[0, -1])
    assert T_kd == pytest.approx(math.sqrt(2) / math.gamma(0.75), rel=1e-4)


def test_neutrinos_that_decouple_early_are_colder_and_let_psi_go_earlier():
    """gamma = H at T_nu^4 ~ (T/T_nu)^2: x_kd goes like the root of T_nu/T, if neither g_* nor the propagator matter."""
    T = np.array([1e-5, 1e-3, 0.3, 0.5, 2.3, 30.0, 1e3])
    x = physics.evaluate("kinetic_decoupling_x", **POINT, T_nu_decoupling=T)
    assert x[0] == x[1]
    assert (np.diff(x)[1:] < 0).all()
    assert x[4] == physics.evaluate("kinetic_decoupling_x", **POINT)
    light = {"m_X": 15.0, "g_X": 4e-2, "mass_ratio": 0.501, "q_psi": 1.0}  # decouples below 10 keV
    warm, cold = physics.evaluate("kinetic_decoupling_x", **light, T_nu_decoupling=np.array([1e-6, 2.3]))
    assert 7.5 / cold < 0.01
    assert cold / warm == pytest.approx(math.sqrt(neutrino_temperature_ratio(1e-6)), rel=1e-3)


def test_decoupling_temperatures_along_any_axis():
    T = np.array([[1.0], [2.3], [1.0]])
    x = physics.evaluate("kinetic_decoupling_x", **POINT | {"q_psi": np.array([0.5, 1.0])}, T_nu_decoupling=T)
    assert x.shape == (3, 2)
    assert (x[0] == x[2]).all()
    for i, j in ((0, 1), (1, 0)):
        alone = POINT | {"q_psi": (0.5, 1.0)[j], "T_nu_decoupling": T[i, 0]}
        assert physics.evaluate("kinetic_decoupling_x", **alone) == x[i, j]


def test_coupled_has_a_value_where_psi_never_was():
    """psi is made by annihilation of neutrinos, as warm as they are, and then left alone: test_phase_space.py."""
    g_X = np.array([3e-6, 1e-5, 5e-4])
    outcome = physics.evaluate_with_status(NAMES, **WEAK, g_X=g_X, relic_method="coupled")
    assert outcome["kinetic_decoupling_x"].status.tolist() == [Status.NO_SOLUTION, Status.NO_SOLUTION, Status.OK]
    assert outcome["relic_density"].status.tolist() == [Status.OK] * 3
    reference = physics.evaluate("relic_density", **WEAK, g_X=g_X, relic_method="phase-space")
    np.testing.assert_allclose(np.log(outcome["relic_density"].value / reference), 0, atol=math.log(2))


def test_psi_that_never_decouples_is_coupled():
    """To the end of the tables: kinetic_decoupling_x is not converged, the density is there."""
    outcome = physics.evaluate_with_status(
        NAMES, m_X=0.01, g_X=1e-2, mass_ratio=0.7, q_psi=10.0, relic_method="coupled"
    )
    assert outcome["kinetic_decoupling_x"].status == Status.NOT_CONVERGED
    assert outcome["relic_density"].status == Status.OK
