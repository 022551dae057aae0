"""The preset relic-1e8, end to end, against its pure kernel on the same workers: `make bench-1e8`, about five minutes.

A folder and overrides may be given: `python tests/benchmarks/relic_1e8.py /scratch axes.q_psi.geomspace=[0.1,10,10]`.
CPU time is what counts where others use the machine; it leaves out how long the disk lets wait.
"""

import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import cluster
from scanner import Store, load_scan, make_plan, run
from scanner.execution.compute import open_store
from scanner.store.verify import verify


def compute(path, store_id, family_name, index):
    """A block, computed and dropped."""
    store = open_store(path, store_id)
    result = store.compute_block(store.family(family_name), index)
    return result.status.size


def peak_memory():
    """MB, of the process that answers."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu(client):
    """CPU seconds of all workers so far."""
    return sum(client.run(time.process_time).values())


def main(folder, overrides):
    scan = load_scan("relic-1e8", overrides)
    start = time.perf_counter()
    plan = make_plan(scan)
    print(f"plan: {plan.n_blocks} blocks, {plan.n_values:,} values, {time.perf_counter() - start:.1f} s")
    path = Path(folder) / "relic-1e8.zarr"
    shutil.rmtree(path, ignore_errors=True)
    store = Store.create(path, plan)
    (family,) = store.families
    with cluster.connect("local", 2) as client:
        blocks = list(family.blocks())
        arguments = str(store.path), store.id, family.name
        client.gather(
            [client.submit(compute, *arguments, blocks[0], workers=[w], pure=False) for w in client.nthreads()]
        )

        start, used = time.perf_counter(), cpu(client)
        values = sum(client.gather(client.map(lambda index: compute(*arguments, index), blocks, pure=False)))
        kernel, of_kernel = time.perf_counter() - start, cpu(client) - used
        print(
            f"kernel: {values:,} values in {kernel:.1f} s on 2 cores, {family.points / kernel / 2:,.0f} points/s/core; "
            f"CPU {of_kernel:.1f} s, {family.points / of_kernel:,.0f} points/s"
        )

        start, used = time.perf_counter(), cpu(client)
        report = run(store, client)
        whole, of_run = time.perf_counter() - start, cpu(client) - used
        print(
            f"run: {report.points:,} points in {whole:.1f} s, {report.points / whole / 2:,.0f} points/s/core; "
            f"CPU {of_run:.1f} s, {report.points / of_run:,.0f} points/s"
        )
        print(f"run / kernel: {whole / kernel:.2f}, CPU {of_run / of_kernel:.2f}")
        print(f"on top of the kernel: CPU {(of_run - of_kernel) / values * 1e9:.1f} ns per value")
        memory = client.run(peak_memory)
        print("peak memory of the workers: " + ", ".join(f"{m:.0f} MB" for m in memory.values()))
    size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
    print(f"store: {size / 1e9:.2f} GB")
    start = time.perf_counter()
    found = verify(Store(path), points=200, seed=1)
    print(f"verify: {'ok' if found.ok else found.problems[:3]}, {time.perf_counter() - start:.0f} s")
    assert found.ok
    assert report.points == family.points


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1], sys.argv[2:])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(folder, [])
