r"""Integrals of a star's spectral functions over the propagator of X, exact at any width.

Massless neutrinos give X a width proportional to q^2, so that its propagator is linear in s = q^2,

    D = (1-r) s - m^2 + i gamma s = c (s - z),   c = 1-r+i gamma,   z = m^2/c = x - i eta,

and the luminosity with X needs, of M = M_V (M_L + M_T) and of M_A, only

    Int M/|s - z|^2 ds = Im F(x + i eta)/eta,    Re Int M/(s-z) ds,     F(Z) = Int M(s)/(s - Z) ds.

From above, F continues analytically to the real axis, where it is the principal value plus i pi M. Both are tabulated
as Chebyshev series in ln s on panels that are graded towards the edges of M, and a series can be evaluated at complex
argument: then the width, 1e-34 or 1e-2 of the mass, costs nothing and is treated exactly. What is tabulated is
H(x) = P Int M/(s (s-x)) ds, for which F = F_0 + Z H + i pi M(Z) cancels nowhere; at large x a series of moments takes
over. Im(Z H)/eta is formed from the real and imaginary part of H, a derivative by a complex step when eta is small.

Where eta is not small compared with the panel (g_X > 0.1 next to an edge), the integrals are done by Gauss-Legendre on
panels that shrink by factors of two towards s = x, down to eta, in the offset s - x: same tables, no continuation.

Relative error 1e-9 and better, except 1e-7 where transverse plasmons of the surface begin (89-90 eV for 1 Msun).
All compiled functions of the kernel are in this file (see relic/breit_wigner.py).
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numba import njit

from physics.core.status import FloatArray
from physics.white_dwarf.emissivity import TRANSVERSE, edges, lowest_rapidity, spectral_functions
from physics.white_dwarf.structure import Star

__all__ = ["ORDER", "POWERS", "Coefficients", "Couplings", "Tables", "build", "coefficients", "coupling_for", "excess"]

ORDER = 24  # of the Chebyshev series
N_MOMENTS = 40
POWERS = (2, 2, 1)  # M_L, M_T, M_A are tabulated over these powers of s
S_MIN = 1e-22  # [MeV^2]; below, M/s^p and H are constant
BEYOND = 4.0  # the moments take over at this multiple of the upper edge
_CONTINUE = 0.04  # largest imaginary part of a Chebyshev argument
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


class Tables(NamedTuple):
    """What a star's excess is computed from.

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


class Couplings(NamedTuple):
    """Couplings of X per g_X as the kernel needs them (cooling.py says where they come from).

    d_V, d_A : to the electron
    k2 : sum over flavours of the squared coupling to neutrinos
    k_V, k_A : sums weighted with C_V and C_A
    width : pi times 6, or another number: Im D = sum k^2 s/width
    sign : +1 for 1/(s - m^2) in the coupling, -1 for 1/(m^2 - s)
    r : (d_V^2 + d_A^2)/(4 pi alpha)
    c_V2, c_A2 : sums of squares of the couplings of the Standard Model
    G_F : Fermi constant [MeV^-2]
    """

    d_V: float
    d_A: float
    k2: float
    k_V: float
    k_A: float
    width: float
    sign: float
    r: float
    c_V2: float
    c_A2: float
    G_F: float


# ---- Building the tables


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
    """Compute the tables of a star: some 2 s.

    Parameters
    ----------
    star : Star
        White dwarf.

    Returns
    -------
    Tables
    """
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


# ---- Compiled

_compiled = njit(cache=True, error_model="numpy")


@_compiled
def _panel(ln: float, ln_s: FloatArray) -> int:
    low, high = 0, ln_s.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if ln_s[middle] <= ln:
            low = middle
        else:
            high = middle
    return low


@_compiled
def _clenshaw(c: FloatArray, t: complex) -> complex:
    b1, b2 = 0.0 + 0.0j, 0.0 + 0.0j
    for j in range(c.size - 1, 0, -1):
        b1, b2 = c[j] + 2 * t * b1 - b2, b1
    return c[0] + t * b1 - b2


@_compiled
def _clenshaw_real(c: FloatArray, t: float) -> float:
    b1, b2 = 0.0, 0.0
    for j in range(c.size - 1, 0, -1):
        b1, b2 = c[j] + 2 * t * b1 - b2, b1
    return c[0] + t * b1 - b2


