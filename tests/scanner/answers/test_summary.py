"""What limits leave of a scan: against all points at once, and by hand."""

import numpy as np
import pytest
import xarray as xr

import physics
from physics import Constraint, constraint, constraints
from scanner import allowed, valid
from scanner.answers import inputs
from scanner.answers.summary import summarise

LIMITS = ["cmb", "relic_overabundance", "n_eff_bbn_drees_zhao"]
WEAK = ["n_eff_bbn_drees_zhao", "cmb"]  # they leave several points
HINTS = ["g2_WP2025", "g2_FNAL2021", "hubble_drees_zhao"]


@pytest.fixture(params=[10, 500_000])
def tiles(request, monkeypatch):
    """Tiles of a few points, and one of all of them."""
    monkeypatch.setattr(inputs, "TILE_POINTS", request.param)


def brute_force(ds, names):
    """Of each constraint where it is inside, and where its observable has a value, on all axes."""
    inside = {name: allowed(ds, [name]) for name in names}
    there = {name: valid(ds, constraints()[name].observable).notnull() for name in names}
    arrays = xr.broadcast(*inside.values(), *there.values())
    dims = [d for d in ds.dims if d in arrays[0].dims]
    arrays = [np.asarray(a.transpose(*dims)) for a in arrays]
    return dict(zip(names, arrays, strict=False)), dict(zip(names, arrays[len(names) :], strict=True)), dims


def test_against_all_points_at_once(store, tiles):
    ds = store.dataset()
    found = summarise(ds, LIMITS, HINTS, [*LIMITS, "g2_WP2025"])
    inside, there, dims = brute_force(ds, [*LIMITS, *HINTS])
    survive = np.logical_and.reduce([inside[name] for name in LIMITS])
    assert list(found.axes) == dims
    assert (found.points, found.surviving) == (survive.size, survive.sum())
    for i, d in enumerate(dims):
        others = tuple(j for j in range(len(dims)) if j != i)
        assert (found.survive[d] == survive.any(axis=others)).all()
    for name in LIMITS:
        n = found.counts[name]
        assert n.inside == int(allowed(ds, [name]).sum())
        outside = there[name] & ~inside[name]
        alone = outside & np.logical_and.reduce([inside[other] for other in LIMITS if other != name])
        assert (n.excludes, n.alone) == (outside.sum(), alone.sum())
    assert found.excluded == np.logical_or.reduce([there[name] & ~inside[name] for name in LIMITS]).sum()
    assert found.excludes_most is max(found.counts.values(), key=lambda n: n.excludes * n.counts)
    assert found.excludes_alone is max(found.counts.values(), key=lambda n: n.alone)
    assert found.counts["g2_WP2025"].with_it == (survive & inside["g2_WP2025"]).sum()
    assert found.counts["g2_FNAL2021"].with_it == (survive & inside["g2_FNAL2021"]).sum()
    without_n_eff = inside["cmb"] & inside["relic_overabundance"]
    with_hubble = (without_n_eff & inside["hubble_drees_zhao"]).sum()
    assert found.counts["hubble_drees_zhao"].with_it == with_hubble, "it is an alternative of the limit"


def test_the_best_points_are_points(store, tiles):
    summed = [*WEAK, "g2_WP2025"]
    found = summarise(store.dataset(), WEAK, ["g2_WP2025"], summed)
    best = [p.minus_two_ln_l for p in found.best]
    assert len(best) == 5
    assert best == sorted(best)
    for p in found.best:
        values = {name: physics.evaluate(constraints()[name].observable, **p.at, q_psi=1) for name in summed}
        total = sum(float(constraints()[name].minus_two_ln_l(value)) for name, value in values.items())
        assert p.minus_two_ln_l == pytest.approx(total, rel=1e-12)
        factors = {name: float(constraints()[name].excess(values[name])) for name in WEAK}
        assert p.tightest == max(factors, key=factors.get)
        assert p.times_limit == pytest.approx(factors[p.tightest], rel=1e-12)
        assert p.times_limit <= 1


def test_all_survivors_are_handed_out_once(store, tiles):
    seen = []
    found = summarise(store.dataset(), WEAK, on_survivors=seen.extend)
    assert len(seen) > 5
    assert len({tuple(p.at.values()) for p in seen}) == len(seen) == found.surviving


def test_one_limit_alone(store, registry):
    """By hand: a limit on what depends on nothing but the coupling, and one that excludes nothing."""
    constraint(Constraint("small", "delta_a_mu", "limit", "small", "mine", upper=1e-14))
    constraint(Constraint("none", "relic_density", "limit", "none", "mine", upper=1e9))
    ds = store.dataset()
    found = summarise(ds, ["small", "none"])
    large = int((physics.evaluate("delta_a_mu", m_X=ds.m_X, g_X=ds.g_X) > 1e-14).sum())
    assert 0 < large < 20
    small = found.counts["small"]
    assert (found.points, small.points, small.inside, small.excludes) == (60, 20, 20 - large, 3 * large)
    assert found.excludes_most is found.excludes_alone is small
    assert found.counts["none"].excludes == found.counts["none"].alone == 0


def test_a_projection_excludes_nothing(store, registry):
    constraint(Constraint("later", "delta_a_mu", "projection", "later", "mine", upper=1e-30))
    before = summarise(store.dataset(), LIMITS)
    found = summarise(store.dataset(), LIMITS, ["later"])
    assert found.surviving == before.surviving
    assert found.counts["later"].inside == 0


def test_points_that_are_not_there_yet(empty_store):
    family, index = next(empty_store.pending())
    empty_store.write_block(family, index, empty_store.compute_block(family, index))
    found = summarise(empty_store.dataset(), ["relic_overabundance", "cmb"])
    assert found.surviving == found.excluded == 0
    assert found.not_computed == found.points
