"""Chunks written without Zarr are what Zarr reads, and what it would have written."""

import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from scanner import StoreError
from scanner.store.chunks import write_chunks
from scanner.store.opening import open_array, open_group

BLOSC = BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")


def array_at(folder, **more):
    settings = {"shape": (7, 5), "dtype": "f8", "chunks": (2, 3), "fill_value": np.nan} | more
    zarr.create_group(folder).create_array("a", **{"compressors": [BLOSC, Crc32cCodec()]} | settings)
    return open_array(open_group(folder), "a")


@pytest.mark.parametrize(
    "blosc",
    [BLOSC, BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"), BloscCodec(cname="lz4", shuffle="noshuffle")],
)
@pytest.mark.parametrize(("dtype", "fill"), [("f8", np.nan), ("u1", 0)])
def test_zarr_reads_them(tmp_path, blosc, dtype, fill):
    values = np.random.default_rng(1).normal(size=(7, 5)).astype(dtype)
    array = array_at(tmp_path / "s", compressors=[blosc, Crc32cCodec()], dtype=dtype, fill_value=fill)
    everything = [(i, j) for i in range(4) for j in range(2)]
    write_chunks(array, everything, values)
    assert zarr.open_array(tmp_path / "s" / "a")[:].tobytes() == values.tobytes()
    with zarr.config.set({"array.write_empty_chunks": True}):
        array[:] = values
    assert zarr.open_array(tmp_path / "s" / "a")[:].tobytes() == values.tobytes()


def test_a_part_of_an_array_leaves_the_rest(tmp_path):
    array = array_at(tmp_path / "s")
    write_chunks(array, [(1, 1), (2, 1)], np.arange(8.0).reshape(4, 2))  # a view of rows 2 to 5
    assert np.isnan(array[:2]).all()
    assert np.isnan(array[:, :3]).all()
    assert array[2:6, 3:].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert sorted(f.name for f in (tmp_path / "s").rglob("*") if f.is_file() and f.parent.name.isdigit()) == ["1", "1"]


def test_chunks_without_a_value_are_written(tmp_path):
    write_chunks(array_at(tmp_path / "s"), [(0, 0)], np.full((2, 3), np.nan))
    assert (tmp_path / "s" / "a" / "c" / "0" / "0").is_file()


def test_an_array_without_axes(tmp_path):
    array = array_at(tmp_path / "s", shape=(), chunks=())
    write_chunks(array, [()], np.array(3.0))
    assert array[()] == 3.0


def test_other_codecs_are_refused(tmp_path):
    array = array_at(tmp_path / "s", compressors=[BLOSC])
    with pytest.raises(StoreError, match="codecs"):
        write_chunks(array, [(0, 0)], np.zeros((2, 3)))


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    array, folder = array_at(tmp_path / "s"), tmp_path / "s" / "a"
    write_chunks(array, [(0, 0)], np.zeros((2, 3)))
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_chunks(array, [(0, 0)], np.ones((2, 3)))
    assert (array[:2, :3] == 0).all()
    assert not list(folder.rglob("*.partial"))
