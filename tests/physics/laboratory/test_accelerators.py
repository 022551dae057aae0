"""Limits of accelerators: numbers of the abstracts, dark matter in the decays, ranges, files of users."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.core import graph, identity, plugins, registration
from physics.core.references import cited
from physics.inference.constraints import constraints
from physics.laboratory import accelerators
from physics.laboratory.accelerators import FOLDER, absent_limits, limits
from physics.laboratory.limit_file import LimitFileError
from physics.model.constants import E_CHARGE
from physics.model.mixing import kinetic_mixing_at

NO_PSI = {"mass_ratio": None, "q_psi": 1.0}
DEFINES = {"mine_at_limit", "mine_g_X", "mine_r"}


def g_X(name, **point):
    return physics.evaluate(f"{name}_g_X", **point)


# --- numbers of the papers --------------------------------------------------------------------------------------------


def test_babar_as_in_its_abstract():
    """Couplings as low as 7e-4, in about the range of the figure; the smallest is 6.7e-4 at 227 MeV."""
    m_X = limits()["babar_4mu"].m_X
    excluded = g_X("babar_4mu", m_X=m_X, **NO_PSI)
    assert excluded.min() == pytest.approx(6.7e-4, rel=0.01)
    assert m_X[excluded.argmin()] == pytest.approx(226.6, rel=1e-3)
    assert 0.08 < excluded[-1] < 0.12


def test_cms_as_in_its_abstract():
    """0.004 to 0.3 from 5 to 70 GeV; an envelope lies above."""
    excluded = g_X("cms_4mu", m_X=limits()["cms_4mu"].m_X, **NO_PSI)
    assert 0.004 < excluded.min() < 0.0065
    assert 0.09 < excluded.max() < 0.3


def test_belle2_as_in_its_abstract():
    """5e-2 to 1 up to 6 GeV for X that always decays invisibly: dark matter takes all but 1/145 of the decays here."""
    excluded = g_X("belle2_2019", m_X=[10.0, 1000.0, 5974.4], mass_ratio=0.01, q_psi=12.0)
    assert excluded == pytest.approx([0.051, 0.051, 0.994], rel=0.01)


def test_belle2_knows_that_muons_are_seen():
    """Without dark matter, half of X is invisible above 2 m_mu: sqrt(2) in the coupling."""
    below, above = g_X("belle2_2019", m_X=[200.0, 1000.0], **NO_PSI)
    assert above / below == pytest.approx(np.sqrt(2), rel=1e-3)


def test_na64e_excludes_the_old_band_below_2_MeV():
    """From the loop: 3.5e-4 at 1 MeV; NA64's own curve (arXiv:2404.06982) excludes the band of (g-2)_mu below 2 MeV."""
    assert g_X("na64e", m_X=1.0284, **NO_PSI) == pytest.approx(5.0489e-6 * 69.286, rel=1e-3)
    band = constraints()["g2_FNAL2023"]
    for m_X, is_excluded in ((1.1, True), (5.0, False)):
        in_the_band = np.sqrt(band.lower / physics.evaluate("delta_a_mu", m_X=m_X, g_X=1.0))
        top = np.sqrt(band.upper / physics.evaluate("delta_a_mu", m_X=m_X, g_X=1.0))
        assert (g_X("na64e", m_X=m_X, **NO_PSI) < in_the_band) == is_excluded
        assert (g_X("na64e", m_X=m_X, **NO_PSI) < top) == is_excluded


@pytest.mark.parametrize(
    ("name", "epsilon", "m_X"), [("na64e", 5.0489e-6, 1.0284), ("babar_invisible", 9.669e-4, 1500.0)]
)
def test_recast_through_mixing_at_the_mass(name, epsilon, m_X):
    """By hand: epsilon/|mixing(m_X^2)| over the root of the invisible share, which is 1 below 2 m_mu, 1/2 above."""
    share = physics.evaluate("invisible_branching", m_X=m_X, **NO_PSI)
    by_hand = epsilon / abs(kinetic_mixing_at(m_X**2, 1.0)) / np.sqrt(share)
    assert g_X(name, m_X=m_X, **NO_PSI) == pytest.approx(by_hand, rel=1e-3)
    zero = (
        epsilon * 69.286 / np.sqrt(physics.evaluate("invisible_branching", m_X=m_X, mixing_momentum="zero", **NO_PSI))
    )
    assert g_X(name, m_X=m_X, mixing_momentum="zero", **NO_PSI) == pytest.approx(zero, rel=1e-3)


def test_a_boson_of_b_minus_l_couples_to_electrons_directly():
    at = {"m_X": 50.0, "gauge_group": "B-L", **NO_PSI}
    share = physics.evaluate("invisible_branching", **at)
    epsilon = limits()["na64e"].at(np.array([50.0])).item()
    assert g_X("na64e", **at) == pytest.approx(epsilon * E_CHARGE / np.sqrt(share), rel=1e-12)


