r"""The tables of the fast freeze-out kernel and their generator, ``python -m physics.dark_matter.relic.make_tables``.

It takes 20 s.

For massless final states everything depends on x, on the position d and on the width w of the pole (breit_wigner.py).
With z = 1 + d + i w,

    S = Im H(z)/w,  H(z) = Int_1^inf F(y)/(y - z) dy,  F(y) = sqrt(y-1) G(y; x),
    G = y (y+1/2) x K_1(2x sqrt y)/K_2(x)^2.

What is singular in H is known in closed form, and what remains is analytic on the real axis, so that tables in (d, x)
of its Taylor coefficients in z hold for every width: the width is not a dimension of the tables.

    S:  H = i pi sqrt(z-1) G(z) + R(z), through the threshold and above it;
    J:  H_J = Int_{x_f}^inf H/x^2 dx has the discontinuity F_J(z) = sqrt(z-1) Int_{x_f}^inf G/x^2 dx, which does not
        vanish at threshold: F_J = c(z) + sqrt(z-1) A(z; x_f) with c independent of x_f. Near threshold
        H_J = -c(z) Log(1-z) + i pi sqrt(z-1) A(z) + R_J(z); above it H_J = i pi F_J(z) + R_J(z).

Regions: "below" (d < 0, the pole out of reach: ln S and ln J themselves at w = 0), "near" the threshold, "above" it.
With u = i w near the threshold and i w/d above it, and l = 1/x or d, the tables hold

    <region>_S       g_0, g_1 of ln(G exp(a x)) = sum g_k u^k, and R' l^2;       a(z) = 2 (sqrt z - 1)
    near_J           A_0, A_1 of A = sum A_k u^k, and R_J';                      near_c: c_k of c = sum c_k u^k
    near_top         R_J at x_f = X_TOP, for w = 0, which rows with massive final states need (massive_rows.py)
    above_J          m_0, m_1 of ln(F_J exp(a x_f)/sqrt(z-1)) = sum m_k u^k, and R_J' l^2
    pairs            ln(S exp(a x)), ln(J exp(a x)) of psi psibar -> X X, for mass_ratio;  a: pairs_exponent
    <name>_wide      the coefficients after these, which only a wide resonance needs
    <region>_most    the largest values of G and R', each times exp(-x)/sqrt(x): bounds what eq. (3.3) can reach.

What is tabulated is computed from `breit_wigner.average`, exact to 1e-14, and for c from the expansion of the Bessel
functions at x = X_TOP, whose coefficients DLMF 10.40 gives.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import average_points
from physics.dark_matter.relic.exact import annihilation_integral
from physics.dark_matter.relic.tables import (
    FILE,
    LN_X,
    N_X,
    PAIRS_SCALE,
    ROWS_ABOVE,
    ROWS_BELOW,
    ROWS_NEAR,
    ROWS_PAIRS,
    X_TOP,
    checksum,
    pairs_exponent,
)
from physics.dark_matter.relic.x_pairs import average_to_X

__all__ = ["build"]

ComplexArray = NDArray[Any]  # complex
RADIUS = 0.6 / X_TOP  # of Cauchy's formula near the threshold
BELOW_THRESHOLD = -0.009
_GL3 = np.polynomial.legendre.leggauss(3)
_GL8 = np.polynomial.legendre.leggauss(8)
_GL16 = np.polynomial.legendre.leggauss(16)


def _prefactor(z: ComplexArray, x: FloatArray) -> ComplexArray:
    """G(z; x) without its Boltzmann factor exp(-x exponent(z)), complex z."""
    result: ComplexArray = z * (z + 0.5) * x * scipy.special.kve(1, 2 * x * np.sqrt(z)) / scipy.special.kve(2, x) ** 2
    return result


def _exponent(z_minus_1: ComplexArray) -> ComplexArray:
    """2 (sqrt z - 1), without cancellation."""
    result: ComplexArray = 2 * z_minus_1 / (np.sqrt(1 + z_minus_1) + 1)
    return result


def _pole(x: FloatArray, d: float, w: FloatArray) -> FloatArray:
    """The pole's part of S: pi Re[sqrt(z-1) G(z)]/w."""
    zeta = d + 1j * w
    pole: FloatArray = np.real(np.sqrt(zeta) * _prefactor(1 + zeta, x) * np.exp(-x * _exponent(zeta))) * math.pi / w
    return pole


