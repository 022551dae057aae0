"""The tight integrator that the phase shifts are tested against: Taylor series of order 30, step by step, wave by wave.

u'' = [l(l+1)/x^2 - b e^-x/x - kappa^2] u. Both potentials have Taylor coefficients about any point in closed form, so
that a step is exact to rounding; the first is the Frobenius series about 0. Nothing is shared with the package.
"""

import json
import math
from pathlib import Path

import numba
import numpy as np
import pytest
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


def taylor_phase_shift(kappa, b, ell):
    """delta_l in (-pi/2, pi/2]."""
    end = 42.0 + math.log(max(abs(b), 1e-3))
    y, z = log_derivative(kappa, b, ell, end), kappa * end
    j, dj = spherical_jn(ell, z), spherical_jn(ell, z, True)
    n, dn = spherical_yn(ell, z), spherical_yn(ell, z, True)
    return math.atan((kappa * (j + z * dj) - y * z * j) / (kappa * (n + z * dn) - y * z * n))


def born(kappa, b, l_max):
    """b/(2 kappa) Q_l(z) from Gauss's series in 1/z^2, or Miller's algorithm for z near 1."""
    z = 1 + 1 / (2 * kappa**2)
    top = l_max + int(45 / math.acosh(z)) + 20
    q = np.zeros(top + 2)
    q[top] = 1.0
    for ell in range(top, 0, -1):
        q[ell - 1] = ((2 * ell + 1) * z * q[ell] - (ell + 1) * q[ell + 1]) / ell
        if q[ell - 1] > 1e200:
            q[ell - 1 :] *= 1e-200
    return b / (4 * kappa) * math.log1p(4 * kappa**2) * q[: l_max + 1] / q[0]


def taylor_cross_sections(kappa, b):
    """Eqs. (23)-(25) from Taylor's phase shifts: identical transfer, distinguishable transfer, viscosity."""
    over = 1 / (2 * kappa**2)
    decay, l_max = math.acosh(1 + over), 5
    smallest = 1e-6 * min(1.0, abs(b) / kappa)
    while abs(b) / (2 * kappa) * math.sqrt(math.pi / (l_max * math.sinh(decay))) * math.exp(-l_max * decay) > smallest:
        l_max = int(l_max * 1.05 + 1)
    shifts = np.array([taylor_phase_shift(kappa, b, ell) for ell in range(l_max + 1)])
    first = born(kappa, b, l_max)
    node, weight = np.polynomial.legendre.leggauss(24)
    panels = 20 + l_max // 4
    width = math.log1p(1 / over) / panels
    u = ((np.arange(panels)[:, np.newaxis] + 0.5 * (1 + node)) * width).ravel()
    rest, weight = over * np.expm1(u), np.tile(0.5 * width * weight, panels) * over * np.exp(u)
    c, amplitudes = 1 - rest, np.zeros((2, rest.size), complex)
    before, now = np.zeros_like(c), np.ones_like(c)
    for ell in range(l_max + 1):
        amplitudes[ell % 2] += (
            (2 * ell + 1) / kappa * (np.exp(1j * shifts[ell]) * np.sin(shifts[ell]) - first[ell]) * now
        )
        before, now = now, ((2 * ell + 1) * c * now - ell * before) / (ell + 1)
    forward, backward = b * over / (over + rest), b * over / (over + 2 - rest)
    e, o = amplitudes[0] + (forward + backward) / 2, amplitudes[1] + (forward - backward) / 2
    identical = np.abs(e) ** 2 + 3 * np.abs(o) ** 2
    there = rest * np.abs(e + o) ** 2 + (2 - rest) * np.abs(e - o) ** 2
    return 2 * np.array([weight @ (rest * identical), weight @ there, weight @ (rest * (2 - rest) * identical)])


@pytest.fixture
def phase_shift():
    return taylor_phase_shift


@pytest.fixture
def exact_cross_sections():
    return taylor_cross_sections


@pytest.fixture
def reference():
    """Rows of tests/data/kamada-2018.json: of one quantity, as (inputs, value, relative tolerance)."""
    rows = json.loads((Path(__file__).parents[3] / "data" / "kamada-2018.json").read_text())["values"]

    def of(quantity):
        found = [(r["inputs"], r["value"], r["rel_tol"]) for r in rows if r["quantity"].startswith(quantity)]
        assert found
        return found

    return of