# --- dark matter in the decays ----------------------------------------------------------------------------------------


def test_kloe_counts_the_muons_of_a_dark_photon():
    """By hand at 675 MeV: epsilon of 1.073e-3 with 18.3 % of dark photons into muons, and half of X."""
    m_X = 675.0
    names = ["gamma_X_muons", "gamma_X"]
    gamma = physics.evaluate(names, m_X=m_X, g_X=1e-3, **NO_PSI)
    share = gamma["gamma_X_muons"] / gamma["gamma_X"]
    by_hand = 1.073e-3 * np.sqrt(0.1828 / share) / abs(kinetic_mixing_at(m_X**2, 1.0))
    assert g_X("kloe", m_X=m_X, **NO_PSI) == pytest.approx(by_hand, rel=0.01)
    assert g_X("kloe", m_X=m_X, **NO_PSI) > 25 * g_X("babar_4mu", m_X=m_X, **NO_PSI)


@pytest.mark.parametrize("name", ["babar_4mu", "cms_4mu"])
def test_muons_are_fewer_when_X_decays_into_dark_matter(name):
    m_X, g = 6e3, 0.01
    names = ["gamma_X", "gamma_X_dark_matter"]
    gamma = physics.evaluate(names, m_X=m_X, g_X=g, mass_ratio=0.3, q_psi=1.0)
    fewer = 1 - gamma["gamma_X_dark_matter"] / gamma["gamma_X"]
    none, some = physics.evaluate(f"{name}_r", m_X=m_X, g_X=g, mass_ratio=[0.5, 0.3], q_psi=1.0)
    assert some / none == pytest.approx(fewer, rel=1e-12)
    weaker = g_X(name, m_X=m_X, mass_ratio=0.3, q_psi=1.0) / g_X(name, m_X=m_X, **NO_PSI)
    assert weaker == pytest.approx(fewer**-0.5, rel=1e-12)
    assert weaker > 1.1


@pytest.mark.parametrize("name", ["belle2_2019", "na64e", "babar_invisible"])
def test_invisible_searches_gain(name):
    point = {"m_X": 300.0, "g_X": 0.01}
    shares = physics.evaluate("invisible_branching", m_X=300.0, mass_ratio=[0.3, 0.6], q_psi=1.0)
    opened, closed = physics.evaluate(f"{name}_r", mass_ratio=[0.3, 0.6], q_psi=1.0, **point)
    assert opened / closed == pytest.approx(shares[0] / shares[1], rel=1e-12)
    assert opened / closed > 1.2


@pytest.mark.parametrize("name", ["babar_4mu", "babar_invisible", "belle2_2019", "cms_4mu", "kloe", "na64e"])
def test_the_ratio_is_1_at_the_limit_and_rises_as_the_square(name):
    limit = limits()[name]
    m_X = np.sqrt(limit.m_X[:-1] * limit.m_X[1:])
    m_X = m_X[limit.covers(m_X)]
    for psi in (NO_PSI, {"mass_ratio": 0.4, "q_psi": 2.0}):
        at = g_X(name, m_X=m_X, **psi)
        assert physics.evaluate(f"{name}_r", m_X=m_X, g_X=at, **psi) == pytest.approx(1.0, rel=1e-12)
        assert physics.evaluate(f"{name}_r", m_X=m_X, g_X=2 * at, **psi) == pytest.approx(4.0, rel=1e-12)


# --- where there is no value ------------------------------------------------------------------------------------------


def test_outside_of_its_masses_and_at_the_j_psi():
    m_X = [213.0, 214.0, 3047.8, 3048.0, 3097.0, 3147.5, 3147.6, 7681.0, 7682.0]
    outcome = physics.evaluate_with_status(["babar_4mu_r", "babar_4mu_g_X"], m_X=m_X, g_X=1e-3, **NO_PSI)
    for value, status in outcome.values():
        assert status.tolist() == [2, 1, 1, 2, 2, 2, 1, 1, 2]
        assert np.isfinite(value).tolist() == (status == 1).tolist()


@pytest.mark.parametrize("name", ["babar_4mu", "belle2_2019", "cms_4mu"])
def test_b_minus_l_is_refused_where_muons_make_X(name):
    m_X = limits()[name].m_X[:2]
    names = [f"{name}_r", f"{name}_g_X"]
    outcome = physics.evaluate_with_status(names, m_X=m_X, g_X=1e-3, gauge_group="B-L", **NO_PSI)
    assert [outcome[n].status.tolist() for n in names] == [[2, 2], [2, 2]]


