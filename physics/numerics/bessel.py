"""Modified Bessel functions e^z K_1(z) and e^z K_2(z) for compiled functions; relative error about 1e-14.

Chebyshev series in 1/z down to z = 0.5, polynomials in 8/z from 8 on, power series in z below 0.5; the trapezoidal rule
there and elsewhere off the real axis. The coefficients are a data file, since scipy.special takes a quarter of a second
to import.
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
from physics.numerics.chebyshev import clenshaw, power_series

__all__ = ["k1_scaled", "k1_scaled_complex", "k1_series", "k2_scaled"]

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


_inlined = compiled(inline="always")


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


def _power_series_factors() -> FloatArray:
    """1/k!^2, 1/k!(k+1)!, and these times psi(k+1) and (psi(k+1) + psi(k+2))/2 (Abramowitz & Stegun, 9.6.10-11)."""
    psi = np.cumsum(np.concatenate([[-np.euler_gamma], 1 / np.arange(1.0, 9)]))
    k = np.array([math.factorial(n) for n in range(9)], dtype=float)
    first, second = 1 / k[:8] ** 2, 1 / (k[:8] * k[1:])
    return np.array([first, second, first * psi[:8], second * 0.5 * (psi[:8] + psi[1:])])


_POWER_SERIES = _power_series_factors()


@compiled
def _near_zero(order: int, z: float) -> float:
    """e^z K_order(z) for order 1 and 2 and z < 0.5."""
    q, power, logarithm = 0.25 * z * z, 1.0, math.log(0.5 * z)
    K_0 = K_1 = 0.0
    for k in range(8):
        K_0 += power * (_POWER_SERIES[2, k] - logarithm * _POWER_SERIES[0, k])
        K_1 += power * (logarithm * _POWER_SERIES[1, k] - _POWER_SERIES[3, k])
        power *= q
    K_1 = 1 / z + 0.5 * z * K_1
    return math.exp(z) * (K_1 if order == 1 else K_0 + 2 / z * K_1)


@_inlined
def _series(coefficients: tuple[float, ...], z: Any, z_low: float, z_high: float) -> Any:
    """Sum of the Chebyshev series in 1/z."""
    t = (2 / z - 1 / z_low - 1 / z_high) / (1 / z_low - 1 / z_high)
    return clenshaw(coefficients, t) / np.sqrt(z)


@_inlined
def _real(order: int, low: tuple[float, ...], middle: tuple[float, ...], high: tuple[float, ...], z: float) -> Any:
    if z >= HIGH:
        return power_series(high, HIGH / z) / math.sqrt(z)
    if z >= MIDDLE:
        return _series(middle, z, MIDDLE, HIGH)
    if z >= LOW:
        return _series(low, z, LOW, MIDDLE)
    return _near_zero(order, z)


@compiled
def k1_scaled(z: float) -> float:
    """Value of e^z K_1(z), z > 0.

    >>> round(k1_scaled(3.0), 12)  # e^3 K_1(3)
    0.806563480129
    """
    value: float = _real(1, _K1_LOW, _K1_MIDDLE, _K1, z)
    return value


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
        value: complex = power_series(_K1, HIGH / z) / cmath.sqrt(z)
    elif z.real >= MIDDLE and off <= OFF_AXIS:
        value = _series(_K1_MIDDLE, z, MIDDLE, HIGH)
    elif z.real >= LOW and off <= OFF_AXIS:
        value = _series(_K1_LOW, z, LOW, MIDDLE)
    else:
        value = _by_integral(1, z)
    return value
