r"""S(x) of all points with the same masses, from a few functions of x that they share.

For given m_X and mass_ratio what g_X and q_psi change of the thermal average (channels.py) is the width w of the pole,
and the weight q_psi^2 of pairs of X:

    S(x; w, q_psi) = alpha(x) exp(-a x)/w + Q(x; w) + q_psi^2 S_XX(x),      a = 2 (sqrt(1+d) - 1).

alpha is the average over a pole on the real axis, in closed form (0 below threshold). For widths that are small against
the distance |d| of the pole from the threshold, and against those from thresholds of final states, Q is a polynomial
in w. Larger widths have polynomials in ln w, without alpha, in fixed decades: the nearest singularities, i w = +-d, are
pi/2 away from them in ln w, so that with n nodes they converge like 3^-n. (A narrow pole on the threshold of a final
state, far above that of psi, is left to others.) Either way S is a sum of products:
coefficients that depend on the point, functions of x that do not. These are polynomials in ln x, on fixed panels.

No value depends on which others are computed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.panel_averages import panel_averages, shared_by_panels, work_space
from physics.dark_matter.relic.panel_factors import COLD, HOTTEST
from physics.numerics.chebyshev import nodes_and_transform

__all__ = [
    "COLD_PANEL",
    "LEFT",
    "LN_X_COLD",
    "MOST",
    "SMALL",
    "Pair",
    "Pairs",
    "Points",
    "coefficients",
    "functions",
    "lagrange",
    "pair_of",
    "series",
    "slope_of",
    "tiers_of",
    "to_functions",
    "values_at",
]

SMALLEST = 1e-14  # width from which on there are decades
N_X, N_W, N_SMALL = 10, 10, 4  # nodes in a panel of ln x, in a decade of w, for small widths
MOST = N_W + 1  # functions at most; alpha is the last but one for small widths, that of pairs of X the last
SMALL = -1  # the tier of small widths; the others are decades
LEFT = -2  # not covered: a narrow pole far above the threshold of psi, on that of another final state
FAR = 0.01  # d, for which S falls like the pole's Boltzmann factor, and then all at once no more
SMALL_WIDTH = 0.03  # over the distances of the pole from thresholds
DECADE = math.log(10.0)
_X_NODES, _X_TRANSFORM = nodes_and_transform(N_X)
_POWERS = np.array([np.pad(np.polynomial.chebyshev.cheb2poly(e), (0, N_X))[:N_X] for e in np.eye(N_X)])
_TO_POWERS = _X_TRANSFORM.T @ _POWERS  # (node, power): coefficients of 1, t, t^2 ..., from values at nodes


def lagrange(n: int) -> tuple[FloatArray, FloatArray]:
    """Ascending nodes in -1 .. 1, and coefficients (power, node) of Lagrange's polynomials."""
    t, transform = nodes_and_transform(n)
    powers = np.array([np.pad(np.polynomial.chebyshev.cheb2poly(e), (0, n))[:n] for e in np.eye(n)])
    return t[::-1].copy(), np.ascontiguousarray((powers.T @ transform)[:, ::-1])


_W_NODES, _W_POWERS = lagrange(N_W)
_SMALL_NODES, _SMALL_POWERS = lagrange(N_SMALL)
HOT_EDGES = np.log([HOTTEST, 0.5, 1.3, COLD])  # panels that only psi which hardly thermalises needs
COLD_PANEL = HOT_EDGES.size - 1  # the first of the others, from here on, of this width:
LN_X_COLD, PANEL_WIDTH = float(HOT_EDGES[-1]), 1.5
CONSTANT_FROM = 3e3  # x, and x |d|, beyond which S is constant
SUPPRESSED = 100.0  # pairs of X heavier than psi are left out below exp(-100)


class Points(NamedTuple):
    """Points side by side: B [MeV^-2], w, q_psi^2, and what makes `scattering_strength` (bath.py)."""

    B: FloatArray
    w: FloatArray
    q2: FloatArray
    scattering: FloatArray


