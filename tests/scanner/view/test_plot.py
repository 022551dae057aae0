"""Pictures: what they say in titles, labels and legends, and that holes are not painted over."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import physics
from physics import Status
from scanner import SelectionError, Store, load_scan, make_plan
from scanner.view.plot import plot_map


@pytest.fixture
def ds(store):
    return store.dataset().load()


def texts(figure):
    axes = figure.axes[0]
    legend = axes.get_legend()
    labels = [t.get_text() for t in legend.get_texts()] if legend else []
    return axes.get_title(), axes.get_xlabel(), labels


def test_map_with_bands_and_lines(ds, tmp_path):
    figure = plot_map(
        ds, "m_X", "g_X", "relic_density", {"mass_ratio": 0.501},
        ["g2_FNAL2021", "n_eff_bbn_drees_zhao", "relic_density", "cmb"],
        {"mass_ratio": [0.501, 0.6]},
    )  # fmt: skip
    title, x, labels = texts(figure)
    assert title.startswith("small\n")
    assert "= 0.501" in title
    assert "q_\\psi$ = 1" in title
    assert "= 2.3 MeV" in title
    assert x == "$m_X$ [MeV]"
    assert figure.axes[0].get_xscale() == "log"
    assert any("excluded by" in label for label in labels)
    assert sum("0.12" in label for label in labels) == 2
    assert any("no solution" in label for label in labels)
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_holes_are_hatched_where_they_are(ds):
    ds["delta_a_mu_status"][1, 2] = Status.NOT_COMPUTED
    figure = plot_map(ds, "m_X", "g_X", "delta_a_mu")
    mesh, *hatched = figure.axes[0].collections
    assert mesh.get_array().mask.sum() == 1
    (cells,) = hatched
    assert cells.get_hatch()
    assert np.ma.count(cells.get_array()) == 1
    assert texts(figure)[2] == ["delta_a_mu: not computed"]


def test_edges_of_limits_are_solid_also_below_one(ds):
    """Matplotlib dashes contours of negative levels, such as the logarithm of what is below 1."""
    assert physics.constraints()["relic_overabundance"].upper < 1
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, ["relic_overabundance"])
    (edge,) = [c for c in figure.axes[0].collections if len(c.get_linestyle()) and not c.get_fill()]
    assert edge.get_linestyle() == [(0, None)]


def test_a_limit_is_filled_where_it_excludes(ds):
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, ["n_eff_bbn_drees_zhao"])
    filled = figure.axes[0].collections[0].get_paths()[0].vertices
    from scipy.optimize import brentq

    edge = brentq(lambda m: physics.evaluate("n_eff_entropy", m_X=m, mass_ratio=0.6) - 3.4, 5, 100)
    assert filled[:, 0].min() == 5.0
    assert 5 < filled[:, 0].max() < 100
    assert abs(np.log(filled[:, 0].max() / edge)) < 0.5  # four grid points only


def test_colours_can_be_chosen(ds):
    names = ["n_eff_bbn_drees_zhao", "relic_density"]
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, names, colours={"relic_density": "#000000"})
    usual, chosen = figure.axes[0].get_legend().legend_handles
    assert to_hex(usual.get_facecolor()) == physics.constraints()["n_eff_bbn_drees_zhao"].colour.lower()
    assert to_hex(chosen.get_color()) == "#000000"


LIMITS = """
[scan]
title = "Borexino"
observables = ["borexino_phase2_chi2", "borexino_phase2_g_X", "borexino_rate", "white_dwarf_excess"]
[axes]
m_X = { values = [5, 20, 80] }
g_X = { geomspace = [1e-4, 1e-2, 5] }
metallicity = { values = ["GS98", "AGSS09"] }
"""


def test_curves_are_values_of_the_vertical_axis(tmp_path, compute):
    path = tmp_path / "limits.toml"
    path.write_text(LIMITS)
    limits = compute(Store.create(tmp_path / "limits.zarr", make_plan(load_scan(path)))).dataset()
    at = {"metallicity": "AGSS09"}
    figure = plot_map(limits, "m_X", "g_X", None, at, ["borexino_phase2"], curves=["borexino_phase2_g_X"])
    line = figure.axes[0].lines[-1]
    np.testing.assert_array_equal(line.get_ydata(), physics.evaluate("borexino_phase2_g_X", m_X=[5, 20, 80], **at))
    assert texts(figure)[2][-1] == "$g_X$, Borexino II"
    with pytest.raises(SelectionError, match=r"borexino_phase2_chi2 is not a curve y\(m_X\): it depends on g_X, m_X"):
        plot_map(limits, "m_X", "g_X", None, at, curves=["borexino_phase2_chi2"])
    limits["g_X"].attrs["units"] = "MeV"
    with pytest.raises(SelectionError, match=r"borexino_phase2_g_X \[1\] is not a value of g_X \[MeV\]"):
        plot_map(limits, "m_X", "g_X", None, at, curves=["borexino_phase2_g_X"])


def test_nothing_to_draw_is_not_an_error(ds):
    ds["delta_a_mu_status"][:] = Status.NOT_COMPUTED
    figure = plot_map(ds, "m_X", "g_X", "delta_a_mu", constrain=["g2_FNAL2021"])
    assert texts(figure)[2][0] == "delta_a_mu: not computed"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"constrain": ["g2"]}, "no constraint 'g2'"),
        ({"observable": "relic_density"}, "depends on mass_ratio"),
        ({"x": "a_mu_dataset"}, "two numbers; a_mu_dataset has"),
        ({"lines": {"foo": [1]}}, "no axis 'foo'"),
        ({"constrain": ["line_511"]}, "no observable 'positron_production_511'"),
    ],
)
def test_errors(ds, arguments, says):
    with pytest.raises(SelectionError, match=says):
        plot_map(ds, **({"x": "m_X", "y": "g_X"} | arguments))


def test_a_store_of_another_release(foreign_store):
    """Names, labels and units are the store's."""
    ds = foreign_store.dataset().load()
    figure = plot_map(ds, "m_V", "g_X", "foreign_strength", {"m_X": 5.0}, ["n_eff_bbn_drees_zhao"], {"m_V": [10.0]})
    title, x, labels = texts(figure)
    assert x == "$m_V$ [MeV]"
    assert figure.axes[1].get_ylabel() == "strength of V [cm]"
    assert "$Q$ = 1.5 MeV" in title
    assert labels[0] == "foreign_strength: outside domain"
