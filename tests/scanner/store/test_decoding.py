"""Chunks are decoded into no more than their array has room for."""

import subprocess
import sys

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, ZstdCodec

from scanner import StoreError
from scanner.store.decoding import _zstd_content
from scanner.store.opening import open_array, open_group


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_791, 65_792, 10**6])
def test_what_a_zstd_frame_says_of_itself(size):
    assert _zstd_content(numcodecs.Zstd().encode(bytes(size))[:18]) == size


@pytest.fixture
def group(tmp_path):
    """One array for each codec that compresses, without checksums: whoever sends a store can leave them out."""
    made = zarr.create_group(tmp_path / "x.zarr", zarr_format=3)
    for name, compressor in (("blosc", BloscCodec(cname="zstd")), ("zstd", ZstdCodec())):
        made.create_array(name, data=np.arange(4.0), chunks=(4,), compressors=[compressor])
    names = made.create_array("names", shape=(2,), dtype="string", chunks=(2,), compressors=[ZstdCodec()])
    names[:] = np.array(["GS98", "AGSS09"], dtype=object)
    return open_group(tmp_path / "x.zarr")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "blosc",
            numcodecs.Blosc("zstd", 9).encode(bytes(10**7)),
            "becomes 10,000,000 bytes; its array has room for 96",
        ),
        ("zstd", numcodecs.Zstd(9).encode(bytes(10**7)), "becomes 10,000,000 bytes; its array has room for 96"),
        ("zstd", b"\xff" * 40, "no zstd frame"),
        ("zstd", b"", "no zstd frame"),
        ("blosc", b"\xff", "cannot be read"),
        ("names", numcodecs.Zstd().encode((10**9).to_bytes(4, "little")), "a chunk of 1000000000 names, not 2"),
        (
            "names",
            numcodecs.Zstd(9).encode(bytes(10**8)),
            "becomes 100,000,000 bytes; its array has room for 16,777,216",
        ),
    ],
)
def test_an_unreadable_chunk_is_named(group, tmp_path, name, content, says):
    (tmp_path / "x.zarr" / name / "c" / "0").write_bytes(content)
    with pytest.raises(StoreError, match=says) as error:
        _ = open_array(group, name)[...]
    assert f"x.zarr/{name}/c/0: cannot be read" in str(error.value)
    assert "lmutau verify" in str(error.value)


def test_what_is_sound_is_read(group):
    assert open_array(group, "blosc")[...].tolist() == open_array(group, "zstd")[...].tolist() == [0, 1, 2, 3]
    assert open_array(group, "names")[...].tolist() == ["GS98", "AGSS09"]


def test_a_thread_of_zarr_that_is_slow_to_end_is_waited_for():
    """Where others have the processors, commands ended with a traceback of zarr's."""
    slow = "import time, scanner.store.decoding; from zarr.core import sync; "
    slow += "sync._get_loop().call_soon_threadsafe(time.sleep, 0.6)"
    ended = subprocess.run([sys.executable, "-c", slow], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
