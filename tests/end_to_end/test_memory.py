"""Memory: a worker's peak for a large block, and a driver that keeps nothing of the blocks it has seen."""

import json
import subprocess
import sys

LARGE_BLOCK = """
import json, sys
from pathlib import Path
import numpy as np
from scanner import Store, load_scan, make_plan
import physics.dark_matter.relic.from_tables as relic

def kernel(strength, d, w, couplings, y_f, pairs):  # the real one takes minutes; it allocates the same three arrays
    return np.full(strength.size, 20.0), np.ones(strength.size), np.ones(strength.size)

names = ["sigma_v_neutrinos_today", "sigma_v_electrons_today", "cmb_ratio", "positron_production_511", "gamma_X",
         "gamma_X_dark_matter", "sigma_psi_electron", "relic_density", "x_freeze_out", "sigma_v_freeze_out"]
overrides = [f"scan.observables={json.dumps(names)}", "axes.m_X.geomspace=[1,1e3,32]",
             "axes.g_X.geomspace=[1e-5,1e-2,32]",
             "axes.mass_ratio.linspace=[0.2,2,32]", "axes.q_psi.linspace=[0.1,2,32]", "store.points_per_block=1048576"]
plan = make_plan(load_scan("quick", overrides))
assert callable(relic.freeze_out_points)
relic.freeze_out_points = kernel
store = Store.create(sys.argv[1], plan)
family = next(f for f in store.families if len(f.observables) > 1)
assert len(family.dims) == 4 and family.n_blocks == 1, family
def most():  # MB that were resident at once; getrusage's maximum is inherited from the process that started this one
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024

before = most()
store.write_block(family, (0, 0, 0, 0), store.compute_block(family, (0, 0, 0, 0)))
print(json.dumps([family.points, len(family.observables), before, most()]))
"""

MANY_BLOCKS = """
import json, sys
import dask
import psutil
import cluster
from scanner import Store, load_scan, make_plan, run

if __name__ == "__main__":
    overrides = ['scan.observables=["delta_a_mu"]', "axes.m_X.geomspace=[1,1e3,50]",
                 "axes.g_X.geomspace=[1e-5,1e-2,40]", "store.points_per_block=1"]
    store = Store.create(sys.argv[1], make_plan(load_scan("quick", overrides)))
    me, sizes = psutil.Process(), []

    def on_block(record):
        on_block.n += 1
        if on_block.n % 200 == 0:
            sizes.append(me.memory_info().rss / 2**20)

    on_block.n = 0
    logs = {"distributed.admin.log-length": 100, "distributed.admin.low-level-log-length": 100}  # Dask's own; full soon
    with dask.config.set(logs), cluster.connect("local", 2) as client:
        report = run(store, client, on_block=on_block)
    print(json.dumps([report.blocks, sizes]))
"""


def run_script(tmp_path, script):
    file = tmp_path / "script.py"
    file.write_text(script)
    command = [sys.executable, str(file), str(tmp_path / "scan.zarr")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_a_block_of_a_million_points_and_ten_observables(tmp_path):
    points, observables, before, peak = run_script(tmp_path, LARGE_BLOCK)
    assert (points, observables) == (2**20, 10)
    assert peak < 1024, f"{peak:.0f} MB, {before:.0f} MB of it before the block"


def test_the_driver_does_not_grow_with_the_number_of_blocks(tmp_path):
    """Not by 2.8 kB a block; a future that is kept takes 6 kB."""
    blocks, sizes = run_script(tmp_path, MANY_BLOCKS)
    assert blocks == 2000
    assert len(sizes) == 10
    assert sizes[-1] - sizes[0] < 1800 * 2.8e-3, f"resident MB every 200 blocks: {sizes}"
