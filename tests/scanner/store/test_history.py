"""Resuming: the same scan only, with the difference named; what changed since is remembered."""

import json

import pytest
import xarray as xr

from scanner import ScanError, Store, load_scan, make_plan
from scanner.store.history import record_resumption
from scanner.store.layout import write_skeleton


def test_another_plan_is_refused_and_the_difference_named(scan_file, store):
    plan = make_plan(load_scan(scan_file, ["fixed.q_psi=2", "axes.m_X.values=[5, 23]"]))
    with pytest.raises(ScanError) as caught:
        Store.open_or_create(store.path, plan.scan)
    message = str(caught.value)
    assert "fixed q_psi: store 1.0; now 2.0" in message
    assert "axis m_X: store 4 values" in message
    assert "delta_a_mu" not in message


def test_changed_physics_is_refused_unless_accepted(monkeypatch, store, plan):
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    with pytest.raises(ScanError, match="--accept-changed-physics"):
        Store.open_or_create(store.path, plan.scan)
    reopened = Store.open_or_create(store.path, plan.scan, accept_changed_physics=True)
    assert reopened.identity["physics code"] == "f" * 16
    before, now = reopened.history
    assert before["plan"] == store.identity != now["plan"] == reopened.identity
    assert {"versions", "git", "plugins", "since"} <= set(before) & set(now)
    assert {"host", "pid"} <= set(now)


def test_accepting_changed_physics_accepts_nothing_else(monkeypatch, scan_file, store):
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    other = load_scan(scan_file, ["fixed.n_nu=3.1"])
    before = store.identity
    with pytest.raises(ScanError, match="fixed n_nu"):
        Store.resume(store.path, other, accept_changed_physics=True)
    assert Store(store.path).identity == before


def test_resuming_refreshes_the_plot_section(scan_file, store):
    scan_file.write_text(scan_file.read_text() + '[plot]\nx = "m_X"\ny = "g_X"\n')
    assert store.scan.plot is None
    assert Store.resume(store.path, load_scan(scan_file)).scan.plot.x == "m_X"


def test_two_processes_create_at_once(monkeypatch, tmp_path, plan):
    """The one that comes second opens what the first has made."""
    path = tmp_path / "race.zarr"

    def overtaken(draft, plan, *more):
        write_skeleton(draft, plan, *more)
        monkeypatch.undo()
        Store.create(path, plan)

    monkeypatch.setattr("scanner.store.store.write_skeleton", overtaken)
    assert Store.open_or_create(path, plan.scan).path == path
    assert [p.name for p in tmp_path.iterdir() if "race" in p.name] == ["race.zarr"]


def test_resume_opens_the_same_store(store, plan):
    assert Store.open_or_create(store.path, plan.scan).id == store.id
    with pytest.raises(ScanError, match="exists already"):
        Store.create(store.path, plan)


def test_a_store_with_another_binding_is_refused(bound_file, bound_store):
    other = load_scan(bound_file, ['bound.mass_ratio="mass_ratio_relic_below"'])
    says = "bound mass_ratio: store mass_ratio_relic_above; now mass_ratio_relic_below"
    with pytest.raises(ScanError, match=says):
        Store.resume(bound_store.path, other)
    fixed = load_scan(bound_file, ["fixed.mass_ratio=0.51"])
    with pytest.raises(ScanError, match="bound mass_ratio: store mass_ratio_relic_above; now absent"):
        Store.resume(bound_store.path, fixed)
    assert Store.resume(bound_store.path, load_scan(bound_file)).id == bound_store.id


def changed(monkeypatch, letter):
    """As if the physics code were another."""
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: letter * 64)


def test_two_drivers_with_other_code_keep_each_others_history(monkeypatch, empty_store, plan):
    """One begins; another computes some blocks, knowingly with other code, and stops; the first finishes."""
    first = empty_store
    code = first.identity["physics code"]
    blocks = list(first.pending())
    for family, index in blocks[:5]:
        first.write_block(family, index, first.compute_block(family, index))
    changed(monkeypatch, "f")
    second = Store.resume(first.path, plan.scan, accept_changed_physics=True)
    for family, index in blocks[5:10]:
        second.write_block(family, index, second.compute_block(family, index))
    monkeypatch.undo()
    for family, index in blocks[10:]:
        first.write_block(family, index, first.compute_block(family, index))
    first.finalize()
    assert first.identity["physics code"] == code, "what the first driver computes with, whatever others do"
    history = json.loads(xr.open_zarr(first.path).attrs["history_of_code"])
    assert [entry["plan"]["physics code"] for entry in history] == [code, "f" * 16]
    assert all(entry["since"] and entry["versions"] and entry["git"] for entry in history)
    with pytest.raises(ScanError, match="--accept-changed-physics"):
        Store.resume(first.path, plan.scan)


def test_many_drivers_at_once_lose_no_record(monkeypatch, store, plan):
    """Each opens the store before any other has written."""
    drivers = [Store(store.path) for _ in "abcdef"]
    for driver, letter in zip(drivers, "abcdef", strict=True):
        changed(monkeypatch, letter)
        record_resumption(driver, plan.scan)
    seen = [record["plan"]["physics code"] for record in Store(store.path).history]
    assert seen[1:] == [16 * letter for letter in "abcdef"]


def test_resuming_does_not_touch_the_attributes(scan_file, store):
    before = (store.path / "zarr.json").read_bytes()
    scan_file.write_text(scan_file.read_text() + '[plot]\nx = "m_X"\ny = "g_X"\n')
    assert Store.resume(store.path, load_scan(scan_file)).plot.x == "m_X"
    assert (store.path / "zarr.json").read_bytes() == before
    assert xr.open_zarr(store.path).equals(xr.open_zarr(store.path, consolidated=False)), "a record is no array"


def test_a_record_that_cannot_be_read(monkeypatch, store, plan):
    changed(monkeypatch, "f")
    Store.resume(store.path, plan.scan, accept_changed_physics=True)
    (record,) = (store.path / "runs").glob("*/zarr.json")
    record.write_text(record.read_text()[:50])
    with pytest.raises(ScanError, match=r"runs/.*this record of a run cannot be read"):
        Store(store.path)
