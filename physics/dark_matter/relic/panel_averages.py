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
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import DECAY_OF_MANY, Rule, leak, place_of_pole, rule
from physics.dark_matter.relic.channels import counts_of_many, is_massless_of_many
from physics.dark_matter.relic.x_pairs import amplitude
from physics.numerics.bessel import HIGH, k1_series, k2_scaled

__all__ = ["COLD", "S_AT", "S_X_AT", "Shared", "averages_of_X", "log_alpha", "panel_averages", "shared_by_panels", "work_space"]

COLD = 0.5 * HIGH  # the least x: here z = 2x
N_X, LANES = 10, 12  # x of a panel; side by side, with as many more as make whole vectors
COLDEST = 64.0  # exp(-64) and less are not told apart
HALVINGS = 8  # e^t is what Taylor's polynomial says of t/256, squared so many times
IN_V, IN_G = 12, 14  # powers of v and of g in B
SQRT_HALF_PI = math.sqrt(0.5 * math.pi)
_EXP = tuple(1 / math.factorial(k) for k in range(9, -1, -1))

# Rows of the work space: of x; thermal factors of S and S_2; what is asked for
TWICE, PER_TWICE, WEIGHT, F_AT, S_X_AT, S_AT = 0, 1, 2, 3, 5, 7
MOST_WIDTHS = 10

Complexes = NDArray[np.complex128]


def _k1() -> tuple[float, ...]:
    """sqrt(z) e^z K_1(z) in powers of 2 HIGH v - 1, highest first."""
    series = chebyshev.chebinterpolate(lambda t: k1_series(2 * HIGH / (1 + t)), 80)[:10]
    return tuple(float(c) for c in chebyshev.cheb2poly(series)[::-1])


def _B(v: FloatArray, g: FloatArray) -> FloatArray:
    """By Gauss and Hermite, as in `weighted_k1`, without what cancels: cosh(eta) = 1 + t^2 v."""
    t, weights = (a[40:] for a in np.polynomial.hermite.hermgauss(80))
    u = t**2 * v[..., np.newaxis]
    root, g = np.sqrt(2 + u), g[..., np.newaxis]
    terms = root * (2 + g**2 / (1 + g * u * (2 + u))) - (1 - g) / (math.sqrt(2) * root * (math.sqrt(2) + root))
    value: FloatArray = (2 * weights * t**2 * terms).sum(axis=-1)
    return value


def _B_series() -> FloatArray:
    """Coefficients (power of 2 g - 1, power of 2 HIGH v - 1) of B/6, highest first."""
    n = 40
    t = chebyshev.chebpts1(n)
    to_series = np.linalg.inv(chebyshev.chebvander(t, n - 1))
    v, g = np.meshgrid((t + 1) / (2 * HIGH), (t + 1) / 2)
    series = (to_series @ _B(v, g) @ to_series.T)[:IN_G, :IN_V] / 6
    in_g, in_v = (np.array([np.pad(chebyshev.cheb2poly(e), (0, m))[:m] for e in np.eye(m)]) for m in (IN_G, IN_V))
    return np.ascontiguousarray((in_g.T @ series @ in_v)[::-1, ::-1])


_K1, _B_OF = _k1(), _B_series()

# Sums in any order, as vectors need it
_vector = compiled(fastmath={"contract", "reassoc"})
_inlined = compiled(inline="always", fastmath={"contract", "reassoc"})


@_inlined
def _power_series(coefficients: tuple[float, ...], t: Any) -> Any:
    total = coefficients[0] + 0.0 * t
    for c in coefficients[1:]:
        total = c + t * total
    return total


class Shared(NamedTuple):
    """What panels share: final states, massless ones as the first, widths, and of the poles what x does not change."""

    d: float
    couplings: FloatArray
    y_f: FloatArray
    widths: FloatArray
    theta: Complexes  # (final state, width)
    residue: Complexes  # with the coupling, and z^(-1/4)
    root: Complexes  # (width,): sqrt(z), z = 1 + d + i w
    B: Complexes  # (width, power of 2 HIGH v - 1): of B/6


