"""On a worker: what it refuses to work for, and that a block that exists is not computed again."""

import pytest

from physics.core.identity import digest
from scanner import StoreError
from scanner.execution import worker
from scanner.execution.worker import Job, complaint, open_store, run_block


@pytest.fixture
def job(empty_store):
    return Job(str(empty_store.path), empty_store.id, digest()[:16], "run")


@pytest.fixture
def stopped(monkeypatch):
    """Stand in for Dask's event: the names of those that are set."""
    names = set()

    class Event:
        def __init__(self, name):
            self.name = name

        def is_set(self):
            return self.name in names

    monkeypatch.setattr(worker, "Event", Event)
    return names


def test_a_block_is_computed_once(job, empty_store, stopped):
    family, index = next(empty_store.pending())
    record = run_block(job, family.name, index)
    assert (record.family, record.index, record.points) == (family.name, index, 4)
    assert sum(record.counts.values()) == 4 * len(family.observables)
    assert index in empty_store.committed(family)
    assert run_block(job, family.name, index) is None


def test_a_block_of_a_stopped_run_is_not_computed(job, empty_store, stopped):
    stopped.add(job.stop_event)
    family, index = next(empty_store.pending())
    assert run_block(job, family.name, index) is None
    assert not empty_store.committed(family)


def test_physics_that_changes_while_a_block_is_computed_is_not_written(monkeypatch, job, empty_store, stopped):
    """Another driver's plugins, say."""
    seen = iter([digest(), "f" * 64])
    monkeypatch.setattr(worker, "physics_digest", lambda: next(seen))
    family, index = next(empty_store.pending())
    with pytest.raises(StoreError, match="other physics code"):
        run_block(job, family.name, index)
    assert not empty_store.committed(family)


def test_other_physics_is_refused(monkeypatch, job):
    assert complaint(job) == ""
    monkeypatch.setattr(worker, "physics_digest", lambda: "f" * 64)
    assert "StoreError: " in complaint(job)
    assert f"other physics code ({'f' * 16}) than the run" in complaint(job)


def test_a_store_that_was_replaced_is_refused(job, empty_store):
    with pytest.raises(StoreError, match="the store was replaced"):
        open_store(job.path, "another id")
    empty_store.path.rename(empty_store.path.with_name("moved.zarr"))
    open_store.cache_clear()
    assert "no Zarr store there" in complaint(job)


def test_a_damaged_axis_is_refused(job, empty_store):
    empty_store.array("m_X")[0] = 5.0000001
    open_store.cache_clear()
    with pytest.raises(StoreError, match=r"axis m_X: 4 values, .* is not the planned 4 values"):
        open_store(job.path, job.store_id)
