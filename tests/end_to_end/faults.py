"""Runs in processes of their own, and what can happen to them."""

import random
import subprocess
import sys
import time
from pathlib import Path

import psutil

from scanner import Store
from scanner.store.runlog import read_log

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


def command(arguments):
    """The command line; with the plugin that `extra` wrote beside the store, if it did."""
    plugin = Path(arguments[1]).parent / "extra.py"
    return [*LMUTAU, *map(str, arguments), *(["--plugin", str(plugin)] if plugin.exists() else [])]


def run_command(*arguments, **options):
    return subprocess.run(command(arguments), capture_output=True, text=True, timeout=180, check=False, **options)


def start_command(*arguments, **options):
    return subprocess.Popen(command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def wait_for_blocks(store_path, number, process, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if Path(store_path, "zarr.json").exists():
            store = Store(store_path)
            if sum(len(store.committed(family)) for family in store.families) >= number:
                return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("the run does not advance")


def executions(store_path):
    store = Store(store_path)
    return [tuple(r["index"]) for r in read_log(store.log_path, store.id) if "counts" in r]


def workers_of(process):
    """Worker processes of a run: spawned children, without Python's resource tracker."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [c for c in children if "spawn_main" in " ".join(c.cmdline())]


def kill_a_worker(process, seconds=60):
    """Kill one of the workers of a run, as soon as there is one; False if the run has ended."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            workers = workers_of(process)
            if workers:
                random.choice(workers).kill()
                return True
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.02)
    assert process.poll() is not None, "the run has no worker"
    return False


def kill_workers(process, times, shortest, longest, seed=1):
    """Kill workers of a run so many times, so far apart; return how many were killed before it ended."""
    pauses = random.Random(seed)
    killed = 0
    while killed < times and kill_a_worker(process):
        killed += 1
        time.sleep(pauses.uniform(shortest, longest))
    return killed
