"""Damped photons in a white dwarf: limits of Gamma, the sum rule with the resonance, and the size of the effect."""

import math
from functools import cache

import numpy as np
import pytest
from scipy.special import expit

from physics.model.constants import ALPHA, ERG_PER_MEV, HBAR_MEV_S, M_E
from physics.model.mixing import mixing_per_coupling
from physics.white_dwarf import damping
from physics.white_dwarf.damping import (
    DampedEmission,
    bremsstrahlung_damping,
    compton_damping,
    damped_emission,
    momentum_cut,
    photon_damping,
)
from physics.white_dwarf.structure import star

T = 8.617333262e-3  # 1e8 K [MeV]
L_SM = 1.5621e35 * HBAR_MEV_S / ERG_PER_MEV  # 1 Msun, 1e8 K: review-kamada-foldenauer, D9 [MeV^2]
MIXING2 = mixing_per_coupling("photon") ** 2


@pytest.fixture(scope="module")
def emission():
    return DampedEmission(star(1.0, 1e8))


@cache
def scaled(scale):
    return DampedEmission(star(1.0, 1e8), scale=scale)


@cache
def narrow(m, scale=1e-9):
    return scaled(scale).complete(m)


def g_30(luminosity):
    """The coupling at which X takes 30 % of the neutrinos' luminosity; luminosity in [MeV^2/eps^2]."""
    return math.sqrt(0.3 * L_SM / MIXING2 / luminosity)


def density(mu, T):
    E = M_E + T * np.linspace(0, 60, 200_001)
    return np.trapezoid(np.sqrt(E**2 - M_E**2) * E * expit((mu - E) / T), E) / math.pi**2


# ---- Gamma


# Dirac matrices, for amplitudes without any algebra
_S = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_G0 = np.diag([1.0, 1, -1, -1]).astype(complex)
_G = np.array([_G0, *(np.block([[np.zeros((2, 2)), s], [-s, np.zeros((2, 2))]]) for s in _S)])
_METRIC = np.array([1.0, -1, -1, -1])


def slash(p):
    return np.einsum("i,i,iab->ab", p, _METRIC, _G)


def dot(a, b):
    return float(np.sum(a * b * _METRIC))


def squared(vertex, p1, p2):
    """Sum over electron spins of |u(p2) vertex u(p1)|^2."""
    barred = _G0 @ vertex.conj().T @ _G0
    return np.trace((slash(p2) + M_E * np.eye(4)) @ vertex @ (slash(p1) + M_E * np.eye(4)) @ barred).real


def on_shell(E, cos, phi=0.0):
    p, sin = math.sqrt(E**2 - M_E**2), math.sqrt(1 - cos**2)
    return np.array([E, p * sin * math.cos(phi), p * sin * math.sin(phi), p * cos])


@pytest.mark.parametrize(("mu", "omega"), [(1.41, 0.1), (1.0, 0.3), (0.6, 0.05)])
def test_bremsstrahlung_is_the_tree_amplitude(mu, omega):
    """Cold electrons, Gamma by brute force: the traces numerically, plain sums over energy and angle."""
    cold, Z = 1e-5, 6.0
    n_e = (mu**2 - M_E**2) ** 1.5 / (3 * math.pi**2)
    cut2 = float(momentum_cut(n_e, cold, Z)) ** 2
    nodes, weights = np.polynomial.legendre.leggauss(24)
    K, total = np.array([omega, 0, 0, 0]), 0.0
    low = max(mu, M_E + omega)
    for x, weight in zip(nodes, weights, strict=True):
        E1 = (low + mu + omega) / 2 + (mu + omega - low) / 2 * x
        E2 = E1 - omega
        p1, p2 = math.sqrt(E1**2 - M_E**2), math.sqrt(E2**2 - M_E**2)
        q2_low, q2_high = max((p1 - p2) ** 2, cut2), (p1 + p2) ** 2
        for y, weight_q in zip(nodes, weights, strict=True):
            q2 = q2_low * (q2_high / q2_low) ** ((1 + y) / 2)
            a, b = on_shell(E1, 1.0), on_shell(E2, (p1**2 + p2**2 - q2) / (2 * p1 * p2))
            traced = 0.0
            for i in (1, 2, 3):
                left = _G[i] @ (slash(b + K) + M_E * np.eye(4)) @ _G0 / (dot(b + K, b + K) - M_E**2)
                right = _G0 @ (slash(a - K) + M_E * np.eye(4)) @ _G[i] / (dot(a - K, a - K) - M_E**2)
                traced += squared(left + right, a, b)
            potential2 = (4 * math.pi * Z * ALPHA / q2) ** 2
            d_cos = q2 * math.log(q2_high / q2_low) / 2 / (2 * p1 * p2)  # q^2 = p1^2 + p2^2 - 2 p1 p2 cos
            total += weight * weight_q * (mu + omega - low) / 2 * p1 * p2 * d_cos * potential2 * traced
    expected = n_e / Z * 4 * math.pi * ALPHA * total / (6 * omega * 16 * math.pi**3)
    assert bremsstrahlung_damping(omega, n_e, mu, cold, Z) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("omega_p", [1e-9, 0.07])