class Pairs(NamedTuple):
    """Pairs of masses, and where the points of each begin."""

    first: NDArray[np.int64]  # (pair + 1,)
    log_mass: FloatArray  # ln of m_psi and m_X [MeV]
    log_mediator: FloatArray
    d: FloatArray
    couplings: FloatArray  # (channel,), (pair, channel): as in channels.py
    y_f: FloatArray
    pairs_of_X: bool


class Pair(NamedTuple):
    """A pair of masses: pole, final states, whether there are X X; largest small width, phase space on the pole."""

    d: float
    couplings: FloatArray
    y_f: FloatArray
    pairs_of_X: bool
    small: float
    phase_space: float
    edges: FloatArray  # of the panels of ln x


@compiled
def pair_of(d: float, couplings: FloatArray, y_f: FloatArray, pairs_of_X: bool, x_end: float) -> Pair:
    """What the shared functions of a pair need to know; x_end: up to where S is wanted."""
    end = math.log(max(CONSTANT_FROM, min(x_end, CONSTANT_FROM / max(abs(d), 1e-300))))
    hot = HOT_EDGES.size
    edges = np.empty(hot + math.ceil((end - LN_X_COLD) / PANEL_WIDTH))
    for i in range(edges.size):
        edges[i] = HOT_EDGES[i] if i < hot else LN_X_COLD + PANEL_WIDTH * (i - hot + 1)
    y, nearest, phase_space = 1.0 + d, abs(d), 0.0
    if d > 0.0:
        for c in range(y_f.size):
            if y > y_f[c]:
                phase_space += couplings[c] * math.sqrt(1 - y_f[c] / y) * (1 + 0.5 * y_f[c] / y)
            if couplings[c] > 0.0:
                nearest = min(nearest, abs(y - y_f[c]))
    return Pair(d, couplings, y_f, pairs_of_X, SMALL_WIDTH * nearest, phase_space, edges)


@compiled
def tiers_of(widths: FloatArray, pair: Pair) -> NDArray[np.int64]:
    """SMALL, or the decades of the widths, counted from the largest small one, or LEFT."""
    tiers = np.full(widths.size, SMALL)
    for i in range(widths.size):
        if widths[i] > pair.small:
            if pair.d > FAR and widths[i] < SMALL_WIDTH * pair.d:
                tiers[i] = LEFT
                continue
            tiers[i] = max(0, math.floor(math.log(widths[i] / max(pair.small, SMALLEST)) / DECADE))
    return tiers


@compiled
def slope_of(d: float) -> float:
    """A = 2 (sqrt(1+d) - 1)."""
    return 2 * d / (math.sqrt(1 + d) + 1)


@compiled
def _suppression(x: float, d: float) -> float:
    """What pairs of X are suppressed by: exponent, 2x (m_X/m_psi - 1)."""
    return 2 * x * max(2 * math.sqrt(1 + d) - 1, 0.0)


@compiled
def _widths(pair: Pair, tier: int) -> FloatArray:
    """The widths at which S is computed, ascending."""
    if tier == SMALL:
        return 0.5 * pair.small * (1 + _SMALL_NODES)
    return max(pair.small, SMALLEST) * np.exp(DECADE * (tier + 0.5 * (1 + _W_NODES)))


