import math

import numpy as np
import pytest

import physics
from physics.early_universe.gas import FERMIONS, ideal_gas
from physics.early_universe.n_eff import in_equilibrium
from physics.early_universe.three_baths import Particles, n_effs, problem
from physics.model.mixing import mixing_per_coupling

ONE = np.ones(1)
FLAVOURS = ("separate", "common")


def n_eff(m_X, g_X, ratio=None, flavours="separate"):
    return physics.evaluate("n_eff", m_X=m_X, g_X=g_X, mass_ratio=ratio, neutrino_flavours=flavours)


def unmixed(m_X, ratio=None, flavours="separate"):
    """Without X <-> e+e-, which no coupling does."""
    equations = problem(Particles(0.0, 0.0, 0.0, 4.0, True), True, flavours == "common", "exact")
    m_psi = math.inf if ratio is None else ratio * m_X
    return float(n_effs(equations, 20 * ONE, m_X * ONE, m_psi * ONE, 0 * ONE)[0])


def test_standard_model():
    """3.043-3.045 in the literature; NUDEC_BSM has 3.0443 and 3.0453 with one temperature of neutrinos."""
    assert n_eff(1e4, 5e-4) == pytest.approx(3.0443, abs=3e-4)
    assert n_eff(1e4, 5e-4, flavours="common") == pytest.approx(3.0453, abs=3e-4)


# Re-check W1: two other codes (three baths, Fermi-Dirac weak rates without the electron's mass, no QED; shifted to
# 3.044 in the Standard Model), g_X = 5e-4. Those shortcuts move the numbers by up to 0.01 where nu_mu, nu_tau are hot
@pytest.mark.parametrize(
    ("m_X", "ratio", "tied", "untied"),
    [
        (15.0, None, (3.254, 3.302), (3.184, 3.131)),
        (15.0, 0.5033, (3.180, 3.302), (4.257, 3.905)),
        (23.0, 0.5033, (3.101, 3.134), (3.487, 3.334)),
        (23.0, 0.31, (3.059, 3.153), (4.205, 3.905)),
    ],
)
def test_two_other_codes(m_X, ratio, tied, untied):
    assert [n_eff(m_X, 5e-4, ratio, f) for f in FLAVOURS] == pytest.approx(tied, abs=2e-3)
    assert [unmixed(m_X, ratio, f) for f in FLAVOURS] == pytest.approx(untied, abs=0.013)


# A patched NUDEC_BSM with QED and the electron's mass in the rates
@pytest.mark.parametrize(
    ("m_X", "epsilon", "nudec"), [(10.0, 7.2e-6, 3.5442), (12.0, 7.2e-6, 3.3838), (15.0, 7.2e-6, 3.2533)]
)
def test_nudec_with_mixing(m_X, epsilon, nudec):
    assert n_eff(m_X, -epsilon / mixing_per_coupling("photon")) == pytest.approx(nudec, abs=6e-4)


@pytest.mark.parametrize(("m_X", "nudec"), [(6.0, 4.138), (10.0, 3.496)])
def test_nudec_without_mixing(m_X, nudec):
    assert unmixed(m_X) == pytest.approx(nudec, abs=1e-3)


@pytest.mark.parametrize("g_X", [1e-6, 1e-5, 1e-4, 4.5e-4, 1e-3])
def test_X_ties_neutrinos_to_electrons(g_X):
    """At the star of Drees & Zhao 2021, for couplings over three orders of magnitude."""
    star = [n_eff(23.0, g_X, 0.5033, f) for f in FLAVOURS]
    assert all(3.06 < n < 3.15 for n in star)
    assert physics.evaluate("n_eff_entropy", m_X=23.0, mass_ratio=0.5033) == pytest.approx(3.413, abs=1e-3)


def test_entropy_of_psi_where_nothing_ties():
    """A common temperature without X <-> e+e- is nearly what the entropy formula assumes, decoupling at 2 MeV."""
    entropy = physics.evaluate("n_eff_entropy", m_X=15.0, mass_ratio=0.5033, T_nu_decoupling=2.0)
    assert unmixed(15.0, 0.5033, "common") == pytest.approx(entropy, abs=0.08)


def test_massless_company_counts_its_entropy():
    """X and psi far below the electron's mass, never tied: closed form for decoupling long before."""
    equations = problem(Particles(0.0, 0.0, 0.0, 4.0, True), False, False, "exact")
    found = n_effs(equations, 50 * ONE, 1e-2 * ONE, 5e-3 * ONE, 0 * ONE)[0]
    neutrinos = 2 * (4 / 3) * 7 * math.pi**2 / 120
    X, psi = 3 * 4 / 3 * math.pi**2 / 30, 4 * 7 / 8 * 4 / 3 * math.pi**2 / 30
    electrons = ideal_gas(np.array([0.51099895 / 50]), FERMIONS)[0] * math.exp(-0.51099895 / 50)
    photons = 1 + 4 * (electrons[0] + electrons[1]) / (4 / 3 * math.pi**2 / 15)
    warm = (1 + (X + psi) / neutrinos) ** (4 / 3)
    assert found == pytest.approx((1 + 2 * warm) * (11 / 4 / photons) ** (4 / 3), rel=1e-6)


def test_domain():
    value, status = physics.evaluate_with_status(
        "n_eff", m_X=[1.0, 10.0, 10.0, 10.0], g_X=[1e-3, 0.0, 1e-9, 1e-8], mass_ratio=None
    )["n_eff"]
    assert status.tolist() == [2, 2, 2, 1]
    assert np.isnan(value).tolist() == [True, True, True, False]
    assert physics.evaluate_with_status("n_eff", m_X=10, g_X=1e-3, mass_ratio=1e-5)["n_eff"].status == 2
    assert physics.evaluate_with_status("n_eff", m_X=10, g_X=1e-3, mass_ratio=1, gauge_group="B-L")["n_eff"].status == 2


def test_what_the_domain_asks_for():
    for m_X in (23.0, 100.0):
        assert in_equilibrium(m_X, 1.22e-9 * math.sqrt(m_X)) == pytest.approx(30, rel=0.03)
    for m_X in (2.0, 8.0):
        assert in_equilibrium(m_X, 3.9e-8 / m_X) == pytest.approx(30, rel=0.05)


def test_it_depends_on_masses_and_the_coupling_only():
    parameters = set(physics.observables()["n_eff"].parameters)
    choices = {"gauge_group", "kinetic_mixing", "mixing_momentum", "neutrino_flavours"}
    assert parameters == {"m_X", "g_X", "mass_ratio", *choices}
    lines = n_eff(np.array([10.0, 20.0])[:, None, None], np.array([1e-4, 1e-3])[:, None], [None, 0.5, 1.0])
    assert lines.shape == (2, 2, 3)
    assert lines[1, 0, 2] == n_eff(20.0, 1e-4, 1.0)
