"""The sampler's posterior against the grid's; what is said of points without value; resuming, stopping, refusing."""

import json
import os
import signal

import numpy as np
import pytest
import xarray as xr

import physics
import scanner
from physics.inference.constraints import Constraint, constraint
from scanner import SelectionError
from scanner.answers import samplers
from scanner.answers.chains import write_chains
from scanner.answers.problem import problem_of
from scanner.answers.sample import PROBLEM

for package in ("nautilus", "ultranest", "h5py"):
    pytest.importorskip(package, reason="pip install 'lmutau[ultranest]'")

SCAN = """
[scan]
title = "three axes"
observables = ["delta_a_mu", "trident_ratio_charm2", "tilt"]

[axes]
m_X = { geomspace = [10, 300, 101] }
g_X = { geomspace = [2e-4, 2e-3, 101] }
metallicity = { values = ["GS98", "AGSS09"] }
"""
NAMES = ["g2_FNAL2021", "charm2", "tilted"]
TILT = '''
@physics.observable(unit="1", label="x", reference="Drees & Zhao 2021, eq. (2.2)")
def tilt(m_X, metallicity):
    """Prefers heavy X, at high metallicity more so."""
    return np.log(300 / m_X) * (1.0 if metallicity == "GS98" else 0.5)
'''
# Nautilus trains networks, which takes seconds for any problem: what does not ask for it is tested with UltraNest
QUICK = {"nautilus": {"points": 800, "live": 100}, "ultranest": {"points": 800, "live": 100}}
FEW = {"sampler": "ultranest", "points": 100, "live": 64}


@pytest.fixture
def scan(tmp_path, add_plugin):
    add_plugin(TILT)
    constraint(Constraint("tilted", "tilt", "limit", "", "LZ 2025", likelihood="gaussian", value=0.0, error=1.0))
    file = tmp_path / "three.toml"
    file.write_text(SCAN)
    return scanner.load_scan(file)


@pytest.mark.parametrize("sampler", ["nautilus", "ultranest"])
def test_the_posterior_is_that_of_the_grid(finished, scan, tmp_path, sampler):
    """Distribution functions within four standard deviations of the sample's size, and 0.005 for the grid's steps."""
    ds = finished(SCAN, tmp_path / "three.zarr").dataset()
    grid = scanner.answer(ds, NAMES, ("m_X", "g_X", "metallicity"))
    found = scanner.sample(scan, NAMES, sampler, seed=1, **QUICK[sampler])
    size = found.attrs["effective_size"]
    assert size > 0.9 * QUICK[sampler]["points"]
    assert found.weight.sum() == pytest.approx(1, rel=1e-12)
    for axis in ("m_X", "g_X"):
        marginal = grid.posterior.sum({"m_X", "g_X", "metallicity"} - {axis}).values
        below = np.cumsum(marginal) - marginal / 2  # at the grid's points, half of the cell
        order = np.argsort(found[axis].values)
        sampled = np.interp(
            np.log(grid[axis]), np.log(found[axis].values[order]), np.cumsum(found.weight.values[order])
        )
        tolerance = 4 * np.sqrt(below * (1 - below) / size) + 0.005
        assert (np.abs(sampled - below) < tolerance).all()
    share = float(grid.posterior.sel(metallicity="GS98").sum())
    assert float(found.weight[found.metallicity == "GS98"].sum()) == pytest.approx(
        share, abs=4 * np.sqrt(share * (1 - share) / size)
    )
    evidence = float(np.log((grid.prior_mass * np.exp(-grid.m2lnL_profile / 2)).sum()))
    assert found.attrs["log_evidence"] == pytest.approx(evidence, abs=4 * found.attrs["log_evidence_error"] + 0.01)


def test_what_a_sample_says(scan):
    found = scanner.sample(scan, NAMES, **FEW)
    some = found.isel(sample=slice(-20, None))
    for name in NAMES:
        c = physics.constraints()[name]
        at = {axis: some[axis].values for axis in ("m_X", "g_X", "metallicity")}
        value = physics.evaluate(c.observable, **at)
        np.testing.assert_allclose(some[f"m2lnL_{name}"], c.minus_two_ln_l(value), rtol=1e-12)
    np.testing.assert_allclose(some.m2lnL, sum(some[f"m2lnL_{name}"] for name in NAMES), rtol=1e-12)
    assert (np.array(["GS98", "AGSS09"])[found.metallicity_code] == found.metallicity).all()
    assert (found.m_X.attrs["units"], found.attrs["complete"]) == ("MeV", "yes")
    assert json.loads(found.attrs["prior"]) == {"m_X": "log", "g_X": "log", "metallicity": "equal"}
    assert json.loads(found.attrs["scan_file"])["scan"]["title"] == "three axes"
    assert "path" not in json.loads(found.attrs["scan_file"])["store"]
    assert len(found.attrs["identity"]) == 64
    xr.testing.assert_identical(found.drop_attrs(), scanner.sample(scan, NAMES, **FEW).drop_attrs())  # the seed


