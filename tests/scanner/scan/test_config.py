"""Scan files: what they may say, and what they hear when they say it wrongly."""

import re

import numpy as np
import pytest
import xarray as xr

import physics
from scanner import ScanError, Store, load_scan, make_plan
from scanner.scan.config import preset_names

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
        ("[1, 2]", "[2, 1]", "my.toml: axes.m_X: values must ascend without duplicates: [2.0, 1.0]"),
        ("[1, 2]", "[1, 1]", "values must ascend without duplicates"),
        ("[1, 2]", "[-1, 2]", "axes.m_X: m_X = -1.0 is not allowed: m_X > 0 [MeV]"),
        ("[1, 2]", "[1, nan]", "axes.m_X.values"),
        ("[1, 2]", "[]", "values must not be empty"),
        ("values = [1, 2]", "geomspace = [10, 1, 5]", "geomspace = [start, stop, number] must ascend"),
        ("values = [1, 2]", "geomspace = [0, 1, 5]", "geomspace must start above 0"),
        ("values = [1, 2]", "geomspace = [1, 2, 1]", "axes.m_X.geomspace.number"),
        (
            "values = [1, 2]",
            "geomspace = [1, 2]",
            "my.toml: axes.m_X.geomspace: [start, stop, number] is needed, such as [1, 100, 50] (got [1, 2])",
        ),
        (
            "{ values = [1, 2] }",
            "[{ values = [1] }, { linspace = 3 }]",
            "axes.m_X.1.linspace: [start, stop, n",
        ),
        (
            "values = [1, 2]",
            "logspace = [1, 2, 3]",
            "axes.m_X.logspace: unknown key; did you mean linspace or geomspace",
        ),
        ("values = [1, 2]", "values = [1], linspace = [1, 2, 3]", "give exactly one of geomspace, linspace, values"),
        ("values = [1, 2]", 'values = ["heavy"]', "axes.m_X: numbers are needed"),
        ("delta_a_mu", "delta_a_nu", "scan.observables: no observable 'delta_a_nu'; did you mean delta_a_mu"),
        ('["delta_a_mu"]', '["delta_a_mu", "delta_a_mu"]', "an observable is named twice"),
        ('["delta_a_mu"]', "[]", "scan.observables"),
        ('"delta_a_mu"', '"relic_density"', "relic_density needs mass_ratio; add it to [axes] or [fixed]"),
        ("[axes]", "[fixed]\nm_X = 3\n[axes]", "fixed.m_X: also in [axes]; leave one of them out"),
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
        ("[1, 2]", "[true]", "axes.m_X.values.0: a number is needed, not true"),
        ("m_X = { values = [1, 2] }", "m_X = []", "axes.m_X: give at least one range"),
        ("m_X = { values = [1, 2] }", "m_X = 3", "axes.m_X: a table is needed"),
        ("[axes]", "[fixed]\nn_nu = true\n[axes]", "fixed.n_nu: a number is needed, not true"),
        ("values = [1, 2]", "geomspace = [1, 2, 1000000000000]", "axes.m_X.geomspace.number"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "m_X"\n[axes]', "two different axes, not m_X twice"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "g_X"\nat = { m_X = 1 }\n[axes]', "m_X is an axis of the plane"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "g_X"\nobservable = "foo"\n[axes]', "plot.observable: no 'foo'"),
        ("[axes]", '[plot]\nx = "m_X"\ny = "g_X"\ncurves = ["lz_g_X"]\n[axes]', "plot.curves: 'lz_g_X' is not an obs"),
        ("title =", "titel =", "scan.titel: unknown key; did you mean title"),
        ("[scan]", "[scan", "my.toml: not valid TOML"),
    ],
)
def test_errors_name_file_key_and_remedy(tmp_path, old, new, says):
    assert old in BASE
    with pytest.raises(ScanError, match=re.escape(says)) as caught:
        load(tmp_path, BASE.replace(old, new))
    assert "my.toml" in str(caught.value)


