"""Damped photons in a white dwarf: the sum rule with the resonance, limits, and the size of the effect."""

import math
from functools import cache

import numpy as np
import pytest

from physics.model.constants import ERG_PER_MEV, HBAR_MEV_S, HBARC_MEV_CM
from physics.model.mixing import mixing_per_coupling
from physics.white_dwarf.damping_rates import photon_damping
from physics.white_dwarf.emission import DampedEmission, damped_emission
from physics.white_dwarf.star import star

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
    mean = np.trapezoid(gamma, r[every]) / HBARC_MEV_CM * (2 + (m / omega) ** 2) / 3
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
