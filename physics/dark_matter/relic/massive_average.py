r"""S of final states with mass, or what is left of it without its pole, at two widths at once and to 1e-9.

The trapezoidal rule of breit_wigner.py with fewer points: rows of tables (massive_rows.py) need the limit of a narrow
resonance and the first correction, which is of second order in the width. Where the pole is taken out, what is
returned is S - Im[i pi sqrt(z-1) h(z) G(z)]/w: with the pole on the real axis or next to it that is smooth in x.
"""

from __future__ import annotations

import cmath
import math

from physics.dark_matter.relic.lookup import kernel
from physics.numerics.bessel import k1_scaled, k1_scaled_short, k2_scaled

__all__ = ["Expansion", "bessel_weight", "two_widths", "unknown_G"]

DECAY = 21.0  # neglected relative to what is kept: exp(-DECAY)
OUT_OF_REACH = 80.0  # exp(-80): a final state this many temperatures above threshold
TINY_WIDTH = 1e-12  # in units of the gap between the thresholds: a derivative

Expansion = tuple[float, float, float, float]  # g_0, g_1, g_2 of ln(G exp(a x)) = sum g_k (i w/unit)^k, and unit
Rule = tuple[float, bool, float, float]  # step, whether nodes are staggered, max(y_f - 1, 0), |1 - y_f|


@kernel
def bessel_weight(x: float) -> float:
    """x/K_2(x)^2 without exponentials."""
    return x / k2_scaled(x) ** 2


@kernel
def unknown_G() -> Expansion:
    """An expansion that is computed when it is needed."""
    return math.nan, 0.0, 0.0, 1.0


@kernel
def _ln_G(x: float, weight: float, y: float) -> float:
    return math.log(y * (y + 0.5) * weight * k1_scaled(2 * x * math.sqrt(y)))


@kernel
def logarithm_of_G(x: float, weight: float, y: float) -> Expansion:
    """ln(G exp(a x)) around y, G = y (y+1/2) x K_1(2x sqrt y)/K_2(x)^2; from five points."""
    step = 0.02 * y
    left, right = _ln_G(x, weight, y - step), _ln_G(x, weight, y + step)
    far_left, far_right = _ln_G(x, weight, y - 2 * step), _ln_G(x, weight, y + 2 * step)
    here = _ln_G(x, weight, y)
    first = (8 * (right - left) - (far_right - far_left)) / (12 * step)
    return here, first, (right - 2 * here + left) / (2 * step * step), 1.0


@kernel
def _sums(x: float, d: float, y_f: float, w: float) -> tuple[float, float, Rule]:
    """The rule's sums for width zero and w, without the pole's part, and without x/K_2^2; zero for w = 0."""
    gap = max(abs(1.0 - y_f), 1e-14)
    excess = max(y_f - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    pole = d - excess
    # Cold gas: the sum is smaller than the integrand within the strip by (x gap)^(3/2)
    strip, beyond = math.sqrt(DECAY * root / (x * gap)), DECAY + 1.5 * math.log(1.0 + x * gap)
    if strip > 0.25 * math.pi:
        strip = 0.25 * math.pi
        if gap < 0.1:
            beyond += 2 * math.log(1.0 + x * abs(pole))
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    step = 2 * math.pi * strip / (beyond + 2 * x * (root - math.sqrt(low)))
    tail = DECAY + (12.0 if pole > 0.0 else 2.0)
    sinh_reach = math.sqrt(tail / x * (root + tail / (4 * x)) / gap)
    staggered = True
    if pole > 0.0:
        phase = math.asinh(math.sqrt(pole / gap)) / step
        staggered = abs(phase - round(phase)) < 0.25
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    zero = at_w = 0.0
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        sqrt_y = math.sqrt(y)
        f = k1_scaled_short(2 * x * sqrt_y) * math.exp(-2 * x * y_minus_1 / (sqrt_y + 1.0))
        f *= sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / sqrt_y
        off = (gap * sinh2 - pole) ** 2
        zero += f / off
        if w > 0.0:
            at_w += f / (off + w * w)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    factor = 2 * gap * gap * step
    return factor * zero, factor * at_w, (step, staggered, excess, gap)


@kernel
def _pole_weight(pole: float, w: float, rule: Rule, pole_is_out: bool) -> complex:
    """What the pole adds to the sum, in units of pi F(z): 2i leak, or i (2 leak - 1) where its part is taken out."""
    step, staggered, _, gap = rule
    theta = cmath.asinh(cmath.sqrt(complex(pole, w) / gap))
    phase = math.pi * theta / step
    if phase.imag > 20.0:
        return complex(0.0, -1.0) if pole_is_out else complex(0.0, 0.0)
    if pole_is_out:  # a tangent or cotangent, the small imaginary part of which is not lost
        double = 2 * phase.imag
        sign = 1.0 if staggered else -1.0
        per = 1.0 / (math.cosh(double) + sign * math.cos(2 * phase.real))
        return complex(-sign * math.sin(2 * phase.real) * per, -math.sinh(double) * per)
    q = cmath.exp(2j * phase)
    leak = q / (q + 1.0) if staggered else q / (q - 1.0)
    return 2j * leak


@kernel
def _pole_term(x: float, d: float, y_f: float, width: float, rule: Rule, pole: complex, ln_G: Expansion) -> float:
    """What a pole of some weight adds to S."""
    _, _, excess, gap = rule
    g_0, g_1, g_2, unit = ln_G
    zeta = complex(d, width)
    z = 1.0 + zeta
    u = 1j * width / unit
    G = cmath.exp(g_0 + u * (g_1 + u * g_2) - x * 2 * zeta / (cmath.sqrt(z) + 1.0))
    above = (zeta - excess) / gap
    # sqrt(z-1) h(z) = sqrt((z-1)(z-y_f)/z) (1 + y_f/2z); the larger of 1 and y_f is 1 + excess
    phase_space = gap * cmath.sqrt(above) * cmath.sqrt(1.0 + above) / cmath.sqrt(z) * (1.0 + 0.5 * y_f / z)
    value: float = math.pi * (phase_space * G * pole).imag / width
    return value


@kernel
def two_widths(
    x: float, weight: float, d: float, y_f: float, pole_is_out: bool, ln_G: Expansion, w: float
) -> tuple[float, float]:
    """S of one final state, without its pole where that is taken out, for a width of zero and for w; w = 0: only that.

    weight: x/K_2(x)^2; ln_G: around 1 + d, may be unknown.
    """
    if 2 * x * (math.sqrt(max(y_f, 1.0)) - 1.0) > OUT_OF_REACH and not pole_is_out:
        return 0.0, 0.0
    zero, at_w, rule = _sums(x, d, y_f, w)
    zero, at_w = zero * weight, at_w * weight
    _, _, excess, gap = rule
    tiny = TINY_WIDTH * gap
    pole = _pole_weight(d - excess, tiny, rule, pole_is_out)
    if pole != 0.0:
        if math.isnan(ln_G[0]):
            ln_G = logarithm_of_G(x, weight, 1.0 + d)
        zero += _pole_term(x, d, y_f, tiny, rule, pole, ln_G)
    if w > 0.0:
        pole = _pole_weight(d - excess, w, rule, pole_is_out)
        if pole != 0.0:
            if math.isnan(ln_G[0]):
                ln_G = logarithm_of_G(x, weight, 1.0 + d)
            at_w += _pole_term(x, d, y_f, w, rule, pole, ln_G)
    return zero, at_w
