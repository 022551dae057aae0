"""Titles: every value that is held, with the store's labels and units, in a few rows that fit."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg

from scanner import Store, load_scan, make_plan
from scanner.view.plot import plot_map
from scanner.view.title import held, labelled, title_of


@pytest.fixture
def ds(store):
    return store.dataset()


def title(ds, *arguments, **options):
    return title_of(ds, held(ds, *arguments, **options))


def test_slices_and_what_has_no_default(ds):
    first, *rows = title(ds, ["relic_density"], {"mass_ratio": 0.501}, ("m_X", "g_X"), nearest=False).split("\n")
    assert first == "small"
    assert rows == [r"$m_\psi/m_X$ = 0.501, $q_\psi$ = 1"]


def test_all_that_is_held_is_known(ds):
    found = {h.name: h for h in held(ds, ["n_eff_entropy"], {"mass_ratio": 0.6}, ("m_X", "g_X"), nearest=False)}
    (decoupling,) = (h for h in found.values() if "2.3" in h.value)
    assert decoupling.text == r"$T_{\nu,D}$ = 2.3 MeV"
    assert decoupling.is_usual
    assert not found["mass_ratio"].is_usual


def test_the_value_that_was_taken_as_the_nearest(ds):
    assert "= 0.501," in title(ds, ["relic_density"], {"mass_ratio": 0.52}, ("m_X", "g_X"), nearest=True)


def test_axes_of_the_picture_are_not_held(ds):
    assert "m_X" not in title(ds, ["delta_a_mu"], {}, ("m_X", "g_X"), nearest=False)
    assert r"m_\psi" not in title(ds, ["relic_density"], {}, ("m_X", "g_X", "mass_ratio"), nearest=False)


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
    assert text.endswith("readings paper:amaral-2020")
    assert "kinetic mixing = photon" in text
    assert "tree" not in text
    del ds.attrs["readings"]  # a store from before there were sets
    assert "readings" not in title(ds, shown, {}, ("m_X", "g_X"), nearest=False)


def test_usual_readings_are_not_named(ds):
    assert title(ds, ["delta_a_mu"], {}, ("m_X", "g_X"), nearest=False) == "small"


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
    ds.attrs["parameters"] = '{"q_psi": {"units": "e", "label": "charge", "default": 2.0}}'
    text = title(ds, ["relic_density"], {"mass_ratio": 0.501}, ("m_X", "g_X"), nearest=False)
    assert "charge = 1 e" in text


def test_it_fits_into_the_figure(store):
    ds = store.dataset().load()
    figure = plot_map(ds, "m_X", "g_X", "cmb_ratio", {"mass_ratio": 0.6}, ["n_eff_bbn_drees_zhao", "relic_density"])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.axes[0].title.get_window_extent(canvas.get_renderer())
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_labels(ds):
    assert labelled(ds.m_X, "m_X") == "$m_X$ [MeV]"
    assert labelled(ds.g_X, "g_X") == "$g_X$"
    assert labelled(ds.relic_density.drop_attrs(), "relic_density") == "relic_density"
    old = ds.relic_density.assign_attrs(
        label="r", long_name="relic density of the dark matter, in units of the critical one"
    )
    assert labelled(old, "relic_density") == "r", "of an earlier version: the label is an attribute of its own"


def test_units_are_typeset():
    assert labelled(xr.DataArray(0.0, attrs={"label": "F", "units": "cm^-2 s^-1"}), "f") == "F [cm$^{-2}$ s$^{-1}$]"
    assert labelled(xr.DataArray(0.0, attrs={"label": "s", "units": "cm^3/s/MeV"}), "s") == "s [cm$^{3}$/s/MeV]"
    assert labelled(xr.DataArray(0.0, attrs={"label": "m", "units": "MeV"}), "m") == "m [MeV]"


def test_a_particle_that_is_not_there_is_said_in_words_and_once(ds):
    """Nor is the charge of what is not there."""
    held_there = '{"mass_ratio": "None", "q_psi": 1.0, "m_phi": "None"}'
    for values in ds.data_vars.values():
        values.attrs["held_parameters"] = held_there
    ds.attrs["parameters"] = (
        '{"mass_ratio": {"label": "$m_\\\\psi/m_X$", "units": "1", "description": "m_psi / m_X; None: no dark matter"},'
        ' "q_psi": {"units": "1"}, "m_phi": {"default": null, "description": "x; None: not there"}}'
    )
    shown = ["delta_a_mu", "sigma_monophoton"]
    text = title(ds, shown, {}, ("m_X", "g_X"), nearest=False)
    assert text == "small\nno dark matter, m_phi: not there"
    assert {h.name: h.value for h in held(ds, shown, {}, ("m_X", "g_X"), nearest=False)}["q_psi"] == "1"


@pytest.mark.parametrize(
    ("axis", "at", "says"),
    [
        (np.geomspace(0.1, 5, 5), 0.2659147948, "0.2659"),
        (np.array([0.49, 0.50003, 0.51]), 0.50003, "0.50003"),  # not the resonance
        (np.array([0.5001, 0.50012345678, 0.5002]), 0.50012345678, "0.500123"),
        (np.array([1 / 3]), 1 / 3, "0.3333"),
    ],
)
def test_sliced_values_have_the_digits_that_tell_them_apart(ds, axis, at, says):
    ds = ds.isel(mass_ratio=np.zeros(len(axis), int)).assign_coords(
        mass_ratio=("mass_ratio", axis, ds.mass_ratio.attrs)
    )
    (one,) = held(ds, [], {"mass_ratio": at}, ("m_X", "g_X"), nearest=True)
    assert one.text == rf"$m_\psi/m_X$ = {says}"
    assert float(one.value) == pytest.approx(at, rel=1e-9), "the metadata have all of it"


def test_the_only_value_of_an_axis_has_at_most_ten_digits(ds):
    """Also beside values that are lost."""
    for others in ([], [np.nan]):
        axis = np.array([1 / 3, *others])
        one_axis = ds.isel(m_X=np.zeros(len(axis), int)).assign_coords(m_X=("m_X", axis, ds.m_X.attrs))
        (one,) = held(one_axis, [], {"m_X": 1 / 3}, ("g_X",), nearest=True)
        assert one.text == "$m_X$ = 0.3333333333 MeV"


def test_titles_are_typeset_and_metadata_are_not(ds):
    ds.attrs["title"] = "L_mu - L_tau: quick scan"
    figure = plot_map(ds, "m_X", "g_X", "delta_a_mu")
    assert figure.axes[0].get_title().startswith(r"$L_\mu - L_\tau$: quick scan")
    assert figure.record.about["Title"] == "L_mu - L_tau: quick scan"
    assert plot_map(ds, "m_X", "g_X", "delta_a_mu", title="L_mu").axes[0].get_title() == "L_mu", "as the user has it"