def test_a_thin_surface(tmp_path):
    """Omega h^2 = 0.12 within 10 %: the sampled densities have the mean and the error of the constraint."""
    scan = scanner.load_scan("quick", ["axes.q_psi.values=[1.0]"])
    found = scanner.sample(
        scan, ["relic_density"], at={"m_X": 20.0, "mass_ratio": 0.6}, sampler="ultranest", points=300, live=100
    )
    g_X = found.g_X.values
    omega = physics.evaluate("relic_density", m_X=20.0, g_X=g_X, mass_ratio=0.6, q_psi=1.0)
    mean = float((found.weight * omega).sum())
    assert mean == pytest.approx(0.12, rel=0.02)
    assert float(np.sqrt((found.weight * (omega - mean) ** 2).sum())) == pytest.approx(0.012, rel=0.15)


def test_axes_that_do_not_matter_and_those_that_are_held(scan):
    problem = problem_of(scan, physics.constraint_set(["g2_FNAL2021"]), {}, {})
    assert problem.axes == ("m_X", "g_X")
    held = problem_of(scan, physics.constraint_set(NAMES), {"g_X": "flat"}, {"metallicity": "AGSS09"})
    assert dict(held.priors) == {"m_X": "log", "g_X": "flat"}
    assert held.scan.held["metallicity"] == "AGSS09"


def test_constraints_that_the_scan_cannot_have_are_left_out_with_what_is_missing(scan):
    problem = problem_of(scan, physics.constraint_set("current"), {}, {})
    assert problem.left_out["relic_overabundance"] == "the scan gives no mass_ratio, q_psi"
    assert {"g2_WP2025", "charm2", "lz2024"} <= {c.name for c in problem.constraints}


RAISES = '''
@physics.observable(unit="1", label="x", reference="Drees & Zhao 2021, eq. (2.2)")
def picky(m_X, g_X):
    """Raises."""
    if np.any((m_X > 100) & (m_X < 101)):
        raise ValueError("not there")
    return np.where(m_X > 200, np.nan, m_X / 100)
'''


def test_points_without_value_have_no_likelihood_and_are_counted(scan, add_plugin):
    add_plugin(RAISES, "picky.py")
    constraint(Constraint("soft", "picky", "limit", "", "LZ 2025", likelihood="gaussian", value=1.0, error=0.5))
    problem = problem_of(scan, physics.constraint_set(["soft"]), {"m_X": "flat"}, {"metallicity": "GS98"})
    shares = np.column_stack([(np.array([50.0, 100.5, 250.0, 150.0]) - 10) / 290, np.full(4, 0.5)])
    assert problem.ln_likelihood(shares).tolist() == pytest.approx([-0.5, -np.inf, -np.inf, -0.5])
    assert problem.without_value == {"soft": {physics.Status.ERROR: 1, physics.Status.NOT_CONVERGED: 1}}
    found = scanner.sample(scan, ["soft"], prior={"m_X": "flat"}, **FEW)
    assert found.m_X.max() <= 200
    assert not ((found.m_X > 100) & (found.m_X < 101)).any()
    assert "have no value, and likelihood zero (soft: " in found.attrs["verdict"]


def test_a_refused_choice_is_no_silence(tmp_path):
    file = tmp_path / "groups.toml"
    file.write_text(
        '[scan]\ntitle = "groups"\nobservables = ["babar_4mu_r"]\n[fixed]\nmass_ratio = 0.6\nq_psi = 1\n[axes]\n'
        'm_X = { values = [10, 20] }\ng_X = { values = [1e-5, 1e-4] }\ngauge_group = { values = ["Lmu-Ltau", "B-L"] }\n'
    )
    problem = problem_of(scanner.load_scan(file), physics.constraint_set(["babar_4mu"]), {}, {})
    assert problem.ln_likelihood(np.array([[0.5, 0.5, 0.2], [0.5, 0.5, 0.8]])).tolist() == [0.0, -np.inf]


