r"""S of final states with mass, or what is left of it without its pole, for groups of x, at two widths, to 1e-9.

The trapezoidal rule of breit_wigner.py with fewer points: rows of tables (massive_rows.py) need the limit of a narrow
resonance and the first correction, which is of second order in the width. All x of a group share the step, which is
that of the coldest, and the reach, which is that of the hottest, so that what does not depend on x is computed once.
Where the pole is taken out, what is returned is S - Im[i pi sqrt(z-1) h(z) G(z)]/w: with the pole on the real axis or
next to it that is smooth in x.
"""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.lookup import cos_sin, kernel
from physics.numerics.bessel import k1_scaled, k2_scaled
from physics.numerics.exponential import exp
from physics.numerics.thermal_factors import thermal_factors

__all__ = ["LN_G", "MOST_POINTS", "SCRATCH", "bessel_weight", "two_widths", "vector"]

DECAY = 21.0  # neglected relative to what is kept: exp(-DECAY)
OUT_OF_REACH = 80.0  # exp(-80): a final state this many temperatures above threshold
TINY_WIDTH = 1e-12  # in units of the gap between the thresholds: a derivative
LN_G = 3  # g_0, g_1, g_2 of ln(G exp(a x)) = sum g_k (i w/unit)^k
MOST_POINTS = 512  # of a rule; 131 is the most that any x, pole and threshold need
SCRATCH = (6, MOST_POINTS)
PER_ROOT, ABOVE, NARROW, WIDE, FACTORS, SINH2 = range(6)  # rows of it

# Sums in any order: vectors
vector = compiled(fastmath={"contract", "reassoc"})


class _Rule(NamedTuple):
    """Trapezoidal rule in theta: y = 1 + excess + gap sinh^2(theta)."""

    n: int
    step: float
    staggered: bool
    excess: float
    gap: float


class _Pole(NamedTuple):
    """What the pole adds to S, but for G(x): Im[front exp(i phase)] exp(-x decay), phase = turn g_1 - x drift."""

    real: float
    imaginary: float
    decay: float
    drift: float
    turn: float  # w/unit


@kernel
def bessel_weight(x: float) -> float:
    """x/K_2(x)^2 without exponentials."""
    return x / k2_scaled(x) ** 2


@kernel
def _logarithm_of_G(x: float, weight: float, y: float) -> tuple[float, float, float]:
    """ln(G exp(a x)) around y, G = y (y+1/2) x K_1(2x sqrt y)/K_2(x)^2: its value, slope, and half its curvature."""
    root = math.sqrt(y)
    z, dz = 2 * x * root, x / root
    k1 = k1_scaled(z)
    slope = 1 / z - k2_scaled(z) / k1  # of ln K_1, whose curvature Bessel's equation gives
    curvature = 1 + 1 / (z * z) - slope / z - slope * slope
    first = 1 / y + 1 / (y + 0.5) + (1 + slope) * dz
    second = curvature * dz * dz - (1 + slope) * dz / (2 * y) - 1 / (y * y) - 1 / (y + 0.5) ** 2
    return math.log(y * (y + 0.5) * weight * k1), first, 0.5 * second


@kernel
def _rule(x_low: float, x_high: float, d: float, y_f: float) -> _Rule:
    gap = max(abs(1.0 - y_f), 1e-14)
    excess = max(y_f - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    pole = d - excess
    # Cold gas: the sum is smaller than the integrand within the strip by (x gap)^(3/2)
    strip, beyond = math.sqrt(DECAY * root / (x_high * gap)), DECAY + 1.5 * math.log(1.0 + x_high * gap)
    if strip > 0.25 * math.pi:
        strip = 0.25 * math.pi
        if gap < 0.1:
            beyond += 2 * math.log(1.0 + x_high * abs(pole))
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    step = 2 * math.pi * strip / (beyond + 2 * x_high * (root - math.sqrt(low)))
    tail = DECAY + (12.0 if pole > 0.0 else 2.0)
    reach = math.asinh(math.sqrt(tail / x_low * (root + tail / (4 * x_low)) / gap))
    staggered = True
    if pole > 0.0:
        phase = math.asinh(math.sqrt(pole / gap)) / step
        staggered = abs(phase - round(phase)) < 0.25
    n = math.ceil(reach / step - (0.5 if staggered else 0.0))
    return _Rule(min(max(n, 1), MOST_POINTS), step, staggered, excess, gap)


@vector
def _weigh(rule: _Rule, d: float, y_f: float, w: float, scratch: FloatArray) -> None:
    """The weights of the points for a width of zero and for w, but for factors of x, and where they are."""
    scratch = borrowed(scratch)
    n, step, staggered, excess, gap = rule
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    for k in range(n):
        scratch[SINH2, k] = sinh * sinh
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    front, pole, w2 = 2 * gap * gap * step, d - excess, w * w
    for k in range(n):
        sinh2 = scratch[SINH2, k]
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        r = math.sqrt(y)
        per_r = 1.0 / r
        off = gap * sinh2 - pole
        off *= off
        f = front * sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) * per_r * math.sqrt(per_r)
        scratch[PER_ROOT, k], scratch[ABOVE, k] = per_r, y_minus_1 / (r + 1.0)
        scratch[NARROW, k], scratch[WIDE, k] = f / off, f / (off + w2)


