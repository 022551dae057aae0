"""How quick the page of a large store is: `make bench-explore`, a minute; needs Chromium and Playwright.

`python tests/benchmarks/explore.py [POINTS] [FOLDER]`: a store of so many points (1e8) with smooth numbers in place of
the physics, of which only the blocks are written that the views cross. Prints how long the first picture takes, a step
of a slider, the table of a point: with the server of lmutau explore, and as a folder on a server of files.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from browsing import CHROMIUM, explored, plain_server

from physics import Status
from scanner import Store, load_scan, make_plan
from scanner.execution.block import BlockResult
from scanner.explore.description import description
from scanner.explore.page import page
from scanner.explore.sources import Folder
from scanner.scan.grid import outer

SCAN = """
[scan]
title = "{points:.0e} points"
observables = ["relic_density", "cmb_ratio", "delta_a_mu", "white_dwarf_energy_loss", "n_eff"]

[axes]
m_X = {{ geomspace = [2, 500, {n}] }}
g_X = {{ geomspace = [1e-5, 1e-2, {n}] }}
mass_ratio = {{ linspace = [0.51, 2, {n}] }}
q_psi = {{ geomspace = [0.1, 5, {n}] }}

[store]
fsync = false

[plot]
x = "m_X"
y = "g_X"
observable = "relic_density"
constraints = ["g2_WP2025", "n_eff_2026", "relic_density", "cmb", "white_dwarf_present"]
"""
STEPS = 8  # of a slider, to each side of the middle


def filled(folder, points):
    """A store with numbers wherever the page will look."""
    n = round(points**0.25)
    scan_file = folder / "large.toml"
    scan_file.write_text(SCAN.format(points=points, n=n))
    store = Store.create(folder / "large.zarr", make_plan(load_scan(scan_file)))
    middle = n >> 1
    for family in store.families:
        for index in family.blocks():
            region = dict(zip(family.dims, family.region(index), strict=True))
            held = (region[d] for d in ("mass_ratio", "q_psi") if d in region)
            if all(s.start <= middle + STEPS and s.stop > middle - STEPS for s in held):
                store.write_block(family, index, smooth(store, family, region))
    path = store.path / "zarr.json"  # what is absent is not looked at: as if it were complete
    metadata = Folder(store.path).metadata()
    metadata["attributes"]["state"] = "complete"
    path.write_text(json.dumps(metadata))
    return store.path


def smooth(store, family, region):
    """Numbers that vary over many decades, noisy in their last bits as computed ones are, with a hole."""
    axes = outer({d: np.log(store.grid.axes[d].values[s]) for d, s in region.items()})
    total = sum((1 + i) * a for i, a in enumerate(axes.values()))
    values = np.exp(total / 3) * (1 + 1e-13 * np.random.default_rng(1).standard_normal(np.shape(total)))
    status = np.where((axes["m_X"] < 1.2) & (axes["g_X"] < -10), Status.NO_SOLUTION, Status.OK) * np.ones_like(values)
    values = np.where(status == Status.OK, values, np.nan)
    return BlockResult(
        dict.fromkeys(family.observables, values), np.array([status] * len(family.observables), np.uint8)
    )


SLIDE = """async ([axis, step]) => {
    const slider = document.getElementById(`at-${axis}`), begun = performance.now(), turn = lmutau.turn;
    slider.value = Number(slider.value) + step;
    slider.dispatchEvent(new Event("input"));
    while (!(lmutau.drawn.turn > turn)) await new Promise(done => setTimeout(done, 0));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - begun;
}"""


def measured(browser, address):
    tab = browser.new_page(viewport={"width": 1500, "height": 900}, bypass_csp=True)
    begun = time.perf_counter()
    tab.goto(address)
    tab.wait_for_function("window.lmutau?.drawn || !document.getElementById('error').hidden", polling=10)
    first = time.perf_counter() - begun
    assert tab.locator("#error").is_hidden(), tab.inner_text("#error")
    times = []
    for axis in ("q_psi", "mass_ratio"):
        times += [tab.evaluate(SLIDE, [axis, step]) for step in [-1] * STEPS + [1] * (2 * STEPS - 1)]
    tab.locator("#picture").click(position={"x": 500, "y": 300})
    tab.wait_for_function("lmutau.told", polling=10)
    table = tab.evaluate("lmutau.told.milliseconds")
    tab.close()
    return first, times, table


def main(points, folder):
    from playwright.sync_api import sync_playwright  # of the extra browser: not there where the tests are collected

    begun = time.perf_counter()
    path = filled(Path(folder), points)
    size = sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    print(f"{points:.0e} points: {size / 1e9:.2f} GB written in {time.perf_counter() - begun:.0f} s")
    (Path(folder) / "index.html").write_text(
        page(description(Folder(path).metadata()["attributes"], "", "large.zarr/"))
    )
    with sync_playwright() as driver, explored(path) as ours, plain_server(folder) as files:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, address in (("lmutau explore", ours), ("lmutau explore", ours), ("a server of files", files)):
            first, times, table = measured(browser, address)
            p90 = sorted(times)[int(0.9 * len(times))]
            print(
                f"{name}: first picture {first:.2f} s; slider median {statistics.median(times):.0f} ms, 90 % {p90:.0f} "
                f"ms, longest {max(times):.0f} ms; table of a point {table:.0f} ms"
            )
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as scratch:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 1e8, scratch)
