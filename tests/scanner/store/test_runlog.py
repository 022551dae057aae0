"""The log beside a store: only this store's whole lines count."""

import json

from physics import Status
from scanner.store.runlog import append, broken_log, read_log, seal_of_log


def test_only_whole_lines_of_this_store(tmp_path):
    path = tmp_path / "a.log.jsonl"
    lines = [json.dumps({"store": "old", "n": 1}), json.dumps({"store": "new", "n": 2}), '{"store": "new", "n"']
    path.write_text("\n".join(lines))
    assert list(read_log(path, "new")) == [{"store": "new", "n": 2}]
    assert list(read_log(tmp_path / "none", "new")) == []


def test_appending_after_a_kill_loses_nothing(tmp_path):
    path = tmp_path / "a.log.jsonl"
    append(path, {"store": "s", "n": 1})
    with path.open("ab") as log:
        log.write(b'{"store": "s", \xff')
    append(path, {"store": "s", "n": 2})
    with path.open("ab") as log:
        log.write(b"5\n")
    assert [r["n"] for r in read_log(path, "s")] == [1, 2]


def test_what_the_log_says_does_not_count(store):
    """Lines get lost, and blocks may be gone since: the store itself knows."""
    family = store.families[0]
    read = store.counts(family)
    index = next(family.blocks())
    points = int(store.read_status(family, index).size)
    record = {"store": store.id, "family": family.name, "index": index, "counts": {"6": points}}
    store.log_path.write_text(json.dumps(record) + "\n")
    assert store.counts(family) == read
    store.marker(family, index).unlink()
    assert store.counts(family)[Status.NOT_COMPUTED] == points


def test_every_flipped_bit_of_a_line_is_noticed(tmp_path):
    path = tmp_path / "a.log.jsonl"
    seal = seal_of_log(path)
    append(path, {"store": "s", "n": 1})
    append(path, {"store": "s", "n": 2})
    whole = path.read_bytes()
    length = whole.index(b"\n") + 1
    assert not list(broken_log(path, seal))
    for bit in range(8 * length):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(damaged))
        assert list(broken_log(path, seal)), bit
    path.write_bytes(whole)
    seal = seal_of_log(path)
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert list(broken_log(path, seal)), size


def test_a_cut_line_is_told_from_a_changed_one(tmp_path):
    path = tmp_path / "a.log.jsonl"
    seal = seal_of_log(path)
    append(path, {"store": "s", "n": 1})
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    assert not list(broken_log(path, seal)), "a kill"
    append(path, {"store": "s", "n": 2})
    assert not list(broken_log(path, seal)), "and the next run says so"
    path.write_bytes(path.read_bytes().replace(b'"n": 1', b'"n": 3'))
    assert list(broken_log(path, seal))
    assert [r["n"] for r in read_log(path, "s")] == [2]
