"""Repair: what is condemned is restored from what is sound, nothing else is touched, and the store remembers it."""

import json
import shutil

import numpy as np
import pytest

from scanner import ScanError, Store, load_scan
from scanner.store.finding import Part
from scanner.store.here import compute
from scanner.store.repair import Repair, repair
from scanner.store.seal import change_root, is_sealed
from scanner.store.verify import verify


@pytest.fixture
def before(store):
    return store.dataset().load()


def mended(store, before, **options):
    """Repair a store, and compare it with what it was; return what was done."""
    did = repair(store.path, points=0, **options)
    compute(store.path, did.blocks)
    found = verify(store.path, points=0)
    assert found.ok, found.problems
    again = Store(store.path)
    assert again.attribute("state") == "complete"
    assert again.id == store.id
    assert again.dataset().load().drop_attrs().identical(before.drop_attrs())
    for name in before.variables:
        assert again.dataset()[name].attrs == before[name].attrs
    return did


def damage(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(bytes(content))


def values(store, name, index=(0, 0)):
    return store.path.joinpath(name, "c", *map(str, index))


def repairs(store):
    return [json.loads(record["repair"])["done"] for record in Store(store.path).history if "repair" in record]


@pytest.mark.parametrize("what", ["values", "statuses", "edge of the grid"])
def test_a_block_is_computed_again(store, before, what):
    family = next(f for f in store.families if "delta_a_mu" in f.observables)
    index = (1, 2) if what == "edge of the grid" else (0, 1)
    sound = {p: p.stat().st_mtime_ns for p in store.path.rglob("c/**/*") if p.is_file()}
    damage(store.marker(family, index) if what == "statuses" else values(store, "delta_a_mu", index))
    did = mended(store, before)
    assert [(f.name, i) for f, i in did.blocks] == [(family.name, index)]
    (line,) = did.done
    assert line.startswith(f"block {index} of {family.name}: to be computed again (")
    assert repairs(store) == [did.done]
    touched = {p for p, stamp in sound.items() if p.stat().st_mtime_ns != stamp}
    assert all(p.parts[-2:] == tuple(map(str, index)) for p in touched), "a sound block was touched"


def test_values_that_come_out_otherwise_are_computed_again(store, before):
    store.array("delta_a_mu")[1, 1] *= 1.01
    did = repair(store.path, points=300, seed=1)
    assert [i for _, i in did.blocks] == [(0, 0)]
    compute(store.path, did.blocks)
    assert store.dataset().delta_a_mu.identical(before.delta_a_mu)


@pytest.mark.parametrize("name", ["m_X", "metallicity"])
@pytest.mark.parametrize("shared", [True, False], ids=["finished", "with blocks pending"])
def test_a_coordinate_is_restored_from_the_scan_file(store, before, name, shared):
    if not shared:
        store.forget(store.families[0], (0, 0))
    (chunk,) = (store.path / name / "c").iterdir()
    chunk.write_bytes(chunk.read_bytes()[:-1])
    did = repair(store.path, points=0)
    assert did.done[0].startswith(f"values of {name}: restored from the scan file (cannot be read")
    assert not verify(store.path, points=0).problems
    assert Store(store.path).dataset()[name].identical(before[name])


@pytest.mark.parametrize("how", ["damaged", "gone"])
def test_metadata_of_an_array_are_restored(store, before, how):
    file = store.path / "delta_a_mu" / "zarr.json"
    original = file.read_bytes()
    damage(file) if how == "damaged" else file.unlink()
    did = mended(store, before)
    assert did.done[0].startswith("metadata of delta_a_mu: restored from the copy in the store")
    assert file.read_bytes() == original


def test_without_a_copy_metadata_are_restored_from_the_scan_file(empty_store):
    file = empty_store.path / "delta_a_mu" / "zarr.json"
    original = file.read_bytes()
    damage(file)
    (line,) = repair(empty_store.path).done
    assert line.startswith("metadata of delta_a_mu: restored from the scan file")
    assert file.read_bytes() == original
    assert not verify(empty_store.path).problems


@pytest.mark.parametrize("how", ["damaged", "cut", "gone"])
def test_attributes_are_restored_from_the_log(store, before, how):
    root = store.path / "zarr.json"
    if how == "damaged":
        root.write_bytes(root.read_bytes().replace(b'"title": "small"', b'"title": "smalm"'))
    elif how == "cut":
        root.write_bytes(root.read_bytes()[:5000])
    else:
        root.unlink()
    did = mended(store, before)
    assert did.done[0].startswith("attributes of the store: restored from the log")
    if how == "damaged":
        assert "were changed: title" in did.done[0]


def test_attributes_and_metadata_at_once(store, before):
    damage(store.path / "zarr.json")
    damage(store.path / "delta_a_mu" / "zarr.json")
    (store.path / "m_X" / "c" / "0").unlink()
    did = mended(store, before)
    assert [line.partition(":")[0] for line in did.done] == [
        "attributes of the store",
        "metadata of delta_a_mu",
        "values of m_X",
    ]


def test_attributes_without_a_log(store, before):
    """The scan file among them is used if it is what the plan and its digest say."""
    store.log_path.unlink()
    root = store.path / "zarr.json"
    root.write_bytes(root.read_bytes().replace(b'"title": "small"', b'"title": "smalm"'))
    assert mended(store, before).done[0].startswith("attributes of the store: restored from the scan file")


def test_a_damaged_scan_file_must_be_given(store, before, scan_file):
    store.log_path.unlink()
    root = store.path / "zarr.json"
    root.write_bytes(root.read_bytes().replace(b'\\"q_psi\\": 1.0', b'\\"q_psi\\": 3.0').replace(b"q_psi", b"q_psj", 1))
    root.write_bytes(root.read_bytes()[:3000])
    with pytest.raises(ScanError, match=r"Put the log beside the store, or give the scan .*--scan FILE"):
        repair(store.path)
    with pytest.raises(ScanError, match="is that its scan file"):
        repair(store.path, scan=load_scan(scan_file, ["store.points_per_block=3"]))
    did = repair(store.path, points=0, scan=load_scan(scan_file))
    assert "restored from the scan file" in did.done[0]
    compute(store.path, [])
    assert verify(store.path, points=0).ok
    assert Store(store.path).dataset().load().drop_attrs().identical(before.drop_attrs())


def test_a_damaged_log_stays_and_is_sealed(store, before):
    content = store.log_path.read_bytes().replace(b"small", b"smalm", 1)
    store.log_path.write_bytes(content)
    (line,) = mended(store, before).done
    assert line.startswith("log: what is damaged stays there")
    assert store.log_path.read_bytes().startswith(content)


@pytest.fixture
def record(store, scan_file):
    """The file of a record that was added to a finished store."""
    scan_file.write_text(scan_file.read_text() + '[plot]\nx = "m_X"\ny = "g_X"\n')
    Store.resume(store.path, load_scan(scan_file))
    (file,) = (store.path / "runs").glob("*/zarr.json")
    return file


@pytest.mark.parametrize("copy", ["in the log", "in the store"])
def test_a_record_of_a_run_is_restored(store, record, copy):
    if copy == "in the store":
        change_root(store.path, {})
        store.log_path.unlink()
    content = record.read_bytes()
    damage(record)
    (problem,) = verify(store.path, points=0).problems
    assert problem.part is Part.METADATA
    (line,) = repair(store.path, points=0).done
    assert "restored from a copy" in line
    assert record.read_bytes() == content
    assert verify(store.path, points=0).ok
    assert Store(store.path).plot.x == "m_X"


def test_of_a_record_without_a_copy_the_rest_is_kept(store, record):
    store.log_path.unlink()
    damage(record)
    (line,) = repair(store.path, points=0).done
    assert "removed, for it is damaged and there is no copy; it read" in line
    assert verify(store.path, points=0).ok
    assert repairs(store) == [[line]]


@pytest.mark.parametrize("name", ["zarr.json", "delta_a_mu", "delta_a_mu/zarr.json", "m_X"])
def test_a_link_is_replaced_and_not_followed(store, before, tmp_path, name):
    elsewhere = (store.path / name).rename(tmp_path / "elsewhere")
    (store.path / name).symlink_to(elsewhere)
    files = {p: p.read_bytes() for p in [elsewhere, *elsewhere.rglob("*")] if p.is_file()}
    did = repair(store.path, points=0)
    compute(store.path, list(Store(store.path).pending()))
    assert did.done
    assert files == {p: p.read_bytes() for p in [elsewhere, *elsewhere.rglob("*")] if p.is_file()}
    assert verify(store.path, points=0).ok
    assert Store(store.path).dataset().load().drop_attrs().identical(before.drop_attrs())


def test_files_of_others_are_left_to_them(store):
    (store.path / "notes.txt").write_text("mine")
    did = repair(store.path, points=0)
    assert [p.part for p in did.left] == [Part.FILE]
    assert not did.done
    assert (store.path / "notes.txt").exists()


def test_nothing_to_repair_changes_nothing(store):
    content = (store.path / "zarr.json").read_bytes(), store.log_path.read_bytes()
    did = repair(store.path, points=10)
    assert did == Repair()
    assert content == ((store.path / "zarr.json").read_bytes(), store.log_path.read_bytes())


@pytest.mark.parametrize("what", ["zarr.json", "delta_a_mu/zarr.json", "m_X/c/0", "delta_a_mu/c/0/0"])
def test_a_dry_run_changes_nothing(store, tmp_path, what):
    damage(store.path / what)
    files = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    did = repair(store.path, points=0, dry_run=True)
    assert len(did.done) == 1
    assert did.more == ("delta" not in what or "zarr.json" in what)
    assert files == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_other_physics_is_refused_unless_accepted(monkeypatch, store):
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    monkeypatch.setattr("scanner.store.verify.physics_digest", lambda: "f" * 64)
    damage(values(store, "delta_a_mu"))
    with pytest.raises(ScanError, match="--accept-changed-physics"):
        repair(store.path, points=0)
    assert not list(store.pending())
    did = repair(store.path, points=0, accept_changed_physics=True)
    assert len(did.blocks) == 1
    assert Store(store.path).identity["physics code"] == "f" * 16


def test_what_needs_no_physics_is_restored_by_any(monkeypatch, store, before):
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    monkeypatch.setattr("scanner.store.verify.physics_digest", lambda: "f" * 64)
    damage(store.path / "delta_a_mu" / "zarr.json")
    damage(store.path / "zarr.json")
    mended(store, before)


# --- the seal does not heal -------------------------------------------------------------------------------------------


def test_what_is_damaged_does_not_become_sound_by_going_on(store):
    damage(store.path / "delta_a_mu" / "zarr.json")
    store.log_path.write_bytes(store.log_path.read_bytes().replace(b"small", b"smalm", 1))
    change_root(store.path, {"state": "running"})
    assert {p.part for p in verify(store.path, points=0).problems} == {Part.METADATA, Part.LOG}
    with pytest.raises(ScanError, match=r"delta_a_mu: its zarr.json was changed .* lmutau repair"):
        store.finalize()


def test_attributes_that_others_changed_are_not_sealed(store):
    store.group.attrs["title"] = "another"
    assert not is_sealed(store.path / "zarr.json")
    with pytest.raises(ScanError, match=r"zarr.json is damaged, or was changed by another program: lmutau repair"):
        change_root(store.path, {"state": "running"})


def test_a_store_that_moved_without_its_log(store, tmp_path):
    """It begins another log, which is not the old one cut short."""
    moved = Store(shutil.copytree(store.path, tmp_path / "elsewhere" / "moved.zarr"))
    moved.forget(moved.families[0], (0, 0))
    assert not verify(moved.path, points=0).problems
    compute(moved.path, list(moved.pending()))
    assert verify(moved.path, points=0).ok
    assert np.array_equal(moved.array("delta_a_mu")[:], store.array("delta_a_mu")[:], equal_nan=True)


def test_a_store_without_all_its_blocks_is_not_complete(store, before):
    """Statuses that were removed make a block pending: `repair` says so, and a run computes it."""
    family, index = store.families[0], (0, 0)
    store.marker(family, index).unlink()
    assert repair(store.path, points=0, dry_run=True).done
    assert Store(store.path).attribute("state") == "complete"
    (line,) = repair(store.path, points=0).done
    assert line.startswith("state: not complete any more, for 1 blocks are missing")
    assert Store(store.path).attribute("state") == "running"
    compute(store.path, list(Store(store.path).pending()))
    assert Store(store.path).attribute("state") == "complete"
    assert Store(store.path).dataset().load().drop_attrs().identical(before.drop_attrs())
