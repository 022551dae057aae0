"""Modified Bessel functions e^z K_1(z) and e^z K_2(z) for compiled functions; relative error about 1e-14.

Chebyshev series in 1/z down to z = 0.5, polynomials in 8/z from 8 on, the trapezoidal rule elsewhere, and further off
the real axis. The coefficients are a data file, since scipy.special takes a quarter of a second to import.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from physics.core.compiled import compiled
from physics.core.files import table
from physics.core.status import FloatArray
from physics.numerics.chebyshev import clenshaw

__all__ = ["k1_scaled", "k1_scaled_complex", "k1_scaled_short", "k1_series", "k2_scaled"]

LOW, MIDDLE, HIGH = 0.5, 2.0, 8.0  # series hold between these; from the last on, polynomials
OFF_AXIS = 0.002  # |Im z|/Re z, up to which the series hold
_COEFFICIENTS = table("numerics/bessel_k.toml")
# Tuples: constants to the compiler, which unrolls what is done with them
_K1_LOW, _K1_MIDDLE, _K1 = (tuple(_COEFFICIENTS["K_1"][part]) for part in ("low", "middle", "high"))
_K2_LOW, _K2_MIDDLE, _K2 = (tuple(_COEFFICIENTS["K_2"][part]) for part in ("low", "middle", "high"))


def k1_series(z: FloatArray) -> FloatArray:
    """sqrt(z) e^z K_1(z), z >= LOW, of arrays: what shorter series are made of."""

    def between(series: Any, low: float, high: float) -> Any:
        return chebyshev.chebval((2 / z - 1 / low - 1 / high) / (1 / low - 1 / high), series)

    high, middle = np.polyval(_K1, HIGH / z), between(_K1_MIDDLE, MIDDLE, HIGH)
    return np.select([z >= HIGH, z >= MIDDLE], [high, middle], between(_K1_LOW, LOW, MIDDLE))


def _shortened(series: Any, degree: int) -> tuple[float, ...]:
    """The first terms of a Chebyshev series as a polynomial, highest power first."""
    return tuple(float(c) for c in np.polynomial.chebyshev.cheb2poly(series[: degree + 1])[::-1])


_HIGH_SERIES = np.polynomial.Polynomial(_K1[::-1])(np.polynomial.Polynomial([0.5, 0.5]))  # HIGH/z = (1 + t)/2
_SHORT_HIGH = _shortened(np.polynomial.chebyshev.poly2cheb(_HIGH_SERIES.coef), 6)
_SHORT_MIDDLE, _SHORT_LOW = _shortened(_K1_MIDDLE, 10), _shortened(_K1_LOW, 12)
_WIDTHS = 1 / LOW - 1 / MIDDLE, 1 / MIDDLE - 1 / HIGH
_SUMS = 1 / LOW + 1 / MIDDLE, 1 / MIDDLE + 1 / HIGH

_inlined = compiled(inline="always")


@compiled
def _horner(coefficients: tuple[float, ...], u: Any) -> Any:
    total = coefficients[0] + 0.0 * u
    for c in coefficients[1:]:
        total = c + u * total
    return total


@compiled
def _by_integral(order: int, z: complex) -> complex:
    """e^z K_order(z) = Int_0^inf exp(-z (cosh t - 1)) cosh(order t) dt by the trapezoidal rule, Re z > 0."""
    step = min(0.125, 0.5 / math.sqrt(abs(z)))
    total = 0.5 + 0.0 * z
    t = 0.0
    while True:
        t += step
        cosh_minus_1 = 2 * math.sinh(0.5 * t) ** 2
        if z.real * cosh_minus_1 - order * t > 45.0:
            return step * total
        # exp and cosh together: neither overflows on its own for tiny z
        grow, decay = cmath.exp(order * t - z * cosh_minus_1), cmath.exp(-order * t - z * cosh_minus_1)
        total += 0.5 * (grow + decay) if order > 0 else grow


@_inlined
def _series(coefficients: tuple[float, ...], z: Any, z_low: float, z_high: float) -> Any:
    """Sum of the Chebyshev series in 1/z."""
    t = (2 / z - 1 / z_low - 1 / z_high) / (1 / z_low - 1 / z_high)
    return clenshaw(coefficients, t) / np.sqrt(z)


@_inlined
def _real(order: int, low: tuple[float, ...], middle: tuple[float, ...], high: tuple[float, ...], z: float) -> Any:
    if z >= HIGH:
        return _horner(high, HIGH / z) / math.sqrt(z)
    if z >= MIDDLE:
        return _series(middle, z, MIDDLE, HIGH)
    if z >= LOW:
        return _series(low, z, LOW, MIDDLE)
    return _by_integral(order, complex(z, 0.0)).real


@compiled
def k1_scaled(z: float) -> float:
    """Value of e^z K_1(z), z > 0.

    >>> round(k1_scaled(3.0), 12)  # e^3 K_1(3)
    0.806563480129
    """
    value: float = _real(1, _K1_LOW, _K1_MIDDLE, _K1, z)
    return value


@compiled(fastmath={"contract"})
def k1_scaled_short(z: float) -> float:
    """Value of e^z K_1(z) to 1e-10 for z >= 0.5, with fewer terms.

    >>> abs(k1_scaled_short(3.0) / k1_scaled(3.0) - 1) < 1e-10
    True
    """
    v = 1 / z
    if z >= HIGH:
        value: float = _horner(_SHORT_HIGH, 2 * HIGH * v - 1.0)
    elif z >= MIDDLE:
        value = _horner(_SHORT_MIDDLE, (2 * v - _SUMS[1]) / _WIDTHS[1])
    else:
        value = _horner(_SHORT_LOW, (2 * v - _SUMS[0]) / _WIDTHS[0])
    return value * math.sqrt(v)


@compiled
def k2_scaled(z: float) -> float:
    """Value of e^z K_2(z), z > 0.

    >>> round(k2_scaled(3.0), 12)
    1.235470584796
    """
    value: float = _real(2, _K2_LOW, _K2_MIDDLE, _K2, z)
    return value


@compiled
def k1_scaled_complex(z: complex) -> complex:
    """Value of e^z K_1(z) for |arg z| up to pi/4; the closer to pi/2, the less exact.

    >>> abs(k1_scaled_complex(complex(9.0, 0.1)) - k1_scaled_complex(complex(9.0, -0.1)).conjugate())
    0.0
    """
    # Polynomials may leave the real axis a little, series less
    off = abs(z.imag) / z.real
    if z.real >= HIGH and off <= 0.02:
        value: complex = _horner(_K1, HIGH / z) / cmath.sqrt(z)
    elif z.real >= MIDDLE and off <= OFF_AXIS:
        value = _series(_K1_MIDDLE, z, MIDDLE, HIGH)
    elif z.real >= LOW and off <= OFF_AXIS:
        value = _series(_K1_LOW, z, LOW, MIDDLE)
    else:
        value = _by_integral(1, z)
    return value
