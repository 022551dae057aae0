"""What a stranger's store may do here: nothing outside of its folder, nothing unasked for."""

import json
import os
import shutil
import threading
import time

import pytest
import zarr

from scanner import Store, StoreError, load_scan
from scanner.store import decoding
from scanner.store.runlog import append, read_log
from scanner.store.trust import check_address, plain_file


def test_a_log_that_is_a_link_is_neither_read_nor_written(store, tmp_path):
    """`run` on an unpacked archive would have appended to any file of the user."""
    elsewhere = tmp_path / "bashrc"
    elsewhere.write_text("mine\n")
    store.log_path.unlink(missing_ok=True)
    store.log_path.symlink_to(elsewhere)
    with pytest.raises(StoreError, match="a link, a pipe or a device"):
        append(store.log_path, {"store": store.id})
    with pytest.raises(StoreError, match="a link, a pipe or a device"):
        list(read_log(store.log_path, store.id))
    assert elsewhere.read_text() == "mine\n"


def test_a_plain_file_is_opened(tmp_path):
    with plain_file(tmp_path / "new", "ab+") as file:
        file.write(b"1")
    with plain_file(tmp_path / "new") as file:
        assert file.read() == b"1"
    with pytest.raises(FileNotFoundError):
        plain_file(tmp_path / "none")
    with pytest.raises(StoreError):
        plain_file(tmp_path)


def test_blocks_are_not_written_through_a_link(empty_store, tmp_path):
    family, index = next(empty_store.pending())
    (tmp_path / "elsewhere").mkdir()
    (empty_store.path / family.observables[0] / "c").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="a link, a pipe or a device"):
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_store_that_is_itself_a_link_is_the_users_choice(store, tmp_path):
    (tmp_path / "link.zarr").symlink_to(store.path)
    assert Store(tmp_path / "link.zarr").id == store.id


def test_addresses_of_a_scan_file_of_somebody_else(store, scan_file, monkeypatch):
    check_address(scan_file, "tcp://host:1")
    check_address("quick", "tcp://host:1")
    inside = store.path / "small.toml"
    shutil.copy(scan_file, inside)
    with pytest.raises(StoreError, match="what lies in one"):
        check_address(inside, "tcp://host:1")
    check_address(inside, "local")
    owner = scan_file.stat().st_uid
    os.chown(scan_file, 65534, -1) if owner == 0 else monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(StoreError, match="a scan file of another user"):
        check_address(scan_file, "tcp://host:1")


def test_no_codec_is_looked_for_that_lmutau_does_not_write(store, monkeypatch):
    """Names of codecs lead to whatever is installed; a strange one is refused before zarr looks."""
    from zarr import registry

    wanted = []
    known = registry.get_codec_class
    for module in ("zarr.registry", "zarr.core.metadata.v3", "zarr.core.codec_pipeline"):
        monkeypatch.setattr(
            f"{module}.get_codec_class", lambda name, *a: wanted.append(name) or known(name), raising=False
        )
    file = store.path / "delta_a_mu" / "zarr.json"
    document = json.loads(file.read_text())
    document["codecs"] = [{"name": "numcodecs.pickle"}]
    file.write_text(json.dumps(document))
    with pytest.raises(StoreError, match=r"codec 'numcodecs.pickle' is none of blosc, bytes"):
        zarr_free(store).array("delta_a_mu")[:]
    assert "numcodecs.pickle" not in wanted


def zarr_free(store):
    """The store without what is consolidated: arrays are read from their own files."""
    file = store.path / "zarr.json"
    document = json.loads(file.read_text())
    document.pop("consolidated_metadata", None)
    file.write_text(json.dumps(document))
    return Store(store.path)


def test_the_codecs_of_others_stay_as_they_are(store):
    settings = decoding._SETTINGS
    before = {key: zarr.config.get(key) for key in settings}
    _ = store.dataset().delta_a_mu.values
    assert {key: zarr.config.get(key) for key in settings} == before
    assert not set(before.values()) & set(settings.values())


def test_they_do_also_when_threads_open_arrays_by_turns(store):
    before = {key: zarr.config.get(key) for key in decoding._SETTINGS}
    first, second = threading.Event(), threading.Event()

    def open_first():
        with decoding.bounded():
            first.set()
            second.wait(0.5)  # the other one begins; it may not get in

    def open_second():
        first.wait()
        with decoding.bounded():
            second.set()
            time.sleep(0.1)  # until the first one has put back what was there

    threads = [threading.Thread(target=f) for f in (open_first, open_second)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {key: zarr.config.get(key) for key in decoding._SETTINGS} == before


def test_a_place_that_a_store_names_is_not_written_to(store):
    document = json.loads((store.path / "zarr.json").read_text())
    scan = json.loads(document["attributes"]["scan_file"])
    scan["store"]["path"] = str(store.path.parent / "elsewhere.zarr")
    document["attributes"]["scan_file"] = json.dumps(scan)
    (store.path / "zarr.json").write_text(json.dumps(document))
    assert Store.resume(store.path, Store(store.path).scan).path == store.path
    assert not (store.path.parent / "elsewhere.zarr").exists()


def test_a_home_folder(tmp_path, plan, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Store.create("~/s.zarr", plan)
    assert Store("~/s.zarr").path == tmp_path / "s.zarr"
    assert Store.open_or_create("~/s.zarr", plan).path == tmp_path / "s.zarr"
    (tmp_path / "scan.toml").write_text("nonsense")
    with pytest.raises(ValueError, match="not valid TOML"):
        load_scan("~/scan.toml")
