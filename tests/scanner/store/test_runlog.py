"""The log beside a store: only this store's whole lines count."""

import json

from physics import Status
from scanner.store.runlog import append, read_log


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