@_vector
def shared_by_panels(d: float, widths: FloatArray, couplings: FloatArray, y_f: FloatArray, weighted: bool) -> Shared:
    """For ascending widths; B only if weighted."""
    n, m = couplings.size, widths.size
    merged = couplings.copy()
    for c in range(1, n):
        if is_massless_of_many(couplings[c], y_f[c]):
            merged[0] += couplings[c]
            merged[c] = 0.0
    theta, residue = np.zeros((n, m), np.complex128), np.zeros((n, m), np.complex128)
    root, B = np.empty(m, np.complex128), np.zeros((m, IN_V), np.complex128)
    for k in range(m):
        z = complex(1.0 + d, widths[k])
        root[k] = cmath.sqrt(z)
        for c in range(n):
            if merged[c] > 0.0:
                theta[c, k], at_pole = place_of_pole(d, widths[k], y_f[c])
                residue[c, k] = merged[c] * at_pole / cmath.sqrt(root[k])
        if weighted:
            t = 2 / z - 1
            for i in range(IN_G):
                for j in range(IN_V):
                    B[k, j] = B[k, j] * t + _B_OF[i, j]
    return Shared(d, merged, y_f, widths, theta, residue, root, B)


@compiled
def work_space() -> FloatArray:
    """What `panel_averages` needs; rows from S_AT on: S for each width, from S_AT + MOST_WIDTHS on: S_2."""
    return np.zeros((S_AT + 2 * MOST_WIDTHS, LANES))


@_inlined
def _fill(r: float, above: float, weighted: bool, B: FloatArray, work: FloatArray) -> None:
    """Thermal factors at all x: times sqrt(z) e^(2x r) and exp(-2x above)."""
    scale, cold = 2 * HIGH / r, above / (-(2.0**HALVINGS))
    for j in range(LANES):
        e = _power_series(_EXP, max(work[TWICE, j] * cold, -COLDEST / 2**HALVINGS))
        for _ in range(HALVINGS):
            e *= e
        v = scale * work[PER_TWICE, j] - 1.0
        work[F_AT, j] = _power_series(_K1, v) * e
        if weighted:
            work[F_AT + 1, j] = e
    if weighted:
        g = 1 / (r * r)
        t = 2 * g - 1.0
        for i in range(IN_V):
            total = _B_OF[0, i]
            for m in range(1, IN_G):
                total = total * t + _B_OF[m, i]
            B[i] = total
        growth = (1 - g) * r * (SQRT_HALF_PI / 6)
        for j in range(LANES):
            v = scale * work[PER_TWICE, j] - 1.0
            total = B[0]
            for i in range(1, IN_V):
                total = total * v + B[i]
            work[F_AT + 1, j] *= total + growth * work[TWICE, j]


@_vector
def _add_sums(of: Rule, factor: float, y_f: float, pole: float, widths: FloatArray, weighted: bool, work: FloatArray) -> None:
    """The trapezoidal sums of one final state."""
    widths, work, B = borrowed(widths), borrowed(work), np.empty(IN_V)
    gap, excess, step, sinh_reach, _, staggered = of
    factor *= 2 * gap * gap * step
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y = 1.0 + (excess + gap * sinh2)
        r = math.sqrt(y)
        _fill(r, (excess + gap * sinh2) / (r + 1.0), weighted, B, work)
        numerator = factor * sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / (r * math.sqrt(r))
        distance2 = (gap * sinh2 - pole) ** 2
        for k in range(widths.size):
            weight = numerator / (distance2 + widths[k] * widths[k])
            for j in range(LANES):
                work[S_AT + k, j] += weight * work[F_AT, j]
            if weighted:
                for j in range(LANES):
                    work[S_AT + MOST_WIDTHS + k, j] += weight * work[F_AT + 1, j]
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step


@_vector
def _add_pole(k: int, lacking: complex, shared: Shared, weighted: bool, work: FloatArray) -> None:
    """What the poles of a width add, with all that they lack."""
    work, root, B = borrowed(work), shared.root[k], borrowed(shared.B)
    zeta = complex(shared.d, shared.widths[k])
    per_root, slope = 2 * HIGH / root, -zeta / (root + 1.0) / 2**HALVINGS
    growth = zeta / root * (SQRT_HALF_PI / 6)
    lacking /= shared.widths[k]
    for j in range(LANES):
        t = work[TWICE, j] * slope
        e = _power_series(_EXP, complex(max(t.real, -COLDEST / 2**HALVINGS), t.imag))
        for _ in range(HALVINGS):
            e *= e
        e *= lacking
        v = per_root * work[PER_TWICE, j] - 1.0
        work[S_AT + k, j] += (_power_series(_K1, v) * e).imag
        if weighted:
            total = B[k, 0]
            for i in range(1, IN_V):
                total = total * v + B[k, i]
            work[S_AT + MOST_WIDTHS + k, j] += ((total + growth * work[TWICE, j]) * e).imag


