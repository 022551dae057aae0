"""Counts of recoils against direct quadrature."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics.model.constants import ATOMIC_MASS_G, M_E, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import (
    FLAVOURS,
    Nucleus,
    electron_cross_section,
    largest_recoil,
    nuclear_cross_section,
    smallest_energy,
)
from physics.neutrino.curve import Curve
from physics.neutrino.detector import Signal, count_electrons, count_nuclei
from physics.neutrino.oscillation import global_fit, probabilities
from physics.neutrino.solar import endpoints, fluxes, lines, spectrum
from physics.neutrino.targets import target

MIXING = global_fit("NuFIT 4.0")
S2W = 0.23122
EVERYTHING = Curve(np.zeros(1), np.ones(1))


@pytest.fixture(scope="module")
def beams():
    """For each source: energies, flux density, probabilities of the three flavours; lines as (E, flux, P)."""
    continua, peaks = [], []
    for source, (flux, _) in fluxes("GS98").items():
        if source in lines():
            peaks += [(E, share * flux, probabilities(E, source, **MIXING)) for E, share in lines()[source]]
            continue
        shape = spectrum("8B_winter2006" if source == "8B" else source)
        coarse = np.linspace(0.0, shape.energy[-1], 300)
        continua.append((shape, flux, coarse, probabilities(coarse, source, **MIXING)))
    return continua, peaks


def direct_rate(T, mass, cross_section, beams):
    """Recoils per target, s and MeV: trapezoids over the energy, no moments."""
    continua, peaks = beams
    E_min, total = float(smallest_energy(T, mass)), 0.0
    for shape, flux, coarse, P in continua:
        if E_min < shape.energy[-1]:
            E = np.unique(
                np.concatenate([np.linspace(E_min, shape.energy[-1], 1500), shape.energy[shape.energy > E_min]])
            )
            E[0] *= 1 + 1e-13  # rounding must not put it beyond the largest recoil
            mixed = sum(np.interp(E, coarse, P[i]) * cross_section(T, E, f) for i, f in enumerate(FLAVOURS))
            total += flux * np.trapezoid(shape(E) * mixed, E)
    for E, flux, P in peaks:
        total += flux * sum(P[i] * cross_section(T, E, f) for i, f in enumerate(FLAVOURS))
    return float(total)


@pytest.mark.parametrize(
    ("element", "kind", "window", "m_X", "g_X", "gauge_group"),
    [
        ("Xe", "electrons", (4.0, 6.0), 0.03, 2e-5, "Lmu-Ltau"),  # three binding energies inside
        ("Xe", "nuclei", (0.7, 5.8), 30.0, 1e-3, "Lmu-Ltau"),
        ("Xe", "nuclei", (3.0, 5.8), 5.0, 1e-4, "B-L"),
        ("Ge", "electrons", (0.12, 2.0), 10.0, 1e-3, "Lmu-Ltau"),
        ("Ge", "nuclei", (0.04, 2.0), 1.0, 2e-5, "Lmu-Ltau"),  # ends of pep, 15O, 17F inside
    ],
)
def test_counts_against_direct_quadrature(solar, beams, element, kind, window, m_X, g_X, gauge_group):
    x = g_X**2 * (physics.evaluate("epsilon", g_X=1.0) if gauge_group == "Lmu-Ltau" else 1.0)
    what = target(element)
    nucleus = Nucleus(what.Z, what.mass_u, what.mass_u)
    mass = M_E if kind == "electrons" else nucleus.mass
    keywords = {"m_X": m_X, "x": x, "sin2_theta_W": S2W, "gauge_group": gauge_group}
    settings = {"electron_couplings": "tree", "sin2_theta_W_electrons": S2W, "sin2_theta_W_nuclei": S2W}

    def cross_section(T, E, flavour):
        if kind == "electrons":
            return electron_cross_section(T, E, flavour, electron_couplings="tree", **keywords)
        return nuclear_cross_section(T, E, flavour, nucleus, **keywords)

    def rate(T_keV):
        number = sum(n for E, n in what.shells if 1e3 * T_keV > E) if kind == "electrons" else 1.0
        return number * direct_rate(1e-3 * T_keV, mass, cross_section, beams)

    ends = [1e3 * float(largest_recoil(E, mass)) for E in endpoints()] + [1e-3 * E for E, _ in what.shells]
    cuts = [window[0], *sorted(e for e in ends if window[0] < e < window[1]), window[1]]
    integral = math.fsum(
        quad(rate, a + 1e-12, b - 1e-12, epsrel=2e-4, limit=30)[0] for a, b in itertools.pairwise(cuts)
    )
    direct = 1e-3 * integral * SECONDS_PER_YEAR * 1e6 / (what.mass_u * ATOMIC_MASS_G)

    seen = (Signal(*window, EVERYTHING), what, solar(m_X, **settings, gauge_group=gauge_group))
    counts = count_electrons(*seen, "step") if kind == "electrons" else count_nuclei(*seen, "average")
    assert counts(np.array(x)).item() == pytest.approx(direct, rel=5e-4)
