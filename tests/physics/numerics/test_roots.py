"""Regula falsi on functions whose roots are known."""

import math

import pytest

from physics.core.compiled import compiled
from physics.numerics.roots import Bracket, narrowed, secant


@pytest.mark.parametrize(("at_once", "steps"), [(False, 20), (True, 60)])
@pytest.mark.parametrize(
    ("f", "low", "high", "root"),
    [
        (lambda x: x**2 - 2, 0.0, 2.0, math.sqrt(2)),
        (lambda x: math.exp(x) - 5, -3.0, 4.0, math.log(5)),
        (lambda x: math.atan(20 * (x - 1)), 0.5, 40.0, 1.0),
    ],
)
def test_it_closes_in_on_the_root(f, low, high, root, at_once, steps):
    bracket, x = Bracket(low, high, f(low), f(high), 0), high
    for _ in range(steps):
        x = secant(bracket)
        if f(x) == 0.0:
            break
        bracket = narrowed(bracket, x, f(x), at_once)
        assert bracket.low <= root <= bracket.high
        assert bracket.f_low < 0 < bracket.f_high
    assert x == pytest.approx(root, abs=1e-9)


def test_the_end_that_stays_loses_weight():
    first = narrowed(Bracket(0.0, 1.0, -1.0, 4.0, 0), 0.2, -0.5, False)
    assert first == Bracket(0.2, 1.0, -0.5, 4.0, -1)
    assert narrowed(first, 0.3, -0.4, False) == Bracket(0.3, 1.0, -0.4, 2.0, -1)
    assert narrowed(first, 0.9, 0.1, False) == Bracket(0.2, 0.9, -0.5, 0.1, 1)
    assert narrowed(first, 0.9, 0.1, True) == Bracket(0.2, 0.9, -0.25, 0.1, 1)


@compiled
def _root_of_a_cubic(low, high):
    bracket = Bracket(low, high, low**3 - 2.0, high**3 - 2.0, 0)
    x = low
    for _ in range(30):
        x = secant(bracket)
        bracket = narrowed(bracket, x, x**3 - 2.0, False)
        if abs(x**3 - 2.0) < 1e-15:
            break
    return x


def test_in_a_compiled_function():
    assert _root_of_a_cubic(0.5, 2.0) == pytest.approx(2 ** (1 / 3), rel=1e-15)