def test_couplings_that_are_too_strong():
    """BaBar's limit at 6 GeV is of order 1: with q_psi = 200 perturbation theory ends below it."""
    point = {"m_X": 6000.0, "mass_ratio": 0.6}
    outcome = physics.evaluate_with_status("babar_invisible_g_X", q_psi=[1.0, 200.0], **point)
    assert outcome["babar_invisible_g_X"].status.tolist() == [1, 3]
    outcome = physics.evaluate_with_status("babar_invisible_r", q_psi=200.0, g_X=[0.06, 0.07], **point)
    assert outcome["babar_invisible_r"].status.tolist() == [1, 2]


# --- what is told of them ---------------------------------------------------------------------------------------------


def test_every_limit_is_a_constraint_with_its_confidence():
    for name, limit in limits().items():
        row = constraints()[name]
        assert (row.observable, row.upper, row.kind) == (f"{name}_r", 1.0, "limit")
        assert (row.confidence, row.sided) == (limit.confidence, limit.sided)
        assert row.reference == limit.reference
        assert cited([limit.reference])
        assert " ".join(limit.source.split()) in " ".join(physics.document(f"{name}_r").split())


def test_what_is_absent_says_why():
    absent = absent_limits()
    assert {"na64_mu", "belle2_2022", "bes3", "atlas_4mu", "e137", "sn1987a", "na62"} <= absent.keys()
    assert not absent.keys() & limits().keys()
    for row in absent.values():
        assert row.label
        assert row.source
        assert row.states
        assert len(row.why) > 20


# --- files of users ---------------------------------------------------------------------------------------------------


@pytest.fixture
def scratch(monkeypatch):
    """What a test adds is forgotten after it."""
    monkeypatch.setattr(identity, "_ADDED", dict(identity._ADDED))
    monkeypatch.setattr(plugins, "_CONTENTS", {})
    restore, module = registration.snapshot(), dict(vars(accelerators))
    yield
    restore()
    vars(accelerators).clear()
    vars(accelerators).update(module)


def test_a_limit_that_is_added(scratch, mine):
    before = identity.digest()
    physics.add(mine)
    physics.add(mine)  # once more does nothing
    assert graph.nodes().keys() >= DEFINES
    assert physics.evaluate("mine_r", m_X=30.0, g_X=[2e-3, 4e-3], **NO_PSI) == pytest.approx([1.0, 4.0], rel=1e-4)
    assert "digitised by myself" in physics.document("mine_r")
    assert identity.digest() != before
    assert plugins.from_outside(DEFINES) == []


def test_what_is_sent_to_workers_is_enough(scratch, mine):
    contents = {"mine.csv": {"mine.csv": mine.read_bytes()}}
    mine.unlink()
    plugins.add_contents(contents)
    assert g_X("mine", m_X=30.0, **NO_PSI) == pytest.approx(2e-3, rel=1e-4)


def test_another_power(scratch, mine):
    mine.write_text(mine.read_text().replace("power = 2", "power = 4").replace('"invisible"', '"total"'))
    physics.add(mine)
    assert physics.evaluate("mine_r", m_X=30.0, g_X=4e-3, **NO_PSI) == pytest.approx(16.0, rel=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [("power = 2", "power = -2", "power: -2 must be a number above 0"), ("10.0,", "50.0,", "m_X must ascend")],
)
def test_nothing_is_registered_of_a_wrong_file(scratch, mine, old, new, says):
    mine.write_text(mine.read_text().replace(old, new))
    before = identity.digest(), dict(graph.nodes()), dict(limits())
    with pytest.raises(physics.PluginError, match=rf"mine\.csv: LimitFileError: mine\.csv: .*{says}"):
        physics.add(mine)
    assert (identity.digest(), dict(graph.nodes()), dict(limits())) == before


def test_names_that_are_taken(scratch, mine):
    for name, why in (("na64e", "is a limit already"), ("ccfr", "has ccfr_g_X in the package already")):
        file = mine.with_name(f"{name}.csv")
        file.write_bytes(mine.read_bytes())
        with pytest.raises(physics.PluginError, match=f"{name!r} {why}; rename the file"):
            physics.add(file)


def test_a_folder_of_limits(mine):
    script = """
import physics
from physics.core.identity import added
print(physics.evaluate("mine_g_X", m_X=30.0, mass_ratio=None, q_psi=1), *added())
"""
    environment = os.environ | {FOLDER: mine.parent.name, "PYTHONPATH": str(Path(physics.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment, cwd=mine.parents[1], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value, *files = done.stdout.split()
    assert float(value) == pytest.approx(2e-3, rel=1e-4)
    assert files == ["LMUTAU_LIMITS/mine.csv"]


def test_a_folder_that_is_not_there(monkeypatch):
    monkeypatch.setenv(FOLDER, "nowhere")
    with pytest.raises(
        LimitFileError, match=r"LMUTAU_LIMITS = 'nowhere': .*nowhere is not a folder; name one, or unset it"
    ):
        accelerators.register_folder()
