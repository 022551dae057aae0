"""The solver against a slow one: nothing tabulated, scipy's Radau, everything by quadrature at each step."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import physics
from physics.early_universe.gas import BOSONS, FERMIONS, ideal_gas, plasma
from physics.early_universe.three_baths import Particles, evolution, n_effs, problem
from physics.early_universe.weak_rates import (
    ANNIHILATION_OF_NEUTRINOS,
    ELECTRON_FLAVOUR,
    MUON_FLAVOUR,
    SCATTERING_OF_NEUTRINOS,
    weak_rates,
)
from physics.model.constants import G_F, M_PLANCK

PER_FLAVOUR = 7 * math.pi**2 / 120
ONE = np.ones(1)


def gas(m, T, statistics):
    """rho, P, n and heat capacity of a degree of freedom [MeV powers]."""
    if m / T > 600:
        return np.zeros(4)
    return ideal_gas(np.array([m / T]), statistics)[0] * math.exp(-m / T) * T ** np.array([4, 4, 3, 3])


def gained_by(T, T_nu, couplings):
    """F_f of weak_rates.py."""
    at, at_nu = weak_rates(np.log([T, T_nu]))
    total = 0.0
    for coupling, k in zip(couplings, (0, 1), strict=True):
        total += coupling * (at[k] * T**9 - at_nu[k] * T_nu**9 + at[k + 2] * T**4 * T_nu**4 * (T - T_nu))
    return total


class Slow:
    """ln T, ln(T'/T) and ln(T_e/T) against ln a; X couples with `width` to electrons."""

    def __init__(self, m_X, width, other=math.inf, spins=4, statistics=FERMIONS, *, weak, common=False, paper=False):
        self.m_X, self.width, self.weak, self.common, self.paper = m_X, width, weak, common, paper
        self.company = [(m_X, 3, BOSONS), (other, spins, statistics)]

    def excess(self, T, y):
        """n_X(T') - n_X(T), or rho_X: by the midpoint where they are close."""
        k, power = (0, 4) if self.paper else (2, 3)
        if abs(y) > 1e-4:
            return 3 * (gas(self.m_X, T * math.exp(y), BOSONS)[k] - gas(self.m_X, T, BOSONS)[k])
        middle, h = T * math.exp(y / 2), 1e-4
        x = self.m_X / middle
        if x > 600:
            return 0.0
        up, down = (ideal_gas(np.array([x * math.exp(s * h)]), BOSONS)[0, k] for s in (-1, 1))
        slope = power + (math.log(up / down) + x * 2 * math.sinh(h)) / (2 * h)
        return 3 * gas(self.m_X, middle, BOSONS)[k] * slope * y

    def slopes(self, N, unknowns):
        T = math.exp(unknowns[0])
        T_mu, T_e = T * math.exp(unknowns[1]), T * math.exp(unknowns[2])
        rho_1, h_1, c_1 = plasma(np.array([T]), self.weak)[0] * T ** np.array([4, 4, 3])
        rho_2, h_2, c_2 = 2 * PER_FLAVOUR * T_mu**3 * np.array([T_mu, 4 / 3 * T_mu, 4])
        for m, spins, statistics in self.company:
            rho, P, _, heat = spins * gas(m, T_mu, statistics)
            rho_2, h_2, c_2 = rho_2 + rho, h_2 + rho + P, c_2 + heat
        rho_3 = PER_FLAVOUR * T_e**4
        H = math.sqrt(8 * math.pi / 3 * (rho_1 + rho_2 + rho_3)) / M_PLANCK
        Q = self.width * (1 if self.paper else self.m_X) * self.excess(T, unknowns[1]) / H if self.width else 0.0
        W_e = W_mu = 0.0
        if self.weak:
            among = ANNIHILATION_OF_NEUTRINOS * (T_mu**9 - T_e**9) + SCATTERING_OF_NEUTRINOS * (T_mu * T_e) ** 4 * (
                T_mu - T_e
            )
            strength = G_F**2 / math.pi**5 / H
            W_e = strength * (4 * gained_by(T, T_e, ELECTRON_FLAVOUR) + 2 * among)
            W_mu = 2 * strength * (4 * gained_by(T, T_mu, MUON_FLAVOUR) - among)
        d_T = (-3 * h_1 + Q - W_e - W_mu) / (c_1 * T)
        d_mu, d_e = (-3 * h_2 - Q + W_mu) / (c_2 * T_mu), -1 + W_e / (4 * rho_3)
        if self.common:
            d_mu = d_e = (-3 * h_2 - 4 * rho_3 - Q + W_e + W_mu) / (c_2 * T_mu + 4 * rho_3)
        return [d_T, d_mu - d_T, d_e - d_T]

    def n_eff(self, T_start, T_end=0.013):
        start = [math.log(T_start), 0.0, 0.0]
        end = math.log(T_start / T_end)
        found = solve_ivp(self.slopes, (0, end), start, method="Radau", rtol=1e-7, atol=1e-10, first_step=1e-4)
        assert found.success
        y, z = found.y[1:, -1]
        return 8 / 7 * (11 / 4) ** (4 / 3) * PER_FLAVOUR / (math.pi**2 / 15) * (2 * math.exp(4 * y) + math.exp(4 * z))


def width(m_X, g_X, mixing_momentum="process"):
    return float(physics.evaluate("gamma_X_electrons", m_X=m_X, g_X=g_X, mixing_momentum=mixing_momentum))


@pytest.mark.parametrize("reading", ["paper", "exact"])
@pytest.mark.parametrize(("m_X", "g_X"), [(6.0, 5e-4), (15.0, 1e-5), (3.0, 3e-3)])
def test_three_baths(m_X, g_X, reading):
    slow = Slow(m_X, width(m_X, g_X, "zero"), weak=False, paper=reading == "paper").n_eff(1.5)
    fast = physics.evaluate("n_eff_three_bath", m_X=m_X, g_X=g_X, x_energy_transfer=reading)
    assert fast == pytest.approx(slow, abs=1e-5)


@pytest.mark.parametrize(
    ("m_X", "g_X", "ratio", "flavours"),
    [(10.0, 5e-4, None, "separate"), (23.0, 4.5e-4, 0.5033, "common"), (12.0, 1e-6, 0.31, "separate")],
)
def test_weak_decoupling(m_X, g_X, ratio, flavours):
    m_psi = math.inf if ratio is None else ratio * m_X
    slow = Slow(m_X, width(m_X, g_X), m_psi, weak=True, common=flavours == "common").n_eff(20.0)
    fast = physics.evaluate("n_eff", m_X=m_X, g_X=g_X, mass_ratio=ratio, neutrino_flavours=flavours)
    assert fast == pytest.approx(slow, abs=2e-5)


def test_phi():
    slow = Slow(10.0, width(10.0, 5e-4, "zero"), 15.0, 1, BOSONS, weak=False, paper=True).n_eff(1.5)
    fast = physics.evaluate("n_eff_three_bath", m_X=10.0, g_X=5e-4, m_phi=15.0, x_energy_transfer="paper")
    assert fast == pytest.approx(slow, abs=1e-5)


@pytest.mark.parametrize("weak", [False, True])
def test_the_tolerance_holds_everywhere(weak):
    """Against steps that are a tenth as long and more, at 200 random points through the locked phase and out of it."""
    rng = np.random.default_rng(11)
    n = 200
    m_X = np.exp(rng.uniform(np.log(1.1), np.log(60), n))
    m_other = np.where(rng.random(n) < 0.5, np.inf, m_X * rng.uniform(0.3, 1.5, n))
    widths = physics.evaluate("gamma_X_electrons", m_X=m_X, g_X=10 ** rng.uniform(-7, -2, n))
    T_start = np.full(n, 20.0 if weak else 1.5)
    equations = problem(Particles(0.0, 0.0, 0.0, 4.0, True), weak, False, "exact")
    fine, fast = (n_effs(equations, T_start, m_X, m_other, widths, *t) for t in ((1e-10,), ()))
    np.testing.assert_allclose(fast, fine, rtol=3e-6)


@pytest.mark.parametrize(
    ("m_X", "g_X", "ratio", "flavours"),
    [
        (2.75099, 2.231303e-4, 0.131601, "separate"),
        (1.5, 1e-4, 0.05, "separate"),
        (1.55765, 2.68195e-6, 0.2104, "common"),
    ],
)
def test_the_stated_error_where_x_lets_go_at_once(m_X, g_X, ratio, flavours):
    """A light psi besides a light X: N_eff = 10 to 20, and a rate that fades by decades within a long step."""
    common = flavours == "common"
    equations = problem(Particles(0.0, 0.0, 0.0, 4.0, True), weak=True, common=common, transfer="exact")
    fine = n_effs(equations, 20 * ONE, m_X * ONE, ratio * m_X * ONE, width(m_X, g_X) * ONE, 1e-10)
    fast = physics.evaluate("n_eff", m_X=m_X, g_X=g_X, mass_ratio=ratio, neutrino_flavours=flavours)
    assert fast == pytest.approx(fine.item(), rel=3e-6)


def test_entropy_is_conserved_without_exchange():
    """By all three baths for themselves, and by all together in `common` without weak interactions."""
    particles = Particles(math.log(8.0), math.log(12.0), 0.0, 1.0, False)
    N = np.linspace(0.0, 4.5, 40)
    log_T, y, z, _ = evolution(N, 1.5, problem(particles, False, False, "exact"), 1e-9).T
    T = np.exp(log_T)
    of_plasma = [plasma(np.array([t]), False)[0, 1] for t in T] * T**3 * np.exp(3 * N)
    np.testing.assert_allclose(of_plasma, of_plasma[0], rtol=2e-6)
    np.testing.assert_allclose(z + log_T + N, math.log(1.5), rtol=1e-7)
    T_mu = T * np.exp(y)
    company = [3 * gas(8.0, t, BOSONS) + gas(12.0, t, BOSONS) for t in T_mu]
    of_neutrinos = 8 / 3 * PER_FLAVOUR * T_mu**3 + [(c[0] + c[1]) / t for c, t in zip(company, T_mu, strict=True)]
    np.testing.assert_allclose(of_neutrinos * np.exp(3 * N), of_neutrinos[0], rtol=2e-6)


def test_a_point_that_is_not_there_is_nan():
    equations = problem(Particles(0.0, 0.0, 0.0, 4.0, True), True, False, "exact")
    found = n_effs(equations, 20 * ONE, np.array([np.nan, 10.0, 10.0]), np.inf * ONE, np.array([0.0, np.nan, 1e-15]))
    assert np.isnan(found).tolist() == [True, True, False]