def test_compton_is_the_tree_amplitude(omega_p):
    """A dilute gas, nearly at rest: Gamma = n (1/(2 omega)) (1/(2 m)) (1/2)(1/3) Int |M|^2 dPhi_2."""
    T, omega, mu = 2e-5, 0.2, M_E - 5e-4
    p1, K = np.array([M_E, 0, 0, 0]), np.array([omega, 0, 0, 0])
    E2 = ((M_E + omega) ** 2 + M_E**2 - omega_p**2) / (2 * (M_E + omega))
    p2 = on_shell(E2, 0.3)
    k = K + p1 - p2
    total = 0.0
    for a in range(4):
        for b in range(4):
            direct = _G[b] @ (slash(K + p1) + M_E * np.eye(4)) @ _G[a] / (dot(K + p1, K + p1) - M_E**2)
            crossed = _G[a] @ (slash(p1 - k) + M_E * np.eye(4)) @ _G[b] / (dot(p1 - k, p1 - k) - M_E**2)
            total += _METRIC[a] * _METRIC[b] * squared(direct + crossed, p1, p2)
    phase_space = math.sqrt(E2**2 - M_E**2) / (4 * math.pi * (M_E + omega))
    rate = density(mu, T) * (4 * math.pi * ALPHA) ** 2 * total * phase_space / (2 * omega * 2 * M_E * 6)
    assert compton_damping(omega, mu, T, omega_p) == pytest.approx(rate, rel=3e-3)


def test_nothing_scatters_below_the_plasma_frequency():
    np.testing.assert_array_equal(compton_damping([0.05, 0.0699], 1.413, T, 0.07), 0.0)


def test_compton_at_any_degeneracy_keeps_detailed_balance():
    """Emission: blocked electrons and thermal photons that make X and lose its energy; it is Gamma n_B."""
    mu, omega, omega_p = 0.60, 0.1, 0.01
    x, w = np.polynomial.legendre.leggauss(300)
    E1, dE = M_E + 0.2 * (1 + x), 0.2 * w  # of the electron that absorbs X
    s1 = omega**2 + 2 * E1 * omega
    root = np.sqrt(M_E**2 + s1)
    e, p1 = (s1 + omega_p**2) / (2 * root), np.sqrt(E1**2 - M_E**2)
    boost = p1 * np.sqrt(e**2 - omega_p**2) / root
    k0 = ((E1 + omega) * e / root)[:, np.newaxis] + boost[:, np.newaxis] * x
    E2, u1 = E1[:, np.newaxis] + omega - k0, -2 * omega * (E1[:, np.newaxis] + omega / 2 - k0)
    s1, M2 = s1[:, np.newaxis], omega**2 + omega_p**2
    poles, squares = 1 / s1 + 1 / u1, 1 / s1**2 + 1 / u1**2
    Y = -(s1 / u1 + u1 / s1) - 2 * M2 * (M2 - s1 - u1) / (s1 * u1) + (omega * omega_p) ** 2 * squares
    Y += 4 * M_E**2 * poles + 4 * M_E**4 * poles**2 + 2 * M_E**2 * M2 * squares
    made = expit((mu - E2) / T) * expit((E1 - mu) / T)[:, np.newaxis] / np.expm1(k0 / T)
    rate = 2 * ALPHA**2 / (3 * math.pi * omega) * np.sum(dE[:, None] * boost[:, None] * w * made * Y)
    assert compton_damping(omega, mu, T, omega_p) / math.expm1(omega / T) == pytest.approx(rate, rel=1e-3)


def test_bremsstrahlung_in_the_centre_is_drude_times_the_yakovlev_urpin_logarithm():
    mu, Z, n_e = 1.41316, 6, 0.07728
    p, v = math.sqrt(mu**2 - M_E**2), math.sqrt(1 - (M_E / mu) ** 2)
    coupling = Z**2 * ALPHA * (4 * math.pi * n_e / (3 * Z)) ** (1 / 3) / T
    assert coupling == pytest.approx(11.5, abs=0.1)
    logarithm = math.log((2 * math.pi * Z / 3) ** (1 / 3) * math.sqrt(1.5 + 3 / coupling)) - v**2 / 2
    drude = 16 * Z * ALPHA**3 * p**3 / (9 * math.pi**2) / 0.02**2
    ratio = float(bremsstrahlung_damping(0.02, n_e, mu, T, Z)) / drude
    assert ratio == pytest.approx(logarithm + v**2 / 2 * (momentum_cut(n_e, T, Z) / (2 * p)) ** 2, rel=2e-3)
    assert 0.6 < ratio < 0.8, "the review took 1"


def test_at_low_energy_gamma_is_drudes_at_any_energy():
    """Gamma ~ 1/omega^2 until omega is comparable with the electrons' kinetic energy."""
    omega = np.array([1e-3, 1e-2, 5e-2])
    gamma = photon_damping(omega, 0.07728, 1.41316, T, 6, 0.0708)
    np.testing.assert_allclose(gamma * omega**2, gamma[0] * omega[0] ** 2, rtol=1e-2)


