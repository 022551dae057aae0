"""Observables added to a store: beside the old ones, of which no byte is written again."""

import json

import pytest
import xarray as xr

from scanner import Store, add
from scanner.errors import PlanMismatchError, ScanError, StoreError
from scanner.store import seal
from scanner.store.here import compute
from scanner.store.repair import repair
from scanner.store.verify import verify

NEW = ["a_mu_pull", "cmb_ratio", "gamma_X"]


def files(store):
    return {f: f.read_bytes() for f in store.path.rglob("*") if f.is_file() and f != store.path / "zarr.json"}


def test_only_the_new_is_computed_and_nothing_written_again(made, same):
    store = made("a.zarr")
    before = files(store)
    grown = add(store, NEW)
    assert grown.attribute("state") == "running"
    added = grown.families[len(store.families) :]
    assert [f.observables for f in added] == [("a_mu_pull",), ("cmb_ratio", "gamma_X")]
    assert {family.name for family, _ in grown.pending()}.isdisjoint(f.name for f in store.families)
    assert verify(grown.path, points=5).problems == []
    compute(grown)
    assert before.items() <= files(grown).items()
    found = verify(grown.path, points=20, seed=1)
    assert found.ok
    assert not found.notes
    names = [*store.scan.scan.observables, *NEW]
    assert same(grown, made("fresh.zarr", f"scan.observables={json.dumps(names)}"))
    with xr.open_zarr(grown.path) as ds:
        assert set(ds.data_vars) == set(names)


def test_it_is_the_store_of_the_scan_that_has_them(made, tmp_path):
    """Who runs a scan file with the new observables resumes the store; one without them is another scan."""
    store = made("a.zarr")
    before = store.scan
    grown = add(store, ["cmb_ratio"])
    assert Store.resume(store.path, grown.scan).id == store.id
    with pytest.raises(PlanMismatchError, match="observable cmb_ratio: store m_X, g_X, mass_ratio, q_psi; now absent"):
        Store.resume(store.path, before)
    assert len(grown.history) == 2
    assert "observable cmb_ratio" not in grown.history[0]["plan"]


def test_twice_is_once(made):
    store = add(made("a.zarr"), ["cmb_ratio"])
    compute(store)
    content = files(store), (store.path / "zarr.json").read_bytes()
    again = add(store.path, ["cmb_ratio", "delta_a_mu"])
    assert (files(again), (again.path / "zarr.json").read_bytes()) == content


@pytest.mark.parametrize("step", ["seal.change_root", "record_resumption"])
def test_a_kill_in_between_is_mended_by_the_same_call(made, same, monkeypatch, step):
    store = made("a.zarr")

    def killed(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"scanner.growth.adding.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            add(store, ["cmb_ratio"])
    Store(store.path).dataset().load()
    Store.resume(store.path, Store(store.path).scan)
    compute(add(store, ["cmb_ratio"]))
    assert verify(store.path, points=5).ok
    assert same(
        store, made("fresh.zarr", f"scan.observables={json.dumps([*store.scan.scan.observables, 'cmb_ratio'])}")
    )


@pytest.mark.parametrize("with_log", [True, False])
def test_what_was_grown_can_be_repaired(made, with_log):
    store = add(made("a.zarr"), ["cmb_ratio"])
    compute(store)
    root = store.path / "zarr.json"
    root.write_bytes(root.read_bytes().replace(b'"created": "2', b'"created": "1'))
    if not with_log:
        store.log_path.unlink()
    assert repair(store.path, points=5).done
    assert verify(store.path, points=5).ok
    assert "cmb_ratio" in Store(store.path).scan.scan.observables


def test_a_plugin_may_bring_them(made, add_plugin):
    store = made("a.zarr", 'scan.observables=["delta_a_mu"]')
    source = """
@observable(unit="1", label="twice", reference="Drees & Zhao 2021, eq. (2.2)")
def twice_g(g_X):
    "Twice the coupling."
    return 2 * g_X
"""
    add_plugin(source)
    grown = add(store, ["twice_g"])
    compute(grown)
    assert verify(grown.path, points=5).ok
    assert Store.resume(grown.path, grown.scan).identity["plugin mine.py"]


def test_what_is_refused(made, monkeypatch, tmp_path):
    store = made("a.zarr", 'scan.observables=["delta_a_mu"]')
    before = (store.path / "zarr.json").read_bytes()
    with pytest.raises(ScanError, match="no observable 'cmb_ratoi'; did you mean cmb_ratio"):
        add(store, ["cmb_ratoi"])
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    with pytest.raises(PlanMismatchError, match="physics code"):
        add(store, ["cmb_ratio"])
    monkeypatch.undo()
    assert (store.path / "zarr.json").read_bytes() == before
    node = store.path / "delta_a_mu" / "zarr.json"
    node.write_bytes(node.read_bytes().replace(b'"units": "1"', b'"units": "2"'))
    with pytest.raises(StoreError, match=r"delta_a_mu: its zarr.json was changed .* mend it first: lmutau repair"):
        add(store, ["cmb_ratio"])
    assert "cmb_ratio" not in seal.nodes(store.path)
