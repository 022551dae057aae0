"""Cross sections of self-scattering from phase shifts, in units of pi/m_phi^2."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.self_interaction.phase_shifts import KAPPA_REACH, born_phase_shifts, highest_wave, phase_shifts

__all__ = ["CrossSections", "cross_sections", "maxwell_average"]

_WEAK = 1e-5  # |b|, or b/kappa: below it the first order is all
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


class CrossSections(NamedTuple):
    """Three weights of one differential cross section, in units of pi/m_phi^2."""

    transfer: float  # of identical fermions, eq. (25)
    distinguishable: float
    viscosity: float  # of identical fermions


@compiled(error_model="numpy")
def _angles(over: float, panels: int) -> tuple[FloatArray, FloatArray]:
    """1 - cos(theta) between 0 and 1, and weights: Gauss-Legendre panels in ln(1 + 2 kappa^2 (1 - cos theta))."""
    n = _NODES.size
    rest, weight = np.empty(panels * n), np.empty(panels * n)
    width = math.log1p(1 / over) / panels
    for p in range(panels):
        for i in range(n):
            u = (p + 0.5 * (1 + _NODES[i])) * width
            rest[p * n + i] = over * math.expm1(u)
            weight[p * n + i] = 0.5 * width * _WEIGHTS[i] * over * math.exp(u)
    return rest, weight


@compiled(fastmath=True, error_model="numpy")
def _legendre_sums(
    rest: FloatArray, even: FloatArray, odd: FloatArray, shifts: FloatArray, born: FloatArray, kappa: float
) -> None:
    """Add (2l+1)/kappa [e^(i delta) sin(delta) - delta_Born] P_l to the sums (real, imaginary) of even and odd l."""
    n = rest.size
    before, now = np.zeros(n), np.ones(n)
    for ell in range(shifts.size):
        sine = math.sin(shifts[ell])
        re = (2 * ell + 1) / kappa * (sine * math.cos(shifts[ell]) - born[ell])
        im = (2 * ell + 1) / kappa * sine * sine
        sums = odd if ell % 2 == 1 else even
        a, c = (2 * ell + 1) / (ell + 1.0), ell / (ell + 1.0)
        for i in range(n):
            sums[0, i] += re * now[i]
            sums[1, i] += im * now[i]
            after = a * (1 - rest[i]) * now[i] - c * before[i]
            before[i], now[i] = now[i], after


@compiled(error_model="numpy")
def cross_sections(kappa: float, b: float) -> CrossSections:
    """Transfer and viscosity cross sections of a Yukawa potential, in units of pi/m_phi^2.

    What the phase shifts add to Born's amplitude is summed over partial waves, Born's own is known in closed form, b/(2
    kappa^2)/(1 + 1/(2 kappa^2) - cos theta): half the waves do, and rounding does not matter where forward and backward
    scattering nearly cancel. Identical fermions scatter by (24): a quarter of the pairs with even l, three with odd.

    Parameters
    ----------
    kappa, b : float
        Wave number over m_phi, and strength (see phase_shifts.py).

    Examples
    --------
    >>> cross_sections(1.67, 0.98).transfer
    0.05975...
    """
    l_max = highest_wave(kappa, b) if abs(b) > _WEAK * max(1.0, kappa) else -1
    shifts = phase_shifts(kappa, b, l_max) if l_max >= 0 else np.empty(0)
    over = 1 / (2 * kappa**2)
    rest, weight = _angles(over, 3 + l_max // 9)
    even, odd = np.zeros((2, rest.size)), np.zeros((2, rest.size))
    _legendre_sums(rest, even, odd, shifts, born_phase_shifts(kappa, b, max(l_max, 0)), kappa)
    transfer = distinguishable = viscosity = 0.0
    for i in range(rest.size):
        forward, backward = (
            b * over / (over + rest[i]),
            b * over / (over + 2 - rest[i]),
        )  # Born's, at theta and pi - theta
        e, o = even[0, i] + 0.5 * (forward + backward), odd[0, i] + 0.5 * (forward - backward)
        identical = e * e + even[1, i] ** 2 + 3 * (o * o + odd[1, i] ** 2)
        there = (e + o) ** 2 + (even[1, i] + odd[1, i]) ** 2
        back = (e - o) ** 2 + (even[1, i] - odd[1, i]) ** 2
        transfer += weight[i] * rest[i] * identical
        viscosity += weight[i] * rest[i] * (2 - rest[i]) * identical
        distinguishable += weight[i] * (rest[i] * there + (2 - rest[i]) * back)
    return CrossSections(2 * transfer, 2 * distinguishable, 2 * viscosity)


@compiled(error_model="numpy")
def maxwell_average(kappa: float, b: float, tolerance: float) -> float:
    """Average of transfer * v/v_0 over f(v) ~ v^2 exp(-v^2/2 v_0^2), in units of pi/m_phi^2; NaN if not converged.

    In ln v the integrand falls off at both ends faster than any power of the step: the trapezoidal rule, its step
    halved until that changes nothing. A resonance narrower than the last step may be missed, and carries as little
    weight.

    Parameters
    ----------
    kappa : float
        At v_0; with speeds up to between 5 and 6.5 v_0 it must not exceed KAPPA_REACH.
    b : float
        Strength.
    tolerance : float
        Largest relative change from one step to its half.

    Examples
    --------
    >>> maxwell_average(1e-4, 1e-3, 1e-6) / cross_sections(1e-4, 1e-3).transfer  # a constant: <v>/v_0 = 2 sqrt(2/pi)
    1.5957...
    """
    low, high = math.log(1e-3), math.log(min(6.5, KAPPA_REACH / kappa))
    n, total, before = 24, 0.0, math.nan
    while n < 6500:
        h = (high - low) / n
        for k in range(n + 1):
            if n > 24 and k % 2 == 0:
                continue
            x = math.exp(low + k * h)
            weight = math.sqrt(2 / math.pi) * x**4 * math.exp(-0.5 * x * x) * (0.5 if k in (0, n) else 1.0)
            total += weight * cross_sections(kappa * x, b).transfer
        if abs(total * h - before) <= tolerance * total * h:
            return total * h
        before = total * h
        n *= 2
    return math.nan
