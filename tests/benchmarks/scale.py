"""What many blocks and many workers cost: `make bench-scale`; docs/scale.md is made of what it prints.

    python tests/benchmarks/scale.py blocks FOLDER 1000 10000     # driver with its scheduler: memory, CPU time a block
    python tests/benchmarks/scale.py workers FOLDER 1 2 4         # the same work for each worker
    python tests/benchmarks/scale.py commands STORE               # status, summary, ... of what is there

CPU time, since other programs may share the machine; a line of JSON for each measurement.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

import cluster
from scanner import Store, load_scan, make_plan, run

ONE_POINT = [  # blocks of one point of one observable: nothing but what a block costs
    'scan.observables=["delta_a_mu"]',
    "store.points_per_block=1",
    "store.fsync=false",
]
COMMANDS = [
    ["status"],
    ["summary"],
    ["plot", "-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu", "--constraint", "g2_WP2025"],
    ["answer", "--set", "g2_WP2025"],
    ["verify", "--points", "10"],
    ["run", "--workers", "1"],
]


def stored(folder, overrides):
    path = Path(folder) / "scale.zarr"
    shutil.rmtree(path, ignore_errors=True)
    path.with_name("scale.zarr.log.jsonl").unlink(missing_ok=True)
    return Store.create(path, make_plan(load_scan("quick", overrides)))


def cpu():
    """Seconds of this process: driver, and scheduler where the workers are local."""
    return time.process_time()


def measured(store, client, **names):
    wall, own, memory = time.perf_counter(), cpu(), psutil.Process().memory_info().rss
    used = sum(client.run(cpu).values())
    report = run(store, client)
    files = sum(1 for file in store.path.rglob("*") if not file.is_dir())
    folders = sum(1 for file in store.path.rglob("*") if file.is_dir())
    blocks = sum(family.n_blocks for family in store.families)
    print(json.dumps({
        **names, "blocks": blocks, "points": report.points,
        "wall_s": round(time.perf_counter() - wall, 1),
        "driver_ms_per_block": round(1e3 * (cpu() - own) / blocks, 3),
        "worker_ms_per_block": round(1e3 * (sum(client.run(cpu).values()) - used) / blocks, 3),
        "driver_MB": round(psutil.Process().memory_info().rss / 1e6), "driver_MB_before": round(memory / 1e6),
        "driver_MB_peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "files": files, "folders": folders,
    }), flush=True)  # fmt: skip


def blocks(folder, *numbers):
    for number in map(int, numbers):
        axes = [f"axes.m_X.geomspace=[1,1000,{number // 100}]", "axes.g_X.geomspace=[1e-5,1e-2,100]"]
        store = stored(folder, [*ONE_POINT, *axes])
        with cluster.connect("local", 2) as client:
            measured(store, client, what="blocks")


def workers(folder, *numbers):
    for number in map(int, numbers):
        axes = [f"axes.m_X.geomspace=[5,50,{40 * number}]", "axes.g_X.geomspace=[1e-5,1e-2,500]"]
        more = ["axes.mass_ratio.linspace=[0.3,0.9,100]", "store.points_per_block=50000"]
        store = stored(folder, ['scan.observables=["relic_density"]', *axes, *more])
        with cluster.connect("local", number) as client:
            measured(store, client, what="workers", workers=number)


def commands(path):
    for command in COMMANDS:
        script = "from scanner.cli.main import main; main()"
        line = [sys.executable, "-c", script, command[0], path, *command[1:]]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(json.dumps({
            "what": command[0], "exit": done.returncode, "wall_s": round(time.perf_counter() - start, 2),
            "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        }), flush=True)  # fmt: skip


if __name__ == "__main__":
    {"blocks": blocks, "workers": workers, "commands": commands}[sys.argv[1]](*sys.argv[2:])
