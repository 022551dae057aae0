"""Whole runs on real worker processes: equal to direct evaluation, and safe against kills of any process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

import cluster
from faults import executions, run_command, start_command, wait_for_blocks, workers_of
from physics import Status
from scanner import Store, load_scan, make_plan, run
from scanner.errors import RunError
from scanner.execution.block import evaluate_block
from scanner.store.runlog import read_log
from scanner.store.verify import verify

SCAN = """
[scan]
title = "end to end"
observables = ["delta_a_mu", "n_eff_entropy", "relic_density", "cmb_ratio", "sigma_monophoton"]
[axes]
m_X = { geomspace = [1, 2e4, 40] }
g_X = { geomspace = [1e-5, 1e-2, 30] }
mass_ratio = { values = [0.3, 0.45, 0.4999, 0.5001, 0.51, 0.6, 1.0] }
[fixed]
q_psi = 1
[store]
points_per_block = POINTS
"""

# Observables that a test needs and physics has not
EXTRA = """
import os, time
import numpy as np
from physics import observable

@observable(unit="1", label="slow", reference="Drees & Zhao 2021, eq. (1)")
def slow(m_X, g_X):
    time.sleep(0.15)
    return m_X * g_X

@observable(unit="1", label="raising", reference="Drees & Zhao 2021, eq. (1)")
def raising(m_X, g_X):
    if (np.abs(m_X - 3) < 0.5).any() and (np.abs(g_X - 2) < 0.5).any():
        raise ArithmeticError("boom")
    return m_X + g_X

@observable(unit="1", label="deadly", reference="Drees & Zhao 2021, eq. (1)")
def deadly(m_X, g_X):
    if m_X.size < 40 and (np.abs(m_X - 7) < 0.5).any() and (np.abs(g_X - 5) < 0.5).any():
        os._exit(9)
    return m_X - g_X
