"""psi psibar -> X X: against numerical Dirac traces, quadrature, and the limits of the cross section."""

import itertools
import math

import numpy as np
import pytest
import scipy

import physics
from physics.dark_matter.relic.channels import channel_sum, pressure_channel_sum
from physics.dark_matter.relic.x_pairs import average_to_X, cross_section_to_X, pressure_average_to_X

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array(
    [
        np.kron(np.diag([1, -1]), np.eye(2)),
        *(np.kron(np.array([[0, 1], [-1, 0]]), s) for s in PAULI),
    ]
)


def slashed(p):
    return np.einsum("m,mij->ij", METRIC @ p, GAMMA)


def cross_section_from_traces(y, rho):
    """Sum over spins and polarisations of |M|^2 by explicit matrices; m_psi = 1, q_psi g_X = 1."""
    s = 4 * y
    energy, k, p = math.sqrt(y), math.sqrt(y - 1), math.sqrt(y - rho**2)
    total = 0.0
    for cos, weight in zip(*np.polynomial.legendre.leggauss(60), strict=True):
        sin = math.sqrt(1 - cos**2)
        p_1, p_2 = np.array([energy, 0, 0, k]), np.array([energy, 0, 0, -k])
        out = [np.array([energy, sign * p * sin, 0, sign * p * cos]) for sign in (1, -1)]
        sums = [-METRIC + np.outer(q, q) / rho**2 for q in out]  # over polarisations, upper indices
        t, u = p_1 - out[0], p_1 - out[1]
        t_part = (slashed(t) + np.eye(4)) / (t @ METRIC @ t - 1)
        u_part = (slashed(u) + np.eye(4)) / (u @ METRIC @ u - 1)
        lower = np.einsum("mn,nij->mij", METRIC, GAMMA)
        amplitude = np.einsum("bij,jk,akl->abil", lower, t_part, lower)  # X_a from the line of p_1, then X_b
        amplitude = amplitude + np.einsum("aij,jk,bkl->abil", lower, u_part, lower)
        conjugate = np.einsum("ij,abkj,kl->abil", GAMMA[0], amplitude.conj(), GAMMA[0])
        spin_1, spin_2 = slashed(p_1) + np.eye(4), slashed(p_2) - np.eye(4)
        squared = np.einsum(
            "ac,bd,ij,abjk,kl,cdli->", sums[0], sums[1], spin_2, amplitude, spin_1, conjugate, optimize=True
        )
        total += weight * abs(squared.real) / 4
    return 0.5 * 2 * math.pi / (64 * math.pi**2 * s) * p / k * total


@pytest.mark.parametrize("rho", [0.3, 0.9, 0.999, 1.1, 2.0])
@pytest.mark.parametrize("above", [1e-3, 0.1, 1.0, 20.0])
def test_cross_section_against_dirac_traces(rho, above):
    y = max(1.0, rho**2) + above
    assert cross_section_to_X(y, rho**2) == pytest.approx(cross_section_from_traces(y, rho), rel=1e-9, abs=0)


@pytest.mark.parametrize("rho", [1e-3, 0.5, 0.9])
def test_threshold(rho):
    """Sigma v -> (q g)^4/(16 pi m^2) (1 - rho^2)^(3/2)/(1 - rho^2/2)^2."""
    y = 1 + 1e-8
    expected = (1 - rho**2) ** 1.5 / (1 - rho**2 / 2) ** 2 / (16 * math.pi)
    assert 2 * math.sqrt(1 - 1 / y) * cross_section_to_X(y, rho**2) == pytest.approx(expected, rel=1e-5, abs=0)


def test_closed_below_threshold():
    assert cross_section_to_X(1.2, 1.3) == 0.0


def averaged(x, rho2, weight=lambda y: 1.0):
    """S_XX by adaptive quadrature in t, y = threshold + t^2."""
    threshold = max(1.0, rho2)

    def integrand(t):
        y = threshold + t * t
        if y <= 1.0 or t == 0.0:
            return 0.0
        excess = 2 * x * (y - 1) / (math.sqrt(y) + 1)
        bessel = scipy.special.kve(1, 2 * x * math.sqrt(y)) * math.exp(-excess)
        return 2 * t * math.sqrt(y) * (y - 1) * cross_section_to_X(y, rho2) * bessel * weight(y)

    scale = math.sqrt(math.sqrt(threshold) / x)
    points = [0.0, scale, 3 * scale, 10 * scale, 10 * scale + 50 / x]
    total = sum(
        scipy.integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-11, limit=400)[0]
        for a, b in itertools.pairwise(points)
    )
    return 12 * math.pi * 4 * x * total / scipy.special.kve(2, x) ** 2


