"""Values that keep fewer digits, and so less space: `relative_error` of the [store] section. Off by default."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["rounded"]

_MANTISSA = 52  # bits of a float64


def rounded(values: NDArray[np.float64], relative_error: float | None) -> NDArray[np.float64]:
    """The nearest numbers whose mantissas are as short as a relative error allows; None leaves all bits.

    What is not finite stays as it is, and what would get less exact than that: numbers below 2.2e-308.

    >>> values = rounded(np.array([math.pi, -1e-30, 0.0, math.nan]), 1e-3)
    >>> values.tolist()
    [3.140625, -9.999428271258529e-31, 0.0, nan]
    >>> rounded(values, None) is values
    True
    """
    if relative_error is None:
        return values
    dropped = _MANTISSA - max(math.ceil(-math.log2(relative_error)) - 1, 0)  # the error is half of the last bit
    if dropped <= 0:
        return values
    bits = values.view(np.uint64)
    last, half = np.uint64(1) << np.uint64(dropped), np.uint64(1) << np.uint64(dropped - 1)
    odd = (bits >> np.uint64(dropped)) & np.uint64(1)
    nearest = ((bits + (half - np.uint64(1)) + odd) & ~(last - np.uint64(1))).view(np.float64)
    exact = ~np.isfinite(values) | ~np.isfinite(nearest) | (np.abs(values) < np.finfo(np.float64).tiny)
    return np.where(exact, values, nearest)
