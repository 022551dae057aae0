"""Copies to give away: every number as it was, nothing that was not asked for."""

import base64
import json
import re

import numpy as np
import pytest
import xarray as xr
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from scanner import Store
from scanner.errors import SelectionError, StoreError
from scanner.explore import export
from scanner.explore.excerpt import Selection, excerpt
from scanner.explore.export import write_folder, write_html
from scanner.explore.sources import Folder, Remote


def opened(files):
    buffer = default_buffer_prototype().buffer
    return xr.open_zarr(MemoryStore({k: buffer.from_bytes(v) for k, v in files.items()}), chunks=None, zarr_format=3)


def inside(path):
    archive = json.loads(re.search(r'id="archive">(.*?)</script>', path.read_text())[1])
    return {name: base64.b64decode(content) for name, content in archive.items()}


def test_one_file_has_every_number(store, tmp_path):
    path = write_html(Folder(store.path), tmp_path / "page.html")
    ds, copy = xr.open_zarr(store.path, chunks=None), opened(inside(path))
    assert set(copy.variables) == set(ds.variables)
    for name in ds.variables:
        assert copy[name].dims == ds[name].dims
        assert copy[name].dtype == ds[name].dtype
        assert np.array_equal(copy[name].values, ds[name].values, equal_nan=copy[name].dtype.kind == "f"), name
        assert copy[name].attrs == ds[name].attrs
    assert copy.attrs["id"] == ds.attrs["id"]
    assert "excerpt" not in copy.attrs
    assert "seal" not in copy.attrs  # that of other files


def test_an_excerpt_is_a_selection(store, tmp_path):
    folder = Folder(store.path)
    path = write_html(
        folder, tmp_path / "page.html", at={"mass_ratio": 0.501, "metallicity": "AGSS09"}, thin={"g_X": 2}
    )
    ds, copy = xr.open_zarr(store.path, chunks=None), opened(inside(path))
    want = ds.relic_density.sel(mass_ratio=[0.501]).isel(g_X=slice(None, None, 2))
    assert np.array_equal(copy.relic_density.values, want.values, equal_nan=True)
    assert np.array_equal(copy.relic_density_status.values, want.relic_density_status.values)
    assert copy.mass_ratio.values.tolist() == [0.501]
    assert copy.metallicity.values.tolist() == ["AGSS09"]
    assert copy.metallicity_code.values.tolist() == [1]
    said = json.loads(copy.attrs["excerpt"])
    assert said == {"at": {"mass_ratio": 0.501, "metallicity": "AGSS09"}, "every": {"g_X": 2}}


def test_every_checksum_is_kept(store):
    files = excerpt(Selection(Folder(store.path), {}, {}))
    nodes = json.loads(files["zarr.json"])["consolidated_metadata"]["metadata"]
    arrays = {name: node for name, node in nodes.items() if node["node_type"] == "array"}
    assert all(node["codecs"][-1]["name"] == "crc32c" for node in arrays.values())
    assert arrays["relic_density"]["codecs"][1]["name"] == "blosc"
    damaged = bytearray(files["relic_density/c/0/0/0"])
    damaged[20] ^= 1
    with pytest.raises((ValueError, StoreError), match="checksum"):
        _ = opened({**files, "relic_density/c/0/0/0": bytes(damaged)}).relic_density.values


@pytest.mark.parametrize(
    ("at", "thin", "says"),
    [
        ({"m_Y": 1.0}, {}, "no axis 'm_Y'; did you mean m_X"),
        ({"m_X": 24.0}, {}, "the grid has no m_X = 24.0; it has 5.0, 23.0, 100.0, 20000.0"),
        ({"m_X": 23.0}, {"m_X": 2}, "give one of them"),
    ],
)
def test_a_selection_that_cannot_be(store, at, thin, says):
    with pytest.raises(SelectionError, match=re.escape(says)):
        Selection(Folder(store.path), at, thin)


