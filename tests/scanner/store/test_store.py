"""The store: plain Zarr, commit by status, resume, refusal, corruption found."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import physics
from physics import Status
from scanner import ScanError, Store, load_scan, make_plan, status_of, valid
from scanner.execution.block import evaluate_block
from scanner.store.layout import held_parameters, parameters, write_skeleton
from scanner.store.verify import verify


def test_reads_back_bit_for_bit(store):
    ds = store.dataset()
    for family in store.families:
        whole = store.grid.values(family.dims, (slice(None),) * len(family.dims))
        direct = evaluate_block(family.observables, whole, store.fixed)
        for i, name in enumerate(family.observables):
            assert ds[name].values.tobytes() == direct.values[name].tobytes()
            np.testing.assert_array_equal(status_of(ds, name).values, direct.status[i])


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
        assert name.startswith("status_") or ds[name].attrs["units"]
    for name in ds.coords:
        assert name.startswith("observable_") or (ds[name].attrs["units"] and ds[name].attrs["long_name"])
    flags = ds["status_m_X_g_X"].attrs
    assert flags["flag_meanings"].split()[flags["flag_values"].index(Status.OK)] == "ok"


def test_exports_to_plain_formats(store):
    """Attributes are plain text and numbers: nothing that a dataset cannot be converted with."""
    for attributes in [store.dataset().attrs, *(v.attrs for v in store.dataset().variables.values())]:
        for value in attributes.values():
            assert isinstance(value, str | int | float | list), value


def test_opens_without_lmutau(store, tmp_path):
    """A Python that has xarray and zarr only."""
    script = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("physics", "scanner", "cluster", "numba", "distributed"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
import xarray as xr
ds = xr.open_zarr({str(store.path)!r})
one = ds.relic_density.sel(m_X=23, mass_ratio=0.501).isel(g_X=-1)
assert float(one) > 0, one
assert ds.metallicity.values.tolist() == ["GS98", "AGSS09"]
assert int(ds.status_m_X_g_X.max()) == 2
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, cwd=tmp_path)


def test_not_computed_is_not_nan(empty_store):
    family, index = next(empty_store.pending())
    empty_store.write_block(family, index, empty_store.compute_block(family, index))
    ds = empty_store.dataset()
    status = status_of(ds, family.observables[0]).values
    assert (status == Status.NOT_COMPUTED).any()
    assert (status == Status.OK).any()
    outside = status_of(ds, "sigma_monophoton").values == Status.OUTSIDE_DOMAIN
    assert np.isnan(valid(ds, "sigma_monophoton").values[outside]).all()


def test_pending_shrinks_block_by_block(empty_store):
    everything = list(empty_store.pending())
    for n, (family, index) in enumerate(everything):
        assert len(list(empty_store.pending())) == len(everything) - n
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    assert not list(empty_store.pending())


def test_a_half_written_status_chunk_does_not_count(empty_store, compute):
    family, index = next(empty_store.pending())
    folder = empty_store.path / f"status_{family.name}" / "c" / "0" / "/".join(map(str, index[:-1]))
    folder.mkdir(parents=True)
    old, young = folder / f"{index[-1]}.0123.partial", folder / f"{index[-1]}.4567.partial"
    old.write_bytes(b"junk")
    young.write_bytes(b"another run's")
    os.utime(old, (1, 1))
    assert (family, index) in list(empty_store.pending())
    compute(empty_store)
    assert list(empty_store.path.rglob("*.partial")) == [young]


def test_two_block_sizes_give_the_same_values(tmp_path, scan_file, store, compute):
    other = compute(
        Store.create(tmp_path / "other.zarr", make_plan(load_scan(scan_file, ["store.points_per_block=3"])))
    )
    xr.testing.assert_identical(store.dataset().drop_attrs().load(), other.dataset().drop_attrs().load())
    for name in ("relic_density", "cmb_ratio"):
        assert store.dataset()[name].values.tobytes() == other.dataset()[name].values.tobytes()


def test_sharded_blocks_read_back(tmp_path, compute):
    overrides = [
        'scan.observables=["delta_a_mu", "sigma_monophoton"]', "axes.m_X.geomspace=[1,1e3,1400]",
        "axes.g_X.geomspace=[1e-5,1e-2,900]", "store.points_per_block=500000",
    ]  # fmt: skip
    store = compute(Store.create(tmp_path / "s.zarr", make_plan(load_scan("quick", overrides))))
    (family,) = store.families
    assert family.sharded
    assert family.n_blocks > 1
    n_files = sum(1 for p in (store.path / "delta_a_mu" / "c").rglob("*") if p.is_file())
    assert n_files == family.n_blocks, "a block is one file"
    assert verify(store).ok
    assert int((status_of(store.dataset(), "delta_a_mu") == Status.OK).sum()) == 1_260_000


def test_scalar_family(tmp_path, scan_file, compute):
    text = scan_file.read_text()
    scan_file.write_text(
        text[: text.index("[axes]")] + "[axes]\nq_psi = {values=[1,2]}\n[fixed]\nm_X=1e5\ng_X=1e-3\nmass_ratio=1"
    )
    store = compute(Store.create(tmp_path / "p.zarr", make_plan(load_scan(scan_file))))
    assert verify(store).ok
    ds = store.dataset()
    assert ds["delta_a_mu"].shape == ()
    assert float(valid(ds, "delta_a_mu")) > 0
    assert int(status_of(ds, "sigma_monophoton")) == Status.OUTSIDE_DOMAIN


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
    (before,) = json.loads(reopened.attribute("history_of_code"))
    assert before["plan"] != reopened.identity
    assert {"versions", "git", "until"} <= set(before)


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

    def overtaken(draft, plan):
        write_skeleton(draft, plan)
        monkeypatch.undo()
        Store.create(path, plan)

    monkeypatch.setattr("scanner.store.store.write_skeleton", overtaken)
    assert Store.open_or_create(path, plan.scan).path == path
    assert [p.name for p in tmp_path.iterdir() if "race" in p.name] == ["race.zarr"]


def test_resume_opens_the_same_store(store, plan):
    assert Store.open_or_create(store.path, plan.scan).id == store.id
    with pytest.raises(ScanError, match="exists already"):
        Store.create(store.path, plan)


def test_what_is_no_store(tmp_path):
    with pytest.raises(ScanError, match="no Zarr store"):
        Store(tmp_path / "nothing.zarr")
    zarr.create_group(tmp_path / "foreign.zarr")
    with pytest.raises(ScanError, match="not a scan of lmutau"):
        Store(tmp_path / "foreign.zarr")


def test_a_failed_creation_leaves_nothing(tmp_path, plan, monkeypatch):
    monkeypatch.setattr("scanner.store.layout._variable_attributes", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Store.create(tmp_path / "broken.zarr", plan)
    assert not list(tmp_path.glob("*broken*"))


def test_forget_failures_makes_blocks_pending(store):
    family = store.families[0]
    store.fail_block(family, (0, 0))
    assert store.counts(family)[Status.BLOCK_FAILED] == np.prod(store.read_status(family, (0, 0)).shape)
    assert store.forget_failures() == 1
    assert Store(store.path).attribute("state") == "running"
    assert [index for _, index in store.pending()] == [(0, 0)]


def test_counts_add_up(empty_store, compute):
    for family in empty_store.families:
        assert sum(empty_store.counts(family).values()) == family.points * len(family.observables)
    compute(empty_store)
    for family in empty_store.families:
        counts = empty_store.counts(family)
        assert sum(counts.values()) == family.points * len(family.observables)
        assert Status.NOT_COMPUTED not in counts


def test_verify_accepts_a_sound_store(store):
    found = verify(store, points=30, seed=1)
    assert found.ok
    assert found.recomputed > 0
    assert found.values == sum(f.points * len(f.observables) for f in store.families)


def test_verify_reports_missing_blocks(empty_store):
    found = verify(empty_store)
    assert not found.ok
    assert found.missing_blocks == sum(f.n_blocks for f in empty_store.families)


def chunks(store, name):
    return sorted(p for p in Path(store.path, name, "c").rglob("*") if p.is_file())


@pytest.mark.parametrize(
    "damage", ["flip", "truncate", "delete", "value", "status", "axis", "names of observables", "other physics"]
)
def test_verify_finds_damage(store, damage):
    victim = chunks(store, "relic_density")[0]
    content = victim.read_bytes()
    if damage == "flip":
        victim.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif damage == "truncate":
        victim.write_bytes(content[: len(content) // 2])
    elif damage == "delete":
        victim.unlink()
    elif damage == "value":
        store.array("delta_a_mu")[:] = store.array("delta_a_mu")[:] * (1 + 1e-5)
    elif damage == "status":
        store.array("status_m_X_g_X")[0, 0, 0] = Status.NO_SOLUTION
    elif damage == "axis":
        store.array("m_X")[0] = 5.0000001
        store = Store(store.path)
    elif damage == "names of observables":
        names = store.array("observable_m_X_g_X")
        names[:] = names[:][::-1]
    elif damage == "other physics":
        store.array("n_eff_entropy")[:] = 3.0
    found = verify(store, points=300, seed=1)
    assert not found.ok
    assert found.problems


def test_every_single_bit_flip_is_noticed(store):
    """Of data and status: crc32c, not luck."""
    for name in ("relic_density", "status_m_X_g_X_mass_ratio"):
        victim = chunks(store, name)[0]
        content = victim.read_bytes()
        for bit in range(0, 8 * len(content), max(1, 8 * len(content) // 60)):
            damaged = bytearray(content)
            damaged[bit // 8] ^= 1 << bit % 8
            victim.write_bytes(bytes(damaged))
            with pytest.raises(Exception):  # noqa: B017, PT011 (any error will do; silence will not)
                store.array(name)[:]
        victim.write_bytes(content)


def test_a_store_on_the_relic_line(bound_store):
    ds = bound_store.dataset()
    assert "mass_ratio" not in ds.dims
    np.testing.assert_allclose(valid(ds, "relic_density")[:, 1:], 0.12, rtol=1e-6)
    off = status_of(ds, "mass_ratio_relic_above").values == Status.NO_SOLUTION
    assert off.any()
    np.testing.assert_array_equal(status_of(ds, "positron_production_511").values == Status.INPUT_FAILED, off)
    at = {"m_X": 23.0, "g_X": ds.g_X.values[-1], "q_psi": 1.0}
    at["mass_ratio"] = float(ds.mass_ratio_relic_above.sel(m_X=23)[-1])
    assert float(ds.positron_production_511.sel(m_X=23)[-1]) == physics.evaluate("positron_production_511", **at)
    assert verify(bound_store, points=20, seed=1).ok


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


def test_a_store_with_another_binding_is_refused(bound_file, bound_store):
    other = load_scan(bound_file, ['bound.mass_ratio="mass_ratio_relic_below"'])
    says = "bound mass_ratio: store mass_ratio_relic_above; now mass_ratio_relic_below"
    with pytest.raises(ScanError, match=says):
        Store.resume(bound_store.path, other)
    fixed = load_scan(bound_file, ["fixed.mass_ratio=0.51"])
    with pytest.raises(ScanError, match="bound mass_ratio: store mass_ratio_relic_above; now absent"):
        Store.resume(bound_store.path, fixed)
    assert Store.resume(bound_store.path, load_scan(bound_file)).id == bound_store.id


def test_a_copied_store_is_the_same_scan(store, tmp_path):
    shutil.copytree(store.path, tmp_path / "copy.zarr")
    assert verify(Store(tmp_path / "copy.zarr"), points=10).ok
