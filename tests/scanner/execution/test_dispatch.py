"""Workers that come, go, or are not there; errors that pass or stay. On a cluster in this process."""

import errno
import os
import shutil
import threading
import time

import pytest
from distributed import Client, LocalCluster

import physics
from scanner import Store, load_scan, make_plan, run
from scanner.errors import RunError
from scanner.execution import dispatch, patience
from scanner.store.runlog import read_log

SLOW = """
import time
import physics

@observable(unit="1", label="s", reference="mine")
def slow(m_X):
    physics.busy["now"] += 1
    physics.busy["most"] = max(physics.busy.values())
    time.sleep(0.1)
    physics.busy["now"] -= 1
    return 2 * m_X
"""


@pytest.fixture
def cluster():
    settings = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**settings) as local:
        yield local


@pytest.fixture
def client(cluster):
    with Client(cluster) as client:
        yield client


@pytest.fixture
def store(add_plugin, tmp_path, monkeypatch):
    monkeypatch.setattr(physics, "busy", {"now": 0, "most": 0}, raising=False)
    add_plugin(SLOW)
    path = tmp_path / "slow.toml"
    path.write_text(
        '[scan]\ntitle="slow"\nobservables=["slow"]\n[axes]\nm_X={ linspace=[1,40,40] }\n[store]\npoints_per_block=1'
    )
    return Store.create(tmp_path / "slow.zarr", make_plan(load_scan(path)))


def test_workers_that_come_later_have_work(cluster, client, store, monkeypatch):
    monkeypatch.setattr(dispatch, "SECONDS_BETWEEN_LOOKS", 0.1)
    cluster.scale(6)
    client.wait_for_workers(1)
    monkeypatch.setattr(client, "wait_for_workers", lambda n: None)
    nthreads, calls = client.nthreads, []

    def one_at_first():
        calls.append(1)
        return dict(list(nthreads().items())[: 1 if len(calls) < 3 else None])

    monkeypatch.setattr(client, "nthreads", one_at_first)
    run(store, client)
    assert physics.busy["most"] >= 5, "a window for one worker keeps three of them busy"


def test_no_worker(cluster, client, store, monkeypatch):
    monkeypatch.setattr(dispatch, "SECONDS_BETWEEN_LOOKS", 0.1)
    monkeypatch.setattr(dispatch, "SECONDS_BEFORE_TELLING", 0.2)
    cluster.scale(0)
    while client.nthreads():
        time.sleep(0.05)
    told = []
    with pytest.raises(RunError, match=r"no worker for 1 s at inproc://.*: start some, and run again to resume"):
        run(store, client, no_worker_timeout=1.0, on_notice=told.append)
    assert len(told) == 3, told  # after 0.2, 0.4, 0.8 s
    assert all("no worker for 0" in line or "no worker for 1" in line for line in told)
    assert "giving up after 1 s" in told[0]
    threading.Timer(0.7, cluster.scale, (1,)).start()
    told.clear()
    assert run(store, client, on_notice=told.append).complete
    assert "waiting for one; Ctrl-C stops" in told[0]


def test_blocks_that_somebody_else_has_computed_are_counted_and_logged_once(client, store):
    (family,) = store.families
    last, seen = (39,), []

    def on_block(record):
        if not seen:  # its worker was lost before it could say that it had written it
            for index in [i for i in family.blocks() if i not in store.committed(family)][-5:]:
                store.write_block(family, index, store.compute_block(family, index))
        seen.append(record)

    report = run(store, client, on_block=on_block)
    assert len(seen) == family.n_blocks, "progress must reach its end"
    found = [r for r in seen if r.found]
    assert 1 <= len(found) <= 5
    assert report.blocks == family.n_blocks - len(found)
    lines = [r for r in read_log(store.log_path, store.id) if "counts" in r]
    assert sorted(tuple(r["index"]) for r in lines) == sorted(family.blocks())
    assert sum(r["found"] for r in lines) == len(found)
    assert last in store.committed(family)


@pytest.fixture
def disk(monkeypatch):
    """A disk of which every so many writes of blocks fail; an error is waited out once."""
    monkeypatch.setattr(patience, "SECONDS_BETWEEN_TRIES", (0.0,))
    write, writes = Store.write_block, []

    def fail(number, which):
        def write_or_fail(store, family, index, result):
            if index == (7,):
                writes.append(1)
                if len(writes) in which:
                    raise OSError(number, os.strerror(number))
            return write(store, family, index, result)

        monkeypatch.setattr(Store, "write_block", write_or_fail)

    return fail


def test_a_block_that_cannot_be_written_is_sent_again(client, store, disk):
    disk(errno.EIO, (1, 2))
    told = []
    assert run(store, client, on_notice=told.append).complete
    assert "Input/output error: trying again in 0 s" in told[0]
    assert told[1] == "block (7,) of m_X: [Errno 5] Input/output error: trying again elsewhere"


def test_a_disk_that_stays_full_stops_the_run_and_says_what_to_do(client, store, disk):
    disk(errno.ENOSPC, range(1, 100))
    with pytest.raises(RunError, match=r"block \(7,\) of m_X: OSError: .*No space left on device; free some space"):
        run(store, client)
    disk(errno.ENOSPC, ())
    assert run(store, client).complete


def test_news_of_jobs_are_told_and_stop_a_run_that_has_no_worker_left(cluster, client, store, monkeypatch):
    monkeypatch.setattr(dispatch, "SECONDS_BETWEEN_LOOKS", 0.1)
    told = []

    def news(record):
        if not told:
            told.append("first")
            for gave_up in (False, True):  # it goes on as long as there is a worker
                client.log_event("lmutau-jobs", {"notice": f"news {gave_up}", "gave_up": gave_up})

    assert run(store, client, on_block=news, on_notice=told.append).complete
    assert told == ["first", "news False", "news True"]
    shutil.rmtree(store.path)
    store = Store.create(store.path, make_plan(store.scan))
    cluster.scale(0)
    while client.nthreads():
        time.sleep(0.05)
    news = {"notice": "9 jobs were lost", "gave_up": True}
    threading.Timer(0.5, client.log_event, ("lmutau-jobs", news)).start()
    with pytest.raises(RunError, match="9 jobs were lost; what was computed is safe: run again to resume"):
        run(store, client)


def test_threads_are_told_of(store):
    settings = {"n_workers": 1, "threads_per_worker": 3, "processes": False, "dashboard_address": "127.0.0.1:0"}
    told = []
    with LocalCluster(**settings) as local, Client(local) as client:
        assert run(store, client, on_notice=told.append).complete
    assert len(told) == 1
    assert "workers have up to 3 threads each: these wait for one another" in told[0]