def test_what_is_too_large_is_refused_with_what_to_leave_out(store, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST", 3e5)  # the page alone has almost as much
    with pytest.raises(
        SelectionError, match=r"at most 0 MB\. Leave out values: --at g_X=0.0003.* keeps 1/4 .*--folder"
    ):
        write_html(Folder(store.path), tmp_path / "page.html")
    monkeypatch.setattr(export, "LARGEST", 10)  # not even read
    with pytest.raises(SelectionError, match="of numbers"):
        write_html(Folder(store.path), tmp_path / "page.html")
    assert not list(tmp_path.glob("*page.html*"))


def test_the_suggestion_is_true(store, tmp_path):
    folder = Folder(store.path)
    whole = Selection(folder, {}, {})
    text = whole.suggestions(2.0)
    axis, value, share = re.match(r"--at (\w+)=(\S+) keeps 1/(\d+)", text).groups()
    part = Selection(folder, {axis: float(value)}, {})
    assert whole.bytes_at_most() / part.bytes_at_most() == pytest.approx(float(share), rel=0.25)


def test_a_folder_has_the_store_as_it_is(store, tmp_path):
    target = write_folder(Folder(store.path), tmp_path / "share")
    original = {p.relative_to(store.path): p.read_bytes() for p in store.path.rglob("*") if p.is_file()}
    copy = {
        p.relative_to(target / "store.zarr"): p.read_bytes() for p in (target / "store.zarr").rglob("*") if p.is_file()
    }
    assert copy == original
    info = json.loads(re.search(r'id="info">(.*?)</script>', (target / "index.html").read_text())[1])
    assert (info["store"], info["computes"]) == ("store.zarr/", False)
    assert Store(target / "store.zarr").attribute("state") == "complete"


def test_what_is_there_is_not_overwritten(store, tmp_path):
    (tmp_path / "share").mkdir()
    (tmp_path / "share/mine").write_text("mine")
    with pytest.raises(StoreError, match="not an empty folder"):
        write_folder(Folder(store.path), tmp_path / "share")
    assert (tmp_path / "share/mine").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("page.txt", "ends in .html"),
        ("small.zarr/page.html", "inside of the store"),
        ("nowhere/page.html", "no folder"),
    ],
)
def test_where_a_page_cannot_be(store, tmp_path, name, says):
    with pytest.raises(SelectionError, match=says):
        write_html(Folder(store.path), tmp_path / name)


def test_only_what_is_complete_and_here_is_given_away(empty_store, tmp_path):
    for write in (write_html, write_folder):
        with pytest.raises(StoreError, match=r"not complete; lmutau run .* completes it"):
            write(Folder(empty_store.path), tmp_path / "page.html")
        with pytest.raises(StoreError, match="copy the store to this machine first"):
            write(Remote("https://example.org/x.zarr"), tmp_path / "page.html")


def test_links_in_a_store_are_not_given_away(store, tmp_path):
    (tmp_path / "secret").write_text("secret")
    chunk = store.path / "m_X/c/0"
    chunk.unlink()
    chunk.symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError, match="a link, or no plain file"):
        write_folder(Folder(store.path), tmp_path / "share")


def test_chunks_of_an_excerpt_are_small_enough(store):
    group = zarr.open_group(store.path, mode="r")
    assert group["relic_density"].shape == (4, 5, 3)
    from scanner.explore.excerpt import _chunks

    assert _chunks((4, 5, 3)) == (4, 5, 3)
    sides = _chunks((1000, 3, 1000))
    assert np.prod(sides) <= 200_000
    assert sides[1] == 3


def test_what_is_far_too_large_is_refused_by_the_sizes_of_its_files(store, tmp_path, monkeypatch):
    """To read and compress all of it first took minutes."""
    folder = Folder(store.path)

    def size(name):
        return sum(f.stat().st_size for f in (store.path / name / "c").rglob("*") if f.is_file())

    assert (whole := Selection(folder, {}, {})).bytes_about() == sum(map(size, whole.arrays))
    thin = Selection(folder, {"mass_ratio": 0.6}, {"g_X": 2})  # one of three, three of five
    assert thin._share(thin.arrays["relic_density"]) == pytest.approx(0.6 / 3)
    assert thin.bytes_about() < whole.bytes_about()
    monkeypatch.setattr(export, "LARGEST", 1000.0)
    monkeypatch.setattr(Selection, "bytes_at_most", lambda self: 2000)
    monkeypatch.setattr(export, "excerpt", lambda selection: pytest.fail("it was read"))
    with pytest.raises(SelectionError, match=r"MB as one file, by the sizes of its files; .*--folder"):
        write_html(folder, tmp_path / "page.html")
