"""Verification: a sound store passes, every kind of damage is found."""

import shutil
from pathlib import Path

import pytest

from physics import Status
from scanner import Store
from scanner.store.verify import verify


def test_verify_accepts_a_sound_store(store):
    found = verify(store, points=30, seed=1)
    assert found.ok
    assert found.recomputed > 0
    assert found.values == sum(f.points * len(f.observables) for f in store.families)


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
