"""Stores that are no folders: they are read as these are, and nothing is written there."""

import io
import os
import pickle
import stat
import struct
import zipfile
from pathlib import PurePosixPath

import pytest
import xarray as xr

from scanner import Store, StoreError, export, slice_plane
from scanner.answers.answer import answer
from scanner.errors import ScanFileError
from scanner.store.elsewhere import Elsewhere, folder, place
from scanner.store.repair import repair


@pytest.fixture
def archive(store, tmp_path):
    export(store, tmp_path / "copy.zarr.zip")
    return tmp_path / "copy.zarr.zip"


def test_names(archive):
    root = place(archive)
    array = root / "m_X"
    assert (str(array), array.name, array.parent.key) == (f"{archive}/m_X", "m_X", "")
    assert str(root.with_name("x.log")).endswith("/../x.log")
    assert not root.with_name("x.log").is_file()
    assert (array / "zarr.json").is_file()
    assert array.is_dir()
    assert not (root / "nothing").exists()
    assert (array / "c" / "0").relative_to(array) == PurePosixPath("c/0")
    assert [file.key for file in root.glob("m_*/zarr.json")] == ["m_X/zarr.json"]
    with pytest.raises(FileNotFoundError):
        (root / ".." / "secret").read(10)


def test_the_system_is_told_that_it_is_none_of_its_paths(archive):
    for ask in (os.stat, open, os.fspath, folder):
        with pytest.raises(StoreError, match="can only be read"):
            ask(place(archive))


def test_reading(store, archive):
    copy = Store(archive)
    at = {"mass_ratio": 0.6}
    xr.testing.assert_identical(
        slice_plane(copy.dataset(), "relic_density", "m_X", "g_X", at).compute(),
        slice_plane(store.dataset(), "relic_density", "m_X", "g_X", at).compute(),
    )
    xr.testing.assert_identical(answer(archive, ["cmb"]).drop_attrs(), answer(store.path, ["cmb"]).drop_attrs())
    assert next(copy.pending(), None) is None
    assert not copy.axis_problems()


def test_it_can_be_sent_to_other_processes(archive):
    array = pickle.loads(pickle.dumps(Store(archive).array("m_X")))
    assert array[:].tolist() == [5, 23, 100, 2e4]
    assert str(pickle.loads(pickle.dumps(place(archive)))) == str(archive)


def test_nothing_is_written(archive):
    before, copy = archive.read_bytes(), Store(archive)
    family = copy.families[0]
    index = next(family.blocks())
    with pytest.raises(StoreError, match="can only be read"):
        copy.forget(family, index)
    with pytest.raises((StoreError, ValueError), match=r"can only be read|read.only"):
        copy.array("m_X")[:] = 1
    with pytest.raises((StoreError, AssertionError)):
        copy.write_block(family, index, copy.compute_block(family, index))
    with pytest.raises(StoreError, match="can only be read"):
        repair(archive)
    assert archive.read_bytes() == before


def test_addresses_that_cannot_be_opened():
    for address, why in {
        "gs://bucket/a.zarr": "http://, https:// and s3:// can",
        "https:///a.zarr": "not an address",
        "https://example.org/a.zarr?token=1": "nothing after a",
        "file:///etc/passwd": "not an address that can be opened",
    }.items():
        with pytest.raises(StoreError, match=why):
            place(address)
    with pytest.raises(ScanFileError, match=r"an address.*lmutau export FOLDER ADDRESS"):
        Store.create("s3://bucket/a.zarr", None)


# --- archives of a stranger -------------------------------------------------------------------------------------------


def rewritten(archive, change, **options):
    """The archive anew, every entry changed."""
    with zipfile.ZipFile(archive) as old:
        entries = [(entry, old.read(entry)) for entry in old.infolist()]
    with zipfile.ZipFile(archive, "w", **options) as new:
        for entry, content in entries:
            change(new, entry, content)


def test_compressed_archives_are_refused(archive):
    rewritten(archive, lambda new, entry, content: new.writestr(entry, content, zipfile.ZIP_DEFLATED))
    with pytest.raises(StoreError, match=r"'README.md' is compressed.*lmutau export"):
        Store(archive)


def test_a_folder_in_an_archive_is_no_store(archive):
    rewritten(archive, lambda new, entry, content: new.writestr(f"copy.zarr/{entry.filename}", content))
    with pytest.raises(StoreError, match=r"no zarr.json at its top"):
        Store(archive)


def test_names_that_lead_out_are_not_followed(archive):
    with zipfile.ZipFile(archive, "a") as new:
        new.writestr("../evil", b"x")
        new.writestr("/etc/evil", b"x")
    root = Store(archive).path
    assert not (root / "../evil").is_file()
    with pytest.raises(FileNotFoundError):
        (root / "/etc/evil").read(10)


def test_links_in_an_archive_are_bytes(archive):
    def change(new, entry, content):
        if entry.filename == "m_X/c/0":
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            content = b"/etc/hostname"
        new.writestr(entry, content)

    rewritten(archive, change)
    with pytest.raises(StoreError, match="cannot be read"):
        Store(archive).array("m_X")[:]


def patched(archive, signature, offset, value, name=b""):
    """A field of the last record with a signature, or of that of a file, overwritten."""
    content = bytearray(archive.read_bytes())
    at = content.rfind(signature) if not name else content.rfind(name) - 46
    assert at > 0
    assert content[at : at + 4] == signature
    content[at + offset : at + offset + len(value)] = value
    archive.write_bytes(content)


def test_sizes_that_an_archive_only_says(archive):
    """Of an entry of 4 GB in an archive of 100 kB."""
    patched(archive, b"PK\x01\x02", 20, struct.pack("<II", 2**32 - 2, 2**32 - 2), b"m_X/c/0")
    with pytest.raises(StoreError, match=r"cannot be read|are more than such a file has"):
        Store(archive).array("m_X")[:]


def test_a_directory_larger_than_memory(archive, monkeypatch):
    from scanner.store import archive as module

    monkeypatch.setattr(module, "_LARGEST_DIRECTORY", 1000)
    with pytest.raises(StoreError, match="more than 1,000 bytes at once"):
        Store(archive)


@pytest.mark.parametrize("left", [0, 10, 5000])
def test_archives_cut_short(archive, left):
    archive.write_bytes(archive.read_bytes()[:left])
    with pytest.raises(StoreError, match="no zip archive that can be read"):
        Store(archive)


def test_flipped_bits_are_seen(archive):
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        at = old.getinfo("relic_density/c/0/0/0").header_offset + 30 + len("relic_density/c/0/0/0") + 20
    content[at] ^= 1
    archive.write_bytes(content)
    with pytest.raises(StoreError, match=r"relic_density/c/0/0/0: cannot be read"):
        Store(archive).array("relic_density")[:]


def test_a_place_is_a_place(archive):
    assert place(place(archive)) is not None
    assert isinstance(place(archive), Elsewhere)
    assert place(archive.parent) == archive.parent
