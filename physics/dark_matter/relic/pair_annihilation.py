r"""sigma v of psi psibar of given momenta, averaged over the angle between them.

In units of m_psi, with y = s/4 and sigma of breit_wigner.py,

    V(p_1, p_2) = <sigma v_Moeller> = 2 B I(y_-, y_+) / (4 p_1 p_2 E_1 E_2),    B = g_X^4 q_psi^2/(12 pi m_psi^2),
    I = Int dy sum_f c_f sqrt(1 - y_f/y) (1 + y_f/2y) y (y + 1/2) / ((y - y_0)^2 + w^2),

between y_+- - 1 = (E_1 E_2 - 1 +- p_1 p_2)/2. For massless final states I is elementary, Phi(y_+) - Phi(y_-) with

    Phi = y + (y_0 + 1/4) ln((y - y_0)^2 + w^2) + (y_0^2 + y_0/2 - w^2)/w arctan((y - y_0)/w);

of massive ones the factor in front is taken in the middle of a few pieces, finer towards the pole.

Pairs of X add 3/2 q_psi^2 Int dy sqrt(1 - rho^2/y) A(y, rho^2), A of x_pairs.py, from max(y_-, rho^2) on: by
Gauss-Legendre, to 1e-4.

V is smooth in ln p_1 and ln p_2 if the pole is below threshold, but for a ridge at p_1 = p_2 as narrow as the pole is
close; there it is averaged over the cells of a grid. A pole above threshold makes V a plateau with sharp edges, where
y_+- = y_0, at p_2 = |(1 + 2 d) p_1 -+ 2 sqrt(d (1 + d)) E_1| for d = y_0 - 1; it is narrow for small p_1. All cells
that an edge crosses are averaged, up to the edges and beyond.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.channels import MASSLESS
from physics.dark_matter.relic.x_pairs import amplitude

__all__ = ["annihilation_matrix", "pair_rate"]

PIECES = 8
RIDGE = 8  # cells from p_1 = p_2 that are averaged
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_FEW, _OF_FEW = np.polynomial.legendre.leggauss(6)


@compiled
def _massless(a: float, b: float, d: float, w: float) -> tuple[float, float]:
    """Phi from y - 1 = a to b: the part of the arctangent, and the rest."""
    y_0, low, high = 1 + d, a - d, b - d
    arc = math.atan2((high - low) * w, w * w + low * high)
    change = (high - low) * (high + low) / (low * low + w * w)
    logarithm = math.log1p(change) if abs(change) < 0.5 else math.log((high * high + w * w) / (low * low + w * w))
    return (y_0 * y_0 + 0.5 * y_0 - w * w) / w * arc, b - a + (y_0 + 0.25) * logarithm


@compiled
def _phase_space(y: float, y_f: float) -> float:
    return math.sqrt(1 - y_f / y) * (1 + 0.5 * y_f / y) if y > y_f else 0.0


@compiled
def _one_side(near: float, far: float, sign: float, d: float, w: float, y_f: float) -> float:
    """I of a final state with mass, y - y_0 from sign * near to sign * far, in pieces that shrink towards the pole."""
    first, step, total = near + w, ((far + w) / (near + w)) ** (1 / PIECES), 0.0
    for _ in range(PIECES):
        last = first * step
        low, high = d + sign * (first - w), d + sign * (last - w)
        pole, rest = _massless(low, high, d, w)
        total += sign * _phase_space(1 + 0.5 * (low + high), y_f) * (pole + rest)
        first = last
    return total


@compiled
def _massive(a: float, b: float, d: float, w: float, y_f: float) -> float:
    """I of a final state with mass."""
    a = max(a, y_f - 1)
    if b <= a:
        return 0.0
    above = _one_side(max(a - d, 0.0), b - d, 1.0, d, w, y_f) if b > d else 0.0
    return above + (_one_side(max(d - b, 0.0), d - a, -1.0, d, w, y_f) if a < d else 0.0)


@compiled
def _to_X(a: float, b: float, rho2: float) -> float:
    """I of pairs of X, without q_psi^2."""
    a = max(a, rho2 - 1)
    total = 0.0
    for k in range(_FEW.size if b > a else 0):  # y from a + 1 on in squares: the threshold is a root
        t = 0.5 * (1 + _FEW[k])
        y_minus_1 = a + (b - a) * t * t
        y = 1 + y_minus_1
        beyond = max(y - rho2, 0.0)
        total += _OF_FEW[k] * t * math.sqrt(beyond / y) * amplitude(y, rho2, y_minus_1 * beyond)
    return 1.5 * total * (b - a)


@compiled
def pair_rate(p: float, p_2: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float) -> float:
    """V(p, p_2) over 2 B.

    Parameters
    ----------
    p, p_2 : float
        Momenta over m_psi.
    d, w : float
        Position and width of the pole: y_0 - 1 and y_0 Gamma_X/m_X.
    couplings, y_f : ndarray (channel,)
        Squares of couplings, relative to those of a Dirac lepton of charge 1, and (m_f/m_psi)^2.
    pairs : float
        q_psi^2 if pairs of X are counted, else 0.

    Returns
    -------
    float
    """
    E, E_2 = math.sqrt(1 + p * p), math.sqrt(1 + p_2 * p_2)
    a = 0.5 * (p - p_2) ** 2 / (E * E_2 + 1 + p * p_2)
    b = a + p * p_2
    total = massless = 0.0
    for i in range(couplings.size):
        if couplings[i] * y_f[i] ** 2 < MASSLESS:
            massless += couplings[i]
        else:
            total += couplings[i] * _massive(a, b, d, w, y_f[i])
    if pairs > 0.0:
        total += pairs * _to_X(a, b, 4 * (1 + d))
    pole, rest = _massless(a, b, d, w)
    return (total + massless * (pole + rest)) / (4 * p * p_2 * E * E_2)


@compiled
def _over_ridge(
    p: float, cells: int, h: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float
) -> float:
    """V averaged over two cells whose momenta have the mean p: over ln(p_1/p_2), within `cells` +- 1 steps of h."""
    narrow = 2 * math.sqrt(abs(d) + w) / p  # the scale of ln(p_1/p_2) on which the ridge falls
    total = 0.0
    for side in (-1, 0):
        low, high = (cells + side) * h, (cells + side + 1) * h
        t_low, t_high = math.asinh(low / narrow), math.asinh(high / narrow)
        for k in range(_NODES.size):
            t = 0.5 * (t_low + t_high + (t_high - t_low) * _NODES[k])
            distance = narrow * math.sinh(t)
            hat = 1 - abs(distance / h - cells)
            rate = pair_rate(p * math.exp(0.5 * distance), p * math.exp(-0.5 * distance), d, w, couplings, y_f, pairs)
            total += 0.5 * _WEIGHTS[k] * (t_high - t_low) * narrow * math.cosh(t) * hat * rate / h
    return total


@compiled
def _from_edge(
    p: float, p_2: float, first: float, last: float, scale: float,
    d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float,
) -> float:  # fmt: skip
    """Integral of V over ln(p_2) from `first` to `last` above ln(p_2), with nodes that are dense at the first."""
    t_last = math.asinh(abs(last - first) / scale)
    sign = 1.0 if last > first else -1.0
    total = 0.0
    for k in range(_NODES.size):
        t = 0.5 * t_last * (1 + _NODES[k])
        at = p_2 * math.exp(first + sign * scale * math.sinh(t))
        total += _WEIGHTS[k] * math.cosh(t) * pair_rate(p, at, d, w, couplings, y_f, pairs)
    return 0.5 * t_last * scale * total


@compiled
def _over_plateau(
    p: float, p_2: float, h: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float
) -> float:
    """V averaged over two cells, p <= p_2, with a pole above threshold: over ln(p_2) up to the edges, and beyond."""
    total = 0.0
    for a in range(_FEW.size):
        p_1 = p * math.exp(0.5 * h * _FEW[a])
        middle, half = (1 + 2 * d) * p_1, 2 * math.sqrt(d * (1 + d) * (1 + p_1 * p_1))
        low = math.log(max(abs(middle - half), 1e-300) / p_2)
        high = math.log((middle + half) / p_2)
        low, high = min(max(low, -0.5 * h), 0.5 * h), min(max(high, -0.5 * h), 0.5 * h)
        scale = min(w / (p_2 * half), 0.1)  # of ln(p_2), on which the pole rises
        integral = _from_edge(p_1, p_2, low, -0.5 * h, scale, d, w, couplings, y_f, pairs) if low > -0.5 * h else 0.0
        if high < 0.5 * h:
            integral += _from_edge(p_1, p_2, high, 0.5 * h, scale, d, w, couplings, y_f, pairs)
        if high > low:
            between = 0.5 * (low + high)
            for end in (low, high):
                integral += _from_edge(p_1, p_2, end, between, high - low, d, w, couplings, y_f, pairs)
        total += 0.5 * _OF_FEW[a] * integral / h
    return total


@compiled
def _is_crossed(p: float, p_2: float, h: float, d: float) -> bool:
    """Whether an edge of the plateau crosses the two cells, p <= p_2."""
    size = math.exp(0.5 * h)
    all_inside = True
    for k in range(4):
        a = p * (size if k & 1 else 1 / size)
        b = p_2 * (size if k & 2 else 1 / size)
        E2 = math.sqrt((1 + a * a) * (1 + b * b))
        all_inside &= (a - b) ** 2 / (E2 + 1 + a * b) < 2 * d < E2 - 1 + a * b
    if all_inside:
        return False
    a, b = p * size, p_2 / size
    nearest = max(b - a, 0.0)
    lowest = nearest * nearest / (math.sqrt((1 + a * a) * (1 + b * b)) + 1 + a * b)
    a, b = p * size, p_2 * size
    return lowest < 2 * d < math.sqrt((1 + a * a) * (1 + b * b)) - 1 + a * b


@compiled
def annihilation_matrix(
    p: FloatArray, h: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float
) -> FloatArray:
    """V/(2 B) between cells of equal steps h in ln p, centred at p."""
    n = p.size
    V = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            if d < 0 and i - j <= RIDGE:
                V[i, j] = _over_ridge(math.sqrt(p[i] * p[j]), i - j, h, d, w, couplings, y_f, pairs)
            elif d >= 0 and _is_crossed(p[j], p[i], h, d):
                V[i, j] = _over_plateau(p[j], p[i], h, d, w, couplings, y_f, pairs)
            else:
                V[i, j] = pair_rate(p[i], p[j], d, w, couplings, y_f, pairs)
            V[j, i] = V[i, j]
    return V
