"""Freeze-out by quadrature: eqs. (3.3) and (3.7) of Drees & Zhao 2021 for any pole, width and final states.

The integral over x is exact to 1e-9, x_f to rounding. relic_integrator = "quadrature", and what the tables
are made from and compared with.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import DECAY, NARROWEST_GAP
from physics.dark_matter.relic.channels import MASSLESS, channel_sum
from physics.numerics.roots import Bracket, narrowed, secant

__all__ = ["X_MIN", "annihilation_integral", "freeze_out_points"]

X_MIN, X_MAX = 0.3, 120.0  # where freeze-out is looked for; unitarity keeps x_f below 100
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@compiled
def annihilation_integral(
    x_f: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float
) -> float:
    """Int_{x_f}^inf channel_sum(x) / x^2 dx, the dimensionless part of Drees & Zhao 2021, eq. (3.7).

    In ln x the integrand is smooth but for the Boltzmann factor of a pole that can be reached (d > 0): Gauss-Legendre
    panels of a factor 8, or over which that falls by exp(-8), up to where the pole is frozen out or resolved by the
    cold gas, and every threshold. Beyond, it is smooth in 1/x, and one panel in 1/x takes the rest, to infinity.
    """
    slope = 2 * (math.sqrt(1.0 + d) - 1.0) if d > 0.0 else 0.0
    x_end = max(x_f, 40.0 / max(abs(d), w))
    if d > 0.0:
        x_end = max(x_end, x_f + DECAY / slope)
    if pairs > 0.0:
        x_end = max(x_end, 40.0 / max(abs(3.0 + 4 * d), NARROWEST_GAP))  # |(m_X/m_psi)^2 - 1|
    for i in range(couplings.size):
        if y_f[i] > 0.0 and couplings[i] * y_f[i] ** 2 >= MASSLESS:
            x_end = max(x_end, 40.0 / max(abs(1.0 - y_f[i]), NARROWEST_GAP))
    total = 0.0
    a = x_f
    while a < x_end:
        b = min(8.0 * a, x_end)
        if d > 0.0 and slope * (a - x_f) < DECAY:
            b = min(4.0 * a, a + 8.0 / slope, x_end)
        half, middle = 0.5 * math.log(b / a), 0.5 * math.log(b * a)
        for k in range(_NODES.size):
            x = math.exp(middle + half * _NODES[k])
            total += half * _WEIGHTS[k] * channel_sum(x, d, w, couplings, y_f, pairs) / x
        a = b
    for k in range(_NODES.size):
        fraction = 0.5 * (1.0 + _NODES[k])
        total += 0.5 * _WEIGHTS[k] / x_end * channel_sum(x_end / fraction, d, w, couplings, y_f, pairs)
    return total


@compiled
def _excess(
    x: float, strength: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float
) -> float:
    """X minus the right-hand side of eq. (3.3): negative while annihilation keeps equilibrium."""
    rate = strength * channel_sum(x, d, w, couplings, y_f, pairs) / math.sqrt(x)
    return x - math.log(rate) if rate > 0.0 else math.inf


@compiled
def _largest_root(strength: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float) -> float:
    """Largest solution of eq. (3.3) in X_MIN..X_MAX, NaN without one, inf beyond X_MAX."""
    x_high, e_high = X_MAX, _excess(X_MAX, strength, d, w, couplings, y_f, pairs)
    if e_high <= 0.0:
        return math.inf
    x_above, e_above = x_high, e_high  # the point before x_high
    low, e_low = 0.0, 0.0
    while low == 0.0:
        if x_high <= X_MIN:
            return math.nan
        x = max(x_high / 1.4, X_MIN)
        e = _excess(x, strength, d, w, couplings, y_f, pairs)
        if e <= 0.0:
            low, e_low = x, e
        elif e_high < e and e_high < e_above and e_high < 0.5:
            # a minimum just above zero: two roots may hide beside it (golden section)
            a, b = x, x_above
            ratio = 0.5 * (math.sqrt(5.0) - 1.0)
            for _ in range(60):
                p, q = b - ratio * (b - a), a + ratio * (b - a)
                e_p = _excess(p, strength, d, w, couplings, y_f, pairs)
                e_q = _excess(q, strength, d, w, couplings, y_f, pairs)
                if e_q <= 0.0 or e_p <= 0.0:
                    low, e_low = (q, e_q) if e_q <= 0.0 else (p, e_p)
                    x_high, e_high = x_above, e_above
                    break
                if b - a < 1e-8 * b:
                    break
                if e_p < e_q:
                    b = q
                else:
                    a = p
            if low == 0.0:
                x_above, e_above, x_high, e_high = x_high, e_high, x, e
        else:
            x_above, e_above, x_high, e_high = x_high, e_high, x, e
    bracket = Bracket(low, x_high, e_low, e_high, 0)
    for _ in range(100):
        x = secant(bracket)
        if not bracket.low < x < bracket.high:
            x = 0.5 * (bracket.low + bracket.high)
        e = _excess(x, strength, d, w, couplings, y_f, pairs)
        if abs(e) < 2e-15 * x or bracket.high - bracket.low < 1e-14 * x:
            return x
        bracket = narrowed(bracket, x, e, True)
    return x


@compiled
def freeze_out_points(
    strength: FloatArray, d: FloatArray, w: FloatArray, couplings: FloatArray, y_f: FloatArray, pairs: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x_f, S(x_f) and J/B for arrays of points; couplings and y_f have a row for each point."""
    x_f = np.full(strength.size, math.nan)
    at_x_f = np.full(strength.size, math.nan)
    integral = np.full(strength.size, math.nan)
    for i in range(strength.size):
        if strength[i] > 0.0 and w[i] > 0.0 and math.isfinite(d[i]):
            x_f[i] = _largest_root(strength[i], d[i], w[i], couplings, y_f[i], pairs[i])
            if math.isfinite(x_f[i]):
                at_x_f[i] = channel_sum(x_f[i], d[i], w[i], couplings, y_f[i], pairs[i])
                integral[i] = annihilation_integral(x_f[i], d[i], w[i], couplings, y_f[i], pairs[i])
    return x_f, at_x_f, integral