@_compiled
def _M_at(s: float, ln_s: FloatArray, M: FloatArray) -> tuple[float, float, float]:
    """M_L, M_T, M_A at s, below the upper edge."""
    ln = math.log(s)
    i = _panel(ln, ln_s)
    t = max(-1.0, min(1.0, (2 * ln - ln_s[i] - ln_s[i + 1]) / (ln_s[i + 1] - ln_s[i])))
    return (
        _clenshaw_real(M[0, i], t) * s * s,
        _clenshaw_real(M[1, i], t) * s * s,
        _clenshaw_real(M[2, i], t) * s,
    )


@_compiled
def _graded_integrals(
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
            L, T, A = _M_at(s, ln_s, M)
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


@_compiled
def _principal_values(x: FloatArray, ln_s: FloatArray, M: FloatArray, top: float) -> FloatArray:
    """H_V and H_A at x."""
    H = np.empty((2, x.size))
    for i in range(x.size):
        _, _, H[0, i], _, _, H[1, i] = _graded_integrals(x[i], 0.0, ln_s, M, top)
    return H


@_compiled
def _parts(m: float, g: float, tables: Tables, c: Couplings) -> tuple[float, float, float, float, float]:
    """The excess is g^2 (R_L + R_T) + g^4 b + g^2 a; R_L, R_T, b, a depend on g through width and wave function.

    The fifth value is the derivative of R_L + R_T with respect to g^2 at g = 0: the shift of the pole by r.

    Resonant part: X on its shell, with the width and k cancelled by hand (k2 g^2 |c|^2/eta = width/m^2). In the graded
    integrals it is not told apart, and b has all of it.
    """
    ln_s, M, H = tables.ln_s, tables.M, tables.H
    g2 = g * g
    real, gamma = 1 - c.r * g2, c.k2 * g2 / c.width
    a = real * real + gamma * gamma
    theta = math.atan2(gamma, real)
    sin, cos = math.sin(theta), math.cos(theta)
    size = m * m / math.sqrt(a)  # |Z|
    eta = size * sin
    ln = 2 * math.log(m) - 0.5 * math.log(a)
    top = tables.s_top.item()
    sm = c.c_V2 * (tables.M_0[0] + tables.M_0[1]) + c.c_A2 * tables.M_0[2]
    contact = 2 * c.k2 / (c.G_F**2 * sm * a)
    mixed = 2 * math.sqrt(2.0) / c.G_F * c.sign / (sm * a)

    # Of L, T, A: M(Z); of V, A: B = Im(F - i pi M)/eta and P = Re(F - i pi M)
    M_L, M_T, M_A = 0.0 + 0.0j, 0.0 + 0.0j, 0.0 + 0.0j
    B_V, B_A, P_V, P_A = 0.0, 0.0, 0.0, 0.0
    if ln >= ln_s[-1]:
        ratio, power = top / size, 1.0
        for n in range(tables.moments.shape[1]):
            sine, cosine = math.sin((n + 1) * theta) / sin, math.cos((n + 1) * theta)
            B_V += tables.moments[0, n] * power * sine / size**2
            B_A += tables.moments[1, n] * power * sine / size**2
            P_V -= tables.moments[0, n] * power * cosine / size
            P_A -= tables.moments[1, n] * power * cosine / size
            power *= ratio
    else:
        i = _panel(ln, ln_s)
        width = ln_s[i + 1] - ln_s[i]
        if 2 * theta > _CONTINUE * width:
            V2, V1, _, A2, A1, _ = _graded_integrals(size * cos, eta, ln_s, M, top)
            b = contact * (c.d_V * c.d_V * V2 + c.d_A * c.d_A * A2)
            J_V, J_A = real * V1 - gamma * eta * V2, real * A1 - gamma * eta * A2
            return 0.0, 0.0, b, mixed * (c.d_V * c.k_V * J_V - c.d_A * c.k_A * J_A), math.nan
        t = max(-1.0, (2 * ln - ln_s[i] - ln_s[i + 1]) / width) + 2j * theta / width
        Z = size * complex(cos, sin)
        M_L, M_T = _clenshaw(M[0, i], t) * Z * Z, _clenshaw(M[1, i], t) * Z * Z
        H_V = _clenshaw(H[0, i], t)
        B_V = H_V.real + cos / sin * H_V.imag
        P_V = tables.F_0[0] + (Z * H_V).real
        if c.d_A != 0:
            M_A = _clenshaw(M[2, i], t) * Z
            H_A = _clenshaw(H[1, i], t)
            B_A = H_A.real + cos / sin * H_A.imag
            P_A = tables.F_0[1] + (Z * H_A).real

    on_shell = 2 * math.pi * c.width / (c.G_F**2 * m * m * sm)
    b = contact * (c.d_V * c.d_V * B_V + c.d_A * c.d_A * B_A)
    M_V = M_L + M_T
    J_V = real * (P_V - math.pi * M_V.imag) - gamma * (eta * B_V + math.pi * M_V.real)
    J_A = real * (P_A - math.pi * M_A.imag) - gamma * (eta * B_A + math.pi * M_A.real)
    return (
        on_shell * c.d_V * c.d_V * M_L.real,
        on_shell * (c.d_V * c.d_V * M_T.real + c.d_A * c.d_A * M_A.real),
        b,
        mixed * (c.d_V * c.k_V * J_V - c.d_A * c.k_A * J_A),
        on_shell * c.r * (c.d_V * c.d_V * M_V.imag + c.d_A * c.d_A * M_A.imag) / theta,  # s M' by a complex step
    )


@_compiled
def _one(m: float, g: float, tables: Tables, c: Couplings) -> float:
    """The excess at one point."""
    if not (m > 0 and g >= 0):
        return math.nan
    if g == 0:
        return 0.0
    R_L, R_T, b, a, _ = _parts(m, max(g, 1e-60), tables, c)  # no width is left below
    return g * g * (R_L + R_T + a + g * g * b)


@_compiled
def excess(m: FloatArray, g: FloatArray, tables: Tables, c: Couplings) -> FloatArray:
    """Energy loss with X over that without, minus 1, at points m [MeV], g (arrays of one dimension)."""
    result = np.empty(m.size)
    for i in range(m.size):
        result[i] = _one(m[i], g[i], tables, c)
    return result


@_compiled
def _narrow(m: FloatArray, tables: Tables, c: Couplings) -> FloatArray:
    result = np.full((4, m.size), math.nan)
    for i in range(m.size):
        if m[i] > 0:
            R_L, R_T, b, a, shift = _parts(m[i], 1e-30, tables, c)
            result[0, i], result[1, i], result[2, i], result[3, i] = R_L, R_T, b + shift, a
    return result


class Coefficients(NamedTuple):
    """Of excess = g^2 (R_L + R_T + a) + g^4 b for small g.

    R_L, R_T : X on its shell, made of longitudinal and transverse plasmons
    b : X off its shell (finite part in the sense of Hadamard: negative in places)
    a : interference with the Standard Model
    """

    R_L: FloatArray
    R_T: FloatArray
    b: FloatArray
    a: FloatArray


def coefficients(m: FloatArray, tables: Tables, c: Couplings) -> Coefficients:
    """Coefficients of g^2 and g^4 at masses m [MeV] (one dimension)."""
    return Coefficients(*_narrow(m, tables, c))


@_compiled
def _ln_ratio(ln_g: float, m: float, level: float, tables: Tables, c: Couplings) -> float:
    return math.log(max(_one(m, math.exp(ln_g), tables, c) / level, 1e-100))


@_compiled
def coupling_for(m: FloatArray, level: FloatArray, g_max: float, tables: Tables, c: Couplings) -> FloatArray:
    """Coupling at which the excess reaches a level, from below; NaN where that takes more than g_max.

    Bisection in ln g, then regula falsi (Illinois): ln(excess) has slopes between 2 and 4.
    """
    result = np.empty(m.size)
    for i in range(m.size):
        low, high = math.log(1e-24), math.log(g_max)
        if not (m[i] > 0 and level[i] > 0) or _ln_ratio(high, m[i], level[i], tables, c) < 0:
            result[i] = math.nan
            continue
        for _ in range(8):
            middle = 0.5 * (low + high)
            if _ln_ratio(middle, m[i], level[i], tables, c) < 0:
                low = middle
            else:
                high = middle
        f_low, f_high = _ln_ratio(low, m[i], level[i], tables, c), _ln_ratio(high, m[i], level[i], tables, c)
        side, root = 0, high
        for _ in range(100):
            if f_high == f_low or high - low < 1e-15 * abs(low):
                break
            root = (low * f_high - high * f_low) / (f_high - f_low)
            f = _ln_ratio(root, m[i], level[i], tables, c)
            if abs(f) < 1e-14:
                break
            if f < 0:
                low, f_low = root, f
                f_high = 0.5 * f_high if side == -1 else f_high
                side = -1
            else:
                high, f_high = root, f
                f_low = 0.5 * f_low if side == 1 else f_low
                side = 1
        result[i] = math.exp(root)
    return result
