"""The store: plain Zarr, commit by status, resume, refusal, corruption found."""

import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
import zarr

import physics
from physics import Status
from scanner import ScanError, Store, load_scan, make_plan, status_of, valid
from scanner.execution.block import evaluate_block
from scanner.store.verify import verify


def test_reads_back_bit_for_bit(store):
    ds = store.dataset()
    for family in store.families:
        whole = store.grid.values(family.dims, (slice(None),) * len(family.dims))
        direct = evaluate_block(family.observables, whole, store.fixed)
        for i, name in enumerate(family.observables):
            assert ds[name].values.tobytes() == direct.values[name].tobytes()
            np.testing.assert_array_equal(status_of(ds, name).values, direct.status[i])


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
assert int(ds.sigma_monophoton_status.max()) == 2
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
    folder = empty_store.path / f"{family.observables[0]}_status" / "c" / "/".join(map(str, index[:-1]))
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


def test_blocks_of_several_chunks_read_back(tmp_path, compute):
    overrides = [
        'scan.observables=["delta_a_mu", "sigma_monophoton"]', "axes.m_X.geomspace=[1,1e3,1400]",
        "axes.g_X.geomspace=[1e-5,1e-2,900]", "store.points_per_block=500000",
    ]  # fmt: skip
    store = compute(Store.create(tmp_path / "s.zarr", make_plan(load_scan("quick", overrides))))
    (family,) = store.families
    assert family.block != family.chunk
    assert family.n_blocks > 1
    assert sum(1 for p in store.path.glob("*/c/*/*") if p.is_file()) == family.n_files
    assert all(store.has(family, index) for index in family.blocks())
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


def test_what_is_no_store(tmp_path):
    with pytest.raises(ScanError, match="no Zarr store"):
        Store(tmp_path / "nothing.zarr")
    zarr.create_group(tmp_path / "foreign.zarr")
    with pytest.raises(ScanError, match="not a scan of lmutau"):
        Store(tmp_path / "foreign.zarr")


def test_failed_blocks_can_be_forgotten(store):
    family, index = store.family("m_X_g_X"), (0, 0)
    store.forget(family, index)
    for name in family.observables:
        for chunk in family.chunks_of(index):
            (store.path / name / "c" / "/".join(map(str, chunk))).unlink()
    assert store.fail_block(family, index)
    assert store.has(family, index), "without values, as it should be"
    assert not list(Store(store.path).pending())
    assert store.counts(family)[Status.BLOCK_FAILED] == np.prod(store.read_status(family, index).shape)
    assert np.isnan(store.array("delta_a_mu")[family.region(index)]).all()
    store.finalize()
    assert store.forget_failures() == 1
    assert store.attribute("state") == Store(store.path).attribute("state") == "running"
    assert list(store.pending()) == [(family, index)]


def test_a_complete_block_does_not_fail(store):
    """Whoever gives a block up may not know that another driver has just computed it."""
    family = store.families[0]
    before = store.dataset().load()
    assert not store.fail_block(family, (0, 0))
    xr.testing.assert_identical(store.dataset().load(), before)


def test_counts_add_up(empty_store, compute):
    for family in empty_store.families:
        assert sum(empty_store.counts(family).values()) == family.points * len(family.observables)
    compute(empty_store)
    for family in empty_store.families:
        counts = empty_store.counts(family)
        assert sum(counts.values()) == family.points * len(family.observables)
        assert Status.NOT_COMPUTED not in counts


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
