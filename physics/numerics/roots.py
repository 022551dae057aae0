"""Roots of one equation: regula falsi that halves the weight of an end that stays (Illinois).

Each caller has its own function and its own idea of when to stop; what is shared is the bracket:

>>> bracket = Bracket(0.0, 2.0, -2.0, 2.0, 0)  # of x^2 - 2
>>> for _ in range(10):
...     x = secant(bracket)
...     bracket = narrowed(bracket, x, x * x - 2, False)
>>> round(x, 12)
1.414213562373
"""

from __future__ import annotations

from typing import NamedTuple

from physics.core.compiled import compiled

__all__ = ["Bracket", "narrowed", "secant"]


class Bracket(NamedTuple):
    """Two points with values of a rising function below and above zero, and which end moved last (-1, 1; 0: none)."""

    low: float
    high: float
    f_low: float
    f_high: float
    moved: int


@compiled
def secant(b: Bracket) -> float:
    """Where the line through both ends is zero.

    >>> secant(Bracket(0.0, 2.0, -1.0, 3.0, 0))
    0.5
    """
    return (b.low * b.f_high - b.high * b.f_low) / (b.f_high - b.f_low)


@compiled
def narrowed(b: Bracket, x: float, f: float, at_once: bool) -> Bracket:
    """Put a point and its value in the place of one end; the value of an end that stays is halved.

    It is halved whenever the end stays (`at_once`), or from the second time in a row (what Illinois is in textbooks).

    >>> narrowed(Bracket(0.0, 2.0, -1.0, 3.0, 0), 0.5, -0.2, True)
    Bracket(low=0.5, high=2.0, f_low=-0.2, f_high=1.5, moved=-1)
    >>> narrowed(Bracket(0.0, 2.0, -1.0, 3.0, 0), 0.5, -0.2, False)
    Bracket(low=0.5, high=2.0, f_low=-0.2, f_high=3.0, moved=-1)
    """
    if f < 0.0:
        return Bracket(x, b.high, f, 0.5 * b.f_high if at_once or b.moved == -1 else b.f_high, -1)
    return Bracket(b.low, x, 0.5 * b.f_low if at_once or b.moved == 1 else b.f_low, f, 1)
