"""Annihilation by explicit Dirac algebra, and freeze-out against an independent integrator."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import kve

from physics.dark_matter.self_interaction import relic
from physics.dark_matter.self_interaction.relic import CANONICAL, canonical_yukawa, relic_density, relic_yukawa
from physics.early_universe.entropy import entropy_fraction
from physics.model.constants import M_PLANCK

ONE, GAMMA0 = np.eye(4), np.diag([1, 1, -1, -1]).astype(complex)
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def slash(p):
    sigma = np.einsum("i,ijk->jk", p[1:], PAULI)
    zero = np.zeros((2, 2))
    return p[0] * GAMMA0 - np.block([[zero, sigma], [-sigma, zero]])


def spinors(p, m):
    """The two u and the two v of a fermion."""
    sigma = np.einsum("i,ijk->jk", p[1:], PAULI) / np.sqrt(p[0] + m)
    root = np.sqrt(p[0] + m)
    u = [np.concatenate([root * chi, sigma @ chi]) for chi in np.eye(2)]
    v = [np.concatenate([sigma @ chi, root * chi]) for chi in np.eye(2)]
    return u, v


def sigma_v(m_1, m_2, exchanges, momentum, identical):
    """sigma v_rel into two massless scalars; `exchanges`: coupling, mass, and which scalar the first fermion emits."""
    E_1, E_2 = np.hypot(momentum, m_1), np.hypot(momentum, m_2)
    p_1, p_2 = np.array([E_1, 0, 0, momentum]), np.array([E_2, 0, 0, -momentum])
    k, total = (E_1 + E_2) / 2, 0.0
    for cosine, weight in zip(*np.polynomial.legendre.leggauss(16), strict=True):
        direction = np.array([math.sqrt(1 - cosine**2), 0, cosine])
        scalars = [k * np.array([1, *direction]), k * np.array([1, *-direction])]
        matrix = np.zeros((4, 4), complex)
        for coupling, mass, which in exchanges:
            q = p_1 - scalars[which]
            matrix += coupling * (slash(q) + mass * ONE) / (q[0] ** 2 - q[1:] @ q[1:] - mass**2)
        (us, _), (_, vs) = spinors(p_1, m_1), spinors(p_2, m_2)
        total += weight * sum(abs(v.conj() @ GAMMA0 @ matrix @ u) ** 2 for u in us for v in vs) / 4
    speed = momentum / E_1 + momentum / E_2
    return (0.5 if identical else 1.0) * 2 * math.pi * total / (
        64 * math.pi**2 * 4 * k * k
    ) * k / momentum * speed, speed


def expansion(*arguments):
    """a and b of sigma v = a + b v^2."""
    mass = arguments[0]
    points = np.array([sigma_v(*arguments[:3], p * mass, arguments[3]) for p in (0.01, 0.02, 0.03, 0.04)])
    return np.polyfit(points[:, 1] ** 2, points[:, 0], 3)[:-3:-1]


def own(m_2):
    """N1 N1 -> phi phi and eta eta, all couplings 1; eta is the Goldstone boson, X at high energy."""
    phi = expansion(1.0, 1.0, [(1, 1.0, 0), (1, 1.0, 1)], True)
    eta = expansion(1.0, 1.0, [(1, m_2, 0), (1, m_2, 1)], True)
    return phi, eta


def test_annihilation_of_n1_pairs_is_half_of_what_is_printed():
    """<v^2> = 6/x, coupling y/sqrt(2): 9 y^4/(128 pi m^2 x), phi phi and X X alike."""
    for a, b in own(1.0):
        assert abs(a) < 1e-12
        assert 6 * b / 4 == pytest.approx(0.5 * 9 / (128 * math.pi), rel=1e-6)
    assert relic._channels(9 / (128 * math.pi), 20.0)[0] == pytest.approx(9 / (128 * math.pi * 20), rel=1e-12)


def test_coannihilation_is_as_printed():
    """The couplings to phi have opposite signs: s-wave y^4/(64 pi); p-wave -9 or -12 of y^4/(256 pi) by what v is."""
    a, b = expansion(1.0, 1.0, [(1, 1.0, 0), (-1, 1.0, 1)], False)
    assert a / 4 == pytest.approx(1 / (64 * math.pi), rel=1e-6)
    assert 6 * b / 4 == pytest.approx(-12 / (256 * math.pi), rel=1e-4)  # v = 2p/E
    assert 6 * (b + a / 8) / 4 == pytest.approx(-9 / (256 * math.pi), rel=1e-4)  # v = 2p/m: E = m (1 + v^2/8)
    assert relic._channels(0.0, 20.0)[1] == pytest.approx(1 / (64 * math.pi) - 9 / (256 * math.pi * 20), rel=1e-12)


def test_how_much_the_splitting_would_change():
    """N1 N1 with the masses that they have, over (20) with m_N: +7 % at Delta M/M_1 = 0.1, +20 % at 0.31."""
    for ratio, expected in ((1.1, 1.0653), (1.31, 1.1954)):
        b = sum(b for _, b in own(ratio))
        degenerate = 2 * 3 / (128 * math.pi) / ((1 + ratio) / 2) ** 2
        assert b / degenerate == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("mass", "vev"), [(1e3, 2e4), (1e4, 2e4), (1e4, 71428.6), (1e5, 2e4)])
def test_canonical_coupling_solves_its_equation(mass, vev):
    y = canonical_yukawa(mass, vev)
    m_N, splitting = mass + y * vev / math.sqrt(2), math.sqrt(2) * y * vev
    r = np.array([1.0, math.exp(-splitting / m_N * 20)])
    r /= r.sum()
    both = y**4 / (math.pi * m_N**2) * np.array([9 / 64 / 20, 1 / 64 - 9 / 256 / 20])
    assert both[0] * (r[0] ** 2 + r[1] ** 2) + 2 * both[1] * r[0] * r[1] == pytest.approx(CANONICAL, rel=1e-12)


def radau(y, mass, vev, m_X, m_phi):
    """Omega h^2 by scipy's Radau for ln Y, exact Bessel functions."""
    splitting = math.sqrt(2) * y * vev

    def state(x):
        T = mass / x
        g_rho, g_s, slope = relic._degrees(T, (m_X, m_phi), relic._standard(), relic._boson())
        n_1 = mass**2 * T / math.pi**2 * kve(2, x)
        ratio = (1 + splitting / mass) ** 2 * kve(2, (mass + splitting) / T) / kve(2, x) * math.exp(-splitting / T)
        s = 2 * math.pi**2 / 45 * g_s * T**3
        hubble = math.sqrt(8 * math.pi**3 / 90 * g_rho) * T**2 / M_PLANCK
        a, c = 9 / (128 * math.pi * x), 1 / (64 * math.pi) - 9 / (256 * math.pi * x)
        average = y**4 / (mass + splitting / 2) ** 2 * (a * (1 + ratio**2) + 2 * c * ratio) / (1 + ratio) ** 2
        return s * average / hubble * (1 + slope / 3), math.log(n_1 * (1 + ratio) / s) - x

    def slope(u, log_Y):
        rate, equilibrium = state(math.exp(u))
        return -rate * (np.exp(log_Y) - np.exp(2 * equilibrium - log_Y))

    solved = solve_ivp(slope, (math.log(12), math.log(1e6)), [state(12.0)[1]], "Radau", rtol=1e-9, atol=1e-11)
    return mass * math.exp(solved.y[0, -1]) * relic._entropy_today() / relic.RHO_CRITICAL


