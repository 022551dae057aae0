"""Families and blocks: nothing twice, nothing left out, no file shared by two tasks."""

import json
import math
import os
import subprocess
import sys
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import physics
from scanner import ScanError, load_scan, make_plan
from scanner.scan.config import preset_names
from scanner.scan.grid import Grid
from scanner.scan.plan import (
    CHUNK_POINTS,
    MAX_POINTS_PER_BLOCK,
    MIN_POINTS_PER_BLOCK,
    _at_most,
    _cut,
    identity,
)


def test_observables_with_the_same_axes_form_a_family(plan):
    dims = {f.observables: f.dims for f in plan.families}
    assert dims == {
        ("delta_a_mu", "sigma_monophoton"): ("m_X", "g_X"),
        ("n_eff_entropy",): ("m_X", "mass_ratio"),
        ("relic_density", "cmb_ratio"): ("m_X", "g_X", "mass_ratio"),
        ("a_mu_pull",): ("m_X", "g_X", "a_mu_dataset"),
    }


def test_an_axis_nothing_depends_on_multiplies_nothing():
    plan = make_plan(load_scan("quick"))
    assert "metallicity" in plan.grid.dims
    assert not any("metallicity" in f.dims for f in plan.families)
    without = plan.n_values
    assert without == sum(len(f.observables) * math.prod(f.shape) for f in plan.families)
    assert 7e5 < without < 2e6


@settings(max_examples=200, deadline=None)
@given(shape=st.lists(st.integers(1, 60), min_size=1, max_size=5), points=st.integers(1, 3_000_000))
def test_blocks_cover_the_grid_exactly_and_own_whole_files(shape, points):
    names = ("m_X", "g_X", "mass_ratio", "q_psi", "n_nu")[: len(shape)]
    grid = Grid.of(**{n: np.arange(1, k + 1) for n, k in zip(names, shape, strict=True)})
    family = _cut(grid, "f", names, ("delta_a_mu",), _at_most(points))
    assume(family.n_blocks < 3000)
    assert all(b % c == 0 for b, c in zip(family.block, family.chunk, strict=True))
    sides = [set() for _ in shape]
    count = 0
    for index in family.blocks():
        count += 1
        for axis, s in enumerate(family.region(index)):
            assert 0 <= s.start < s.stop <= shape[axis]
            assert s.start % family.chunk[axis] == 0, "two blocks would share a chunk"
            sides[axis].add((s.start, s.stop))
    assert count == family.n_blocks == math.prod(len(s) for s in sides)
    for axis, cuts in enumerate(sides):
        ordered = sorted(cuts)
        assert ordered[0][0] == 0
        assert ordered[-1][1] == shape[axis]
        assert all(a[1] == b[0] for a, b in pairwise(ordered))
    assert math.prod(family.block) <= max(points, 1) * 1.5 ** len(shape)


def test_large_blocks_have_readable_chunks():
    grid = Grid.of(m_X=np.arange(1, 301), g_X=np.arange(300), mass_ratio=np.arange(1, 101), q_psi=np.arange(11))
    family = _cut(grid, "f", grid.dims, ("relic_density",), _at_most(MAX_POINTS_PER_BLOCK))
    assert CHUNK_POINTS < math.prod(family.block) < 1.6 * MAX_POINTS_PER_BLOCK
    assert CHUNK_POINTS / 3 < math.prod(family.chunk) <= CHUNK_POINTS, "files that are few, and small enough to slice"
    assert max(family.chunk) / min(family.chunk) < 4, "every projection should be cheap"
    assert sum(math.prod(s.stop - s.start for s in family.region(i)) for i in family.blocks()) == family.points


def test_a_scan_without_axes(scan_file):
    text = scan_file.read_text()
    scan_file.write_text(
        text[: text.index("[axes]")].replace('"relic_density", ', "")
        + "[axes]\n[fixed]\nm_X=1\ng_X=1\nmass_ratio=1\nq_psi=1"
    )
    (family,) = make_plan(load_scan(scan_file)).families
    assert (family.dims, family.name, family.n_blocks, family.points) == ((), "constants", 1, 1)


def test_identity_ignores_how_blocks_are_cut(scan_file, plan):
    other = make_plan(load_scan(scan_file, ["store.points_per_block=3"]))
    assert identity(other.scan) == identity(plan.scan)
    assert other.n_blocks > plan.n_blocks


@pytest.mark.parametrize(
    "override",
    [
        "axes.m_X.values=[5, 23, 100, 2.000000000001e4]",
        "fixed.n_nu=3.0",
        'scan.observables=["delta_a_mu"]',
        "fixed.q_psi=2",
    ],
)
def test_identity_sees_what_changes_values(scan_file, plan, override):
    assert identity(load_scan(scan_file, [override])) != identity(plan.scan)


