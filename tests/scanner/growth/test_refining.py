"""Refinement along one axis or two: the contour is found more precisely, and nothing is computed twice."""

import json

import numpy as np
import pytest

import physics
from scanner import SelectionError, Store, StoreError, contours, refine, slice_plane
from scanner.errors import IncompleteError
from scanner.growth.crossing import Around, crossed
from scanner.store.here import compute
from scanner.store.verify import verify

LINE = [
    'scan.observables=["relic_density", "delta_a_mu"]', "axes.m_X.geomspace=[8,60,5]", "axes.g_X.values=[4.5e-4]",
    "axes.mass_ratio.values=[0.3, 0.45, 0.49, 0.4999, 0.5001, 0.51, 0.55, 0.7]", "store.points_per_block=100",
]  # fmt: skip


def worst(store):
    """The largest relative error of |mass_ratio - 1/2| on the relic line, of the line through the points of a store."""
    plane = slice_plane(store.dataset(), "relic_density", "m_X", "mass_ratio", {"g_X": 4.5e-4, "q_psi": 1})
    ratios, errors = plane.mass_ratio.values, []
    for m_X in plane.m_X.values:
        exact = float(physics.evaluate("mass_ratio_relic_above", m_X=m_X, g_X=4.5e-4, q_psi=1.0))
        height = np.log(plane.sel(m_X=m_X).values / 0.12)
        at = next(i for i in range(len(ratios) - 1) if ratios[i] >= 0.5 and height[i] < 0 <= height[i + 1])
        found = np.interp(0.0, height[at : at + 2], ratios[at : at + 2])
        errors.append(abs(found - exact) / (exact - 0.5))
    return max(errors)


def test_the_line_is_found_more_precisely(tmp_path, made, same):
    coarse = made("a.zarr", *LINE)
    grown = refine(coarse, tmp_path / "b.zarr", {"relic_density": 0.12}, levels=6, axes=["mass_ratio"])
    step = np.log(100) / 2**6  # in log|mass_ratio - 1/2|; a chord of a logarithm is off by step^2 / 8
    assert worst(grown.store) < 1.2 * step**2 / 8 < 1e-3 < 0.1 < worst(coarse)
    assert grown.store.grid.axes["m_X"].identity == coarse.grid.axes["m_X"].identity
    assert len(grown.store.grid.axes["mass_ratio"]) < 8 + 6 * 10
    assert verify(grown.store.path, points=20).ok
    assert same(grown.store, compute_fresh(made, grown.store))
    assert not list(tmp_path.glob("*level*"))
    assert contours(slice_plane(grown.store.dataset(), "relic_density", "m_X", "mass_ratio"), [0.12])[0.12]
    (record,) = [json.loads(r["grown"]) for r in grown.store.history if "grown" in r]
    assert (record["how"], record["of"], record["levels"]) == ("refine", coarse.id, 6)


def compute_fresh(made, store):
    axes = [
        f"axes.{name}.values={axis.values.tolist()}" for name, axis in store.grid.axes.items() if name != "metallicity"
    ]
    return made("fresh.zarr", *LINE, *axes)


def test_two_axes(tmp_path, made):
    axes = ["axes.m_X.geomspace=[10,1000,5]", "axes.g_X.geomspace=[1e-4,1e-2,5]", "store.points_per_block=300"]
    coarse = made("a.zarr", 'scan.observables=["delta_a_mu"]', *axes)
    fine = refine(coarse, tmp_path / "b.zarr", {"delta_a_mu": 2e-9}, levels=3).store
    line = contours(slice_plane(fine.dataset(), "delta_a_mu", "m_X", "g_X"), [2e-9])[2e-9]
    for m_X, g_X in np.concatenate(line):
        assert physics.evaluate("delta_a_mu", m_X=m_X, g_X=g_X) == pytest.approx(2e-9, rel=0.03)
    steps = np.diff(np.log(fine.grid.axes["g_X"].values))
    assert steps.min() == pytest.approx(np.log(100) / 4 / 8)


def test_the_edge_of_where_there_are_values_is_refined_too(tmp_path, made):
    coarse = made("a.zarr", 'scan.observables=["sigma_monophoton"]', "axes.m_X.geomspace=[10, 1e5, 9]")
    status = coarse.dataset().sigma_monophoton_status
    assert {1, 2} <= set(np.unique(status).tolist())
    found = crossed(coarse, Around.of(coarse, {"sigma_monophoton": 1e30}), ["m_X"])
    edge = np.flatnonzero((np.diff(status.values.astype(int), axis=0) != 0).any(axis=1))
    np.testing.assert_array_equal(np.flatnonzero(found["m_X"]), edge)


