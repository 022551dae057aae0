"""Neutrino tridents: structure functions by Dirac traces, limits of the cross section, published couplings."""

import math

import numpy as np
import pytest

import physics
from physics.laboratory.trident import C_A, C_V, V2, _moments, cross_section, experiments, structure_functions
from physics.model.constants import ALPHA, G_F, M_MU

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array([np.kron(np.diag([1, -1]), np.eye(2)), *(np.kron(np.array([[0, 1], [-1, 0]]), s) for s in PAULI)])
GAMMA_5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]


def slashed(p):
    return np.einsum("m,mij->ij", METRIC @ p, GAMMA)


def traced(pair, Q2, axial):
    """Transverse and longitudinal |M|^2 over spins, averaged over photon and angles of the pair, times beta."""
    mass, beta = math.sqrt(pair), math.sqrt(1 - 4 * M_MU**2 / pair)
    k = (pair + Q2) / (2 * mass)
    photon, current = np.array([k, 0, 0, k]), np.array([mass - k, 0, 0, -k])
    transverse = [np.array([0, 1.0, 0, 0]), np.array([0, 0, 1.0, 0])]
    longitudinal = np.array([k, 0, 0, k - mass]) / math.sqrt(Q2)
    assert abs(longitudinal @ METRIC @ current) < 1e-9 * mass * k
    total = np.zeros(2)
    for node, weight in zip(*np.polynomial.legendre.leggauss(60), strict=True):
        eta = math.atanh(beta) * node
        cos = math.tanh(eta) / beta
        p = mass / 2 * beta
        minus = np.array([mass / 2, p * math.sqrt(1 - cos**2), 0, p * cos])
        plus = minus * np.array([1, -1, -1, -1])
        first = (slashed(minus - photon) + M_MU * np.eye(4)) / (-2 * photon @ METRIC @ minus)
        second = (slashed(photon - plus) + M_MU * np.eye(4)) / (-2 * photon @ METRIC @ plus)
        spins = slashed(minus) + M_MU * np.eye(4), slashed(plus) - M_MU * np.eye(4)
        measure = weight * math.atanh(beta) * (1 - math.tanh(eta) ** 2) / beta / 2
        for i, vectors in enumerate((transverse, [longitudinal])):
            for vector in vectors:
                vertex = slashed(vector) @ GAMMA_5 if axial else slashed(vector)
                for of_photon in transverse:
                    amplitude = slashed(of_photon) @ first @ vertex + vertex @ second @ slashed(of_photon)
                    bar = GAMMA[0] @ amplitude.conj().T @ GAMMA[0]
                    squared = np.trace(spins[0] @ amplitude @ spins[1] @ bar).real
                    total[i] += measure * squared / 2 / len(vectors)
    return total * beta


@pytest.mark.parametrize("pair", [4.01, 6.0, 40.0, 3000.0])
@pytest.mark.parametrize("Q2", [1e-3, 0.3, 5.0, 200.0])
def test_structure_functions_against_dirac_traces(pair, Q2):
    pair, Q2 = pair * M_MU**2, Q2 * M_MU**2
    T_V, K_V, T_A, K_A = (4 * f for f in structure_functions(np.array(pair), np.array(Q2)))
    scale = 1e-9 * max(T_V, K_A)  # K_V is tiny at small Q^2: differences of large traces
    assert [T_V, K_V] == pytest.approx(traced(pair, Q2, False), rel=1e-9, abs=scale)
    assert [T_A, K_A] == pytest.approx(traced(pair, Q2, True), rel=1e-9, abs=scale)


@pytest.mark.parametrize(("s", "accuracy"), [(2e8, 3e-3), (2e9, 1.5e-3), (2e10, 2e-4)])
def test_massless_limit(s, accuracy):
    limit = G_F**2 * ALPHA * s / (9 * math.pi**2) * (math.log(s / M_MU**2) - 8 / 3)
    assert cross_section(s) == pytest.approx((limit, limit), rel=accuracy, abs=0)


def test_nothing_below_threshold():
    assert max(cross_section(4.004 * M_MU**2)) < 1e-6 * min(cross_section(40 * M_MU**2))


