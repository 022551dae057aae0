r"""S(x) of all points with the same masses, from a few functions of x that they share.

For given m_X and mass_ratio what g_X and q_psi change of the thermal average (channels.py) is the width w of the pole,
and the weight q_psi^2 of pairs of X. Where the width is small against the distance |d| of the pole from the threshold,
and against those from thresholds of final states,

    S(x; w, q_psi) = alpha(x) exp(-a x)/w + R(x) + q_psi^2 S_XX(x),      a = 2 (sqrt(1+d) - 1),

alpha the average over a pole on the real axis, in closed form (0 below threshold), and R what is left of S at the
largest width that counts as small. What is neglected is of second order in w. For other widths S is a polynomial in
ln w in fixed decades: the nearest singularities, i w = +-d, are pi/2 away from them in ln w, so that polynomials of n
nodes converge like 3^-n. Either way S is a sum of products: coefficients that depend on the point, functions of x that
do not. These are polynomials in ln x on fixed panels. No value depends on which others are computed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.channels import channel_sum
from physics.dark_matter.relic.x_pairs import average_to_X
from physics.numerics.bessel import k1_scaled, k2_scaled
from physics.numerics.chebyshev import nodes_and_transform

__all__ = ["N_FUNCTIONS", "Pair", "coefficients", "functions", "log_alpha", "panels", "pole_of", "series"]

NARROW = 5e-4  # largest width, over the distances of the pole from thresholds, that counts as small
NARROW_OUT_OF_REACH = 3e-3  # the same for a pole below threshold
N_X, N_W = 10, 12  # nodes in a panel of ln x, in a decade of w
N_FUNCTIONS = N_W + 1  # at most: the last is that of pairs of X
DECADE = math.log(10.0)
X_NODES, _X_TRANSFORM = nodes_and_transform(N_X)
_POWERS = np.array([np.pad(np.polynomial.chebyshev.cheb2poly(e), (0, N_X))[:N_X] for e in np.eye(N_X)])
TO_POWERS = np.ascontiguousarray((_X_TRANSFORM.T @ _POWERS).T)  # coefficients of 1, t, t^2 ..., from values at the nodes
W_NODES, _W_TRANSFORM = nodes_and_transform(N_W)
W_TRANSFORM = np.ascontiguousarray(_W_TRANSFORM)
HOT_EDGES = np.log([0.2, 0.5, 1.3, 4.0, 12.0, 36.0])
COLD_PANEL = 1.5
CONSTANT_FROM = 1e4  # x, and x |d|, beyond which S is constant
SUPPRESSED = 100.0  # pairs of X heavier than psi are left out below exp(-100)


class Pair(NamedTuple):
    """A pair of masses: pole, final states, largest small width, phase space on the pole, whether there are X X."""

    d: float
    couplings: FloatArray
    y_f: FloatArray
    narrow: float
    phase_space: float
    pairs_of_X: bool


@compiled
def pole_of(d: float, couplings: FloatArray, y_f: FloatArray, pairs_of_X: bool) -> Pair:
    """What the shared functions of a pair need to know."""
    if d <= 0.0:
        return Pair(d, couplings, y_f, -NARROW_OUT_OF_REACH * d, 0.0, pairs_of_X)
    y = 1.0 + d
    nearest, phase_space = d, 0.0
    for c in range(y_f.size):
        if y > y_f[c]:
            phase_space += couplings[c] * math.sqrt(1 - y_f[c] / y) * (1 + 0.5 * y_f[c] / y)
        if couplings[c] > 0.0:
            nearest = min(nearest, abs(y - y_f[c]))
    return Pair(d, couplings, y_f, NARROW * nearest, phase_space, pairs_of_X)


@compiled
def panels(pair: Pair, x_end: float) -> FloatArray:
    """Edges of the panels of ln x: up to x_end, or to where S is constant."""
    end = math.log(max(CONSTANT_FROM, min(x_end, CONSTANT_FROM / max(abs(pair.d), 1e-300))))
    cold = max(1, int(math.ceil((end - HOT_EDGES[-1]) / COLD_PANEL)))
    edges = np.empty(HOT_EDGES.size + cold)
    edges[: HOT_EDGES.size] = HOT_EDGES
    for i in range(cold):
        edges[HOT_EDGES.size + i] = HOT_EDGES[-1] + COLD_PANEL * (i + 1)
    return edges


@compiled
def _slope(d: float) -> float:
    """a = 2 (sqrt(1+d) - 1)."""
    return 2 * d / (math.sqrt(1 + d) + 1)


@compiled
def log_alpha(x: float, pair: Pair) -> float:
    """The pole's part: ln alpha, of pi sqrt(d) h(y) y (y+1/2) x K_1(2x sqrt y)/K_2(x)^2 at y = 1 + d."""
    y = 1.0 + pair.d
    front = math.pi * math.sqrt(pair.d) * pair.phase_space * y * (y + 0.5)
    return math.log(front * x * k1_scaled(2 * x * math.sqrt(y)) / k2_scaled(x) ** 2)


