"""A publication on a real web server: its store is verified, and little of it is asked for."""

import json
import shutil

import pytest

from scanner.sharing.publish import Contents, Terms, publish


@pytest.fixture
def published(nginx, store):
    """Of the page's store, the folder on the server, and the address."""
    root, address = nginx
    for left in root.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    publish(store.path, root / "out", Terms(["A"]), Contents(dirty=True, unverified=True))
    return root / "out" / "page" / "store.zarr", f"{address}/out/page/store.zarr"


def said(lmutau, *words):
    code, text = lmutau("verify", *words, "--json", "--quiet")  # nothing of kernels being compiled
    return code, json.loads(text)


def test_points_of_a_store_behind_an_address(lmutau, published, store):
    _, address = published
    for where in (address, f"{address.removesuffix('page/store.zarr')}small.zarr.zip"):
        code, found = said(lmutau, where, "--points", 20, "--seed", 1)
        assert (code, found["ok"], found["read_all"], found["values"]) == (0, True, False, 0)
        assert found["recomputed"] > 20
    code, found = said(lmutau, address, "--all", "--points", 5)
    assert (code, found["read_all"]) == (0, True)
    assert found["values"] == sum(f.points * len(f.observables) for f in store.families)
    assert lmutau("verify", address, "--points", 0)[0] == 3


def test_a_value_that_is_not_its_own_is_found(lmutau, published):
    folder, address = published
    chunk, other, *_ = sorted(p for p in (folder / "relic_density" / "c").rglob("*") if p.is_file())
    chunk.write_bytes(other.read_bytes())  # with a checksum that is right
    assert said(lmutau, address, "--points", 400, "--seed", 1)[0] == 3
