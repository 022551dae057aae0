r"""Thermal averages of an s-channel resonance, exact through the pole and the threshold.

Every annihilation rate of the model needs, with y = s/(4 m_psi^2), y_0 = m_X^2/(4 m_psi^2), w = y_0 Gamma_X/m_X and
y_f = m_f^2/m_psi^2, the dimensionless integral behind Drees & Zhao 2021, eqs. (2.3) and (3.2),

    S(x) = x/K_2(x)^2 Int dy sqrt(y-1) sqrt(1-y_f/y) (1+y_f/2y) y (y+1/2) K_1(2x sqrt y) / ((y-y_0)^2 + w^2),

from max(1, y_f) to infinity, so that <sigma v> = g^4 q^2/(12 pi m_psi^2) S. Its difficulty is the pole, as narrow as
w/y_0 = 1e-13 and as close to the threshold as one likes.

With y = max(1, y_f) + |1-y_f| sinh^2(theta) the integrand is an even analytic function of theta on the whole line,
and 1/((y-y_0)^2+w^2) = Im[1/(y-z_0)]/w has a single pair of poles at z_0 = y_0 + i w. The trapezoidal rule then
converges exponentially, and what the poles add is their residue over exp(-2 pi i theta_0/h) - 1, known in closed form
(Trefethen & Weideman, SIAM Review 56 (2014) 385, section 5). The sum never has to resolve the pole; of the two
staggered sets of nodes the one further from it is taken. Below threshold Im[...]/w is a complex-step derivative, so
that nothing cancels there either.
The relative error of the average is about 1e-14, and below 1e-11 for m_X from 0.45 m_psi to 60 m_psi and widths from
1e-12 m_X to m_X (tests/physics/dark_matter/relic/test_breit_wigner.py); that of the average of p^2/(3 E T) below 4e-9.

"""

from __future__ import annotations

import cmath
import math
from typing import Any, NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.numerics.bessel import k1_scaled, k1_scaled_complex, k2_scaled

__all__ = [
    "Rule",
    "average",
    "average_points",
    "leak",
    "place_of_pole",
    "pressure_average",
    "rule",
    "weighted_k1",
]

DECAY = 36.0  # neglected relative to what is kept: exp(-DECAY), in the tail and in the discretisation
NARROWEST_GAP = 1e-14  # |1-y_f| below which a threshold is the initial state's, to the precision of a double
WIDEST_STRIP = 0.25 * math.pi  # Re sinh^2(theta) is bounded below up to here
OUT_OF_REACH = 700.0  # exp(-700): a final state this many temperatures above threshold

_HERMITE, _HERMITE_WEIGHTS = (a[12:] for a in np.polynomial.hermite.hermgauss(24))  # the half with t > 0
_FEW, _FEW_WEIGHTS = (a[5:] for a in np.polynomial.hermite.hermgauss(10))
HERMITE_FROM = 8.0  # real part of z
FEW_FROM, FEW_OFF_AXIS_FROM = 20.0, 120.0  # where these few are enough, on the real axis and next to it


