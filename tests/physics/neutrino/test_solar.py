"""Spectra and moments of solar neutrinos: against direct integration."""

import numpy as np
import pytest

import physics
from physics.neutrino.oscillation import (
    SOURCES,
    global_fit,
    mean_cos_2_theta_m,
)
from physics.neutrino.recoil_spectrum import recoil_spectrum
from physics.neutrino.solar import Sun, endpoints, fluxes, lines, spectrum, suns

FIT = global_fit("NuFIT 4.0")
SUN = {key: FIT[key] for key in ("sin2_theta_12", "sin2_theta_13", "dm2_21")}


def test_spectra_have_unit_area_and_the_phase_space_of_a_neutrino():
    for name in ("pp", "hep", "13N", "15O", "17F", "8B_winter2006", "8B_bahcall1996"):
        shape = spectrum(name)
        assert (shape.density >= 0).all()
        assert np.trapezoid(shape.density, shape.energy) == pytest.approx(1, rel=1e-4)
        low = shape(np.array([1e-4, 2e-4]))
        assert low[1] / low[0] == pytest.approx(4)
        assert shape(np.array([30.0])) == 0
    assert max(endpoints()) < 20


def test_moments_are_the_integrals():
    sun = Sun("AGSS09", **SUN)
    node, weight = np.polynomial.legendre.leggauss(10)
    for source, E_min in (
        ("pp", 0.1),
        ("pp", 0.0),
        ("pp", 0.0066),
        ("8B", 5.03),
        ("hep", 15.0),
        ("15O", 0.2),
        ("8B", 0.03),
    ):
        shape = spectrum("8B_winter2006" if source == "8B" else source)
        edges = np.append(E_min, shape.energy[shape.energy > E_min])
        E = (edges[:-1, None] + np.diff(edges)[:, None] * (node + 1) / 2).ravel()
        w = (np.diff(edges)[:, None] / 2 * weight).ravel() * fluxes("AGSS09")[source][0]
        C = mean_cos_2_theta_m(E, source, "AGSS09", *SUN.values())
        ours = sun.moments(np.array([E_min]), [source])[..., 0]
        for n in range(3):
            direct = w * shape(E) / E**n
            np.testing.assert_allclose(
                ours[:, n], [direct.sum(), (direct * C).sum()], rtol=1e-6 if E_min < 0.01 else 3e-8
            )


def test_series_of_the_conversion_far_from_the_measured_angles():
    for s12, dm2, within in ((0.2, 1.5e-5, 1e-7), (0.4, 3e-4, 1e-9), (0.05, 1.1e-5, 1e-3)):
        setting = {"sin2_theta_12": s12, "sin2_theta_13": 0.0224, "dm2_21": dm2}
        sun = Sun("GS98", **setting)
        for source in ("8B", "hep", "17F", "pp"):
            shape = spectrum("8B_winter2006" if source == "8B" else source)
            node, weight = np.polynomial.legendre.leggauss(3)
            widths = np.diff(shape.energy)[1:]
            E = shape.energy[1:-1, None] + widths[:, None] * (node + 1) / 2
            flux = widths[:, None] / 2 * weight * shape(E) * fluxes("GS98")[source][0]
            C = mean_cos_2_theta_m(E, source, "GS98", *setting.values())
            ours = sun.moments(shape.energy[1:2], [source])[:, 0, 0]
            assert ours[1] == pytest.approx(np.sum(flux * C), abs=within * ours[0])


def test_moments_of_lines_and_of_everything():
    sun = Sun("GS98", **SUN)
    (E, share), _ = lines()["7Be"]
    above, below = sun.moments(np.array([E - 1e-9, E + 1e-9]), ["7Be"])[0, 2]
    assert below == 0
    assert above == pytest.approx(share * 4.93e9 / E**2)
    everything = sun.moments(np.array([0.0, 1.0, 25.0]))
    separately = sum(sun.moments(np.array([0.0, 1.0, 25.0]), [source]) for source in SOURCES)
    np.testing.assert_allclose(everything, separately)
    assert everything[0, 0, 0] == pytest.approx(sum(flux for flux, _ in fluxes("GS98").values()), rel=1e-9)
    assert (everything[..., 2] == 0).all()


def test_suns_are_shared():
    s12 = np.array([[0.3, 0.31, 0.3, np.nan]])
    several = suns("GS98", s12, np.array(0.0224), np.array(7.39e-5), "Winter 2006")
    assert len(several.suns) == 2
    assert several.which.tolist() == [[0, 1, 0, -1]]


def test_the_spectrum_of_boron_is_a_parameter():
    """Winter et al. 2006 over Bahcall et al. 1996: +2.9 % of the recoils in 0.7-5.8 keVnr, +7.5 % in 2-3 keVnr."""
    spectra = {}
    for boron8 in ("Winter 2006", "Bahcall 1996"):
        T = np.geomspace(0.7, 5.8, 2000)
        spectra[boron8] = np.array([T, recoil_spectrum("Xe", "nuclei", T, boron8=boron8)])
    for low, high, excess in ((0.7, 5.8, 0.029), (2.0, 3.0, 0.075)):
        winter, bahcall = (
            np.trapezoid(rate[inside], T[inside])
            for T, rate in spectra.values()
            for inside in [(low <= T) & (high >= T)]
        )
        assert winter / bahcall - 1 == pytest.approx(excess, abs=0.002)
    assert {round(e, 1) for e in endpoints()} >= {15.3, 16.4}
    limits = physics.evaluate("lz_g_X_nr", m_X=30.0, boron8=["Winter 2006", "Bahcall 1996"])
    assert limits[0] != limits[1]
