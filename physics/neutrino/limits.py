"""From numbers of events to couplings: where a parabola in x reaches a number, and which numbers a test excludes.

Counts are parabolas in x = `coupling_product`, which has one sign: negative for Lmu-Ltau, positive for B-L. A limit on
g_X is the largest solution: above it everything is excluded. Where the interference is destructive, a count first falls
with g_X; whether a deficit is excluded as well, the chi2 tells (CENNS-10: `cenns10_g_X_island_lower`, `_upper`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome, Status
from physics.neutrino.recoils import Coefficients

__all__ = ["chi2_threshold", "couplings_at", "largest_coupling", "or_no_solution", "poisson_mean", "smallest_count"]

# of chi2 without X, and of the smallest chi2 of any coupling (at that mass)
_COUNTED_FROM: dict[str, Callable[[ArrayLike, ArrayLike], ArrayLike]] = {
    "absolute": lambda standard, best: 0.0,
    "best fit": lambda standard, best: best,
    "standard model": lambda standard, best: standard,
}

parameter(
    "chi2_level",
    "chi2 of limits on g_X; 2.7055: 90 % CL, two-sided, 1.642: one-sided",
    label=r"$\chi^2$ of limits",
    default=2.7055,
)
parameter(
    "chi2_reference",
    "from where chi2_level counts: 0 (absolute), the smallest chi2 of any g_X, or that without X",
    label=r"$\chi^2$ counts from",
    default="absolute",
    choices=_COUNTED_FROM,
)


def couplings_at(events: Coefficients, count: ArrayLike, x_at_one: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The smaller and the larger coupling at which a number of events is reached; NaN where there is none.

    `x_at_one` is x at g_X = 1; its sign tells which x there are.

    >>> low, high = couplings_at(Coefficients(np.array(4.0), np.array(4.0), np.array(1.0)), 1.0, -1.0)
    >>> float(low), round(float(high), 12)  # (2 - g^2)^2 = 1
    (1.0, 1.732050807569)
    """
    x_at_one = np.asarray(x_at_one, dtype=np.float64)
    a = events.quadratic * x_at_one**2
    b = events.linear * x_at_one
    c = events.standard - np.asarray(count)
    with np.errstate(invalid="ignore", divide="ignore"):
        q = -0.5 * (b + np.copysign(np.sqrt(b * b - 4 * a * c), b))  # NaN: the count is never reached
        first = q / a
        second = np.where(q == 0, first, c / q)
        low, high = np.minimum(first, second), np.maximum(first, second)
        return np.sqrt(np.where(low >= 0, np.abs(low), np.nan)), np.sqrt(np.where(high >= 0, np.abs(high), np.nan))


def largest_coupling(events: Coefficients, count: ArrayLike, x_at_one: ArrayLike) -> Outcome:
    """The coupling above which there are always more events than a number; status 3 where none has so few.

    >>> float(largest_coupling(Coefficients(np.array(4.0), np.array(0.0), np.array(1.0)), 5.0, 1.0).value)
    1.0
    """
    return or_no_solution(couplings_at(events, count, x_at_one)[1])


def or_no_solution(g_X: FloatArray) -> Outcome:
    """A coupling; no solution (status 3) where it is NaN or infinite (X that does not interfere, nor add anything).

    >>> or_no_solution(np.array([1.0, np.nan])).status.tolist()
    [1, 3]
    """
    return Outcome(g_X, np.where(~np.isfinite(g_X), Status.NO_SOLUTION, Status.OK).astype(np.uint8))


def smallest_count(events: Coefficients, x_at_one: ArrayLike) -> FloatArray:
    """The smallest number of events that any coupling gives.

    >>> float(smallest_count(Coefficients(np.array(4.0), np.array(4.0), np.array(1.0)), -1.0))
    0.0
    """
    dip = events.linear * np.sign(x_at_one) < 0
    return events.standard - np.where(dip, events.linear**2 / (4 * events.quadratic), 0.0)


def chi2_threshold(
    chi2_level: ArrayLike, chi2_reference: str, chi2_standard: ArrayLike, chi2_best: ArrayLike
) -> FloatArray:
    """The chi2 beyond which a point is excluded; `chi2_standard` and `chi2_best`: without X, and the smallest.

    >>> float(chi2_threshold(2.706, "best fit", 0.4, 0.1))
    2.806
    """
    start = _COUNTED_FROM[chi2_reference](chi2_standard, chi2_best)
    return np.asarray(chi2_level + np.asarray(start), dtype=np.float64)


def poisson_mean(background: ArrayLike, confidence: ArrayLike) -> FloatArray:
    """Mean of a Poisson distribution that exceeds a background with a probability: P(N > floor(background) | mean).

    The mean of signal and background together, for the criterion of Amaral et al. 2020, section III.3.2: the share of
    experiments that would see an excess. It does not ask how well the background is known.

    >>> round(float(poisson_mean(100.0, 0.9)), 4)
    114.0745
    """
    return np.asarray(scipy.special.gammaincinv(np.floor(background) + 1, confidence))
