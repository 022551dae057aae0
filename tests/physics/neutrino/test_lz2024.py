"""Electron recoils in LZ: against a direct fit, sizes of limits, the norm of the background."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import physics
from physics.core.files import columns, table
from physics.neutrino.curve import package_curve
from physics.neutrino.recoil_spectrum import recoil_spectrum

BINS = columns("neutrino/lz2024_counts.csv")


def expected(m_X, g_X, **settings):
    """Events that X adds to each bin, from the spectrum."""
    efficiency = package_curve("neutrino/lz2024_efficiency.csv")
    middles = (np.arange(400) + 0.5) / 400 - 0.5
    events = []
    for energy in BINS["E_keV"]:
        T = energy + middles
        rates = [recoil_spectrum("Xe", "electrons", T, m_X, g, **settings) for g in (g_X, 0.0)]
        events.append(np.mean(efficiency(T) * (rates[0] - rates[1])))
    return table("neutrino/lz2024.toml")["exposure"] * np.array(events)


def direct(added, error):
    n, b = BINS["observed"], BINS["background"]
    return minimize_scalar(lambda a: np.sum((n - (1 + a) * b - added) ** 2 / b) + (a / error) ** 2).fun


@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
@pytest.mark.parametrize("error", [0.03, 0.1, 1.0])
@pytest.mark.parametrize("m_X", [0.05, 15.0])
def test_chi2_against_a_direct_fit(m_X, error, group):
    settings = {"m_X": m_X, "lz2024_background_error": error, "gauge_group": group}
    limit = physics.evaluate("lz2024_g_X", **settings)
    g_X = np.array([0.0, 0.5, 1.0, 1.3]) * limit
    ours = physics.evaluate("lz2024_chi2", g_X=g_X, **settings)
    theirs = np.array([direct(expected(m_X, g, gauge_group=group), error) for g in g_X])
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=3e-4, atol=2e-3)
    chi2 = physics.evaluate("lz2024_chi2", g_X=limit * np.geomspace(1e-3, 20, 3000), **settings)
    assert chi2.min() == pytest.approx(0, abs=1e-4)
    assert (chi2 >= -1e-9).all()
    assert ours[2] == pytest.approx(2.7055, abs=1e-6)
    assert (physics.evaluate("lz2024_chi2", g_X=limit * np.geomspace(1.0001, 20, 300), **settings) > 2.7055).all()


def test_sizes():
    """A quick independent fit: 9.4e-6 at 0.1 MeV, 1.21e-3 at 15 MeV (XENON1T: 1.17e-5 with free electrons)."""
    limits = physics.evaluate("lz2024_g_X", m_X=[0.1, 15.0])
    np.testing.assert_allclose(limits, [9.4e-6, 1.21e-3], rtol=0.02)
    assert limits[0] < physics.evaluate("xenon1t_g_X", m_X=0.1)


def test_the_constraint_is_the_limit():
    row = physics.constraints()["lz2024"]
    for m_X in (0.1, 15.0):
        limit = physics.evaluate(row.observable.replace("chi2", "g_X"), m_X=m_X)
        chi2 = physics.evaluate(row.observable, m_X=m_X, g_X=limit * np.array([0.5, 0.999, 1.001, 2.0]))
        assert row.allows(chi2).tolist() == [True, True, False, False]


def test_an_unknown_norm_costs_heavy_X_more():
    light, heavy = (
        physics.evaluate("lz2024_g_X", m_X=m_X, lz2024_background_error=[0.03, 0.1, 9.0]) for m_X in (0.1, 15.0)
    )
    np.testing.assert_allclose(light / light[1], [0.946, 1, 1.013], atol=2e-3)
    np.testing.assert_allclose(heavy / heavy[1], [0.854, 1, 1.12], atol=2e-3)


def test_many_masses_are_like_one():
    m_X = np.geomspace(1e-3, 1e3, 7)[:, None]
    error = np.array([0.05, 0.2])
    many = physics.evaluate("lz2024_g_X", m_X=m_X, lz2024_background_error=error)
    for i, j in ((0, 0), (3, 1), (6, 0)):
        one = physics.evaluate("lz2024_g_X", m_X=m_X[i, 0], lz2024_background_error=error[j])
        assert many[i, j] == pytest.approx(one, rel=1e-9)
