"""The tight integrator that the phase shifts are tested against: Taylor series of order 30, step by step, wave by wave.

u'' = [l(l+1)/x^2 - b e^-x/x - kappa^2] u. Both potentials have Taylor coefficients about any point in closed form, so
that a step is exact to rounding; the first is the Frobenius series about 0. Nothing is shared with the package.
"""

import math

import numba
import numpy as np
from scipy.special import spherical_jn, spherical_yn

ORDER = 30


@numba.njit
def log_derivative(kappa, b, ell, end):
    """u'/u at `end`."""
    v = np.empty(ORDER)  # of e^-x
    f = 1.0
    for j in range(ORDER):
        v[j] = f
        f *= -1.0 / (j + 1)
    a = np.zeros(ORDER)
    x = min(0.1, 0.3 / max(abs(b), 1.0), 0.3 * (ell + 1) / kappa)
    if ell > 5:
        x = min(1.0, 0.3 * (ell + 1) / math.sqrt(kappa**2 + abs(b)))
    a[0] = 1.0
    for m in range(1, ORDER):
        total = 0.0
        for j in range(m):
            total -= b * v[j] * a[m - 1 - j]
        if m >= 2:
            total -= kappa**2 * a[m - 2]
        a[m] = total / (m * (2 * ell + 1 + m))
    u = du = 0.0
    for m in range(ORDER - 1, -1, -1):
        u = u * x + a[m]
        du = du * x + (ell + 1 + m) * a[m]
    y = du / (x * u)
    w, e = np.empty(ORDER), np.empty(ORDER)
    while x < end:
        h = min(0.22 * x, 1.0 / math.sqrt(kappa**2 + abs(b) * math.exp(-x) / x), 0.3, end - x)
        # Taylor coefficients of the potential about x
        centrifugal, expo = ell * (ell + 1.0) / x**2, math.exp(-x)
        coulomb = 0.0
        for j in range(ORDER):
            e[j] = expo * v[j]
            coulomb = (e[j] - coulomb) / x  # of e^-x/x: x c_j + c_(j-1) = e_j
            w[j] = centrifugal * (j + 1) - b * coulomb
            centrifugal *= -1.0 / x
        w[0] -= kappa**2
        a[0], a[1] = 1.0, y
        for m in range(2, ORDER):
            total = 0.0
            for j in range(m - 1):
                total += w[j] * a[m - 2 - j]
            a[m] = total / (m * (m - 1))
        u = du = 0.0
        for m in range(ORDER - 1, -1, -1):
            u = u * h + a[m]
            if m > 0:
                du = du * h + m * a[m]
        y = du / u
        x += h
    return y


def phase_shift(kappa, b, ell):
    """delta_l in (-pi/2, pi/2]."""
    end = 42.0 + math.log(max(abs(b), 1e-3))
    y, z = log_derivative(kappa, b, ell, end), kappa * end
    j, dj = spherical_jn(ell, z), spherical_jn(ell, z, True)
    n, dn = spherical_yn(ell, z), spherical_yn(ell, z, True)
    return math.atan((kappa * (j + z * dj) - y * z * j) / (kappa * (n + z * dn) - y * z * n))


def phase_shifts(kappa, b, l_max):
    return np.array([phase_shift(kappa, b, ell) for ell in range(l_max + 1)])
