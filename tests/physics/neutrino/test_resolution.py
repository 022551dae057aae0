"""Energy resolution of nuclear recoils: direct folding, sizes in LZ's window, what it is not used for."""

import math
from dataclasses import replace

import numpy as np
import pytest

import physics
from physics.neutrino.curve import Curve
from physics.neutrino.detector import Resolution, Signal, choices_of, count_nuclei
from physics.neutrino.experiments import experiments
from physics.neutrino.oscillation import global_fit
from physics.neutrino.recoil_spectrum import recoil_spectrum
from physics.neutrino.targets import target

EVERYTHING = Curve(np.zeros(1), np.ones(1))
WINDOW = Signal(3.0, 5.8, EVERYTHING)


def counted(solar, resolution, m_X=20.0, g_X=0.0, **point):
    seen = replace(WINDOW, resolution=resolution)
    counts = count_nuclei(seen, target("Xe"), solar(m_X, **point), "isotopes")
    return counts(np.array(g_X**2 * physics.evaluate("epsilon", g_X=1.0))).item()


@pytest.mark.parametrize(
    ("resolution", "factor"),
    [(Resolution(linear=0.1), 1.9), (Resolution(linear=0.2), 5.3), (Resolution(root=0.4), 10.7)],
)
def test_what_a_resolution_adds_in_the_window_of_LZ(solar, resolution, factor):
    assert counted(solar, resolution) / counted(solar, None) == pytest.approx(factor, rel=0.02)


@pytest.mark.parametrize("resolution", [Resolution(linear=0.1), Resolution(root=0.65), Resolution(constant=0.05)])
def test_against_direct_folding(solar, resolution):
    E = np.geomspace(0.3, 9.0, 60_000)
    spectrum = recoil_spectrum("Xe", "nuclei", E, 20.0, 8e-4, **global_fit("NuFIT 4.0"))
    share = [
        (math.erf((5.8 - e) / (math.sqrt(2) * s)) - math.erf((3.0 - e) / (math.sqrt(2) * s))) / 2
        for e, s in zip(E, resolution(E), strict=True)
    ]
    total = np.trapezoid(spectrum * share, E)
    assert counted(solar, resolution, 20.0, 8e-4) == pytest.approx(total, rel=3e-4)


def test_a_sharp_resolution_is_none(solar):
    assert counted(solar, Resolution(constant=1e-3)) == pytest.approx(counted(solar, None), rel=2e-3)


def test_what_it_is_used_for():
    for one in experiments().values():
        for channel in one.channels:
            used = "projection_resolution" in choices_of(one.target, channel)
            assert used == (channel.name == "nr")
            assert used == (
                "projection_resolution" in physics.observables()[f"{one.name}_g_X_{channel.name}"].parameters
            )
        assert ("resolution" in one.references) == any(channel.name == "nr" for channel in one.channels)


def test_what_it_does_to_projections():
    for name, events in (("lz_events_nr", 39.4), ("darwin_events_nr", 39.4), ("supercdms_izip_events_nr", 1.002)):
        stated, none = physics.evaluate(name, m_X=30.0, g_X=0.0, projection_resolution=["stated", "none"])
        assert stated / none == pytest.approx(events, rel=0.01), name