"""


@pytest.fixture(scope="module")
def client():
    with cluster.connect("local", workers=2) as client:
        yield client


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "scan.toml"
    path.write_text(SCAN.replace("POINTS", "300"))
    return make_plan(load_scan(path))


@pytest.fixture
def extra(tmp_path):
    """Write a plugin with extra observables, and a scan file that needs it."""
    (tmp_path / "extra.py").write_text(EXTRA)

    def scan(observable, points_per_block, n=20):
        path = tmp_path / "extra.toml"
        path.write_text(
            f'[scan]\ntitle = "extra"\nobservables = ["{observable}"]\n[axes]\nm_X = {{ linspace = [1, {n}, {n}] }}\n'
            f"g_X = {{ linspace = [1, {n}, {n}] }}\n[store]\npoints_per_block = {points_per_block}\n"
        )
        return path

    return scan


def test_a_run_equals_direct_evaluation_bit_for_bit(tmp_path, plan, client):
    store = Store.create(tmp_path / "run.zarr", plan)
    report = run(store, client)
    assert report.complete
    assert report.failures == 0
    assert report.blocks == plan.n_blocks
    ds = store.dataset()
    for family in plan.families:
        for index in family.blocks():
            region = family.region(index)
            direct = evaluate_block(family.observables, plan.grid.values(family.dims, region), plan.fixed)
            for i, name in enumerate(family.observables):
                assert ds[name].values[region].tobytes() == direct.values[name].tobytes(), name
                np.testing.assert_array_equal(ds[f"{name}_status"][region], direct.status[i])
    assert verify(store, points=50).ok
    again = run(store, client)
    assert again.blocks == 0


def test_report_and_log_count_every_value(tmp_path, plan, client):
    store = Store.create(tmp_path / "run.zarr", plan)
    seen = []
    report = run(store, client, on_block=seen.append)
    assert len(seen) == plan.n_blocks
    for family in plan.families:
        assert (
            sum(r["points"] for r in read_log(store.log_path, store.id) if r["family"] == family.name) == family.points
        )
    assert sum(report.counts.values()) == plan.n_values
    assert report.counts[Status.NO_SOLUTION] > 0
    assert report.counts[Status.OUTSIDE_DOMAIN] > 0


def test_a_killed_worker_costs_nothing_but_its_block(tmp_path, extra):
    scan, path = extra("slow", 10), tmp_path / "slow.zarr"
    process = start_command("run", scan, "--store", path, "--workers", 2)
    wait_for_blocks(path, 5, process)
    workers_of(process)[0].kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    store = Store(path)
    assert store.attribute("state") == "complete"
    expected = store.grid.axes["m_X"].values[:, None] * store.grid.axes["g_X"].values
    assert store.array("slow")[:].tobytes() == expected.tobytes()
    done = executions(path)
    assert len(done) <= store.families[0].n_blocks, "a block was computed twice"


def test_a_killed_driver_resumes(tmp_path, extra):
    scan, path = extra("slow", 10), tmp_path / "slow.zarr"
    process = start_command("run", scan, "--store", path, "--workers", 2)
    wait_for_blocks(path, 8, process)
    orphans = workers_of(process)
    process.kill()
    process.communicate()
    psutil.wait_procs(orphans, timeout=30)
    store = Store(path)
    (family,) = store.families
    before = store.committed(family)
    assert 8 <= len(before) < family.n_blocks
    stamps = {i: store.marker(family, i).stat().st_mtime_ns for i in before}
    logged = len(executions(path))

    result = run_command("run", path, "--workers", 2)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{family.n_blocks - len(before)} of {family.n_blocks} blocks to compute" in result.stdout
    for index, stamp in stamps.items():
        assert store.marker(family, index).stat().st_mtime_ns == stamp, "a finished block was computed again"
    assert len(executions(path)) - logged == family.n_blocks - len(before)
    expected = store.grid.axes["m_X"].values[:, None] * store.grid.axes["g_X"].values
    assert Store(path).array("slow")[:].tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGHUP, False)],
    ids=["kill -INT driver", "Ctrl-C in a terminal", "end of a batch job", "kill -HUP driver"],
)
def test_signals_finish_what_runs_and_say_how_to_resume(tmp_path, extra, number, whole_group):
    scan, path = extra("slow", 10), tmp_path / "slow.zarr"
    process = start_command("run", scan, "--store", path, "--workers", 2, start_new_session=True)
    wait_for_blocks(path, 4, process)
    workers = workers_of(process)
    if whole_group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert not psutil.wait_procs(workers, timeout=10)[1], "workers are left behind"
    assert process.returncode == 130, out + err
    assert f"Resume with: lmutau run {path}" in err
    assert "Traceback" not in err
    store = Store(path)
    (family,) = store.families
    committed = store.committed(family)
    assert 4 <= len(committed) < family.n_blocks
    assert len(committed) == len(executions(path)), "a block that ran was not recorded"
    result = run_command("run", path, "--workers", 0)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(executions(path)) == family.n_blocks


def test_a_point_that_raises_becomes_a_status(tmp_path, extra):
    scan, path = extra("raising", 50), tmp_path / "raising.zarr"
    result = run_command("run", scan, "--store", path, "--workers", 2)
    assert result.returncode == 3, result.stdout + result.stderr
    assert "error 1" in result.stdout
    assert "raising(m_X=3.0, g_X=2.0): ArithmeticError: boom" in result.stdout
    store = Store(path)
    status = store.array("raising_status")[:]
    assert np.argwhere(status != Status.OK).tolist() == [[2, 1]]
    assert status[2, 1] == Status.ERROR
    retried = run_command("run", path, "--retry-failed", "--workers", 0)
    assert "1 blocks with errors will be computed again" in retried.stdout
    assert retried.returncode == 3


def test_a_block_that_kills_its_worker_is_recorded(tmp_path, extra):
    scan, path = extra("deadly", 25), tmp_path / "deadly.zarr"
    result = run_command("run", scan, "--store", path, "--workers", 2)
    assert result.returncode == 3, result.stdout + result.stderr
    assert "block (1, 0) of m_X_g_X killed its worker 3 times, alone in the end" in result.stdout
    store = Store(path)
    (family,) = store.families
    status = store.array("deadly_status")[:]
    failed = status == Status.BLOCK_FAILED
    assert failed[6, 4]
    assert failed.sum() == 25, "one block, no innocent neighbour"
    values = store.array("deadly")[:]
    expected = store.grid.axes["m_X"].values[:, None] - store.grid.axes["g_X"].values
    np.testing.assert_array_equal(values[~failed], expected[~failed])
    assert np.isnan(values[failed]).all()
    assert len(store.committed(family)) == family.n_blocks
    assert [r["tries"] for r in read_log(path.with_name("deadly.zarr.log.jsonl"), store.id) if 255 in r["counts"]] == [
        3
    ]


def test_the_store_must_be_visible_and_the_error_says_so(tmp_path, plan, client):
    store = Store.create(tmp_path / "run.zarr", plan)
    store.path.rename(tmp_path / "moved.zarr")
    with pytest.raises(RunError, match="cannot use the store"):
        run(store, client)


def test_a_write_error_stops_the_run_and_names_the_block(tmp_path, plan, client):
    store = Store.create(tmp_path / "run.zarr", plan)
    (store.path / "delta_a_mu" / "c").write_text("a file where a folder is needed")
    with pytest.raises(RunError, match=r"block \(\d+, \d+\) of m_X_g_X"):
        run(store, client)
    (store.path / "delta_a_mu" / "c").unlink()
    assert run(store, client).complete
    assert verify(store, points=20).ok


def test_runs_in_a_thread(tmp_path, plan, client):
    """In notebooks and servers the main thread may be someone else's."""
    import threading

    store = Store.create(tmp_path / "run.zarr", plan)
    thread = threading.Thread(target=run, args=(store, client))
    thread.start()
    thread.join(timeout=60)
    assert not list(store.pending())


