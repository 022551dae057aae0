"""What the scanner adds to the physics: a block written against the same block evaluated, a run against its kernel."""

import itertools
import time

import pytest

import cluster
from scanner import Store, load_scan, make_plan, run

CHEAP = [
    'scan.observables=["gamma_X", "sigma_v_electrons_today", "cmb_ratio", "sigma_psi_electron"]',
    "axes.m_X.geomspace=[1,1e3,64]", "axes.g_X.geomspace=[1e-5,1e-2,64]",
    "axes.mass_ratio.linspace=[0.2,2,64]", "axes.q_psi.linspace=[0.1,2,8]",
]  # fmt: skip


@pytest.fixture
def store(tmp_path):
    numbers = itertools.count()
    return lambda *overrides: Store.create(
        tmp_path / f"{next(numbers)}.zarr", make_plan(load_scan("quick", [*CHEAP, *overrides]))
    )


def test_writing_a_block(benchmark, store):
    one = store("store.points_per_block=1048576")
    (family,) = one.families
    index = (0,) * len(family.dims)
    start = time.perf_counter()
    result = one.compute_block(family, index)
    evaluated = time.perf_counter() - start
    benchmark.pedantic(one.write_block, args=(family, index, result), rounds=5)
    values = result.status.size
    written = benchmark.stats.stats.min
    benchmark.extra_info.update(values_per_s=values / written)
    print(f"\n{values:,} values: evaluated in {evaluated:.2f} s, written in {written:.2f} s ({values / written:.3g}/s)")


def test_picture_of_ten_limits(benchmark, tmp_path):
    """CPU seconds of a map of 300 x 300 points with ten limits, written as a file."""
    import numpy as np
    import xarray as xr

    from physics import constraints
    from scanner.view.export import save
    from scanner.view.plot import plot_map

    names = [
        "n_eff_2026", "cmb", "borexino_joint", "charm2", "white_dwarf_present", "coherent_csi", "cenns10", "lz2024",
        "xenonnt2022", "na64e",
    ]  # fmt: skip
    m, g = np.geomspace(1, 500, 300), np.geomspace(1e-5, 1e-2, 300)
    ds = xr.Dataset(coords={"m_X": m, "g_X": g}, attrs={"title": "ten limits"})
    for n, name in enumerate(names):
        observable = constraints()[name].observable
        values = constraints()[name].upper * (g / (1e-4 * (1 + n) * m[:, None] ** (n / 10))) ** 2
        ds[observable] = (("m_X", "g_X"), values, {"ancillary_variables": f"{observable}_status"})
        ds[f"{observable}_status"] = (("m_X", "g_X"), np.ones((300, 300), "u1"))

    def draw():
        save(plot_map(ds, "m_X", "g_X", constrain=names), tmp_path / "ten_limits.png")

    draw()
    start = time.process_time()
    benchmark.pedantic(draw, rounds=3)
    print(f"\n{(time.process_time() - start) / 3:.2f} CPU s for a picture")


def test_a_small_block(benchmark, store):
    one = store("store.points_per_block=512")
    (family,) = one.families
    blocks = itertools.cycle(family.blocks())

    def block():
        index = next(blocks)
        one.write_block(family, index, one.compute_block(family, index))

    benchmark(block)
    print(
        f"\nfixed cost of a block of {len(family.observables)} observables: {benchmark.stats.stats.median * 1e3:.1f} ms"
    )


def test_a_run_against_its_kernel(benchmark, store):
    """Relic density on two workers, end to end, over the time that one core needs for the same values."""
    overrides = [
        'scan.observables=["relic_density", "x_freeze_out"]', "axes.m_X.geomspace=[2,500,20]",
        "axes.g_X.geomspace=[1e-4,1e-2,20]", "axes.mass_ratio.linspace=[0.3,1,20]", "axes.q_psi.linspace=[0.5,2,4]",
    ]  # fmt: skip
    one = store(*overrides)
    (family,) = one.families
    start = time.perf_counter()
    for index in family.blocks():
        one.compute_block(family, index)
    kernel = time.perf_counter() - start
    with cluster.connect("local", 2) as client:
        run(store(*overrides), client)  # compiles in the workers
        benchmark.pedantic(run, setup=lambda: ((store(*overrides), client), {}), rounds=2)
    seconds = benchmark.stats.stats.min
    benchmark.extra_info.update(kernel_core_seconds=kernel, efficiency=kernel / 2 / seconds)
    print(f"\n{family.points:,} points: kernel {kernel:.1f} core-s, run {seconds:.1f} s on 2 cores")
    print(f"efficiency {kernel / 2 / seconds:.0%}")