def test_blocks_do_not_matter(made):
    """A cell may lie between two blocks."""
    for points in (2, 5, 1000):
        store = made(f"{points}.zarr", *LINE[:-1], f"store.points_per_block={points}")
        found = crossed(store, Around.of(store, {"relic_density": 0.12}), ["mass_ratio"])["mass_ratio"]
        values = np.asarray(store.array("relic_density")[...])
        above = (values > 0.12).reshape(5, 8)
        np.testing.assert_array_equal(found, (above[:, 1:] != above[:, :-1]).any(axis=0))


def test_an_interruption_loses_nothing(tmp_path, made, same):
    coarse = made("a.zarr", *LINE)
    runs = []

    def dies_in_the_second(store):
        runs.append(store.path.name)
        if len(runs) == 2:
            raise KeyboardInterrupt
        compute(store)

    options = {"levels": 3, "axes": ["mass_ratio"]}
    with pytest.raises(KeyboardInterrupt):
        refine(coarse, tmp_path / "b.zarr", {"relic_density": 0.12}, compute=dies_in_the_second, **options)
    with pytest.raises(StoreError, match=r"b\.zarr\.level\d: left by another refinement"):
        refine(coarse, tmp_path / "b.zarr", {"relic_density": 0.5}, **options)
    with pytest.raises(IncompleteError, match="the same refinement again goes on with it"):
        refine(coarse, tmp_path / "b.zarr", {"relic_density": 0.12}, compute=lambda store: None, **options)
    again = refine(coarse, tmp_path / "b.zarr", {"relic_density": 0.12}, **options)
    assert runs == ["b.zarr.level1", "b.zarr.level2"]
    assert same(again.store, refine(coarse, tmp_path / "c.zarr", {"relic_density": 0.12}, **options).store)


def test_an_interruption_of_the_last_level(tmp_path, made):
    """The same refinement goes on with it, as for the others; another one does not, nor with what is complete."""
    coarse, path = made("a.zarr", *LINE), tmp_path / "b.zarr"

    def dies(store):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refine(coarse, path, {"relic_density": 0.12}, axes=["mass_ratio"], compute=dies)
    with pytest.raises(StoreError, match=r"b\.zarr: left by another refinement"):
        refine(coarse, path, {"relic_density": 10}, axes=["mass_ratio"])
    again = refine(coarse, path, {"relic_density": 0.12}, axes=["mass_ratio"])
    assert again.copied == sum(coarse.points(f) * len(f.observables) for f in coarse.families) < again.values
    assert again.store.attribute("state") == "complete"
    with pytest.raises(StoreError, match="exists already; choose another name"):
        refine(coarse, path, {"relic_density": 0.12}, axes=["mass_ratio"])


@pytest.mark.parametrize(
    ("around", "options", "message"),
    [
        ({"relic_densty": 1}, {}, "no observable 'relic_densty'; did you mean relic_density"),
        ({"relic_density": 0.1, "delta_a_mu": 1}, {}, "name one observable"),
        ({"relic_density": float("nan")}, {}, "a finite number"),
        ({"relic_density": 0.12}, {"axes": ["q_psi"]}, "q_psi cannot be refined around relic_density: it needs two"),
        ({"relic_density": 0.12}, {"axes": ["mass_ratoi"]}, "did you mean mass_ratio"),
        ({"relic_density": 0.12}, {"levels": 0}, "levels = 0"),
    ],
)
def test_what_is_refused(tmp_path, made, around, options, message):
    with pytest.raises(SelectionError, match=message):
        refine(made("a.zarr", *LINE), tmp_path / "b.zarr", around, **options)
    assert not list(tmp_path.glob("b*"))


def test_where_nothing_passes_or_not_all_is_computed(tmp_path, made):
    with pytest.raises(StoreError, match="passes nowhere between points"):
        refine(made("a.zarr", *LINE), tmp_path / "b.zarr", {"relic_density": 1e30}, axes=["mass_ratio"])
    with pytest.raises(StoreError, match=r"not all of relic_density is computed; finish it: lmutau run"):
        refine(made("c.zarr", *LINE, done=False), tmp_path / "b.zarr", {"relic_density": 0.12}, axes=["mass_ratio"])
    assert not list(tmp_path.glob("b*"))
    assert Store(tmp_path / "a.zarr").attribute("state") == "complete"
