"""Stores made of stores: every point as a run of the whole would have it, and nothing computed twice."""

import json
import shutil

import numpy as np
import pytest
import xarray as xr

import scanner.store.store
from physics import Status
from scanner import ScanError, SelectionError, Store, StoreError, extend, merge, subset
from scanner.errors import PlanMismatchError, ScanFileError
from scanner.growth.selection import selected
from scanner.growth.stores import widened
from scanner.store.here import compute
from scanner.store.layout import mark_name
from scanner.store.verify import verify

LARGER = [
    "axes.m_X.values=[5, 10, 23, 100, 2e4]",
    "axes.mass_ratio.values=[0.35, 0.45, 0.501, 0.6]",
    "axes.q_psi.values=[1, 2]",
    'scan.observables=["relic_density", "cmb_ratio", "delta_a_mu", "n_eff_entropy", "sigma_monophoton"]',
    "store.points_per_block=20",
]

RELIC = 'scan.observables=["relic_density"]'


@pytest.fixture
def points_computed(monkeypatch):
    """How many values are evaluated from now on."""
    counted = []

    def counting(names, coordinates, held):
        counted.append(len(names) * int(np.prod([v.size for v in coordinates.values()])))
        return evaluate(names, coordinates, held)

    evaluate = scanner.execution.block.evaluate_block
    for module in (scanner.execution.block, scanner.store.store):
        monkeypatch.setattr(module, "evaluate_block", counting)
    return counted


# --- extend -----------------------------------------------------------------------------------------------------------


def test_extended_is_what_a_run_gives_and_only_the_new_is_computed(tmp_path, made, same, points_computed):
    small = made("small.zarr")
    before = {file: file.read_bytes() for file in small.path.rglob("*") if file.is_file()}
    points_computed.clear()
    grown = extend(small, tmp_path / "large.zarr", LARGER)
    assert not points_computed
    assert grown.values - grown.copied > 0
    assert grown.copied == sum(f.points * len(f.observables) for f in small.families)
    compute(grown.store)
    assert sum(points_computed) == grown.values - grown.copied
    fresh = made("fresh.zarr", *LARGER)
    assert same(grown.store, fresh)
    assert verify(grown.store.path, points=20, seed=1).ok
    assert {file: file.read_bytes() for file in small.path.rglob("*") if file.is_file()} == before
    marks = [file for file in grown.store.path.glob("copied/*/c/**/*") if file.is_file()]
    assert not marks, "they go when their blocks are complete"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["axes.q_psi.values=[1]"], ["axes.q_psi.values=[1, 2]"]),  # more values
        (["fixed.q_psi=2"], ["axes.q_psi.values=[1, 2]"]),  # a new axis, from a fixed parameter
        ([], ['axes.kinetic_mixing.values=["photon", "hypercharge"]']),  # from a default
        (["axes.q_psi.values=[1, 2]"], ["fixed.q_psi=2"]),  # an axis less
        ([], ["store.points_per_block=1000"]),  # other blocks
        (["store.relative_error=1e-3"], ["store.points_per_block=1000", "axes.q_psi.values=[1, 2]"]),  # rounded once
    ],
)
def test_axes_come_and_go(tmp_path, made, same, before, after):
    small = made("small.zarr", *before)
    grown = extend(small, tmp_path / "large.zarr", after)
    assert grown.copied > 0
    compute(grown.store)
    assert same(grown.store, made("fresh.zarr", *before, *after))
    assert verify(grown.store.path, points=5).ok


def test_what_a_choice_does_not_need_may_be_anything(tmp_path, made, same):
    """The relic density by freeze-out does not depend on the tables that only other methods read."""
    first = ['axes.relic_method.values=["freeze-out"]', RELIC, "axes.g_X.values=[1e-3]", "axes.mass_ratio.values=[0.6]"]
    more = ['axes.relic_method.values=["freeze-out", "boltzmann"]', "axes.m_X.values=[5, 23]"]
    small = made("small.zarr", *first)
    grown = extend(small, tmp_path / "large.zarr", more)
    compute(grown.store)
    assert grown.copied == 2
    assert same(grown.store, made("fresh.zarr", *first, *more))