def test_an_axis_that_is_overridden_leaves_the_picture(tmp_path):
    plot = '[plot]\nx = "m_X"\ny = "g_X"\nat = { q_psi = 1 }\nlines = { q_psi = [1] }\n[axes]\nq_psi = { values = [1] }'
    text = BASE.replace("[axes]", plot).replace('["delta_a_mu"]', '["delta_a_mu", "sigma_v_X_today"]')
    text = text.replace("[scan]", "[fixed]\nmass_ratio = 0.6\n[scan]")
    scan = load(tmp_path, text, "fixed.q_psi=1")
    assert (scan.plot.x, scan.plot.at, scan.plot.lines) == ("m_X", {}, {})
    assert load(tmp_path, text, "fixed.m_X=23").plot is None
    assert load(tmp_path, text, "fixed.neutrino_flavours='common'").plot == load(tmp_path, text).plot


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


LINE = """
[scan]
title = "t"
observables = ["relic_density", "n_eff_entropy"]
[axes]
m_X = { values = [1, 2] }
g_X = { values = [1e-3] }
[fixed]
q_psi = 1
[bound]
mass_ratio = "mass_ratio_relic_above"
"""


def test_a_bound_parameter_is_no_axis(tmp_path):
    scan = load(tmp_path, LINE)
    assert scan.bound == {"mass_ratio": "mass_ratio_relic_above"}
    assert scan.grid.dims == ("m_X", "g_X")
    assert scan.held == {"q_psi": 1, "mass_ratio": physics.bound("mass_ratio_relic_above")}
    assert load(tmp_path, BASE).bound == {}


def test_an_override_moves_a_parameter(tmp_path):
    below = load(tmp_path, LINE, 'bound.mass_ratio="mass_ratio_relic_below"')
    assert below.bound == {"mass_ratio": "mass_ratio_relic_below"}
    axis = load(tmp_path, LINE, "axes.mass_ratio.values=[0.3, 0.6]", "fixed.g_X=2e-3")
    assert (axis.bound, axis.grid.dims) == ({}, ("m_X", "mass_ratio"))
    plot = ["plot.at={q_psi=1}", "plot.lines={}"]
    quick = load_scan("quick", ['bound.mass_ratio="mass_ratio_relic_above"', *plot])
    assert "mass_ratio" not in quick.grid.dims


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mass_ratio =", "mass_ration =", "my.toml: bound.mass_ration: no such parameter; did you mean mass_ratio"),
        ("relic_above", "relic_abov", "bound.mass_ratio: no observable 'mass_ratio_relic_abov'; did you mean mass_rat"),
        ("mass_ratio_relic_above", "gamma_X", "bound.mass_ratio: mass_ratio [1] cannot be bound to gamma_X [MeV]"),
        ("mass_ratio_relic_above", "x_freeze_out", "bound.mass_ratio: a cycle: mass_ratio -> x_freeze_out -> "),
        ("[bound]", '[bound]\ng_X = "g_X_relic"', "bound.g_X: also in [axes]; leave one of them out"),
        ("[bound]", '[bound]\nq_psi = "epsilon"', "bound.q_psi: also in [fixed]; leave one of them out"),
        (
            "[bound]",
            '[bound]\nmetallicity = "epsilon"',
            "bound.metallicity: metallicity cannot be bound to epsilon: it",
        ),
        (
            "[bound]",
            '[bound]\nomega_target = "relic_density"',
            "bound: a cycle: omega_target -> relic_density -> mass_ratio -> mass_ratio_relic_above -> omega_target",
        ),
        ("[bound]", "[bound]\nn_nu = 3", "bound.n_nu: Input should be a valid string (got 3)"),
        ("g_X = {", "n_nu = {", "relic_density needs g_X; add it to [axes] or [fixed], or to [bound]"),
        ("q_psi = 1", "", "relic_density needs q_psi; add it to [axes] or [fixed], or to [bound]"),
        (
            '["relic_density", "n_eff_entropy"]\n[axes]\nm_X = { values = [1, 2] }\ng_X = { values = [1e-3] }',
            '["n_eff_entropy"]\n[axes]\nm_X = { values = [1, 2] }',
            "n_eff_entropy needs g_X (through [bound]); add it",
        ),
        (
            "[bound]",
            '[plot]\nx = "m_X"\ny = "g_X"\nat = { mass_ratio = 0.51 }\n[bound]',
            "plot.at: mass_ratio is bound to mass_ratio_relic_above, so it is not an axis; leave it out",
        ),
    ],
)
def test_wrong_bindings(tmp_path, old, new, says):
    assert old in LINE
    with pytest.raises(ScanError, match=re.escape(says)):
        load(tmp_path, LINE.replace(old, new))


