"""Freeze-out where massive final states count: many points that share the masses of X and psi.

For given m_X and mass_ratio, x_f and J depend only on the strength of eq. (3.3) and on the width w: S and J are smooth
functions of (ln x, ln w), here a product of Chebyshev polynomials on the part that the points need, from the exact
integrator. Every sheet is compared with it between its nodes. Where the two differ, where points are too few to pay for
a sheet, or where roots of eq. (3.3) merge, the points are left to the exact integrator.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.exact import X_MIN, largest_root, sheet
from physics.dark_matter.relic.fast import (
    FINE_RATIO,
    FINE_UNCLEAR,
    LARGE,
    MINIMUM_UNCLEAR,
    MULTIPLE_BELOW,
    SCAN_RATIO,
)
from physics.numerics.chebyshev import clenshaw
from physics.numerics.roots import Bracket, narrowed, secant

__all__ = ["sheet_freeze_out"]

FEWEST_POINTS = 20  # on a sheet
TOLERANCE = 3e-7  # relative, of S and J between the nodes
NARROW = 0.05  # largest w in units of the distance to the thresholds and of 1/x for which S w is a cubic in w ...
CONSTANT = 1e-4  # ... and for which it is linear
MARGIN = 1.02  # above the largest x_f
SEARCHING, BRACKETED, NO_ROOT, UNCLEAR = range(4)
_GL4, _GL16 = np.polynomial.legendre.leggauss(4), np.polynomial.legendre.leggauss(16)


@cache
def _nodes(n: int) -> FloatArray:
    return np.asarray(chebyshev.chebpts1(n), dtype=np.float64)


@cache
def _inverse(n: int) -> FloatArray:
    """From values at the nodes to Chebyshev coefficients."""
    return np.asarray(np.linalg.inv(chebyshev.chebvander(_nodes(n), n - 1)))


@cache
def _gaps(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gauss points in the gaps between the nodes and up to 1, half-widths of the gaps, interpolation to the points."""
    edges = np.append(_nodes(n), 1.0)
    half = np.diff(edges) / 2
    points = (edges[:-1] + half)[:, np.newaxis] + half[:, np.newaxis] * _GL4[0]
    return points, half, chebyshev.chebvander(points, n - 1) @ _inverse(n)