@pytest.mark.parametrize("point", [(1e3, 2e4, 10.0, 15.0), (1e4, 2e4, 10.0, 10.0), (1e5, 2e4, 10.0, 80.0)])
def test_relic_density_against_radau(point):
    (y,) = relic_yukawa(np.array([0.12]), *(np.array([p]) for p in point))
    assert relic_density(y, *point) == pytest.approx(0.12, rel=1e-8)
    assert radau(y, *point) == pytest.approx(0.12, rel=2e-4)


def test_coupling_is_continuous_in_all_that_it_depends_on():
    mass = np.geomspace(1e3, 1e5, 400)
    y = relic_yukawa(np.full(400, 0.12), mass, np.full(400, 2e4), np.full(400, 10.0), np.full(400, 20.0))
    assert np.isfinite(y).all()
    assert np.abs(np.diff(np.log(y), 2)).max() < 1e-3


def test_a_coupling_beyond_perturbation_theory_is_infinite():
    assert np.isinf(relic_yukawa(*(np.array([p]) for p in (0.12, 1e9, 2e4, 10.0, 10.0))))[0]


def test_more_dark_matter_needs_a_smaller_coupling():
    y = relic_yukawa(np.array([0.06, 0.12, 0.24]), *(np.full(3, p) for p in (1e4, 2e4, 10.0, 10.0)))
    assert (np.diff(y) < 0).all()


def test_bosons_of_the_bath():
    """Light: 1 each; massive: the entropy of physics/early_universe/entropy.py."""
    for m_over_T in (1e-3, 1.0, 5.0):
        g_rho, g_s, _ = relic._degrees(1e3, (m_over_T * 1e3, 1e9), relic._standard(), relic._boson())
        alone = relic._degrees(1e3, (1e9, 1e9), relic._standard(), relic._boson())
        expected = 3 * 7 / 8 * entropy_fraction(np.array(m_over_T), -1)
        assert g_s - alone[1] == pytest.approx(float(expected), rel=1e-5)
        if m_over_T < 0.01:
            assert g_rho - alone[0] == pytest.approx(3, rel=1e-4)
