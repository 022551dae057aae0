"""Copies of a store: whole or not there, sound, and readable by those who have only xarray."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
import xarray as xr
from zarr.storage import ZipStore

from scanner import Store, StoreError, export
from scanner.errors import IncompleteError
from scanner.sharing import export as module
from scanner.store.verify import verify

KINDS = ["copy.zarr", "copy.zarr.zip"]


@pytest.fixture(params=KINDS)
def out(request, tmp_path):
    return tmp_path / request.param


@pytest.fixture
def half(empty_store):
    """A store of which half of the blocks are computed."""
    blocks = list(empty_store.pending())
    for family, index in blocks[::2]:
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    return empty_store


def opened(out):
    """As README.md of an archive says."""
    return ZipStore(out, mode="r") if out.suffix == ".zip" else out


def files_of(out):
    if out.suffix == ".zip":
        with zipfile.ZipFile(out) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_plain_xarray_reads_the_same(store, out):
    """Without a word of warning, although there are files that are no arrays."""
    exported = export(store, out)
    xr.testing.assert_identical(
        xr.open_zarr(opened(out)).load().drop_attrs(), xr.open_zarr(store.path).load().drop_attrs()
    )
    files = files_of(out)
    assert exported.files == len(files)
    assert exported.bytes == sum(map(len, files.values()))


def test_all_files_are_in_the_list_of_digests(store, out):
    export(store, out)
    files = files_of(out)
    lines = files.pop("SHA256SUMS").decode().splitlines()
    assert dict(reversed(line.split("  ")) for line in lines) == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    here = {p.relative_to(store.path).as_posix(): p.read_bytes() for p in store.path.rglob("*") if p.is_file()}
    assert here.items() <= files.items()
    assert files.keys() - here.keys() == {"README.md", "CITATION.cff", "references.bib", "scan.toml"}
    assert not any("log.jsonl" in name for name in files)


def test_lmutau_reads_and_verifies_it(store, out):
    export(store, out)
    copy = Store(out)
    assert copy.id == store.id
    assert [copy.counts(f) for f in copy.families] == [store.counts(f) for f in store.families]
    xr.testing.assert_identical(copy.dataset().compute(), store.dataset().compute())
    found = verify(out, points=5, seed=1)
    assert (found.ok, found.notes) == (True, [])


def test_two_exports_are_equal(store, tmp_path):
    first, second = (export(store, tmp_path / f"{n}" / "a.zip") for n in ("1", "2") if (tmp_path / n).mkdir() is None)
    with open(first.where, "rb") as one, open(second.where, "rb") as two:
        assert one.read() == two.read()


def test_an_archive_is_not_compressed(store, tmp_path):
    export(store, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_copy_can_be_exported_again(store, tmp_path):
    export(store, tmp_path / "a.zip")
    export(tmp_path / "a.zip", tmp_path / "b.zarr")
    export(tmp_path / "b.zarr", tmp_path / "c" if (tmp_path / "c").mkdir() else tmp_path / "a2.zip")
    changed = {"README.md"}  # it names the file
    one, two = files_of(tmp_path / "a.zip"), files_of(tmp_path / "a2.zip")
    assert {name for name in one if one[name] != two[name]} - {"SHA256SUMS"} == changed


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_store_that_is_not_complete(half, out):
    with pytest.raises(IncompleteError, match=r"14 blocks are missing.*--incomplete"):
        export(half, out)
    assert not out.exists()
    export(half, out, incomplete=True)
    assert "**It is not complete**" in files_of(out)["README.md"].decode()
    copy = Store(out)
    assert sum(1 for _ in copy.pending()) == sum(1 for _ in half.pending()) == 14
    found = verify(out, points=0)
    assert (found.problems, found.missing_blocks) == ([], 14)
    assert set(xr.open_zarr(opened(out), consolidated=True).data_vars) == set(half.dataset().data_vars)


def test_a_copy_of_a_part_can_be_completed(half, tmp_path, compute):
    export(half, tmp_path / "copy.zarr", incomplete=True)
    copy = compute(Store(tmp_path / "copy.zarr"))
    assert verify(copy, points=5, seed=1).ok


def test_blocks_lost_from_a_store_that_says_it_is_complete(store, out):
    next(p for p in (store.path / "delta_a_mu_status" / "c").rglob("*") if p.is_file()).unlink()
    with pytest.raises(IncompleteError, match="1 blocks are missing"):
        export(store, out)


def test_metadata_that_were_changed(store, out):
    file = store.path / "delta_a_mu" / "zarr.json"
    document = json.loads(file.read_text())
    document["attributes"]["units"] = "MeV"
    file.write_text(json.dumps(document))
    with pytest.raises(StoreError, match=r"delta_a_mu: its zarr.json was changed.*lmutau repair"):
        export(store, out)
    with pytest.raises(StoreError, match=r"was changed"):
        export(store, out, incomplete=True)
    assert list(out.parent.glob("*copy*")) + list(out.parent.glob(".*copy*")) == []


def test_a_flipped_bit(store, out):
    chunk = next(p for p in (store.path / "relic_density" / "c").rglob("*") if p.is_file())
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 4
    chunk.write_bytes(content)
    with pytest.raises(StoreError, match=rf"{chunk.relative_to(store.path)}: damaged"):
        export(store, out)
    assert list(out.parent.glob("*copy*")) + list(out.parent.glob(".*copy*")) == []


def test_what_is_there_is_not_replaced(store, out, tmp_path):
    out.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        export(store, out)
    assert out.read_text() == "mine"
    with pytest.raises(StoreError, match="there is no folder"):
        export(store, tmp_path / "none" / out.name)
    with pytest.raises(StoreError, match="a web server takes no files"):
        export(store, "https://example.org/a.zarr")


# --- interruptions and memory -----------------------------------------------------------------------------------------


def test_an_interrupted_export_leaves_nothing(store, out):
    def stop(done, total):
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(store, out, on_file=stop)
    assert list(out.parent.glob("*copy*")) + list(out.parent.glob(".*copy*")) == []


@pytest.mark.parametrize("moment", [2, 60, 121])
def test_a_killed_export_leaves_nothing_that_looks_whole(store, out, moment):
    script = f"""
import os, signal, sys
from scanner import export
export(sys.argv[1], sys.argv[2], on_file=lambda n, _: n == {moment} and os.kill(os.getpid(), signal.SIGKILL))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, store.path, out],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    for left in out.parent.glob(f".{out.name}.*.partial"):
        with pytest.raises(StoreError):
            Store(left)
        with pytest.raises((FileNotFoundError, zipfile.BadZipFile, IsADirectoryError)):
            xr.open_zarr(left) if left.is_dir() else zipfile.ZipFile(left)
    export(store, out)
    assert Store(out).id == store.id


def test_memory_does_not_grow_with_the_store(store, out, monkeypatch):
    monkeypatch.setattr(module, "_names", lambda _: (f"x/c/{i}" for i in range(200)))
    monkeypatch.setattr(module, "_content", lambda _store, _name: np.random.default_rng(1).bytes(1_000_000))
    tracemalloc.start()
    try:
        exported = export(store, out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert exported.bytes > 200_000_000
    assert peak < 20_000_000
