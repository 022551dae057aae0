"""The layout: what a store says of itself, in attributes that any reader understands."""

import json

import pytest

from physics import Status
from physics.core.readings import sets
from scanner import Store, load_scan, make_plan
from scanner.store.layout import held_parameters, parameters, readings_followed

OVERRIDES = [
    'scan.readings="paper:drees-zhao-2021"',
    'scan.observables=["n_eff_entropy_X_only"]',
    "axes={m_X={values=[5, 20]}, g_X={values=[1e-3]}}",
    "plot={x='m_X', y='g_X'}",
]


def test_attributes_tell_where_it_comes_from(store):
    ds = store.dataset()
    assert ds.attrs["schema"] == "lmutau-scan/2"
    assert ds.attrs["state"] == "complete"
    assert {"numpy", "python", "lmutau"} <= set(json.loads(ds.attrs["versions"]))
    assert json.loads(ds.attrs["scan_file"])["scan"]["title"] == "small"
    assert "Drees & Zhao 2021" in ds.attrs["references"]
    assert ds["relic_density"].attrs["references"].startswith("Drees & Zhao 2021, eq. (3.8)")
    assert json.loads(ds["relic_density"].attrs["held_parameters"])["q_psi"] == 1.0
    assert ds["m_X"].attrs["units"] == "MeV"
    for name in ds.data_vars:
        assert ds[name].attrs["long_name"]
        assert ds[name].attrs["units"]
    for name in ds.coords:
        assert ds[name].attrs["long_name"]
        assert ds[name].attrs["description"]
        assert name.endswith("_status") or ds[name].attrs["units"]
    flags = ds["delta_a_mu_status"].attrs
    assert flags["flag_meanings"].split()[flags["flag_values"].index(Status.OK)] == "ok"


def test_readings(tmp_path):
    """Name, what departs, and the values that the set had."""
    overrides = [*OVERRIDES, "fixed.n_nu=3.044"]
    plan = make_plan(load_scan("quick", overrides))
    attributes = Store.create(tmp_path / "scan.zarr", plan).dataset().attrs
    assert str(readings_followed(attributes)) == "paper:drees-zhao-2021, with n_nu = 3.044"
    assert json.loads(attributes["scan_file"])["scan"]["readings"] == "paper:drees-zhao-2021"
    described = parameters(attributes)
    assert [described[p]["reading"] for p in ("n_nu", "T_nu_decoupling")] == [3.0, 2.3]
    assert readings_followed({}) is None


def test_a_store_keeps_the_choices_when_the_set_changes(tmp_path, monkeypatch):
    """Another release may mend a set: the store is resumed with what it was begun with."""
    plan = make_plan(load_scan("quick", OVERRIDES))
    path = Store.create(tmp_path / "scan.zarr", plan).path
    changed = {**sets(), "paper:drees-zhao-2021": {"n_nu": 3.05}}
    monkeypatch.setattr("physics.core.readings.sets", lambda: changed)
    assert Store(path).scan.fixed["n_nu"] == 3.0
    assert Store(path).scan.reading.departures["n_nu"] == 3.0
    Store.resume(path, Store(path).scan)


def test_exports_to_plain_formats(store):
    """Attributes are plain text and numbers: nothing that a dataset cannot be converted with."""
    for attributes in [store.dataset().attrs, *(v.attrs for v in store.dataset().variables.values())]:
        for value in attributes.values():
            assert isinstance(value, str | int | float | list), value


def test_a_failed_creation_leaves_nothing(tmp_path, plan, monkeypatch):
    monkeypatch.setattr("scanner.store.layout._variable_attributes", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Store.create(tmp_path / "broken.zarr", plan)
    assert not list(tmp_path.glob("*broken*"))


def test_every_variable_says_what_it_holds(bound_store):
    """One attribute, defaults included, that a reader without lmutau understands; nothing else says it again."""
    ds = bound_store.dataset()
    held = {name: json.loads(ds[name].attrs["held_parameters"]) for name in bound_store.scan.scan.observables}
    assert held["delta_a_mu"] == {"gauge_group": "Lmu-Ltau"}
    n_eff = held["n_eff_entropy"]
    assert n_eff["mass_ratio"] == {"bound": "mass_ratio_relic_above"}
    assert (n_eff["q_psi"], n_eff["omega_target"]) == (1.0, 0.12), "through the binding"
    for name, values in held.items():
        assert set(values) | set(ds[name].dims) >= set(bound_store.scan.parameters_of(name))
        assert held_parameters(ds[name].attrs) == values
    assert json.loads(ds.attrs["scan_file"])["bound"] == bound_store.bound == bound_store.scan.bound
    assert bound_store.fixed == {"q_psi": 1.0}
    assert not {"fixed", "bound"} & set(ds.attrs)
    assert not {"fixed_parameters", "bound_parameters"} & set(ds["n_eff_entropy"].attrs)
    described = parameters(ds.attrs)["q_psi"]
    assert (described["units"], described["default"]) == ("1", None)


def test_what_is_not_there_is_null_in_the_attributes(tmp_path):
    """JSON knows no infinity, which None stands for inside."""
    overrides = ['scan.observables=["n_eff_three_bath"]', "store.points_per_block=100000"]
    store = Store.create(tmp_path / "scan.zarr", make_plan(load_scan("quick", [*overrides, "plot={x='m_X', y='g_X'}"])))
    attributes = dict(store.array("n_eff_three_bath").attrs)
    assert held_parameters(attributes)["m_phi"] is None
    assert "Infinity" not in attributes["held_parameters"] + store.attribute("parameters")
