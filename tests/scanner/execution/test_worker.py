"""On a worker: what it refuses to work for, and that a block that exists is not computed again."""

import errno
import os
from types import SimpleNamespace

import pytest

from physics import Status
from physics.core.identity import digest
from scanner import Store, StoreError
from scanner.execution import compute, patience, worker
from scanner.execution.compute import Job, open_store
from scanner.execution.worker import UnfitWorkerError, run_block


@pytest.fixture
def job(empty_store):
    job = Job(str(empty_store.path), empty_store.id, digest()[:16], "run")
    job.probe.touch()
    worker._prove_same_folder.cache_clear()
    worker._warm_once.cache_clear()
    return job


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What the driver is told, instead of telling it."""
    notices = []
    monkeypatch.setattr(worker, "tell_driver", lambda job, notice: notices.append(notice))
    monkeypatch.setattr(worker, "get_worker", lambda: SimpleNamespace(address="tcp://here"))
    monkeypatch.setattr(patience, "SECONDS_BETWEEN_TRIES", (0.0, 0.01, 0.01))
    open_store.cache_clear()
    return notices


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
    assert not record.found
    again = run_block(job, family.name, index)
    assert again.found
    assert (again.points, again.counts) == (record.points, record.counts)


def test_a_block_of_a_stopped_run_is_not_computed(job, empty_store, stopped):
    stopped.add(job.stop_event)
    family, index = next(empty_store.pending())
    assert run_block(job, family.name, index) is None
    assert not empty_store.committed(family)


def test_physics_that_changes_while_a_block_is_computed_is_not_written(monkeypatch, job, empty_store, stopped):
    """Another driver's plugins, say."""
    seen = iter([digest(), "f" * 64])
    monkeypatch.setattr(compute, "physics_digest", lambda: next(seen))
    family, index = next(empty_store.pending())
    with pytest.raises(StoreError, match="other physics code"):
        run_block(job, family.name, index)
    assert not empty_store.committed(family)


def test_a_block_that_another_driver_has_written_meanwhile_is_left_alone(monkeypatch, job, empty_store, stopped):
    family, index = next(empty_store.pending())
    compute = Store.compute_block

    def overtaken(store, family, index):
        result = compute(store, family, index)
        empty_store.fail_block(family, index)
        return result

    monkeypatch.setattr(Store, "compute_block", overtaken)
    assert run_block(job, family.name, index).found
    assert (empty_store.read_status(family, index) == Status.BLOCK_FAILED).all()


def test_other_physics_is_refused(monkeypatch, job, empty_store, stopped):
    family, index = next(empty_store.pending())
    monkeypatch.setattr(compute, "physics_digest", lambda: "f" * 64)
    with pytest.raises(UnfitWorkerError) as refused:
        run_block(job, family.name, index)
    address, why = refused.value.args
    assert address == "tcp://here"
    assert f"StoreError: {job.path}: this process has other physics code ({'f' * 16}) than the run" in why


def test_a_store_that_was_replaced_is_refused(job, empty_store, stopped):
    with pytest.raises(StoreError, match="the store was replaced"):
        open_store(job.path, "another id")
    family, index = next(empty_store.pending())
    empty_store.path.rename(empty_store.path.with_name("moved.zarr"))
    with pytest.raises(UnfitWorkerError, match="no Zarr store there"):
        run_block(job, family.name, index)


def test_another_folder_at_the_same_path_is_refused(monkeypatch, job, empty_store, stopped):
    """A copy of the store on a disk of the node, say, with the same id: what is written there is lost."""
    monkeypatch.setattr(worker, "SECONDS_TO_SEE_PROBE", 0.1)
    family, index = next(empty_store.pending())
    job.probe.unlink()
    with pytest.raises(UnfitWorkerError) as refused:
        run_block(job, family.name, index)
    assert f"it is another folder here; {job.probe.name}" in refused.value.args[1]
    assert not empty_store.committed(family)


def test_a_damaged_axis_is_refused(job, empty_store):
    empty_store.array("m_X")[0] = 5.0000001
    with pytest.raises(StoreError, match=r"axis m_X: 4 values, .* is not the planned 4 values"):
        open_store(job.path, job.store_id)


@pytest.fixture
def failing_writes(monkeypatch):
    """Let writes of blocks fail with an error of the operating system, so many times."""
    write = Store.write_block

    def fail(number, times):
        left = iter(range(times))

        def write_or_fail(store, *block):
            if next(left, None) is not None:
                raise OSError(number, os.strerror(number), str(store.path))
            return write(store, *block)

        monkeypatch.setattr(Store, "write_block", write_or_fail)

    return fail


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.ESTALE, errno.EAGAIN, errno.EDQUOT])
def test_errors_that_pass_are_waited_out(job, empty_store, stopped, told, failing_writes, number):
    failing_writes(number, 2)
    family, index = next(empty_store.pending())
    assert not run_block(job, family.name, index).found
    assert index in empty_store.committed(family)
    assert told[0] == "", "the block was started"
    assert [os.strerror(number) in notice for notice in told[1:]] == [True, True]
    assert told[2].endswith("trying again in 0.01 s")


def test_errors_that_stay_are_raised(job, empty_store, stopped, told, failing_writes):
    failing_writes(errno.ENOSPC, 100)
    family, index = next(empty_store.pending())
    with pytest.raises(OSError, match="No space left on device"):
        run_block(job, family.name, index)
    assert len(told) == 4
    assert not empty_store.committed(family)


def test_errors_that_will_not_pass_are_raised_at_once(job, empty_store, stopped, told, failing_writes):
    failing_writes(errno.EACCES, 1)
    family, index = next(empty_store.pending())
    with pytest.raises(PermissionError):
        run_block(job, family.name, index)
    assert told == [""]