def test_of_a_store_that_is_not_complete(tmp_path, made, same, compute):
    small = made("small.zarr", done=False)
    for family, index in list(small.pending())[::2]:
        small.write_block(family, index, small.compute_block(family, index))
    grown = extend(small, tmp_path / "large.zarr", LARGER)
    assert 0 < grown.copied < sum(f.points * len(f.observables) for f in small.families)
    assert same(compute(grown.store), made("fresh.zarr", *LARGER))


def test_statuses_are_copied_but_for_blocks_that_failed(tmp_path, made):
    small = made("small.zarr", 'scan.observables=["sigma_monophoton", "delta_a_mu"]', "store.points_per_block=6")
    (family,) = small.families
    first, second = list(family.blocks())[:2]
    small.forget(family, first)
    for chunk in family.chunks_of(first):
        for name in family.observables:
            small.path.joinpath(name, "c", *map(str, chunk)).unlink()
    small.fail_block(family, first)
    status = small.read_status(family, second)
    status[0].flat[0] = Status.ERROR
    values = {n: np.array(small.array(n)[family.region(second)]) for n in family.observables}
    values["sigma_monophoton"].flat[0] = np.nan
    small._write_values(family, second, type(small.compute_block(family, second))(values, status))
    small._write_status(family, second, status)
    grown = extend(small, tmp_path / "large.zarr", ["store.points_per_block=1000"])
    known = grown.store.copied(*next(grown.store.pending()))
    assert (known.status[(slice(None), *family.region(first))] == Status.NOT_COMPUTED).all()
    assert (known.status == Status.ERROR).sum() == 1
    assert (known.status == Status.OUTSIDE_DOMAIN).any()


def test_a_damaged_mark_is_found_and_its_block_computed_whole(tmp_path, made, same):
    grown = extend(made("small.zarr"), tmp_path / "large.zarr", LARGER).store
    marks = [file for file in (grown.path / mark_name("relic_density") / "c").rglob("*") if file.is_file()]
    content = bytearray(marks[0].read_bytes())
    content[-7] ^= 1
    marks[0].write_bytes(bytes(content))
    assert ["copied points are damaged" in str(p) for p in verify(grown.path).problems] == [True]
    compute(grown)
    assert same(grown, made("fresh.zarr", *LARGER))


def test_values_that_were_removed_are_computed(tmp_path, made, same):
    grown = extend(made("small.zarr"), tmp_path / "large.zarr", LARGER).store
    shutil.rmtree(grown.path / "relic_density" / "c")
    compute(grown)
    assert same(grown, made("fresh.zarr", *LARGER))


def test_an_interrupted_copy_goes_on(tmp_path, made, same, monkeypatch):
    small, written = made("small.zarr"), []
    write = Store.write_copied

    def once_more(self, family, index, known):
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(index)
        write(self, family, index, known)

    monkeypatch.setattr(Store, "write_copied", once_more)
    with pytest.raises(KeyboardInterrupt):
        extend(small, tmp_path / "large.zarr", LARGER)
    assert not (tmp_path / "large.zarr").exists()
    with pytest.raises(StoreError, match=r"large\.zarr\.partial: left by a copy of something else"):
        extend(small, tmp_path / "large.zarr", LARGER[:1])
    monkeypatch.setattr(Store, "write_copied", lambda *a: (written.append(a[2]), write(*a)))
    grown = extend(small, tmp_path / "large.zarr", LARGER)
    touched = sum(1 for f in grown.store.families for i in f.blocks() if grown.store.has_marks(f, i)) + sum(
        len(grown.store.committed(f)) for f in grown.store.families
    )
    assert len(written) == touched, "no block is copied twice"
    compute(grown.store)
    assert same(grown.store, made("fresh.zarr", *LARGER))
    assert not list(tmp_path.glob("*.partial*"))


