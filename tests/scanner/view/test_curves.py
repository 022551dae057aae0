"""Contours and regions: by sign, in logarithms, and from the limit on the coupling where there is one."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.path import Path

import physics
from scanner import SelectionError, Store, contours, load_scan, make_plan, valid
from scanner.view.curves import Plane, shape_of_constraint, shape_of_curve, shapes_of_target


def plane_of(f, x, y):
    return xr.DataArray(f(x[None, :], y[:, None]), dims=("y", "x"), coords={"x": x, "y": y})


def test_contours_are_exact_for_power_laws():
    """Between grid points, in logarithms: y = level / x^2 is a straight line."""
    plane = plane_of(lambda x, y: y * x**2, np.geomspace(1, 100, 8), np.geomspace(1e-4, 1, 7))
    (line,) = contours(plane, [1.0])[1.0]
    np.testing.assert_allclose(line[:, 1] * line[:, 0] ** 2, 1, rtol=1e-12)


def test_contours_stop_at_holes():
    plane = plane_of(lambda x, y: y + 0 * x - 0.5, np.linspace(-1, 1, 21), np.linspace(0, 1, 11))
    plane[:, 8:12] = np.nan
    lines = contours(plane, [0.05])[0.05]
    assert len(lines) == 2
    assert all((np.abs(line[:, 0] + 0.05) > 0.1).all() for line in lines)


def test_contours_of_a_level_that_cannot_be():
    plane = plane_of(lambda x, y: x * y, np.geomspace(1, 2, 3), np.geomspace(1, 2, 3))
    assert contours(plane, [-1.0, 50.0]) == {-1.0: [], 50.0: []}


def test_contours_need_a_plane(store):
    with pytest.raises(SelectionError, match="contours need two axes"):
        contours(valid(store.dataset(), "relic_density"), [0.12])


def inside(shape, x, y):
    points = [(x, y)]
    paths = [Path(v, c) for v, c in shape.areas]
    return any(bool(path.contains_points(points)[0]) for path in paths)


def test_a_limit_excludes_above_and_below_its_interval(made_up):
    """trident_ratio_ccfr: 0.82 +- 0.28 at two sides; lines have what is excluded on their left."""
    ccfr = physics.constraints()["ccfr"]
    ds = made_up(trident_ratio_ccfr=lambda m, g: (g / 1e-3) ** 0.8 + 0 * m)
    shape = shape_of_constraint(Plane(ds, "m_X", "g_X"), ccfr)
    for ratio, excluded in ((0.5 * ccfr.lower, True), (ccfr.value, False), (2 * ccfr.upper, True)):
        assert inside(shape, 10.0, 1e-3 * ratio**1.25) == excluded
    low, high = sorted(shape.lines, key=lambda line: line[0, 1])
    assert low[-1, 0] < low[0, 0], "leftwards: below is on the left"
    assert high[-1, 0] > high[0, 0]


def test_values_around_zero_and_of_many_decades_at_once(made_up):
    """A chi2 that is 0 somewhere and 1e12 elsewhere; a quartic in g_X, whose edge is known."""
    c = physics.constraints()["coherent_csi"]
    ds = made_up(61, coherent_csi_chi2=lambda m, g: np.maximum((g / 1e-3) ** 4 - 1e-3, 0.0) + 0 * m)
    (line,) = shape_of_constraint(Plane(ds, "m_X", "g_X"), c).lines
    np.testing.assert_allclose(line[:, 1], 1e-3 * (c.upper + 1e-3) ** 0.25, rtol=3e-3)


def test_points_without_value_are_no_region(made_up):
    ds = made_up(n_eff=lambda m, g: np.where(m > 10, np.nan, 5.0))
    shape = shape_of_constraint(Plane(ds, "m_X", "g_X"), physics.constraints()["n_eff_2026"])
    assert inside(shape, 5.0, 1e-3)
    assert not inside(shape, 20.0, 1e-3)


LIMITS = """
[scan]
title = "Borexino"
observables = ["borexino_phase2_chi2", "borexino_phase2_g_X"]
[axes]
m_X = { geomspace = [5, 80, 4] }
g_X = { geomspace = [1e-5, 1e-1, 21] }
"""


def test_a_limit_on_the_coupling_is_drawn_from_its_own_observable(tmp_path, compute):
    """To all digits; from the grid it is a percent off."""
    (tmp_path / "limits.toml").write_text(LIMITS)
    ds = compute(Store.create(tmp_path / "limits.zarr", make_plan(load_scan(tmp_path / "limits.toml")))).dataset()
    plane, c = Plane(ds, "m_X", "g_X"), physics.constraints()["borexino_phase2"]
    (line,) = shape_of_constraint(plane, c).lines
    exact = physics.evaluate("borexino_phase2_g_X", m_X=ds.m_X.values)
    np.testing.assert_array_equal(line[:, 1], exact)
    assert inside(shape_of_constraint(plane, c), 20.0, 5e-2)
    (grid,) = shape_of_constraint(Plane(ds.drop_vars("borexino_phase2_g_X"), "m_X", "g_X"), c).lines
    on_axis = np.interp(ds.m_X, grid[:, 0], grid[:, 1])
    assert 1e-3 < np.abs(on_axis / exact - 1).max() < 0.1


def test_an_edge_that_the_grid_contradicts_is_not_drawn(made_up):
    """That of another level, say; and islands below the edge stay."""
    c = physics.constraints()["lz2024"]
    chi2 = {"lz2024_chi2": lambda m, g: np.where((g > 2e-3) | ((g > 1e-4) & (g < 4e-4)), 10.0, 1.0) + 0 * m}
    for edge, own in ((2e-3, True), (6e-4, False), (8e-3, False)):
        ds = made_up(size=41, **chi2, lz2024_g_X=lambda m, edge=edge: edge + 0 * m)
        shape = shape_of_constraint(Plane(ds, "m_X", "g_X"), c)
        assert any(np.all(line[:, 1] == edge) for line in shape.lines) == own
        for g, excluded in ((5e-5, False), (2e-4, True), (8e-4, False), (5e-3, True)):
            assert inside(shape, 10.0, g) == excluded


def test_targets_once_for_each_value(store):
    ds = store.dataset()
    plane = Plane(ds, "m_X", "g_X", {"mass_ratio": 0.6})
    first, second = shapes_of_target(plane, physics.constraints()["relic_density"], {"mass_ratio": [0.501, 0.6]})
    assert first.label.endswith("= 0.501")
    assert (first.order, second.order) == (0, 1)
    assert second.lines


def test_curves_are_values_of_the_vertical_axis(made_up):
    ds = made_up(cmb_ratio=lambda m, g: m * g, mine_g_X=lambda m: 1e-4 * m)
    shape = shape_of_curve(Plane(ds, "m_X", "g_X"), "mine_g_X")
    np.testing.assert_array_equal(shape.lines[0], np.column_stack([ds.m_X, ds.mine_g_X])[: len(shape.lines[0])])
    assert shape.kind == "curve"
    with pytest.raises(SelectionError, match=r"cmb_ratio is not a curve y\(m_X\): it depends on g_X, m_X"):
        shape_of_curve(Plane(ds, "m_X", "g_X"), "cmb_ratio")
    ds["g_X"].attrs["units"] = "MeV"
    with pytest.raises(SelectionError, match=r"mine_g_X \[1\] is not a value of g_X \[MeV\]"):
        shape_of_curve(Plane(ds, "m_X", "g_X"), "mine_g_X")


def test_the_strip_between_an_island_and_a_limit_is_as_wide_as_it_is(made_up):
    """chi2 is a square: on a coarse grid its logarithm would narrow the strip that CsI allows, down to beads."""
    csi = physics.constraints()["coherent_csi"]
    ds = made_up(coherent_csi_chi2=lambda m, g: (8 * np.log(g / 1.1e-3)) ** 2 + 0 * m)
    low, high = sorted(shape_of_constraint(Plane(ds, "m_X", "g_X"), csi).lines, key=lambda line: line[0, 1])
    for line, sign in ((low, -1), (high, 1)):
        np.testing.assert_allclose(line[:, 1], 1.1e-3 * np.exp(sign * np.sqrt(csi.upper) / 8), rtol=0.02)
