"""Scattering of psi off neutrinos: exact recoil against Monte Carlo and limits; conservation laws."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import bath
from physics.dark_matter.relic import elastic_recoil as recoil

H = 0.04


def momenta(x):
    """Cells that hold all but 1e-6 of a gas of temperature m/x."""
    p = np.exp(np.arange(math.log(0.01 / math.sqrt(x)), math.log(math.sqrt((1 + 45 / x) ** 2 - 1)), H))
    return p, p**2 / (1 + np.sqrt(1 + p**2))


def rates(x, p, exact=True, ratio=0.5):
    """Rates in units of G^2 m^5."""
    R = np.zeros((p.size, p.size))
    if exact:
        recoil.exact_recoil(x, 1.0, p, H, recoil.recoil_table(ratio), R)
    else:
        recoil.small_recoil(x, bath.SCATTERING / x**6, p, H, R)
    return R


def relaxation(x, R, p, kinetic, ratio):
    """d(p^2/3E)/dt over gamma (T_nu - T_psi), of a gas with T_psi = ratio T_nu."""
    f = p**3 * np.exp(-kinetic * x / ratio)
    f /= f.sum()
    pressure = p**2 / (3 * np.sqrt(1 + p**2))
    return (f @ R @ pressure - (f * R.sum(axis=1)) @ pressure) / (bath.SCATTERING / x**6 * (1 / x - f @ pressure))


def by_monte_carlo(x, ratio, m_ratio, n=1_000_000):
    """The same from particles: momenta of psi and nu drawn, scattered in their c.m. frame, boosted back."""
    random = np.random.default_rng(11)
    p, kinetic = momenta(x)
    cumulative = np.cumsum(p**3 * np.exp(-kinetic * x / ratio))
    p = np.exp(np.interp(random.random(n) * cumulative[-1], cumulative, np.log(p) + H / 2))
    k, c = random.random(n) * 35 / x, random.uniform(-1, 1, n)
    E = np.sqrt(1 + p**2)
    s_1 = 2 * (E * k - p * k * c)
    s, zero = 1 + s_1, np.zeros(n)
    first = np.stack([zero, zero, p], axis=1)
    beta = (first + np.stack([k * np.sqrt(1 - c**2), zero, k * c], axis=1)) / (E + k)[:, np.newaxis]
    cos, phi, p_cm = random.uniform(-1, 1, n), random.uniform(0, 2 * math.pi, n), s_1 / (2 * np.sqrt(s))
    sin = np.sqrt(1 - cos**2)
    q = p_cm[:, np.newaxis] * np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], axis=1)
    E_cm, beta2, along = np.sqrt(1 + p_cm**2), (beta**2).sum(axis=1), (beta * q).sum(axis=1)
    gamma = 1 / np.sqrt(1 - beta2)
    last = q + ((gamma - 1) * along / beta2 + gamma * E_cm)[:, np.newaxis] * beta
    E_3 = gamma * (E_cm + along)
    t = (E_3 - E) ** 2 - ((last - first) ** 2).sum(axis=1)
    matrix_element = 2 * (s_1**2 + (s_1 + t) ** 2 + 2 * t) / (1 - t * m_ratio**2) ** 2
    blocked = 1 - 1 / (np.exp((E + k - E_3) * x) + 1)
    flux = (
        4 * k**2 / (2 * math.pi**2) * 35 / x / (np.exp(k * x) + 1) / (2 * k * 2 * E) * p_cm / (4 * math.pi * np.sqrt(s))
    )
    gain = flux * matrix_element * blocked * ((E_3 - 1 / E_3) - p**2 / E) / 3
    return gain.mean() / (bath.SCATTERING / x**6 * (1 / x - (p**2 / E / 3).mean()))


@pytest.mark.parametrize("m_ratio", [0.5, 1.3])
@pytest.mark.parametrize("x", [8.0, 20.0, 60.0])
def test_against_monte_carlo(x, m_ratio):
    """Of 5e6 collisions, themselves good to 1 % or so: what a gas colder than the neutrinos is warmed by."""
    p, kinetic = momenta(x)
    exact = relaxation(x, rates(x, p, ratio=m_ratio), p, kinetic, 0.6)
    assert exact == pytest.approx(by_monte_carlo(x, 0.6, m_ratio), rel=0.03)


@pytest.mark.parametrize(("x", "slower"), [(20.0, 0.53), (40.0, 0.69)])
def test_recoil_slows_relaxation(x, slower):
    """bath.py: 0.53 and 0.69 for a heavy X, T_psi = 0.8 T_nu."""
    p, kinetic = momenta(x)
    heavy, small = rates(x, p, ratio=0.02), rates(x, p, exact=False)
    ratio = relaxation(x, heavy, p, kinetic, 0.8) / relaxation(x, small, p, kinetic, 0.8)
    assert ratio == pytest.approx(slower, abs=0.01)


def test_small_recoil_is_the_fokker_planck_equation():
    """It relaxes at gamma (1 - h/2), h = <p^4/E^3>/(3 T) of bath.py at both temperatures; cold psi at gamma."""
    tables = bath.bath_tables(2.3)
    for x in (20.0, 100.0, 1e4):
        p, kinetic = momenta(x)
        expected = bath.kinetic(math.log(x), tables.gas)
        assert relaxation(x, rates(x, p, exact=False), p, kinetic, 0.999) == pytest.approx(expected, rel=4e-3)


def test_cold_psi_scatters_as_without_recoil():
    x = 2000.0
    p, kinetic = momenta(x)
    exact, small = (relaxation(x, rates(x, p, exact=e, ratio=0.3), p, kinetic, 0.8) for e in (True, False))
    assert exact / small == pytest.approx(1 - 16 / x, abs=5e-3)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("x", [3.0, 20.0, 300.0])
def test_detailed_balance(x, exact):
    p, kinetic = momenta(x)
    R = rates(x, p, exact=exact)
    equilibrium = p**3 * np.exp(-x * kinetic)
    flow = equilibrium[:, np.newaxis] * R
    assert (R >= 0).all()
    np.testing.assert_allclose(flow, flow.T, rtol=1e-9, atol=1e-14 * flow.max())
    gained, lost = equilibrium @ R, equilibrium * R.sum(axis=1)
    np.testing.assert_allclose(gained, lost, rtol=1e-9)
    assert (gained - lost).sum() == pytest.approx(0, abs=1e-12 * lost.sum())


def test_interpolation_of_the_table():
    random = np.random.default_rng(3)
    table, off = recoil.recoil_table(0.45), []
    for _ in range(1000):
        x, p, Y = math.exp(random.uniform(0.7, 6)), math.exp(random.uniform(-5, 1.5)), math.exp(random.uniform(-3, 3))
        half = math.asinh(Y / (x * p))
        direct = recoil.scattering_integral(p * math.exp(half), p * math.exp(-half), x, 0.45**2)
        off.append(recoil._log_S(math.log(x), math.log(p), Y, table) - math.log(direct))
    assert np.std(off) < 7e-3
    assert abs(np.mean(off)) < 7e-3
    assert np.abs(off).max() < 0.04


def test_the_integral_against_scipy():
    """S with its angle done by a sum over phi, from the four-momenta."""
    from scipy import integrate

    p, p_3, x, ratio2 = 0.4, 0.25, 15.0, 0.3
    E, E_3 = math.sqrt(1 + p * p), math.sqrt(1 + p_3 * p_3)
    omega = E_3 - E
    phi = (np.arange(32) + 0.5) * math.pi / 16

    def integrand(kappa, q):
        k, k_3 = kappa + omega / 2, kappa - omega / 2
        p_along = (p_3**2 - p**2 - q**2) / (2 * q)
        k_along = (k**2 - k_3**2 + q**2) / (2 * q)
        across = math.sqrt(max((p**2 - p_along**2) * (k**2 - k_along**2), 0.0))
        s_1 = 2 * (E * k - p_along * k_along - across * np.cos(phi))
        t = omega**2 - q**2
        mean = np.mean(s_1**2 + (s_1 + t) ** 2 + 2 * t) / (1 - t * ratio2) ** 2
        return mean / (4 * math.cosh(k * x / 2) * math.cosh(k_3 * x / 2))

    S, _ = integrate.dblquad(integrand, p - p_3, p + p_3, lambda q: q / 2, lambda q: q / 2 + 60 / x, epsrel=1e-6)
    ours = recoil.scattering_integral(p, p_3, x, ratio2) * 2 * p_3 * math.exp(-x * (p - p_3) / 2)
    assert ours == pytest.approx(S, rel=2e-5)
