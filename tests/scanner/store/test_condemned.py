"""Blocks that were given up are tried once more by a later run, and then left alone."""

from physics import Status
from scanner.store.condemned import retry_condemned
from scanner.store.runlog import append


def give_up(store, family, index):
    store.forget(family, index)
    assert store.fail_block(family, index)
    append(store.log_path, {"store": store.id, "family": family.name, "index": index, "counts": {"255": 4}})


def test_once(store):
    family = store.families[0]
    first, second, *_ = family.blocks()
    assert retry_condemned(store) == 0
    give_up(store, family, first)
    assert retry_condemned(store) == 1
    assert list(store.pending()) == [(family, first)]
    assert store.attribute("state") == "running"
    assert retry_condemned(store) == 0, "it is pending already"
    give_up(store, family, first)
    give_up(store, family, second)
    assert retry_condemned(store) == 1
    assert list(store.pending()) == [(family, second)]


def test_what_has_values_by_now_is_left_alone(store):
    family = store.families[0]
    index = next(iter(family.blocks()))
    result = store.compute_block(family, index)
    give_up(store, family, index)
    store.write_block(family, index, result)
    assert retry_condemned(store) == 0
    assert (store.read_status(family, index) != Status.BLOCK_FAILED).all()
