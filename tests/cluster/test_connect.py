"""connect(): local processes, addresses, scheduler files, and clear refusals."""

import asyncio
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import dask
import psutil
import pytest
from distributed import Client, LocalCluster
from distributed.comm import CommClosedError
from distributed.core import rpc
from distributed.security import Security

import cluster
from cluster.local import cores


def test_local_workers_are_single_threaded_processes():
    with cluster.connect("local", workers=2) as client:
        assert sorted(client.nthreads().values()) == [1, 1]
        pids = client.run(os.getpid)
        assert len({*pids.values(), os.getpid()}) == 3
        threads = client.run(lambda: [os.environ.get(f"{k}_NUM_THREADS") for k in ("OMP", "OPENBLAS", "NUMBA")])
        assert all(t == ["1", "1", "1"] for t in threads.values())
        profiled = client.run(lambda: dask.config.get("distributed.worker.profile.enabled"))
        assert not any(profiled.values())


def test_address_and_scheduler_file(tmp_path):
    settings = {"protocol": "tcp", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **settings) as local:
        with cluster.connect(local.scheduler_address) as client:
            assert client.submit(sum, [1, 2]).result() == 3
        file = tmp_path / "scheduler.json"  # written while we wait for it
        threading.Timer(0.5, lambda: file.write_text(json.dumps(local.scheduler.identity()))).start()
        with cluster.connect(str(file)) as client:
            assert client.submit(sum, [1, 3]).result() == 4


def test_nobody_else_can_use_local_workers():
    mine = psutil.Process()
    before = listening(mine)
    with cluster.connect("local", workers=1) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        assert client.submit(sum, [1, 2]).result() == 3
        everything = (listening(mine) - before).union(*map(listening, mine.children(recursive=True)))
        assert {ip for ip, _ in everything} == {"127.0.0.1"}, "reached from other machines"
        with pytest.raises(
            cluster.ClusterError, match=r"certificates stand in Dask's settings, distributed\.comm\.tls"
        ):
            connected(address)
        with pytest.raises(cluster.ClusterError, match="no Dask scheduler at tcp"):
            connected(address.replace("tls://", "tcp://"))
        others = Security.temporary().get_connection_args("client")
        for port in (port for _, port in everything):  # scheduler, nanny, worker: none takes a word from a stranger
            for arguments in (others, {}):
                protocol = "tls" if arguments else "tcp"
                with pytest.raises(OSError):  # noqa: PT011  (closed, timed out, no handshake)
                    asyncio.run(whoever(f"{protocol}://127.0.0.1:{port}", arguments))


def listening(process):
    return {tuple(c.laddr) for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}


def connected(address):
    with cluster.connect(address, timeout=1.0):
        pass


async def whoever(address, arguments):
    """What a server says of itself, which is the least that it could do for a stranger."""
    async with rpc(address, connection_args=arguments, timeout=1.0) as server:
        return await asyncio.wait_for(server.identity(), 2.0)


def test_workers_leave_signals_to_the_driver():
    """Also those that are started later, in place of others."""
    expected = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

    def blocked():
        return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    before = blocked()
    with cluster.connect("local", workers=1) as client:
        assert blocked() == before, "of this process"
        (first,) = client.run(os.getpid).values()
        assert set().union(*client.run(blocked).values()) >= expected
        client.restart_workers(list(client.nthreads()))
        (second,) = client.run(os.getpid).values()
        assert second != first
        assert set().union(*client.run(blocked).values()) >= expected


@pytest.mark.parametrize("given", ["1", "1000", "", "many"])
def test_cores_of_a_batch_job(monkeypatch, given):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    mine = cores()
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", given)
    assert cores() == (1 if given == "1" else mine)


@pytest.mark.parametrize(
    ("address", "workers", "says"),
    [
        ("tcp://127.0.0.1:1", None, "no Dask scheduler at tcp://127.0.0.1:1"),
        ("slurmm", None, "nor a scheduler file that exists"),
        ("nowhere.json", None, "nor a scheduler file that exists"),
        ("tls://127.0.0.1:1", None, "certificates stand in Dask's settings"),
        ("tcp://127.0.0.1:1", 4, "workers = 4 is for address 'local'"),
    ],
)
def test_refusals(address, workers, says):
    with pytest.raises(cluster.ClusterError, match=says), cluster.connect(address, workers, timeout=0.5):
        pass


def test_dask_computes_where_it_did():
    """Also after a refusal: a client that fails as it is made lives as long as its error does."""

    assert dask.config.get("scheduler", None) is None
    with pytest.raises(cluster.ClusterError) as refused:
        connected("tls://127.0.0.1:1")
    with cluster.connect("local", workers=1):
        assert dask.config.get("scheduler", None) is None
        del refused
        gc.collect()
    assert dask.config.get("scheduler", None) is None


def test_a_client_that_is_refused_is_closed_at_once():
    """Collected as garbage while Dask makes another one, it would close itself then: each waits for the other."""
    with pytest.raises(cluster.ClusterError) as refused:
        connected("tls://127.0.0.1:1")
    clients = [o for o in gc.get_objects() if Client in type(o).__mro__ and o._start_arg == "tls://127.0.0.1:1"]
    assert {client.status for client in clients} == {"closed"}
    del refused


@pytest.fixture
def said():
    """What Dask's loggers and asyncio's say meanwhile."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: None if record in records else records.append(record)
    # Dask makes some of its loggers pass nothing on, once it has set them up
    loggers = [logging.getLogger(f"distributed.{name}") for name in ("client", "core", "scheduler", "nanny")]
    loggers += [logging.getLogger("distributed"), logging.getLogger("asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    yield records
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_scheduler_that_dies_leaves_no_traceback(tmp_path, said):
    """The run says what it means; a client that is closed while it looks for its scheduler is no news."""
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(file), "--no-dashboard"]
    scheduler = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with cluster.connect(str(file), timeout=60) as client:
            scheduler.kill()
            scheduler.wait()
            deadline = time.monotonic() + 30
            while client.status != "connecting" and time.monotonic() < deadline:
                time.sleep(0.01)
            assert client.status == "connecting"
            time.sleep(0.3)  # it has begun to look
    finally:
        scheduler.kill()
    assert not [record for record in said if record.exc_info]


@pytest.mark.parametrize("name", ["distributed.client", "distributed.core", "asyncio"])
def test_other_errors_are_said(name, said):
    def is_one(record):
        return record.name == name and record.funcName == "test_other_errors_are_said"  # others end in the background

    with cluster.connect("local", workers=1):
        log = logging.getLogger(name)
        for error in (CommClosedError("ConnectionPool closing."), CommClosedError("in <TCP>: reset"), ValueError("x")):
            log.error("", exc_info=error)
        log.error("Failed to reconnect")
    found = [str(record.exc_info[1]) if record.exc_info else record.msg for record in said if is_one(record)]
    assert found == ["in <TCP>: reset", "x", "Failed to reconnect"]
    log.error("", exc_info=CommClosedError("ConnectionPool closing."))
    assert sum(map(is_one, said)) == 4, "afterwards it is as before"
