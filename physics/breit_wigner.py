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
The relative error is below 1e-11 (tests/physics/test_breit_wigner.py) for any width and any distance from the pole.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
from numba import njit
from scipy import special

from physics.registry import FloatArray

__all__ = ["annihilation_integral", "average", "channel_sum"]

DECAY = 36.0  # neglected relative to what is kept: exp(-DECAY), in the tail and in the discretisation
NARROWEST_GAP = (
    1e-14  # |1-y_f| below which the final state's threshold is the initial one's, to the precision of a double
)


def _bessel_coefficients(order: int) -> FloatArray:
    """Chebyshev coefficients of sqrt(z) e^z K_order(z) in 4/z - 1, for z >= 2."""

    def scaled(t: Any) -> Any:
        z = 4 / (1 + t)
        return np.sqrt(z) * special.kve(order, z)

    return np.asarray(np.polynomial.chebyshev.chebinterpolate(scaled, 28))


_K1 = _bessel_coefficients(1)
_K2 = _bessel_coefficients(2)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@njit(cache=True)
def _chebyshev(coefficients: FloatArray, t: Any) -> Any:
    b0 = 0.0 * t
    b1 = 0.0 * t
    for c in coefficients[:0:-1]:
        b0, b1 = c + 2 * t * b0 - b1, b0
    return coefficients[0] + t * b0 - b1


@njit(cache=True)
def _bessel_by_integral(order: int, z: complex) -> complex:
    """e^z K_order(z) = Int_0^inf exp(-z (cosh t - 1)) cosh(order t) dt by the trapezoidal rule, Re z > 0."""
    step = min(0.125, 0.5 / math.sqrt(abs(z)))
    total = 0.5 + 0.0 * z
    t = 0.0
    while True:
        t += step
        cosh_minus_1 = 2 * math.sinh(0.5 * t) ** 2
        if z.real * cosh_minus_1 - order * t > 45.0:
            return step * total
        # exp and cosh together: neither overflows on its own for tiny z
        grow, decay = cmath.exp(order * t - z * cosh_minus_1), cmath.exp(-order * t - z * cosh_minus_1)
        total += 0.5 * (grow + decay) if order > 0 else grow


@njit(cache=True)
def _k_scaled_real(order: int, coefficients: FloatArray, z: float) -> float:
    if z < 2.0:
        return _bessel_by_integral(order, complex(z, 0.0)).real
    return _chebyshev(coefficients, 4.0 / z - 1.0) / math.sqrt(z)


@njit(cache=True)
def _k1_scaled_complex(z: complex) -> complex:
    # Chebyshev polynomials may leave the real axis a little, not far
    if z.real < 2.0 or abs(z.imag) > 0.02 * z.real:
        return _bessel_by_integral(1, z)
    return _chebyshev(_K1, 4.0 / z - 1.0) / cmath.sqrt(z)


@njit(cache=True)
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
    gap = max(abs(1.0 - y_f), NARROWEST_GAP)
    excess = max(y_f - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    if 2 * x * (root - 1.0) > 700.0:  # exp(-700): the final state is out of reach
        return 0.0

    # Half-width of the strip that the trapezoidal rule may use, and the step that makes both errors exp(-DECAY)
    strip = min(math.sqrt(DECAY * root / (x * gap)), 0.25 * math.pi)
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    growth = 2 * x * (root - math.sqrt(low))
    step = 2 * math.pi * strip / (DECAY + growth)
    reach = math.asinh(math.sqrt(DECAY / x * (root + DECAY / (4 * x)) / gap))

    pole = d - excess
    theta_0 = cmath.asinh(cmath.sqrt(complex(pole, w) / gap))
    phase = theta_0.real / step
    staggered = abs(phase - round(phase)) < 0.25

    total = 0.0
    theta = 0.5 * step if staggered else step
    while theta < reach:
        sinh2 = math.sinh(theta) ** 2
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        sqrt_y = math.sqrt(y)
        weight = 2 * gap * gap * sinh2 * (1.0 + sinh2) * sqrt_y * (y + 0.5) * (1.0 + 0.5 * y_f / y)
        bessel = _k_scaled_real(1, _K1, 2 * x * sqrt_y) * math.exp(-2 * x * y_minus_1 / (sqrt_y + 1.0))
        total += weight * bessel / ((gap * sinh2 - pole) ** 2 + w * w)
        theta += step
    total *= step

    if theta_0.imag < strip:
        z = complex(1.0 + d, w)
        sqrt_z = cmath.sqrt(z)
        q = cmath.exp(2j * math.pi * theta_0 / step)
        leak = q / (q + 1.0) if staggered else q / (q - 1.0)
        zeta = complex(pole, w) / gap
        residue = gap * cmath.sqrt(zeta) * cmath.sqrt(1.0 + zeta) * sqrt_z * (z + 0.5) * (1.0 + 0.5 * y_f / z)
        bessel = _k1_scaled_complex(2 * x * sqrt_z) * cmath.exp(-2 * x * complex(d, w) / (sqrt_z + 1.0))
        total += (2j * math.pi * residue * bessel * leak).imag / w
    return x / _k_scaled_real(2, _K2, x) ** 2 * total


@njit(cache=True)
def channel_sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """Sum over final states of couplings[i] S(x; d, w, y_f[i]); couplings^2 relative to a Dirac lepton of charge 1."""
    total = 0.0
    for i in range(couplings.size):
        if couplings[i] > 0.0:
            total += couplings[i] * average(x, d, w, y_f[i])
    return total


@njit(cache=True)
def annihilation_integral(x_f: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """Int_{x_f}^inf channel_sum(x) / x^2 dx, the dimensionless part of Drees & Zhao 2021, eq. (3.7).

    In ln x the integrand is smooth: Gauss-Legendre panels of a factor 8, up to where the pole and every threshold
    are resolved by the cold gas; beyond, it is smooth in 1/x and one panel in 1/x takes the rest, to infinity.
    """
    scale = max(abs(d), w)
    for i in range(couplings.size):
        if couplings[i] > 0.0 and y_f[i] > 0.0:
            scale = min(scale, max(abs(1.0 - y_f[i]), NARROWEST_GAP))
    x_end = max(x_f, 40.0 / scale)
    panels = math.ceil(math.log(x_end / x_f) / math.log(8.0))
    total = 0.0
    for panel in range(panels):
        half = 0.5 * math.log(x_end / x_f) / panels
        middle = math.log(x_f) + (2 * panel + 1) * half
        for k in range(_NODES.size):
            x = math.exp(middle + half * _NODES[k])
            total += half * _WEIGHTS[k] * channel_sum(x, d, w, couplings, y_f) / x
    for k in range(_NODES.size):
        fraction = 0.5 * (1.0 + _NODES[k])
        total += 0.5 * _WEIGHTS[k] / x_end * channel_sum(x_end / fraction, d, w, couplings, y_f)
    return total