@pytest.mark.parametrize("name", ["ccfr", "charm2"])
def test_heavy_X_is_a_contact_interaction(name):
    """Altmannshofer et al. 2014: [C_V^2 + C_A^2] with C_V = 1/2 + 2 s_W^2 + v^2 g_X^2/m_X^2 (m_mu small)."""
    m_X, g_X = 3e6, 2e3
    moments = _moments(experiments()[name].beam_energy, experiments()[name].nucleus, "gaussian")
    share = C_V**2 * moments.weight.sum()  # of C_V^2 in the Standard Model
    expected = 1 + share * ((1 + V2 * g_X**2 / m_X**2 / C_V) ** 2 - 1)
    assert physics.evaluate(f"trident_ratio_{name}", m_X=m_X, g_X=g_X) == pytest.approx(expected, rel=1e-4)
    assert share == pytest.approx(C_V**2 / (C_V**2 + C_A**2), rel=0.06)


# An independent computation (numerical traces, Monte Carlo): 95 % CL
COUPLINGS = {
    "ccfr": [8.32e-4, 8.76e-4, 9.42e-4, 9.97e-4, 1.011e-3, 1.039e-3, 1.238e-3, 1.650e-3, 2.866e-3],
    "charm2": [8.75e-4, 9.28e-4, 1.012e-3, 1.083e-3, 1.101e-3, 1.140e-3, 1.430e-3, 2.100e-3, 4.346e-3],
}


@pytest.mark.parametrize("name", COUPLINGS)
def test_limits_on_the_coupling(name):
    m_X = [1, 3, 10, 20, 23, 30, 100, 300, 1000]
    g_X = physics.evaluate(f"{name}_g_X", m_X=m_X)
    assert g_X == pytest.approx(COUPLINGS[name], rel=1e-3, abs=0)
    ratio = np.diagonal(physics.evaluate(f"trident_ratio_{name}", m_X=np.array(m_X)[:, None], g_X=g_X))
    assert ratio == pytest.approx(experiments()[name].upper, rel=1e-12)


def test_beam_energy_and_form_factor_matter():
    ratio = physics.evaluate("trident_ratio_ccfr", m_X=10, g_X=9.4e-4, ccfr_beam_energy=[100, 160, 250])
    assert ratio == pytest.approx([1.519, 1.366, 1.262], abs=1e-3)
    gaussian, helm = (physics.evaluate("ccfr_g_X", m_X=10, trident_form_factor=f) for f in ("gaussian", "helm"))
    assert helm / gaussian == pytest.approx(0.92, abs=0.01)


@pytest.mark.parametrize("form_factor", ["gaussian", "helm"])
def test_numbers_of_photons(form_factor):
    from scipy.integrate import quad

    from physics.laboratory.trident import PHOTONS
    from physics.neutrino.cross_sections import Nucleus, helm_form_factor

    iron = Nucleus(0, 56, 56)

    def spectrum(q, q_min):
        if form_factor == "gaussian":
            return 2 / q * math.exp(-((1.3 * 56 ** (1 / 3) / 197.3269804 * q) ** 2) / 5)
        return 2 / q * float(helm_form_factor(q * q / (2 * iron.mass), iron)) ** 2 * (1 - (q_min / q) ** 2)

    for q_min in (0.2, 5.0, 80.0):
        expected = sum(
            quad(spectrum, a, b, args=(q_min,), limit=300)[0]
            for a, b in zip(np.geomspace(q_min, 900, 8)[:-1], np.geomspace(q_min, 900, 8)[1:], strict=True)
        )
        assert PHOTONS[form_factor](np.array(q_min), 56) == pytest.approx(expected, rel=1e-4)


def test_the_band_of_2021_is_excluded_above_some_mass():
    """The coupling that explains (g-2)_mu by 251(59)e-11 is excluded from 210 MeV on, the lower edges from 291, 448."""
    m_X = np.geomspace(50, 1000, 2000)
    for shift, expected in ((0, 210), (1, 291), (2, 448)):
        g_X = np.sqrt((251 - 59 * shift) * 1e-11 / physics.evaluate("delta_a_mu", m_X=m_X, g_X=1.0))
        crossing = m_X[np.flatnonzero(g_X > physics.evaluate("ccfr_g_X", m_X=m_X))[0]]
        assert crossing == pytest.approx(expected, rel=0.01)
