"""On a real SLURM: jobs as workers, scancel and walltime in mid-scan, shares by srun and by job array.

`make slurm` runs it. It submits jobs, so that nothing starts it by accident on a machine that has a SLURM.
"""

import os
import re
import subprocess
import time

import pytest

from faults import LMUTAU, executions, run_command, start_command, wait_for_blocks
from scanner import Store
from scanner.store.runlog import read_log
from scanner.store.verify import verify

pytestmark = pytest.mark.skipif("LMUTAU_SLURM" not in os.environ, reason="submits jobs to SLURM: make slurm")

SLOW = """
import time
from physics import observable

@observable(unit="1", label="slow", reference="Drees & Zhao 2021, eq. (1)", seconds=0.02)
def slow(m_X, g_X):
    time.sleep(0.02 * m_X.size * g_X.size)
    return m_X * g_X
"""
JOB = ("-O", "memory=1GB", "-O", "interface=lo", "-O", "log_directory=logs")


@pytest.fixture
def scan(tmp_path, monkeypatch):
    """Write a scan of 0.2 s a block, and change to its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    (tmp_path / "extra.py").write_text(SLOW)

    def write(blocks):
        path = tmp_path / "slow.toml"
        path.write_text(
            f'[scan]\ntitle = "slow"\nobservables = ["slow"]\n[axes]\nm_X = {{ linspace = [1, 10, 10] }}\n'
            f"g_X = {{ linspace = [1, 2, {blocks}] }}\n[store]\npoints_per_block = 10\n"
            'path = "slow.zarr"\n'
        )
        return path

    return write


@pytest.fixture(autouse=True)
def jobs():
    """Numbers of the jobs that SLURM has; none may be left behind."""

    def numbers():
        listed = subprocess.run(["squeue", "-h", "-o", "%i"], capture_output=True, text=True, check=True)
        return listed.stdout.split()

    yield numbers
    deadline = time.monotonic() + 20
    while numbers() and time.monotonic() < deadline:
        time.sleep(0.5)
    left = numbers()
    subprocess.run(["scancel", *left], check=False) if left else None
    assert not left


def whole(path):
    store = Store(path)
    assert store.attribute("state") == "complete"
    expected = store.grid.axes["m_X"].values[:, None] * store.grid.axes["g_X"].values
    assert store.array("slow")[:].tobytes() == expected.tobytes()
    assert verify(store, points=0).ok
    return store


def test_a_scan_in_jobs(scan, tmp_path):
    path = tmp_path / "slow.zarr"
    cores = ("--jobs", 2, "-O", "cores=2", "--walltime", "00:05:00")
    result = run_command("run", scan(60), "--store", path, "--cluster", "slurm", *cores, *JOB)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    store = whole(path)
    assert len({record["pid"] for record in read_log(store.log_path, store.id)}) == 4, "a process for each core"


def test_jobs_that_are_cancelled_are_replaced(scan, tmp_path, jobs):
    path = tmp_path / "slow.zarr"
    cores = ("--jobs", 2, "-O", "cores=1", "--walltime", "00:05:00")
    process = start_command("run", scan(150), "--store", path, "--cluster", "slurm", *cores, *JOB)
    wait_for_blocks(path, 10, process)
    subprocess.run(["scancel", *jobs()], check=True)
    out, err = process.communicate(timeout=150)
    assert process.returncode == 0, out + err
    assert re.search(r"[12] of 2 jobs lost their workers: submitting as many again", err), err
    assert "Traceback" not in err
    store = whole(path)
    assert len(executions(path)) == store.families[0].n_blocks


def test_a_walltime_that_ends_in_mid_scan(scan, tmp_path):
    path = tmp_path / "slow.zarr"
    cores = ("--jobs", 1, "-O", "cores=1", "--walltime", "00:01:00")  # the shortest that SLURM has
    process = start_command("run", scan(500), "--store", path, "--cluster", "slurm", *cores, *JOB)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
    assert "1 of 1 jobs lost their workers: submitting as many again" in err
    store = whole(path)
    assert len({record["pid"] for record in read_log(store.log_path, store.id)}) >= 2


def test_the_end_in_good_order(scan, tmp_path):
    """By `kill`: what runs is finished, and no job is left (the fixture `jobs` looks)."""
    path = tmp_path / "slow.zarr"
    cores = ("--jobs", 2, "-O", "cores=1", "--walltime", "00:05:00")
    process = start_command("run", scan(150), "--store", path, "--cluster", "slurm", *cores, *JOB)
    wait_for_blocks(path, 5, process)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert f"Resume with: lmutau run {path}" in err
    assert "Traceback" not in err
    assert len(Store(path).committed(Store(path).families[0])) == len(executions(path))
    assert not list(tmp_path.glob(".lmutau-*")), "certificates"
    assert not list(tmp_path.glob(".slow.zarr.*")), "the probe"


def test_what_slurm_refuses_is_said(scan, tmp_path):
    path = tmp_path / "slow.zarr"
    result = run_command(
        "run", scan(5), "--store", path, "--cluster", "slurm", "--jobs", 1, "-O", "cores=1", "-O", "queue=nope", *JOB
    )
    assert result.returncode == 2
    assert "the batch system refuses the job: sbatch: error: invalid partition specified: nope" in result.stderr
    assert "Traceback" not in result.stderr
    assert not path.exists()


def test_a_driver_that_is_killed_leaves_no_job(scan, tmp_path):
    path = tmp_path / "slow.zarr"
    cores = ("--jobs", 2, "-O", "cores=1", "--walltime", "00:05:00", "-O", "death_timeout=5")
    process = start_command("run", scan(200), "--store", path, "--cluster", "slurm", *cores, *JOB)
    wait_for_blocks(path, 5, process)
    process.kill()
    process.communicate()
    result = run_command("run", path, "--workers", 2)
    assert result.returncode == 0, result.stdout + result.stderr
    whole(path)


@pytest.mark.parametrize("how", ["srun", "array"])
def test_shares_without_a_scheduler(scan, tmp_path, how):
    path, file = tmp_path / "slow.zarr", scan(80)
    work = [*LMUTAU, "work", str(file), "--store", str(path), "--plugin", str(tmp_path / "extra.py")]
    if how == "srun":
        done = subprocess.run(["srun", "-n", "4", *work], capture_output=True, text=True, timeout=200, check=False)
    else:
        script = tmp_path / "job.sh"
        script.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in work) + "\n")
        command = ["sbatch", "--wait", "--array", "5-8", "--output", "logs-%a", str(script)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    store = whole(path)
    computed = [r for r in read_log(store.log_path, store.id) if not r["found"]]
    assert len({record["pid"] for record in computed}) == 4
    assert len(computed) <= store.families[0].n_blocks + 8, "shares are apart, but for the last blocks"