# ---- The star


@pytest.mark.parametrize(
    ("m", "g", "tolerance"), [(0.0785, 3e-11, 0.3), (0.08, 3.5e-11, 0.3), (0.1, 1.5e-10, 0.3), (0.2, 5e-8, 0.3)]
)
def test_review(m, g, tolerance, emission):
    """Second derivation, D8: Drude with Lambda = 1, T only. Here Lambda = 0.7, L and Compton: the changes cancel."""
    assert g_30(emission.off_resonance(m) * math.exp(-m / emission.T)) == pytest.approx(g, rel=tolerance)


@pytest.mark.parametrize(
    ("m", "g"), [(1e-6, 5.189e-9), (1e-3, 4.911e-12), (0.01, 3.574e-13), (0.03, 2.177e-13), (0.07, 1.6326e-12)]
)
def test_narrow_lorentzians_are_the_resonance(m, g, emission):
    """With Gamma -> 0 the same code gives resonant emission, an integral on shell; and it doesn't depend on Gamma."""
    for scale in (1e-9, 1e-5):
        assert g_30(narrow(m, scale) * math.exp(-m / emission.T)) == pytest.approx(g, rel=1.5e-3)


@pytest.mark.parametrize("m", [1e-6, 1e-3, 0.03, 0.06, 0.07, 0.072, 0.075, 0.078, 0.0812, 0.1, 0.3])
@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_nothing_is_counted_twice_and_nothing_lost(m, scale):
    """Resonant emission (Gamma -> 0) plus emission off resonance is the integral of the full Lorentzians."""
    damped = scaled(scale)
    assert narrow(m) + damped.off_resonance(m) == pytest.approx(damped.complete(m), rel=2.5e-3 * (1 + 2 * scale))


@pytest.mark.parametrize("m", [0.085, 0.1, 0.3])
def test_off_resonance_it_is_linear_in_gamma(m, emission):
    assert scaled(2.0).off_resonance(m) == pytest.approx(2 * emission.off_resonance(m), rel=1e-3)


def test_cells_converge(emission):
    fine = DampedEmission(emission.star, cells=960)
    for m in (1e-3, 0.05, 0.075, 0.0785, 0.0812, 0.1, 0.3):
        assert emission.off_resonance(m) == pytest.approx(fine.off_resonance(m), rel=2e-3)


def test_table(emission):
    table = damped_emission(1.0, 1e8)
    m = np.geomspace(2e-7, 1.5, 61)
    direct = np.array([emission.off_resonance(x) * math.exp(-x / emission.T) for x in m])
    np.testing.assert_allclose(table.luminosity(m), direct, rtol=6e-3)
    np.testing.assert_allclose(table.optical_depth(m), [emission.optical_depth(x) for x in m], rtol=0.03)
    with np.errstate(under="ignore"):
        assert table.luminosity(np.array([1e6])) == 0.0


def test_heavy_x_is_boltzmann_suppressed():
    """D(m) e^(m/T) varies slowly: the loss goes as g^2 e^(-m/T)."""
    table = damped_emission(1.0, 1e8)
    m = np.array([0.2, 0.3])
    slope = np.diff(np.log(table.luminosity(m))) / 0.1
    assert slope[0] == pytest.approx(-1 / T, rel=0.05)


def test_off_resonance_the_optical_depth_is_that_of_the_damping_rate(emission):
    """For m far above the plasma's frequencies Gamma_X = eps^2 (2 Gamma + m^2/omega^2 Gamma)/3."""
    m = 0.5
    omega = m + 1.5 * emission.T
    r = np.linspace(1e6, emission.star.radius * (1 - 1e-9), 2000)
    p = emission.star.plasma(emission.star.y_of_r(r))
    every = slice(None, None, 40)
    gamma = [
        float(photon_damping(omega, n, mu, emission.T, 6, math.sqrt(w2)))
        for n, mu, w2 in zip(p.n_e[every], p.mu[every], p.omega_p2[every], strict=True)
    ]
    mean = np.trapezoid(gamma, r[every]) / damping.HBARC_MEV_CM * (2 + (m / omega) ** 2) / 3
    speed = math.sqrt(1 - (m / omega) ** 2)
    assert emission.optical_depth(m) == pytest.approx(mean / speed, rel=0.05)


def test_the_resonant_optical_depth_does_not_depend_on_the_damping(emission):
    for m in (1e-3, 0.03, 0.06):
        assert scaled(1e-3).optical_depth(m) == pytest.approx(emission.optical_depth(m), rel=0.01)


def test_another_temperature():
    """Colder by 10^0.2: emission off resonance falls with e^(-m/T) and, per neutrino, so does the bound."""
    cold, hot = damped_emission(1.0, 10**7.8), damped_emission(1.0, 1e8)
    m = np.array([0.1, 0.2])
    fall = np.log(hot.luminosity(m) / cold.luminosity(m)) / m
    np.testing.assert_allclose(fall, (10**0.2 - 1) / T, rtol=0.15)
