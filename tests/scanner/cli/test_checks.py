"""The commands that check and repair a store."""

import pytest


def test_verify(lmutau, store):
    code, out = lmutau("verify", store.path, "--points", 20, "--seed", 3)
    assert code == 0, out
    assert out.strip().endswith("ok")


def test_verify_of_a_damaged_store(lmutau, store):
    family = store.family("m_X_g_X")
    store.array("delta_a_mu")[0, 0] = float("nan")
    code, out = lmutau("verify", store.path)
    assert code == 3
    assert f"block (0, 0) of {family.name}: delta_a_mu: 1 values disagree with their status" in out
    assert f"lmutau repair {store.path}" in out
    assert "NOT ok: 1 problems, 0 blocks missing" in out


@pytest.mark.parametrize("bad", [("--points", "-5"), ("--seed", "-1")])
@pytest.mark.parametrize("command", ["verify", "repair"])
def test_numbers_below_zero_are_refused(lmutau, store, command, bad):
    code, out = lmutau(command, store.path, *bad)
    assert code == 2
    assert f"{bad[1]} is not in the range x>=0" in out


def test_repair(lmutau, store):
    file = store.path / "delta_a_mu" / "c" / "0" / "0"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    code, out = lmutau("repair", store.path, "--dry-run")
    assert code == 0
    assert "would be done: block (0, 0) of m_X_g_X: to be computed again (delta_a_mu cannot be read" in out
    assert file.read_bytes() == whole[:-1]
    code, out = lmutau("repair", store.path)
    assert code == 0, out
    assert out.strip().endswith("ok")
    assert file.read_bytes() == whole
    assert "nothing to repair" in lmutau("repair", store.path)[1]


def test_many_blocks_are_left_to_a_run(lmutau, monkeypatch, store):
    monkeypatch.setattr("scanner.cli.checks.BLOCKS_HERE", 1)
    for index in ("0/0", "0/1"):
        (store.path / "delta_a_mu" / "c" / index).write_bytes(b"")
    code, out = lmutau("repair", store.path)
    assert code == 3
    assert f"2 blocks are to be computed again: lmutau run {store.path}" in out
    assert len(list(store.pending())) == 2


def test_repair_from_the_scan_file(lmutau, store, scan_file):
    store.log_path.unlink()
    (store.path / "zarr.json").unlink()
    code, out = lmutau("repair", store.path)
    assert code == 2
    assert "--scan FILE" in out
    code, out = lmutau("repair", store.path, "--scan", scan_file)
    assert code == 0, out


def test_repair_leaves_files_of_others(lmutau, store):
    (store.path / "notes.txt").write_text("mine")
    code, out = lmutau("repair", store.path)
    assert code == 3
    assert "not repaired: notes.txt: does not belong to the store" in out
