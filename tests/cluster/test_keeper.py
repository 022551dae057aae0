"""Jobs that are lost are replaced, until that is of no use. Processes stand in for those of a batch system."""

import gc
import os
import signal
import time
from types import SimpleNamespace

import dask
import pytest
from distributed import Client

from cluster import keeper

local = pytest.importorskip("dask_jobqueue.local", reason="pip install 'lmutau[hpc]'")


# dask-jobqueue leaves the pipes of these processes open
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(params=[2, 1], ids=["2 processes", "1 process"])
def jobs(monkeypatch, tmp_path, request):
    """Two jobs, which are kept. Dask, too, forgets a job without workers, if it has but one process."""
    monkeypatch.setattr(keeper, "SECONDS_BETWEEN_LOOKS", 0.2)
    monkeypatch.setattr(keeper, "SECONDS_WITHOUT_WORKERS", 0.5)
    settings = {
        "cores": request.param,
        "memory": "1GB",
        "processes": request.param,
        "local_directory": str(tmp_path),
        "death_timeout": 20,
    }
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "0.2s"}),
        local.LocalCluster(**settings, scheduler_options={"dashboard_address": "127.0.0.1:0"}) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        news = []
        client.subscribe_topic(keeper.TOPIC, lambda event: news.append(event[1]))
        with keeper.kept(cluster, 2):
            yield SimpleNamespace(cluster=cluster, client=client, news=news, workers=2 * request.param)
    gc.collect()  # the warnings come now


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert true()


def kill(jobs, name):
    """End a job as a batch system does: all of its processes at once."""
    addresses = [a for a, w in jobs.client.scheduler_info(-1)["workers"].items() if str(w["name"]).startswith(name)]
    number = int(jobs.cluster.workers[name].job_id)
    for pid in jobs.client.run(os.getpid, workers=addresses).values():
        os.kill(pid, signal.SIGKILL)
    os.kill(number, signal.SIGKILL)
    return number


def test_a_lost_job_is_replaced(jobs):
    """dask-jobqueue replaces none by itself, and on `scale` only those of one process."""
    jobs.client.wait_for_workers(jobs.workers, timeout=60)
    name = next(iter(jobs.cluster.workers))
    time.sleep(0.5)  # the keeper has seen them
    old = kill(jobs, name)
    wait_until(lambda: name in jobs.cluster.workers and int(jobs.cluster.workers[name].job_id) != old)
    jobs.client.wait_for_workers(jobs.workers, timeout=60)
    assert jobs.news == [{"notice": "1 of 2 jobs lost their workers: submitting as many again", "gave_up": False}]


def test_what_is_of_no_use_is_given_up(jobs, monkeypatch):
    kept = keeper._Keeper(jobs.cluster, 2)
    told = []
    monkeypatch.setattr(kept, "_tell", lambda notice, gave_up=False: told.append((notice, gave_up)))
    monkeypatch.setattr(kept, "_lost", lambda: ["one"])
    kept.replaced = keeper.REPLACEMENTS * 2
    jobs.cluster.sync(kept.look)
    ((notice, gave_up),) = told
    assert gave_up
    assert notice.startswith("6 jobs were lost, one after the other, and not one block was computed")
    kept.transition("block", "waiting", "processing")
    assert kept.replaced == 6
    kept.transition("block", "processing", "erred")
    assert kept.replaced == 6
    kept.transition("block", "processing", "memory")
    assert kept.replaced == 0


def test_a_task_that_is_done_is_heard_of(jobs):
    jobs.client.wait_for_workers(1, timeout=60)
    kept = jobs.cluster.scheduler.plugins["lmutau-keeper"]
    kept.replaced = 5
    assert jobs.client.submit(sum, [1, 2]).result() == 3
    wait_until(lambda: kept.replaced == 0, 5)


def test_what_the_batch_system_says():
    error = RuntimeError(
        "Command exited with non-zero exit code.\nExit code: 1\nstdout:\n\nstderr:\nsbatch: no\nsuch\n"
    )
    assert keeper._reason(error) == "sbatch: no such"
    assert keeper._reason(RuntimeError("odd\nthing")) == "odd thing"
