"""Verification: a sound store passes, every kind of damage is found."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr

from physics import Status
from scanner import ScanError, Store
from scanner.store.finding import Part
from scanner.store.seal import change_root
from scanner.store.verify import verify


def test_verify_accepts_a_sound_store(store):
    found = verify(store, points=30, seed=1)
    assert found.ok
    assert found.recomputed > 0
    assert found.values == sum(f.points * len(f.observables) for f in store.families)


def test_points_alone_are_read(store):
    """Damage elsewhere is not seen; that of a point that is computed again is, and a value that is not its own."""
    everywhere = store.array("delta_a_mu")[:]
    victim = chunks(store, "relic_density")[-1]
    content = victim.read_bytes()
    found = verify(store, points=30, seed=1, read_all=False)
    assert (found.ok, found.values, found.recomputed > 30) == (True, 0, True)
    assert not verify(store, points=0, read_all=False).ok  # nothing is known
    victim.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    assert verify(store, points=1, seed=1, read_all=False).ok
    assert "cannot be read" in str(verify(store, points=400, seed=1, read_all=False).problems[0])
    victim.write_bytes(content)
    store.array("delta_a_mu")[:] = everywhere * (1 + 1e-5)
    (problem, *_) = verify(store, points=30, seed=1, read_all=False).problems
    assert "delta_a_mu" in str(problem)


def test_points_alone_of_what_is_not_complete(empty_store):
    for family, index in list(empty_store.pending())[:3]:
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    found = verify(empty_store, points=30, seed=1, read_all=False)
    assert (found.ok, found.missing_blocks) == (False, sum(f.n_blocks for f in empty_store.families) - 3)


def test_verify_reports_missing_blocks(empty_store):
    found = verify(empty_store)
    assert not found.ok
    assert found.missing_blocks == sum(f.n_blocks for f in empty_store.families)


def chunks(store, name):
    return sorted(p for p in Path(store.path, name, "c").rglob("*") if p.is_file())


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete", "value", "status", "axis", "other physics"])
def test_verify_finds_damage(store, damage):
    victim = chunks(store, "relic_density")[0]
    content = victim.read_bytes()
    if damage == "flip":
        victim.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif damage == "truncate":
        victim.write_bytes(content[: len(content) // 2])
    elif damage == "delete":
        victim.unlink()
    elif damage == "value":
        store.array("delta_a_mu")[:] = store.array("delta_a_mu")[:] * (1 + 1e-5)
    elif damage == "status":
        store.array("delta_a_mu_status")[0, 0] = Status.NO_SOLUTION
    elif damage == "axis":
        store.array("m_X")[0] = 5.0000001
        store = Store(store.path)
    elif damage == "other physics":
        store.array("n_eff_entropy")[:] = 3.0
    found = verify(store, points=300, seed=1)
    assert not found.ok
    assert found.problems


def test_every_single_bit_flip_is_noticed(store):
    """Of data and status: crc32c, not luck."""
    for name in ("relic_density", "relic_density_status"):
        victim = chunks(store, name)[0]
        content = victim.read_bytes()
        for bit in range(0, 8 * len(content), max(1, 8 * len(content) // 60)):
            damaged = bytearray(content)
            damaged[bit // 8] ^= 1 << bit % 8
            victim.write_bytes(bytes(damaged))
            with pytest.raises(Exception):  # noqa: B017, PT011 (any error will do; silence will not)
                store.array(name)[:]
        victim.write_bytes(content)


def test_a_copied_store_is_the_same_scan(store, tmp_path):
    shutil.copytree(store.path, tmp_path / "copy.zarr")
    assert verify(Store(tmp_path / "copy.zarr"), points=10).ok


# --- metadata: what plain xarray would read without a word ------------------------------------------------------------


def edit(path, change):
    """Change a zarr.json as another program would."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, indent=2))


def everywhere(store, name, change):
    """Change the metadata of an array, and their copy in those of the store: xarray reads the copy."""
    edit(store.path / name / "zarr.json", change)
    edit(store.path / "zarr.json", lambda root: change(root["consolidated_metadata"]["metadata"][name]))


