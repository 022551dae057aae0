"""RODAS4 and ROS4 on stiff equations with known solutions."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from physics.core.compiled import compiled
from physics.numerics.rosenbrock import MAX_STEPS, Slopes, integrator, rodas4, step_of_ros4


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


@compiled
def slopes_towards_a_moving_target(t, y, z, system):
    """For which y' and z' depend on y and z each, and linearly."""
    speed, rate = system
    a = speed * t
    f_y, f_z = towards_a_moving_target(a, y, z, system)
    drift_y = -rate * speed * math.sin(a) - speed * speed * math.cos(a)
    drift_z = rate * speed * math.cos(a) - speed * speed * math.sin(a)
    return Slopes(f_y, f_z, drift_y, drift_z, -rate, 0.0, 0.0, -rate)


@compiled
def by_ros4(which, y, z, t_end, steps, system):
    h, e_y, e_z = t_end / steps, 0.0, 0.0
    for i in range(steps):
        if which == 0:
            f = slopes_towards_a_moving_target(i * h, y, z, system)
            y, z, e_y, e_z = step_of_ros4(angle, towards_a_moving_target, i * h, h, y, z, f, system)
        else:
            f_y, f_z = van_der_pol(0.0, y, z, system)
            mu = system[1]
            f = Slopes(f_y, f_z, 0.0, 0.0, 0.0, 1.0, (-2 * y * z - 1) * mu, (1 - y * y) * mu)
            y, z, e_y, e_z = step_of_ros4(angle, van_der_pol, i * h, h, y, z, f, system)
    return y, z, e_y, e_z


def test_ros4_has_order_four_and_its_error_order_three():
    """In t, where it is explicit; and where the equations are not linear, and coupled."""
    runs = [by_ros4(0, 1.0, 0.0, 2.0, n, (2.0, 3.0)) for n in (40, 80, 160)]
    errors = np.array([[abs(y - math.cos(4.0)), abs(z - math.sin(4.0)), abs(e)] for y, z, e, _ in runs])
    orders = np.log2(errors[:-1] / errors[1:])
    np.testing.assert_allclose(orders, np.tile([4.0, 4.0, 4.0], (2, 1)), atol=0.35)  # a step's error has one more
    exact = integrate.solve_ivp(
        lambda t, s: van_der_pol.py_func(0.0, *s, (1.0, 2.0)), (0, 1), [2.0, 0.0], "Radau", rtol=1e-12, atol=1e-13
    ).y[:, -1]
    errors = np.array([np.abs(by_ros4(1, 2.0, 0.0, 1.0, n, (1.0, 2.0))[:2] - exact) for n in (40, 80, 160)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 4.0, atol=0.35)


def test_ros4_forgets_a_stiff_beginning_at_once():
    """It is L-stable up to the five digits of its gamma, in a step a million times longer than the relaxation."""
    near, far = (by_ros4(0, y, 0.0, 1.0, 1, (1e-3, 1e6)) for y in (1.0, 2.0))
    assert abs(near[0] - far[0]) < 2e-5


@compiled
def robertson(u, y, rates, slopes):  # the second substance in units of 1e-4
    slow = rates[0] * y[0]
    back = rates[1] * 1e-4 * y[1] * y[2]
    fast = rates[2] * 1e-8 * y[1] * y[1]
    slopes[0] = back - slow
    slopes[1] = 1e4 * (slow - back - fast)
    slopes[2] = fast


@compiled
def forced(u, y, rate, slopes):
    slopes[0] = rate * (math.cos(u) - y[0])
    slopes[1] = y[0] - y[1] * u


@compiled
def explosion(u, y, _, slopes):
    slopes[0] = y[0] ** 2


RATES = (0.04, 1e4, 3e7)
chemistry = integrator(robertson, "robertson", 3, autonomous=True)
follow = integrator(forced, "forced", 2)
explode = integrator(explosion, "explosion", 1)


def test_robertson():
    def slopes(u, y):
        result = np.empty(3)
        robertson(u, y, RATES, result)
        return result

    exact = integrate.solve_ivp(slopes, (0, 400), [1.0, 0.0, 0.0], method="Radau", rtol=1e-11, atol=1e-14).y[:, -1]
    y = np.array([1.0, 0.0, 0.0])
    assert chemistry(0.0, 400.0, y, RATES, 1e-8, 1e-5, 400.0) < 400
    np.testing.assert_allclose(y, exact, atol=3e-7)
    assert y[0] + 1e-4 * y[1] + y[2] == pytest.approx(1.0, abs=1e-12)


def test_the_error_falls_with_the_tolerance():
    exact = integrate.solve_ivp(lambda u, y: [50 * (np.cos(u) - y[0]), y[0] - y[1] * u], (0, 3), [0.0, 1.0], "Radau",
                      rtol=1e-12, atol=1e-13).y[:, -1]  # fmt: skip
    errors = []
    for tolerance in (1e-5, 1e-7, 1e-9):
        y = np.array([0.0, 1.0])
        follow(0.0, 3.0, y, 50.0, tolerance, 1e-3, 3.0)
        errors.append(np.abs(y - exact).max())
    assert errors[0] < 1e-4
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_no_step_is_longer_than_allowed():
    steps = follow(0.0, 3.0, np.array([1.0, 1.0]), 1.0, 1.0, 1.0, 0.01)
    assert 300 <= steps <= 302


def test_what_does_not_exist_is_nan():
    y = np.array([1.0])
    assert explode(0.0, 2.0, y, 0.0, 1e-8, 1e-3, 1.0) == MAX_STEPS  # 1/(1 - u)
    assert np.isnan(y).all()


def test_sets_of_equations_do_not_share_a_file_of_the_cache():
    files = {d._cache._cache_file._index_name for d in (chemistry, follow, explode)}
    assert len(files) == 3
