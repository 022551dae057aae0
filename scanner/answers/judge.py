"""What one constraint says of values and their statuses: the same on a grid and at points of a sampler."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics import Status
from physics.inference.constraints import Constraint

__all__ = ["Judgement", "judged"]

FloatArray = NDArray[np.float64]
_NOWHERE = np.zeros((), bool)


class Judgement(NamedTuple):
    """By point."""

    m2lnL: FloatArray  # infinite without a value; 0 for hints of which only an interval is known
    outside: NDArray[np.bool_]  # of the interval
    no_value: NDArray[np.bool_]  # though there should be one: where nothing was searched there need not


def judged(
    c: Constraint, values: FloatArray, status: NDArray[np.uint8], refused: NDArray[np.bool_] = _NOWHERE
) -> Judgement:
    """Judge values of a constraint's observable; `refused` is where a choice is not supported.

    >>> limit = Constraint("mine", "n_eff", "limit", "mine", "a paper", upper=3.4, silent_outside=True)
    >>> found = judged(limit, np.array([3.0, 4.0, np.nan]), np.array([1, 1, 2], np.uint8))
    >>> found.m2lnL.tolist(), found.no_value.tolist()
    ([0.0, inf, 0.0], [False, False, False])
    >>> judged(limit, np.array([np.nan]), np.array([2], np.uint8), np.array(True)).no_value.tolist()
    [True]
    """
    there = status == Status.OK
    with np.errstate(invalid="ignore"):
        m2lnL = c.minus_two_ln_l(values) if c.is_summed else np.zeros(values.shape)
        outside = ~c.allows(values)
    if there.all():
        return Judgement(m2lnL, outside, _NOWHERE)
    outside &= there
    if not c.silent_outside:
        return Judgement(np.where(there, m2lnL, np.inf), outside, ~there)
    no_value = ~(there | (status == Status.OUTSIDE_DOMAIN) & ~refused)
    return Judgement(np.where(there, m2lnL, np.where(no_value, np.inf, 0.0)), outside, no_value)
