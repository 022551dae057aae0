r"""Phase space of final states with mass around the pole: power series, with which rows of tables are multiplied.

What the tables say of the pole is multiplied by h(z) = sum of c_i h_i(z) at z = 1 + d + i w, where
h_i(y) = sqrt(1 - y_f/y) (1 + y_f/2y).
"""

from __future__ import annotations

import cmath
import math

import numpy as np

from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import J_TABLE, J_WIDE_TABLE, NEAR, TOP, Weights, kernel, position_slopes
from physics.dark_matter.relic.massive_nodes import Flags, Places
from physics.dark_matter.relic.tables import N_X, X_TOP
from physics.numerics.bessel import k1_scaled, k2_scaled

__all__ = ["beyond_threshold", "exponential", "ln_phase_space"]

_N = 8  # points of Cauchy's formula, on a circle, and those of the sums that the coefficients are
_CIRCLE = np.exp(2j * np.pi * np.arange(_N) / _N)
_TO_COEFFICIENTS = np.array([_CIRCLE ** -float(m) / _N for m in range(_N)])
_COLD_NODES, _COLD_WEIGHTS = np.polynomial.legendre.leggauss(8)
_HERMITE, _HERMITE_WEIGHTS = (a[12:] for a in np.polynomial.hermite.hermgauss(24))  # the half with t > 0


@kernel
def _phase_space(y: float, y_f: float) -> float:
    q = y_f / y
    return math.sqrt(1 - q) * (1 + 0.5 * q)


@kernel
def ln_phase_space(
    y_0: float, unit: float, radius: float, couplings: FloatArray, y_f: FloatArray, has_pole: Flags, out: FloatArray
) -> None:
    """Coefficients of ln h(y_0 + unit t) = out[0] + out[1] t + ..., by Cauchy's formula."""
    values = np.zeros(_N + 1, dtype=np.complex128)
    for k in range(_N + 1):  # the last at y_0 itself
        z = y_0 + (radius * _CIRCLE[k] if k < _N else 0j)
        for c in range(y_f.size):
            if has_pole[c]:
                values[k] += couplings[c] * cmath.sqrt(1 - y_f[c] / z) * (1 + 0.5 * y_f[c] / z)
        values[k] = cmath.log(values[k])
    out[0] = values[_N].real
    for m in range(1, out.size):
        total = 0.0
        for k in range(_N):
            total += (values[k] * _TO_COEFFICIENTS[m, k]).real
        out[m] = total * (unit / radius) ** m


@kernel
def exponential(series: FloatArray) -> FloatArray:
    """Power series of the exponential of one."""
    h = np.zeros(series.size)
    h[0] = math.exp(series[0])
    for k in range(1, h.size):
        for m in range(1, k + 1):
            h[k] += m * series[m] * h[k - m] / k
    return h


@kernel
def _cold_integrals(
    d: float, couplings: FloatArray, y_f: FloatArray, has_pole: Flags, h: FloatArray, out: FloatArray
) -> None:
    """Int_{X_TOP}^inf dx/x^2 Int sqrt(y-1) G [h(y) - h_0 - h_1 v]/v^2 dy, v = y - 1 - d, and with h_0 to h_3 and v^4.

    h: Taylor coefficients around 1 + d. Gauss-Legendre in X_TOP/x, Gauss-Hermite in sqrt(2x (sqrt y - 1)).
    """
    nearest = 1.0
    for c in range(1, y_f.size):
        if has_pole[c]:
            nearest = min(nearest, abs(1 + d - y_f[c]))
    out[:] = 0.0
    for n in range(_COLD_NODES.size):
        x = X_TOP / (0.5 * (1.0 + _COLD_NODES[n]))
        weight = 0.5 * _COLD_WEIGHTS[n] / X_TOP / k2_scaled(x) ** 2
        for k in range(_HERMITE.size):
            u = _HERMITE[k] ** 2
            root = 1.0 + u / (2 * x)
            y_minus_1 = u / x * (1.0 + u / (4 * x))
            y = 1.0 + y_minus_1
            v = y_minus_1 - d
            second, fourth = h[2] + v * (h[3] + v * h[4]), h[4] + v * h[5]
            if abs(v) > 0.01 * nearest:
                value = couplings[0]
                for c in range(1, y_f.size):
                    if has_pole[c]:
                        value += couplings[c] * _phase_space(y, y_f[c])
                second = (value - h[0] - h[1] * v) / (v * v)
                fourth = (second - h[2] - h[3] * v) / (v * v)
            F = math.sqrt((1.0 + u / (4 * x)) / x) * y * (y + 0.5) * k1_scaled(2 * x * root) * root
            F *= weight * 2 * _HERMITE_WEIGHTS[k] * u
            out[0] += F * second
            out[1] -= F * fourth


@kernel
def beyond_threshold(
    d: float,
    i: int,
    wy: Weights,
    couplings: FloatArray,
    y_f: FloatArray,
    has_pole: Flags,
    h: FloatArray,
    tables: FloatArray,
    places: Places,
    beyond: FloatArray,
) -> None:
    """What final states that have the pole add beyond X_TOP: derivatives of h R_J, and what R_J does not have."""
    slopes, per_step = position_slopes(d)
    last = places[NEAR, J_TABLE] + 3 * (N_X - 1) + 2
    last_wide = places[NEAR, J_WIDE_TABLE] + 6 * (N_X - 1) + 4
    R = R_1 = R_2 = minus_R_3 = 0.0
    for k in range(4):
        R += wy[k] * tables[places[NEAR, TOP] + i + k]
        R_1 += wy[k] * tables[last + 3 * N_X * (i + k)]
        R_2 += 0.5 * slopes[k] * per_step * tables[last + 3 * N_X * (i + k)]
        minus_R_3 += wy[k] * tables[last_wide + 6 * N_X * (i + k)]
    cold = np.empty(2)
    _cold_integrals(d, couplings, y_f, has_pole, h, cold)
    beyond[0] += (h[0] - couplings[0]) * R_1 + h[1] * R + cold[0]
    beyond[1] += (h[0] - couplings[0]) * minus_R_3 - h[1] * R_2 - h[2] * R_1 - h[3] * R + cold[1]
