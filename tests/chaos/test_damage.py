"""No fault of a file stays unseen: the short form of the campaign, with a fixed seed."""

from collections import Counter

import numpy as np
import pytest
from damage import KINDS, campaign, flip_a_bit, table, truncate

from scanner import Store, load_scan, make_plan
from scanner.store.here import compute
from scanner.store.verify import verify

SCAN = """
[scan]
title = "to be damaged"
observables = ["delta_a_mu", "n_eff_entropy", "a_mu_pull"]

[axes]
m_X = { values = [5, 23, 100, 2e4] }
g_X = { geomspace = [1e-5, 1e-2, 5] }
mass_ratio = { values = [0.35, 0.501, 0.6] }
a_mu_dataset = { values = ["FNAL2021", "WP2025"] }

[store]
points_per_block = 8
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A finished store with a line in its log for every block."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / "scan.toml").write_text(SCAN)
    store = Store.create(folder / "scan.zarr", make_plan(load_scan(folder / "scan.toml")))
    compute(store.path, list(store.pending()))
    return store.path


@pytest.mark.parametrize(("damage", "number"), [(flip_a_bit, 60), (truncate, 24)])
def test_every_fault_is_found(path, damage, number):
    outcomes = list(campaign(path, damage, number, np.random.default_rng(20)))
    assert {o.kind for o in outcomes} == set(KINDS)
    assert Counter(o.result for o in outcomes) == {"found": number}, table(outcomes)
    assert verify(path, points=5).ok, "the faults were undone"
