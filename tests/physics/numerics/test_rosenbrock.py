"""RODAS4 on stiff equations with known solutions."""

import math
from itertools import pairwise

import pytest
from scipy import integrate

from physics.core.compiled import compiled
from physics.numerics.rosenbrock import MAX_STEPS, rodas4


@compiled
def angle(t, system):
    return system[0] * t


@compiled
def towards_a_moving_target(angle, y, z, system):
    """Stiffness system[1] towards cos and sin."""
    return system[1] * (math.cos(angle) - y) - system[0] * math.sin(angle), system[1] * (math.sin(angle) - z) + (
        system[0] * math.cos(angle)
    )


@compiled
def van_der_pol(angle, y, z, system):
    return z, ((1 - y * y) * z - y) * system[1]


@compiled
def explodes(angle, y, z, system):
    return y * y, 0.0


@compiled
def solve(which, y, z, t_end, coupled, tolerance, system):
    if which == 0:
        return rodas4(angle, towards_a_moving_target, 0.0, t_end, y, z, coupled, tolerance, system)
    if which == 1:
        return rodas4(angle, van_der_pol, 0.0, t_end, y, z, coupled, tolerance, system)
    return rodas4(angle, explodes, 0.0, t_end, y, z, coupled, tolerance, system)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("stiffness", [3.0, 1e3, 1e6])
def test_what_is_drawn_to_a_moving_target(stiffness, tolerance):
    y, z, steps = solve(0, 2.0, 0.0, 5.0, True, tolerance, (2.0, stiffness))
    assert (y, z) == pytest.approx((math.cos(10.0) + math.exp(-5 * stiffness), math.sin(10.0)), abs=tolerance)
    assert steps < 1000  # explicit steps would have to be shorter than 3/stiffness


def test_order_four():
    runs = [solve(0, 2.0, 0.0, 5.0, True, tolerance, (2.0, 3.0)) for tolerance in (1e-3, 1e-5, 1e-7)]
    errors = [abs(z - math.sin(10.0)) for _, z, _ in runs]
    for (large, small), (few, many) in zip(pairwise(errors), pairwise(r[2] for r in runs), strict=True):
        assert math.log(large / small) / math.log(many / few) == pytest.approx(4.0, abs=0.3)


def test_the_oscillator_of_van_der_pol():
    """Both equations coupled, and stiff in places."""
    system = (1.0, 1e3)
    expected = integrate.solve_ivp(
        lambda t, s: van_der_pol.py_func(0.0, *s, system), (0, 2), [2.0, 0.0], method="Radau", rtol=1e-10, atol=1e-12
    )
    y, z, _ = solve(1, 2.0, 0.0, 2.0, True, 1e-9, system)
    assert (y, z) == pytest.approx(tuple(expected.y[:, -1]), rel=1e-5)


def test_what_has_no_solution_to_the_end():
    y, z, steps = solve(2, 1.0, 0.0, 2.0, False, 1e-8, (1.0, 1.0))
    assert math.isnan(y)
    assert math.isnan(z)
    assert steps == MAX_STEPS
