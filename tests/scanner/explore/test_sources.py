"""The files of a store, from a folder and from another server."""

import json

import pytest
from explored import serving

from scanner.errors import StoreError
from scanner.explore.sources import Folder, Remote, source
from scanner.store.seal import ROOT


def test_a_file_is_as_it_is_on_the_disk(store):
    folder = Folder(store.path)
    assert folder.read("m_X/c/0").content == (store.path / "m_X/c/0").read_bytes()
    assert folder.read("m_X/c/7") is None


@pytest.mark.parametrize(
    "key", ["../secret", "m_X/../../secret", "/etc/passwd", ".hidden", "m_X/c", "", "m_X//c/0", "a\0b"]
)
def test_nothing_else_is_given(store, key):
    (store.path.parent / "secret").write_text("secret")
    (store.path / ".hidden").write_text("secret")
    assert Folder(store.path).read(key) is None


@pytest.mark.parametrize("what", ["file", "folder"])
def test_links_are_not_followed(store, tmp_path, what):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0").write_text("secret")
    if what == "file":
        (store.path / "m_X/c/1").symlink_to(elsewhere / "0")
        assert Folder(store.path).read("m_X/c/1") is None
    else:
        (store.path / "extra").symlink_to(elsewhere)
        assert Folder(store.path).read("extra/0") is None


def test_the_store_itself_may_be_named_by_a_link(store, tmp_path):
    (tmp_path / "link.zarr").symlink_to(store.path)
    assert Folder(tmp_path / "link.zarr").read("m_X/c/0").code == 200


def test_metadata_of_a_complete_store_are_its_own(store):
    assert Folder(store.path).metadata() == json.loads((store.path / ROOT).read_text())


def test_metadata_of_a_running_scan_are_collected(empty_store):
    assert "consolidated_metadata" not in json.loads((empty_store.path / ROOT).read_text())
    metadata = Folder(empty_store.path).metadata()
    copies = metadata["consolidated_metadata"]["metadata"]
    assert copies["relic_density"] == json.loads((empty_store.path / "relic_density" / ROOT).read_text())
    assert set(copies) >= {"m_X", "relic_density_status", "metallicity"}
    assert metadata["attributes"]["state"] == "running"


@pytest.mark.parametrize("which", ["store", "empty_store"])
def test_another_server_gives_the_same(which, request):
    """A server of ours takes the place of a stranger's."""
    folder = Folder(request.getfixturevalue(which).path)
    with serving(folder) as server:
        remote = source(server.address + "store.zarr/")
        assert isinstance(remote, Remote)
        assert remote.metadata() == folder.metadata()
        assert remote.read("m_X/c/0") == folder.read("m_X/c/0")
        part = remote.read("m_X/c/0", "bytes=3-9")
        assert (part.code, part.content) == (206, folder.read("m_X/c/0").content[3:10])
        assert remote.read("m_X/c/9") is None
        assert remote.read("../") is None


def test_metadata_of_a_running_scan_are_collected_from_plain_files(empty_store, tmp_path):
    class Plain(Remote):  # a server that knows nothing of scans
        def read(self, key, wanted=""):
            return Folder(empty_store.path).read(key, wanted)

    assert Plain("http://plain/").metadata() == Folder(empty_store.path).metadata()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:9/x.zarr", "cannot be reached"),
        ("s3://bucket/x.zarr", "not an address of the web"),
        ("file:///etc/passwd", "not an address of the web"),
    ],
)
def test_an_address_without_a_store(address, says):
    with pytest.raises(StoreError, match=says):
        source(address).metadata()


def test_what_is_no_store_is_said(served, tmp_path):
    with pytest.raises(StoreError, match=r"zarr\.json is missing"):
        source(served.address + "nothing").metadata()
    with pytest.raises(StoreError, match="no Zarr store there"):
        source(str(tmp_path))
