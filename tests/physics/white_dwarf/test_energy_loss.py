"""The exotic energy loss of a white dwarf: which process leads where, each counted once, and whether X gets out."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

import physics
from physics.model.constants import ERG_PER_MEV, HBAR_MEV_S, HBARC_MEV_CM, K_B, M_E
from physics.model.lagrangian import CHARGES
from physics.model.mixing import electron_coupling_per_g_X, mixing_per_coupling
from physics.white_dwarf import excess
from physics.white_dwarf.cooling import white_dwarf_luminosity
from physics.white_dwarf.couplings import plasmon_couplings
from physics.white_dwarf.emission import DampedEmission
from physics.white_dwarf.star import star
from physics.white_dwarf.tables import load

MIXING2 = mixing_per_coupling("photon") ** 2


def g_30(name, m, **values):
    return 10 ** brentq(lambda x: physics.evaluate(name, m_X=m, g_X=10**x, **values) - 0.3, -16, 0)


@pytest.mark.parametrize("kind", [(1.0, 1e8), (0.6, 1e8), (1.0, 10**7.8)])
def test_narrow_lorentzians_are_the_resonant_part_of_the_excess(kind):
    """Two codes: Lorentzians with Gamma -> 0 over radius and energy, and the spectral functions of plasmons."""
    narrow = DampedEmission(star(*kind), scale=1e-9, cells=480)
    luminosity = float(white_dwarf_luminosity(*(np.array([x]) for x in kind))[0]) * HBAR_MEV_S / ERG_PER_MEV
    m = np.array([1e-5, 1e-3, 0.01, 0.025])
    couplings = plasmon_couplings(electron_coupling_per_g_X(mixing_per_coupling("photon")), CHARGES["Lmu-Ltau"])
    c = excess.coefficients(m, load(*kind), couplings)
    R = [MIXING2 * narrow.complete(x) * math.exp(-x / narrow.T) / luminosity for x in m]
    np.testing.assert_allclose(c.R_L + c.R_T, R, rtol=2e-3)


@pytest.mark.parametrize("m", [1e-3, 0.03, 0.07, 0.075, 0.0785, 0.081])
def test_the_sum_is_the_full_lorentzian(m):
    """At a coupling where four-fermion emission is nothing: excess + damped excess, against one integral over all."""
    emission = DampedEmission(star(1.0, 1e8))
    luminosity = physics.evaluate("white_dwarf_luminosity") * HBAR_MEV_S / ERG_PER_MEV
    full = MIXING2 * emission.complete(m) * math.exp(-m / emission.T) / luminosity
    assert physics.evaluate("white_dwarf_energy_loss", m_X=m, g_X=1e-13) / 1e-26 == pytest.approx(full, rel=6e-3)


def test_which_process_leads():
    """Second derivation, D8: equality near 0.29 MeV, with a Gamma of its own; up to 72 keV the resonance."""

    def ratio(m):
        return math.log(g_30("white_dwarf_excess", m) / g_30("white_dwarf_damped_excess", m))

    assert brentq(ratio, 0.074, 0.078, rtol=1e-3) == pytest.approx(0.0757, rel=0.01)
    assert brentq(ratio, 0.2, 0.4, rtol=1e-3) == pytest.approx(0.29, rel=0.05)
    for m, rel in ((1e-6, 1e-6), (0.03, 1e-5), (0.07, 3e-3), (0.4, 1e-3), (10.0, 1e-9)):
        plasmons = physics.evaluate("white_dwarf_g_X", m_X=m)
        assert g_30("white_dwarf_energy_loss", m) == pytest.approx(plasmons, rel=rel)


def test_there_is_no_edge_at_the_largest_plasmon_mass():
    m = np.array([0.0785, 0.0795, 0.0805, 0.0813, 0.0814, 0.082])
    line = np.array([g_30("white_dwarf_energy_loss", x) for x in m])
    assert np.all(np.diff(np.log(line)) / np.diff(np.log(m)) < 8)
    plasmons = physics.evaluate("white_dwarf_g_X", m_X=m[[0, 2]])
    assert plasmons[1] / plasmons[0] > 1000


def test_coupling_mass_and_temperature():
    D = "white_dwarf_damped_excess"
    assert physics.evaluate(D, m_X=0.1, g_X=2e-10) == pytest.approx(4 * physics.evaluate(D, m_X=0.1, g_X=1e-10))
    cold = physics.evaluate(D, m_X=[0.1, 0.2], g_X=1e-10, wd_temperature=10**7.8)
    hot = physics.evaluate(D, m_X=[0.1, 0.2], g_X=1e-10)
    slope = 0.1 / (K_B * 1e8) * (10**0.2 - 1)
    assert np.diff(np.log(hot / cold))[0] == pytest.approx(slope, rel=0.15)
    light = g_30("white_dwarf_energy_loss", 0.1, wd_mass=0.6)
    assert light == pytest.approx(g_30("white_dwarf_energy_loss", 0.1), rel=1), "2 Gamma ~ n_i: it goes by the mass"


def test_many_stars_at_once():
    names = ["white_dwarf_damped_excess", "white_dwarf_energy_loss", "white_dwarf_mean_free_path"]
    m, mass = np.array([0.03, 0.1])[:, np.newaxis], np.array([0.3, 0.6, 1.0])
    values = physics.evaluate_with_status(names, m_X=m, g_X=1e-10, wd_mass=mass)
    for name in names:
        value, status = values[name]
        assert status.tolist() == 2 * [[2 if name != "white_dwarf_energy_loss" else 5, 1, 1]]
        assert np.isnan(value[:, 0]).all()
        assert value[1, 1] == physics.evaluate(name, m_X=0.1, g_X=1e-10, wd_mass=0.6)


def test_x_gets_out_along_the_line():
    """The mean free path exceeds the radius wherever emission on shell leads."""
    radius = star(1.0, 1e8).radius
    for m in (1e-6, 1e-3, 0.03, 0.07, 0.0757, 0.1, 0.2, 0.27):
        assert physics.evaluate("white_dwarf_mean_free_path", m_X=m, g_X=g_30("white_dwarf_energy_loss", m)) > radius


def test_x_decays_before_it_is_absorbed():
    """Whatever the coupling: decay length and mean free path both go as 1/g^2."""
    m = np.geomspace(2e-7, 1.0, 60)
    path = physics.evaluate("white_dwarf_mean_free_path", m_X=m, g_X=1.0)
    T = K_B * 1e8
    momentum = np.sqrt(1.5 * T * (2 * m + 1.5 * T))
    decay_length = HBARC_MEV_CM * 12 * math.pi / m * momentum / m
    assert np.all(path > 100 * decay_length)


def test_without_coupling_there_is_no_loss_and_no_absorption():
    values = physics.evaluate_with_status(
        ["white_dwarf_damped_excess", "white_dwarf_mean_free_path", "tau_X"], m_X=0.1, g_X=0.0, mass_ratio=None, q_psi=1
    )
    assert values["white_dwarf_damped_excess"].value == 0
    assert [int(o.status) for o in values.values()] == [1, 2, 2]


def test_lifetime():
    m = np.array([0.03, M_E, 10.0])
    tau = physics.evaluate("tau_X", m_X=m, g_X=1e-5, mass_ratio=None, q_psi=1)
    np.testing.assert_allclose(tau, HBAR_MEV_S * 12 * math.pi / (1e-10 * m), rtol=1e-4)
    assert physics.evaluate("tau_X", m_X=1.0, g_X=1e-5, mass_ratio=0.4, q_psi=1) < tau[1] / 2