@compiled
def series(pair: Pair, tier: int, lowest: int, weighted: bool) -> FloatArray:
    """Polynomials (S or S_2, panel, function, power) of t = -1 .. 1 in a panel, from the panel `lowest` on.

    They are Q at a few widths and ln alpha, or ln S at these widths; and ln S_XX without its Boltzmann factor. S_2 only
    if weighted.
    """
    d, edges, widths = pair.d, pair.edges, _widths(pair, tier)
    with_pole = tier == SMALL and d > 0.0
    n, kinds = widths.size + (2 if tier == SMALL else 1), 2 if weighted else 1
    table, values, x = np.zeros((kinds, edges.size - 1, n, N_X)), np.zeros((kinds, n, N_X)), np.empty(N_X)
    phase_space, work = pair.phase_space if with_pole else 0.0, work_space()
    hottest = math.exp(edges[lowest]) if lowest < COLD_PANEL else COLD  # not a rounding below it
    shared = shared_by_panels(d, widths, pair.couplings, pair.y_f, weighted, hottest)
    for p in range(lowest, edges.size - 1):
        if p == COLD_PANEL:
            shared = shared_by_panels(d, widths, pair.couplings, pair.y_f, weighted, COLD)
        for j in range(N_X):
            x[j] = math.exp(0.5 * (edges[p] + edges[p + 1] + (edges[p + 1] - edges[p]) * _X_NODES[j]))
        with_X = pair.pairs_of_X and _suppression(math.exp(edges[p]), d) < SUPPRESSED
        panel_averages(x, shared, phase_space, with_X, weighted, work, values)
        for kind in range(kinds):
            _to_smooth(x, d, widths, with_pole, with_X, values[kind])
            for k in range(n):
                for j in range(N_X):
                    for i in range(N_X):
                        table[kind, p, k, i] += _TO_POWERS[j, i] * values[kind, k, j]
    return table


@compiled
def _to_smooth(x: FloatArray, d: float, widths: FloatArray, with_pole: bool, with_X: bool, values: FloatArray) -> None:
    """From averages at the nodes of a panel to what polynomials follow, in place."""
    for j in range(N_X):
        pole = values[-2, j] * math.exp(-slope_of(d) * x[j]) if with_pole else 0.0
        for k in range(widths.size):
            values[k, j] = values[k, j] - pole / widths[k] if with_pole else math.log(values[k, j])
        if with_pole:
            values[-2, j] = math.log(values[-2, j])
        values[-1, j] = math.log(values[-1, j]) if with_X else 0.0


@compiled
def values_at(ln_x: float, p: int, pair: Pair, table: FloatArray, out: FloatArray) -> int:
    """What is tabulated, at ln x; p: a panel at or before that of ln x, returned: its panel."""
    edges = pair.edges
    ln_x = min(max(ln_x, edges[0]), edges[-1])
    while p < edges.size - 2 and ln_x > edges[p + 1]:
        p += 1
    t = (2 * ln_x - edges[p] - edges[p + 1]) / (edges[p + 1] - edges[p])
    for k in range(table.shape[1]):
        total = table[p, k, N_X - 1]
        for i in range(N_X - 2, -1, -1):
            total = total * t + table[p, k, i]
        out[k] = total
    return p


@compiled
def to_functions(x: float, pair: Pair, tier: int, values: FloatArray) -> None:
    """From what is tabulated to the functions that S is a sum of, in place."""
    d, n = pair.d, values.size
    if tier != SMALL or d <= 0.0:
        for k in range(N_SMALL if tier == SMALL else N_W):
            values[k] = math.exp(values[k])
    else:
        values[n - 2] = math.exp(values[n - 2] - slope_of(d) * x)
    suppression = _suppression(x, d)
    values[n - 1] = math.exp(values[n - 1] - suppression) if pair.pairs_of_X and suppression < SUPPRESSED else 0.0


@compiled
def functions(ln_x: float, p: int, pair: Pair, tier: int, table: FloatArray, out: FloatArray) -> int:
    """The functions of x that S is a sum of; p as in `values_at`."""
    p = values_at(ln_x, p, pair, table, out)
    to_functions(math.exp(ln_x), pair, tier, out)
    return p


@compiled
def coefficients(B: float, w: float, q2: float, pair: Pair, tier: int, out: FloatArray) -> int:
    """What the functions are multiplied by for one point, times B; returned: how many there are."""
    if tier == SMALL:
        t, powers, n = 2 * w / pair.small - 1, _SMALL_POWERS, N_SMALL
        out[n] = B / w
    else:
        t, powers, n = 2 * (math.log(w / max(pair.small, SMALLEST)) / DECADE - tier) - 1, _W_POWERS, N_W
    for k in range(n):
        total = powers[n - 1, k]
        for m in range(n - 2, -1, -1):
            total = total * t + powers[m, k]
        out[k] = B * total
    n += 2 if tier == SMALL else 1
    out[n - 1] = B * q2
    return n
