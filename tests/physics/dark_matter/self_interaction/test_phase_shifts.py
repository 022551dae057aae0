"""Phase shifts against Taylor series, reference values, Born's limit and Levinson's theorem."""

import math

import numpy as np
import pytest

from physics.dark_matter.self_interaction.phase_shifts import born_phase_shifts, highest_wave, phase_shifts


def modulo_pi(x):
    return (x + math.pi / 2) % math.pi - math.pi / 2


def test_reference_values(reference):
    for inputs, value, _ in reference("delta_l"):
        shift = phase_shifts(float(inputs["kappa"]), float(inputs["b"]), 2 * inputs["l"] + 2)[inputs["l"]]
        assert abs(modulo_pi(shift - value)) < 1e-5, inputs


def test_the_tight_integrator_agrees_with_the_reference_values(reference, phase_shift):
    for inputs, value, tolerance in reference("delta_l"):
        off = modulo_pi(phase_shift(inputs["kappa"], inputs["b"], inputs["l"]) - value)
        assert abs(off) < max(1e-9, tolerance * abs(value)), inputs


@pytest.mark.parametrize("b", [0.03, 1.0, -1.0, 6.0, -40.0, 200.0])
@pytest.mark.parametrize("kappa", [1e-3, 0.1, 1.0, 10.0, 60.0])
def test_taylor_series(kappa, b, phase_shift):
    l_max = highest_wave(kappa, b)
    exact = np.array([phase_shift(kappa, b, ell) for ell in range(0, l_max + 1, 1 + l_max // 8)])
    ours = phase_shifts(kappa, b, l_max)[:: 1 + l_max // 8]
    assert np.abs(modulo_pi(ours - exact)).max() < 3e-5


@pytest.mark.parametrize("kappa", [1e-4, 0.3, 3.0, 30.0])
def test_a_weak_potential_is_born(kappa):
    l_max = 2 + int(2 * kappa)
    for b in (1e-6, -1e-6):
        ratio = phase_shifts(kappa, b, l_max) / born_phase_shifts(kappa, b, l_max)
        np.testing.assert_allclose(ratio[: 1 + int(kappa)], 1, atol=2e-4)


def test_born_phase_shifts_are_legendre_functions():
    """Q_0, Q_1 and Q_2 in closed form."""
    kappa, b = 2.0, 0.7
    z = 1 + 1 / (2 * kappa**2)
    q0 = math.atanh(1 / z)
    expected = b / (2 * kappa) * np.array([q0, z * q0 - 1, (3 * z * z - 1) / 2 * q0 - 1.5 * z])
    np.testing.assert_allclose(born_phase_shifts(kappa, b, 2), expected, rtol=1e-12)


@pytest.mark.parametrize(("b", "bound"), [(1.6, 0), (1.7, 1), (6.4, 1), (6.5, 2), (14.3, 2), (14.4, 3)])
def test_levinson(b, bound):
    """The s-wave bound states of a Yukawa potential appear at b = 1.67981, 6.44726, 14.3420: delta(0) = n pi."""
    kappa = np.geomspace(200.0, 1e-3, 3000)
    shift = np.unwrap(2 * np.array([phase_shifts(k, b, 0)[0] for k in kappa])) / 2
    assert round(shift[-1] / math.pi) == bound


def test_waves_do_not_know_how_many_there_are():
    few, many = phase_shifts(5.0, 3.0, 10), phase_shifts(5.0, 3.0, 40)
    np.testing.assert_allclose(few, many[:11], atol=1e-12)


def test_repulsion_has_negative_phase_shifts():
    assert (phase_shifts(1.0, -2.0, 6) < 0).all()
    assert (phase_shifts(1.0, 0.5, 6) > 0).all()