def _average(x: FloatArray, d: float, w: FloatArray) -> FloatArray:
    x, w = np.broadcast_arrays(x, w)
    n = x.size
    return average_points(x.ravel(), np.full(n, d), w.ravel(), np.zeros(n)).reshape(x.shape)


def _taylor(f: Any, unit: FloatArray) -> list[FloatArray]:
    """Coefficients of 1, w^2, w^4 of an even function, from its values at four multiples of `unit`."""
    steps = np.array([1.0, 2.0, 3.0, 4.0])
    values = np.stack([f(k * unit) for k in steps], axis=-1)
    inverse = np.linalg.inv(np.vander(steps**2, increasing=True))
    return [values @ inverse[k] / unit ** (2 * k) for k in range(3)]


def _derivatives(f: Any, z: complex, radius: float, n: int) -> list[Any]:
    """f(z), f'(z), f''(z)/2, ... by Cauchy's formula on a circle, n of them; f is real on the real axis."""
    points = 16
    turn = np.exp(2j * math.pi * np.arange(points) / points)
    values = np.stack([f(z + radius * t) for t in turn])
    return [np.tensordot(turn**-k, values, axes=1).real / (points * radius**k) for k in range(n)]


def _cumulative(f: FloatArray, tail: float) -> FloatArray:
    """Int_{x_i}^inf f/x^2 dx for every node x_i, f given at the Gauss nodes of the cells, beyond X_TOP the tail."""
    nodes, weights, half = _cells(*_GL3)
    cells = np.sum(weights * f * np.exp(-nodes), axis=-1) * half
    return np.append(np.cumsum(cells[::-1])[::-1], 0.0) + tail