CHOICES = """
parameter("way", "how", choices=("short", "long", "none"), default="short")
parameter("my_length", "only the long way", unit="MeV")

@observable(unit="1", label="w", reference="mine", when={"way": "short"})
def walked(m_X):
    return m_X

@physics.branch("walked", when={"way": "long"})
def walked_far(m_X, g_X, my_length):
    return m_X * g_X * my_length
"""

WALK = """
[scan]
title = "walk"
observables = ["walked"]
[axes]
m_X = { values = [1, 2] }
g_X = { values = [1e-3, 2e-3] }
"""


def test_a_fixed_choice_decides_what_is_needed(add_plugin, tmp_path):
    add_plugin(CHOICES)
    short = load(tmp_path, WALK)
    assert short.parameters_of("walked") == ("m_X", "way"), "the default counts"
    far = load(tmp_path, WALK, 'fixed.way="long"', "fixed.my_length=3")
    assert set(far.parameters_of("walked")) == {"m_X", "g_X", "way", "my_length"}
    both = load(tmp_path, WALK, 'axes.way.values=["short", "long"]', "fixed.my_length=3")
    assert both.choices["way"] == ("long", "short")
    assert set(both.parameters_of("walked")) == {"m_X", "g_X", "way", "my_length"}
    with pytest.raises(ScanError, match="walked needs my_length"):
        load(tmp_path, WALK, 'fixed.way="long"')
    families = {family.dims for family in make_plan(short).families}
    assert families == {("m_X",)}, "nothing is computed along an axis that only other choices need"


def test_a_scan_with_a_fixed_method_does_not_depend_on_what_others_need():
    """The Boltzmann equation needs T_nu_decoupling; freeze-out does not, and has no axis along it."""
    overrides = ['scan.observables=["relic_density"]', "axes.T_nu_decoupling.values=[2.0, 2.3]"]
    assert "T_nu_decoupling" not in load_scan("quick", overrides).parameters_of("relic_density")
    coupled = load_scan("quick", [*overrides, 'fixed.relic_method="boltzmann"'])
    assert "T_nu_decoupling" in coupled.parameters_of("relic_density")


def test_a_choice_that_nobody_wrote_is_refused_before_anything_is_computed(add_plugin, tmp_path):
    add_plugin(CHOICES)
    with pytest.raises(
        ScanError, match="walked has no value in this scan: walked is for way = short or long, not none"
    ):
        load(tmp_path, WALK, 'fixed.way="none"')
    some = load(tmp_path, WALK, 'axes.way.values=["short", "none"]')
    assert some.scan.observables == ["walked"], "the points say so: status 2"


def test_a_refusal_through_the_graph_is_told(tmp_path):
    with pytest.raises(
        ScanError, match=r"my\.toml: scan\.observables: epsilon .*mixing_per_coupling is for gauge_group"
    ):
        load(tmp_path, BASE.replace("delta_a_mu", "epsilon"), 'fixed.gauge_group="B-L"')


def test_a_plugin_that_the_scan_needs_is_asked_for_and_never_run(add_plugin, tmp_path):
    text = WALK.replace('["walked"]', '["walked"]\nplugins = ["code/mine.py"]')
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "mine.py").write_text("raise SystemExit('it was run')")
    with pytest.raises(ScanError, match=r"scan\.plugins: the scan needs code/mine\.py; .*--plugin code/mine\.py"):
        load(tmp_path, text)
    add_plugin(CHOICES)
    assert load(tmp_path, text).scan.plugins == ["code/mine.py"]


READINGS = """
[scan]
title = "by a paper"
observables = ["borexino_phase2_chi2", "xenon1t_g_X"]
readings = "paper:amaral-2020"
[axes]
m_X = { values = [1, 20] }
g_X = { values = [1e-4, 1e-3] }
"""


