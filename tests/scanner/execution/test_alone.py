"""Blocks without a scheduler: shares, processes that end or hang, signals."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import time

import pytest

from physics import Status
from scanner import Store, load_scan, make_plan
from scanner.errors import RunError, ScanFileError
from scanner.execution import alone, patience
from scanner.execution.alone import run_alone
from scanner.execution.share import share
from scanner.store.runlog import read_log
from scanner.store.verify import verify

BAD = """
import os, time

@observable(unit="1", label="b", reference="mine", seconds=0.01)
def bad(m_X):
    if (m_X == 3).any():
        os._exit(9)
    if (m_X == 5).any():
        time.sleep(100)
    return 2 * m_X
"""


@pytest.fixture
def bad_store(add_plugin, tmp_path):
    add_plugin(BAD)
    path = tmp_path / "bad.toml"
    path.write_text(
        '[scan]\ntitle="bad"\nobservables=["bad"]\n[axes]\nm_X={ linspace=[1,8,8] }\n[store]\npoints_per_block=1'
    )
    return Store.create(tmp_path / "bad.zarr", make_plan(load_scan(path)))


@pytest.mark.parametrize("watched", [False, True])
def test_values_are_those_of_any_run(plan, store, tmp_path, watched):
    empty_store = Store.create(tmp_path / "alone.zarr", plan)
    report = run_alone(empty_store, watched=watched)
    assert report.complete
    assert report.blocks == sum(family.n_blocks for family in store.families)
    for family in store.families:
        for name in family.observables:
            assert empty_store.array(name)[:].tobytes() == store.array(name)[:].tobytes()
    assert empty_store.attribute("state") == "complete"
    assert verify(empty_store, points=5).ok
    pids = {record["pid"] for record in read_log(empty_store.log_path, empty_store.id)}
    assert (os.getpid() in pids) != watched
    assert len(pids) == 1


def test_blocks_that_end_or_hold_their_process_are_recorded(bad_store):
    seen = []
    report = run_alone(bad_store, seconds_limit=1.0, on_block=seen.append)
    assert report.complete
    assert bad_store.array("bad_status")[:].tolist() == [1, 1, 255, 1, 255, 1, 1, 1]
    assert report.counts == {Status.OK: 6, Status.BLOCK_FAILED: 2}
    died, hung = (next(r for r in seen if r.index == (i,)) for i in (2, 4))
    assert (died.messages, died.tries) == (["block (2,) of m_X ended its process 3 times"], 3)
    assert hung.messages == ["block (4,) of m_X exceeded 1 s; its process was ended for it"]


def test_a_process_that_cannot_begin_is_no_fault_of_the_block(empty_store, monkeypatch):
    monkeypatch.setattr(alone, "TRIES", 1)
    monkeypatch.setattr(alone, "_serve", os._exit)  # it takes no three arguments
    with pytest.raises(RunError, match="ends before it begins with one"):
        run_alone(empty_store)
    assert not any(empty_store.committed(family) for family in empty_store.families)


@pytest.mark.parametrize("watched", [False, True])
def test_the_first_interrupt_finishes_what_runs(empty_store, watched):
    told = []

    def interrupt(record):
        if not told:
            signal.raise_signal(signal.SIGINT)

    report = run_alone(empty_store, watched=watched, on_block=interrupt, on_interrupt=lambda: told.append(1))
    assert report.interrupted
    assert report.blocks == 1
    assert sum(len(empty_store.committed(family)) for family in empty_store.families) == 1
    total = sum(family.n_blocks for family in empty_store.families)
    again = run_alone(Store(empty_store.path), watched=False)
    assert (again.complete, again.blocks) == (True, total - 1)


def test_the_second_interrupt_leaves_at_once(bad_store):
    seen = []

    def interrupt_twice(record):
        seen.append(record)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_alone(bad_store, on_block=interrupt_twice)
    assert len(seen) == 1


def test_shares_are_apart_and_cover_everything(empty_store):
    order = alone.random.Random(1)
    everything = [(f.name, i) for f in empty_store.families for i in f.blocks()]
    shares = []
    for part in range(3):
        first = []
        for (family, index), _ in zip(alone._blocks(empty_store, part, 3, order), everything[part::3], strict=False):
            first.append((family.name, index))
        shares.append(first)
    assert sorted(itertools.chain(*shares)) == sorted(everything)


def test_what_others_have_left_is_computed(empty_store):
    report = run_alone(empty_store, part=2, parts=5, watched=False)
    assert report.complete
    assert report.blocks == sum(family.n_blocks for family in empty_store.families)


def test_what_others_compute_meanwhile_is_not_computed_again(empty_store):
    """Two in turn: each finds what the other has done."""
    other = Store(empty_store.path)

    def help_out(record):
        family, index = next(other.pending(), (None, None))
        if family is not None:
            other.write_block(family, index, other.compute_block(family, index))

    total = sum(family.n_blocks for family in empty_store.families)
    report = run_alone(empty_store, watched=False, on_block=help_out)
    assert report.blocks == -(-total // 2)


def test_errors_that_stay_say_what_to_do(empty_store, monkeypatch):
    monkeypatch.setattr(patience, "SECONDS_BETWEEN_TRIES", (0.0,))

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Store, "write_block", full)
    with pytest.raises(RunError, match=r"block .*No space left on device; free some space"):
        run_alone(empty_store, watched=False)


def test_the_process_for_blocks_ends_with_its_driver(bad_store):
    script = (
        "import sys, physics, time; physics.add(sys.argv[1]); from scanner import Store\n"
        "from scanner.execution.alone import run_alone\n"
        "def tell(record): print(record.pid, flush=True); time.sleep(100)\n"
        "if __name__ == '__main__': run_alone(Store(sys.argv[2]), on_block=tell)"
    )
    plugin = bad_store.path.parent / "mine.py"
    command = [sys.executable, "-c", script, str(plugin), str(bad_store.path)]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    pid = int(driver.stdout.readline())
    driver.kill()
    driver.communicate()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (0, 1)),
        ({"SLURM_PROCID": "2", "SLURM_NTASKS": "4"}, (2, 4)),
        ({"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_COUNT": "10"}, (3, 10)),
        (
            {
                "SLURM_ARRAY_TASK_ID": "9",
                "SLURM_ARRAY_TASK_MIN": "1",
                "SLURM_ARRAY_TASK_STEP": "4",
                "SLURM_ARRAY_TASK_COUNT": "3",
                "SLURM_PROCID": "1",
                "SLURM_NTASKS": "2",
            },
            (5, 6),
        ),
        ({"SGE_TASK_ID": "7", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "2"}, (3, 5)),
        ({"SGE_TASK_ID": "undefined"}, (0, 1)),
        ({"LSB_JOBINDEX": "4", "LSB_JOBINDEX_END": "16"}, (3, 16)),
        ({"LSB_JOBINDEX": "0"}, (0, 1)),
    ],
)
def test_what_batch_systems_say(environment, expected):
    assert share(None, environment) == expected


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/0", "-1/4"])
def test_shares_that_cannot_be(text):
    with pytest.raises(ScanFileError, match="write K/N with K from 1 to N"):
        share(text, {})