def test_two_drivers_share_the_work(tmp_path, extra):
    scan, path = extra("slow", 5), tmp_path / "slow.zarr"
    both = [start_command("run", scan, "--store", path, "--workers", 1) for _ in range(2)]
    ends = [p.communicate(timeout=180) for p in both]
    assert [p.returncode for p in both] == [0, 0], ends
    (family,) = Store(path).families
    computed = [r for r in read_log(Store(path).log_path, Store(path).id) if not r["found"]]
    assert family.n_blocks <= len(computed) < 1.25 * family.n_blocks, "both have computed the same blocks"
    assert verify(Store(path), points=50).ok


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler and a worker of their own, as on a cluster, found through a scheduler file."""
    file = tmp_path / "scheduler.json"
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--scheduler-file",
        str(file),
        "--dashboard-address",
        "127.0.0.1:0",
    ]
    processes = [subprocess.Popen([*command, "--port", "0", "--host", "127.0.0.1"], stderr=subprocess.DEVNULL)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1"]
    processes.append(
        subprocess.Popen([*worker, "--no-dashboard", "--no-nanny"], stderr=subprocess.DEVNULL, cwd=tmp_path)
    )
    yield file
    for process in processes:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()


def test_scheduler_file(tmp_path, plan, scheduler, extra):
    deadline = time.monotonic() + 30
    while not scheduler.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    path = tmp_path / "run.zarr"
    result = run_command("run", tmp_path / "scan.toml", "--store", path, "--address", scheduler)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(Store(path).attribute("scan_file"))["scan"]["title"] == "end to end"
    assert verify(Store(path), points=20).ok


def test_a_scheduler_that_dies(tmp_path, extra, scheduler):
    scan, path = extra("slow", 10), tmp_path / "slow.zarr"
    deadline = time.monotonic() + 30
    while not scheduler.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process = start_command("run", scan, "--store", path, "--address", scheduler)
    wait_for_blocks(path, 3, process)
    port = int(json.loads(scheduler.read_text())["address"].rpartition(":")[2])
    (owner,) = {c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port}
    os.kill(owner, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "lmutau: lost the connection to the Dask scheduler; committed blocks are safe: run again to resume" in err
    result = run_command("run", path, "--workers", 0)
    assert result.returncode == 0, result.stdout + result.stderr
    assert verify(Store(path), points=0).ok