ARRAY_DAMAGE = {
    "a scale factor": lambda m: m["attributes"].update(scale_factor=2.0),
    "another unit": lambda m: m["attributes"].update(units="GeV"),
    "another name": lambda m: m["attributes"].update(long_name="something else"),
    "held parameters": lambda m: m["attributes"].update(held_parameters='{"q_psi": 2.0}'),
    "dimensions swapped": lambda m: m["dimension_names"].reverse(),
    "a letter of a dimension": lambda m: m["dimension_names"].__setitem__(0, "m_Y"),
    "a huge shape": lambda m: m.update(shape=[10**12, 10**12]),
    "another fill value": lambda m: m.update(fill_value=0.0),
    "another type": lambda m: m.update(data_type="int64"),
    "chunks cut otherwise": lambda m: m["chunk_grid"]["configuration"].update(chunk_shape=[1, 1]),
    "no checksum": lambda m: m["codecs"].pop(),
}


@pytest.mark.parametrize("everywhere_too", [True, False], ids=["shared store", "array alone"])
@pytest.mark.parametrize("what", ARRAY_DAMAGE)
def test_metadata_of_an_array_are_those_that_were_planned(store, what, everywhere_too):
    """Both where xarray reads them, and where the copy that it reads conceals them."""
    if everywhere_too:
        everywhere(store, "delta_a_mu", ARRAY_DAMAGE[what])
    else:
        edit(store.path / "delta_a_mu" / "zarr.json", ARRAY_DAMAGE[what])
    found = verify(store.path, points=0)
    assert not found.ok
    assert found.problems[0].part is (Part.ROOT if everywhere_too else Part.METADATA)


def test_the_difference_is_named(store):
    edit(store.path / "delta_a_mu" / "zarr.json", ARRAY_DAMAGE["a scale factor"])
    (problem,) = verify(store.path, points=0).problems
    assert str(problem) == "delta_a_mu: attributes.scale_factor is 2.0, not nothing"


