"""The answer against one computed point by point; tiles, holes, alternatives, and what is refused."""

import numpy as np
import pytest
import xarray as xr

import scanner
from physics import Status
from physics.core.errors import PhysicsError
from scanner import SelectionError, StoreError
from scanner.answers import inputs

from .conftest import NAMES, attribute, brute_force

PRIORS = {"m_X": "log", "g_X": "log", "mass_ratio": "log-distance", "q_psi": "flat", "metallicity": "equal"}
CHOSEN = {"mass_ratio": "log-distance", "q_psi": "flat"}


@pytest.fixture(params=["one tile", "many tiles"])
def tiled(request, monkeypatch):
    if request.param == "many tiles":
        monkeypatch.setattr(inputs, "TILE_POINTS", 20)


@pytest.mark.parametrize("onto", [("m_X", "g_X"), ("q_psi", "m_X"), ("mass_ratio",), ("metallicity", "g_X")])
def test_against_brute_force(made_up, tiled, onto):
    found = scanner.answer(made_up, NAMES, onto, CHOSEN)
    shape = [made_up.sizes[d] for d in onto]
    profile, evidence = np.full(shape, np.inf), np.zeros(shape)
    shares = {name: np.zeros(shape) for name in ("prior", "allowed", "preferred", "invalid")}
    killed, alone = dict.fromkeys(NAMES, 0.0), dict.fromkeys(NAMES, 0.0)
    at_best = {}
    for at, total, weight, killers, disagrees, valid in brute_force(made_up, PRIORS):
        cell = tuple(at[d] for d in onto)
        if total < profile[cell]:
            profile[cell], at_best[cell] = total, at
        evidence[cell] += weight * np.exp(-total / 2)
        shares["prior"][cell] += weight
        shares["allowed"][cell] += weight * (valid and not killers)
        shares["preferred"][cell] += weight * (valid and not killers and not disagrees)
        shares["invalid"][cell] += weight * (not valid)
        for name in killers:
            killed[name] += weight
            alone[name] += weight * (valid and len(killers) == 1)
    np.testing.assert_allclose(found.m2lnL_profile, profile, rtol=1e-12)
    np.testing.assert_allclose(found.posterior, evidence / evidence.sum(), rtol=1e-10)
    np.testing.assert_allclose(found.prior_mass, shares["prior"], rtol=1e-12)
    for kind in ("allowed", "preferred"):
        np.testing.assert_allclose(found[f"fraction_{kind}"], shares[kind] / shares["prior"], atol=1e-13)
        np.testing.assert_array_equal(found[f"exists_{kind}"], shares[kind] > 0)
    np.testing.assert_allclose(found.invalid_fraction, shares["invalid"] / shares["prior"], atol=1e-13)
    for name in set(NAMES) - {"toy_hint"}:
        np.testing.assert_allclose(found.killed.sel(constraint=name), killed[name], rtol=1e-12)
        np.testing.assert_allclose(found.killed_alone.sel(constraint=name), alone[name], rtol=1e-10, atol=1e-14)
    assert max(alone.values()) > 0 < shares["invalid"].sum()
    for cell, at in at_best.items():
        for axis in set(at) - set(onto) - {"metallicity"}:  # gamma is a step: both metallicities may be as good
            assert found[f"{axis}_at_best"].values[cell] == made_up[axis].values[at[axis]]


def test_points_without_value_are_counted_once_and_named(made_up, tiled):
    found = scanner.answer(made_up, NAMES, prior=CHOSEN)
    holes = int((made_up.alpha_status == Status.NO_SOLUTION).sum())
    assert attribute(found, "points_without_value") == {"toy_limit": {"no solution": holes}}
    assert f"toy_limit: no solution {holes}" in found.attrs["verdict"]
    assert found.without_value.sel(constraint="toy_silent") == 0  # says nothing there, and such points pass
    assert 0 < found.without_value.sel(constraint="toy_limit") == pytest.approx(found.attrs["invalid"], rel=1e-12)


def test_what_is_not_computed_is_refused(made_up):
    made_up["gamma_status"][1, 2, 0] = Status.NOT_COMPUTED
    with pytest.raises(StoreError, match=r"gamma: 1 points .* not computed yet; finish the scan"):
        scanner.answer(made_up, NAMES)


def test_a_cell_where_nothing_has_a_value(made_up):
    made_up["alpha_status"][2, 1] = Status.NO_SOLUTION
    found = scanner.answer(made_up, NAMES).isel(m_X=2, g_X=1)
    assert (found.m2lnL_profile, found.posterior, found.invalid_fraction) == (np.inf, 0, pytest.approx(1))
    assert np.isnan(found.mass_ratio_at_best)
    assert str(found.metallicity_at_best.item()) == ""
    assert not found.exists_allowed


def test_very_small_likelihoods_do_not_underflow(made_up):
    shifted = made_up.assign(beta=made_up.beta + 60.0)  # -2 ln L of about 30,000 everywhere
    found = scanner.answer(shifted, ["toy_measured"])
    assert found.m2lnL_profile.min() > 1e4
    expected = np.exp(-(found.m2lnL_profile - found.m2lnL_profile.min()) / 2) * found.prior_mass
    np.testing.assert_allclose(found.posterior, expected / expected.sum(), rtol=1e-9)


def test_part_of_a_scan(made_up):
    both = scanner.answer(made_up, NAMES, ("m_X", "g_X", "metallicity"))
    one = scanner.answer(made_up.sel(metallicity=["AGSS09"]), NAMES)
    xr.testing.assert_allclose(
        both.m2lnL_profile.sel(metallicity="AGSS09", drop=True),
        one.m2lnL_profile.drop_vars("metallicity", errors="ignore"),
    )


