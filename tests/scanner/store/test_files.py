"""Files of blocks: what counts as one, how their statuses are read, that they are on the disk before the marker."""

import os
from pathlib import Path

import numpy as np
import pytest

from physics import Status
from scanner import ScanError, Store, load_scan, make_plan
from scanner.store import files


def test_what_is_no_chunk_is_not_counted(store):
    family = store.family("m_X_g_X_mass_ratio")
    there = files.chunks_there(store.path / "relic_density_status", 3)
    assert there == set(family.blocks())
    folder = store.path / "relic_density_status" / "c"
    for stray in ("0/0/0.1f.partial", "0/0/9x", "5", "0/7", "٣", "0/0/.nfs01"):
        (folder / stray).write_text("stray")
    (folder / "0" / "0" / "77").mkdir()
    assert files.chunks_there(store.path / "relic_density_status", 3) == there
    (folder / "0" / "0" / "99").write_text("beyond the grid")
    assert store.committed(family) == there
    assert files.chunks_there(store.path / "nothing", 3) == set()


def test_statuses_are_counted_as_zarr_reads_them(store):
    for family in store.families:
        codes, numbers = np.unique(store.statuses(family, (slice(None),) * len(family.dims)), return_counts=True)
        assert store.counts(family) == {Status(c): n for c, n in zip(codes.tolist(), numbers.tolist(), strict=True)}


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "bomb", "folder"])
def test_damaged_statuses_are_not_counted(store, damage):
    family, index = store.family("m_X_g_X_mass_ratio"), (0, 0, 0)
    file = store.marker(family, index)
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[20] ^= 4
    elif damage == "bomb":  # a header that promises 2 GB, with a checksum that is right
        content[4:8] = (2**31 - 1).to_bytes(4, "little")
        content[-4:] = files.crc32c(bytes(content[:-4])).to_bytes(4, "little")
    file.write_bytes({"truncate": content[:-3], "empty": b""}.get(damage, content))
    if damage == "folder":
        file.unlink()
        file.mkdir()
        with pytest.raises(ScanError, match="a pipe or a device; remove it: a store has plain files"):
            files.count_statuses(file, family.block, family.block)
        return
    with pytest.raises(ScanError, match="the statuses of a block are damaged"):
        store.counts(family)


@pytest.mark.parametrize("fsync", [True, False])
def test_values_are_on_the_disk_before_the_block_counts(tmp_path, scan_file, monkeypatch, fsync):
    """A power cut may not leave a marker without values."""
    scan = load_scan(scan_file, [f"store.fsync={str(fsync).lower()}"])
    events = []
    real = files._synchronize

    def synchronized(path):
        events.append((Path(path), marker.exists()))
        real(path)

    store = Store.create(tmp_path / "s.zarr", make_plan(scan))
    family, index = next(store.pending())
    marker = store.marker(family, index)
    monkeypatch.setattr(files, "_synchronize", synchronized)
    store.write_block(family, index, store.compute_block(family, index))
    before = {path for path, committed in events if not committed}
    after = {path for path, committed in events if committed}
    if not fsync:
        assert not events
        return
    values = {files.chunk_file(store.path / n, c) for n in family.observables for c in family.chunks_of(index)}
    assert before >= values | {file.parent for file in values}
    assert after >= {marker, marker.parent, store.path}
    assert store.path.parent not in before | after


def test_a_new_store_is_on_the_disk_before_it_has_its_name(tmp_path, plan, monkeypatch):
    seen = []
    real = files._synchronize
    monkeypatch.setattr(files, "_synchronize", lambda path: (seen.append(Path(path)), real(path)))
    store = Store.create(tmp_path / "s.zarr", plan)
    drafts = {path.relative_to(path.parents[len(path.relative_to(tmp_path).parts) - 2]) for path in seen}
    for file in ("zarr.json", "m_X/zarr.json", "m_X/c/0"):
        assert any(str(path).endswith(file) for path in drafts), file
    assert not any(path.is_relative_to(store.path) for path in seen)


def test_families_on_the_same_axes_have_names_of_their_own():
    from scanner.scan.plan import family_name

    assert family_name(("m_X", "g_X"), {"m_X_g_X", "m_X_g_X_2"}) == "m_X_g_X_3"
    assert family_name(("m_X_g", "X"), {"m_X_g_X"}) == "m_X_g_X_2", "other axes, same letters"


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system takes no advice")
def test_large_files_leave_the_memory_when_they_are_on_the_disk(tmp_path, monkeypatch):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(files._READ_AT_FULL_SPEED - 1))
    large.write_bytes(bytes(files._READ_AT_FULL_SPEED))
    events = []
    monkeypatch.setattr(os, "fsync", lambda handle: events.append(("synchronized", os.fstat(handle).st_size)))
    monkeypatch.setattr(os, "posix_fadvise", lambda handle, *_: events.append(("left", os.fstat(handle).st_size)))
    for file in (small, large):
        files._synchronize(str(file))
    sizes = small.stat().st_size, large.stat().st_size
    assert events == [("synchronized", sizes[0]), ("synchronized", sizes[1]), ("left", sizes[1])]
