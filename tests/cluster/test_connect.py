"""connect(): local processes, addresses, scheduler files, and clear refusals."""

import json
import os

import pytest

import cluster


def test_local_workers_are_single_threaded_processes():
    with cluster.connect("local", workers=2) as client:
        assert sorted(client.nthreads().values()) == [1, 1]
        pids = client.run(os.getpid)
        assert len({*pids.values(), os.getpid()}) == 3
        threads = client.run(lambda: [os.environ.get(f"{k}_NUM_THREADS") for k in ("OMP", "OPENBLAS", "NUMBA")])
        assert all(t == ["1", "1", "1"] for t in threads.values())


def test_address_and_scheduler_file(tmp_path):
    with cluster.connect("local", workers=1) as local:
        address = local.scheduler.address
        with cluster.connect(address) as client:
            assert client.submit(sum, [1, 2]).result() == 3
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps(local.scheduler_info()))
        with cluster.connect(str(file)) as client:
            assert client.submit(sum, [1, 3]).result() == 4


@pytest.mark.parametrize(
    ("address", "workers", "says"),
    [
        ("tcp://127.0.0.1:1", None, "no Dask scheduler at tcp://127.0.0.1:1"),
        ("slurmm", None, "nor a scheduler file that exists"),
        ("tcp://127.0.0.1:1", 4, "workers = 4 is for address 'local'"),
    ],
)
def test_refusals(address, workers, says):
    with pytest.raises(cluster.ClusterError, match=says), cluster.connect(address, workers, timeout=0.5):
        pass
