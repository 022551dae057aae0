"""The log beside a store: only this store's whole lines count."""

import json

from physics import Status
from scanner.runlog import read_log


def test_only_whole_lines_of_this_store(tmp_path):
    path = tmp_path / "a.log.jsonl"
    lines = [json.dumps({"store": "old", "n": 1}), json.dumps({"store": "new", "n": 2}), '{"store": "new", "n"']
    path.write_text("\n".join(lines))
    assert list(read_log(path, "new")) == [{"store": "new", "n": 2}]
    assert list(read_log(tmp_path / "none", "new")) == []


def test_counts_with_and_without_the_log(store):
    family = store.families[0]
    read = store.counts(family)
    index = next(family.blocks())
    points = int(store.read_status(family, index).size)
    record = {"store": store.id, "family": family.name, "index": index, "counts": {"6": points}}
    store.log_path.write_text(json.dumps(record) + "\n")
    logged = store.counts(family)
    assert logged[Status.ERROR] == points
    assert sum(logged.values()) == sum(read.values())
    store.log_path.write_text(json.dumps({**record, "store": "another"}) + "\n")
    assert store.counts(family) == read