@compiled
def weighted_k1(x: float, y_minus_1: Any) -> Any:
    r"""e^z K_1(z) times the mean of p^2/(3 E T) of either particle in pairs with s = 4 m^2 y; z = 2x sqrt(y), Re y > 0.

    Pairs of given s come with E_1 + E_2 = sqrt(s) cosh(eta), weight sinh^2(eta) exp(-z cosh(eta)), and with E_1 - E_2
    uniform over what kinematics allows (Gondolo & Gelmini 1991). The mean of p_1^2/(3 E_1) over E_1 - E_2 is
    elementary, and one integration by parts in eta leaves, with s_h = sinh(eta),
    x sqrt(y)/3 Int_0^inf exp(-z cosh(eta)) [y - 1 + (1+2y) s_h^2 + 2 s_h^4] / (y + s_h^2) d eta:
    no term is negative for y > 1, and the function is analytic for Re y > 0.
    """
    y = 1.0 + y_minus_1
    sqrt_y = np.sqrt(y)
    z = 2 * x * sqrt_y
    total = 0.0 * y
    if z.real >= HERMITE_FROM:  # cosh(eta) = 1 + t^2/z, Gauss-Hermite
        few = z.real >= FEW_FROM if z.imag == 0.0 else z.real >= FEW_OFF_AXIS_FROM and abs(z.imag) < 0.1 * z.real
        nodes, weights = (_FEW, _FEW_WEIGHTS) if few else (_HERMITE, _HERMITE_WEIGHTS)
        for k in range(nodes.size):
            u = nodes[k] ** 2 / z
            sinh2 = u * (2.0 + u)
            weight = weights[k] / np.sqrt(2.0 + u)
            total += weight * (y_minus_1 + sinh2 * (1.0 + 2.0 * y + 2.0 * sinh2)) / (y + sinh2)
        total *= 2.0 / np.sqrt(z)
    else:
        step = min(0.125, 0.5 / math.sqrt(abs(z)))
        total += 0.5 * y_minus_1 / y
        eta = 0.0
        while True:
            eta += step
            cosh_minus_1 = 2 * math.sinh(0.5 * eta) ** 2
            if z.real * cosh_minus_1 - 2 * eta > 45.0:
                break
            sinh2 = cosh_minus_1 * (2.0 + cosh_minus_1)
            weight = np.exp(-z * cosh_minus_1)
            total += weight * (y_minus_1 + sinh2 * (1.0 + 2.0 * y + 2.0 * sinh2)) / (y + sinh2)
        total *= step
    return x * sqrt_y / 3 * total


@compiled
def average(x: float, d: float, w: float, y_f: float) -> float:
    """S(x; d, w, y_f) of the module's head, one point.

    Parameters
    ----------
    x : float
        m_psi / T > 0.
    d, w : float
        Position and width of the pole: y_0 - 1 = (1-2r)(1+2r)/(4r^2) and y_0 Gamma_X/m_X > 0.
    y_f : float
        (m_f/m_psi)^2 of the final-state particle, >= 0.

    Returns
    -------
    float
    """
    return _average(x, d, w, y_f, False)


@compiled
def pressure_average(x: float, d: float, w: float, y_f: float) -> float:
    """S_2(x; d, w, y_f): the average of sigma v p^2/(3 E T) over psi, where S is that of sigma v; arguments as for S.

    Where sigma v is constant both are the same, for T = <p^2/3E>. The <sigma v>_2 of Binder et al. 2017.
    """
    return _average(x, d, w, y_f, True)


class Rule(NamedTuple):
    """Trapezoidal rule in theta, and how far from the real axis the integrand is bounded."""

    gap: float
    excess: float
    step: float
    sinh_reach: float
    strip: float
    staggered: bool


@compiled
def _out_of_reach(x: float, y_f: float) -> bool:
    return 2 * x * (math.sqrt(max(y_f, 1.0)) - 1.0) > OUT_OF_REACH


