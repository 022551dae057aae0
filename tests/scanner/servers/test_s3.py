"""Stores among the objects of a service that speaks S3."""

import pytest
import xarray as xr

from scanner import Store, StoreError, export
from scanner.sharing import export as module
from scanner.store.verify import verify


@pytest.mark.parametrize("name", ["deep/copy.zarr", "copy.zarr.zip"])
def test_export_and_all_commands_that_read(lmutau, store, bucket, name, tmp_path):
    address = f"{bucket}/{name}"
    assert lmutau("export", store.path, address)[0] == 0
    for command in ("status", "summary", "cite", "answer", "verify"):
        here, there = lmutau(command, store.path), lmutau(command, address)
        assert there[0] == here[0] == 0, there
    assert lmutau("plot", address, "-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu")[0] == 0
    xr.testing.assert_identical(Store(address).dataset().compute(), store.dataset().compute())
    assert verify(address, points=0).notes == []  # it lists its files
    assert lmutau("export", address, "back.zarr")[0] == 0
    assert lmutau("verify", "back.zarr")[0] == 0


@pytest.mark.parametrize("name", ["copy.zarr", "copy.zarr.zip"])
def test_what_is_there_is_not_replaced(store, bucket, name):
    export(store, f"{bucket}/{name}")
    with pytest.raises(StoreError, match=r"already; remove it"):
        export(store, f"{bucket}/{name}")


@pytest.mark.parametrize("name", ["copy.zarr", "copy.zarr.zip"])
def test_an_interrupted_export_is_no_store_and_can_be_repeated(store, bucket, name):
    def stop(done, total):
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(store, f"{bucket}/{name}", on_file=stop)
    with pytest.raises(StoreError):
        Store(f"{bucket}/{name}")
    export(store, f"{bucket}/{name}")
    assert verify(f"{bucket}/{name}", points=0).ok


def test_foreign_objects_are_found_and_not_overwritten(store, bucket):
    import obstore
    from obstore.store import S3Store

    client = S3Store.from_url(bucket, client_options={"allow_http": True})
    obstore.put(client, "copy.zarr/mine.txt", b"mine")
    with pytest.raises(StoreError, match=r"has 'mine.txt' already"):
        export(store, f"{bucket}/copy.zarr")
    obstore.delete(client, "copy.zarr/mine.txt")
    export(store, f"{bucket}/copy.zarr")
    obstore.put(client, "copy.zarr/mine.txt", b"mine")
    assert [str(p) for p in verify(f"{bucket}/copy.zarr", points=0).problems] == [
        "mine.txt: does not belong to the store"
    ]


def test_a_large_archive_is_sent_in_parts(store, bucket, monkeypatch):
    """More than one part of an upload (10 MB)."""
    added = module.accompanying
    monkeypatch.setattr(module, "accompanying", lambda *a: added(*a) | {"more.bin": bytes(25_000_000)})
    export(store, f"{bucket}/large.zip")
    assert Store(f"{bucket}/large.zip").id == store.id


def test_runs_do_not_write_there(lmutau, store, bucket):
    export(store, f"{bucket}/copy.zarr")
    for command in (["run", f"{bucket}/copy.zarr"], ["run", "quick", "--store", f"{bucket}/new.zarr"]):
        code, said = lmutau(*command)
        assert (code, "lmutau export FOLDER ADDRESS" in said) == (2, True), said


def test_no_such_bucket(bucket):
    with pytest.raises(StoreError):
        Store("s3://no-such-bucket/a.zarr")
