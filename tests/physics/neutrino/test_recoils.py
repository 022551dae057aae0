"""Recoils of solar neutrinos in xenon: reference values, another code."""

import json
from pathlib import Path

import numpy as np
import pytest

from physics.core.evaluate import resolve
from physics.model.constants import ATOMIC_MASS_G, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import Nucleus
from physics.neutrino.curve import Curve
from physics.neutrino.detector import Signal, count_electrons, electron_windows
from physics.neutrino.electron_couplings import couplings_to_electrons
from physics.neutrino.oscillation import (
    flavour_split,
    global_fit,
)
from physics.neutrino.recoil_spectrum import _on_electrons, _on_nuclei
from physics.neutrino.recoils import (
    Recoils,
    SolarScattering,
    electron_recoils,
    electron_recoils_in_windows,
    electron_weights,
    nuclear_recoils,
    recoil_nodes,
)
from physics.neutrino.solar import Sun, Suns
from physics.neutrino.targets import target

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
FIT = global_fit("NuFIT 4.0")
AVERAGE_XENON = Nucleus(54, 131.293, 131.293)


def rate(kind, T_keV, boron8="Winter 2006", nucleus=AVERAGE_XENON, fit=FIT):
    """Standard Model recoils of xenon [1/(t yr keV)], one of average mass."""
    one = {key: np.atleast_1d(value) for key, value in fit.items()}
    split = flavour_split(*(one[k] for k in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")))
    settings = (fit[k] for k in ("sin2_theta_12", "sin2_theta_13", "dm2_21"))
    sun = Suns((Sun("GS98", *settings, boron8),), np.zeros(1, dtype=int))
    T = np.atleast_1d(T_keV) * 1e-3
    atoms = 1e-3 * 1e6 / (nucleus.mass_u * ATOMIC_MASS_G) * SECONDS_PER_YEAR
    charges = resolve(["scattering_charges"])
    couplings = couplings_to_electrons("tree", 0.23122)
    weights = electron_weights(split, couplings, *charges)
    solar = SolarScattering(np.array([1e3]), sun, split, couplings, np.array(0.23122), *charges, weights)
    if kind == "NR":
        return nuclear_recoils(solar, nucleus, Recoils(T, np.full_like(T, atoms))).standard.item()
    electrons = target("Xe").free_electrons(T)
    return electron_recoils(solar, Recoils(T, atoms * electrons)).standard.item()


def test_spectra_are_the_reference_ones():
    for quantity, kind, axis in (
        ("dR/dE_R CEvNS Xe, SM, HZ", "NR", "E_R_keVnr"),
        ("dR/dE_R nu-e Xe, SM, HZ, step function", "ER", "E_R_keVee"),
    ):
        found = [v for v in VALUES if v["quantity"] == quantity]
        assert found
        for v in found:
            assert rate(kind, v["inputs"][axis]) == pytest.approx(v["value"], rel=1e-4), v


# SNuDD 1.0 (github.com/SNuDD/SNuDD), recoils in 131Xe [1/(t yr keV)] at energies [keV]
SNUDD = {"NR": {0.7: 445.1, 1.0: 232.1, 2.0: 17.50, 4.0: 0.01394}, "ER": {2.0: 2.709, 10.0: 3.107, 100.0: 2.056}}


@pytest.mark.parametrize("kind", ["NR", "ER"])
def test_spectra_against_snudd(kind):
    """After its constant 0.68 % (hbar c = 1.98e-14 GeV cm for 1.97327e-14); other angles, and profiles of the Sun."""
    for T, theirs in SNUDD[kind].items():
        ours = rate(kind, T, "Bahcall 1996", Nucleus(54, 131, 130.905), global_fit("NuFIT 5.2"))
        assert ours * (1.98 / 1.97327) ** 2 == pytest.approx(theirs, rel={"NR": 5e-4, "ER": 5e-3}[kind]), T


def test_windows_together_or_one_by_one():
    """The same to the last bit."""
    signals = tuple(
        Signal(low, low + 1.0, Curve(np.array([0.0, 9.0]), np.array([0.2, 1.0]))) for low in (1.0, 2.0, 5.0)
    )
    (solar,) = resolve(["solar_scattering"], m_X=np.geomspace(0.01, 100, 7))
    together = electron_recoils_in_windows(solar, electron_windows(signals, target("Xe"), "rrpa"))
    for n, window in enumerate(signals):
        alone = count_electrons(window, target("Xe"), solar, "rrpa")
        for term in ("standard", "linear", "quadratic"):
            assert np.array_equal(getattr(together[n], term), getattr(alone, term))
    assert len(set(together.quadratic[0].tolist())) == 3


MASSES = np.array([1e-9, 1e-3, 0.1, 0.17, 1.0, 20.0, 1e3, 1e7])


@pytest.mark.parametrize("kind", ["electrons", "nuclei"])
@pytest.mark.parametrize("gauge_group", ["Lmu-Ltau", "B-L"])
def test_all_masses_against_sums_over_the_recoils(kind, gauge_group):
    """Spectra at the nodes of a window, one mass at a time, as recoil_spectrum.py has them."""
    on, keV = (_on_electrons, (1.0, 30.0)) if kind == "electrons" else (_on_nuclei, (0.1, 40.0))
    which = () if kind == "electrons" else (AVERAGE_XENON,)
    many = {"m_X": MASSES[:, None], "sin2_theta_12": np.array([0.31, 0.3, 0.31]), "gauge_group": gauge_group}
    (solar,) = resolve(["solar_scattering"], **many)
    recoils = recoil_nodes(1e-3 * keV[0], 1e-3 * keV[1], (), 0.511 if kind == "electrons" else AVERAGE_XENON.mass)
    counted = electron_recoils(solar, recoils) if kind == "electrons" else nuclear_recoils(solar, *which, recoils)
    assert counted.linear.shape == (MASSES.size, 3)
    for i, j in ((i, j) for i in range(MASSES.size) for j in (1, 2)):
        point = {"m_X": MASSES[i], "sin2_theta_12": many["sin2_theta_12"][j], "gauge_group": gauge_group}
        parabola = on(*resolve(["solar_scattering"], **point), recoils.T, *which)
        for term in ("standard", "linear", "quadratic"):
            ours = np.broadcast_to(getattr(counted, term), (MASSES.size, 3))[i, j]
            assert ours == pytest.approx(np.sum(recoils.weight * getattr(parabola, term)), rel=1e-12), (term, point)