def _cells(nodes: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    half = (LN_X[1] - LN_X[0]) / 2
    return (LN_X[:-1] + half)[:, np.newaxis] + half * nodes, weights, half


def _remainder(x: FloatArray, d: float) -> list[FloatArray]:
    """R', R'''/3!, R'''''/5! of S, at points x; with the signs with which they multiply 1, w^2, w^4."""
    unit = 0.15 * np.minimum(1 / x, 0.25 * (1 + d))
    return _taylor(lambda w: _average(x, d, w) - _pole(x, d, w), unit)


def _tail(d: float, w: float) -> float:
    return float(annihilation_integral(X_TOP, d, w, np.array([1.0]), np.array([0.0]), 0.0))


def _expansion(order: int, n: int) -> list[float]:
    """a_k of sqrt(2x/pi) e^x K_order(x) = sum a_k/x^k (DLMF 10.40.2)."""
    a = [1.0]
    for k in range(1, n):
        a.append(a[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return a


def _threshold(zeta: complex) -> tuple[complex, complex]:
    """c(z) and A(z; X_TOP) at z = 1 + zeta, from the expansion in 1/x term by term.

    G/x^2 = z (z+1/2) (pi s)^(-1/2) e^(-a x) sum_n b_n x^(-n-1/2), s = sqrt z, and
    Int_X^inf x^(-n-1/2) e^(-a x) dx = Gamma(1/2-n) a^(n-1/2) - sum_k (-a)^k X^(k+1/2-n) / (k! (k+1/2-n)).
    """
    terms = 14
    s = np.sqrt(1 + zeta)
    a = complex(_exponent(np.array(zeta)))
    k_1 = [c / (2 * s) ** k for k, c in enumerate(_expansion(1, terms))]
    k_2 = np.array(_expansion(2, terms))
    inverse_square = [1.0]
    square = np.convolve(k_2, k_2)[:terms]
    for n in range(1, terms):
        inverse_square.append(-float(sum(square[i] * inverse_square[n - i] for i in range(1, n + 1))))
    b = [sum(k_1[i] * inverse_square[n - i] for i in range(n + 1)) for n in range(terms)]
    front = (1 + zeta) * (1.5 + zeta) / np.sqrt(math.pi * s)
    c = front * np.sqrt((s + 1) / 2) * sum(b[n] * scipy.special.gamma(0.5 - n) * a**n for n in range(terms))
    rest = 0.0
    for n in range(terms):
        powers = sum((-a * X_TOP) ** k / (math.factorial(k) * (k + 0.5 - n)) for k in range(40))
        rest -= b[n] * X_TOP ** (0.5 - n) * powers
    return complex(c), complex(front * rest)


def _below(d: float) -> dict[str, Any]:
    """Ln S and ln J at w = 0, and s_1, s_2 of S = S_0 (1 + s_1 (w/d)^2 + s_2 (w/d)^4), and those of J."""
    x, _, _ = _cells(*_GL3)
    unit = np.array(0.03 * abs(d))
    at_nodes = _taylor(lambda w: _average(np.exp(LN_X), d, w), unit)
    at_gauss = _taylor(lambda w: _average(np.exp(x), d, w), unit)
    tails = _taylor(lambda w: _tail(d, float(w)), unit)
    integral = [_cumulative(f, float(t)) for f, t in zip(at_gauss, tails, strict=True)]

    def relative(f: list[FloatArray]) -> list[FloatArray]:
        return [np.log(f[0]), f[1] / f[0] * d**2, f[2] / f[0] * d**4]

    S, J = relative(at_nodes), relative(integral)
    return {"below": [S[0], J[0]], "below_wide": [*S[1:], *J[1:]], "below_most": [_most(at_nodes[0])]}


def _most(f: FloatArray) -> float:
    return float(np.max(np.abs(f) * np.exp(-np.exp(LN_X)) / np.sqrt(np.exp(LN_X))))


def _average_parts(
    d: float, unit: float, length: FloatArray | float
) -> tuple[list[FloatArray], list[FloatArray], list[float]]:
    """Of S: the table, the one for wide resonances, and the largest values."""
    x = np.exp(LN_X)
    g = _derivatives(lambda z: np.log(_prefactor(np.array(z), x)), 1 + d, 0.25, 3)
    R = [f * length ** (2 * k + 2) for k, f in enumerate(_remainder(x, d))]
    g = [f * unit**k for k, f in enumerate(g)]
    pole = np.exp(g[0] - x * _exponent(np.array(d + 0j)).real)
    return [g[0], g[1], R[0]], [g[2], R[1], R[2]], [_most(pole), _most(R[0] / length**2)]


def _beyond_top(d: float) -> tuple[list[FloatArray], list[FloatArray]]:
    """c_k, and R_J', R_J'''/3!, R_J'''''/5! at x_f = X_TOP, with the signs with which they multiply 1, w^2, w^4."""
    c = _derivatives(lambda z: np.array(_threshold(z - 1)[0]), 1 + d, RADIUS, 4)
    a = _derivatives(lambda z: np.array(_threshold(z - 1)[1]), 1 + d, RADIUS, 8)

    def rest(w: FloatArray) -> float:
        iw, zeta = 1j * float(w), d + 1j * float(w)
        cz = sum(f * iw**k for k, f in enumerate(c))
        az = sum(f * iw**k for k, f in enumerate(a))
        return _tail(d, float(w)) - float((-cz * np.log(-zeta) + 1j * math.pi * np.sqrt(zeta) * az).imag / w)

    return c, _taylor(rest, np.array(0.1 / X_TOP))


@cache
def _R_below_threshold(d: float) -> float:
    """R_J at x_f = X_TOP for d < 0: H_J = Int_{X_TOP}^inf dx/x^2 Int F/(y - z) dy as it stands, no pole in the way."""
    t, of_t = np.polynomial.legendre.leggauss(40)
    total = 0.0
    for a, b in pairwise([0.0, 1e-3, 0.01, 0.05, 0.2, 0.5, 1.0]):
        x = X_TOP / (0.5 * (a + b) + 0.5 * (b - a) * t)[:, np.newaxis]
        for low, high in pairwise([0.0, *np.geomspace(1e-3, 7.5, 16)]):
            s = 0.5 * (low + high) + 0.5 * (high - low) * t  # s^2 = 2x (sqrt y - 1)
            u = s * s
            y_minus_1 = u / x * (1 + u / (4 * x))
            F = np.sqrt(y_minus_1) * _prefactor(1 + y_minus_1, x) * np.exp(-u)
            of_s = 0.5 * (high - low) * of_t * 2 * s * (1 + u / (2 * x)) / x
            total += float(0.5 * (b - a) * of_t @ (F / (y_minus_1 - d) * of_s).sum(axis=1)) / X_TOP
    c, A = _threshold(complex(d))
    return total + c.real * math.log(-d) + math.pi * math.sqrt(-d) * A.real


def _R_at_top(d: float) -> float:
    """R_J at x_f = X_TOP, w = 0: from below the threshold on, where it is known, by its derivative."""
    t, of_t = _GL8
    start = BELOW_THRESHOLD
    half = 0.5 * (d - start)
    slopes = [float(_beyond_top(start + half * (1 + v))[1][0]) for v in t]
    return _R_below_threshold(start) + half * float(of_t @ slopes)


def _near(d: float) -> dict[str, Any]:
    x, weights, half = _cells(*_GL3)

    def A(z: complex) -> ComplexArray:
        zeta = complex(z - 1)
        g = _prefactor(np.array(z), np.exp(x)) * np.exp(-np.exp(x) * _exponent(np.array(zeta)) - x)
        cells = np.sum(weights * g, axis=-1) * half
        return np.append(np.cumsum(cells[::-1])[::-1], 0.0) + _threshold(zeta)[1]

    c, tails = _beyond_top(d)
    a = _derivatives(A, 1 + d, RADIUS, 6)
    at_gauss = _remainder(np.exp(x), d)
    R = [_cumulative(f, float(t)) for f, t in zip(at_gauss, tails, strict=True)]
    S, S_wide, most = _average_parts(d, 1.0, np.exp(-LN_X))
    return {
        "near_S": S,
        "near_S_wide": S_wide,
        "near_J": [*a[:2], R[0]],
        "near_J_wide": [*a[2:], *R[1:]],
        "near_c": c,
        "near_top": [_R_at_top(d)],
        "near_most": most,
    }


def _above(d: float) -> dict[str, Any]:
    nodes, weights, half = _cells(*_GL8)
    x, nodes_x = np.exp(LN_X), np.exp(nodes)
    edges = math.log(X_TOP) + np.arange(0, math.log1p(60 / (d * X_TOP)) + 0.4, 0.4)
    tail_nodes = (edges[:-1] + 0.2)[:, np.newaxis] + 0.2 * _GL16[0]

    def ln_M(z: complex) -> ComplexArray:
        """F_J = sqrt(z-1) exp(-a x_f) M."""
        z_, a = np.array(z), _exponent(np.array(z - 1))
        cells = half * np.sum(
            weights * _prefactor(z_, nodes_x) * np.exp(-a * (nodes_x - x[:-1, np.newaxis]) - nodes), axis=-1
        )
        tail = np.exp(tail_nodes)
        M = np.empty(N_X, dtype=complex)
        M[-1] = 0.2 * np.sum(_GL16[1] * _prefactor(z_, tail) * np.exp(-a * (tail - X_TOP) - tail_nodes))
        for i in range(N_X - 2, -1, -1):
            M[i] = cells[i] + np.exp(-a * (x[i + 1] - x[i])) * M[i + 1]
        return np.log(M)

    M = _derivatives(ln_M, 1 + d, 0.25 * d, 4)

    def rest(w: FloatArray) -> float:
        zeta = d + 1j * float(w)
        F = np.sqrt(zeta) * np.exp(ln_M(1 + zeta)[-1] - X_TOP * _exponent(np.array(zeta)))
        return _tail(d, float(w)) - math.pi * float(F.real / w)

    tails = _taylor(rest, np.array(0.03 * min(d, 1.0)))
    gauss, _, _ = _cells(*_GL3)
    at_gauss = _remainder(np.exp(gauss), d)
    R = [_cumulative(f, float(t)) * d ** (2 * k + 2) for k, (f, t) in enumerate(zip(at_gauss, tails, strict=True))]
    M = [f * d**k for k, f in enumerate(M)]
    S, S_wide, most = _average_parts(d, d, d)
    return {
        "above_S": S,
        "above_S_wide": S_wide,
        "above_J": [*M[:2], R[0]],
        "above_J_wide": [*M[2:], *R[1:]],
        "above_most": most,
    }


def _pairs(row: float) -> dict[str, Any]:
    rho = 1 / (1 + PAIRS_SCALE * math.sinh(row))
    a, rho2 = pairs_exponent(rho), rho * rho
    nodes, weights, half = _cells(*_GL8)
    x, nodes_x = np.exp(LN_X), np.exp(nodes)

    def scaled(x: FloatArray) -> FloatArray:
        return np.reshape([average_to_X(v, rho2) * math.exp(a * v) for v in x.ravel()], x.shape)

    cells = half * np.sum(weights * scaled(nodes_x) * np.exp(-a * (nodes_x - x[:-1, np.newaxis]) - nodes), axis=-1)
    S, J = scaled(x), np.empty(N_X)
    J[-1] = _pairs_beyond(a, rho2)
    for i in range(N_X - 2, -1, -1):
        J[i] = cells[i] + math.exp(-a * (x[i + 1] - x[i])) * J[i + 1]
    return {"pairs": [np.log(S), np.log(J)], "pairs_most": [_most(S * np.exp(-a * x))]}


def _pairs_beyond(a: float, rho2: float) -> float:
    """Int_{X_TOP}^inf S exp(a X_TOP)/x^2 dx: panels in ln x, the last in 1/x."""
    nodes, weights = _GL16

    def scaled(x: FloatArray) -> FloatArray:
        return np.array([average_to_X(v, rho2) for v in x]) * math.exp(a * X_TOP)

    total, low = 0.0, X_TOP
    end = max(2 * X_TOP, 40 / max(abs(1 - rho2), 1e-14))
    while low < end and a * (low - X_TOP) < 40:
        high = min(2 * low, low + 8 / a if a > 0 else math.inf, end)
        x = low * (high / low) ** (0.5 * (1 + nodes))
        total += 0.5 * math.log(high / low) * float(weights @ (scaled(x) / x))
        low = high
    return total + 0.5 / low * float(weights @ scaled(low / (0.5 * (1 + nodes))))


def build(
    below: FloatArray = ROWS_BELOW,
    near: FloatArray = ROWS_NEAR,
    above: FloatArray = ROWS_ABOVE,
    pairs: FloatArray = ROWS_PAIRS,
) -> dict[str, FloatArray]:
    """Compute the tables, or rows of them.

    Parameters
    ----------
    below, near, above : array_like
        Rows: ln(-d), d and ln d, in the three regions.
    pairs : array_like
        Rows: asinh((mass_ratio - 1)/PAIRS_SCALE).

    Returns
    -------
    dict of ndarray
        "<region>_<function>" of shape (rows, n_x, coefficients), or (rows, coefficients) where x plays no part.
    """
    regions = [
        [_below(-math.exp(v)) for v in below],
        [_near(float(v)) for v in near],
        [_above(math.exp(v)) for v in above],
        [_pairs(float(v)) for v in pairs],
    ]
    tables: dict[str, FloatArray] = {}
    for rows in regions:
        for name in rows[0]:
            tables[name] = np.ascontiguousarray(np.stack([np.stack(row[name], axis=-1) for row in rows]))
    return tables


if __name__ == "__main__":
    path = Path(__file__).parents[2] / "data" / FILE
    tables = build()
    np.savez_compressed(path, **tables)  # type: ignore[arg-type]
    sys.stdout.write(f"{path}; CHECKSUM of tables.py: {checksum(tables)}\n")
