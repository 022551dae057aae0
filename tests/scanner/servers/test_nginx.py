"""Stores behind a real web server: all commands that read, and servers that do not do as they should."""

import json
import shutil

import numpy as np
import pytest
import xarray as xr

from scanner import Store, StoreError, export
from scanner.errors import UnreachableError
from scanner.store import objects
from scanner.store.runlog import append
from scanner.store.verify import verify

READING = ("status", "summary", "cite", "answer", "verify")


@pytest.fixture
def served(nginx, store):
    """A store on the server, as it is and exported: paths here, addresses."""
    root, address = nginx
    for left in root.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.copytree(store.path, root / "raw.zarr")
    shutil.copy(store.log_path, root / "raw.zarr.log.jsonl")
    export(store, root / "copy.zarr")
    export(store, root / "copy.zarr.zip")
    return root, address


@pytest.mark.parametrize("name", ["raw.zarr", "copy.zarr", "copy.zarr.zip"])
def test_all_commands_that_read(lmutau, served, store, name, tmp_path):
    address = f"{served[1]}/{name}"
    for command in READING:
        here, there = lmutau(command, store.path), lmutau(command, address)
        assert there[0] == here[0] == 0, there
        if command in ("summary", "cite"):
            assert sorted(there[1].splitlines()) == sorted(here[1].splitlines())
    assert lmutau("plot", address, "-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu")[0] == 0
    assert (tmp_path / f"{name.partition('.')[0]}.png").is_file()
    assert lmutau("slice", address, "--sel", "m_X=23", "-o", "a.csv")[0] == 0
    assert lmutau("export", address, "again.zarr")[0] == 0
    assert lmutau("verify", "again.zarr")[0] == 0


def test_values_are_equal(served, store):
    for name in ("copy.zarr", "copy.zarr.zip"):
        xr.testing.assert_identical(Store(f"{served[1]}/{name}").dataset().compute(), store.dataset().compute())


def test_the_log_beside_a_store_is_read(lmutau, served):
    root, address = served
    there = Store(root / "raw.zarr")
    append(there.log_path, {"store": there.id, "family": there.families[0].name, "points": 8, "seconds": 2.0})
    said = json.loads(lmutau("status", f"{address}/raw.zarr", "--json")[1])
    assert said["families"][0]["points_per_core_second"] == 4.0


def test_plain_xarray_and_zarr(served, store):
    """As docs/sharing.md says."""
    from obstore.store import HTTPStore
    from zarr.storage import ObjectStore

    client = HTTPStore.from_url(f"{served[1]}/copy.zarr", client_options={"allow_http": True})
    found = xr.open_zarr(ObjectStore(client, read_only=True))
    np.testing.assert_array_equal(found.relic_density, store.dataset().relic_density)


def test_a_slice_reads_what_it_needs(nginx, served):
    root, address = served
    log = next(root.parent.glob("nginx*/access.log"))
    array = Store(f"{address}/copy.zarr").array("relic_density")
    before = log.read_text().count("relic_density/c/")
    _ = array[0, 0, 0]
    assert log.read_text().count("relic_density/c/") == before + 1


def test_a_scan_that_is_running(served, plan, tmp_path):
    root, address = served
    empty_store = Store.create(tmp_path / "running.zarr", plan)
    blocks = list(empty_store.pending())
    for family, index in blocks[:5]:
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    shutil.copytree(empty_store.path, root / "running.zarr")
    there = Store(f"{address}/running.zarr")
    assert [there.committed(f) for f in there.families] == [empty_store.committed(f) for f in empty_store.families]
    xr.testing.assert_identical(there.dataset().compute(), empty_store.dataset().compute())
    assert verify(there, points=3).problems == []


def test_what_was_lost_is_found(served):
    root, address = served
    next(p for p in (root / "copy.zarr" / "relic_density" / "c").rglob("*") if p.is_file()).unlink()
    assert [str(p) for p in verify(f"{address}/copy.zarr", points=0).problems if "relic_density" in str(p)]
    (root / "copy.zarr" / "README.md").write_text("other")
    assert "README.md" in str(verify(f"{address}/copy.zarr", points=0).problems)


# --- servers that do not do as they should ----------------------------------------------------------------------------


def test_nothing_there(served):
    with pytest.raises(StoreError, match="no Zarr store there"):
        Store(f"{served[1]}/nothing.zarr")
    with pytest.raises(StoreError, match="there is no such archive"):
        Store(f"{served[1]}/nothing.zip")


def test_nobody_there(monkeypatch):
    monkeypatch.setattr(objects, "RETRIES", 0)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        Store("http://127.0.0.1:1/a.zarr")


@pytest.mark.parametrize("place", ["secret", "broken"])
def test_errors_of_servers(served, monkeypatch, place):
    monkeypatch.setattr(objects, "RETRIES", 0)
    with pytest.raises(UnreachableError):
        Store(f"{served[1]}/{place}/copy.zarr")


def test_redirections_are_followed(served, store):
    assert Store(f"{served[1]}/moved/copy.zarr").id == store.id


def test_a_server_that_gives_no_parts(served):
    root, address = served
    (root / "no-parts").mkdir()
    shutil.copy(root / "copy.zarr.zip", root / "no-parts" / "copy.zarr.zip")
    with pytest.raises(StoreError, match=r"gives no parts|cannot be reached"):
        Store(f"{address}/no-parts/copy.zarr.zip")
