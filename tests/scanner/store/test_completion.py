"""The end of a scan: complete means that nothing is missing on the disk, and is said last."""

import os
import shutil
import time

import pytest
import xarray as xr
import zarr

from scanner import ScanError, Store
from scanner.store import completion


def remove_folder(store):
    shutil.rmtree(store.path)


def remove_statuses(store):
    for folder in store.path.glob("*status*"):
        shutil.rmtree(folder)


def remove_axis(store):
    shutil.rmtree(store.path / "g_X")


def remove_metadata_of_an_array(store):
    (store.path / "relic_density" / "zarr.json").unlink()


def remove_chunks_of_values(store):
    shutil.rmtree(store.path / "relic_density" / "c")


def remove_chunks_of_an_axis(store):
    shutil.rmtree(store.path / "m_X" / "c")


def replace(store):
    shutil.copytree(store.path, store.path.with_name("other.zarr"))
    other = zarr.open_group(store.path.with_name("other.zarr"))
    other.attrs["id"] = "another"
    shutil.rmtree(store.path)
    store.path.with_name("other.zarr").rename(store.path)


def change_an_attribute(store):
    zarr.open_group(store.path)["relic_density"].attrs["units"] = "furlong"


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (remove_folder, r"zarr.json"),
        (remove_statuses, r"_status/zarr.json"),
        (remove_axis, r"g_X/zarr.json missing"),
        (remove_metadata_of_an_array, r"relic_density/zarr.json missing"),
        (remove_chunks_of_values, r"blocks are missing \(\d+ of m_X_g_X_mass_ratio\). Compute them: lmutau run"),
        (remove_chunks_of_an_axis, r"axis m_X: 4 values"),
        (replace, r"replaced by another store"),
        (change_an_attribute, r"relic_density: its zarr.json was changed .* lmutau repair"),
    ],
)
def test_what_is_harmed_in_mid_run_is_not_complete(empty_store, harm, says):
    """Blocks go on to be written, with what was read before."""
    blocks = list(empty_store.pending())
    for number, (family, index) in enumerate(blocks):
        if number == len(blocks) // 2:
            harm(empty_store)
        try:
            empty_store.write_block(family, index, empty_store.compute_block(family, index))
        except ScanError:
            continue
    with pytest.raises(ScanError, match=says):
        empty_store.finalize()
    if (empty_store.path / "zarr.json").exists():
        assert zarr.open_group(empty_store.path, mode="r").attrs["state"] == "running"


def test_a_store_with_pending_blocks_is_not_complete(empty_store):
    with pytest.raises(ScanError, match=r"blocks are missing \(\d+ of m_X_g_X,"):
        empty_store.finalize()
    assert empty_store.attribute("state") == "running"


def test_nothing_is_committed_into_what_is_left_of_a_store(empty_store):
    family, index = next(empty_store.pending())
    result = empty_store.compute_block(family, index)
    shutil.rmtree(empty_store.path)
    with pytest.raises(ScanError, match="removed while it was in use"):
        empty_store.write_block(family, index, result)
    assert not empty_store.marker(family, index).exists()


@pytest.mark.parametrize("kind", ["values", "one status"])
def test_a_file_that_was_lost_is_computed_again(store, kind):
    family = store.family("m_X_g_X_mass_ratio")
    chunk = next(family.chunks_of((1, 1, 0)))
    name = "relic_density" if kind == "values" else "relic_density_status"
    (store.path / name / "c" / "/".join(map(str, chunk))).unlink()
    assert not store.has(family, (1, 1, 0))
    assert list(store.pending()) == [(family, (1, 1, 0))]


@pytest.mark.parametrize("killed_in", ["_consolidate", "append", "_replace"])
def test_a_kill_at_the_end_leaves_a_store_that_opens_and_that_the_next_run_completes(
    empty_store, compute, monkeypatch, killed_in
):
    def kill(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"scanner.store.seal.{killed_in}", kill)
    with pytest.raises(KeyboardInterrupt):
        compute(empty_store)
    monkeypatch.undo()
    store = Store(empty_store.path)
    assert store.attribute("state") == "running"
    assert store.dataset().relic_density.load().notnull().any()
    store.finalize()
    assert Store(store.path).attribute("state") == "complete"
    assert set(xr.open_zarr(store.path, consolidated=True).data_vars) == set(store.scan.scan.observables)


def test_the_dataset_does_not_depend_on_consolidated_metadata(store):
    """Complete in name, without them: a kill of an earlier version, or a copy, may leave that."""
    expected = store.dataset().load()
    group = zarr.open_group(store.path, mode="r+", use_consolidated=False)
    group.attrs["state"] = "complete"  # drops them
    with pytest.raises(ValueError, match="Consolidated metadata requested"):
        xr.open_zarr(store.path, consolidated=True)
    xr.testing.assert_identical(Store(store.path).dataset().load(), expected)


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_leftovers_are_told_by_the_clock_of_the_file_server(empty_store, compute, monkeypatch, skew):
    """The clock of this machine is wrong by an hour: what another run is writing just now stays."""
    young = empty_store.path / "delta_a_mu_status" / "c" / "0" / "0.0123.partial"
    old = young.with_name("0.4567.partial")
    young.parent.mkdir(parents=True)
    young.write_bytes(b"another run's")
    old.write_bytes(b"junk")
    os.utime(old, (time.time() - 4000, time.time() - 4000))
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + skew)
    compute(empty_store)
    assert list(empty_store.path.rglob("*.partial")) == [young]


def test_completing_twice_changes_nothing(store):
    before = (store.path / "zarr.json").read_bytes()
    Store(store.path).finalize()
    assert (store.path / "zarr.json").read_bytes() == before


def test_metadata_problems_name_the_culprit(store):
    assert completion.metadata_problems(store) == []
    text = (store.path / "m_X" / "zarr.json").read_text()
    (store.path / "m_X" / "zarr.json").write_text(text.replace("MeV", "GeV"))
    (store.path / "g_X" / "zarr.json").unlink()
    assert completion.metadata_problems(store) == [
        "g_X: its zarr.json is missing, or cannot be read",
        "m_X: its zarr.json was changed since lmutau wrote it, or is damaged",
    ]
    (store.path / "zarr.json").write_bytes((store.path / "zarr.json").read_bytes() + b" ")
    assert completion.metadata_problems(store) == [
        "zarr.json: was changed since lmutau wrote it, or is damaged",
    ]
