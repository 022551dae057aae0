"""What a store needs: nothing to be read, its physics to be computed; plugins are asked for, never taken from it."""

import json
import re

import numpy as np
import pytest

import physics
from physics import Status
from scanner import Store, StoreError, load_scan, make_plan, status_of, valid
from scanner.errors import RunError, ScanError
from scanner.execution.run import run
from scanner.store.needs import check_physics, lacking
from scanner.store.runlog import read_log
from scanner.store.verify import verify

FUTURE = """
from physics import constraint

parameter("spin", "of a later release", unit="MeV", default=1.0)

@observable(unit="MeV", label="f", reference="mine")
def future(m_X, spin):
    return m_X * spin

@observable(unit="MeV", label="g", reference="mine")
def follows(g_X):
    return 1 + g_X
"""

SCAN = """
[scan]
title = "of a later release"
observables = ["future", "delta_a_mu"]
[axes]
m_X = { values = [1, 2, 3] }
g_X = { values = [1e-4, 1e-3] }
[bound]
spin = "follows"
[plot]
x = "m_X"
y = "g_X"
observable = "future"
"""


@pytest.fixture
def later(registry, add_plugin, tmp_path, compute):
    """A store of another release: its observables, its parameter, all that it says; this process has them no more."""
    from physics.core.registration import snapshot

    forget = snapshot()
    add_plugin(FUTURE, "later.py")
    path = tmp_path / "scan.toml"
    path.write_text(SCAN)
    compute(Store.create(tmp_path / "later.zarr", make_plan(load_scan(path))))
    forget()
    assert "future" not in physics.observables()
    return tmp_path / "later.zarr"


def test_reading_needs_no_physics(later):
    store = Store(later)
    assert store.title == "of a later release"
    assert store.plot.observable == "future"
    assert store.grid.axes["m_X"].values.tolist() == [1, 2, 3]
    assert (store.fixed, store.bound) == ({}, {"spin": "follows"})
    (family,) = store.families
    assert store.counts(family) == {Status.OK: 12}
    assert not list(store.pending())
    assert not list(read_log(store.log_path, store.id))
    ds = store.dataset()
    np.testing.assert_array_equal(valid(ds, "future"), np.outer([1, 2, 3], [1 + 1e-4, 1 + 1e-3]))
    assert (status_of(ds, "future") == Status.OK).all()


def test_verify_reads_what_it_cannot_compute(later):
    found = verify(Store(later))
    assert found.ok
    assert (found.values, found.recomputed, found.same_physics) == (12, 0, False)
    assert "observable future" in found.not_recomputed
    victim = next(p for p in (later / "future" / "c").rglob("*") if p.is_file())
    victim.write_bytes(victim.read_bytes()[:-8])
    assert not verify(Store(later)).ok


def test_computing_says_what_is_missing_and_who_made_it(later):
    store = Store(later)
    digest = json.loads(store.attribute("plugins"))["later.py"]
    missing = [f"plugin later.py (SHA-256 {digest[:16]})", "observable follows", "observable future", "parameter spin"]
    assert lacking(store) == missing
    made_by = store.identity["physics code"]
    for compute in (lambda: store.scan, lambda: check_physics(store), lambda: run(store, client=None)):
        with pytest.raises(StoreError) as caught:
            compute()
        for words in (*missing, f"physics code {made_by}", "lmutau", "--plugin later.py"):
            assert words in str(caught.value)


def test_without_a_plugin_the_release_is_the_remedy(later):
    store = Store(later)
    store.group.attrs["plugins"] = "{}"
    with pytest.raises(StoreError, match=r"lacks observable follows, .* Install that version to compute it"):
        check_physics(Store(later))


def test_a_store_with_all_that_it_needs(store):
    assert lacking(store) == []
    check_physics(store)


def test_a_function_of_a_notebook_is_not_enough(later, registry):
    """It has the right name, but workers could not have it."""
    store = Store(later)
    store.group.attrs["plugins"] = "{}"
    physics.parameter("spin", "mine", unit="MeV", default=1.0)
    for name in ("future", "follows"):

        def function(m_X):
            return m_X

        function.__name__ = function.__qualname__ = name
        physics.observable(unit="MeV", label="f", reference="Drees & Zhao 2021, eq. (1)")(function)
    with pytest.raises(ScanError, match=re.escape('physics.add("mine.py")')):
        run(Store(later), client=None)


def test_other_physics_code_is_refused_by_the_driver(monkeypatch, empty_store):
    monkeypatch.setattr("scanner.execution.compute.physics_digest", lambda: "f" * 64)
    with pytest.raises((StoreError, RunError), match=f"other physics code \\({'f' * 16}\\)"):
        run(empty_store, client=None)
