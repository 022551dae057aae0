r"""A star's emission of neutrinos as a function of s = q^2, and its Hilbert transform, tabulated.

The luminosity with X needs F(Z) = Int M(s)/(s - Z) ds of the spectral functions M (excess.py), at complex Z next to the
real axis, where F is the principal value plus i pi M. Both are tabulated as Chebyshev series in ln s on panels that are
graded towards the edges of M, and a series can be evaluated at complex argument. What is tabulated is
H(x) = P Int M/(s (s-x)) ds, for which F = F_0 + Z H + i pi M(Z) cancels nowhere; at large x a series of moments takes
over.

Relative error 1e-9 and better, except 1e-7 where transverse plasmons of the surface begin (89-90 eV for 1 Msun).
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.numerics.chebyshev import clenshaw
from physics.white_dwarf.emissivity import TRANSVERSE, edges, lowest_rapidity, spectral_functions
from physics.white_dwarf.star import Star

__all__ = ["ORDER", "POWERS", "M_at", "Tables", "build", "graded_integrals", "panel_of"]

ORDER = 24  # of the Chebyshev series
N_MOMENTS = 40
POWERS = (2, 2, 1)  # M_L, M_T, M_A are tabulated over these powers of s
S_MIN = 1e-22  # [MeV^2]; below, M/s^p and H are constant
BEYOND = 4.0  # the moments take over at this multiple of the upper edge
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


class Tables(NamedTuple):
    """What the excess of a star is computed from.

    ln_s : (n+1,) edges of the panels in ln(s/MeV^2)
    M : (3, n, ORDER) Chebyshev coefficients of M_L/s^2, M_T/s^2, M_A/s
    H : (2, n, ORDER) those of H_V and H_A
    F_0 : (2,) Int M/s ds
    moments : (2, N_MOMENTS) Int M (s/s_top)^n ds, V and A
    M_0 : (3,) Int M ds, L, T, A
    s_top : (1,) upper edge of the spectral functions [MeV^2]
    """

    ln_s: FloatArray
    M: FloatArray
    H: FloatArray
    F_0: FloatArray
    moments: FloatArray
    M_0: FloatArray
    s_top: FloatArray


def _graded(low: float, high: float, towards_low: bool, towards_high: bool, factor: float, levels: int) -> list[float]:
    """Edges from low to high in ln s, the intervals growing by a factor away from the ends asked for."""
    inner = [0.5 * factor**-j for j in range(levels)]
    fractions = {0.0, 1.0, 0.5, *(inner if towards_low else ()), *(1 - f for f in inner if towards_high)}
    return [low + f * (high - low) for f in sorted(fractions)]


def _panel_edges(star: Star) -> FloatArray:
    """Edges of the panels; none so wide that M falls by more than e^5 with the Bose factor."""
    e = edges(star)
    surface, surface_fast, centre, top = (math.log(s) for s in e)
    bottom, beyond = math.log(S_MIN), top + math.log(BEYOND)
    coarse = [
        *np.linspace(bottom, surface - 3.0, 13)[:-1],
        *_graded(surface - 3.0, surface, False, True, 4.0, 7)[:-1],
        *_graded(surface, surface_fast, True, True, 8.0, 6)[:-1],
        *_graded(surface_fast, centre, True, True, 8.0, 6)[:-1],
        *_graded(centre, top, True, True, 2.0, 14)[:-1],
        *_graded(top, beyond, True, False, 2.0, 14),
    ]
    v_centre = float(star.plasma(star.y_centre).v_star)
    furthest = math.sqrt(e.centre) + 120 * star.T
    fine = [coarse[0]]
    for low, high in itertools.pairwise(coarse):
        widest = 3.0 if high < surface else max(min(0.8, 8 * star.T / math.exp(high / 2)), 0.02)
        n = max(2 if low < surface_fast < high + 1 else 1, math.ceil((high - low) / widest))
        if centre <= low < top:  # only fast plasmons are left, faster and faster
            ends = np.exp([low, high])
            slowest = np.minimum(
                np.sqrt(ends) * np.cosh(lowest_rapidity(ends, e.centre, v_centre, TRANSVERSE)), furthest
            )
            n = max(n, math.ceil(float(slowest[1] - slowest[0]) / (5 * star.T)))
        fine.extend(low + (high - low) * (j + 1) / n for j in range(n))
    return np.array(fine)


def build(star: Star) -> Tables:
    """Compute the tables of a star: some 2 s."""
    ln_s = _panel_edges(star)
    n, top = ln_s.size - 1, edges(star).centre_fast
    t = np.cos(math.pi * (np.arange(ORDER) + 0.5) / ORDER)
    to_coefficients = np.linalg.inv(np.polynomial.chebyshev.chebvander(t, ORDER - 1)).T
    middle, half = 0.5 * (ln_s[1:] + ln_s[:-1]), 0.5 * np.diff(ln_s)
    s = np.exp(middle[:, np.newaxis] + half[:, np.newaxis] * t)
    below = s.reshape(-1) < top
    values = np.zeros((3, s.size))
    values[:, below] = spectral_functions(star, s.reshape(-1)[below])
    values /= np.stack([s.reshape(-1) ** p for p in POWERS])
    M = values.reshape(3, n, ORDER) @ to_coefficients

    z, w = np.polynomial.legendre.leggauss(ORDER)
    at_gauss = np.einsum("inj,gj->ing", M, np.polynomial.chebyshev.chebvander(z, ORDER - 1))
    s_gauss = np.exp(middle[:, np.newaxis] + half[:, np.newaxis] * z)
    ds = half[:, np.newaxis] * w * s_gauss
    M_ds = at_gauss * np.stack([s_gauss**p for p in POWERS]) * ds
    M_ds_V_A = np.stack([M_ds[0] + M_ds[1], M_ds[2]])
    F_0 = np.sum(M_ds_V_A / s_gauss, axis=(1, 2))
    moments = np.stack([np.sum(M_ds_V_A * (s_gauss / top) ** j, axis=(1, 2)) for j in range(N_MOMENTS)], axis=-1)
    H = _principal_values(s.reshape(-1), ln_s, M, top).reshape(2, n, ORDER) @ to_coefficients
    return Tables(ln_s, M, H, F_0, moments, np.sum(M_ds, axis=(1, 2)), np.array([top]))


@compiled(error_model="numpy")
def panel_of(ln: float, ln_s: FloatArray) -> int:
    """Index of the panel in which ln(s) is; the first or last one beyond the ends."""
    low, high = 0, ln_s.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if ln_s[middle] <= ln:
            low = middle
        else:
            high = middle
    return low


@compiled(error_model="numpy")
def M_at(s: float, ln_s: FloatArray, M: FloatArray) -> tuple[float, float, float]:
    """M_L, M_T, M_A at s, below the upper edge."""
    ln = math.log(s)
    i = panel_of(ln, ln_s)
    t = max(-1.0, min(1.0, (2 * ln - ln_s[i] - ln_s[i + 1]) / (ln_s[i + 1] - ln_s[i])))
    return (
        clenshaw(M[0, i], t) * s * s,
        clenshaw(M[1, i], t) * s * s,
        clenshaw(M[2, i], t) * s,
    )


@compiled(error_model="numpy")
def graded_integrals(
    x: float, eta: float, ln_s: FloatArray, M: FloatArray, top: float
) -> tuple[float, float, float, float, float, float]:
    """Of V and A: Int M/(d^2+eta^2), Int M d/(d^2+eta^2) and Int M/s d/(d^2+eta^2), d = s - x; panels graded to eta.

    With eta = 0 the second and third are principal values.
    """
    levels = 46 if eta == 0 else max(1, min(46, math.ceil(math.log2(x / eta)) + 1))
    bottom = math.exp(ln_s[0])
    offsets = np.empty(ln_s.size + 2 * levels + 60)
    n = 0
    for j in range(ln_s.size):
        s = math.exp(ln_s[j])
        if s < top * (1 - 1e-12):
            offsets[n] = s - x
            n += 1
    offsets[n] = top - x
    n += 1
    for j in range(levels):
        for d in (x * 2.0**-j, -x * 2.0**-j):
            if bottom - x < d < top - x:
                offsets[n] = d
                n += 1
    for j in range(1, 30):
        d = x * 2.0**j
        if d < top - x:
            offsets[n] = d
            n += 1
    if bottom < x < top:
        offsets[n] = 0.0
        n += 1
    breaks = np.sort(offsets[:n])
    V2 = V1 = VH = A2 = A1 = AH = 0.0
    for j in range(n - 1):
        half = 0.5 * (breaks[j + 1] - breaks[j])
        if half <= 0:
            continue
        for i in range(_NODES.size):
            d = breaks[j] + half * (1 + _NODES[i])
            s = max(bottom, x + d)
            L, T, A = M_at(s, ln_s, M)
            if s >= top:
                continue
            w = half * _WEIGHTS[i] / (d * d + eta * eta)
            V2 += w * (L + T)
            V1 += w * d * (L + T)
            VH += w * d * (L + T) / s
            A2 += w * A
            A1 += w * d * A
            AH += w * d * A / s
    return V2, V1, VH, A2, A1, AH


@compiled(error_model="numpy")
def _principal_values(x: FloatArray, ln_s: FloatArray, M: FloatArray, top: float) -> FloatArray:
    """H_V and H_A at x."""
    H = np.empty((2, x.size))
    for i in range(x.size):
        _, _, H[0, i], _, _, H[1, i] = graded_integrals(x[i], 0.0, ln_s, M, top)
    return H
