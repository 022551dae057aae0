r"""psi psibar -> X X, by exchange of psi in the t and u channels: cross section and thermal average.

From the Lagrangian of Drees & Zhao 2021, eq. (2.1), at tree level. With y = s/(4 m_psi^2), rho = m_X/m_psi,
beta^2 = 1 - 1/y and beta_X^2 = 1 - rho^2/y,

    sigma = (q_psi g_X)^4 / (32 pi m_psi^2 y) * beta_X/beta * A(y, rho^2),
    A = -1 - (2 + rho^2)^2/(4 y - 4 rho^2 + rho^4)
        + 2 [16 y^2 + 16 y - 8 - 8 rho^2 + 4 rho^4]/(4 y - 2 rho^2)^2 * artanh(z)/z

and z = 4 y beta beta_X/(4 y - 2 rho^2), with the factor 1/2 for two identical X included. At threshold
sigma v -> (q_psi g_X)^4/(16 pi m_psi^2) (1-rho^2)^(3/2)/(1-rho^2/2)^2. For rho > 1 the channel is forbidden for psi at
rest, and open to hot pairs.

In the units of breit_wigner.py, <sigma v> = g_X^4 q_psi^2/(12 pi m_psi^2) q_psi^2 S_XX with

    S_XX(x; rho^2) = 3/2 x/K_2(x)^2 Int dy sqrt(y-1) sqrt(y-rho^2) A(y, rho^2) K_1(2x sqrt y)/sqrt(y),

from max(1, rho^2) to infinity. There is no pole, and with y = max(1, rho^2) + |1-rho^2| sinh^2(theta) the integrand is
an even analytic function of theta, as in breit_wigner.py: the trapezoidal rule converges exponentially. The branch
point of A, at y = rho^2 - rho^4/4, lies outside of the strip.
"""

from __future__ import annotations

import math

from physics.core.compiled import compiled
from physics.dark_matter.relic.breit_wigner import DECAY, NARROWEST_GAP, OUT_OF_REACH, WIDEST_STRIP, weighted_k1
from physics.numerics.bessel import k1_scaled, k2_scaled

__all__ = ["amplitude", "average_to_X", "cross_section_to_X", "pressure_average_to_X"]


@compiled
def amplitude(y: float, rho2: float, open_by: float) -> float:
    """A(y, rho^2); open_by = (y - 1) (y - rho^2), exact at the threshold."""
    denominator = 4 * y - 2 * rho2
    z2 = 16 * open_by / denominator**2
    if z2 < 1e-4:
        artanh_over_z = 1.0 + z2 * (1 / 3 + z2 * (0.2 + z2 / 7))
    else:
        z = math.sqrt(z2)  # 1 - z^2 = 4 (4 y - 4 rho^2 + rho^4)/denominator^2, free of cancellations
        artanh_over_z = math.log((1 + z) * denominator / (2 * math.sqrt(4 * (y - rho2) + rho2 * rho2))) / z
    numerator = 2 * (16 * y * (y + 1) - 8 - 8 * rho2 + 4 * rho2 * rho2)
    value: float = -1.0 - (2 + rho2) ** 2 / (4 * (y - rho2) + rho2 * rho2) + numerator / denominator**2 * artanh_over_z
    return value


def cross_section_to_X(y: float, rho2: float) -> float:
    """Cross section of psi psibar -> X X times m_psi^2/(q_psi g_X)^4.

    Parameters
    ----------
    y : float
        s/(4 m_psi^2) > 1.
    rho2 : float
        (m_X/m_psi)^2; below threshold, y <= rho2, the result is 0.

    Examples
    --------
    At threshold sigma v of light X is (q_psi g_X)^4/(16 pi m_psi^2), with v = 2 sqrt(1 - 1/y):

    >>> 2 * math.sqrt(1 - 1 / 1.000001) * cross_section_to_X(1.000001, 0.0) * 16 * math.pi
    1.0000...
    """
    if y <= rho2:
        return 0.0
    open_by = (y - 1) * (y - rho2)
    return math.sqrt((y - rho2) / (y - 1)) * float(amplitude(y, rho2, open_by)) / (32 * math.pi * y)


@compiled
def average_to_X(x: float, rho2: float) -> float:
    """S_XX(x; rho^2) of the module's head."""
    return _average(x, rho2, False)


@compiled
def pressure_average_to_X(x: float, rho2: float) -> float:
    """The same with the weight p^2/(3 E T) of psi in the average: <sigma v>_2 of Binder et al. 2017."""
    return _average(x, rho2, True)


@compiled
def _average(x: float, rho2: float, weighted: bool) -> float:
    gap = max(abs(1.0 - rho2), NARROWEST_GAP)
    excess = max(rho2 - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    if 2 * x * (root - 1.0) > OUT_OF_REACH:
        return 0.0
    strip = min(math.sqrt(DECAY * root / (x * gap)), WIDEST_STRIP)
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    step = 2 * math.pi * strip / (DECAY + 2 * x * (root - math.sqrt(low)))
    tail = DECAY + 3.0
    sinh_reach = math.sqrt(tail / x * (root + tail / (4 * x)) / gap)
    sinh, cosh = math.sinh(0.5 * step), math.cosh(0.5 * step)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    total = 0.0
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        sqrt_y = math.sqrt(y)
        thermal = weighted_k1(x, y_minus_1) if weighted else k1_scaled(2 * x * sqrt_y)
        bessel = thermal * math.exp(-2 * x * y_minus_1 / (sqrt_y + 1.0))
        open_by = sinh2 * (1.0 + sinh2)  # (y - 1) (y - rho^2) / gap^2
        total += open_by * amplitude(y, rho2, gap * gap * open_by) * bessel / sqrt_y
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    return 3 * gap * gap * step * x / k2_scaled(x) ** 2 * total
