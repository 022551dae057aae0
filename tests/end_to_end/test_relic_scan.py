"""A scan of the relic density where muons and taus count, from its blocks to `verify`, without workers."""

import pytest

from scanner import Store, load_scan, make_plan
from scanner.store.verify import verify

SCAN = """
[scan]
title = "relic density above the muon"
observables = ["relic_density", "x_freeze_out", "annihilation_integral"]
[axes]
m_X = { geomspace = [100, 1e4, 12] }
g_X = { geomspace = [2e-5, 1e-1, 40] }
mass_ratio = { linspace = [0.40, 0.47, 10] }
[fixed]
q_psi = 0.97
[store]
points_per_block = 2000
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relic")
    (folder / "scan.toml").write_text(SCAN)
    store = Store.create(folder / "scan.zarr", make_plan(load_scan(folder / "scan.toml")))
    for family in store.families:
        for index in family.blocks():
            store.write_block(family, index, store.compute_block(family, index))
    return store


def test_points_by_themselves_agree_with_blocks(store):
    found = verify(store, points=120, seed=1)
    assert found.ok, found.problems[:3]
    assert found.recomputed == 120 * 3