@compiled
def rule(hottest: float, coldest: float, d: float, narrowest: float, widest: float, y_f: float, decay: float) -> Rule:
    """The rule for x, and widths of the pole at d, between these; it leaves out exp(-decay)."""
    gap = max(abs(1.0 - y_f), NARROWEST_GAP)
    excess = max(y_f - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    pole = d - excess

    # Half-width of the strip that the trapezoidal rule may use, the step for which what lies beyond is exp(-decay) of
    # the sum, and the reach beyond which the integrand is; a pole up there weighs more than the Boltzmann factor says
    beyond = decay
    if math.sqrt(decay * root / (hottest * gap)) > WIDEST_STRIP and gap < 0.1:
        # cold gas, threshold of the final state at hand: the residue outside can exceed the sum
        beyond += 2 * math.log(1.0 + coldest * abs(complex(pole, widest)))
    strip = min(math.sqrt(decay * root / (coldest * gap)), WIDEST_STRIP)
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    step = 2 * math.pi * strip / (beyond + 2 * coldest * (root - math.sqrt(low)))
    tail = decay + (19.0 if pole > 0.0 else 3.0)
    sinh_reach = math.sqrt(tail / hottest * (root + tail / (4 * hottest)) / gap)
    phase = cmath.asinh(cmath.sqrt(complex(pole, narrowest) / gap)).real / step
    return Rule(gap, excess, step, sinh_reach, strip, abs(phase - round(phase)) < 0.25)


@compiled
def place_of_pole(d: float, w: float, y_f: float) -> tuple[complex, complex]:
    """Where in theta the pole is, and its residue without the thermal factor; 0 for one that no sum reaches."""
    gap = max(abs(1.0 - y_f), NARROWEST_GAP)
    zeta = complex(d - max(y_f - 1.0, 0.0), w) / gap
    theta_0 = cmath.asinh(cmath.sqrt(zeta))
    if theta_0.imag >= WIDEST_STRIP:
        return theta_0, 0j
    z = complex(1.0 + d, w)
    residue = gap * cmath.sqrt(zeta) * cmath.sqrt(1.0 + zeta) * cmath.sqrt(z) * (z + 0.5) * (1.0 + 0.5 * y_f / z)
    return theta_0, residue


@compiled
def leak(theta_0: complex, rule: Rule) -> complex:
    """What the sum lacks of a residue, times 2 pi i."""
    # At the edge the error is flat: keep the pole away from it. Beyond WIDEST_STRIP its Boltzmann factor has no bound
    if theta_0.imag >= min(1.08 * rule.strip, WIDEST_STRIP):
        return 0j
    q = cmath.exp(2j * math.pi * theta_0 / rule.step)
    value: complex = 2j * math.pi * (q / (q + 1.0) if rule.staggered else q / (q - 1.0))
    return value


@compiled
def _of_the_pole(x: float, d: float, w: float, y_f: float, weighted: bool, rule: Rule) -> float:
    """What the poles add to the sum."""
    theta_0, residue = place_of_pole(d, w, y_f)
    lacking = leak(theta_0, rule)
    if lacking == 0.0:
        return 0.0
    sqrt_z = cmath.sqrt(complex(1.0 + d, w))
    thermal = weighted_k1(x, complex(d, w)) if weighted else k1_scaled_complex(2 * x * sqrt_z)
    bessel = thermal * cmath.exp(-2 * x * complex(d, w) / (sqrt_z + 1.0))
    added: float = (residue * bessel * lacking).imag / w
    return added


@compiled
def _average(x: float, d: float, w: float, y_f: float, weighted: bool) -> float:
    if _out_of_reach(x, y_f):
        return 0.0
    of_x = rule(x, x, d, w, w, y_f, DECAY)
    gap, excess, step, sinh_reach, _, staggered = of_x
    pole = d - excess
    total = 0.0
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        total += _numerator(x, y_f, gap, excess, sinh2, weighted) / ((gap * sinh2 - pole) ** 2 + w * w)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    total = total * (2 * gap * gap * step) + _of_the_pole(x, d, w, y_f, weighted, of_x)
    return x / k2_scaled(x) ** 2 * total


@compiled
def _numerator(x: float, y_f: float, gap: float, excess: float, sinh2: float, weighted: bool) -> float:
    """The integrand without its poles."""
    y_minus_1 = excess + gap * sinh2
    y = 1.0 + y_minus_1
    sqrt_y = math.sqrt(y)
    thermal = weighted_k1(x, y_minus_1) if weighted else k1_scaled(2 * x * sqrt_y)
    bessel = thermal * math.exp(-2 * x * y_minus_1 / (sqrt_y + 1.0))
    phase_space = sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / sqrt_y
    value: float = phase_space * bessel
    return value


@compiled
def average_points(x: FloatArray, d: FloatArray, w: FloatArray, y_f: FloatArray) -> FloatArray:
    """`average` of points in 1-D arrays."""
    result = np.empty(x.size)
    for i in range(x.size):
        result[i] = average(x[i], d[i], w[i], y_f[i])
    return result
