"""Slices, profiles and what constraints leave."""

import numpy as np
import pytest

import physics
from physics import Status
from scanner import SelectionError, allowed, profile, slice_plane, valid


@pytest.fixture
def ds(store):
    return store.dataset()


def test_slice(ds):
    plane = slice_plane(ds, "relic_density", "m_X", "g_X", {"mass_ratio": 0.501})
    assert plane.dims == ("g_X", "m_X")
    direct = physics.evaluate("relic_density", m_X=23.0, g_X=ds.g_X.values[2], mass_ratio=0.501, q_psi=1.0)
    assert float(plane.sel(m_X=23).isel(g_X=2)) == direct


def test_slice_of_what_depends_on_one_axis_only(ds):
    assert slice_plane(ds, "n_eff_entropy", "m_X", "g_X", {"mass_ratio": 0.35}).dims == ("m_X",)


def test_slice_at_a_category(ds):
    plane = slice_plane(ds, "a_mu_pull", "m_X", "g_X", {"a_mu_dataset": "FNAL2021"})
    direct = physics.evaluate("a_mu_pull", m_X=5.0, g_X=ds.g_X.values[0], a_mu_dataset="FNAL2021")
    assert float(plane.isel(m_X=0, g_X=0)) == direct


def test_nearest_says_what_it_took(ds):
    plane = slice_plane(ds, "relic_density", "m_X", "g_X", {"mass_ratio": 0.52}, nearest=True)
    assert float(plane.mass_ratio) == 0.501


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("relic_densty", "m_X", "g_X"), "did you mean relic_density"),
        (("relic_density", "m_X", "m_X"), "two different axes"),
        (("relic_density", "m_X", "q_psi"), "no axis 'q_psi'"),
        (("relic_density", "m_X", "g_X"), "depends on mass_ratio: choose one of 0.35, 0.501, 0.6"),
        (("relic_density", "m_X", "g_X", {"mass_ratio": 0.52}), "the grid has no mass_ratio = 0.52"),
        (("relic_density", "m_X", "g_X", {"mass_ratio": 0.35, "m_X": 5}), "m_X is an axis of the plane"),
        (("a_mu_pull", "m_X", "g_X", {"a_mu_dataset": "BNL"}), "it has FNAL2021, WP2025"),
    ],
)
def test_errors(ds, arguments, says):
    with pytest.raises(SelectionError, match=says):
        slice_plane(ds, *arguments)


def test_wrong_axes_and_ways_are_refused(ds):
    with pytest.raises(SelectionError, match="no axis 'mass_ration'; did you mean mass_ratio"):
        profile(ds, "delta_a_mu", over="mass_ration")
    with pytest.raises(SelectionError, match="min or max"):
        profile(ds, "delta_a_mu", over="m_X", how="mean")
    assert allowed(ds, "hubble_drees_zhao").dims == ("m_X", "mass_ratio")


def test_profile(ds):
    smallest = profile(ds, "relic_density", ["g_X", "metallicity"], "min")
    assert smallest.dims == ("m_X", "mass_ratio")
    np.testing.assert_array_equal(smallest, np.nanmin(ds.relic_density.values, axis=1))
    largest = profile(ds, "relic_density", "g_X", "max")
    assert (largest.values >= smallest.values).all()


def test_values_without_ok_status_do_not_count(ds):
    changed = ds.load().copy(deep=True)
    changed["relic_density"][:] = 1.0  # also where there was no value
    assert int(np.isfinite(valid(changed, "relic_density")).sum()) == int(
        (changed["relic_density_status"] == Status.OK).sum()
    )


def test_allowed_is_the_union_of_axes(ds):
    inside = allowed(ds, ["n_eff_bbn_drees_zhao", "cmb", "g2_FNAL2021"])
    assert set(inside.dims) == {"m_X", "mass_ratio", "g_X"}
    point = {"m_X": 23.0, "g_X": float(ds.g_X[3]), "mass_ratio": 0.6, "q_psi": 1.0}
    values = physics.evaluate(["n_eff_entropy", "cmb_ratio", "delta_a_mu"], **point)
    rows = physics.constraints()
    expected = all(
        bool(rows[c].allows(values[rows[c].observable])) for c in ("n_eff_bbn_drees_zhao", "cmb", "g2_FNAL2021")
    )
    assert bool(inside.sel(m_X=23, mass_ratio=0.6).isel(g_X=3)) == expected
    with pytest.raises(SelectionError, match="no constraint 'g2'"):
        allowed(ds, ["g2"])


def test_where_nothing_was_searched_nothing_is_excluded(foreign_store, registry):
    """foreign_strength is defined below m_V = 100, where the axis ends."""
    ds = foreign_store.dataset()
    row = {"observable": "foreign_strength", "kind": "limit", "label": "", "reference": "", "upper": 1e-300}
    physics.constraint(physics.Constraint("silent", **row, silent_outside=True))
    physics.constraint(physics.Constraint("strict", **row))
    assert allowed(ds, "silent").any("g_X").values.tolist() == [False, False, False, True]
    assert not allowed(ds, "strict").any()


def test_a_store_of_another_release(foreign_store):
    ds = foreign_store.dataset()
    plane = slice_plane(ds, "foreign_strength", "m_V", "g_X")
    np.testing.assert_allclose(plane.sel(m_V=1.0), 1.5 * ds.g_X.values**2, rtol=1e-14)
    assert profile(ds, "foreign_strength", "g_X", "max").dims == ("m_V",)
    assert allowed(ds, "n_eff_bbn_drees_zhao").dims == ("m_X",)
    with pytest.raises(SelectionError, match="no constraint 'foreign_limit'"):
        allowed(ds, "foreign_limit")


def test_a_choice_that_is_refused_is_not_allowed(finished, tmp_path):
    """Status 2 as where nothing was searched, which is."""
    scan = """
[scan]
title = "two groups"
observables = ["babar_4mu_r"]

[axes]
m_X = { values = [10, 300] }
g_X = { values = [1e-5] }
gauge_group = { values = ["Lmu-Ltau", "B-L"] }

[fixed]
mass_ratio = 0.6
q_psi = 1
"""
    inside = allowed(finished(scan, tmp_path / "groups.zarr").dataset(), "babar_4mu").squeeze("g_X")
    assert inside.sel(gauge_group="Lmu-Ltau").values.tolist() == [True, True]
    assert inside.sel(gauge_group="B-L").values.tolist() == [False, False]
