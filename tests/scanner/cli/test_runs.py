"""run and work on the command line."""

import os

import pytest

from scanner import Store
from scanner.cli import runs
from scanner.store.runlog import read_log


def pids(path):
    store = Store(path)
    return {record["pid"] for record in read_log(store.log_path, store.id)}


def test_a_short_scan_is_computed_at_once(lmutau, scan_file, store):
    """In this process: others would take longer to start."""
    code, out = lmutau("run", scan_file, "--store", "new.zarr")
    assert code == 0, out
    assert pids("new.zarr") == {os.getpid()}
    assert Store("new.zarr").array("relic_density")[:].tobytes() == store.array("relic_density")[:].tobytes()


def test_work(lmutau, scan_file):
    code, out = lmutau("work", scan_file, "--store", "new.zarr", "--part", "2/3")
    assert code == 0, out
    assert "complete" in out
    assert os.getpid() not in pids("new.zarr")
    code, out = lmutau("work", "new.zarr")
    assert (code, "nothing left to compute" in out) == (0, True)


@pytest.mark.parametrize(("there", "said"), [(object(), True), (None, False)])
def test_the_dashboard_is_named_where_there_is_one(lmutau, monkeypatch, scan_file, there, said):
    monkeypatch.setattr(runs, "find_spec", lambda name: there if name == "bokeh" else object())
    code, out = lmutau("run", scan_file, "--store", "new.zarr", "--workers", 1)
    assert code == 0, out
    assert ("dashboard: http://127.0.0.1:" in out) == said
