"""The page has the numbers of the store, to the last bit; what is damaged is an error, not a number."""

import json
import random
import shutil

import numpy as np
import pytest
import xarray as xr
import zarr
from browsing import MANY_BLOCKS, MANY_FILES, computed, explored, plain_server, plane_in, plane_of
from zarr.codecs import BloscCodec, Crc32cCodec, ZstdCodec

import scanner
from physics.inference.constraints import constraints
from scanner.explore.export import write_folder, write_html
from scanner.explore.sources import Folder


def axes_of(ds):
    return [d for d in ds.dims if ds[d].dtype.kind == "f" and ds[d].size > 1]


def is_same(found, wanted):
    (z, code), (values, status) = found, wanted
    return np.array_equal(z, values, equal_nan=True) and np.array_equal(code, status)


@pytest.mark.parametrize("how", ["store", "server"])
def test_random_planes(visit, stores, many, how):
    ds, page, draw = xr.open_zarr(stores["many"], chunks=None), visit(many), random.Random(18)
    observables = [name for name, v in ds.data_vars.items() if "ancillary_variables" in v.attrs]
    different, holes = [], 0
    for _ in range(100):
        x, y = draw.sample(axes_of(ds), 2)
        at = {d: draw.randrange(ds[d].size) for d in ds.dims}
        observable = draw.choice(observables)
        wanted = plane_in(ds, observable, x, y, at)
        holes += bool(np.isnan(wanted[0]).any())
        if not is_same(plane_of(page, observable, x, y, at, how), wanted):
            different.append((observable, x, y, at))
    assert not different
    assert holes > 10


def test_chunks_of_many_parts(visit, stores):
    ds = xr.open_zarr(stores["large"], chunks=None)
    assert zarr.open_group(stores["large"], mode="r")["delta_a_mu"].nchunks > 1
    with explored(stores["large"]) as address:
        page = visit(address)
        for observable in ("delta_a_mu", "sigma_monophoton"):
            assert is_same(plane_of(page, observable, "m_X", "g_X", {}), plane_in(ds, observable, "m_X", "g_X", {}))


def test_a_plane_of_many_files_is_one_answer_of_the_server(visit, tmp_path):
    store = computed(tmp_path, "files", MANY_FILES)
    assert zarr.open_group(store.path, mode="r")["delta_a_mu"].nchunks > 100
    ds = xr.open_zarr(store.path, chunks=None)
    with explored(store.path) as address:
        page = visit(address + "#x=m_X&y=g_X&draw=")
        wanted = plane_in(ds, "delta_a_mu", "m_X", "g_X", {})
        assert is_same(plane_of(page, "delta_a_mu", "m_X", "g_X", {}), wanted)
        asked = [url for url in page.requests if "delta_a_mu" in url]
        assert len(asked) == 1
        assert "/plane?" in asked[0]


def test_one_file_from_disk(visit, stores, tmp_path):
    path = write_html(Folder(stores["many"]), tmp_path / "page.html", thin={"m_X": 2})
    ds = xr.open_zarr(stores["many"], chunks=None).isel(m_X=slice(None, None, 2))
    page = visit(path.as_uri())
    for observable in ("relic_density", "a_mu_pull", "sigma_monophoton"):
        at = dict.fromkeys(ds.dims, 1)
        assert is_same(plane_of(page, observable, "m_X", "g_X", at), plane_in(ds, observable, "m_X", "g_X", at))
    assert {url.split(":")[0] for url in page.requests} <= {"file", "data", "blob"}


def test_a_folder_on_any_server(visit, stores, tmp_path):
    """Stores have no shards: not even ranges are needed."""
    ds = xr.open_zarr(stores["many"], chunks=None)
    with plain_server(write_folder(Folder(stores["many"]), tmp_path / "share")) as address:
        page = visit(address)
        at = dict.fromkeys(ds.dims, 1)
        wanted = plane_in(ds, "relic_density", "m_X", "g_X", at)
        assert is_same(plane_of(page, "relic_density", "m_X", "g_X", at), wanted)
        assert {url.split("/")[2] for url in page.requests if url.startswith("http")} == {address.split("/")[2]}


