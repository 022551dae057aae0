"""Observables from outside the package on real workers: sent there, part of a store's identity, never run unasked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cluster
import physics
from physics.core import plugins
from physics.core.registration import snapshot
from scanner import ScanError, Store, load_scan, run
from scanner.errors import RunError
from scanner.store.verify import verify

MINE = """
import os
import numpy as np
from physics import observable, parameter

parameter("my_scale", "a scale", unit="MeV", default=2.0)

@observable(unit="1", label="mine", reference="my notes, eq. (1)")
def mine(m_X, my_scale):
    return FACTOR * m_X / my_scale

@observable(unit="1", label="pid", reference="my notes, eq. (2)")
def process(m_X, g_X):
    return os.getpid() + 0 * m_X * g_X
"""

SCAN = """
[scan]
title = "mine"
observables = ["mine", "process", "delta_a_mu"]
plugins = ["mine.py"]
[axes]
m_X = { linspace = [1, 6, 6] }
g_X = { linspace = [1e-4, 1e-3, 4] }
my_scale = { values = [1, 2] }
[store]
points_per_block = 2
"""

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


@pytest.fixture
def registry():
    restore = snapshot()
    yield
    restore()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(MINE.replace("FACTOR", "1"))
    (tmp_path / "scan.toml").write_text(SCAN)
    return tmp_path


@pytest.fixture(scope="module")
def client():
    with cluster.connect("local", workers=2) as client:
        yield client


def registered():
    """Plugins of the process that is asked, and whether it has their observables."""
    return list(plugins.contents()), "mine" in physics.observables(), "my_scale" in physics.parameters()


def test_plugins_are_sent_to_present_and_future_workers(registry, folder, client):
    physics.add(folder / "mine.py")
    scan = load_scan(folder / "scan.toml")
    store = Store.open_or_create(folder / "scan.zarr", scan)
    first = set(client.run(os.getpid).values())

    def restart_all_workers_once(record):
        if record.pid in first and set(client.run(os.getpid).values()) <= first:
            client.restart_workers(list(client.nthreads()))

    assert run(store, client, on_block=restart_all_workers_once).complete
    expected = store.grid.axes["m_X"].values[:, None] / [1.0, 2.0]
    np.testing.assert_array_equal(store.array("mine")[:], expected)
    later = set(client.run(os.getpid).values())
    computed_by = set(np.unique(store.array("process")[:]).astype(int).tolist())
    assert computed_by <= first | later
    assert computed_by & later, "workers that join later have them, too"
    assert json.loads(store.attribute("plugins")) == plugins.digests()
    assert store.dataset()["mine"].attrs["references"] == "my notes, eq. (1)"
    assert all(r == ([], False, False) for r in client.run(registered).values()), "taken back"
    assert verify(Store(store.path), points=0).ok


def test_an_edited_plugin_does_not_resume(registry, folder, client):
    forget = snapshot()
    physics.add(folder / "mine.py")
    store = Store.open_or_create(folder / "scan.zarr", load_scan(folder / "scan.toml"))
    family, index = next(store.pending())
    store.write_block(family, index, store.compute_block(family, index))
    old = plugins.digests()["mine.py"][:16]

    forget()
    (folder / "mine.py").write_text(MINE.replace("FACTOR", "3"))
    physics.add(folder / "mine.py")
    scan = load_scan(folder / "scan.toml")
    with pytest.raises(ScanError, match=f"plugin mine.py: store {old}; now {plugins.digests()['mine.py'][:16]}"):
        Store.open_or_create(store.path, scan)
    with pytest.raises(ScanError, match="other physics code"):
        run(Store(store.path), client)
    mixed = Store.resume(store.path, scan, accept_changed_physics=True)
    assert run(mixed, client).complete
    before, _ = mixed.history
    assert before["plugins"]["mine.py"].startswith(old)


def test_a_plugin_that_fails_on_the_workers(registry, folder, client):
    """It needs what only the driver has; the error says so before a block is tried."""
    (folder / "mine.py").write_text(
        "import os\nif os.environ.get('DASK_WORKER_NAME_OF_THIS_TEST') is None:\n    import nowhere\n"
    )
    os.environ["DASK_WORKER_NAME_OF_THIS_TEST"] = "driver"
    try:
        physics.add(folder / "mine.py")
    finally:
        del os.environ["DASK_WORKER_NAME_OF_THIS_TEST"]
    store = Store.open_or_create(folder / "scan.zarr", load_scan("quick", ['scan.observables=["delta_a_mu"]']))
    with pytest.raises(RunError, match=r"plugins cannot be run on the workers: .*nowhere"):
        run(store, client)
    assert all(r == ([], False, False) for r in client.run(registered).values())


def lmutau(folder, *arguments):
    return subprocess.run(
        [*LMUTAU, *map(str, arguments)], capture_output=True, text=True, timeout=180, check=False, cwd=folder
    )


def test_on_the_command_line_nothing_runs_unless_it_is_named(folder):
    with (folder / "mine.py").open("a") as source:
        source.write(f"\nopen({str(folder / 'ran')!r}, 'a').write('x')\n")
    refused = lmutau(folder, "run", "scan.toml")
    assert refused.returncode == 2
    assert "the scan needs mine.py" in refused.stderr
    assert "--plugin mine.py" in refused.stderr
    assert not Path(folder, "ran").exists()

    done = lmutau(folder, "run", "scan.toml", "--plugin", "mine.py", "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    Path(folder, "ran").unlink()
    for command in ("status", "verify"):
        read = lmutau(folder, command, "scan.zarr")
        assert read.returncode == 0, read.stdout + read.stderr
    assert "this installation lacks plugin mine.py" in read.stdout
    again = lmutau(folder, "run", "scan.zarr")
    assert again.returncode == 2
    assert "--plugin mine.py" in again.stderr
    assert "Traceback" not in again.stderr
    assert not Path(folder, "ran").exists(), "executed from the store itself"
    assert "nothing left to compute" in lmutau(folder, "run", "scan.zarr", "--plugin", "mine.py").stdout