@pytest.mark.parametrize("rho", [1e-4, 0.5, 0.99, 1.0, 1.001, 1.2, 2.0, 4.9])
@pytest.mark.parametrize("x", [0.3, 1.0, 5.0, 20.0, 90.0])
def test_average_against_quadrature(rho, x):
    assert average_to_X(x, rho**2) == pytest.approx(averaged(x, rho**2), rel=1e-9, abs=1e-250)


@pytest.mark.parametrize("rho", [0.5, 0.99, 1.2])
def test_average_with_the_weight_of_pressure(rho):
    """The mean of p^2/(3 E T) over pairs of given s: by its own integral over the energies."""
    x, rho2 = 8.0, rho**2

    def weight(y):  # mean over eta and over the energy difference, Gondolo & Gelmini 1991
        root = math.sqrt(y)
        eta = np.linspace(0, 8, 8001)
        z = 2 * x * root
        mass = np.sinh(eta) ** 2 * np.exp(-z * (np.cosh(eta) - 1))
        nodes, weights = np.polynomial.legendre.leggauss(40)
        half_sum = root * np.cosh(eta)  # (E_1 + E_2)/2 in units of m
        reach = np.sqrt(y - 1) * np.sinh(eta)  # of (E_1 - E_2)/2
        energy = half_sum[:, None] + reach[:, None] * nodes
        mean = ((energy**2 - 1) / (3 * energy) * x) @ weights / 2
        return float((mass * mean).sum() / mass.sum())

    assert pressure_average_to_X(x, rho2) == pytest.approx(averaged(x, rho2, weight), rel=1e-6)


def test_average_is_continuous_where_the_masses_are_equal():
    for x in (3.0, 20.0):
        below, at, above = (average_to_X(x, 1 + shift) for shift in (-1e-9, 0.0, 1e-9))
        assert below == pytest.approx(at, rel=1e-6)
        assert above == pytest.approx(at, rel=1e-6)


def test_sum_over_channels_counts_pairs_with_the_square_of_the_charge():
    d, w = 1 / (4 * 0.95**2) - 1, 1e-9  # mass_ratio = 0.95
    alone = (np.ones(1), np.zeros(1))
    without, with_pairs = (channel_sum(12.0, d, w, *alone, pairs) for pairs in (0.0, 9.0))
    assert with_pairs - without == pytest.approx(9 * average_to_X(12.0, 4 * (1 + d)), rel=1e-12)
    without, with_pairs = (pressure_channel_sum(12.0, d, w, *alone, pairs) for pairs in (0.0, 9.0))
    assert with_pairs - without == pytest.approx(9 * pressure_average_to_X(12.0, 4 * (1 + d)), rel=1e-12)


# Omega without X X over Omega with it, m_X = 15 MeV, g_X = 5e-3
SUPPRESSION = [(0.90, 1, 1.00), (0.90, 10, 1.04), (0.95, 1, 1.01), (0.95, 10, 1.6), (0.99, 1, 1.06), (0.99, 10, 4.6)]


@pytest.mark.parametrize(("mass_ratio", "q_psi", "expected"), SUPPRESSION)
def test_forbidden_annihilation(mass_ratio, q_psi, expected):
    point = {"m_X": 15, "g_X": 5e-3, "mass_ratio": mass_ratio, "q_psi": q_psi}
    without = physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    assert without / physics.evaluate("relic_density", **point) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("q_psi", "expected"), [(1, 1.8), (3, 7.7), (10, 70)])
def test_open_annihilation(q_psi, expected):
    point = {"m_X": 15, "g_X": 5e-3, "mass_ratio": 2.0, "q_psi": q_psi}
    without = physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    assert without / physics.evaluate("relic_density", **point) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("method", ["freeze-out", "boltzmann", "coupled"])
def test_no_gap_where_the_masses_are_equal(method):
    point = {"m_X": 15, "g_X": 5e-3, "q_psi": 3, "relic_method": method}
    density = physics.evaluate("relic_density", **point, mass_ratio=[0.9999, 1.0, 1.0001])
    assert np.isfinite(density).all()
    assert density == pytest.approx(density[1], rel=3e-3)


def test_a_line_that_annihilation_into_X_moves():
    """At (15 MeV, 3e-3, q_psi = 1) the line of neutrinos alone was at 1.161, where Omega is 0.09 with X X."""
    assert physics.evaluate("relic_density", m_X=15, g_X=3e-3, q_psi=1, mass_ratio=1.161) == pytest.approx(
        0.0905, rel=0.01
    )
