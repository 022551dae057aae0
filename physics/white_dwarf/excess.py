r"""Neutrinos from plasmons with X over those without: integrals of spectral functions, exact at any width.

Massless neutrinos make the width of X proportional to q^2, so that its propagator is linear in s = q^2,

    D = (1-r) s - m^2 + i gamma s = c (s - z),   c = 1-r+i gamma,   z = m^2/c = x - i eta,

and the luminosity with X needs, of M = M_V (M_L + M_T) and of M_A, only

    Int M/|s - z|^2 ds = Im F(x + i eta)/eta,    Re Int M/(s-z) ds,     F(Z) = Int M(s)/(s - Z) ds,

of which spectral.py has tables that hold at complex Z: then the width, 1e-34 or 1e-2 of the mass, costs nothing and is
treated exactly. Im(Z H)/eta is formed from the real and imaginary part of H, a derivative by a complex step when eta is
small.

Where eta is not small compared with the panel (g_X > 0.1 next to an edge), the integrals are done by Gauss-Legendre on
panels that shrink by factors of two towards s = x, down to eta, in the offset s - x: same tables, no continuation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.numerics.chebyshev import clenshaw
from physics.numerics.roots import Bracket, narrowed, secant
from physics.white_dwarf.couplings import Couplings
from physics.white_dwarf.spectral import Tables, graded_integrals, panel_of

__all__ = ["Coefficients", "coefficients", "coupling_for", "excess"]

_CONTINUE = 0.04  # largest imaginary part of a Chebyshev argument


class _Sums(NamedTuple):
    """Of V and A at complex Z: B = Im(F - i pi M)/eta and P = Re(F - i pi M)."""

    B_V: float
    B_A: float
    P_V: float
    P_A: float


@compiled(error_model="numpy")
def _far(moments: FloatArray, size: float, theta: float, top: float) -> _Sums:
    """At large |Z| = size, arg Z = -theta: a series of moments."""
    sin = math.sin(theta)
    B_V, B_A, P_V, P_A = 0.0, 0.0, 0.0, 0.0
    ratio, power = top / size, 1.0
    for n in range(moments.shape[1]):
        sine, cosine = math.sin((n + 1) * theta) / sin, math.cos((n + 1) * theta)
        B_V += moments[0, n] * power * sine / size**2
        B_A += moments[1, n] * power * sine / size**2
        P_V -= moments[0, n] * power * cosine / size
        P_A -= moments[1, n] * power * cosine / size
        power *= ratio
    return _Sums(B_V, B_A, P_V, P_A)


@compiled(error_model="numpy")
def _continued(H: FloatArray, F_0: FloatArray, t: complex, Z: complex, cotangent: float, axial: bool) -> _Sums:
    """From the series of H in the panel of Z, at complex argument t; the axial part only if needed."""
    H_V = clenshaw(H[0], t)
    H_A = clenshaw(H[1], t) if axial else 0j
    return _Sums(
        H_V.real + cotangent * H_V.imag,
        H_A.real + cotangent * H_A.imag,
        F_0[0] + (Z * H_V).real,
        F_0[1] + (Z * H_A).real,
    )


@compiled(error_model="numpy")
def _parts(m: float, g: float, tables: Tables, c: Couplings) -> tuple[float, float, float, float, float]:
    """The excess is g^2 (R_L + R_T) + g^4 b + g^2 a; R_L, R_T, b, a depend on g through width and wave function.

    The fifth value is the derivative of R_L + R_T with respect to g^2 at g = 0: the shift of the pole by r.

    Resonant part: X on its shell, with the width and k cancelled by hand (k2 g^2 |c|^2/eta = width/m^2). In the graded
    integrals it is not told apart, and b has all of it.
    """
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

    M_L, M_T, M_A = 0.0 + 0.0j, 0.0 + 0.0j, 0.0 + 0.0j  # at Z
    if ln >= tables.ln_s[-1]:
        F = _far(tables.moments, size, theta, top)
    else:
        i = panel_of(ln, tables.ln_s)
        width = tables.ln_s[i + 1] - tables.ln_s[i]
        if 2 * theta > _CONTINUE * width:
            V2, V1, _, A2, A1, _ = graded_integrals(size * cos, eta, tables.ln_s, tables.M, top)
            b = contact * (c.d_V * c.d_V * V2 + c.d_A * c.d_A * A2)
            J_V, J_A = real * V1 - gamma * eta * V2, real * A1 - gamma * eta * A2
            return 0.0, 0.0, b, mixed * (c.d_V * c.k_V * J_V - c.d_A * c.k_A * J_A), math.nan
        t = max(-1.0, (2 * ln - tables.ln_s[i] - tables.ln_s[i + 1]) / width) + 2j * theta / width
        Z = size * complex(cos, sin)
        M_L, M_T = clenshaw(tables.M[0, i], t) * Z * Z, clenshaw(tables.M[1, i], t) * Z * Z
        if c.d_A != 0:
            M_A = clenshaw(tables.M[2, i], t) * Z
        F = _continued(tables.H[:, i], tables.F_0, t, Z, cos / sin, c.d_A != 0)

    on_shell = 2 * math.pi * c.width / (c.G_F**2 * m * m * sm)
    b = contact * (c.d_V * c.d_V * F.B_V + c.d_A * c.d_A * F.B_A)
    M_V = M_L + M_T
    J_V = real * (F.P_V - math.pi * M_V.imag) - gamma * (eta * F.B_V + math.pi * M_V.real)
    J_A = real * (F.P_A - math.pi * M_A.imag) - gamma * (eta * F.B_A + math.pi * M_A.real)
    return (
        on_shell * c.d_V * c.d_V * M_L.real,
        on_shell * (c.d_V * c.d_V * M_T.real + c.d_A * c.d_A * M_A.real),
        b,
        mixed * (c.d_V * c.k_V * J_V - c.d_A * c.k_A * J_A),
        on_shell * c.r * (c.d_V * c.d_V * M_V.imag + c.d_A * c.d_A * M_A.imag) / theta,  # s M' by a complex step
    )


@compiled(error_model="numpy")
def _one(m: float, g: float, tables: Tables, c: Couplings) -> float:
    """The excess at one point."""
    if not (m > 0 and g >= 0):
        return math.nan
    if g == 0:
        return 0.0
    R_L, R_T, b, a, _ = _parts(m, max(g, 1e-60), tables, c)  # no width is left below
    return g * g * (R_L + R_T + a + g * g * b)


@compiled(error_model="numpy")
def excess(m: FloatArray, g: FloatArray, tables: Tables, c: Couplings) -> FloatArray:
    """Energy loss with X over that without, minus 1, at points m [MeV], g (arrays of one dimension)."""
    result = np.empty(m.size)
    for i in range(m.size):
        result[i] = _one(m[i], g[i], tables, c)
    return result


@compiled(error_model="numpy")
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


@compiled(error_model="numpy")
def _ln_ratio(ln_g: float, m: float, level: float, tables: Tables, c: Couplings) -> float:
    return math.log(max(_one(m, math.exp(ln_g), tables, c) / level, 1e-100))


@compiled(error_model="numpy")
def _coupling_for(m: float, level: float, g_max: float, tables: Tables, c: Couplings) -> float:
    """Bisection in ln g, then regula falsi (Illinois): ln(excess) has slopes between 2 and 4."""
    low, high = math.log(1e-24), math.log(g_max)
    if not (m > 0 and level > 0) or _ln_ratio(high, m, level, tables, c) < 0:
        return math.nan
    for _ in range(8):
        middle = 0.5 * (low + high)
        if _ln_ratio(middle, m, level, tables, c) < 0:
            low = middle
        else:
            high = middle
    ends = Bracket(low, high, _ln_ratio(low, m, level, tables, c), _ln_ratio(high, m, level, tables, c), 0)
    root = high
    for _ in range(100):
        if ends.f_high == ends.f_low or ends.high - ends.low < 1e-15 * abs(ends.low):
            break
        root = secant(ends)
        f = _ln_ratio(root, m, level, tables, c)
        if abs(f) < 1e-14:
            break
        ends = narrowed(ends, root, f, False)
    return math.exp(root)


@compiled(error_model="numpy")
def coupling_for(m: FloatArray, level: FloatArray, g_max: float, tables: Tables, c: Couplings) -> FloatArray:
    """Coupling at which the excess reaches a level, from below; NaN where that takes more than g_max."""
    result = np.empty(m.size)
    for i in range(m.size):
        result[i] = _coupling_for(m[i], level[i], g_max, tables, c)
    return result