def test_where_it_came_from_is_recorded(tmp_path, made):
    small = made("small.zarr")
    grown = extend(small, tmp_path / "large.zarr", LARGER).store
    (record,) = [json.loads(r["grown"]) for r in grown.history if "grown" in r]
    assert record["how"] == "extend"
    assert record["sources"][0]["id"] == small.id
    assert record["sources"][0]["history_of_code"][0]["versions"] == small.made_with["versions"]
    with xr.open_zarr(grown.path, consolidated=False) as ds:  # the marks are a group: others do not see them
        assert set(ds.data_vars) == {n for f in grown.families for n in f.observables}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["axes.q_psi.values=[3]", RELIC], "nothing can be copied: .*its axes share no point"),
        (["fixed.perturbativity_limit=1.0", RELIC], "perturbativity_limit = 12.56.* there, and 1.0 here"),
        (
            ['bound.mass_ratio="mass_ratio_relic_above"', RELIC],
            "mass_ratio is not bound there, and bound to mass_ratio_relic",
        ),
        (['scan.readings="paper:drees-zhao-2021"'], "follows the readings 2026, and the new scan paper:drees"),
        (['scan.observables=["cmb_ratio"]'], "it has no cmb_ratio"),
        (["axes.m_X.values=[-1]"], "m_X > 0"),
        (["store.relative_error=1e-3"], "relative_error is None there, and 0.001 here"),
    ],
)
def test_extensions_that_are_refused(tmp_path, made, changes, message):
    with pytest.raises(ScanError, match=message):
        extend(made("small.zarr"), tmp_path / "large.zarr", changes)
    assert not list(tmp_path.glob("large*"))


def test_other_physics_is_refused(tmp_path, made, monkeypatch):
    small = made("small.zarr")
    (tmp_path / "there.zarr").mkdir()
    with pytest.raises(StoreError, match="exists already"):
        extend(small, tmp_path / "there.zarr", LARGER)
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    with pytest.raises(PlanMismatchError, match=r"physics code: .* there, f{16} in here"):
        extend(small, tmp_path / "large.zarr", LARGER)
    part = subset(small, tmp_path / "part.zarr", {"m_X": 23}).store
    assert part.identity["physics code"] == small.identity["physics code"], "it was not computed here"


def test_widened(made, tmp_path):
    small = made("small.zarr")
    overrides = widened(small, {"m_X": {"values": [10, 23]}, "g_X": [{"linspace": [1e-3, 2e-3, 2]}]})
    grown = extend(small, tmp_path / "large.zarr", overrides).store
    assert grown.grid.axes["m_X"].values.tolist() == [5, 10, 23, 100, 2e4]
    assert len(grown.grid.axes["g_X"]) == 4
    with pytest.raises(ScanFileError, match=r"g_Y is no axis of the store; did you mean g_X"):
        widened(small, {"g_Y": {"values": [1]}})


# --- subset and merge -------------------------------------------------------------------------------------------------


def test_subset_is_a_store(tmp_path, made, same):
    store = made("small.zarr")
    part = subset(store, tmp_path / "part.zarr", {"m_X": slice(10, None), "mass_ratio": [0.6, 0.35], "g_X": 1e-3})
    assert part.pending == 0
    assert part.store.attribute("state") == "complete"
    axes = ["axes.m_X.values=[23, 100, 2e4]", "axes.g_X.values=[1e-3]", "axes.mass_ratio.values=[0.35,0.6]"]
    assert same(part.store, made("fresh.zarr", *axes))
    assert verify(part.store.path, points=20).ok
    assert part.store.made_with["versions"] == store.made_with["versions"]
    some = subset(store, tmp_path / "some.zarr", {"g_X": 9e-4}, observables=["n_eff_entropy"], nearest=True).store
    assert [f.observables for f in some.families] == [("n_eff_entropy",)]
    assert some.grid.axes["g_X"].values.tolist() == [1e-3]


def test_subset_by_names(tmp_path, store):
    part = subset(store, tmp_path / "part.zarr", {"metallicity": "AGSS09", "a_mu_dataset": ["WP2025"]}).store
    ds, whole = part.dataset(), store.dataset()
    assert ds.metallicity.values.tolist() == ["AGSS09"]
    assert int(ds.metallicity_code[0]) == 0
    np.testing.assert_array_equal(ds.a_mu_pull[..., 0], whole.a_mu_pull.sel(a_mu_dataset="WP2025"))
    assert verify(part.path, points=10).ok


@pytest.mark.parametrize(
    ("sel", "options", "message"),
    [
        ({"m_X": 24}, {}, "m_X has no value 24; it has 5.0, 23.0"),
        ({"m_Y": 24}, {}, "no axis 'm_Y'; did you mean m_X"),
        ({"m_X": slice(6, 7)}, {}, "m_X has no value from 6 to 7"),
        ({"m_X": float("nan")}, {"nearest": True}, "nan is not a finite number"),
        ({}, {"observables": ["relic_densty"]}, "did you mean relic_density"),
    ],
)
def test_subsets_that_are_refused(tmp_path, made, sel, options, message):
    with pytest.raises(SelectionError, match=message):
        subset(made("small.zarr"), tmp_path / "part.zarr", sel, **options)