def sharded(path, target, compressors):
    """A store as earlier versions had them: chunks within shards, other codecs."""
    source = zarr.open_group(path, mode="r")
    group = zarr.create_group(target, zarr_format=3, attributes=source.attrs.asdict())
    for name, array in source.arrays():
        chunk = tuple(max(1, n // 2) for n in array.shape)
        shards = {"shards": tuple(2 * c * -(-n // (2 * c)) for c, n in zip(chunk, array.shape, strict=True))}
        text = array.dtype.kind not in "fiu"
        copy = group.create_array(
            name,
            shape=array.shape,
            dtype="string" if text else array.dtype,
            chunks=array.shape if text else chunk,
            fill_value=array.fill_value,
            compressors=array.compressors if text else compressors,
            dimension_names=array.metadata.dimension_names,
            attributes=array.attrs.asdict(),
            **({} if text else shards),
        )
        copy[...] = array[...]
    return target


@pytest.mark.parametrize("cname", ["zstd", "lz4", None])
def test_shards_need_ranges(visit, stores, tmp_path, cname):
    compressor = ZstdCodec() if cname is None else BloscCodec(cname=cname, shuffle="shuffle")
    share = write_folder(Folder(stores["many"]), tmp_path / "share")
    shutil.rmtree(share / "store.zarr")
    path = sharded(stores["many"], share / "store.zarr", [compressor, Crc32cCodec()])
    with plain_server(share) as address:
        page = visit(address, ready=False)
        assert "no store of lmutau is here, or one that is not complete" in page.inner_text("#error")  # as it stands
    with explored(path) as address:
        page = visit(address)
        ds = xr.open_zarr(stores["many"], chunks=None)
        at = dict.fromkeys(ds.dims, 1)
        wanted = plane_in(ds, "cmb_ratio", "g_X", "m_X", at)
        assert is_same(plane_of(page, "cmb_ratio", "g_X", "m_X", at), wanted)
    (path / "zarr.json").write_text(json.dumps(Folder(path).metadata()))
    with plain_server(share) as address:
        page = visit(address, ready=False)
        assert "this web server does not know HTTP ranges" in page.inner_text("#error")
        assert page.locator("#picture svg").count() == 0


@pytest.mark.parametrize("array", ["relic_density", "relic_density_status", "m_X", "metallicity"])
def test_a_flipped_bit_is_an_error(visit, stores, tmp_path, array):
    share = write_folder(Folder(stores["many"]), tmp_path / "share")
    for chunk in (p for p in (share / "store.zarr" / array / "c").rglob("*") if p.is_file()):
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 4
        chunk.write_bytes(content)
    with plain_server(share) as address:
        page = visit(address + "#c=relic_density", ready=array in ("relic_density", "relic_density_status"))
        error = page.inner_text("#error")
        assert "damaged chunk: its checksum is wrong" in error
        assert array in error
        assert page.locator("#picture svg").count() == 0


def test_the_count_of_limits(visit, stores, many):
    """Where one of them has no value, and none excludes, nothing is known."""
    names = ["cmb", "babar_4mu", "n_eff_bbn_drees_zhao", "relic_overabundance"]
    page = visit(f"{many}#x=m_X&y=g_X&c=count&draw={','.join(names)}&at.mass_ratio=0.6&at.q_psi=1")
    ny, nx = 11, 13
    found = np.array(page.evaluate("Array.from(lmutau.scene.shown.z, v => Number.isNaN(v) ? -1 : v)")).reshape(ny, nx)
    ds = xr.open_zarr(stores["many"], chunks=None)
    excluded = np.zeros((ny, nx), int)
    unknown = np.zeros((ny, nx), bool)
    grid = ds[["g_X", "m_X"]].coords.to_dataset()[["g_X", "m_X"]]
    for name in names:
        c = constraints()[name]
        at = {"mass_ratio": 0.6, "q_psi": 1.0}
        plane = scanner.slice_plane(ds, c.observable, "m_X", "g_X", at)
        values = plane.broadcast_like(grid).transpose("g_X", "m_X").values
        inside = scanner.at_point(scanner.allowed(ds, [name]), at, keep=("m_X", "g_X"))
        inside = inside.broadcast_like(grid).transpose("g_X", "m_X").values
        excluded += ~inside & ~np.isnan(values)
        unknown |= ~inside & np.isnan(values)
    assert np.array_equal(found, np.where((excluded == 0) & unknown, -1, excluded))
    assert {-1, 0} < set(found.ravel().tolist())


def test_contours_are_those_of_lmutau_plot(visit, stores, many):
    page = visit(f"{many}#x=m_X&y=g_X&draw=relic_density&at.mass_ratio=0.6&at.q_psi=1")
    lines = page.evaluate("lmutau.scene.layers[0].lines")
    ds = xr.open_zarr(stores["many"], chunks=None)
    plane = scanner.slice_plane(ds, "relic_density", "m_X", "g_X", {"mass_ratio": 0.6, "q_psi": 1.0})
    want = [line for line in scanner.contours(plane, [0.12])[0.12] if len(line) > 1]
    (m_X, g_X) = (np.log(ds[axis].values) for axis in ("m_X", "g_X"))

    def unit(line):
        return (np.log(line) - [m_X[0], g_X[0]]) / [m_X[-1] - m_X[0], g_X[-1] - g_X[0]]

    wanted = np.vstack([unit(line) for line in want])
    found = np.vstack([np.array(line) for line in lines])
    distance = np.linalg.norm(wanted[:, None] - found[None], axis=2)
    assert distance.min(axis=0).max() < 1e-9  # every vertex of ours is one of theirs
    holes = np.isnan(plane.values).any()
    assert holes or distance.min(axis=1).max() < 1e-9


def test_a_running_scan_is_watched(visit, tmp_path):
    store = computed(tmp_path, "running", MANY_BLOCKS.replace("points_per_block = 150", ""), some=2)
    with explored(store.path) as address:
        page = visit(address + "#x=m_X&y=g_X&c=relic_density&draw=&at.mass_ratio=0.6&at.q_psi=1")
        assert page.locator("#badge").is_visible()
        before = page.evaluate("Array.from(lmutau.scene.shown.code)")
        assert page.evaluate(
            "lmutau.scene.shown.z.every((v, i) => Number.isNaN(v) === (lmutau.scene.shown.code[i] !== 1))"
        )
        assert "not computed" in page.locator("#picture svg").text_content()
        for family, index in list(store.pending()):
            store.write_block(family, index, store.compute_block(family, index))
        store.finalize()
        page.locator("#badge").wait_for(state="hidden")
        after = page.evaluate("Array.from(lmutau.scene.shown.code)")
        assert 0 in before
        assert 0 not in after
        assert "not computed" not in page.locator("#picture svg").text_content()
