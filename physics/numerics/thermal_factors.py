"""Thermal factors e^{2x} K_1(2x r) at many r >= 1: loops without branches and calls, which become vector instructions.

1 to 2 ns for each value, a tenth of what k1_scaled and math.exp take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.numerics.bessel import HIGH, LOW, MIDDLE, k1_series
from physics.numerics.chebyshev import power_series

__all__ = ["thermal_factors"]

_COLDEST = 64.0  # exp(-64) and less are not told apart
_HALVINGS = 7  # e^t is what a polynomial says of t/128, squared so many times


def _polynomial(function: Callable[[Any], Any], degree: int) -> tuple[float, ...]:
    """Coefficients in powers of t = -1 .. 1, highest first, of the first terms of a Chebyshev series."""
    series = chebyshev.chebinterpolate(function, 80)[: degree + 1]
    return tuple(float(c) for c in chebyshev.cheb2poly(series)[::-1])


def _of_k1(z_low: float, degree: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """sqrt(z) e^z K_1(z) for z >= z_low, in t = 2 z_low/z - 1: even and odd powers, for long sums become loops."""
    ascending = _polynomial(lambda t: k1_series(2 * z_low / (1 + t)), degree)[::-1]
    return ascending[::2][::-1], ascending[1::2][::-1]


_HIGH, _MIDDLE, _LOW = _of_k1(HIGH, 7), _of_k1(MIDDLE, 12), _of_k1(LOW, 21)
_EXP = _polynomial(lambda t: np.exp((t - 1) * (_COLDEST / 2) / 2**_HALVINGS), 8)

# Sums in any order, as vectors need it
_vector = compiled(fastmath={"contract", "reassoc"})
_inlined = compiled(inline="always", fastmath={"contract", "reassoc"})


@_inlined
def _fill(
    x: float,
    n: int,
    z_low: float,
    even_and_odd: tuple[tuple[float, ...], tuple[float, ...]],
    per_root: FloatArray,
    above: FloatArray,
    out: FloatArray,
) -> None:
    even, odd = even_and_odd
    scale, warm = z_low / x, -4 * x / _COLDEST
    for k in range(n):
        t = scale * per_root[k] - 1.0
        e = power_series(_EXP, max(warm * above[k] + 1.0, -1.0))
        for _ in range(_HALVINGS):
            e *= e
        out[k] = (power_series(even, t * t) + t * power_series(odd, t * t)) * e


@_vector
def thermal_factors(x: float, n: int, per_root: FloatArray, above: FloatArray, out: FloatArray) -> None:
    """Put sqrt(2x r) K_1(2x r) e^{2x} for r >= 1 in out[:n], to 1e-10; below e^-64 it is e^-64.

    x >= 1/4; per_root: 1/r; above: r - 1.

    >>> from physics.numerics.bessel import k1_scaled
    >>> r, out = np.array([1.0, 1.5]), np.empty(2)
    >>> thermal_factors(2.0, 2, 1 / r, r - 1, out)
    >>> bool(abs(out[1] - np.sqrt(6) * k1_scaled(6.0) * np.exp(-2)) < 1e-10)
    True
    """
    per_root, above, out = borrowed(per_root), borrowed(above), borrowed(out)
    if 2 * x >= HIGH:
        _fill(x, n, HIGH, _HIGH, per_root, above, out)
    elif 2 * x >= MIDDLE:
        _fill(x, n, MIDDLE, _MIDDLE, per_root, above, out)
    else:
        _fill(x, n, LOW, _LOW, per_root, above, out)