def test_parts_merge_to_the_whole(tmp_path, made, same):
    whole = made("whole.zarr", "axes.q_psi.values=[1, 2]")
    low = subset(whole, tmp_path / "low.zarr", {"m_X": slice(None, 23)}).store
    high = subset(whole, tmp_path / "high.zarr", {"m_X": slice(23, None)}).store  # 23 is in both
    merged = merge([low, high.path], tmp_path / "merged.zarr")
    assert (merged.pending, merged.copied) == (0, merged.values)
    assert same(merged.store, whole)
    assert verify(merged.store.path, points=10).ok
    assert merged.store.scan_file["axes"]["g_X"] == whole.scan_file["axes"]["g_X"]


def test_blocks_merge_whoever_has_computed_them(tmp_path, made, same):
    """Two machines without a common disk, each with some of the blocks of one scan; a third point is of neither."""
    parts = [made(f"{name}.zarr", done=False) for name in "ab"]
    everything = list(parts[0].pending())
    for number, (family, index) in enumerate(everything[:-1]):
        parts[number % 2].write_block(family, index, parts[0].compute_block(family, index))
    merged = merge(parts, tmp_path / "merged.zarr")
    assert merged.pending == 1
    compute(merged.store)
    assert same(merged.store, made("whole.zarr"))


def test_holes_of_the_union_are_pending(tmp_path, made, same):
    one = made("one.zarr", "axes.m_X.values=[5]", "axes.mass_ratio.values=[0.35]")
    axes = ["axes.m_X.values=[23]", "axes.mass_ratio.values=[0.6]"]
    other = made("other.zarr", *axes, 'scan.observables=["delta_a_mu","cmb_ratio"]')
    merged = merge([one, other], tmp_path / "merged.zarr")
    assert 0 < merged.copied < merged.values
    compute(merged.store)
    together = ["axes.m_X.values=[5,23]", "axes.mass_ratio.values=[0.35,0.6]"]
    names = merged.store.scan.scan.observables
    assert same(merged.store, made("fresh.zarr", *together, f"scan.observables={json.dumps(names)}"))


def test_two_values_for_one_point_are_refused_and_named(tmp_path, made):
    one, other = made("one.zarr"), made("other.zarr")
    family = other.family("m_X_g_X")
    array = other.array("delta_a_mu")
    array[1, 2] = float(array[1, 2]) * (1 + 1e-15)
    with pytest.raises(
        StoreError, match=r"delta_a_mu at m_X=23.0, g_X=0.01: .* in .*one.zarr, .* in .*other.zarr \(1 points"
    ):
        merge([one, other], tmp_path / "merged.zarr")
    assert not list(tmp_path.glob("merged*"))
    status = other.array("delta_a_mu_status")
    array[1, 2], status[1, 2] = np.nan, Status.ERROR
    merged = merge([one, other], tmp_path / "merged.zarr").store  # an error is no value
    assert int(merged.array("delta_a_mu_status")[1, 2]) == Status.OK
    assert family.observables == merged.family("m_X_g_X").observables


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("fixed.g_star=11.0", "fixed g_star: none and 11.0"),
        ("fixed.q_psi=2", "axis q_psi: an axis and none"),
        ("axes.m_X.values=[5.000000000000001]", "differ by rounding only"),
    ],
)
def test_no_parts_of_one_scan(tmp_path, made, override, message):
    with pytest.raises(PlanMismatchError, match=message):
        merge([made("one.zarr"), made("other.zarr", override)], tmp_path / "merged.zarr")


def test_a_merger_needs_two(tmp_path, made):
    with pytest.raises(StoreError, match="two stores or more"):
        merge([made("one.zarr")], tmp_path / "merged.zarr")


def test_a_damaged_source_is_refused(tmp_path, made):
    small = made("small.zarr")
    small.array("delta_a_mu")[0, 0] = np.nan
    with pytest.raises(StoreError, match="values of delta_a_mu disagree with their statuses: lmutau verify"):
        extend(small, tmp_path / "large.zarr", LARGER)


def test_the_axes_are_listed_once():
    with pytest.raises(SelectionError, match=r"^there is no axis 'zzz'; known: m_X, g_X$"):
        selected({"m_X": np.array([1.0]), "g_X": np.array([1.0])}, {"zzz": 1.0})
