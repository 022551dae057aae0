"""Solar neutrinos: spectra, conversion, moments; against direct integration, reference values and limits."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.core.evaluate import resolve
from physics.model.constants import ATOMIC_MASS_G, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import Nucleus
from physics.neutrino.oscillation import (
    SOURCES,
    FlavourSplit,
    flavour_split,
    global_fit,
    mean_cos_2_theta_m,
    probabilities,
)
from physics.neutrino.recoils import Recoils, SolarScattering, electron_recoils, nuclear_recoils
from physics.neutrino.solar import Sun, Suns, endpoints, fluxes, lines, spectrum, suns
from physics.neutrino.targets import target

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
FIT = global_fit("NuFIT 4.0")
AVERAGE_XENON = Nucleus(54, 131.293, 131.293)
SUN = {key: FIT[key] for key in ("sin2_theta_12", "sin2_theta_13", "dm2_21")}


@pytest.mark.parametrize("flavour", ["e", "mu", "tau"])
def test_probabilities_are_the_reference_ones(flavour):
    found = [v for v in VALUES if v["quantity"] == f"P(nu_e->nu_{flavour})"]
    assert found
    for v in found:
        i = v["inputs"]
        ours = probabilities(i["E_nu_MeV"], i["source"], **FIT)[["e", "mu", "tau"].index(flavour)]
        assert ours == pytest.approx(v["value"], rel=1e-5), i
        point = {"neutrino_energy": i["E_nu_MeV"], "solar_source": i["source"]}
        assert physics.evaluate(f"solar_p_e{flavour}", **point) == ours


def test_vacuum_and_matter_limits():
    s12, s13, s23 = (FIT[f"sin2_theta_{n}"] for n in (12, 13, 23))
    vacuum = probabilities(1e-6, "pp", **FIT)
    assert vacuum[0] == pytest.approx((1 - s13) ** 2 * (1 - 2 * s12 * (1 - s12)) + s13**2, rel=1e-4)
    dense = probabilities(1e6, "8B", **FIT)  # leaves as nu_2 (and nu_3)
    assert dense[0] == pytest.approx((1 - s13) ** 2 * s12 + s13**2, rel=1e-4)
    np.testing.assert_allclose(probabilities(np.geomspace(0.1, 20, 9), "8B", **FIT).sum(axis=0), 1, rtol=1e-14)
    maximal = probabilities(10.0, "8B", **{**FIT, "sin2_theta_23": 0.5, "delta_CP": 90.0})
    assert maximal[1] == pytest.approx(maximal[2], rel=1e-12)
    assert s23 > 0.5


@pytest.mark.parametrize(
    ("setting", "mu", "tau"),
    [({"delta_CP": 0.0}, 0.230, 0.442), ({}, 0.330, 0.342), ({"delta_CP": 280.0}, 0.276, 0.396)],
)
def test_the_split_of_mu_and_tau(setting, mu, tau):
    _, p_mu, p_tau = probabilities(10.0, "8B", **{**FIT, **setting})
    assert p_mu == pytest.approx(mu, abs=0.0006)
    assert p_tau == pytest.approx(tau, abs=0.0006)


def test_adiabatic_conversion_is_the_exact_one():
    """Three flavours evolved through the Sun by matrix exponentials, from the centre, phases averaged."""
    path = Path(physics.__file__).parent / "data" / "neutrino" / "solar_model_b16_gs98.csv"
    table = np.array(
        list(csv.reader(line for line in path.read_text().splitlines() if line[0] not in "#r")), dtype=float
    )
    s12, s13, s23 = (FIT[f"sin2_theta_{n}"] for n in (12, 13, 23))
    (S12, S13, S23), (C12, C13, C23) = np.sqrt([s12, s13, s23]), np.sqrt([1 - s12, 1 - s13, 1 - s23])
    phase = np.exp(1j * np.radians(FIT["delta_CP"]))
    R23 = np.array([[1, 0, 0], [0, C23, S23], [0, -S23, C23]])
    R13 = np.array([[C13, 0, S13 / phase], [0, 1, 0], [-S13 * phase, 0, C13]])
    R12 = np.array([[C12, S12, 0], [-S12, C12, 0], [0, 0, 1]])
    U = R23 @ R13 @ R12
    E = 10.0
    split = np.array([0.0, FIT["dm2_21"], 2.525e-3]) * 1e-12 / (2 * E)  # [MeV]
    potential = 2**0.5 * physics.model.constants.G_F * 1.973269804e-11**3 * 6.02214076e23 * 10 ** table[:, 1]
    H = U @ np.diag(split) @ U.conj().T
    vacuum = np.abs(U) ** 2
    share = table[:, 6] * np.gradient(table[:, 0])
    total = np.zeros(3)
    for weight, V in zip(share / share.sum(), potential, strict=True):  # adiabatic, but with all three levels exact
        matter = np.linalg.eigh(H + np.diag([V, 0, 0]))[1]
        total += weight * vacuum @ np.abs(matter[0]) ** 2
    np.testing.assert_allclose(probabilities(E, "8B", **FIT), total, atol=1.2e-3)  # theta_13 in matter is left out


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


def rate(kind, T_keV, boron8="8B_winter2006", nucleus=AVERAGE_XENON, fit=FIT):
    """Standard Model recoils of xenon [1/(t yr keV)], one of average mass."""
    one = {key: np.atleast_1d(value) for key, value in fit.items()}
    split = flavour_split(*(one[k] for k in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")))
    settings = (fit[k] for k in ("sin2_theta_12", "sin2_theta_13", "dm2_21"))
    sun = Suns((Sun("GS98", *settings, boron8),), np.zeros(1, dtype=int))
    T = np.atleast_1d(T_keV) * 1e-3
    atoms = 1e-3 * 1e6 / (nucleus.mass_u * ATOMIC_MASS_G) * SECONDS_PER_YEAR
    solar = SolarScattering(np.array([1e3]), sun, split, np.array(0.23122), *resolve(["scattering_charges"]))
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
        ours = rate(kind, T, "8B_bahcall1996", Nucleus(54, 131, 130.905), global_fit("NuFIT 5.2"))
        assert ours * (1.98 / 1.97327) ** 2 == pytest.approx(theirs, rel={"NR": 5e-4, "ER": 5e-3}[kind]), T


@pytest.mark.parametrize("name", ["NuFIT 4.0", "NuFIT 5.2", "NuFIT 6.0", "nuSQuIDS"])
def test_global_fits_are_arguments(name):
    assert 0.9 < physics.evaluate("borexino_rate_ratio", m_X=20.0, g_X=5e-4, **global_fit(name)) < 1.3


def test_no_such_fit_or_source():
    with pytest.raises(physics.UnknownNameError, match=r"did you mean NuFIT 4\.0"):
        global_fit("NuFit 4.0")
    with pytest.raises(physics.UnknownNameError, match="did you mean 8B"):
        probabilities(10.0, "B8", **FIT)


def test_flavours_add_up_to_the_flux():
    split = flavour_split(*(np.array(FIT[k]) for k in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")))
    assert isinstance(split, FlavourSplit)
    assert split.flavours(np.array([2.0, 0.7])).sum() == pytest.approx(2.0)


def test_suns_are_shared_and_spread():
    masses = np.array([[10.0], [20.0]])
    s12 = np.array([[0.3, 0.31, 0.3]])
    several = suns("GS98", s12, np.array(0.0224), np.array(7.39e-5))
    assert len(several.suns) == 2
    calls = []

    def count(sun, m_X):
        calls.append(m_X.size)
        return np.stack([m_X, np.full_like(m_X, sun.lines["pep", 1.442][1] / 1.44e8)])

    table = several.tabulate(2, masses, count)
    assert calls == [2, 2]
    assert table.shape == (2, 2, 3)
    np.testing.assert_array_equal(table[0], np.broadcast_to(masses, (2, 3)))
    assert (table[1, :, 0] == table[1, :, 2]).all()
    assert (table[1, :, 0] != table[1, :, 1]).all()
