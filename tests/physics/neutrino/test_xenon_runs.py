"""Electron recoils in LZ, XENONnT and PandaX-4T: against a direct fit, sizes of limits, the norm of the background."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import physics
from physics.core.files import columns, table
from physics.neutrino.curve import package_curve
from physics.neutrino.recoil_spectrum import recoil_spectrum

RUNS = table("neutrino/xenon_runs.toml")
every_run = pytest.mark.parametrize("run", RUNS)


def bins(run):
    return columns(f"neutrino/{run}_counts.csv")


def expected(run, m_X, g_X, **settings):
    """Events that X adds to each bin, from the spectrum."""
    efficiency = package_curve(f"neutrino/{run}_efficiency.csv")
    middles = (np.arange(400) + 0.5) / 400 - 0.5
    events = []
    for energy in bins(run)["E_keV"]:
        T = energy + middles
        rates = [recoil_spectrum("Xe", "electrons", T, m_X, g, **settings) for g in (g_X, 0.0)]
        events.append(np.mean(efficiency(T) * (rates[0] - rates[1])))
    return RUNS[run]["exposure"] * np.array(events)


def direct(run, added, error):
    n, b = bins(run)["observed"], bins(run)["background"]
    return minimize_scalar(lambda a: np.sum((n - (1 + a) * b - added) ** 2 / b) + (a / error) ** 2).fun


@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
@pytest.mark.parametrize(
    ("run", "error"), [("lz2024", 0.03), ("lz2024", 0.1), ("lz2024", 1.0), ("xenonnt2022", 0.08), ("pandax4t2024", 0.1)]
)
@pytest.mark.parametrize("m_X", [0.05, 15.0])
def test_chi2_against_a_direct_fit(run, m_X, error, group):
    settings = {"m_X": m_X, f"{run}_background_error": error, "gauge_group": group}
    limit = physics.evaluate(f"{run}_g_X", **settings)
    g_X = np.array([0.0, 0.5, 1.0, 1.3]) * limit
    ours = physics.evaluate(f"{run}_chi2", g_X=g_X, **settings)
    theirs = np.array([direct(run, expected(run, m_X, g, gauge_group=group), error) for g in g_X])
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], rtol=3e-4, atol=2e-3)
    chi2 = physics.evaluate(f"{run}_chi2", g_X=limit * np.geomspace(1e-3, 20, 3000), **settings)
    assert chi2.min() == pytest.approx(0, abs=1e-4)
    assert (chi2 >= -1e-9).all()
    assert ours[2] == pytest.approx(2.7055, abs=1e-6)
    assert (physics.evaluate(f"{run}_chi2", g_X=limit * np.geomspace(1.0001, 20, 300), **settings) > 2.7055).all()


@pytest.mark.parametrize(
    ("run", "sizes"),
    [("lz2024", [9.3e-6, 1.20e-3]), ("xenonnt2022", [7.7e-6, 1.05e-3]), ("pandax4t2024", [1.15e-5, 1.46e-3])],
)
def test_limits(run, sizes):
    limits = physics.evaluate(f"{run}_g_X", m_X=[0.1, 15.0])
    np.testing.assert_allclose(limits, sizes, rtol=6e-3)


def test_xenonnt_is_what_its_abstract_says():
    """15.8 +- 1.3 events per t yr keV from 1 to 30 keV, corrected for the efficiency; 433 events; solar neutrinos."""
    data, efficiency = bins("xenonnt2022"), package_curve("neutrino/xenonnt2022_efficiency.csv")
    assert data["observed"].sum() == 433
    mean = np.mean([efficiency(np.linspace(e - 0.5, e + 0.5, 101)).mean() for e in data["E_keV"][1:]])  # from 2 keV on
    rate = data["background"][1:].sum() / (28 * 1.16 * mean)
    assert rate == pytest.approx(15.8, abs=0.2)
    T = np.linspace(1, 30, 2901)
    solar = 1.16 * np.trapezoid(efficiency(T) * recoil_spectrum("Xe", "electrons", T, electron_binding="step"), T)
    assert solar == pytest.approx(78.6, rel=0.015)  # its figure, digitised by others


@every_run
def test_background_models_describe_the_data(run):
    data = bins(run)
    pulls = (data["observed"] - data["background"]) ** 2 / data["background"]
    assert pulls.sum() < len(pulls) + 2 * np.sqrt(2 * len(pulls))
    assert np.all(np.diff(data["E_keV"]) == 1)


def test_sizes():
    """A quick independent fit: 9.4e-6 at 0.1 MeV, 1.21e-3 at 15 MeV (XENON1T: 1.17e-5 with free electrons)."""
    limits = physics.evaluate("lz2024_g_X", m_X=[0.1, 15.0])
    np.testing.assert_allclose(limits, [9.4e-6, 1.21e-3], rtol=0.02)
    assert limits[0] < physics.evaluate("xenon1t_g_X", m_X=0.1)


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


@pytest.mark.parametrize("run", ["lz2024", "xenonnt2022", "pandax4t2024"])
def test_the_constraint_is_the_limit(run):
    row = physics.constraints()[run]
    for m_X in (0.1, 15.0):
        limit = physics.evaluate(f"{run}_g_X", m_X=m_X)
        chi2 = physics.evaluate(row.observable, m_X=m_X, g_X=limit * np.array([0.5, 0.999, 1.001, 2.0]))
        assert row.allows(chi2).tolist() == [True, True, False, False]
