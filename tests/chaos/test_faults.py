"""What a run survives: killed and hung workers, workers that cannot work, signals at any time."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from faults import kill_a_worker, kill_workers, run_command, start_command, wait_for_blocks, workers_of
from physics import Status
from scanner import Store
from scanner.store.runlog import read_log

PLUGIN = """
import ctypes, os, signal, time
from pathlib import Path
import numpy as np
from physics import observable

def has(m_X, value):
    return (np.abs(m_X - value) < 0.5).any()

@observable(unit="1", label="slow", reference="mine", seconds=0.1)
def slow(m_X):
    time.sleep(0.15)
    return 2 * m_X

@observable(unit="1", label="hanging", reference="mine")
def hanging(m_X):
    if has(m_X, 3):
        time.sleep(1000)
    if has(m_X, 5):
        ctypes.PyDLL(None).sleep(1000)  # with Python's lock
    return 2 * m_X

@observable(unit="1", label="unlucky", reference="mine")
def unlucky(m_X):
    victims = Path(os.environ["VICTIMS"])
    if has(m_X, 3) and len(list(victims.iterdir())) < 2:
        (victims / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * m_X
"""


@pytest.fixture
def scan(tmp_path):
    """A scan file for an observable of the plugin; n blocks of one point."""
    (tmp_path / "extra.py").write_text(PLUGIN)

    def write(observable, n, store=""):
        path = tmp_path / f"{observable}.toml"
        path.write_text(
            f'[scan]\ntitle = "faults"\nobservables = ["{observable}"]\n[axes]\n'
            f"m_X = {{ linspace = [1, {n}, {n}] }}\n[store]\npoints_per_block = 1\n{store}\n"
        )
        return path

    return write


@pytest.fixture
def impatient(monkeypatch):
    """Dask gives lost workers up at once, where it is not told otherwise; by default it waits for 15 s."""
    monkeypatch.setenv("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "10ms")


def expected(store):
    return 2 * store.grid.axes["m_X"].values


def test_the_last_worker_is_replaced_also_while_it_starts(tmp_path, scan, impatient):
    path = tmp_path / "slow.zarr"
    process = start_command("run", scan("slow", 20), "--store", path, "--workers", 1)
    wait_for_blocks(path, 2, process)
    (first,) = workers_of(process)
    first.kill()
    psutil.wait_procs([first])
    for _ in range(2):  # before it has reached the scheduler
        assert kill_a_worker(process)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, out + err
    store = Store(path)
    assert store.array("slow")[:].tobytes() == expected(store).tobytes()


def test_any_rhythm_of_kills(tmp_path, scan, impatient):
    path = tmp_path / "slow.zarr"
    process = start_command("run", scan("slow", 100), "--store", path, "--workers", 2)
    wait_for_blocks(path, 2, process)
    killed = kill_workers(process, 10, 0.2, 2.0)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, out + err
    assert killed >= 5, f"the run was over after {killed} kills"
    store = Store(path)
    assert store.array("slow")[:].tobytes() == expected(store).tobytes()


def test_hung_blocks_are_given_up_and_the_rest_goes_on(tmp_path, scan):
    path = tmp_path / "hanging.zarr"
    result = run_command("run", scan("hanging", 12, "seconds_limit = 5"), "--store", path, "--workers", 2)
    assert result.returncode == 3, result.stdout + result.stderr
    assert result.stdout.count(" exceeded 5 s on ") == 2
    store = Store(path)
    (family,) = store.families
    status = np.concatenate([store.read_status(family, index)[0] for index in family.blocks()])
    assert (status[[2, 4]] == Status.BLOCK_FAILED).all()
    others = np.delete(np.arange(12), [2, 4])
    assert (status[others] == Status.OK).all()
    assert store.array("hanging")[:][others].tobytes() == expected(store)[others].tobytes()


def test_a_block_that_is_killed_from_outside_is_not_condemned(tmp_path, scan, monkeypatch):
    path = tmp_path / "unlucky.zarr"
    (tmp_path / "victims").mkdir()
    monkeypatch.setenv("VICTIMS", str(tmp_path / "victims"))
    result = run_command("run", scan("unlucky", 8), "--store", path, "--workers", 2)
    assert result.returncode == 0, result.stdout + result.stderr
    store = Store(path)
    assert store.array("unlucky")[:].tobytes() == expected(store).tobytes()
    tries = {tuple(r["index"]): r["tries"] for r in read_log(store.log_path, store.id)}
    assert tries.pop((2,)) == 3
    assert set(tries.values()) == {1}


def test_ctrl_c_while_workers_start(tmp_path, scan):
    path = tmp_path / "slow.zarr"
    process = start_command("run", scan("slow", 200), "--store", path, "--workers", 2, start_new_session=True)
    while not (workers := workers_of(process)):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert "Interrupted." in err
    assert "Traceback" not in err
    assert not psutil.wait_procs(workers, timeout=10)[1]


# As where lmutau is not installed
WITHOUT_LMUTAU = """
import sys
sys.modules.update(dict.fromkeys(("physics", "scanner", "cluster")))
"""


@pytest.fixture
def cluster_of_others(tmp_path):
    """A scheduler; start workers with the function, with what they are to run first."""
    file = tmp_path / "scheduler.json"
    processes = []

    def start(module, *options):
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(file), *options]
        processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path))
        return processes[-1]

    def preload(name, first):
        (tmp_path / name).write_text(first)
        return "--preload", str(tmp_path / name)

    def worker(first=""):
        options = ("--nthreads", "1", "--no-dashboard", *preload(f"first{len(processes)}.py", first))
        return start("dask_worker", *options)

    options = ("--port", "0", "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    start("dask_scheduler", *options, *preload("scheduler.py", WITHOUT_LMUTAU))
    yield file, worker
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def test_no_worker_comes(tmp_path, scan, cluster_of_others):
    file, _ = cluster_of_others
    path = tmp_path / "slow.zarr"
    arguments = ("--store", path, "--address", file, "--no-worker-timeout", 3)
    result = run_command("run", scan("slow", 20), *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "waiting for workers at tcp://127.0.0.1:" in result.stdout
    assert "lmutau: no worker for " in result.stderr
    assert "start some, and run again to resume" in result.stderr


def test_a_late_worker_with_other_physics_is_sent_away(tmp_path, scan, cluster_of_others):
    file, start_worker = cluster_of_others
    path = tmp_path / "slow.zarr"
    process = start_command("run", scan("slow", 200), "--store", path, "--address", file)  # waits for the file, too
    start_worker()
    wait_for_blocks(path, 2, process)
    bad = start_worker("import scanner.execution.compute as w; w.physics_digest = lambda: 'f' * 64")
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, out + err
    assert "is sent away: StoreError: " in err
    assert "other physics code (ffffffffffffffff) than the run" in err
    bad.wait(timeout=20)
    store = Store(path)
    assert store.array("slow")[:].tobytes() == expected(store).tobytes()


def test_a_worker_without_lmutau_is_sent_away(tmp_path, scan, cluster_of_others):
    """The scheduler has none either, and needs none."""
    file, start_worker = cluster_of_others
    path = tmp_path / "slow.zarr"
    start_worker()
    process = start_command("run", scan("slow", 200), "--store", path, "--address", file)
    wait_for_blocks(path, 2, process)
    bad = start_worker(WITHOUT_LMUTAU)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, out + err
    assert "is sent away: ModuleNotFoundError: No module named 'scanner" in err
    bad.wait(timeout=20)
    store = Store(path)
    assert store.array("slow")[:].tobytes() == expected(store).tobytes()
