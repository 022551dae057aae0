"""Levels with holes: stores of which the blocks along a contour are computed."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physics
from physics import Status
from scanner import Store, StoreError, levels_of, refine, save_slice, slice_levels
from scanner.growth import levels
from scanner.store.here import compute
from scanner.store.verify import verify

CUBE = [
    'scan.observables=["relic_density", "delta_a_mu"]', "axes.m_X.geomspace=[10,40,3]", "store.points_per_block=1000",
    "axes.g_X.geomspace=[1e-4,1e-3,5]", "axes.mass_ratio.values=[0.4, 0.49, 0.51, 0.6, 0.8]",
]  # fmt: skip
AROUND = {"relic_density": 0.12}


@pytest.fixture
def cube(made):
    return made("a.zarr", *CUBE)


@pytest.fixture
def tree(tmp_path, cube, monkeypatch):
    monkeypatch.setattr(levels, "POINTS_PER_BLOCK", 27)
    refine(cube, tmp_path / "tree.zarr", AROUND, levels=2)
    return tmp_path / "tree.zarr"


def test_the_contour_is_computed_and_not_all(tree):
    """Every cell of the finest grid through which the contour passes has all its corners, and nothing is off."""
    finest = levels_of(tree)[-1]
    (family,) = [f for f in finest.families if "relic_density" in f.observables]
    assert len(finest.blocks(family)) < 0.8 * family.n_blocks
    m, g, r = (finest.grid.axes[d].values for d in ("m_X", "g_X", "mass_ratio"))
    truth = physics.evaluate("relic_density", m_X=m[:, None, None], g_X=g[:, None], mass_ratio=r, q_psi=1.0)
    values = np.asarray(finest.array("relic_density")[...])[..., 0]
    status = np.asarray(finest.array("relic_density_status")[...])[..., 0]
    done = status == Status.OK
    assert values[done].tobytes() == truth[done].tobytes()
    above = truth > 0.12
    for axis in range(3):
        ends = [np.take(a, range(i, a.shape[axis] - 1 + i), axis) for a in (above, done) for i in (0, 1)]
        through = ends[0] != ends[1]
        assert through.any()
        assert (ends[2] & ends[3])[through].all()


def test_every_level_is_a_store(tree, cube, same):
    coarse, *finer = levels_of(tree)
    assert same(coarse, cube)
    for store in (coarse, *finer):
        assert verify(store.path, points=20, seed=2).ok
        assert Status.NOT_COMPUTED not in {s for f in store.families for s in store.counts(f)}
        assert store.attribute("state") == "complete"
    family = finer[-1].families[0]
    index = finer[-1].blocks(family)[0]
    finer[-1].forget(family, index)
    assert list(Store(finer[-1].path).pending()) == [(family, index)]
    compute(finer[-1].path)
    assert verify(finer[-1].path, points=5).ok


def test_others_read_it(tree):
    with xr.open_datatree(tree, engine="zarr") as found:
        assert {"level_0", "level_1", "level_2"} == set(found.children)
        assert found["level_2"].relic_density.sizes["m_X"] == 9
        assert found["level_2/relic_density_status"].attrs["flag_meanings"].startswith("not_computed")
    with xr.open_zarr(tree, group="level_1") as ds:
        assert ds.relic_density.shape == (5, 9, 9, 1)
    with pytest.raises(StoreError, match=r"a folder of levels, each a store: name one, such as .*level_1"):
        Store(tree)


def test_slices_take_the_finest_level(tree, tmp_path):
    stores = levels_of(tree)
    at = {"g_X": float(stores[-1].grid.axes["g_X"].values[3])}  # of the finest level alone
    plane = slice_levels(tree, "relic_density", "m_X", "mass_ratio", at)
    assert set(np.unique(plane.level)) <= {-1, 2}
    at = {"g_X": 1e-3}
    plane = slice_levels(tree, "relic_density", "m_X", "mass_ratio", at)
    assert {-1, 2} < set(np.unique(plane.level)), "some are of a coarser one"
    truth = physics.evaluate(
        "relic_density", m_X=plane.m_X.values, g_X=1e-3, mass_ratio=plane.mass_ratio.values[:, None], q_psi=1.0
    )
    there = plane.level.values >= 0
    assert plane.relic_density.values[there].tobytes() == truth[there].tobytes()
    assert np.isnan(plane.relic_density.values[~there]).all(), "nothing is interpolated"
    table = pd.read_csv(save_slice(tree, tmp_path / "a.csv", at, observables=["relic_density"]), comment="#")
    expected = plane.level.transpose("m_X", "mass_ratio").values.ravel()
    assert table.relic_density_level.tolist() == expected.tolist()
    assert ((table.relic_density_status == 0) == (table.relic_density_level == -1)).all()


def test_an_interruption_loses_nothing(tmp_path, cube, same, monkeypatch):
    monkeypatch.setattr(levels, "POINTS_PER_BLOCK", 27)
    seen = []

    def dies(store):
        seen.append(store.path.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        compute(store)

    with pytest.raises(KeyboardInterrupt):
        refine(cube, tmp_path / "tree.zarr", AROUND, levels=2, compute=dies)
    with pytest.raises(StoreError, match="left by another refinement"):
        refine(cube, tmp_path / "tree.zarr", {"relic_density": 0.5}, levels=2)
    refine(cube, tmp_path / "tree.zarr", AROUND, levels=2, compute=lambda s: (seen.append(s.path.name), compute(s)))
    assert seen == ["level_1", "level_2", "level_1", "level_2"]
    assert all(verify(store.path, points=10).ok for store in levels_of(tmp_path / "tree.zarr"))
    assert same(levels_of(tmp_path / "tree.zarr")[0], cube)


def test_what_is_refused(tmp_path, cube, made):
    with pytest.raises(StoreError, match="no folder of levels"):
        levels_of(cube.path)
    with pytest.raises(StoreError, match="passes nowhere"):
        refine(cube, tmp_path / "tree.zarr", {"relic_density": 1e30}, levels=1)
    with pytest.raises(StoreError, match="not complete; finish it: lmutau run"):
        refine(made("b.zarr", *CUBE, done=False), tmp_path / "other.zarr", AROUND)