@_vector
def panel_averages(x: FloatArray, shared: Shared, weighted: bool, work: FloatArray) -> None:
    """Put S for each width, and S_2 if weighted, at descending x of a panel, into rows of the work space."""
    d, widths, n = shared.d, shared.widths, shared.widths.size
    hottest, coldest = x[-1], x[0]
    for j in range(LANES):
        here = x[min(j, N_X - 1)]
        work[TWICE, j], work[PER_TWICE, j] = 2 * here, 0.5 / here
        work[WEIGHT, j] = math.sqrt(0.5 * here) / k2_scaled(here) ** 2
    work[S_AT:] = 0.0
    reaches = 2 * hottest * (shared.root[0].real - 1.0) < COLDEST
    lacking = np.zeros(n, np.complex128)
    for c in range(shared.couplings.size):
        coupling, y_f = shared.couplings[c], shared.y_f[c] if c > 0 else 0.0
        if coupling > 0.0 and counts_of_many(hottest, d, widths[0], y_f):
            of = rule(hottest, coldest, d, widths[0], widths[-1], y_f, DECAY_OF_MANY)
            _add_sums(of, coupling, y_f, d - of.excess, widths, weighted, work)
            for k in range(n if reaches else 0):
                lacking[k] += shared.residue[c, k] * leak(shared.theta[c, k], of)
    for k in range(n):
        if lacking[k] != 0.0:
            _add_pole(k, lacking[k], shared, weighted, work)
        for row in range(S_AT + k, S_AT + k + (MOST_WIDTHS + 1 if weighted else 1), MOST_WIDTHS):
            for j in range(LANES):
                work[row, j] *= work[WEIGHT, j]


@_vector
def log_alpha(d: float, phase_space: float, weighted: bool, work: FloatArray, out: FloatArray) -> None:
    """ln of alpha = pi sqrt(d) h(y) y (y+1/2) x K_1(2x sqrt y)/K_2(x)^2, without exponentials, at y = 1 + d > 1.

    At the x that were last in `panel_averages`; (kind, x): of S, and of S_2 if weighted.
    """
    y = 1.0 + d
    r = math.sqrt(y)
    _fill(r, 0.0, weighted, np.empty(IN_V), work)
    front = math.pi * math.sqrt(d) * phase_space * y * (y + 0.5) / math.sqrt(r)
    for kind in range(2 if weighted else 1):
        for j in range(N_X):
            out[kind, j] = math.log(front * work[WEIGHT, j] * work[F_AT + kind, j])


@_vector
def averages_of_X(x: FloatArray, d: float, weighted: bool, work: FloatArray) -> None:
    """Put S_XX, without its Boltzmann factor, and S_2 of pairs of X into rows from S_X_AT on."""
    B, rho2 = np.empty(IN_V), 4 * (1 + d)
    gap, excess, step, sinh_reach, _, _ = rule(x[-1], x[0], -1.0, 0.0, 0.0, rho2, DECAY_OF_MANY)
    root = math.sqrt(1.0 + excess)
    for kind in range(2):
        work[S_X_AT + kind] = 0.0
    sinh, cosh = math.sinh(0.5 * step), math.cosh(0.5 * step)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        open_by = sinh2 * (1.0 + sinh2)  # (y - 1) (y - rho^2) / gap^2
        y = 1.0 + (excess + gap * sinh2)
        r = math.sqrt(y)
        _fill(r, gap * sinh2 / (r + root), weighted, B, work)
        weight = 3 * gap * gap * step * open_by * amplitude(y, rho2, gap * gap * open_by) / (r * math.sqrt(r))
        for kind in range(2 if weighted else 1):
            for j in range(LANES):
                work[S_X_AT + kind, j] += weight * work[F_AT + kind, j]
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    for kind in range(2 if weighted else 1):
        for j in range(LANES):
            work[S_X_AT + kind, j] *= work[WEIGHT, j]
