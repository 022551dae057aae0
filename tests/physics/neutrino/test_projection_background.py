"""Projections with backgrounds and fluxes known to their errors."""

import numpy as np
import pytest
from scipy.special import ndtri

import physics
from physics.neutrino.experiments import experiments
from physics.neutrino.oscillation import SOURCES
from physics.neutrino.solar import fluxes, sun

PROFILED = {"projection_background": "profiled"}


def channel(name, kind):
    return next(c for c in experiments()[name].channels if c.name == kind)


def test_without_errors_nothing_changes():
    for name in ("lz_g_X_er", "darkside20k_g_X_er"):
        known = physics.evaluate(name, m_X=[0.1, 30.0])
        exact = physics.evaluate(name, m_X=[0.1, 30.0], **PROFILED, projection_background_error=0.0)
        assert (exact >= known).all()
        np.testing.assert_allclose(exact, known, rtol=3e-3)  # the fluxes of pp and 7Be


@pytest.mark.parametrize(("name", "kind", "error"), [("lz", "er", 0.1), ("darkside20k", "er", 0.02)])
def test_the_excess_of_a_large_background(name, kind, error):
    """sqrt(N) and the errors of background and fluxes in quadrature."""
    limit = physics.evaluate(f"{name}_g_X_{kind}", m_X=20.0, **PROFILED, projection_background_error=error)
    standard, events = physics.evaluate(f"{name}_events_{kind}", m_X=20.0, g_X=[0.0, limit])
    background = channel(name, kind).background
    flux = 0.01 * standard  # 0.6 % of pp, and a tenth of 7Be's 6 %
    sigma = np.sqrt(standard + background + (error * background) ** 2 + flux**2)
    assert events - standard == pytest.approx(ndtri(0.9) * sigma, rel=0.02)


def test_a_detector_of_boron_neutrinos_knows_them_to_12_percent():
    limit = physics.evaluate("supercdms_izip_g_X_nr", m_X=20.0, **PROFILED, projection_background_error=0.0)
    known = physics.evaluate("supercdms_izip_g_X_nr", m_X=20.0)
    standard, added, before = physics.evaluate("supercdms_izip_events_nr", m_X=20.0, g_X=[0.0, limit, known])
    assert (added - standard) ** 2 - (before - standard) ** 2 == pytest.approx(
        (ndtri(0.9) * 0.12 * standard) ** 2, rel=0.02
    )
    assert fluxes("GS98")["8B"][1] == 0.12


def test_the_sources_add_up():
    one = sun("GS98", 0.31, 0.0224, 7.39e-5)
    E_min = np.array([0.0, 0.5, 5.0])
    np.testing.assert_allclose(
        sum(one.only(source).moments(E_min) for source in SOURCES), one.moments(E_min), rtol=1e-12
    )


def test_what_it_does_to_projections():
    """A tenth of the background unknown: LZ's electron recoils x1.65, both added x1.35 at 30 MeV, DarkSide-20k x5.7."""
    for name, change in (
        ("lz_g_X_er", 1.647),
        ("lz_g_X_nr_er", 1.349),
        ("darkside20k_g_X", 5.70),
        ("supercdms_g_X", 1.012),
    ):
        profiled, known = physics.evaluate(name, m_X=30.0, projection_background=["profiled", "known"])
        assert profiled / known == pytest.approx(change, rel=2e-3), name
