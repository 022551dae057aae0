"""Estimates: probes of a fair size, the right order of magnitude, and a word where the declared costs are wrong."""

import math

import pytest

from scanner import load_scan, make_plan
from scanner.execution.estimate import _probe, estimate


def test_a_probe_has_about_as_many_points_as_asked_for():
    """Two metallicities do not make it small: longer axes take the remainder."""
    grid = load_scan("amaral-2020").grid
    for n in (1, 64, 4096, 65536):
        probe = _probe(grid, ("m_X", "g_X", "metallicity", "kinetic_mixing"), n)
        assert n <= math.prod(v.size for v in probe.values()) <= 2 * n
    whole = _probe(grid, ("m_X", "metallicity"), 10**6)
    assert {d: v.size for d, v in whole.items()} == {"m_X": 500, "metallicity": 2}


def test_estimate_has_the_order_of_magnitude():
    """Freeze-out from tables: a microsecond a point, within three orders of magnitude on any machine."""
    plan = make_plan(load_scan("quick"))
    costs = {e.family.dims: e for e in estimate(plan)}
    relic = costs["m_X", "g_X", "mass_ratio", "q_psi"]
    assert 3e-8 < relic.seconds / relic.family.points < 3e-5
    assert relic.bytes == relic.family.points * len(relic.family.observables) * 9


def test_a_point_that_raises_does_not_stop_the_estimate(add_plugin, tmp_path):
    add_plugin(
        '@observable(unit="1", label="x", reference="mine")\ndef explosive(m_X):\n    raise ArithmeticError("boom")\n'
    )
    path = tmp_path / "e.toml"
    path.write_text('[scan]\ntitle="e"\nobservables=["explosive"]\n[axes]\nm_X={ linspace=[1,9,9] }')
    (one,) = estimate(make_plan(load_scan(path)))
    assert one.family.points == 9


@pytest.mark.parametrize(("declared", "wrong"), [(1e-7, True), (4e-4, False)])
def test_a_declared_cost_that_is_far_off_is_told(add_plugin, tmp_path, declared, wrong):
    """0.4 ms a point, of which 4000 are in a block."""
    source = f"""
import time

@observable(unit="1", label="s", reference="mine", seconds={declared})
def sleepy(m_X):
    time.sleep(4e-4 * m_X.size)
    return m_X
"""
    add_plugin(source.replace("seconds=1e-07", "seconds=1.1e-7"))  # 1e-7 is what nobody has declared
    path = tmp_path / "s.toml"
    path.write_text('[scan]\ntitle="s"\nobservables=["sleepy"]\n[axes]\nm_X={ linspace=[1,4000,4000] }')
    (one,) = estimate(make_plan(load_scan(path)))
    assert ("points/s measured" in one.warning) == wrong
    assert ("Set store.points_per_block" in one.warning) == wrong