@vector
def _sums(x: float, n: int, scratch: FloatArray) -> tuple[float, float]:
    """The sums for both widths, without x/K_2^2."""
    scratch = borrowed(scratch)
    thermal_factors(x, n, scratch[PER_ROOT], scratch[ABOVE], scratch[FACTORS])
    narrow = wide = 0.0
    for k in range(n):
        factor = scratch[FACTORS, k]
        narrow += scratch[NARROW, k] * factor
        wide += scratch[WIDE, k] * factor
    per = 1.0 / math.sqrt(2 * x)
    return narrow * per, wide * per


@kernel
def _pole_weight(pole: float, w: float, rule: _Rule, pole_is_out: bool) -> complex:
    """What the pole adds to the sum, in units of pi F(z): 2i leak, or i (2 leak - 1) where its part is taken out."""
    theta = cmath.asinh(cmath.sqrt(complex(pole, w) / rule.gap))
    phase = math.pi * theta / rule.step
    if phase.imag > 20.0:
        return complex(0.0, -1.0) if pole_is_out else complex(0.0, 0.0)
    if pole_is_out:  # a tangent or cotangent, the small imaginary part of which is not lost
        double = 2 * phase.imag
        sign = 1.0 if rule.staggered else -1.0
        per = 1.0 / (math.cosh(double) + sign * math.cos(2 * phase.real))
        return complex(-sign * math.sin(2 * phase.real) * per, -math.sinh(double) * per)
    q = cmath.exp(2j * phase)
    leak = q / (q + 1.0) if rule.staggered else q / (q - 1.0)
    return 2j * leak


@kernel
def _pole_of(d: float, y_f: float, width: float, unit: float, rule: _Rule, pole_is_out: bool) -> _Pole:
    """What a pole adds to S; nothing where it is too far away."""
    pole = d - rule.excess
    weight = _pole_weight(pole, width, rule, pole_is_out)
    if weight == 0.0:
        return _Pole(0.0, 0.0, 0.0, 0.0, 0.0)
    zeta = complex(d, width)
    z = 1.0 + zeta
    above = complex(pole, width) / rule.gap
    # sqrt(z-1) h(z) = sqrt((z-1)(z-y_f)/z) (1 + y_f/2z); the larger of 1 and y_f is 1 + excess
    root = cmath.sqrt(z)
    phase_space = rule.gap * cmath.sqrt(above) * cmath.sqrt(1.0 + above) / root * (1.0 + 0.5 * y_f / z)
    front = math.pi / width * phase_space * weight
    slope = 2 * zeta / (root + 1.0)
    return _Pole(front.real, front.imag, slope.real, slope.imag, width / unit)


@kernel
def _of_pole(x: float, g_0: float, g_1: float, g_2: float, pole: _Pole) -> float:
    size = exp(g_0 - pole.turn * pole.turn * g_2 - x * pole.decay)
    cos, sin = cos_sin(pole.turn * g_1 - x * pole.drift)
    return size * (pole.imaginary * cos + pole.real * sin)


@kernel
def two_widths(
    x: FloatArray,
    weight: FloatArray,
    d: float,
    y_f: float,
    pole_is_out: bool,
    ln_G: FloatArray,
    unit: float,
    w: float,
    scratch: FloatArray,
    narrow: FloatArray,
    wide: FloatArray,
) -> None:
    """Put S of one final state, without its pole where that is taken out, for widths of zero and w, in the last two.

    x: ascending; weight: x/K_2(x)^2; ln_G (x, LN_G): around 1 + d, in powers of i w/unit; NaN: found where needed, for
    a unit of 1.
    """
    x, weight, ln_G, scratch = borrowed(x), borrowed(weight), borrowed(ln_G), borrowed(scratch)
    narrow, wide = borrowed(narrow), borrowed(wide)
    if 2 * x[0] * (math.sqrt(max(y_f, 1.0)) - 1.0) > OUT_OF_REACH and not pole_is_out:
        narrow[:] = 0.0
        wide[:] = 0.0
        return
    rule = _rule(x[0], x[-1], d, y_f)
    _weigh(rule, d, y_f, w, scratch)
    tiny = _pole_of(d, y_f, TINY_WIDTH * rule.gap, unit, rule, pole_is_out)
    broad = _pole_of(d, y_f, w, unit, rule, pole_is_out) if w > 0.0 else tiny
    with_pole = tiny.real != 0.0 or tiny.imaginary != 0.0 or broad.real != 0.0 or broad.imaginary != 0.0
    for j in range(x.size):
        zero, at_w = _sums(x[j], rule.n, scratch)
        zero, at_w = zero * weight[j], at_w * weight[j]
        if with_pole:
            if math.isnan(ln_G[j, 0]):
                ln_G[j, 0], ln_G[j, 1], ln_G[j, 2] = _logarithm_of_G(x[j], weight[j], 1.0 + d)
            zero += _of_pole(x[j], ln_G[j, 0], ln_G[j, 1], ln_G[j, 2], tiny)
            at_w += _of_pole(x[j], ln_G[j, 0], ln_G[j, 1], ln_G[j, 2], broad)
        narrow[j], wide[j] = zero, at_w
