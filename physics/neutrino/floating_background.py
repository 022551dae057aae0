r"""Counts in bins on a background whose norm floats, as a polynomial in the coupling.

The bins are compared with a background b_i, the solar neutrinos of the Standard Model included, and with what X adds,
s_i = N_i(x) - N_i(0). The norm of the background floats, with a prior of width sigma:

    chi2 = min over a of sum_i (n_i - (1 + a) b_i - s_i)^2/b_i + (a/sigma)^2,

a polynomial of fourth degree in x = `coupling_product`, since s_i is one of second.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.neutrino.recoils import Coefficients

__all__ = ["Quartic", "largest_allowed", "quartic", "smallest"]


class Quartic(NamedTuple):
    """chi2 as a polynomial in t = x/`unit`: coefficients of t^0 to t^4, the last is 1; t has the sign of x."""

    coefficients: FloatArray  # (5, ...)
    unit: FloatArray

    def __call__(self, t: FloatArray) -> FloatArray:
        """Values at t."""
        c = self.coefficients
        return np.asarray(c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * c[4]))))


def quartic(
    counts: Coefficients,
    observed: FloatArray,
    background: FloatArray,
    background_error: FloatArray,
    product_per_coupling: ArrayLike,
) -> Quartic:
    """Chi2 for couplings of the sign that there are; `counts` with X, bins as their last axis."""
    sign = np.sign(product_per_coupling)
    shape = np.broadcast_shapes(counts.linear.shape[:-1], np.shape(background_error), sign.shape)
    linear, quadratic = (
        np.ascontiguousarray(np.broadcast_to(a, (*shape, observed.size)).reshape(-1, observed.size))
        for a in (counts.linear, counts.quadratic)
    )
    error, signs = (np.broadcast_to(a, shape).flatten() for a in (background_error, sign))
    coefficients, unit = _quartic(linear, quadratic, observed - background, background, error, signs)
    return Quartic(coefficients.reshape(5, *shape), unit.reshape(shape))


@compiled
def _quartic(
    linear: FloatArray,
    quadratic: FloatArray,
    excess: FloatArray,
    background: FloatArray,
    background_error: FloatArray,
    sign: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Points are the first axis, bins the second."""
    points, bins = linear.shape
    terms, unit = np.empty((5, points)), np.empty(points)
    for i in range(points):
        e = u = v = ee = eu = ev = uu = uv = vv = 0.0  # sums of excess, linear and quadratic, and of their products
        for n in range(bins):
            this, a, b, over = excess[n], sign[i] * linear[i, n], quadratic[i, n], 1 / background[n]
            e, u, v = e + this, u + a, v + b
            ee, eu, ev = ee + this * this * over, eu + this * a * over, ev + this * b * over
            uu, uv, vv = uu + a * a * over, uv + a * b * over, vv + b * b * over
        norm = 1 / (background.sum() + 1 / background_error[i] ** 2)
        terms[0, i] = ee - e * e * norm
        terms[1, i] = -2 * (eu - e * u * norm)
        terms[2, i] = uu - u * u * norm - 2 * (ev - e * v * norm)
        terms[3, i] = 2 * (uv - u * v * norm)
        terms[4, i] = vv - v * v * norm
        unit[i] = terms[4, i] ** -0.25
        for n in range(5):
            terms[n, i] *= unit[i] ** n
    return terms, unit


def smallest(chi2: Quartic) -> FloatArray:
    """The smallest chi2 of any coupling.

    >>> round(float(smallest(Quartic(np.array([5.0, 0.0, -4.0, 0.0, 1.0]), np.array(1.0)))), 9)  # (t^2 - 2)^2 + 1
    1.0
    """
    c = chi2.coefficients
    return _smallest(np.ascontiguousarray(c.reshape(5, -1))).reshape(c.shape[1:])


@compiled
def _smallest(coefficients: FloatArray) -> FloatArray:
    """At 0, or where the derivative, of third degree, is zero."""
    result = np.empty(coefficients.shape[1])
    for i in range(result.size):
        c0, c1, c2, c3, c4 = coefficients[:, i]
        result[i] = c0 if np.isfinite(c1 + c2 + c3 + c4) else np.nan
        for t in _roots(0.25 * c1 / c4, 0.5 * c2 / c4, 0.75 * c3 / c4):
            for _ in range(3):  # Newton's steps; no point is lower than the lowest
                if t > 0:
                    result[i] = min(result[i], c0 + t * (c1 + t * (c2 + t * (c3 + t * c4))))
                t -= (c1 + t * (2 * c2 + t * (3 * c3 + t * 4 * c4))) / (2 * c2 + t * (6 * c3 + t * 12 * c4))
    return result


@compiled
def _roots(d: float, b: float, a: float) -> tuple[float, float, float]:
    """Real roots of t^3 + a t^2 + b t + d: the farthest from 0, then those of what is left (the first again: none)."""
    p, half = (a * a / 3 - b) / 3, a * (a * a / 27 - b / 6) + d / 2  # t = y - a/3: y^3 - 3 p y + 2 half
    square = half * half - p * p * p
    if square > 0:
        u = -math.copysign(np.cbrt(abs(half) + math.sqrt(square)), half)
        far = u + p / u - a / 3
    else:
        r = math.sqrt(max(p, 0.0))
        angle = math.acos(min(max(-half / r**3, -1.0), 1.0)) / 3 if r > 0 else 0.0
        high, low = 2 * r * math.cos(angle) - a / 3, 2 * r * math.cos(angle + 2 * math.pi / 3) - a / 3
        far = high if abs(high) > abs(low) else low
    product = -d / far
    middle = (b - product) / far / 2  # t^2 - 2 middle t + product is left
    square = middle * middle - product
    if not square >= 0:
        return far, far, far
    other = middle + math.copysign(math.sqrt(square), middle)
    return far, other, product / other


def largest_allowed(chi2: Quartic, level: FloatArray) -> FloatArray:
    """|x| beyond which chi2 stays above a level; NaN where it always is.

    >>> round(float(largest_allowed(Quartic(np.array([5.0, 0.0, -4.0, 0.0, 1.0]), np.array(1.0)), np.array(5.0))), 9)
    2.0
    """
    c = chi2.coefficients
    roots = _real_roots(np.stack(np.broadcast_arrays(c[0] - level, *c[1:]), axis=-1))
    largest = np.nanmax(np.where(roots > 0, roots, -np.inf), axis=-1)
    return np.asarray(np.where(largest > 0, largest, np.nan) * chi2.unit)


def _real_roots(coefficients: FloatArray) -> FloatArray:
    """Real roots of polynomials in the last axis, lowest power first, the highest coefficient not 0; else NaN."""
    degree = coefficients.shape[-1] - 1
    companion = np.zeros((*coefficients.shape[:-1], degree, degree))
    companion[..., 1:, :-1] = np.eye(degree - 1)
    companion[..., :, -1] = -coefficients[..., :-1] / coefficients[..., -1:]
    known = np.asarray(np.isfinite(companion).all(axis=(-2, -1)))
    roots = np.linalg.eigvals(np.where(known[..., None, None], companion, 0.0))
    real = np.abs(roots.imag) <= 1e-7 * (1e-3 + np.abs(roots.real))
    return np.where(real & known[..., None], roots.real, np.nan)
