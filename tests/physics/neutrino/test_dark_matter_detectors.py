"""Events and projections: reference values of an independent code, brute-force Poisson, limits."""

import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

import physics
from physics.core.status import Status
from physics.neutrino.curve import Curve
from physics.neutrino.dark_matter_detectors import channel_counts, projected_coupling
from physics.neutrino.experiments import experiments, read_experiment
from physics.neutrino.recoils import Coefficients

PAPER = physics.readings("paper:amaral-2020")
NEUTRINOS = {"electron_couplings": "tree", "sin2_theta_W_nuclei": 0.23122}
EVERYTHING = Curve(np.zeros(1), np.ones(1))


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


def test_argon_with_calibrated_quenching(solar, tmp_path):
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
    counts = channel_counts(experiment, channel, solar(30.0, **NEUTRINOS), target_nuclei="average")
    limit = projected_coupling(counts, channel.background, x_at_one, 0.9)
    shipped_limit = physics.evaluate("darkside20k_g_X_nr_er", m_X=30.0, **PAPER)
    assert shipped_limit == pytest.approx(1.3669746616589522e-3, rel=2e-3)  # it takes A = 40, we the mean 39.95
    assert limit.value.item() / shipped_limit == pytest.approx(0.971, abs=0.002)


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
    assert np.all(np.diff(physics.evaluate("lz_g_X", m_X=30.0, projection_confidence=[0.7, 0.9, 0.99])) > 0)


def test_nothing_to_see_and_no_background(solar, tmp_path):
    text = DARKSIDE.replace('"Ar"', '"Xe"').replace('electrons = "as nuclei"\n', "").replace("nr_er", "nr")
    text = text.replace('[{ recoils = "electrons", rate = 547875.0 }]', "[]")
    (tmp_path / "clean.toml").write_text(text.replace("[0.6, 15.0]", "[3.0, 5.0]"))
    (tmp_path / "blind.toml").write_text(text.replace("[0.6, 15.0]", "[50.0, 60.0]"))
    neutrinos, limits = solar(np.array([1.0, 30.0]), **NEUTRINOS), {}
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
    with pytest.raises(physics.InvalidParameterError, match=r"projection_confidence >= 0\.64 and"):
        physics.evaluate("lz_g_X", m_X=30.0, projection_confidence=0.63)


NUMBERS = {  # at 30 MeV, with the defaults: events at g_X = 1e-3, and the projected coupling
    "darkside20k_er": (14374.839, 0.0031670174),
    "darkside20k_nr_er": (18781.129, 0.0018183388),
    "darwin_nr": (313.56915, 0.0014355364),
    "darwin_er": (14033.445, 0.00078680285),
    "darwin_nr_er": (65610.73, 0.0010324055),
    "lz_nr": (23.517686, 0.0017671487),
    "lz_er": (1052.5084, 0.0012305449),
    "lz_nr_er": (4133.5262, 0.0011541036),
    "supercdms_hv_nr_er": (19.976967, 0.001931498),
    "supercdms_izip_nr": (14.886301, 0.0015580622),
    "supercdms_izip_er": (6.8034908, 0.0055102095),
}


def test_every_channel_has_its_numbers():
    assert {f"{name}_{channel.name}" for name, one in experiments().items() for channel in one.channels} == {*NUMBERS}
    for name, (events, coupling) in NUMBERS.items():
        experiment, channel = re.fullmatch("(.*?)_((?:nr_)?er|nr)", name).groups()
        assert physics.evaluate(f"{experiment}_events_{channel}", m_X=30.0, g_X=1e-3) == pytest.approx(events, rel=1e-7)
        assert physics.evaluate(f"{experiment}_g_X_{channel}", m_X=30.0) == pytest.approx(coupling, rel=1e-7)
