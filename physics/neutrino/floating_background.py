r"""Counts in bins on a background whose norm floats, as a polynomial in the coupling.

The bins are compared with a background b_i, the solar neutrinos of the Standard Model included, and with what X adds,
s_i = N_i(x) - N_i(0). The norm of the background floats, with a prior of width sigma:

    chi2 = min over a of sum_i (n_i - (1 + a) b_i - s_i)^2/b_i + (a/sigma)^2,

a polynomial of fourth degree in x = `coupling_product`, since s_i is one of second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

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
    counts: Sequence[Coefficients],
    observed: FloatArray,
    background: FloatArray,
    background_error: FloatArray,
    sign: float,
) -> Quartic:
    """Chi2 for couplings of the sign that there are; `counts` with X, a bin each."""
    linear = np.stack([sign * c.linear for c in counts], axis=-1)
    quadratic = np.stack(np.broadcast_arrays(*(c.quadratic for c in counts)), axis=-1)
    norm = background.sum() + 1 / background_error**2

    def product(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.asarray((u * v / background).sum(axis=-1) - u.sum(axis=-1) * v.sum(axis=-1) / norm)

    excess = observed - background
    terms = (
        product(excess, excess), -2 * product(excess, linear), product(linear, linear) - 2 * product(excess, quadratic),
        2 * product(linear, quadratic), product(quadratic, quadratic),
    )  # fmt: skip
    unit = terms[4] ** -0.25
    return Quartic(np.stack(np.broadcast_arrays(*(c * unit**n for n, c in enumerate(terms)))), unit)


def smallest(chi2: Quartic) -> FloatArray:
    """The smallest chi2 of any coupling.

    >>> round(float(smallest(Quartic(np.array([5.0, 0.0, -4.0, 0.0, 1.0]), np.array(1.0)))), 9)  # (t^2 - 2)^2 + 1
    1.0
    """
    c = chi2.coefficients
    stationary = _real_roots(np.moveaxis(c[1:] * np.arange(1, 5).reshape(-1, *(1,) * (c.ndim - 1)), 0, -1))
    at = np.moveaxis(np.where(stationary > 0, stationary, 0.0), -1, 0)
    return np.asarray(np.minimum(chi2(at).min(axis=0), c[0]))


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
