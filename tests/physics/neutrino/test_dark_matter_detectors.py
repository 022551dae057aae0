"""Events and projections: against direct quadrature, brute-force Poisson, an independent code; files of users."""

import itertools
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import poisson

import physics
from physics.core.evaluate import resolve
from physics.core.status import Status
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
from physics.neutrino.dark_matter_detectors import channel_counts, projected_coupling
from physics.neutrino.detector import Signal, count_electrons, count_nuclei
from physics.neutrino.experiments import experiments, read_experiment
from physics.neutrino.oscillation import global_fit, probabilities
from physics.neutrino.recoil_spectrum import recoil_spectrum
from physics.neutrino.recoils import Coefficients
from physics.neutrino.solar import endpoints, fluxes, lines, spectrum
from physics.neutrino.targets import target

MIXING = global_fit("NuFIT 4.0")
PAPER = {"kinetic_mixing": "hypercharge", "sin2_theta_W": 0.23122, "target_nuclei": "average", **MIXING}
S2W = 0.23122
EVERYTHING = Curve(np.zeros(1), np.ones(1))


def solar(m_X, **point):
    """Solar neutrinos and their interactions, as the evaluator passes them."""
    (scattering,) = resolve(["solar_scattering"], m_X=m_X, **MIXING, **point)
    return scattering


@pytest.mark.parametrize(
    ("name", "value", "events", "background"),
    [  # independent reference values, with the paper's conventions, at 30 MeV
        ("supercdms_izip_g_X_nr", 1.1025108607522918e-3, 13.886258, 1.4037408),
        ("supercdms_izip_g_X_er", 4.50201545672316e-3, 6.596358, 46089.12),
        ("supercdms_hv_g_X_nr_er", 1.4715245236825453e-3, 18.243245, 383.92225),
        ("darwin_g_X_nr", 1.6103903155299695e-3, 7.66701, 1.08017891),
        ("darwin_g_X_er", 6.435183327745372e-4, 16501.242, 21623.602),
        ("darwin_g_X_nr_er", 4.09640005923119e-4, 66433.94, 22140.221),
        ("lz_g_X_nr_er", 6.608481391023191e-4, 4226.9818, 6537.3827),
    ],
)
def test_independent_reference_values(name, value, events, background):
    assert physics.evaluate(name, m_X=30.0, **PAPER) == pytest.approx(value, rel=5e-4)
    counts = physics.evaluate(name.replace("g_X", "events"), m_X=30.0, g_X=0.0, **PAPER)
    assert counts == pytest.approx(events, rel=1e-4)
    experiment, _, kind = name.partition("_g_X_")
    channel = next(c for c in experiments()[experiment].channels if c.name == kind)
    assert channel.background == pytest.approx(background, rel=1e-4)


DARKSIDE = """
label = "DarkSide-20k"
element = "Ar"
exposure = 100.0
quenching = { model = "linear", factor = 0.25 }
[channels.nr_er]
nuclei = [0.6, 15.0]
electrons = "as nuclei"
background = [{ recoils = "electrons", rate = 547875.0 }]
[references]
exposure = "a"
windows = "b"
background = "c"
quenching = "d"
"""


def test_argon_with_calibrated_quenching(tmp_path):
    shipped = Path(physics.__file__).parent / "data" / "neutrino" / "experiments"
    text = (shipped / "darkside20k.toml").read_text()
    calibrated = text.replace(
        '{ model = "linear", factor = 0.25 }', '{ model = "table", file = "argon_ionisation.csv" }'
    )
    assert calibrated != text
    (tmp_path / "calibrated.toml").write_text(calibrated)
    shutil.copy(shipped / "argon_ionisation.csv", tmp_path)
    experiment = read_experiment(tmp_path, "calibrated")
    channel = next(c for c in experiment.channels if c.name == "nr_er")
    x_at_one = physics.evaluate("epsilon", g_X=1.0, kinetic_mixing="hypercharge")
    counts = channel_counts(experiment, channel, solar(30.0, sin2_theta_W=S2W), target_nuclei="average")
    limit = projected_coupling(counts, channel.background, x_at_one, 0.9)
    shipped_limit = physics.evaluate("darkside20k_g_X_nr_er", m_X=30.0, **PAPER)
    assert shipped_limit == pytest.approx(1.3669746616589522e-3, rel=2e-3)  # it takes A = 40, we the mean 39.95
    assert limit.value.item() / shipped_limit == pytest.approx(0.971, abs=0.002)


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
def test_counts_against_direct_quadrature(beams, element, kind, window, m_X, g_X, gauge_group):
    x = g_X**2 * (physics.evaluate("epsilon", g_X=1.0) if gauge_group == "Lmu-Ltau" else 1.0)
    what = target(element)
    nucleus = Nucleus(what.Z, what.mass_u, what.mass_u)
    mass = M_E if kind == "electrons" else nucleus.mass
    keywords = {"m_X": m_X, "x": x, "sin2_theta_W": S2W, "gauge_group": gauge_group}

    def cross_section(T, E, flavour):
        if kind == "electrons":
            return electron_cross_section(T, E, flavour, **keywords)
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

    seen = (Signal(*window, EVERYTHING), what, solar(m_X, sin2_theta_W=S2W, gauge_group=gauge_group))
    counts = count_electrons(*seen, "step") if kind == "electrons" else count_nuclei(*seen, "average")
    assert counts(np.array(x)).item() == pytest.approx(direct, rel=5e-4)


