"""Damping of photons: tree amplitudes by brute force, detailed balance, Drude, Thomson."""

import math

import numpy as np
import pytest
from scipy.special import expit

from physics.model.constants import ALPHA, M_E
from physics.white_dwarf.damping_rates import bremsstrahlung_damping, compton_damping, momentum_cut, photon_damping

T = 8.617333262e-3  # 1e8 K [MeV]


def density(mu, T):
    E = M_E + T * np.linspace(0, 60, 200_001)
    return np.trapezoid(np.sqrt(E**2 - M_E**2) * E * expit((mu - E) / T), E) / math.pi**2


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