def test_on_the_relic_line_families_have_the_axes_of_the_line(bound_file):
    plan = make_plan(load_scan(bound_file))
    assert {f.dims: f.observables for f in plan.families} == {
        ("m_X", "g_X"): (
            "relic_density",
            "positron_production_511",
            "n_eff_entropy",
            "delta_a_mu",
            "mass_ratio_relic_above",
        )
    }
    assert plan.fixed == {"q_psi": 1}
    assert plan.held["mass_ratio"].observable == plan.bound["mass_ratio"]


def test_identity_sees_bindings(bound_file):
    above = identity(load_scan(bound_file))
    below = identity(load_scan(bound_file, ['bound.mass_ratio="mass_ratio_relic_below"']))
    assert above["bound mass_ratio"] == "mass_ratio_relic_above"
    assert {k for k in above if above[k] != below[k]} == {"bound mass_ratio"}


def test_too_many_blocks_are_refused():
    with pytest.raises(ScanError, match="blocks are more than"):
        make_plan(load_scan("quick", ["store.points_per_block=1", "axes.m_X.geomspace=[1,2,500]"]))


def test_every_block_is_planned_once(plan):
    for family in plan.families:
        assert sorted(family.blocks()) == sorted(product(*(range(n) for n in family.blocks_along)))


FAMILIES = """
import json, sys
from scanner import load_scan, make_plan
from scanner.scan.config import preset_names
cuts = {name: [vars(f) for f in make_plan(load_scan(name)).families] for name in preset_names()}
print(json.dumps(cuts, sort_keys=True))
"""


def test_the_same_scan_gives_the_same_blocks_whatever_else_runs():
    """Three processes at once, on a machine that is busy with something else."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        environments = [os.environ | {"PYTHONHASHSEED": str(seed)} for seed in range(3)]
        command = [sys.executable, "-c", FAMILIES]
        plans = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=e) for e in environments]
        first, *others = [p.communicate(timeout=120)[0] for p in plans]
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert json.loads(first)
    assert others == [first, first]


@pytest.mark.parametrize("name", preset_names())
def test_blocks_of_the_presets_are_sensible(name):
    plan = make_plan(load_scan(name))
    assert 1 <= plan.n_blocks < 1000
    for family in plan.families:
        assert math.prod(family.block) <= 1.6 * MAX_POINTS_PER_BLOCK
        assert family.n_blocks == 1 or math.prod(family.block) >= 0.2 * MIN_POINTS_PER_BLOCK


def test_blocks_of_many_points_are_as_large_as_they_may_be():
    (family,) = make_plan(load_scan("relic-1e8")).families
    assert 0.4 * MAX_POINTS_PER_BLOCK < math.prod(family.block) <= MAX_POINTS_PER_BLOCK
    assert math.prod(family.chunk) <= CHUNK_POINTS


SLOW = """
@observable(unit="1", label="s", reference="mine", seconds=SECONDS)
def slow(m_X, g_X):
    return m_X * g_X
"""

SLOW_SCAN = """
[scan]
title = "slow"
observables = ["slow"]
[axes]
m_X = { linspace = [1, 2, 500] }
g_X = { linspace = [1, 2, 500] }
"""


@pytest.mark.parametrize(
    ("seconds", "points", "why"),
    [
        (1e-2, 2000, "seconds_per_block"),
        (1e-4, 4096, "25 s in 64 blocks are fewer points than a block should have"),
        (1e-3, 4096, "as well: 4 s"),
        (8e-6, 62_500, "MIN_SECONDS_PER_BLOCK"),
        (1.1e-7, 62_500, "LARGEST_SHARE"),
    ],
)
def test_declared_seconds_decide_the_size_of_a_block(add_plugin, tmp_path, seconds, points, why):
    add_plugin(SLOW.replace("SECONDS", str(seconds)))
    path = tmp_path / "slow.toml"
    path.write_text(SLOW_SCAN)
    (family,) = make_plan(load_scan(path)).families
    assert 0.8 * points <= math.prod(family.block) <= points, why


def test_what_workers_cannot_have_is_refused(registry, tmp_path):
    """A function of a notebook, or of this test: neither of the package nor of a plugin."""

    @physics.intermediate
    def notebook_table(m_X):
        return m_X

    @physics.observable(unit="1", label="x", reference="Drees & Zhao 2021, eq. (1)")
    def in_a_notebook(notebook_table):
        return notebook_table

    path = tmp_path / "n.toml"
    path.write_text('[scan]\ntitle="n"\nobservables=["in_a_notebook"]\n[axes]\nm_X={ linspace=[1,9,9] }')
    with pytest.raises(ScanError, match=r"workers cannot have in_a_notebook.*notebook_table.*--plugin mine\.py"):
        make_plan(load_scan(path))


def test_plugins_are_part_of_the_identity(add_plugin, scan_file):
    without = identity(load_scan(scan_file))
    add_plugin(SLOW.replace("SECONDS", "1"))
    with_plugin = identity(load_scan(scan_file))
    assert {k for k in with_plugin if with_plugin[k] != without.get(k)} == {"plugin mine.py", "physics code"}