@pytest.mark.parametrize("name", ["lz_g_X_nr", "darwin_g_X_nr", "supercdms_izip_g_X_nr", "supercdms_hv_g_X_nr_er"])
def test_the_poisson_criterion_by_brute_force(name):
    experiment, _, kind = name.partition("_g_X_")
    background = next(c for c in experiments()[experiment].channels if c.name == kind).background
    limit = physics.evaluate(name, m_X=30.0)

    def events(g_X):
        return physics.evaluate(f"{experiment}_events_{kind}", m_X=30.0, g_X=g_X) + background

    expected = math.floor(events(0.0))
    assert poisson.sf(expected, events(limit)) == pytest.approx(0.9, abs=1e-9)
    assert np.all(events(limit * np.geomspace(1.001, 100, 200)) > events(limit))


def test_reference_spectra():
    """Of an independent code, with the paper's conventions."""
    nuclei = recoil_spectrum("Xe", "nuclei", [0.7, 2.0, 3.0], sin2_theta_W=S2W, target_nuclei="average", **MIXING)
    np.testing.assert_allclose(nuclei, [450.91876, 18.307245, 0.30435934], rtol=1e-4)
    electrons = recoil_spectrum("Xe", "electrons", [2.0, 10.0, 100.0], sin2_theta_W=S2W, **MIXING)
    np.testing.assert_allclose(electrons, [2.6762301, 3.0703054, 2.0317376], rtol=1e-4)


@pytest.mark.parametrize(("kind", "low", "high"), [("nuclei", 1.0, 3.0), ("electrons", 6.0, 30.0)])
def test_the_spectrum_adds_up_to_the_counts(kind, low, high):
    node, weight = np.polynomial.legendre.leggauss(40)
    T = low + (high - low) * (node + 1) / 2
    total = (high - low) / 2 * float(weight @ recoil_spectrum("Xe", kind, T, 20.0, 8e-4, **MIXING))
    count, last = (count_nuclei, "isotopes") if kind == "nuclei" else (count_electrons, "step")
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


def test_the_limit_is_proportional_to_a_heavy_mass():
    for name in ("lz_g_X", "darwin_g_X_er", "supercdms_g_X", "darkside20k_g_X"):
        low, high = physics.evaluate(name, m_X=[2e3, 2e4])
        assert high / low == pytest.approx(10, rel=1e-3), name


def test_an_envelope_is_the_best_channel():
    m_X = np.geomspace(1e-3, 1e3, 7)
    channels = ["lz_g_X_nr", "lz_g_X_er", "lz_g_X_nr_er"]
    values = physics.evaluate(["lz_g_X", "supercdms_g_X", "supercdms_izip_g_X", "supercdms_hv_g_X", *channels], m_X=m_X)
    np.testing.assert_array_equal(values["lz_g_X"], np.min([values[c] for c in channels], axis=0))
    both = np.minimum(values["supercdms_izip_g_X"], values["supercdms_hv_g_X"])
    np.testing.assert_array_equal(values["supercdms_g_X"], both)


def test_b_minus_l_has_limits_and_its_events_only_grow_on_nuclei():
    g_X = np.concatenate([[0.0], np.geomspace(1e-7, 1e-3, 20)])
    events = physics.evaluate("lz_events_nr", m_X=10.0, g_X=g_X, gauge_group="B-L")
    assert np.all(np.diff(events) > 0)
    assert 0 < physics.evaluate("lz_g_X", m_X=10.0, gauge_group="B-L") < physics.evaluate("lz_g_X", m_X=10.0)


def test_metallicity_isotopes_confidence():
    high, low = physics.evaluate("lz_g_X", m_X=30.0, metallicity=["GS98", "AGSS09"], **PAPER)
    assert (high, low) == pytest.approx((6.61e-4, 6.84e-4), rel=2e-3)
    isotopes, average = physics.evaluate("lz_events_nr_er", m_X=30.0, g_X=0.0, target_nuclei=["isotopes", "average"])
    assert isotopes == pytest.approx(average, rel=5e-3)
    assert isotopes != average
    assert np.all(np.diff(physics.evaluate("lz_g_X", m_X=30.0, projection_confidence=[0.6, 0.9, 0.99])) > 0)


def test_nothing_to_see_and_no_background(tmp_path):
    text = DARKSIDE.replace('"Ar"', '"Xe"').replace('electrons = "as nuclei"\n', "").replace("nr_er", "nr")
    text = text.replace('[{ recoils = "electrons", rate = 547875.0 }]', "[]")
    (tmp_path / "clean.toml").write_text(text.replace("[0.6, 15.0]", "[3.0, 5.0]"))
    (tmp_path / "blind.toml").write_text(text.replace("[0.6, 15.0]", "[50.0, 60.0]"))
    neutrinos, limits = solar(np.array([1.0, 30.0]), sin2_theta_W=S2W), {}
    for name in ("clean", "blind"):
        one = read_experiment(tmp_path, name)
        assert one.channels[0].background == 0
        with np.errstate(all="ignore"):
            counts = channel_counts(one, one.channels[0], neutrinos, target_nuclei="isotopes")
            limits[name] = projected_coupling(counts, 0.0, -0.01, 0.9)
    assert limits["clean"].status.tolist() == [Status.OK] * 2
    assert limits["blind"].status.tolist() == [Status.NO_SOLUTION] * 2
    assert np.all(np.isnan(limits["blind"].value))


def test_huge_backgrounds():
    """1e9 events: the excess is 1.2816 sigma."""
    events = Coefficients(np.array(0.0), np.array(0.0), np.array(1.0))
    g_X = float(projected_coupling(events, 1e9, 1.0, 0.9).value)
    assert g_X**4 == pytest.approx(1.2815516 * math.sqrt(1e9), rel=2e-4)


def test_the_confidence_of_a_projection():
    with pytest.raises(physics.InvalidParameterError, match=r"projection_confidence >= 0\.5 and"):
        physics.evaluate("lz_g_X", m_X=30.0, projection_confidence=0.4)