@compiled
def _suppression(x: float, d: float) -> float:
    """ln of what pairs of X are suppressed by, 2x (m_X/m_psi - 1)."""
    return 2 * x * max(2 * math.sqrt(1 + d) - 1, 0.0)


@compiled
def series(pair: Pair, decade: int, wide: bool, edges: FloatArray) -> FloatArray:
    """Polynomials (panel, function, power) of what is tabulated: ln S or R, ln alpha; or ln S at all w of a decade.

    The last function is ln S_XX, without its Boltzmann factor.
    """
    n = N_FUNCTIONS if wide else 3
    d, couplings, y_f, narrow, _, pairs_of_X = pair
    table = np.zeros((edges.size - 1, n, N_X))
    values = np.zeros((n, N_X))
    for p in range(edges.size - 1):
        middle, half = 0.5 * (edges[p] + edges[p + 1]), 0.5 * (edges[p + 1] - edges[p])
        with_X = pairs_of_X and _suppression(math.exp(edges[p]), d) < SUPPRESSED
        for j in range(N_X):
            x = math.exp(middle + half * X_NODES[j])
            if wide:
                for k in range(N_W):
                    w = math.exp(DECADE * (decade + 0.5 * (1 + W_NODES[k])))
                    values[k, j] = math.log(channel_sum(x, d, w, couplings, y_f, 0.0))
            elif d > 0.0:
                S = channel_sum(x, d, narrow, couplings, y_f, 0.0)
                values[1, j] = log_alpha(x, pair)
                values[0, j] = S - math.exp(values[1, j] - _slope(d) * x) / narrow
            else:
                values[0, j] = math.log(channel_sum(x, d, narrow, couplings, y_f, 0.0))
            values[n - 1, j] = math.log(average_to_X(x, 4 * (1 + d))) + _suppression(x, d) if with_X else 0.0
        for k in range(n):
            for i in range(N_X):
                for j in range(N_X):
                    table[p, k, i] += TO_POWERS[i, j] * values[k, j]
    return table


@compiled
def functions(ln_x: float, p: int, pair: Pair, wide: bool, edges: FloatArray, table: FloatArray, out: FloatArray) -> int:
    """The functions of x that S is made of, at ln x; p: a panel at or before that of ln x, returned: its panel."""
    d, n = pair.d, table.shape[1]
    ln_x = min(max(ln_x, edges[0]), edges[-1])
    while p < edges.size - 2 and ln_x > edges[p + 1]:
        p += 1
    t = (2 * ln_x - edges[p] - edges[p + 1]) / (edges[p + 1] - edges[p])
    for k in range(n):
        total = table[p, k, N_X - 1]
        for i in range(N_X - 2, -1, -1):
            total = total * t + table[p, k, i]
        out[k] = total
    x = math.exp(ln_x)
    if wide:
        for k in range(N_W):
            out[k] = math.exp(out[k])
    elif d > 0.0:
        out[1] = math.exp(out[1] - _slope(d) * x)
    else:
        out[0] = math.exp(out[0])
        out[1] = 0.0
    suppression = _suppression(x, d)
    out[n - 1] = math.exp(out[n - 1] - suppression) if pair.pairs_of_X and suppression < SUPPRESSED else 0.0
    return p


@compiled
def coefficients(w: float, q2: float, wide: bool, decade: int, out: FloatArray) -> None:
    """What the functions are multiplied by, for a width and a weight of pairs of X."""
    if not wide:
        out[0], out[1], out[2] = 1.0, 1 / w, q2
        return
    # Lagrange's polynomials, as sums of Chebyshev's
    t = 2 * (math.log(w) / DECADE - decade) - 1
    out[:N_W] = 0.0
    before, here = 1.0, t
    for m in range(N_W):
        T = 1.0 if m == 0 else here
        for k in range(N_W):
            out[k] += W_TRANSFORM[m, k] * T
        if m > 0:
            before, here = here, 2 * t * here - before
    out[N_W] = q2
