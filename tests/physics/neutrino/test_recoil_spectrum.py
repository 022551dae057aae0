"""Spectra of recoils: reference values, sums, what is refused."""

import math

import numpy as np
import pytest

import physics
from physics.neutrino.curve import Curve
from physics.neutrino.detector import Signal, count_electrons, count_nuclei
from physics.neutrino.oscillation import global_fit
from physics.neutrino.recoil_spectrum import recoil_spectrum
from physics.neutrino.targets import target

PAPER = physics.readings("paper:amaral-2020")
MIXING = global_fit("NuFIT 4.0")
EVERYTHING = Curve(np.zeros(1), np.ones(1))


def test_reference_spectra():
    """Of an independent code, with the paper's conventions."""
    nuclei = recoil_spectrum("Xe", "nuclei", [0.7, 2.0, 3.0], **PAPER)
    np.testing.assert_allclose(nuclei, [450.91876, 18.307245, 0.30435934], rtol=1e-4)
    electrons = recoil_spectrum("Xe", "electrons", [2.0, 10.0, 100.0], **PAPER)
    np.testing.assert_allclose(electrons, [2.6762301, 3.0703054, 2.0317376], rtol=1e-4)


@pytest.mark.parametrize(("kind", "low", "high"), [("nuclei", 1.0, 3.0), ("electrons", 6.0, 30.0)])
def test_the_spectrum_adds_up_to_the_counts(solar, kind, low, high):
    node, weight = np.polynomial.legendre.leggauss(40)
    T = low + (high - low) * (node + 1) / 2
    total = (high - low) / 2 * float(weight @ recoil_spectrum("Xe", kind, T, 20.0, 8e-4, **MIXING))
    count, last = (count_nuclei, "isotopes") if kind == "nuclei" else (count_electrons, "rrpa")
    counts = count(Signal(low, high, EVERYTHING), target("Xe"), solar(20.0), last)
    x = physics.evaluate("epsilon", g_X=1.0) * 8e-4**2
    assert total == pytest.approx(counts(np.array(x)).item(), rel=2e-3)  # kinks at the sources' ends


@pytest.mark.parametrize(
    ("element", "kind", "keywords", "says"),
    [
        ("Xe", "muons", {}, "electrons or nuclei"),
        ("Xenon", "nuclei", {}, "no target 'Xenon'"),
        ("Xe", "nuclei", {"metalicity": "GS98"}, "did you mean metallicity"),
        ("Xe", "nuclei", {"metallicity": "GS"}, "one of GS98, AGSS09"),
        ("Xe", "nuclei", {"T_keV": -1.0}, "T_keV must be above 0"),
        ("Xe", "nuclei", {"T_keV": [1.0, math.nan]}, "T_keV must be above 0"),
        ("Xe", "nuclei", {"m_X": [1.0, 2.0]}, "m_X: give one value, not an array"),
    ],
)
def test_what_a_spectrum_refuses(element, kind, keywords, says):
    with pytest.raises(physics.core.errors.PhysicsError, match=says):
        recoil_spectrum(element, kind, **({"T_keV": 1.0} | keywords))