def test_two_data_sets_of_the_same_measurement_never_count_together(made_up):
    with pytest.raises(PhysicsError, match="alternatives"):
        scanner.answer(made_up, ["g2_WP2025", "g2_FNAL2021"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([],), "the scan has no observable"),
        ((["cmb"],), "the scan has no observable of your set: cmb_ratio"),
        ((NAMES, ()), "name different axes"),
        ((NAMES, ("m_X", "m_X")), "name different axes"),
        ((NAMES, ("m_Y",)), "no axis 'm_Y'; did you mean m_X"),
        ((NAMES, ("m_X",), {"q_ps": "flat"}), "no axis on which the constraints depend; did you mean q_psi"),
    ],
)
def test_refusals(made_up, arguments, says):
    with pytest.raises(SelectionError, match=says):
        scanner.answer(made_up, *arguments)


def test_what_the_scan_lacks_is_named(made_up):
    found = scanner.answer(made_up, [*NAMES, "cmb"])
    assert attribute(found, "left_out") == ["cmb"]
    assert "Left out, for the scan lacks their observables: cmb." in found.attrs["verdict"]


@pytest.mark.parametrize("ending", ["zarr", "nc"])
def test_written_and_read(made_up, tmp_path, ending):
    found = scanner.answer(made_up, NAMES)
    path = tmp_path / f"answer.{ending}"
    found.to_zarr(path, consolidated=False) if ending == "zarr" else found.to_netcdf(path)
    with xr.open_dataset(path, **({"engine": "zarr", "consolidated": False} if ending == "zarr" else {})) as again:
        assert again.attrs["verdict"] == found.attrs["verdict"]
        np.testing.assert_array_equal(again.m2lnL_profile, found.m2lnL_profile)
        assert attribute(again, "constraints")[0]["reference"] == "Planck 2018"


def test_of_a_store(store):
    """The real thing: the path, the store and its dataset say the same, as its attributes do."""
    names = ["cmb", "relic_overabundance", "n_eff_bbn_drees_zhao", "g2_WP2025"]
    found = scanner.answer(store.path, names)
    for other in (
        scanner.answer(store, names),
        scanner.answer(store.dataset(), names),
        scanner.answer(xr.open_zarr(store.path), names),
    ):
        xr.testing.assert_identical(other, found)
    assert found.attrs["scan_id"] == store.id
    assert found.attrs["readings"] == "2026 (defaults)"
    assert attribute(found, "held_parameters")["relic_density"]["q_psi"] == 1


def test_memory_is_that_of_a_few_tiles(tmp_path, toys):
    """6.4e7 points on a grid of which no observable has all axes: 1 GB for two arrays of floats, if they were made."""
    import subprocess
    import sys

    script = """
import numpy as np, resource, xarray as xr, scanner
from physics.inference.constraints import Constraint, constraint
for name in "ab":
    constraint(Constraint(f"toy_{name}", name, "limit", name, "LZ 2025", likelihood="gaussian", value=1.0, error=0.5))
axes = {"m_X": np.geomspace(1, 9, 40), "g_X": np.geomspace(1, 9, 40)}
axes |= {"mass_ratio": np.linspace(.6, 1, 200), "q_psi": np.geomspace(1, 9, 200)}
dims = {"a": ("m_X", "g_X", "mass_ratio"), "b": ("m_X", "q_psi")}
made = {}
for name, on in dims.items():
    shape = [len(axes[d]) for d in on]
    made[name] = (on, np.ones(shape), {"ancillary_variables": f"{name}_status"})
    made[f"{name}_status"] = (on, np.ones(shape, np.uint8))
ds = xr.Dataset(made, axes)
scanner.answer(ds.isel(q_psi=slice(0, 2)), ["toy_a", "toy_b"], threads=2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
scanner.answer(ds, ["toy_a", "toy_b"], threads=2)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert int(grown.stdout) < 150_000  # kB


def test_a_choice_that_is_refused_does_not_pass_for_one_where_nothing_was_searched(finished, tmp_path):
    """Both have status 2: babar_4mu says nothing below the dimuon threshold, and there is no such limit on B-L here."""
    store = finished(TWO_GROUPS, tmp_path / "groups.zarr")
    ds = store.dataset()
    assert (ds.babar_4mu_r_status.sel(gauge_group="B-L") == Status.OUTSIDE_DOMAIN).all()
    found = scanner.answer(store.path, ["babar_4mu", "charm2"], ("gauge_group", "m_X"))
    share = found.invalid_fraction.sel(m_X=10.0)
    assert share.sel(gauge_group="Lmu-Ltau") == 0
    assert share.sel(gauge_group="B-L") == pytest.approx(1)
    assert not found.exists_allowed.sel(gauge_group="B-L").any()
    assert float(found.without_value.sel(constraint="babar_4mu")) == pytest.approx(0.5)
    assert "babar_4mu: outside domain 6" in found.attrs["verdict"]


TWO_GROUPS = """
[scan]
title = "two groups"
observables = ["babar_4mu_r", "trident_ratio_charm2"]

[axes]
m_X = { values = [10, 300] }
g_X = { geomspace = [1e-5, 1e-2, 3] }
gauge_group = { values = ["Lmu-Ltau", "B-L"] }

[fixed]
mass_ratio = 0.6
q_psi = 1
"""