@pytest.mark.parametrize("sampler", ["nautilus", "ultranest"])
def test_stopped_and_resumed(scan, tmp_path, sampler):
    """The first Ctrl-C ends it after the batch, with what there is; the same call goes on from there."""
    folder, before = tmp_path / "run", 0

    def interrupt(problem):
        nonlocal before
        if problem.evaluated >= 400 > before:
            os.kill(os.getpid(), signal.SIGINT)
        before = problem.evaluated

    asked = {"sampler": sampler, "at": {"metallicity": "GS98"}, "folder": folder, **QUICK[sampler]}
    part = scanner.sample(scan, NAMES, **asked, progress=interrupt)
    assert part.attrs["complete"] == "no"
    assert part.attrs["verdict"].startswith("Interrupted")
    assert part.sizes["sample"] > 10
    whole = scanner.sample(scan, NAMES, **asked)
    assert whole.attrs["complete"] == "yes"
    again = scanner.sample(scan, NAMES, **asked)  # nothing is left to do
    assert again.attrs["points_evaluated"] < 0.2 * whole.attrs["points_evaluated"]
    assert again.attrs["log_evidence"] == pytest.approx(whole.attrs["log_evidence"], abs=0.3)
    for other, says in (({"seed": 5}, "another seed"), ({"prior": {"g_X": "flat"}}, "another priors")):
        with pytest.raises(SelectionError, match=says):
            scanner.sample(scan, NAMES, **{**asked, **other})


def test_a_folder_of_something_else_is_not_touched(scan, tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(SelectionError, match="holds something else; choose another name"):
        scanner.sample(scan, NAMES, folder=tmp_path)
    assert not (tmp_path / PROBLEM).exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"sampler": "emcee"}, "sampler 'emcee': one of nautilus, ultranest"),
        ({"points": 0}, "at least 1"),
        ({"live": 3}, "at least 1 and 50"),
        ({"at": {"m_Y": 3.0}}, "the scan has no such axis; did you mean m_X"),
        ({"prior": {"m_X": "logg"}}, "prior 'logg' of m_X"),
        ({"prior": {"m_X": "log-distance"}}, "it is for mass_ratio"),
        ({"set": ["sensei"]}, "nothing of your set can be evaluated: sensei: the scan gives no mass_ratio"),
        ({"at": {"m_X": 20.0, "metallicity": "GS98"}}, "nautilus needs two axes at least"),
        ({"at": {"m_X": 20.0, "g_X": 1e-3, "metallicity": "GS98"}}, "nothing to sample"),
    ],
)  # fmt: skip
def test_refusals(scan, arguments, says):
    with pytest.raises(SelectionError, match=says):
        scanner.sample(scan, **{"set": NAMES, **arguments})


def test_a_set_that_excludes_everything(scan, registry):
    constraint(Constraint("never", "delta_a_mu", "limit", "", "LZ 2025", upper=-1.0))
    with pytest.raises(SelectionError, match="no point has a likelihood"):
        scanner.sample(scan, ["never"], "ultranest", points=10, live=50)


def test_a_sampler_that_is_not_installed(scan, monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(samplers.importlib, "import_module", missing)
    with pytest.raises(SelectionError, match=r"pip install 'lmutau\[sample\]'"):
        scanner.sample(scan, NAMES)


def test_chains(scan, tmp_path):
    """The form that GetDist documents: weight, -ln L, parameters, then derived ones with a star."""
    found = scanner.sample(scan, NAMES, **FEW)
    text, names, ranges = write_chains(found, tmp_path / "chain")
    columns = np.loadtxt(text)
    expected = [found.weight, found.m2lnL / 2, found.m_X, found.g_X, found.metallicity_code]
    np.testing.assert_array_equal(columns[:, :5].T, expected)
    lines = [line.split("\t") for line in names.read_text().splitlines()]
    assert [name for name, _ in lines] == ["m_X", "g_X", "metallicity", *(f"m2lnL_{name}*" for name in NAMES)]
    assert lines[0][1] == r"m_X\;\mathrm{[MeV]}"
    assert "$" not in names.read_text()
    assert ranges.read_text().splitlines() == ["m_X 10 300", "g_X 0.00020000000000000001 0.002", "metallicity -0.5 1.5"]


def test_getdist_and_anesthetic_read_the_chains(scan, tmp_path):
    getdist = pytest.importorskip("getdist", reason="not installed")
    found = scanner.sample(scan, NAMES, **FEW)
    write_chains(found, tmp_path / "chain")
    read = getdist.loadMCSamples(str(tmp_path / "chain"), settings={"ignore_rows": 0})
    assert [p.name for p in read.paramNames.names][:3] == ["m_X", "g_X", "metallicity"]
    assert read.mean("m_X") == pytest.approx(float((found.weight * found.m_X).sum()), rel=1e-9)
    assert read.ranges.getLower("m_X") == 10
    anesthetic = pytest.importorskip("anesthetic", reason="not installed")
    chains = anesthetic.read_chains(str(tmp_path / "chain"))
    assert chains["m_X"].mean() == pytest.approx(float((found.weight * found.m_X).sum()), rel=1e-9)
