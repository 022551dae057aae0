"""Events and projections: against direct quadrature, brute-force Poisson, an independent code; files of users."""

import itertools
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import poisson

import physics
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
from physics.neutrino.dark_matter_detectors import channel_counts, projected_coupling, recoil_spectrum
from physics.neutrino.detector import Curve, Signal, count_electrons, count_nuclei
from physics.neutrino.experiments import _TAKEN, ExperimentFileError, experiments, load, read_experiment
from physics.neutrino.oscillation import flavour_split, global_fit, probabilities
from physics.neutrino.recoils import Coefficients
from physics.neutrino.solar import endpoints, fluxes, lines, spectrum, suns
from physics.neutrino.targets import target

MIXING = global_fit("NuFIT 4.0")
PAPER = {"kinetic_mixing": "hypercharge", "sin2_theta_W": 0.23122, "target_nuclei": "average", **MIXING}
S2W = 0.23122
EVERYTHING = Curve(np.zeros(1), np.ones(1))


def sun():
    """Solar neutrinos and their flavours, as the evaluator passes them."""
    mixing = [np.array(MIXING[k]) for k in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")]
    return suns("GS98", mixing[0], mixing[1], np.array(MIXING["dm2_21"])), flavour_split(*mixing)


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
    the_suns, split = sun()
    point = {"m_X": np.array(30.0), "suns": the_suns, "flavour_split": split, "sin2_theta_W": np.array(S2W)}
    point |= {"gauge_group": "Lmu-Ltau", "target_nuclei": "average", "electron_binding": "step"}
    x_at_one = physics.evaluate("epsilon", g_X=1.0, kinetic_mixing="hypercharge")
    limit = projected_coupling(channel_counts(experiment, channel, **point), channel.background, x_at_one, 0.9)
    shipped_limit = physics.evaluate("darkside20k_g_X_nr_er", m_X=30.0, **PAPER)
    assert shipped_limit == pytest.approx(1.3669746616589522e-3, rel=2e-3)  # it takes A = 40, we the mean 39.95
    assert float(limit.value) / shipped_limit == pytest.approx(0.971, abs=0.002)


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

    signal, (the_suns, split) = Signal(*window, EVERYTHING), sun()
    common = (what, np.array(m_X), the_suns, split, np.array(S2W), gauge_group)
    if kind == "electrons":
        counts = count_electrons(signal, *common, "step")
    else:
        counts = count_nuclei(signal, *common, "average")
    assert float(counts(np.array(x))) == pytest.approx(direct, rel=5e-4)


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
    the_suns, split = sun()
    common = (np.array(20.0), the_suns, split, np.array(physics.parameters()["sin2_theta_W"].default), "Lmu-Ltau")
    count, last = (count_nuclei, "isotopes") if kind == "nuclei" else (count_electrons, "step")
    counts = count(Signal(low, high, EVERYTHING), target("Xe"), *common, last)
    x = physics.evaluate("epsilon", g_X=1.0) * 8e-4**2
    assert total == pytest.approx(float(counts(np.array(x))), rel=2e-3)  # kinks at the sources' ends


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
    the_suns, split = sun()
    point = {"m_X": np.array([1.0, 30.0]), "suns": the_suns, "flavour_split": split, "sin2_theta_W": np.array(S2W)}
    point |= {"gauge_group": "Lmu-Ltau", "target_nuclei": "isotopes"}
    limits = {}
    for name in ("clean", "blind"):
        one = read_experiment(tmp_path, name)
        assert one.channels[0].background == 0
        with np.errstate(all="ignore"):
            limits[name] = projected_coupling(channel_counts(one, one.channels[0], **point), 0.0, -0.01, 0.9)
    assert limits["clean"].status.tolist() == [Status.OK] * 2
    assert limits["blind"].status.tolist() == [Status.NO_SOLUTION] * 2
    assert np.all(np.isnan(limits["blind"].value))


def test_huge_backgrounds():
    """1e9 events: the excess is 1.2816 sigma."""
    events = Coefficients(np.array(0.0), np.array(0.0), np.array(1.0))
    g_X = float(projected_coupling(events, 1e9, 1.0, 0.9).value)
    assert g_X**4 == pytest.approx(1.2815516 * math.sqrt(1e9), rel=2e-4)


USER = """
label = "Mine"
element = "Ge"
exposure = 0.1
efficiency = 0.5
quenching = { model = "table", file = "quenching.csv" }
programme = "supercdms"
assumptions = ["It exists."]
[channels.nr]
nuclei = [0.1, 10.0]
acceptance_nuclei = { file = "acceptance.csv" }
background = [
    { recoils = "electrons", rate = 1000.0, passes = 0.01 },
    { recoils = "nuclei", rate = { file = "neutrons.csv", column = "b", outside = "flat" } },
]
[references]
exposure = "a"
windows = "b"
efficiency = "c"
acceptance = "d"
background = "e"
quenching = "f"
"""
TABLES = {
    "quenching.csv": "# made up\nE_keVnr,E_keVee\n0.1,0.02\n10,3.02\n",
    "acceptance.csv": "E_keVnr,acceptance\n0.1,0\n1,1\n20,1\n",
    "neutrons.csv": "E,a,b\n1,7,2\n4,7,4\n",
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my_experiments"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    (folder / "mine.toml").write_text(USER)
    return folder


def test_a_users_experiment(folder):
    mine = read_experiment(folder, "mine")
    # 0.05 t yr of 10/keVee over 3 keVee, and of 2 below 1 keVnr, 2 to 4, and 4 above 4 keVnr
    assert mine.channels[0].background == pytest.approx(0.05 * (10 * 3 + 2 * 0.9 + 3 * 3 + 4 * 6), rel=1e-12)
    script = """
import os
import physics
from physics.neutrino import direct_detection
from physics.neutrino.experiments import user_files
from physics.core.identity import digest as physics_digest
open("my_experiments/neutrons.csv", "w").write("changed while it runs")
os.chdir("/")
assert sorted(user_files()) == ["acceptance.csv", "mine.toml", "neutrons.csv", "quenching.csv"]
assert user_files()["neutrons.csv"].startswith(b"E,a,b")
names = ["mine_events_nr", "mine_g_X", "supercdms_g_X", "supercdms_hv_g_X", "supercdms_izip_g_X"]
values = physics.evaluate(names, m_X=30.0, g_X=1e-3, **physics.neutrino.oscillation.global_fit("NuFIT 4.0"))
assert values["supercdms_g_X"] == min(values[name] for name in names[1:] if name != "supercdms_g_X")
assert "It exists." in direct_detection.mine_g_X.__doc__
print(values["mine_events_nr"], physics_digest())
"""

    def run():
        root = str(Path(physics.__file__).parents[1])
        environment = os.environ | {"LMUTAU_EXPERIMENTS": "my_experiments", "PYTHONPATH": root}
        command = [sys.executable, "-c", script]
        return subprocess.run(
            command, env=environment, cwd=folder.parent, capture_output=True, text=True, check=False, timeout=120
        )

    done = run()
    assert done.returncode == 0, done.stderr
    events, _ = done.stdout.split()
    ge, (the_suns, split) = target("Ge"), sun()
    s2w = np.array(physics.parameters()["sin2_theta_W"].default)
    signal = Signal(0.1, 10.0, Curve(np.array([0.1, 1.0, 20.0]), np.array([0.0, 1.0, 1.0])))
    counts = count_nuclei(signal, ge, np.array(30.0), the_suns, split, s2w, "Lmu-Ltau", "isotopes")
    x = physics.evaluate("epsilon", g_X=1.0) * 1e-6
    assert float(events) == pytest.approx(0.05 * float(counts(np.array(x))), rel=1e-12)


def test_the_identity_of_a_store_knows_the_files_of_users(folder, monkeypatch):
    from physics.core.identity import digest as physics_digest

    def digest(user_folder):
        loaded = load(user_folder)
        monkeypatch.setattr("scanner.scan.plan.user_files", lambda: loaded.user_files)
        return physics_digest.__wrapped__()

    digests = [digest(""), digest(str(folder))]
    (folder / "unrelated.csv").write_text("a,b")
    assert digest(str(folder)) == digests[1]
    (folder / "neutrons.csv").write_text("E,a,b\n1,7,2\n4,7,5\n")
    assert len({*digests, digest(str(folder))}) == 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("label", "lable", "label: is missing"),
        ("efficiency = 0.5", "eficiency = 0.5", "eficiency: no such key; did you mean efficiency"),
        ('"Ge"', '"Unobtainium"', "element: no target 'Unobtainium'"),
        ("exposure = 0.1", "exposure = -0.1", r"exposure: -0.1 must be a number above 0 \(t yr\)"),
        ("exposure = 0.1", 'exposure = "0.1"', "exposure: '0.1' must be a number"),
        ("efficiency = 0.5", "efficiency = 50", "efficiency: 50 must be a number above 0, at most 1"),
        ("[channels.nr]", "[channels.NR]", "channels.NR: no such channel; one of nr, er, nr_er"),
        ("[0.1, 10.0]", "[10.0, 0.1]", r"channels.nr.nuclei: .* the first energy must be below the second"),
        ("[0.1, 10.0]", "[0.0, 10.0]", "channels.nr.nuclei: 0.0 must be a number above 0"),
        ("[0.1, 10.0]", "[0.1, 30.0]", "quenching.file: quenching.csv does not reach 30 keVnr"),
        ('"table", file = "quenching.csv"', '"power"', "quenching: write .* one of lindhard, linear, table"),
        ('"table", file = "quenching.csv"', '["linear"]', "quenching: write .* one of lindhard, linear, table"),
        ("[0.1, 10.0]", f"[0.1, 1{'0' * 400}]", "channels.nr.nuclei: a number of 401 digits is too large"),
        ('"table", file = "quenching.csv"', '"linear", k = 0.2', "quenching.factor: is missing"),
        ('"table", file = "quenching.csv"', '"lindhard", factor = 0.2', "quenching.factor: no such key"),
        ('file = "acceptance.csv"', 'file = "../acceptance.csv"', "must be the name of a .csv file beside this one"),
        ('file = "acceptance.csv"', 'file = "other.csv"', "acceptance_nuclei.file: there is no other.csv"),
        ('file = "acceptance.csv"', 'file = "quenching.csv"', "acceptance_nuclei: a share must not exceed 1"),
        (', outside = "flat"', "", r"background\[1\].rate: neutrons.csv goes from 1 to 4 keV and does not cover"),
        ('"flat"', '"up"', "rate.outside: 'up': one of flat, zero"),
        ('column = "b"', 'column = "c"', r"background\[1\].rate.file: neutrons.csv: there is no column 'c' in line 1"),
        ("passes = 0.01", "passes = 2", "passes: 2 must be a number 0 or more, at most 1"),
        (
            'quenching = { model = "table", file = "quenching.csv" }',
            "",
            "no window of electrons: give the key quenching",
        ),
        ('quenching = "f"', "", "references.quenching: is missing"),
        ('programme = "supercdms"', 'programme = "Super CDMS"', "programme: 'Super CDMS' must be lower-case"),
        ('assumptions = ["It exists."]', 'cites = ["Newton 1687"]', "cites: no reference 'Newton 1687'"),
        ("[channels.nr]", "[channels.nr", "is not a TOML file"),
    ],
)
def test_what_a_file_of_a_user_may_have_wrong(folder, old, new, says):
    assert old in USER
    (folder / "mine.toml").write_text(USER.replace(old, new, 1))
    with pytest.raises(ExperimentFileError, match=rf"mine\.toml.*{says}"):
        read_experiment(folder, "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a header and two rows at least are needed"),
        ("E,a,b\n1,7,2\n", "a header and two rows at least are needed"),
        ("# no header\n0.1,7,2\n1,7,2\n4,7,4\n", "line 2 is no header; begin with the names of the columns"),
        ("E,a,b\n1,7\n4,7,4\n", "line 2 has no finite numbers in columns 1 and 3"),
        ("E,a,b\n1,7,2\n\n4,7,four\n", "line 4 has no finite numbers"),
        ("E,a,b\n1,7,2\nnan,7,3\n4,7,4\n", "line 3 has no finite numbers"),
        ("E,a,b\n1,7,inf\n4,7,4\n", "line 2 has no finite numbers"),
        ("E\n1\n4\n", "there is no column 'b' in line 1"),
        ("E,a,b\n1,7,2\n4,7,4\n4,7,5\n", "line 4: its energy is not above that of the row before; sort rows"),
        ("E,a,b\n1,7,2\n4,7,-4\n", "line 3: its value is negative"),
        ("E;a;b\n1;7;2\n4;7;4\n", "there is no column 'b' in line 1"),
        (b"\xff\xfeE", "is no plain text; save it as CSV in UTF-8"),
    ],
)
def test_what_a_table_of_a_user_may_have_wrong(folder, text, says):
    (folder / "neutrons.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ExperimentFileError, match=rf"mine\.toml.*background\[1\]\.rate\.file: neutrons\.csv.*{says}"):
        read_experiment(folder, "mine")


def test_a_quenching_that_turns_a_window_round(folder):
    (folder / "quenching.csv").write_text("E_keVnr,E_keVee\n0.1,3\n10,1\n")
    with pytest.raises(ExperimentFileError, match=r"mine\.toml: quenching: the window .* becomes 3 to 1 keVee"):
        read_experiment(folder, "mine")


def test_a_table_with_windows_lines_and_spaces(folder):
    before = read_experiment(folder, "mine").channels[0].background
    (folder / "neutrons.csv").write_bytes(b'"E", a, b\r\n1, 7, 2\r\n\r\n4, 7, 4\r\n')
    assert read_experiment(folder, "mine").channels[0].background == before


def test_the_folder_of_a_user(folder):
    assert "mine" in load(str(folder)).experiments
    with pytest.raises(ExperimentFileError, match="nowhere is no folder"):
        load(str(folder / "nowhere"))


@pytest.mark.parametrize(
    ("name", "programme", "says"),
    [
        ("lz", "", "the file's name: 'lz' is an experiment already; rename the file"),
        ("supercdms", "", "the file's name: 'supercdms' is the programme of supercdms_hv.toml; rename the file"),
        ("xenon1t", "", "the file's name: 'xenon1t' has xenon1t_g_X in the package already; rename the file"),
        ("cenns10", "", "the file's name: 'cenns10' has cenns10_g_X in the package already; rename the file"),
        ("other", "xenon1t", "programme: 'xenon1t' has xenon1t_g_X in the package already; choose another"),
        ("other", "mine", "programme: 'mine' is an experiment already; choose another"),
        ("other", "other", "programme: 'other' is an experiment already; choose another"),
        ("a", "mine", None),
    ],
)
def test_names_that_are_taken(folder, name, programme, says):
    (folder / f"{name}.toml").write_text(USER.replace('"supercdms"', f'"{programme}"'))
    if says is None:  # files are read in the order of their names
        name, says = "mine", "the file's name: 'mine' is the programme of a.toml; rename the file"
    with pytest.raises(ExperimentFileError, match=rf"my_experiments/{name}\.toml: {says}"):
        load(str(folder))


def test_the_names_that_are_taken_are_known():
    others = {
        found[1]
        for name, node in physics.observables().items()
        if node.function.__module__ != "physics.neutrino.dark_matter_detectors"
        and (found := re.fullmatch(r"(\w+?)_(?:g_X|events)(?:_nr|_er|_nr_er)?", name))
    }
    assert others == set(_TAKEN)
    assert not others & set(experiments())


def test_the_confidence_of_a_projection():
    with pytest.raises(physics.InvalidParameterError, match=r"projection_confidence >= 0\.5 and"):
        physics.evaluate("lz_g_X", m_X=30.0, projection_confidence=0.4)
