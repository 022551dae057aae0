"""Phase shifts of a Yukawa potential, all partial waves at once.

With x = m_phi r the radial equation has two parameters, kappa = k/m_phi and the strength b, positive for attraction:

    u'' = [l(l+1)/x^2 - b e^-x/x - kappa^2] u,    kappa = M v/(2 m_phi),    b = alpha M/m_phi.

The logarithmic derivatives y_l = u_l'/u_l of all l go outwards together, in sectors that take the potential as constant
and correct for its variation by Simpson's rule (Manolopoulos 1986; of fourth order). Waves join in one after another,
as deep under the centrifugal barrier as it takes to forget how they began. The same sweep without potential has phase
shifts that should vanish: they are subtracted, and with them nearly all of the error, so that sectors may be wide. High
waves, whose phase shift is Born's to second order, are not swept (`highest_wave`): their sum is known in closed form.

Against Taylor series of order 30 cross sections are right to 1e-5, 1e-4 at worst, for kappa from 1e-4 to 200 and |b| up
to 1000 (tests/physics/dark_matter/self_interaction/).
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["KAPPA_REACH", "STRENGTH_REACH", "born_phase_shifts", "highest_wave", "phase_shifts"]

KAPPA_REACH = 200.0
STRENGTH_REACH = 1000.0  # |b|
_SECTOR = 0.045  # half width of a sector over the scale on which the potential changes
_RADIANS = 1.0  # half width of a sector times the local wave number, at most
_E_FOLDS = 18.0  # of a wave below its turning point before it counts
_TAIL = 1e-9  # phase shift of what is left of the potential where the sweep ends, for b = 1
_BORN = 3e-3  # phase shift of the waves that are not swept, at most ...
_BORN_OF_STRENGTH = 0.02  # ... and over b/kappa


@compiled(fastmath=True, error_model="numpy")
def _advance(
    y: FloatArray,
    barrier: FloatArray,
    active: int,
    x: float,
    h: float,
    k2: float,
    begin: float,
    middle: float,
    end: float,
) -> None:
    """Take y from x to x + 2h; `begin`, `middle` and `end` are the attraction there.

    In a constant potential W the half sector is exact: z coth z with z^2 = W h^2, a continued fraction of Lambert's,
    which has no cases (below a barrier z^2 < 0) and is right to 1e-9 for |z| < 1.2.
    """
    at_begin, at_middle, at_end = 1 / (x * x), 1 / ((x + h) * (x + h)), 1 / ((x + 2 * h) * (x + 2 * h))
    for ell in range(active):
        W = barrier[ell] * at_middle - middle - k2
        s = W * h * h
        coth = (135135 + s * (62370 + s * (3150 + 28 * s))) / ((135135 + s * (17325 + s * (378 + s))) * h)
        csch2 = coth * coth - W
        half = coth - csch2 / (y[ell] + coth + h / 3 * (barrier[ell] * (at_begin - at_middle) - begin + middle))
        y[ell] = coth - csch2 / (half + coth) + h / 3 * (barrier[ell] * (at_end - at_middle) - end + middle)


@compiled(error_model="numpy")
def _first(ell: int, x: float, k2: float, b: float, at_origin: bool) -> float:
    """Where a wave begins: y of the regular solution near the origin, or of the one that grows below the barrier."""
    if at_origin:
        a = -b / (2 * (ell + 1.0))
        return (ell + 1) / x + a + ((b - k2 - b * a) / (2 * ell + 3.0) - a * a) * x
    attraction = b * math.exp(-x) / x
    W = max(ell * (ell + 1.0) / x**2 - attraction - k2, 1e-6)
    return math.sqrt(W) + (2 * ell * (ell + 1.0) / x**3 - attraction * (1 + 1 / x)) / (4 * W)


@compiled(error_model="numpy")
def _beginnings(kappa: float, b: float, origin: float, l_max: int) -> FloatArray:
    """Where each wave joins in: _E_FOLDS below its turning point."""
    x = np.full(l_max + 1, origin)
    for ell in range(1, l_max + 1):
        turning = (ell + 0.5) / kappa
        if b > 0:
            inside = b / ((ell + 0.5) / max(kappa, 1.0) + 0.3)
            turning = min((ell + 0.5) / math.sqrt(kappa**2 + inside), 0.5 * ell * (ell + 1) / b)
        x[ell] = max(x[ell - 1], min(turning * math.exp(-_E_FOLDS / (ell + 0.5) - 0.3), 3.0))
    return x


@compiled(error_model="numpy")
def _sweep(kappa: float, b: float, l_max: int) -> tuple[float, FloatArray, FloatArray]:
    """Where the potential ends, and y_l there: with the potential, and without."""
    k2, strength = kappa**2, abs(b)
    end = 4.0
    while max(strength, 1.0) * math.exp(-end) / end * min(1 / kappa, end) > _TAIL:
        end += 0.5
    x = 0.02 / max(1.0, strength, 0.4 * kappa)
    beginnings = _beginnings(kappa, b, x, l_max)
    barrier = np.array([ell * (ell + 1.0) for ell in range(l_max + 1)])
    y, free = np.zeros(l_max + 1), np.zeros(l_max + 1)
    active = 0
    wide = _SECTOR / math.sqrt(1 + strength / 30)  # a deep well turns the wave often
    if kappa < 1.0:
        wide *= 0.6  # the scattering length may vanish
    begin = math.exp(-x) / x
    while x < end:
        while active <= l_max and beginnings[active] <= x * (1 + 1e-9):
            at_origin = beginnings[active] == beginnings[0]
            y[active] = _first(active, x, k2, b, at_origin)
            free[active] = _first(active, x, k2, 0.0, at_origin)
            active += 1
        h = wide * min(x, 0.8 + 0.15 * x, 5 * (x / (2 * k2)) ** (1 / 3))
        h = min(h, _RADIANS / math.sqrt(k2 + strength * begin), 0.5 * (end - x))
        middle, after = math.exp(-x - h) / (x + h), math.exp(-x - 2 * h) / (x + 2 * h)
        _advance(y, barrier, active, x, h, k2, b * begin, b * middle, b * after)
        _advance(free, barrier, active, x, h, k2, 0.0, 0.0, 0.0)
        begin = after
        x = x + 2 * h if end - x > 2.000001 * h else end
    return end, y, free


@compiled(error_model="numpy")
def phase_shifts(kappa: float, b: float, l_max: int) -> FloatArray:
    """Phase shifts of l = 0 to l_max, between -pi/2 and pi/2 (only what they are modulo pi counts).

    Parameters
    ----------
    kappa : float
        Wave number over m_phi, positive.
    b : float
        Strength; positive for attraction.
    l_max : int
        Highest wave.

    Examples
    --------
    >>> phase_shifts(1.67, 0.98, 5).round(6)
    array([0.397525, 0.145817, 0.063926, 0.03018 , 0.014826, 0.007462])
    """
    end, y, free = _sweep(kappa, b, l_max)
    z = kappa * end
    n = np.empty(l_max + 2)  # z y_l(z), upwards
    n[0], n[1] = -math.cos(z), -math.cos(z) / z - math.sin(z)
    for ell in range(1, l_max + 1):
        n[ell + 1] = (2 * ell + 1) / z * n[ell] - n[ell - 1]
    top = int(max(l_max, z) + 30 + 4 * z ** (1 / 3))
    ratio = 0.0  # of z j_(l+1) to z j_l, downwards
    result = np.empty(l_max + 1)
    for ell in range(top, -1, -1):
        ratio = 1 / ((2 * ell + 3) / z - ratio)
        if ell <= l_max:
            j = 1 / (ratio * n[ell] - n[ell + 1])  # their Wronskian
            dj, dn = kappa * ((ell + 1) / z - ratio), kappa * ((ell + 1) / z * n[ell] - n[ell + 1])
            error = math.atan(j * (dj - free[ell]) / (dn - free[ell] * n[ell]))
            shift = math.atan(j * (dj - y[ell]) / (dn - y[ell] * n[ell])) - error
            result[ell] = shift - math.pi * round(shift / math.pi)
    return result


@compiled(error_model="numpy")
def born_phase_shifts(kappa: float, b: float, l_max: int) -> FloatArray:
    """Phase shifts to first order: b/(2 kappa) Q_l(1 + 1/(2 kappa^2)), Legendre's function of the second kind.

    >>> born_phase_shifts(1.67, 1e-3, 2) / phase_shifts(1.67, 1e-3, 2)
    array([0.999..., 0.9999..., 0.9999...])
    """
    over = 1 / (2 * kappa**2)
    decay = math.log1p(over + math.sqrt(over * (2 + over)))  # Q_l ~ exp(-l decay)
    ratio = math.exp(-decay)
    result = np.empty(l_max + 1)
    for ell in range(l_max + int(16 / decay) + 10, 0, -1):
        ratio = ell / ((2 * ell + 1) * (1 + over) - (ell + 1) * ratio)
        if ell <= l_max:
            result[ell] = ratio
    result[0] = b / (4 * kappa) * math.log1p(4 * kappa**2)
    for ell in range(1, l_max + 1):
        result[ell] *= result[ell - 1]
    return result


@compiled(error_model="numpy")
def highest_wave(kappa: float, b: float) -> int:
    """The highest partial wave whose phase shift is not good enough to first order.

    >>> highest_wave(0.01, 1.0), highest_wave(10.0, 5.0)
    (3, 40)
    """
    over = 1 / (2 * kappa**2)
    decay = math.log1p(over + math.sqrt(over * (2 + over)))
    small = min(_BORN, _BORN_OF_STRENGTH * abs(b) / kappa)
    ell = 3.0
    while (
        abs(b) / (2 * kappa) * math.sqrt(math.pi / (2 * (ell + 1) * math.sinh(decay))) * math.exp(-(ell + 0.5) * decay)
        > small
        and ell < 1e4
    ):  # the asymptotic form of Q_l
        ell = 1.03 * ell + 1
    return int(ell)
