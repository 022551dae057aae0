r"""S and S_2 of a pair of masses at all nodes of a panel of ln x, for a few widths of the pole, in vector instructions.

All x of a panel share the trapezoidal rule of breit_wigner.py: its step is that of the coldest, its reach that of the
hottest. What does not depend on x (phase space, distances from the pole) is computed once for each node in theta, the
thermal factors at a dozen x side by side, in loops without branches and calls. What the poles lack is computed for all
final states together: their thermal factors are the same.

With v = 1/z, z = 2x sqrt(y), both thermal factors are, times sqrt(z) and exp(-2x (sqrt(y) - 1)), polynomials: for z >= 8,
K_1 in v; and what `weighted_k1` gives, with g = 1/y, is [(1-g) sqrt(pi/2)/v + B(v, g)]/6, B a polynomial in both. They
are good to 1e-10 on the real axis; further off it and below threshold, where they are less, poles hardly count.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import DECAY_OF_MANY, Rule, leak, place_of_pole, rule
from physics.dark_matter.relic.channels import counts_of_many, is_massless_of_many
from physics.dark_matter.relic.x_pairs import amplitude
from physics.numerics.bessel import k2_scaled
from physics.numerics.lanes import LANES, add_multiple

__all__ = ["COLD", "HOTTEST", "Shared", "panel_averages", "shared_by_panels", "work_space"]

COLDEST = 64.0  # exp(-64) and less are not told apart
HALVINGS = 8  # e^t is what Taylor's polynomial says of t/256, squared so many times
PART, LOWEST = 0.5**HALVINGS, -COLDEST * 0.5**HALVINGS
FASTEST = 0.5  # phases of 128: poles that make more of them are so far off the real axis that they do not count
COLD, HOTTEST = 4.0, 0.2  # x from which on there are shorter series; the least
IN_X = 12  # powers of what stands for x in B
SQRT_HALF_PI = math.sqrt(0.5 * math.pi)
_EXP = tuple(1 / math.factorial(k) for k in range(9, -1, -1))

# Rows of the work space: of x; thermal factors of S and S_2; S_XX, S for each width
TWICE, PER_TWICE, OF_X, WEIGHT, F_AT, F_2_AT, S_X_AT, S_AT = (LANES * row for row in (0, 1, 2, 3, 4, 5, 6, 8))
KINDS = 10 * LANES  # from S of a width to S_2

Complexes = NDArray[np.complex128]


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


def _in_one(function: Callable[[FloatArray], FloatArray], terms: int) -> tuple[float, ...]:
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
_K1 = _in_one(lambda t: _integrals(2 * _cold_x(t), 1.0)[0], 10)  # in powers of 4 COLD v - 1
_B = _in_both(2, _cold_x, 18)
_HOT_K1, _HOT_B, _HOT_PER_K2 = _in_both(0, _hot_x, 24), _in_both(2, _hot_x, 24), _in_one(_per_k2, 20)

_vector = compiled(fastmath={"contract"})
_inlined = compiled(inline="always", fastmath={"contract"})


@_inlined
def _power_series(coefficients: tuple[float, ...], t: Any) -> Any:
    total = coefficients[0] + 0.0 * t
    for c in coefficients[1:]:
        total = c + t * total
    return total


@_inlined
def _boltzmann(t: Any) -> Any:
    """e^(t/PART)."""
    e = _power_series(_EXP, t)
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
def _all(b: NDArray[Any]) -> Any:
    """Numbers that the compiler keeps in registers."""
    return b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11]


class Shared(NamedTuple):
    """What panels share: final states, massless ones as the first, widths, and of the poles what x does not change."""

    d: float
    couplings: FloatArray
    y_f: FloatArray
    widths: FloatArray
    theta: Complexes  # (final state, width)
    residue: Complexes  # with the coupling, and z^(-1/4)
    root: Complexes  # (width,): sqrt(z), z = 1 + d + i w
    K1: Complexes  # (width, power of what stands for x), where hot
    B: Complexes  # B/6
    hot: bool  # for x below COLD, else above


@_vector
def shared_by_panels(
    d: float, widths: FloatArray, couplings: FloatArray, y_f: FloatArray, weighted: bool, hottest: float
) -> Shared:
    """For ascending widths, and x from `hottest` on, or from there up to COLD; B only if weighted."""
    n, m = couplings.size, widths.size
    hot, merged = hottest < COLD, couplings.copy()
    for c in range(1, n):
        if is_massless_of_many(couplings[c], y_f[c]):
            merged[0] += couplings[c]
            merged[c] = 0.0
        elif not counts_of_many(hottest, d, widths[0], y_f[c]):
            merged[c] = 0.0
    theta, residue = np.zeros((n, m), np.complex128), np.zeros((n, m), np.complex128)
    root = np.empty(m, np.complex128)
    K1, B = np.zeros((m, IN_X), np.complex128), np.zeros((m, IN_X), np.complex128)
    for k in range(m):
        root[k] = cmath.sqrt(complex(1.0 + d, widths[k]))
        for c in range(n):
            if merged[c] > 0.0:
                theta[c, k], at_pole = place_of_pole(d, widths[k], y_f[c])
                residue[c, k] = merged[c] * at_pole / cmath.sqrt(root[k])
        if not residue[:, k].any():
            continue
        t = 2 / root[k] - 1.0
        if hot:
            _in_x(_HOT_K1, t, K1[k])
        if weighted and hot:
            _in_x(_HOT_B, t, B[k])
        elif weighted:
            _in_x(_B, t, B[k])
    return Shared(d, merged, y_f, widths, theta, residue, root, K1, B, hot)


@compiled
def work_space() -> FloatArray:
    """What `panel_averages` works in."""
    return np.zeros(S_AT + 2 * KINDS)


@_vector
def _of_S(hot: bool, r: float, above: float, B: FloatArray, work: FloatArray) -> None:
    work, B = borrowed(work), borrowed(B)
    cold = -PART * above
    if hot:
        _in_x(_HOT_K1, 2 / r - 1.0, B)
        in_x = _all(B)
        for j in range(LANES):
            e = _boltzmann(max(work[TWICE + j] * cold, LOWEST))
            work[F_AT + j] = _power_series(in_x, work[OF_X + j]) * e
            work[F_2_AT + j] = e
    else:
        scale = 4 * COLD / r
        for j in range(LANES):
            e = _boltzmann(max(work[TWICE + j] * cold, LOWEST))
            work[F_AT + j] = _power_series(_K1, scale * work[PER_TWICE + j] - 1.0) * e
            work[F_2_AT + j] = e


@_vector
def _of_S_2(hot: bool, y_minus_1: float, r: float, B: FloatArray, work: FloatArray) -> None:
    work, B = borrowed(work), borrowed(B)
    if hot:
        _in_x(_HOT_B, 2 / r - 1.0, B)
    else:
        _in_x(_B, 2 / r - 1.0, B)
    in_x, growth = _all(B), y_minus_1 / r * (SQRT_HALF_PI / 6)
    for j in range(LANES):
        work[F_2_AT + j] *= _power_series(in_x, work[OF_X + j]) + growth * work[TWICE + j]


@_inlined
def _fill(
    hot: bool, y_minus_1: float, r: float, above: float, weighted: bool, B: FloatArray, work: FloatArray
) -> None:
    """Thermal factors at all x for y = r^2, times sqrt(z) e^(2x r) and exp(-2x above)."""
    _of_S(hot, r, above, B, work)
    if weighted:
        _of_S_2(hot, y_minus_1, r, B, work)


@_vector
def _add_sums(
    of: Rule, factor: float, y_f: float, pole: float, widths: FloatArray, hot: bool, weighted: bool, work: FloatArray
) -> None:
    """The trapezoidal sums of one final state."""
    widths, work, B = borrowed(widths), borrowed(work), np.empty(IN_X)
    gap, excess, step, sinh_reach, _, staggered = of
    factor *= 2 * gap * gap * step
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        r = math.sqrt(y)
        _fill(hot, y_minus_1, r, y_minus_1 / (r + 1.0), weighted, B, work)
        numerator = factor * sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / (r * math.sqrt(r))
        distance2 = (gap * sinh2 - pole) ** 2
        for k in range(widths.size):
            weight = numerator / (distance2 + widths[k] * widths[k])
            add_multiple(work, S_AT + LANES * k, weight, F_AT)
            if weighted:
                add_multiple(work, S_AT + KINDS + LANES * k, weight, F_2_AT)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step


@_vector
def _add_pole(k: int, lacking: complex, shared: Shared, weighted: bool, work: FloatArray) -> None:
    """What the poles of a width add, with all that they lack."""
    work = borrowed(work)
    hot, root, zeta = shared.hot, shared.root[k], complex(shared.d, shared.widths[k])
    scale, slope, growth = 4 * COLD / root, -PART * zeta / (root + 1.0), zeta / root * (SQRT_HALF_PI / 6)
    hot_k1, B = _all(shared.K1[k]), _all(shared.B[k])
    lacking /= shared.widths[k]
    for j in range(LANES):
        t = work[TWICE + j] * slope
        e = _boltzmann(complex(max(t.real, LOWEST), max(t.imag, -FASTEST))) * lacking
        if hot:
            thermal = _power_series(hot_k1, work[OF_X + j])
        else:
            thermal = _power_series(_K1, scale * work[PER_TWICE + j] - 1.0)
        work[S_AT + LANES * k + j] += (thermal * e).imag
        if weighted:
            thermal = _power_series(B, work[OF_X + j]) + growth * work[TWICE + j]
            work[S_AT + KINDS + LANES * k + j] += (thermal * e).imag


@_vector
def _add_averages(x: FloatArray, shared: Shared, weighted: bool, work: FloatArray) -> None:
    """S for each width, and S_2."""
    d, widths, n = shared.d, shared.widths, shared.widths.size
    hottest, coldest = x[-1], x[0]
    in_reach = 2 * hottest * (shared.root[0].real - 1.0) < COLDEST  # the poles
    lacking = np.zeros(n, np.complex128)
    for c in range(shared.couplings.size):
        coupling, y_f = shared.couplings[c], shared.y_f[c]
        if coupling > 0.0 and counts_of_many(hottest, d, widths[0], y_f):
            of = rule(hottest, coldest, d, widths[0], widths[-1], y_f, DECAY_OF_MANY)
            _add_sums(of, coupling, y_f, d - of.excess, widths, shared.hot, weighted, work)
            for k in range(n if in_reach else 0):
                if shared.residue[c, k] != 0.0:
                    lacking[k] += shared.residue[c, k] * leak(shared.theta[c, k], of)
    for k in range(n):
        if lacking[k] != 0.0:
            _add_pole(k, lacking[k], shared, weighted, work)


@_vector
def _add_averages_of_X(x: FloatArray, d: float, hot: bool, weighted: bool, work: FloatArray) -> None:
    """S_XX of x_pairs.py, without its Boltzmann factor, and the same with weights."""
    B, rho2 = np.empty(IN_X), 4 * (1 + d)
    gap, excess, step, sinh_reach, _, _ = rule(x[-1], x[0], -1.0, 0.0, 0.0, rho2, DECAY_OF_MANY)
    root = math.sqrt(1.0 + excess)
    sinh, cosh = math.sinh(0.5 * step), math.cosh(0.5 * step)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        open_by = sinh2 * (1.0 + sinh2)  # (y - 1) (y - rho^2) / gap^2
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        r = math.sqrt(y)
        _fill(hot, y_minus_1, r, gap * sinh2 / (r + root), weighted, B, work)
        weight = 3 * gap * gap * step * open_by * amplitude(y, rho2, gap * gap * open_by) / (r * math.sqrt(r))
        add_multiple(work, S_X_AT, weight, F_AT)
        if weighted:
            add_multiple(work, S_X_AT + LANES, weight, F_2_AT)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step


@_vector
def panel_averages(
    x: FloatArray, shared: Shared, phase_space: float, with_X: bool, weighted: bool, work: FloatArray, out: FloatArray
) -> None:
    """Averages at the descending x of a panel: `out` (S or S_2, function, x).

    The functions are S for each width, alpha without its exponential factor (shared_averages.py) where there is phase
    space on the pole, and S_XX without its Boltzmann factor.
    """
    d, n = shared.d, shared.widths.size
    work[:] = 0.0
    for j in range(LANES):
        here = x[min(j, x.size - 1)]
        work[TWICE + j], work[PER_TWICE + j] = 2 * here, 0.5 / here
        work[OF_X + j] = (math.log(here) - _MIDDLE) / _HALF if shared.hot else 2 * COLD / here - 1.0
        per_k2 = here**2 * _power_series(_HOT_PER_K2, work[OF_X + j]) if shared.hot else 1 / k2_scaled(here)
        work[WEIGHT + j] = math.sqrt(0.5 * here) * per_k2**2
    _add_averages(x, shared, weighted, work)
    if with_X:
        _add_averages_of_X(x, d, shared.hot, weighted, work)
    r = math.sqrt(1.0 + max(d, 0.0))
    front = math.pi * math.sqrt(max(d, 0.0)) * phase_space * (1.0 + d) * (1.5 + d) / math.sqrt(r)
    if phase_space > 0.0:
        _fill(shared.hot, max(d, 0.0), r, 0.0, weighted, np.empty(IN_X), work)
    for kind in range(out.shape[0]):
        for j in range(x.size):
            weight = work[WEIGHT + j]
            for k in range(n):
                out[kind, k, j] = weight * work[S_AT + KINDS * kind + LANES * k + j]
            if phase_space > 0.0:
                out[kind, n, j] = front * weight * work[F_AT + LANES * kind + j]
            out[kind, -1, j] = weight * work[S_X_AT + LANES * kind + j]
