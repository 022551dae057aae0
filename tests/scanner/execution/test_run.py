"""A run on a cluster in this process: Ctrl-C, what is left behind, what is refused; processes: tests/end_to_end."""

import signal
import time

import pytest
from distributed import Client, LocalCluster

from physics import Status
from scanner import Store, load_scan, make_plan, run
from scanner.errors import RunError
from scanner.execution.record import BlockRecord
from scanner.execution.report import MAX_MESSAGES, Report
from scanner.store.runlog import read_log

SLOW = """
import time

@observable(unit="1", label="s", reference="mine")
def slow(m_X):
    time.sleep(0.2)
    return 2 * m_X
"""


@pytest.fixture(scope="module")
def client():
    settings = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**settings) as local, Client(local) as client:
        yield client


@pytest.fixture
def slow_store(add_plugin, tmp_path):
    add_plugin(SLOW)
    path = tmp_path / "slow.toml"
    path.write_text(
        '[scan]\ntitle="slow"\nobservables=["slow"]\n[axes]\nm_X={ linspace=[1,8,8] }\n[store]\npoints_per_block=1'
    )
    return Store.create(tmp_path / "slow.zarr", make_plan(load_scan(path)))


def left_on(client):
    """Plugins and events of ours that a scheduler still knows."""
    plugins, events = client.run_on_scheduler(
        lambda dask_scheduler: (
            list(dask_scheduler.worker_plugins),
            list(dask_scheduler.extensions["events"]._events),
        )
    )
    return [name for name in [*plugins, *events] if str(name).startswith("lmutau")]


def test_a_run_leaves_nothing_behind(client, slow_store):
    report = run(slow_store, client)
    assert report.complete
    assert (report.counts, report.failures) == ({Status.OK: 8}, 0)
    assert slow_store.array("slow")[:].tolist() == [2.0 * n for n in range(1, 9)]
    assert left_on(client) == []


def test_the_first_interrupt_finishes_what_runs(client, slow_store):
    told = []

    def interrupt(record):
        if not told:
            signal.raise_signal(signal.SIGINT)

    report = run(slow_store, client, on_block=interrupt, on_interrupt=lambda: told.append("interrupted"))
    assert told == ["interrupted"]
    assert report.interrupted
    assert not report.complete
    (family,) = slow_store.families
    assert 1 <= len(slow_store.committed(family)) <= 2, "the one that ran; blocks that wait return at once"
    assert len(list(read_log(slow_store.log_path, slow_store.id))) == report.blocks == len(slow_store.committed(family))
    assert slow_store.attribute("state") == "running"
    assert left_on(client) == []
    again = run(Store(slow_store.path), client)
    assert again.complete
    assert again.blocks + report.blocks == family.n_blocks


def test_the_second_interrupt_leaves_at_once(client, slow_store):
    before = signal.getsignal(signal.SIGINT)

    def interrupt_twice(record):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(slow_store, client, on_block=interrupt_twice)
    assert time.monotonic() - start < 1.5
    assert signal.getsignal(signal.SIGINT) == before
    time.sleep(0.5)
    assert run(Store(slow_store.path), client).complete


def test_a_worker_that_cannot_work_is_named(client, slow_store):
    before = left_on(client)
    slow_store.path.rename(slow_store.path.with_name("moved.zarr"))
    with pytest.raises(RunError, match=r"worker inproc.* cannot use the store: .*all need the same lmutau"):
        run(slow_store, client)
    assert left_on(client) == before


def test_a_report_counts_blocks_and_bounds_messages():
    report = Report()
    for n in range(30):
        report.add(BlockRecord("f", (n,), 2, {1: 3, int(Status.ERROR): 1}, 0.1, "host", 1, [f"message {n}"]))
    assert (report.blocks, report.points) == (30, 60)
    assert len(report.messages) == MAX_MESSAGES
