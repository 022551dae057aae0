r"""Thermal factors of pairs of psi at a dozen x side by side, in vector instructions: loops without branches and calls.

With z = 2x sqrt(y) both are, times sqrt(z) and e^z, polynomials. K_1(z) is one in 1/z. What `weighted_k1` gives, for
averages of p^2/(3 E T), is, with g = 1/y,

    [(1-g) sqrt(pi/2) z + B]/6,      B = z Int_0^inf dt exp(-t^2) f(t^2/z, g),

without terms that cancel; B is a polynomial in 1/sqrt(y) and in 1/x. For x below 4 both are polynomials in 1/sqrt(y)
and ln x. They are good to 1e-10 for y >= 1, and less so off the real axis, where poles far from it hardly count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.numerics.bessel import k2_scaled
from physics.numerics.chebyshev import power_series
from physics.numerics.lanes import LANES

__all__ = [
    "COLD",
    "COLDEST",
    "F_2_AT",
    "F_AT",
    "HOTTEST",
    "IN_X",
    "ROWS",
    "WEIGHT",
    "coefficients_at",
    "factors_of_pole",
    "fill",
    "place",
]

HOTTEST, COLD = 0.2, 4.0  # the least x; x from which on there are shorter series
COLDEST = 64.0  # exp(-64) and less are not told apart
HALVINGS = 8  # e^t is what Taylor's polynomial says of t/256, squared so many times
PART, LOWEST = 0.5**HALVINGS, -COLDEST * 0.5**HALVINGS
FASTEST = 0.5  # phases of 128: poles that make more of them are so far off the real axis that they do not count
IN_X = 12  # powers of what stands for x
SQRT_HALF_PI = math.sqrt(0.5 * math.pi)
_EXP = tuple(1 / math.factorial(k) for k in range(9, -1, -1))

# Rows of a work space: 2x, 1/2x, what stands for x, and sqrt(x/2)/K_2(x)^2; the thermal factors
TWICE, PER_TWICE, OF_X, WEIGHT, F_AT, F_2_AT, ROWS = (LANES * row for row in range(7))


def _integrals(z: FloatArray, g: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """sqrt(z) e^z K_1(z), the same of K_2, and B/6, for z > 0.1.

    By the trapezoidal rule in t, cosh(eta) = 1 + t^2/z, as in `weighted_k1`.
    """
    t = np.arange(0.0, 6.5, 0.1)
    weights = 0.2 * np.exp(-(t**2))
    weights[0] /= 2
    u = t**2 / z[..., np.newaxis]
    root, sinh2, rest = np.sqrt(2 + u), u * (2 + u), 1 - g
    terms = root * (2 + g**2 / (1 + g * sinh2)) - rest / (math.sqrt(2) * root * (math.sqrt(2) + root))
    values = (1 + u) / root, (1 + 2 * sinh2) / root, t**2 / 6 * terms
    return tuple((weights * v).sum(axis=-1) for v in values)


def _to_powers(n: int) -> FloatArray:
    """Coefficients of powers, highest first, from those of a Chebyshev series."""
    return np.array([np.pad(chebyshev.cheb2poly(e), (0, n))[:n] for e in np.eye(n)]).T[::-1]


def _in_one(function: Callable[[Any], Any], terms: int) -> tuple[float, ...]:
    """Of a function of t, in powers, highest first."""
    return tuple(float(c) for c in _to_powers(terms) @ chebyshev.chebinterpolate(function, 60)[:terms])


def _in_both(which: int, x_of: Callable[[FloatArray], FloatArray], terms: int) -> FloatArray:
    """One of the integrals in powers of 2/sqrt(y) - 1 (rows) and of t, x = x_of(t), highest first."""
    n = 40
    t = chebyshev.chebpts1(n)
    to_series = np.linalg.inv(chebyshev.chebvander(t, n - 1))
    x, per_root = np.meshgrid(x_of(t), (1 + t) / 2)
    values = _integrals(2 * x / per_root, per_root[..., np.newaxis] ** 2)[which]
    series = (to_series @ values @ to_series.T)[:terms, :IN_X]
    return np.ascontiguousarray(_to_powers(terms) @ series @ _to_powers(IN_X).T)


def _cold_x(t: FloatArray) -> FloatArray:
    return 2 * COLD / (1 + t)


def _hot_x(t: FloatArray) -> FloatArray:
    value: FloatArray = np.exp(_MIDDLE + _HALF * t)
    return value


def _per_k2(t: FloatArray) -> FloatArray:
    """1/[x^2 e^x K_2(x)]."""
    x = _hot_x(t)
    value: FloatArray = x**-1.5 / _integrals(x, 1.0)[1]
    return value


_MIDDLE, _HALF = 0.5 * math.log(COLD * HOTTEST), 0.5 * math.log(COLD / HOTTEST)
_COLD_K1 = _in_one(lambda t: _integrals(2 * _cold_x(t), 1.0)[0], 10)  # in powers of 4 COLD v - 1
_COLD_B = _in_both(2, _cold_x, 18)
_HOT_K1, _HOT_B, _HOT_PER_K2 = _in_both(0, _hot_x, 24), _in_both(2, _hot_x, 24), _in_one(_per_k2, 20)

_vector = compiled(fastmath={"contract"})
_inlined = compiled(inline="always", fastmath={"contract"})


@_inlined
def _boltzmann(t: Any) -> Any:
    """e^(t/PART)."""
    e = power_series(_EXP, t)
    for _ in range(HALVINGS):
        e *= e
    return e


@_inlined
def _in_x(coefficients: FloatArray, t: Any, out: NDArray[Any]) -> None:
    for i in range(IN_X):
        total = coefficients[0, i] + 0.0 * t
        for m in range(1, coefficients.shape[0]):
            total = total * t + coefficients[m, i]
        out[i] = total


@_inlined
def _in_registers(b: NDArray[Any]) -> Any:
    """Numbers that the compiler keeps in registers."""
    return b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11]


@_vector
def place(x: FloatArray, hot: bool, work: FloatArray) -> None:
    """Put x, and what depends on it alone, into the work space; the last one fills it up. hot: all are below COLD."""
    for j in range(LANES):
        here = x[min(j, x.size - 1)]
        work[TWICE + j], work[PER_TWICE + j] = 2 * here, 0.5 / here
        work[OF_X + j] = (math.log(here) - _MIDDLE) / _HALF if hot else 2 * COLD / here - 1.0
        per_k2 = here**2 * power_series(_HOT_PER_K2, work[OF_X + j]) if hot else 1 / k2_scaled(here)
        work[WEIGHT + j] = math.sqrt(0.5 * here) * per_k2**2


@_vector
def _of_S(hot: bool, r: float, above: float, B: FloatArray, work: FloatArray) -> None:
    work, B = borrowed(work), borrowed(B)
    cold = -PART * above
    if hot:
        _in_x(_HOT_K1, 2 / r - 1.0, B)
        in_x = _in_registers(B)
        for j in range(LANES):
            e = _boltzmann(max(work[TWICE + j] * cold, LOWEST))
            work[F_AT + j] = power_series(in_x, work[OF_X + j]) * e
            work[F_2_AT + j] = e
    else:
        scale = 4 * COLD / r
        for j in range(LANES):
            e = _boltzmann(max(work[TWICE + j] * cold, LOWEST))
            work[F_AT + j] = power_series(_COLD_K1, scale * work[PER_TWICE + j] - 1.0) * e
            work[F_2_AT + j] = e


@_vector
def _of_S_2(hot: bool, y_minus_1: float, r: float, B: FloatArray, work: FloatArray) -> None:
    work, B = borrowed(work), borrowed(B)
    if hot:
        _in_x(_HOT_B, 2 / r - 1.0, B)
    else:
        _in_x(_COLD_B, 2 / r - 1.0, B)
    in_x, growth = _in_registers(B), y_minus_1 / r * (SQRT_HALF_PI / 6)
    for j in range(LANES):
        work[F_2_AT + j] *= power_series(in_x, work[OF_X + j]) + growth * work[TWICE + j]


@_inlined
def fill(hot: bool, y_minus_1: float, r: float, above: float, weighted: bool, B: FloatArray, work: FloatArray) -> None:
    """Thermal factors at all x for y = r^2, times sqrt(z) e^(2x r) and exp(-2x above)."""
    _of_S(hot, r, above, B, work)
    if weighted:
        _of_S_2(hot, y_minus_1, r, B, work)


@_vector
def coefficients_at(root: complex, hot: bool, weighted: bool, k1: NDArray[Any], B: NDArray[Any]) -> None:
    """The series in x for a pole at y = root^2."""
    t = 2 / root - 1.0
    if hot:
        _in_x(_HOT_K1, t, k1)
    if weighted and hot:
        _in_x(_HOT_B, t, B)
    elif weighted:
        _in_x(_COLD_B, t, B)


@_vector
def factors_of_pole(
    zeta: complex, root: complex, lacking: complex, hot: bool, weighted: bool, k1: NDArray[Any], B: NDArray[Any],
    to: int, to_2: int, work: FloatArray,
) -> None:  # fmt: skip
    """Add the imaginary parts of `lacking` times the thermal factors at y = 1 + zeta = root^2 to two rows."""
    work = borrowed(work)
    scale, slope, growth = 4 * COLD / root, -PART * zeta / (root + 1.0), zeta / root * (SQRT_HALF_PI / 6)
    hot_k1, of_B = _in_registers(k1), _in_registers(B)
    for j in range(LANES):
        t = work[TWICE + j] * slope
        e = _boltzmann(complex(max(t.real, LOWEST), max(t.imag, -FASTEST))) * lacking
        if hot:
            thermal = power_series(hot_k1, work[OF_X + j])
        else:
            thermal = power_series(_COLD_K1, scale * work[PER_TWICE + j] - 1.0)
        work[to + j] += (thermal * e).imag
        if weighted:
            thermal = power_series(of_B, work[OF_X + j]) + growth * work[TWICE + j]
            work[to_2 + j] += (thermal * e).imag
