r"""Thermal averages of an s-channel resonance, exact through the pole and the threshold.

Every annihilation rate of the model needs, with y = s/(4 m_psi^2), y_0 = m_X^2/(4 m_psi^2), w = y_0 Gamma_X/m_X and
y_f = m_f^2/m_psi^2, the dimensionless integral behind Drees & Zhao 2021, eqs. (2.3) and (3.2),

    S(x) = x/K_2(x)^2 Int dy sqrt(y-1) sqrt(1-y_f/y) (1+y_f/2y) y (y+1/2) K_1(2x sqrt y) / ((y-y_0)^2 + w^2),

from max(1, y_f) to infinity, so that <sigma v> = g^4 q^2/(12 pi m_psi^2) S. Its difficulty is the pole, as narrow as
w/y_0 = 1e-13 and as close to the threshold as one likes.

With y = max(1, y_f) + |1-y_f| sinh^2(theta) the integrand is an even analytic function of theta on the whole line,
and 1/((y-y_0)^2+w^2) = Im[1/(y-z_0)]/w has a single pair of poles at z_0 = y_0 + i w. The trapezoidal rule then
converges exponentially, and what the poles add is their residue over exp(-2 pi i theta_0/h) - 1, known in closed form
(Trefethen & Weideman, SIAM Review 56 (2014) 385, section 5). The sum never has to resolve the pole; of the two
staggered sets of nodes the one further from it is taken. Below threshold Im[...]/w is a complex-step derivative, so
that nothing cancels there either.
The relative error of the average is about 1e-14, and below 1e-11 for m_X from 0.45 m_psi to 60 m_psi and widths from
1e-12 m_X to m_X (tests/physics/relic/test_breit_wigner.py); that of its integral over x is below 1e-9.

All compiled functions are in this file: numba's cache notices that a file has changed, not that a function which it
compiled in from another file has.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
from numba import njit
from scipy import special

from physics.core.status import FloatArray

__all__ = [
    "annihilation_integral",
    "average",
    "average_points",
    "average_table",
    "channel_sum",
    "freeze_out_points",
    "largest_root",
    "pressure_average",
    "sheet",
]

DECAY = 36.0  # neglected relative to what is kept: exp(-DECAY), in the tail and in the discretisation
NARROWEST_GAP = 1e-14  # |1-y_f| below which a threshold is the initial state's, to the precision of a double
MASSLESS = 1e-10  # a final state whose mass changes the sum by less than this is treated as massless
BESSEL_LOW, BESSEL_MIDDLE, BESSEL_FROM = 0.5, 2.0, 8.0  # series hold between these; from the last on, polynomials
X_MIN, X_MAX = 0.3, 120.0  # where freeze-out is looked for; unitarity keeps x_f below 100


def _bessel_chebyshev(order: int, low: float, high: float, degree: int) -> tuple[float, ...]:
    """Chebyshev coefficients of sqrt(z) e^z K_order(z) in 1/z between low and high; error below 1e-14."""

    def scaled(t: Any) -> Any:
        z = 1 / (0.5 * (1 / low - 1 / high) * t + 0.5 * (1 / low + 1 / high))
        return np.sqrt(z) * special.kve(order, z)

    return tuple(float(c) for c in np.polynomial.chebyshev.chebinterpolate(scaled, degree))


def _bessel_polynomial(order: int) -> tuple[float, ...]:
    """Coefficients of sqrt(z) e^z K_order(z) as a polynomial in 8/z, highest first; error below 1e-14 for z >= 8."""
    series = _bessel_chebyshev(order, BESSEL_FROM, math.inf, 10)
    polynomial = np.polynomial.Chebyshev(series, domain=[0, 1]).convert(kind=np.polynomial.Polynomial)
    return tuple(float(c) for c in polynomial.coef[::-1])


_K1 = _bessel_polynomial(1)  # tuples: constants to the compiler, which unrolls what is done with them
_K2 = _bessel_polynomial(2)
_K1_LOW, _K2_LOW = (_bessel_chebyshev(order, BESSEL_LOW, BESSEL_MIDDLE, 20) for order in (1, 2))
_K1_MIDDLE, _K2_MIDDLE = (_bessel_chebyshev(order, BESSEL_MIDDLE, BESSEL_FROM, 18) for order in (1, 2))
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_HERMITE, _HERMITE_WEIGHTS = (a[12:] for a in np.polynomial.hermite.hermgauss(24))  # the half with t > 0
_FEW, _FEW_WEIGHTS = (a[5:] for a in np.polynomial.hermite.hermgauss(10))
FEW_FROM = 20.0  # where these few are enough, on the real axis

# Tables: in every panel of ln x a polynomial through this many Chebyshev nodes
TABLE_NODES = 10
_ANGLES = (np.arange(TABLE_NODES) + 0.5) * np.pi / TABLE_NODES
_CHEBYSHEV = np.cos(_ANGLES)
_TO_COEFFICIENTS = 2 / TABLE_NODES * np.cos(np.outer(np.arange(TABLE_NODES), _ANGLES))
_TO_COEFFICIENTS[0] /= 2
_TO_POWERS = np.array(
    [np.pad(np.polynomial.chebyshev.cheb2poly(e), (0, TABLE_NODES))[:TABLE_NODES] for e in np.eye(TABLE_NODES)]
)
_WIDEST_PANEL, _NARROWEST_PANEL = 2.0, 1e-3


@njit(cache=True)
def _horner(coefficients: tuple[float, ...], u: Any) -> Any:
    total = coefficients[0] + 0.0 * u
    for c in coefficients[1:]:
        total = c + u * total
    return total


@njit(cache=True)
def _bessel_by_integral(order: int, z: complex) -> complex:
    """e^z K_order(z) = Int_0^inf exp(-z (cosh t - 1)) cosh(order t) dt by the trapezoidal rule, Re z > 0."""
    step = min(0.125, 0.5 / math.sqrt(abs(z)))
    total = 0.5 + 0.0 * z
    t = 0.0
    while True:
        t += step
        cosh_minus_1 = 2 * math.sinh(0.5 * t) ** 2
        if z.real * cosh_minus_1 - order * t > 45.0:
            return step * total
        # exp and cosh together: neither overflows on its own for tiny z
        grow, decay = cmath.exp(order * t - z * cosh_minus_1), cmath.exp(-order * t - z * cosh_minus_1)
        total += 0.5 * (grow + decay) if order > 0 else grow


@njit(cache=True)
def _clenshaw(coefficients: tuple[float, ...], z: float, z_low: float, z_high: float) -> float:
    """Sum of the Chebyshev series in 1/z."""
    t = (2 / z - 1 / z_low - 1 / z_high) / (1 / z_low - 1 / z_high)
    b1 = b2 = 0.0
    for c in coefficients[:0:-1]:
        b1, b2 = c + 2 * t * b1 - b2, b1
    return coefficients[0] + t * b1 - b2


@njit(cache=True)
def _k_scaled_real(
    order: int, low: tuple[float, ...], middle: tuple[float, ...], high: tuple[float, ...], z: float
) -> float:
    if z >= BESSEL_FROM:
        return _horner(high, BESSEL_FROM / z) / math.sqrt(z)
    if z >= BESSEL_MIDDLE:
        return _clenshaw(middle, z, BESSEL_MIDDLE, BESSEL_FROM) / math.sqrt(z)
    if z >= BESSEL_LOW:
        return _clenshaw(low, z, BESSEL_LOW, BESSEL_MIDDLE) / math.sqrt(z)
    return _bessel_by_integral(order, complex(z, 0.0)).real


@njit(cache=True)
def _k1_scaled_complex(z: complex) -> complex:
    # The polynomial may leave the real axis a little, not far
    if z.real < BESSEL_FROM or abs(z.imag) > 0.02 * z.real:
        return _bessel_by_integral(1, z)
    return _horner(_K1, BESSEL_FROM / z) / cmath.sqrt(z)


@njit(cache=True)
def _weighted_k1(x: float, y_minus_1: Any) -> Any:
    r"""e^z K_1(z) times the mean of p^2/(3 E T) of either particle in pairs with s = 4 m^2 y; z = 2x sqrt(y), Re y > 0.

    Pairs of given s come with E_1 + E_2 = sqrt(s) cosh(eta), weight sinh^2(eta) exp(-z cosh(eta)), and with E_1 - E_2
    uniform over what kinematics allows (Gondolo & Gelmini 1991). The mean of p_1^2/(3 E_1) over E_1 - E_2 is
    elementary, and one integration by parts in eta leaves, with s_h = sinh(eta),
    x sqrt(y)/3 Int_0^inf exp(-z cosh(eta)) [y - 1 + (1+2y) s_h^2 + 2 s_h^4] / (y + s_h^2) d eta:
    no term is negative for y > 1, and the function is analytic for Re y > 0.
    """
    y = 1.0 + y_minus_1
    sqrt_y = np.sqrt(y)
    z = 2 * x * sqrt_y
    total = 0.0 * y
    if z.real >= BESSEL_FROM:  # cosh(eta) = 1 + t^2/z, Gauss-Hermite
        few = z.real >= FEW_FROM and z.imag == 0.0
        nodes, weights = (_FEW, _FEW_WEIGHTS) if few else (_HERMITE, _HERMITE_WEIGHTS)
        for k in range(nodes.size):
            u = nodes[k] ** 2 / z
            sinh2 = u * (2.0 + u)
            weight = weights[k] / np.sqrt(2.0 + u)
            total += weight * (y_minus_1 + sinh2 * (1.0 + 2.0 * y + 2.0 * sinh2)) / (y + sinh2)
        total *= 2.0 / np.sqrt(z)
    else:
        step = min(0.125, 0.5 / math.sqrt(abs(z)))
        total += 0.5 * y_minus_1 / y
        eta = 0.0
        while True:
            eta += step
            cosh_minus_1 = 2 * math.sinh(0.5 * eta) ** 2
            if z.real * cosh_minus_1 - 2 * eta > 45.0:
                break
            sinh2 = cosh_minus_1 * (2.0 + cosh_minus_1)
            weight = np.exp(-z * cosh_minus_1)
            total += weight * (y_minus_1 + sinh2 * (1.0 + 2.0 * y + 2.0 * sinh2)) / (y + sinh2)
        total *= step
    return x * sqrt_y / 3 * total


@njit(cache=True)
def average(x: float, d: float, w: float, y_f: float) -> float:
    """S(x; d, w, y_f) of the module's head, one point.

    Parameters
    ----------
    x : float
        m_psi / T > 0.
    d, w : float
        Position and width of the pole: y_0 - 1 = (1-2r)(1+2r)/(4r^2) and y_0 Gamma_X/m_X > 0.
    y_f : float
        (m_f/m_psi)^2 of the final-state particle, >= 0.

    Returns
    -------
    float
    """
    return _average(x, d, w, y_f, False)


@njit(cache=True)
def pressure_average(x: float, d: float, w: float, y_f: float) -> float:
    """S_2(x; d, w, y_f): the average of sigma v p^2/(3 E T) over psi, where S is that of sigma v; arguments as for S.

    Where sigma v is constant both are the same, for T = <p^2/3E>. The <sigma v>_2 of Binder et al. 2017.
    """
    return _average(x, d, w, y_f, True)


@njit(cache=True)
def _average(x: float, d: float, w: float, y_f: float, weighted: bool) -> float:
    gap = max(abs(1.0 - y_f), NARROWEST_GAP)
    excess = max(y_f - 1.0, 0.0)
    root = math.sqrt(1.0 + excess)
    if 2 * x * (root - 1.0) > 700.0:  # exp(-700): the final state is out of reach
        return 0.0
    pole = d - excess

    # Half-width of the strip that the trapezoidal rule may use, the step for which what lies beyond is exp(-DECAY) of
    # the sum, and the reach beyond which the integrand is; a pole up there weighs more than the Boltzmann factor says
    strip = math.sqrt(DECAY * root / (x * gap))
    beyond = DECAY
    if strip > 0.25 * math.pi:
        strip = 0.25 * math.pi
        if gap < 0.1:  # cold gas, threshold of the final state at hand: the residue outside can exceed the sum
            beyond += 2 * math.log(1.0 + x * abs(complex(pole, w)))
    low = 1.0 + excess - gap * math.sin(strip) ** 2
    step = 2 * math.pi * strip / (beyond + 2 * x * (root - math.sqrt(low)))
    tail = DECAY + (19.0 if pole > 0.0 else 3.0)
    sinh_reach = math.sqrt(tail / x * (root + tail / (4 * x)) / gap)

    theta_0 = cmath.asinh(cmath.sqrt(complex(pole, w) / gap))
    phase = theta_0.real / step
    staggered = abs(phase - round(phase)) < 0.25

    total = 0.0
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        sqrt_y = math.sqrt(y)
        thermal = (
            _weighted_k1(x, y_minus_1) if weighted else _k_scaled_real(1, _K1_LOW, _K1_MIDDLE, _K1, 2 * x * sqrt_y)
        )
        bessel = thermal * math.exp(-2 * x * y_minus_1 / (sqrt_y + 1.0))
        phase_space = sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / sqrt_y
        total += phase_space * bessel / ((gap * sinh2 - pole) ** 2 + w * w)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step
    total *= 2 * gap * gap * step

    if theta_0.imag < 1.08 * strip:  # at the edge the error is flat: keep the pole away from it
        z = complex(1.0 + d, w)
        sqrt_z = cmath.sqrt(z)
        q = cmath.exp(2j * math.pi * theta_0 / step)
        leak = q / (q + 1.0) if staggered else q / (q - 1.0)
        zeta = complex(pole, w) / gap
        residue = gap * cmath.sqrt(zeta) * cmath.sqrt(1.0 + zeta) * sqrt_z * (z + 0.5) * (1.0 + 0.5 * y_f / z)
        thermal = _weighted_k1(x, complex(d, w)) if weighted else _k1_scaled_complex(2 * x * sqrt_z)
        bessel = thermal * cmath.exp(-2 * x * complex(d, w) / (sqrt_z + 1.0))
        total += (2j * math.pi * residue * bessel * leak).imag / w
    return x / _k_scaled_real(2, _K2_LOW, _K2_MIDDLE, _K2, x) ** 2 * total


@njit(cache=True)
def average_points(x: FloatArray, d: FloatArray, w: FloatArray, y_f: FloatArray) -> FloatArray:
    """`average` of points in 1-D arrays."""
    result = np.empty(x.size)
    for i in range(x.size):
        result[i] = average(x[i], d[i], w[i], y_f[i])
    return result


@njit(cache=True)
def channel_sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """Sum over final states of couplings[i] S(x; d, w, y_f[i]), the first of which is massless with coupling 1.

    The couplings are squares, relative to those of a Dirac lepton of charge 1.
    """
    return _channel_sum(x, d, w, couplings, y_f, False)


@njit(cache=True)
def _channel_sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, weighted: bool) -> float:
    total = 0.0
    massless = 0.0
    for i in range(couplings.size):
        if couplings[i] * y_f[i] ** 2 < MASSLESS:  # the mass enters as 1 - 3/8 (y_f/y)^2
            massless += couplings[i]
            continue
        # A heavier final state is Boltzmann suppressed against the massless one, unless both have the pole alike
        suppression = 2 * x * (math.sqrt(max(y_f[i], 1.0)) - 1.0)
        if suppression < 60.0 or (d > y_f[i] - 1.0 and suppression < 60.0 - math.log(min(w, 1.0))):
            total += couplings[i] * _average(x, d, w, y_f[i], weighted)
    return total + massless * _average(x, d, w, 0.0, weighted)


@njit(cache=True)
def average_table(
    x_low: float,
    x_high: float,
    d: float,
    w: float,
    couplings: FloatArray,
    y_f: FloatArray,
    weighted: bool,
    error: float,
) -> tuple[FloatArray, FloatArray]:
    """Polynomials for ln S (`channel_sum`) in ln x, and for S_2/S if `weighted`, on panels that halve until good.

    Returns
    -------
    edges : ndarray (n + 1,)
        Ends of the panels in ln x.
    coefficients : ndarray (n, 1 or 2, TABLE_NODES)
        Of 1, t, t^2 ..., with t from -1 to 1 in the panel. Panels halve until the last two Chebyshev coefficients
        are below `error`, or they are _NARROWEST_PANEL wide.
    """
    log_low, log_high = math.log(x_low), math.log(x_high)
    kinds = 2 if weighted else 1
    edges = [log_low]
    panels = [np.zeros((kinds, TABLE_NODES))]  # typed; not used
    values = np.empty((kinds, TABLE_NODES))
    width = _WIDEST_PANEL
    while edges[-1] < log_high:
        width = min(width, log_high - edges[-1])
        for k in range(TABLE_NODES):
            x = math.exp(edges[-1] + 0.5 * width * (1.0 + _CHEBYSHEV[k]))
            rate = _channel_sum(x, d, w, couplings, y_f, False)
            values[0, k] = math.log(rate)
            if weighted:
                values[1, k] = _channel_sum(x, d, w, couplings, y_f, True) / rate
        coefficients = values @ _TO_COEFFICIENTS.T
        last = np.abs(coefficients[:, -1]).max() + np.abs(coefficients[:, -2]).max()
        if last > error and width > _NARROWEST_PANEL:
            width *= 0.5
            continue
        edges.append(log_high if width >= log_high - edges[-1] else edges[-1] + width)
        panels.append(coefficients @ _TO_POWERS)
        width = min(2 * width, _WIDEST_PANEL) if last < 1e-3 * error else width
    table = np.empty((len(panels) - 1, kinds, TABLE_NODES))
    for i in range(len(panels) - 1):
        table[i] = panels[i + 1]
    return np.array(edges), table


@njit(cache=True)
def annihilation_integral(x_f: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """Int_{x_f}^inf channel_sum(x) / x^2 dx, the dimensionless part of Drees & Zhao 2021, eq. (3.7).

    In ln x the integrand is smooth but for the Boltzmann factor of a pole that can be reached (d > 0): Gauss-Legendre
    panels of a factor 8, or over which that falls by exp(-8), up to where the pole is frozen out or resolved by the
    cold gas, and every threshold. Beyond, it is smooth in 1/x, and one panel in 1/x takes the rest, to infinity.
    """
    slope = 2 * (math.sqrt(1.0 + d) - 1.0) if d > 0.0 else 0.0
    x_end = max(x_f, 40.0 / max(abs(d), w))
    if d > 0.0:
        x_end = max(x_end, x_f + DECAY / slope)
    for i in range(couplings.size):
        if y_f[i] > 0.0 and couplings[i] * y_f[i] ** 2 >= MASSLESS:
            x_end = max(x_end, 40.0 / max(abs(1.0 - y_f[i]), NARROWEST_GAP))
    total = 0.0
    a = x_f
    while a < x_end:
        b = min(8.0 * a, x_end)
        if d > 0.0 and slope * (a - x_f) < DECAY:
            b = min(4.0 * a, a + 8.0 / slope, x_end)
        half, middle = 0.5 * math.log(b / a), 0.5 * math.log(b * a)
        for k in range(_NODES.size):
            x = math.exp(middle + half * _NODES[k])
            total += half * _WEIGHTS[k] * channel_sum(x, d, w, couplings, y_f) / x
        a = b
    for k in range(_NODES.size):
        fraction = 0.5 * (1.0 + _NODES[k])
        total += 0.5 * _WEIGHTS[k] / x_end * channel_sum(x_end / fraction, d, w, couplings, y_f)
    return total


@njit(cache=True)
def sheet(
    x: FloatArray, x_top: float, d: float, w: FloatArray, couplings: FloatArray, y_f: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """`channel_sum` at every (w, x), and `annihilation_integral` from x_top on at every w."""
    S, J = np.empty((w.size, x.size)), np.empty(w.size)
    for i in range(w.size):
        for j in range(x.size):
            S[i, j] = channel_sum(x[j], d, w[i], couplings, y_f)
        J[i] = annihilation_integral(x_top, d, w[i], couplings, y_f)
    return S, J


@njit(cache=True)
def _excess(x: float, strength: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """X minus the right-hand side of eq. (3.3): negative while annihilation keeps equilibrium."""
    rate = strength * channel_sum(x, d, w, couplings, y_f) / math.sqrt(x)
    return x - math.log(rate) if rate > 0.0 else math.inf


@njit(cache=True)
def largest_root(strength: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray) -> float:
    """Largest solution of eq. (3.3) in X_MIN..X_MAX, NaN without one, inf beyond X_MAX."""
    x_high, e_high = X_MAX, _excess(X_MAX, strength, d, w, couplings, y_f)
    if e_high <= 0.0:
        return math.inf
    x_above, e_above = x_high, e_high  # the point before x_high
    low, e_low = 0.0, 0.0
    while low == 0.0:
        if x_high <= X_MIN:
            return math.nan
        x = max(x_high / 1.4, X_MIN)
        e = _excess(x, strength, d, w, couplings, y_f)
        if e <= 0.0:
            low, e_low = x, e
        elif e_high < e and e_high < e_above and e_high < 0.5:
            # a minimum just above zero: two roots may hide beside it (golden section)
            a, b = x, x_above
            ratio = 0.5 * (math.sqrt(5.0) - 1.0)
            for _ in range(60):
                p, q = b - ratio * (b - a), a + ratio * (b - a)
                e_p = _excess(p, strength, d, w, couplings, y_f)
                e_q = _excess(q, strength, d, w, couplings, y_f)
                if e_q <= 0.0 or e_p <= 0.0:
                    low, e_low = (q, e_q) if e_q <= 0.0 else (p, e_p)
                    x_high, e_high = x_above, e_above
                    break
                if b - a < 1e-8 * b:
                    break
                if e_p < e_q:
                    b = q
                else:
                    a = p
            if low == 0.0:
                x_above, e_above, x_high, e_high = x_high, e_high, x, e
        else:
            x_above, e_above, x_high, e_high = x_high, e_high, x, e
    # Illinois: regula falsi that halves the weight of an end that stays
    for _ in range(100):
        x = (low * e_high - x_high * e_low) / (e_high - e_low)
        if not low < x < x_high:
            x = 0.5 * (low + x_high)
        e = _excess(x, strength, d, w, couplings, y_f)
        if e == 0.0 or x_high - low < 1e-14 * x:
            return x
        if e > 0.0:
            x_high, e_high = x, e
            e_low *= 0.5
        else:
            low, e_low = x, e
            e_high *= 0.5
        if abs(e) < 2e-15 * x:
            return x
    return x


@njit(cache=True)
def freeze_out_points(
    strength: FloatArray, d: FloatArray, w: FloatArray, couplings: FloatArray, y_f: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x_f, S(x_f) and J/B for arrays of points; couplings and y_f have a row for each point."""
    x_f = np.full(strength.size, math.nan)
    at_x_f = np.full(strength.size, math.nan)
    integral = np.full(strength.size, math.nan)
    for i in range(strength.size):
        if strength[i] > 0.0 and w[i] > 0.0 and math.isfinite(d[i]):
            x_f[i] = largest_root(strength[i], d[i], w[i], couplings, y_f[i])
            if math.isfinite(x_f[i]):
                at_x_f[i] = channel_sum(x_f[i], d[i], w[i], couplings, y_f[i])
                integral[i] = annihilation_integral(x_f[i], d[i], w[i], couplings, y_f[i])
    return x_f, at_x_f, integral
