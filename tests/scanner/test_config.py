"""Scan files: what they may say, and what they hear when they say it wrongly."""

import re

import numpy as np
import pytest

from scanner import ScanError, load_scan
from scanner.config import preset_names

BASE = """
[scan]
title = "t"
observables = ["delta_a_mu"]
[axes]
m_X = { values = [1, 2] }
g_X = { values = [1e-3] }
"""


def load(tmp_path, text, *overrides):
    path = tmp_path / "my.toml"
    path.write_text(text)
    return load_scan(path, overrides)


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_valid(name):
    scan = load_scan(name)
    assert scan.plot is not None
    assert scan.store.path == f"{name}.zarr"


def test_ranges_are_joined_sorted_and_shifted(tmp_path):
    scan = load(
        tmp_path,
        BASE
        + "mass_ratio = [{ linspace = [0.5, 0.7, 3] }, { values = [0.6] }, { values = [-0.2, 0.1], offset = 0.5 }]",
    )
    np.testing.assert_allclose(scan.grid.axes["mass_ratio"].values, [0.3, 0.5, 0.6, 0.7])


def test_categories_keep_their_order(tmp_path):
    scan = load(tmp_path, BASE + 'metallicity = { values = ["GS98", "AGSS09"] }')
    assert scan.grid.axes["metallicity"].values.tolist() == ["GS98", "AGSS09"]


def test_overrides(tmp_path):
    scan = load(tmp_path, BASE, "axes.m_X.geomspace=[1,100,3]", 'store.path="here.zarr"', "fixed.q_psi=2")
    np.testing.assert_allclose(scan.grid.axes["m_X"].values, [1, 10, 100])
    assert scan.store.path == "here.zarr"
    assert scan.fixed == {"q_psi": 2}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("m_X = {", "m_x = {", "my.toml: axes.m_x: no such parameter; did you mean m_X"),
        ("[1, 2]", "[2, 1]", "my.toml: axes.m_X.0: values must ascend without duplicates: [2.0, 1.0]"),
        ("[1, 2]", "[1, 1]", "values must ascend without duplicates"),
        ("[1, 2]", "[-1, 2]", "axes.m_X: m_X = -1.0 is not allowed: m_X > 0 [MeV]"),
        ("[1, 2]", "[1, nan]", "axes.m_X.0.values"),
        ("[1, 2]", "[]", "values must not be empty"),
        ("values = [1, 2]", "geomspace = [10, 1, 5]", "geomspace = [start, stop, number] must ascend"),
        ("values = [1, 2]", "geomspace = [0, 1, 5]", "geomspace must start above 0"),
        ("values = [1, 2]", "geomspace = [1, 2, 1]", "axes.m_X.0.geomspace.2"),
        ("values = [1, 2]", "geomspace = [1, 2]", "axes.m_X.0.geomspace"),
        (
            "values = [1, 2]",
            "logspace = [1, 2, 3]",
            "axes.m_X.0.logspace: unknown key; did you mean linspace or geomspace",
        ),
        ("values = [1, 2]", "values = [1], linspace = [1, 2, 3]", "give exactly one of geomspace, linspace, values"),
        ("values = [1, 2]", 'values = ["heavy"]', "axes.m_X: numbers are needed"),
        ("delta_a_mu", "delta_a_nu", "scan.observables: no observable 'delta_a_nu'; did you mean delta_a_mu"),
        ('["delta_a_mu"]', '["delta_a_mu", "delta_a_mu"]', "an observable is named twice"),
        ('["delta_a_mu"]', "[]", "scan.observables"),
        ('"delta_a_mu"', '"relic_density"', "relic_density needs mass_ratio; add it to [axes] or [fixed]"),
        ("[axes]", "[fixed]\nm_X = 3\n[axes]", "fixed.m_X: it is an axis, too"),
        ("[axes]", "[fixed]\nq_psi = -3\n[axes]", "fixed.q_psi: q_psi = -3.0 is not allowed"),
        (
            "[axes]",
            '[fixed]\nkinetic_mixing = "Z"\n[axes]',
            "fixed.kinetic_mixing: kinetic_mixing = 'Z' is not allowed",
        ),
        ("[axes]", "[fixed]\nq = 3\n[axes]", "fixed.q: no such parameter"),
        ("[axes]", '[store]\nfile = "a"\n[axes]', "store.file: unknown key"),
        ("[axes]", "[store]\npoints_per_block = 0\n[axes]", "store.points_per_block"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "q_psi"\n[axes]', "plot.y: 'q_psi' is not an axis of this scan (m_X, g_X)"),
        ("[axes]", '[plot]\nx="m_X"\ny="g_X"\nconstraints=["g2"]\n[axes]', "plot.constraints: no 'g2'"),
        ("[scan]", "store = 3\n[scan]", "my.toml: store:"),
        ("[scan]", "axes = 3\n[scan]", "my.toml: not valid TOML"),
        ("[1, 2]", "[true]", "axes.m_X.0.values.0: a number is needed, not true"),
        ("m_X = { values = [1, 2] }", "m_X = []", "axes.m_X: give at least one range"),
        ("m_X = { values = [1, 2] }", "m_X = 3", "axes.m_X.0: a table is needed"),
        ("[axes]", "[fixed]\nn_nu = true\n[axes]", "fixed.n_nu: a number is needed, not true"),
        ("values = [1, 2]", "geomspace = [1, 2, 1000000000000]", "axes.m_X.0.geomspace.2"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "m_X"\n[axes]', "two different axes, not m_X twice"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "g_X"\nat = { m_X = 1 }\n[axes]', "m_X is an axis of the plane"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "g_X"\nobservable = "foo"\n[axes]', "plot.observable: no 'foo'"),
        ("title =", "titel =", "scan.titel: unknown key; did you mean title"),
        ("[scan]", "[scan", "my.toml: not valid TOML"),
    ],
)
def test_errors_name_file_key_and_remedy(tmp_path, old, new, says):
    assert old in BASE
    with pytest.raises(ScanError, match=re.escape(says)) as caught:
        load(tmp_path, BASE.replace(old, new))
    assert "my.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("axes.m_X", "write section.key=value"),
        ("scan.title=abc", "text needs quotes"),
        ("=3", "write section.key=value"),
    ],
)
def test_wrong_overrides(tmp_path, override, says):
    with pytest.raises(ScanError, match=says):
        load(tmp_path, BASE, override)


def test_missing_file_lists_presets():
    with pytest.raises(ScanError, match="quick"):
        load_scan("quikc")
