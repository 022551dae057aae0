"""Scans of a few points, computed in this process."""

import numpy as np
import pytest

from scanner import Store, load_scan, make_plan

SMALL = [
    'scan.observables=["delta_a_mu", "relic_density", "n_eff_entropy", "sigma_monophoton"]',
    "axes.m_X.values=[5, 23, 100, 2e4]", "axes.g_X.geomspace=[1e-4, 1e-2, 3]",
    "axes.mass_ratio.values=[0.35, 0.501, 0.6]", "axes.q_psi.values=[1]", "store.fsync=false",
    "store.points_per_block=20", "plot={x='m_X', y='g_X'}",
]  # fmt: skip


@pytest.fixture
def made(tmp_path, compute):
    """Make the store of a scan; computed, unless told otherwise."""

    def make(name, *overrides, done=True):
        store = Store.create(tmp_path / name, make_plan(load_scan("quick", [*SMALL, *overrides])))
        return compute(store) if done else store

    return make


def content(store):
    """All values and statuses, as bytes."""
    names = [n for family in store.families for o in family.observables for n in (o, f"{o}_status")]
    return {name: np.asarray(store.array(name)[...]).tobytes() for name in names}


@pytest.fixture
def same():
    """Whether two stores hold the same, bit by bit."""

    def compare(one, other):
        mine, theirs = content(Store(one.path)), content(Store(other.path))
        assert mine.keys() == theirs.keys()
        return all(mine[name] == theirs[name] for name in mine)

    return compare
