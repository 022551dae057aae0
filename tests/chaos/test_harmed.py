"""A store that is removed, purged or replaced while it is computed: the command says so, and fails."""

import shutil
import subprocess
import sys
import time

import pytest

from physics import Status
from scanner import Store, load_scan, make_plan

SLOW = """
import time
from physics import observable

@observable(unit="1", label="slow", reference="Drees & Zhao 2021, eq. (1)")
def slow(m_X, g_X):
    time.sleep(0.15)
    return m_X * g_X
"""

SCAN = """
[scan]
title = "slow"
observables = ["slow", "delta_a_mu"]
[axes]
m_X = { linspace = [1, 8, 8] }
g_X = { linspace = [1e-4, 16e-4, 16] }
[store]
points_per_block = 4
"""

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


@pytest.fixture
def start(tmp_path):
    """Start a run of 32 blocks, and return when a few are there."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "slow.toml").write_text(SCAN)
    path = tmp_path / "slow.zarr"
    arguments = ["run", "slow.toml", "--store", path, "--workers", 2, "--plugin", "slow.py"]
    command = [*LMUTAU, *map(str, arguments)]

    def started():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
        deadline = time.monotonic() + 90
        while len(list(path.glob("slow_status/c/*/*"))) < 4:
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        return process, path

    return started


def purge(path):
    """What a scratch file system does at night."""
    for file in [*path.rglob("zarr.json"), *path.glob("*/c/0/*")]:
        file.unlink(missing_ok=True)


def remove(path):
    while path.exists():  # the workers write meanwhile
        shutil.rmtree(path, ignore_errors=True)


def replace(path):
    other = Store.create(path.with_name("other.zarr"), make_plan(load_scan("quick")))
    path.rename(path.with_name("away.zarr"))
    other.path.rename(path)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (remove, "zarr.json"),
        (purge, "zarr.json"),
        (lambda path: shutil.rmtree(path / "slow_status"), "slow_status/zarr.json missing"),
        (lambda path: shutil.rmtree(path / "g_X"), "g_X/zarr.json missing"),
        (replace, "replaced"),
    ],
    ids=["removed", "purged", "statuses removed", "an axis removed", "replaced"],
)
def test_a_store_that_is_harmed_in_mid_run(start, harm, says):
    process, path = start()
    harm(path)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    last = err.splitlines()[-1]
    assert last.startswith("lmutau: ")
    assert says in last
    assert "complete" not in out


def test_chunks_that_are_removed_in_mid_run_are_computed_by_the_next(start, tmp_path):
    process, path = start()
    shutil.rmtree(path / "slow" / "c" / "0", ignore_errors=True)
    out, err = process.communicate(timeout=120)
    lost = process.returncode
    if lost:  # unless the blocks of these chunks were written after that
        assert lost == 1, out + err
        assert "blocks are missing" in err
    command = [*LMUTAU, "run", str(path), "--plugin", "slow.py", "--workers", "1"]
    again = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    store = Store(path)
    assert store.attribute("state") == "complete"
    (family,) = store.families
    assert store.counts(family) == {Status.OK: 256}
    expected = store.grid.axes["m_X"].values[:, None] * store.grid.axes["g_X"].values
    assert (store.array("slow")[:] == expected).all()
