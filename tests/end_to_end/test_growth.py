"""Stores that grow, from the command line: a kill at any time loses nothing."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from scanner import Store, load_scan, make_plan
from scanner.store.here import compute
from scanner.store.verify import verify

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_copy_that_is_ended_goes_on(tmp_path, number):
    axes = ["axes.m_X.geomspace=[1,1e3,200]", "axes.g_X.geomspace=[1e-5,1e-2,100]", "store.points_per_block=2000"]
    overrides = ['scan.observables=["delta_a_mu"]', *axes]
    store = Store.create(tmp_path / "a.zarr", make_plan(load_scan("quick", [*overrides, "store.fsync=false"])))
    compute(store)
    command = [
        *LMUTAU,
        "extend",
        "a.zarr",
        "b.zarr",
        "--more",
        "m_X={values=[2000]}",
        "--set",
        "store.points_per_block=100",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    draft = tmp_path / "b.zarr.partial" / "delta_a_mu_status" / "c"
    while not draft.exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    assert ("The same command goes on" in said) == (number != signal.SIGKILL)
    assert not (tmp_path / "b.zarr").exists()
    there = {
        file: file.stat().st_mtime_ns for file in draft.rglob("*") if file.is_file() and "partial" not in file.name
    }
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    grown = Store(tmp_path / "b.zarr")
    for file, written in there.items():
        assert (grown.path / file.relative_to(tmp_path / "b.zarr.partial")).stat().st_mtime_ns == written
    old = np.asarray(store.array("delta_a_mu")[...])
    assert np.array_equal(np.asarray(grown.array("delta_a_mu")[:200]), old)
    compute(grown)
    assert verify(grown.path, points=20).ok