@pytest.mark.parametrize("key", ["id", "plan_digest", "scan_file", "families", "title", "state", "created", "seal"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_attributes_of_a_store_are_those_that_were_written(store, key, how):
    def change(root):
        attributes = root["attributes"]
        attributes.pop(key) if how == "gone" else attributes.update({key: attributes[key].replace("0", "1") + " "})

    edit(store.path / "zarr.json", change)
    (problem,) = verify(store.path, points=0).problems
    assert problem.part is Part.ROOT


def test_changed_fixed_parameters_are_found_even_with_a_seal(store):
    """The plan says what the values were computed with."""
    scan_file = {**store.scan_file, "fixed": {"q_psi": 2.0}}
    change_root(store.path, {"scan_file": json.dumps(scan_file)})
    assert any("fixed q_psi: the scan file says 2.0, the plan 1.0" in str(p) for p in verify(store.path).problems)


def test_an_unreadable_coordinate_is_a_finding(store):
    (chunk,) = chunks(store, "m_X")
    chunk.write_bytes(chunk.read_bytes()[:-3])
    found = verify(Store(store.path), points=0)
    assert [(p.part, p.where) for p in found.problems] == [(Part.AXIS, "m_X")]
    assert "cannot be read" in str(found.problems[0])


def test_a_missing_file_of_values_is_found_even_if_there_are_none(store):
    """All values of the block are NaN, as where there is no file."""
    family = next(f for f in store.families if "relic_density" in f.observables)
    nan = [i for i in family.blocks() if np.isnan(store.array("relic_density")[family.region(i)]).all()]
    Path(store.path, "relic_density", "c", *map(str, nan[0])).unlink()
    (problem,) = verify(store.path, points=0).problems
    assert (problem.part, problem.index) == (Part.BLOCK, nan[0])
    assert "a file with relic_density is missing" in str(problem)


@pytest.mark.parametrize(
    "name", ["notes.txt", "delta_a_mu/c/0/x", "delta_a_mu/c/9/9", "delta_a_mu/c/00/0", "m_Y/zarr.json", "STATUS/c/a/0"]
)
def test_files_that_do_not_belong_there(store, name):
    marker = store.marker(store.families[0], (0, 0)).relative_to(store.path).parts[0]
    file = store.path / name.replace("STATUS", marker)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")
    (problem,) = verify(store.path, points=0).problems
    assert (problem.part, problem.where) == (Part.FILE, str(file.relative_to(store.path)))


def test_a_link_does_not_belong_there(store, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (store.path / "link").symlink_to(tmp_path / "elsewhere")
    assert [p.part for p in verify(store.path, points=0).problems] == [Part.FILE]


@pytest.mark.parametrize("kind", ["pipe", "link to elsewhere", "link to itself"])
@pytest.mark.parametrize("name", ["zarr.json", "delta_a_mu/zarr.json", "small.zarr.log.jsonl"])
def test_what_is_no_plain_file_is_not_read(store, tmp_path, name, kind):
    """A pipe would be waited for, for ever."""
    file = store.log_path if name.endswith("jsonl") else store.path / name
    shutil.copy(file, tmp_path / "copy")
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(tmp_path / "copy" if kind == "link to elsewhere" else file)
    assert verify(store.path, points=0).problems


# --- the log ----------------------------------------------------------------------------------------------------------


def test_a_flipped_bit_of_the_log_is_found(store):
    content = store.log_path.read_bytes()
    store.log_path.write_bytes(content.replace(b"small", b"smalm", 1))
    assert [p.part for p in verify(store.path, points=0).problems] == [Part.LOG]
    store.log_path.write_bytes(content[:-10])
    (problem,) = verify(store.path, points=0).problems
    assert "cut short" in str(problem)
    store.log_path.unlink()
    assert verify(store.path, points=0).ok, "a store may be copied without its log"


def test_the_log_of_an_unfinished_store(empty_store):
    (family, index), *_ = list(empty_store.pending())
    empty_store.forget(family, index)
    empty_store.forget(family, index)
    whole = empty_store.log_path.read_bytes()
    empty_store.log_path.write_bytes(whole[:-5])
    assert not verify(empty_store.path).problems, "a kill cuts the last line"
    empty_store.forget(family, index)
    assert not verify(empty_store.path).problems, "and who comes next says so"
    empty_store.log_path.write_bytes(whole.replace(b"forgotten", b"forgetten", 1))
    (problem,) = verify(empty_store.path).problems
    assert "at byte 0: a line that was changed" in str(problem)


# --- versions, and what is no store -----------------------------------------------------------------------------------


def test_another_version_compares_digests(monkeypatch, store):
    """Where the physics differs, hundreds of labels may: the seal still tells what was changed."""
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    monkeypatch.setattr("scanner.store.verify.physics_digest", lambda: "f" * 64)
    found = verify(store.path, points=0)
    assert found.ok
    assert not found.same_physics
    assert "Another version made it" in found.notes[0]
    edit(store.path / "delta_a_mu" / "zarr.json", ARRAY_DAMAGE["a scale factor"])
    assert [p.part for p in verify(store.path, points=0).problems] == [Part.METADATA]
    shutil.copy(chunks(store, "g_X")[0], chunks(store, "m_X")[0])
    assert Part.AXIS in [p.part for p in verify(store.path, points=0).problems]


@pytest.mark.parametrize("bad", [{"points": -5}, {"seed": -1}])
def test_numbers_below_zero_are_refused(store, bad):
    with pytest.raises(ValueError, match=r"= -\d: 0 or more"):
        verify(store, **bad)


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(ScanError, match="no Zarr store there"):
        verify(tmp_path)
    zarr.create_group(tmp_path / "foreign.zarr", attributes={"title": "another"})
    with pytest.raises(ScanError, match="not a scan of lmutau"):
        verify(tmp_path / "foreign.zarr")


def test_a_store_without_its_attributes_is_a_finding(store):
    os.remove(store.path / "zarr.json")
    (problem,) = verify(store.path).problems
    assert problem.part is Part.ROOT
