"""Titles: every value that is held, with the store's labels and units, in a few rows that fit."""

import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from scanner import Store, load_scan, make_plan
from scanner.view.plot import plot_map
from scanner.view.title import labelled, title


@pytest.fixture
def ds(store):
    return store.dataset()


def test_slices_held_values_and_defaults(ds):
    first, *rows = title(ds, ["relic_density"], {"mass_ratio": 0.501}, ("m_X", "g_X"), nearest=False).split("\n")
    assert first == "small"
    assert rows[0].startswith(r"$m_\psi/m_X$ = 0.501, $q_\psi$ = 1, ")
    assert r"$T_{\nu,D}$ = 2.3 MeV" in title(ds, ["n_eff_entropy"], {"mass_ratio": 0.6}, ("m_X", "g_X"), nearest=False)


def test_the_value_that_was_taken_as_the_nearest(ds):
    assert "= 0.501," in title(ds, ["relic_density"], {"mass_ratio": 0.52}, ("m_X", "g_X"), nearest=True)


def test_axes_of_the_picture_are_not_held(ds):
    assert "m_X" not in title(ds, ["delta_a_mu"], {}, ("m_X", "g_X"), nearest=False)
    assert r"m_\psi" not in title(ds, ["relic_density"], {}, ("m_X", "g_X", "mass_ratio"), nearest=False)


def test_usual_values_are_left_out_where_rows_are_too_many(ds, monkeypatch):
    monkeypatch.setattr("scanner.view.title._ROWS", 2)
    shown = ["relic_density", "n_eff_entropy", "a_mu_pull"]
    at = {"mass_ratio": 0.6, "a_mu_dataset": "WP2025"}
    text = title(ds, shown, at, ("m_X", "g_X"), nearest=False)
    assert text.endswith(" others: readings 2026")
    assert r"$q_\psi$ = 1" in text, "not a default: the scan fixes it"
    assert "2.3" not in text


PAPER = """
[scan]
title = "paper"
observables = ["cmb_ratio", "xenon1t_chi2"]
readings = "paper:amaral-2020"
[axes]
m_X = { values = [5, 20] }
g_X = { values = [1e-4, 1e-3] }
[fixed]
mass_ratio = 0.51
q_psi = 1
kinetic_mixing = "photon"
"""


def test_the_name_of_a_set_stands_for_its_choices_but_not_for_what_departs(tmp_path):
    (tmp_path / "paper.toml").write_text(PAPER)
    ds = Store.create(tmp_path / "paper.zarr", make_plan(load_scan(tmp_path / "paper.toml"))).dataset()
    shown = ["cmb_ratio", "xenon1t_chi2"]
    text = title(ds, shown, {}, ("m_X", "g_X"), nearest=False)
    assert re.search(r", \d+ others: readings paper:amaral-2020$", text)
    assert "kinetic mixing = photon" in text
    assert "tree" not in text
    del ds.attrs["readings"]  # a store from before there were sets
    assert re.search(r", \d+ others$", title(ds, shown, {}, ("m_X", "g_X"), nearest=False))


def test_a_short_title_names_the_set_after_all_values(ds):
    assert (
        title(ds, ["delta_a_mu"], {}, ("m_X", "g_X"), nearest=False) == "small\ngauge group = Lmu-Ltau, readings 2026"
    )


def test_what_a_parameter_follows(bound_store):
    text = title(bound_store.dataset(), ["relic_density"], {}, ("m_X", "g_X"), nearest=False)
    assert r"$m_\psi/m_X$ = mass_ratio_relic_above" in text


FIXED = """
[scan]
title = "fixed"
observables = ["white_dwarf_excess"]
[axes]
m_X = { values = [5, 20] }
g_X = { values = [1e-4, 1e-3] }
[fixed]
wd_mass = 1.0
wd_temperature = 123456789.0
"""


def test_fixed_values_are_those_of_the_scan_file(tmp_path):
    (tmp_path / "fixed.toml").write_text(FIXED)
    ds = Store.create(tmp_path / "fixed.zarr", make_plan(load_scan(tmp_path / "fixed.toml"))).dataset()
    text = title(ds, ["white_dwarf_excess"], {}, ("m_X", "g_X"), nearest=False)
    assert "= 123456789 K" in text


def test_it_is_the_stores_word_not_this_releases(ds):
    """A label, a unit and a default that have changed since."""
    ds.attrs["parameters"] = '{"q_psi": {"units": "e", "label": "charge", "default": 1.0}}'
    text = title(ds, ["relic_density"], {"mass_ratio": 0.501}, ("m_X", "g_X"), nearest=False)
    assert "charge = 1 e" in text


def test_it_fits_into_the_figure(store):
    ds = store.dataset().load()
    figure = plot_map(ds, "m_X", "g_X", "cmb_ratio", {"mass_ratio": 0.6}, ["n_eff_bbn_drees_zhao", "relic_density"])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.axes[0].title.get_window_extent(canvas.get_renderer())
    assert figure.axes[0].get_title().count("\n") >= 3
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_labels(ds):
    assert labelled(ds.m_X, "m_X") == "$m_X$ [MeV]"
    assert labelled(ds.g_X, "g_X") == "$g_X$"
    assert labelled(ds.relic_density.drop_attrs(), "relic_density") == "relic_density"
    old = ds.relic_density.assign_attrs(
        label="r", long_name="relic density of the dark matter, in units of the critical one"
    )
    assert labelled(old, "relic_density") == "r", "of an earlier version: the label is an attribute of its own"