def _to_coefficients(values: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Chebyshev coefficients along some axes, from values at the nodes."""
    for axis in axes:
        values = np.moveaxis(np.tensordot(_inverse(values.shape[axis]), values, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(values)


class _Function(NamedTuple):
    """S or J on a sheet: coefficients in (w, x), ln(alpha exp(a x)) and a of the pole, and what w is measured in."""

    series: FloatArray
    alpha: FloatArray
    exponent: float
    middle_w: float
    half_w: float
    is_narrow: bool


class _Sheet:
    """S and J of one pair of masses, for ln x and ln w in given ranges.

    A resonance much narrower than its distance from the thresholds has S = alpha/w + R(w), alpha from the residue of
    the pole, R a polynomial in w; J likewise. For others ln S and ln J are Chebyshev series in ln w.
    """

    def __init__(
        self, d: float, y_f: FloatArray, couplings: FloatArray, x: tuple[float, float], w: tuple[float, float]
    ) -> None:
        self.d, self.y_f, self.couplings = d, y_f, couplings
        self.middle_x, self.half_x = math.log(x[0] * x[1]) / 2, math.log(x[1] / x[0]) / 2
        scale = min(np.abs([d, *(1 + d - np.maximum(y_f, 1.0))]).min(), 1 / x[1])
        self.is_narrow = bool(w[1] < NARROW * scale)
        if self.is_narrow:
            self.middle_w, self.half_w = 0.0, w[1]
            n_w = 1 if w[1] < CONSTANT * scale else 3
        else:
            self.middle_w, self.half_w = math.log(w[0] * w[1]) / 2, math.log(w[1] / w[0]) / 2
            n_w = 12 + 8 * math.ceil(self.half_w) if self.half_w > 0.0 else 1
        n_x = 12 + 5 * math.ceil(2 * self.half_x)
        t, u = _nodes(n_x), _nodes(n_w) if not self.is_narrow else np.array([1.0, 0.6, 0.25])[:n_w]
        S, J_top = sheet(self._x(t), x[1], d, self._w(u), couplings, y_f)

        # J(x_i) from J(x_top), one gap between nodes after the other
        inner, half, interpolate = _gaps(n_x)

        def integrated(f: FloatArray, top: FloatArray) -> FloatArray:
            pieces = self.half_x * half * ((f / self._x(inner)) @ _GL4[1])
            total: FloatArray = top[..., np.newaxis] + np.cumsum(pieces[..., ::-1], axis=-1)[..., ::-1]
            return total

        self.exponent, self.alpha = 2 * (math.sqrt(1 + d) - 1), np.full((2, n_x), -np.inf)
        if self.is_narrow:
            powers = np.linalg.inv(np.vander(u, increasing=True))
            alpha, alpha_J = self._residue(t), integrated(self._residue(inner), self._residue_beyond(x[1]))
            if alpha[0] > 0.0:
                self.alpha = _to_coefficients(np.log([alpha, alpha_J]) + self.exponent * self._x(t), (1,))
            w_nodes = self._w(u)[:, np.newaxis]
            R = powers @ (S - alpha / w_nodes)
            R_top = powers @ (J_top - self._residue_beyond(x[1]) / w_nodes[:, 0])
            R_J = integrated(np.tensordot(R, interpolate, axes=(1, 2)), R_top)
            self.S, self.J = _to_coefficients(R, (1,)), _to_coefficients(R_J, (1,))
        else:
            J = integrated(np.exp(np.tensordot(np.log(S), interpolate, axes=(1, 2))), J_top)
            self.S, self.J = _to_coefficients(np.log(S), (0, 1)), _to_coefficients(np.log(J), (0, 1))
        self.is_exact = self._error() < TOLERANCE

    def _x(self, t: FloatArray) -> FloatArray:
        return np.exp(self.middle_x + self.half_x * t)

    def _w(self, u: FloatArray) -> FloatArray:
        return self.half_w * u if self.is_narrow else np.exp(self.middle_w + self.half_w * u)

    def _residue(self, t: FloatArray) -> FloatArray:
        """S w for w -> 0: what the pole gives where it can be reached."""
        x, y = self._x(t), 1 + self.d
        is_open = (self.d > 0) & (y > self.y_f)
        y_f = np.where(is_open, self.y_f, 0.0)
        phase_space = np.sum(is_open * self.couplings * np.sqrt(1 - y_f / y) * (1 + y_f / (2 * y)))
        bessel = scipy.special.kve(1, 2 * x * math.sqrt(y)) / scipy.special.kve(2, x) ** 2
        boltzmann = np.exp(-2 * x * self.d / (math.sqrt(y) + 1))
        residue: FloatArray = (
            math.pi * math.sqrt(max(self.d, 0.0)) * phase_space * y * (y + 0.5) * x * bessel * boltzmann
        )
        return residue

    def _residue_beyond(self, x_top: float) -> FloatArray:
        """Int_{x_top}^inf residue/x^2 dx."""
        if self.d <= 0:
            return np.zeros(())
        end = math.log1p(40 / (x_top * 2 * self.d / (math.sqrt(1 + self.d) + 1)))
        half = end / 2 / math.ceil(2 * end)
        nodes = math.log(x_top) + half * (1 + 2 * np.arange(math.ceil(2 * end))[:, np.newaxis] + _GL16[0])
        f = self._residue((nodes - self.middle_x) / self.half_x) * np.exp(-nodes)
        return np.asarray(half * np.sum(_GL16[1] * f))

    def _error(self) -> float:
        """Largest relative difference of S and J from the exact integrator at points between the nodes."""
        t = np.array([-0.93, -0.41, 0.13, 0.77])
        w = self._w(np.array([0.13, 0.72] if self.is_narrow else [-0.87, 0.36]))
        S, J = sheet(self._x(t), self._x(t)[1], self.d, w, self.couplings, self.y_f)
        off_S = _log_values(t, self._x(t), w, *self.of_S) - np.log(S)
        off_J = _log_values(t[1:2], self._x(t[1:2]), w, *self.of_J)[:, 0] - np.log(J)
        return float(max(np.abs(off_S).max(), np.abs(off_J).max()))

    @property
    def of_S(self) -> _Function:
        """What the compiled functions need to know of S."""
        return _Function(self.S, self.alpha[0], self.exponent, self.middle_w, self.half_w, self.is_narrow)

    @property
    def of_J(self) -> _Function:
        """What the compiled functions need to know of J."""
        return _Function(self.J, self.alpha[1], self.exponent, self.middle_w, self.half_w, self.is_narrow)


@compiled
def _at_width(w: float, f: _Function, out: FloatArray) -> None:
    """Chebyshev coefficients in x at one width."""
    out[:] = f.series[0]
    if f.is_narrow:
        u = w / f.half_w
        power = u
        for k in range(1, f.series.shape[0]):
            out += power * f.series[k]
            power *= u
    elif f.series.shape[0] > 1:
        u = (math.log(w) - f.middle_w) / f.half_w
        before, now = 1.0, u
        for k in range(1, f.series.shape[0]):
            out += now * f.series[k]
            before, now = now, 2 * u * now - before


@compiled
def _log_value(t: float, x: float, w: float, c: FloatArray, f: _Function) -> float:
    if not f.is_narrow:
        return clenshaw(c, t)
    value = clenshaw(c, t)
    if f.alpha[0] > -math.inf:
        value += math.exp(clenshaw(f.alpha, t) - f.exponent * x) / w
    return math.log(value)


@compiled
def _log_values(
    t: FloatArray,
    x: FloatArray,
    w: FloatArray,
    series: FloatArray,
    alpha: FloatArray,
    exponent: float,
    middle_w: float,
    half_w: float,
    is_narrow: bool,
) -> FloatArray:
    f = _Function(series, alpha, exponent, middle_w, half_w, is_narrow)
    c, values = np.empty(series.shape[1]), np.empty((w.size, t.size))
    for i in range(w.size):
        _at_width(w[i], f, c)
        for j in range(t.size):
            values[i, j] = _log_value(t[j], x[j], w[i], c, f)
    return values


@compiled
def _excess(
    log_x: float, log_K: float, w: float, c: FloatArray, S: _Function, middle: float, half: float
) -> tuple[float, float]:
    """Value of x, and of x - ln(K S/sqrt x)."""
    x = math.exp(log_x)
    return x, x + 0.5 * log_x - log_K - _log_value((log_x - middle) / half, x, w, c, S)


@compiled
def _scan(
    log_K: float, w: float, c: FloatArray, S: _Function, middle: float, half: float
) -> tuple[int, float, Bracket]:
    """State, ln of the lower x, and both: where the excess changes sign, from above, below MULTIPLE_BELOW stepwise."""
    bottom, top = middle - half, middle + half
    first = max(bottom, math.log(MULTIPLE_BELOW))
    # the bracket: all of what is above `first`, or the first step below it that reaches the other side
    high, low = top, min(first, top)
    x, x_high = 0.0, math.exp(high)
    e_high = e_above = math.inf
    e_low = math.inf
    state, fine = SEARCHING, False
    while state == SEARCHING:
        x, e_low = _excess(low, log_K, w, c, S, middle, half)
        if e_low <= 0.0:
            state = BRACKETED
        elif low <= bottom:
            state = NO_ROOT
        elif e_high < e_low and e_high < e_above and e_high < (FINE_UNCLEAR if fine else MINIMUM_UNCLEAR):
            state = UNCLEAR if fine else SEARCHING
            low, e_high, e_above, fine = min(low + 2 * math.log(SCAN_RATIO), first), LARGE, LARGE, True
        else:
            e_above, e_high, high = e_high, e_low, low
            low = max(low - math.log(FINE_RATIO if fine else SCAN_RATIO), bottom)
    if state == BRACKETED:
        if e_high == math.inf:
            _, e_high = _excess(high, log_K, w, c, S, middle, half)
        x_high = math.exp(high)
    return state, low, Bracket(x, x_high, e_low, e_high, 0)


@compiled
def _solve(
    strength: FloatArray,
    w: FloatArray,
    S: _Function,
    J: _Function,
    middle: float,
    half: float,
    x_f: FloatArray,
    at_x_f: FloatArray,
    integral: FloatArray,
    done: NDArray[np.bool_],
) -> None:
    """Largest root of x - ln(K S/sqrt x) for every point, and J there."""
    c = np.empty(S.series.shape[1])
    for p in range(strength.size):
        _at_width(w[p], S, c)
        log_K = math.log(strength[p])
        state, log_x, bracket = _scan(log_K, w[p], c, S, middle, half)
        if state == NO_ROOT:
            done[p] = True
        if state != BRACKETED:
            continue
        x = bracket.low
        for _ in range(100):  # the excess is nearly linear in x
            x = secant(bracket)
            log_x = math.log(x)
            e = x + 0.5 * log_x - log_K - _log_value((log_x - middle) / half, x, w[p], c, S)
            if abs(e) < 1e-9:
                break
            bracket = narrowed(bracket, x, e, True)
        x_f[p], at_x_f[p] = x, math.exp(x + 0.5 * log_x) / strength[p]
        _at_width(w[p], J, c)
        integral[p] = math.exp(_log_value((log_x - middle) / half, x, w[p], c, J))
        done[p] = True


def sheet_freeze_out(
    strength: FloatArray,
    d: FloatArray,
    w: FloatArray,
    couplings: FloatArray,
    y_f: FloatArray,
    masses: NDArray[np.int64],
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """x_f, S(x_f), J/B of points, and which of them are done.

    Parameters
    ----------
    strength, d, w : ndarray, shape (n,)
        Prefactor of S/sqrt(x) in eq. (3.3); position and width of the pole.
    couplings : ndarray, shape (channels,)
        Squared couplings of the final states.
    y_f : ndarray, shape (n, channels)
        (m_f/m_psi)^2.
    masses : ndarray of int, shape (n,)
        Points with the same number share d and y_f.

    Returns
    -------
    tuple of ndarray, shape (n,)
        NaN where psi never thermalises; the values of points that are not done mean nothing.
    """
    x_f, at_x_f, integral = (np.full(d.size, np.nan) for _ in range(3))
    done = np.zeros(d.size, dtype=bool)
    order = np.argsort(masses, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(masses[order])) + 1):
        K, widths = strength[members], w[members]
        if members.size < FEWEST_POINTS or not (K.min() > 0.0 and widths.min() > 0.0 and math.isfinite(K.max())):
            continue
        here = members[0]
        # x_f rises with the strength and falls with the width, as S does: this corner has the largest
        largest = largest_root(K.max(), d[here], widths.min(), couplings, y_f[here], 0.0)
        if not math.isfinite(largest):
            done[members] = np.isnan(largest)
            continue
        x_range = X_MIN, max(largest, 2 * X_MIN) * MARGIN
        here_sheet = _Sheet(d[here], y_f[here], couplings, x_range, (widths.min(), widths.max()))
        if here_sheet.is_exact:
            results = x_f[members], at_x_f[members], integral[members], done[members]
            _solve(K, widths, here_sheet.of_S, here_sheet.of_J, here_sheet.middle_x, here_sheet.half_x, *results)
            x_f[members], at_x_f[members], integral[members], done[members] = results
    return x_f, at_x_f, integral, done
