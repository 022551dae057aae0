"""Chunks are decoded into no more than their array has room for."""

import json

import numcodecs
import numpy as np
import pytest

from scanner import Store, StoreError
from scanner.store.decoding import _zstd_content

STATUS = "status_m_X_g_X"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_791, 65_792, 10**6])
def test_what_a_zstd_frame_says_of_itself(size):
    assert _zstd_content(numcodecs.Zstd().encode(bytes(size))[:18]) == size


def first_chunk(store, name):
    return sorted(f for f in (store.path / name / "c").rglob("*") if f.is_file())[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("delta_a_mu", numcodecs.Blosc("zstd", 9).encode(bytes(10**7)) + b"\0\0\0\0", "Checksum|checksum"),
        (
            "m_X",
            numcodecs.Zstd(9).encode(bytes(10**7)),
            "a chunk that becomes 10,000,000 bytes; its array has room for 96",
        ),
        ("m_X", b"\xff" * 40, "no zstd frame"),
        ("metallicity", numcodecs.Zstd().encode((10**9).to_bytes(4, "little")), "a chunk of 1000000000 names, not 2"),
    ],
)
def test_an_unreadable_chunk_is_named(store, name, content, says):
    first_chunk(store, name).write_bytes(content)
    with pytest.raises(StoreError, match=says) as error:
        _ = Store(store.path).array(name)[...]
    assert f"{store.path}/{name}" in str(error.value)
    assert "lmutau verify" in str(error.value)


def test_a_bomb_without_a_checksum(store):
    """16 MB of statuses where there is room for a few: whoever sends the store can leave checksums out."""
    for file, place in ((store.path / "zarr.json", "consolidated_metadata"), (store.path / STATUS / "zarr.json", "")):
        document = json.loads(file.read_text())
        array = document[place]["metadata"][STATUS] if place else document
        array["codecs"] = [codec for codec in array["codecs"] if codec["name"] != "crc32c"]
        file.write_text(json.dumps(document))
    first_chunk(store, STATUS).write_bytes(numcodecs.Blosc("zstd", 9).encode(bytes(2**24)))
    with pytest.raises(StoreError, match="a chunk that becomes 16,777,216 bytes; its array has room for"):
        _ = Store(store.path).array(STATUS)[...]


def test_what_is_sound_is_read(store):
    opened = Store(store.path)
    assert np.isfinite(opened.array("m_X")[...]).all()
    assert opened.array("metallicity")[...].tolist() == ["GS98", "AGSS09"]