def test_a_named_set_of_readings_is_fixed(tmp_path):
    scan = load(tmp_path, READINGS)
    assert scan.fixed == physics.readings("paper:amaral-2020"), "also those that neither observable depends on"
    assert scan.reading == ("paper:amaral-2020", {})
    assert load(tmp_path, READINGS, 'scan.readings="2026"').fixed == {}


def test_what_the_file_says_itself_wins_over_the_set(tmp_path):
    overrides = ['axes.kinetic_mixing.values=["photon"]', 'fixed.xenon1t_error="poisson"', "fixed.chi2_level=1.642"]
    scan = load(tmp_path, READINGS, *overrides)
    assert "kinetic_mixing" not in scan.fixed
    assert (scan.fixed["xenon1t_error"], scan.fixed["electron_couplings"]) == ("poisson", "tree")
    assert str(scan.reading) == (
        "paper:amaral-2020, with chi2_level = 1.642, xenon1t_error = poisson, kinetic_mixing = scanned"
    )


def test_a_bound_parameter_wins_over_the_set(tmp_path):
    text = READINGS.replace('"borexino_phase2_chi2"', '"n_eff_entropy_X_only"').replace(
        "amaral-2020", "drees-zhao-2021"
    )
    scan = load(tmp_path, text, 'bound.n_nu="n_eff"', "fixed.mass_ratio=0.6", "fixed.q_psi=1")
    assert "n_nu" not in scan.fixed
    assert scan.reading.departures == {"n_nu": "bound:n_eff"}


def test_the_set_is_found_where_none_is_named(tmp_path):
    unnamed = READINGS.replace('readings = "paper:amaral-2020"', "")
    assert load(tmp_path, unnamed).reading == ("2026", {})
    listed = [f"fixed.{p}={v!r}" for p, v in physics.readings("paper:amaral-2020").items() if p != "delta_CP"]
    named, departures = load(tmp_path, unnamed, *listed).reading
    assert (named, departures) == ("paper:amaral-2020", {"delta_CP": 212.0})


def test_an_unknown_set_of_readings(tmp_path):
    with pytest.raises(ScanError, match=r"my.toml: scan.readings: no set of readings 'amaral'; known: 2026, paper:"):
        load(tmp_path, READINGS, 'scan.readings="amaral"')


def test_presets_of_papers_follow_the_papers():
    readings = {name: load_scan(name).reading for name in preset_names()}
    assert {name: reading.name for name, reading in readings.items()} == {
        name: f"paper:{name}" if name[-4:].isdecimal() else "2026" for name in readings
    }
    assert {name: list(reading.departures) for name, reading in readings.items() if reading.departures} == {
        "amaral-2020": ["cenns10_inputs", "cenns10_error", "kinetic_mixing"],
        "foldenauer-2024": ["wd_reading"],
        "kamada-2018": ["sidm_reading"],
    }


def test_every_preset_draws_what_its_axes_have():
    for name in preset_names():
        assert load_scan(name).off_the_grid() == [], name


def test_a_particle_can_be_absent(tmp_path):
    text = BASE.replace("delta_a_mu", "babar_4mu_r") + '[fixed]\nmass_ratio = "None"\nq_psi = 1\n'
    store = Store.create(tmp_path / "s.zarr", make_plan(load(tmp_path, text, "axes.m_X.values=[300, 400]")))
    for family, index in store.pending():
        store.write_block(family, index, store.compute_block(family, index))
    store.finalize()
    stored = xr.open_zarr(store.path).babar_4mu_r.sel(m_X=300).values.item()
    assert stored == physics.evaluate("babar_4mu_r", m_X=300, g_X=1e-3, mass_ratio=None, q_psi=1)
    assert stored > physics.evaluate("babar_4mu_r", m_X=300, g_X=1e-3, mass_ratio=0.3, q_psi=1)
    with pytest.raises(ScanError, match="q_psi"):
        load(tmp_path, text.replace("q_psi = 1", 'q_psi = "None"'))
