import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from physics.early_universe.gas import (
    BOSONS,
    DENSITY,
    ENERGY,
    FERMIONS,
    gas_table,
    ideal_gas,
    interaction_pressure,
    plasma,
    state,
)
from physics.model.constants import E_CHARGE


def integrals(x, statistics):
    """rho, P, n and heat capacity times exp(x) by adaptive quadrature."""

    def E(p):
        return math.sqrt(p * p + x * x)

    def f(p):
        return math.exp(x - E(p)) / (1 + statistics * math.exp(-E(p)))

    weights = (
        lambda p: p**2 * E(p) * f(p),
        lambda p: p**4 / (3 * E(p)) * f(p),
        lambda p: p**2 * f(p),
        lambda p: p**2 * E(p) ** 2 * f(p) * (1 - statistics * f(p) * math.exp(-x)),
    )
    end = 60 + 10 * math.sqrt(x)
    return [quad(w, 0, end, epsabs=0, epsrel=1e-11, limit=400)[0] / (2 * math.pi**2) for w in weights]


@pytest.mark.parametrize("statistics", [FERMIONS, BOSONS])
@pytest.mark.parametrize("x", [1e-3, 0.1, 1.0, 7.0, 50.0, 290.0])
def test_ideal_gas(x, statistics):
    exact = np.array(integrals(x, statistics))
    np.testing.assert_allclose(ideal_gas(np.array([x]), statistics)[0], exact, rtol=1e-9)
    energy, number = (state(math.log(x), q, gas_table(statistics)) for q in (ENERGY, DENSITY))
    table = [energy.rho, energy.P, number.value, energy.heat]
    np.testing.assert_allclose(table, exact * math.exp(-x), rtol=1e-6)
    h = 1e-4
    for at, k in ((energy, 0), (number, 2)):
        up, down = ideal_gas(np.array([x * math.exp(h), x * math.exp(-h)]), statistics)[:, k]
        slope = (math.log(up / down) - x * (math.exp(h) - math.exp(-h))) / (2 * h)
        assert at.slope == pytest.approx(slope, abs=2e-5 * max(x, 1))


def test_light_particles():
    light, lighter = (state(math.log(x), ENERGY, gas_table(BOSONS)) for x in (1e-3, 1e-6))
    assert lighter[1:5] == light[1:5]
    assert lighter.rho == pytest.approx(math.pi**2 / 30, rel=1e-6)


def test_nothing_is_left_of_heavy_particles():
    assert state(math.log(301.0), ENERGY, gas_table(BOSONS))[1:] == (0, 0, 0, 0, 0)
    assert state(math.inf, ENERGY, gas_table(BOSONS))[1:] == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("interacting", [False, True])
def test_the_plasma_is_consistent(interacting):
    """d P/dT = (rho + P)/T, and the heat capacity is d rho/dT."""
    T, h = np.geomspace(0.006, 100, 25), 1e-4
    rho, enthalpy, heat = plasma(T, interacting).T
    up, down = ((T * f) ** 4 * plasma(T * f, interacting).T for f in (math.exp(h), math.exp(-h)))
    np.testing.assert_allclose((up[0] - down[0]) / (2 * h * T**4), heat, rtol=1e-6)
    pressure = [u[1] - u[0] for u in (up, down)]
    np.testing.assert_allclose((pressure[0] - pressure[1]) / (2 * h * T**4), enthalpy, rtol=1e-6)
    assert (rho > 0).all()


def test_interactions_without_masses():
    e2, e3 = E_CHARGE**2, E_CHARGE**3
    limit = -5 / 288 * e2 + e3 * (math.pi**2 / 3) ** 1.5 / (12 * math.pi**4)
    assert interaction_pressure(np.array([1e-4]))[0] == pytest.approx(limit, rel=1e-6)


@pytest.mark.parametrize("x", [0.3, 2.0, 8.0])
def test_the_double_integral(x):
    def N(p):
        return 2 / (math.exp(math.sqrt(p * p + x * x)) + 1)

    def single(weight):
        return quad(lambda p: weight(p, math.sqrt(p * p + x * x)) * N(p), 0, 45, epsrel=1e-11)[0]

    def both(v, p):  # k = p v
        E_p, E_k = math.sqrt(p * p + x * x), math.sqrt((p * v) ** 2 + x * x)
        return p * p * v / (E_p * E_k) * math.log((1 + v) / (1 - v)) * N(p) * N(p * v) * p

    double = 2 * dblquad(both, 0, 45, 0, 1, epsabs=1e-14, epsrel=1e-8)[0]
    first, debye = single(lambda p, E: p * p / E), single(lambda p, E: (p * p + E * E) / E)
    e2, pi2 = E_CHARGE**2, math.pi**2
    exact = -e2 / (12 * pi2) * first - e2 / (8 * pi2**2) * first**2 + e2 * x * x / (16 * pi2**2) * double
    exact += E_CHARGE**3 / (12 * pi2**2) * debye**1.5
    assert interaction_pressure(np.array([x]))[0] == pytest.approx(exact, rel=2e-6)


def test_the_mass_shift_that_the_double_integral_comes_from():
    """P_2 is half of -Int dp p^2/(2 pi^2 E) N times the mass shift of Mangano et al. 2002, but for the photons' part.

    Differently put: the functional derivative of P_2 with respect to N(p) is -p^2/(4 pi^2 E) delta m^2(p). It is
    checked for the part of the electrons, delta m^2 = (4 alpha/pi) Int dk k^2/E n - (2 alpha m^2/pi p) Int dk k/E
    ln|(p+k)/(p-k)| n, by the ratio of the terms of P_2 for a narrow distribution N = delta(p - p_0) + delta(p - p_1).
    """
    p, k, m = 1.3, 0.4, 0.7
    alpha = E_CHARGE**2 / (4 * math.pi)
    E_p, E_k = math.hypot(p, m), math.hypot(k, m)
    log = math.log((p + k) / (p - k))
    shift = 4 * alpha / math.pi * k**2 / E_k / 2 - 2 * alpha * m**2 / (math.pi * p) * k / E_k * log / 2  # n = N/2
    mixed = -(E_CHARGE**2) / (8 * math.pi**4) * 2 * p**2 / E_p * k**2 / E_k
    mixed += E_CHARGE**2 * m**2 / (16 * math.pi**4) * 2 * p * k / (E_p * E_k) * log
    assert mixed == pytest.approx(-(p**2) / (2 * math.pi**2 * E_p) * shift, rel=1e-12)
