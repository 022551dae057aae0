"""The exponential function for the innermost loops of compiled functions, in whose machine code it is put."""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled

__all__ = ["exp"]

_PARTS = 64  # of an octave
_PER_PART, _PART = _PARTS / math.log(2.0), math.log(2.0) / _PARTS
_FRACTIONS = 2.0 ** (np.arange(_PARTS) / _PARTS)
_ROUND = 1.5 * 2.0**52  # what is added to it is rounded
_LOWEST, _HIGHEST = -1100, 1100  # powers of 2; the ends are 0 and infinity
with np.errstate(over="ignore"):
    _POWERS = 2.0 ** np.arange(_LOWEST, _HIGHEST + 1.0)


@compiled(forceinline=True, fastmath={"contract"})
def exp(x: float) -> float:
    """Value of e^x to 1e-13, in half of the time of math.exp: a call makes the processor put all numbers away.

    >>> abs(exp(1.0) / math.e - 1) < 1e-13
    True
    """
    c = x if x > -750.0 else -750.0
    c = c if c < 750.0 else 750.0
    whole = (c * _PER_PART + _ROUND) - _ROUND
    n, f = int(whole), c - whole * _PART
    f2 = f * f
    series = (1.0 + f) + f2 * ((1 / 2 + f * (1 / 6)) + f2 * (1 / 24))
    value: float = _POWERS[(n >> 6) - _LOWEST] * (_FRACTIONS[n & (_PARTS - 1)] * series)
    return value if x == x else x
