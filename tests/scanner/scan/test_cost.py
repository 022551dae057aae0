"""What blocks cost by declaration: every node at the points of its own axes, once, in the branch that is chosen."""

import pytest

import physics
from scanner import load_scan
from scanner.scan.cost import EVALUATIONS, SECONDS_OF_A_PLUGIN, Cost

SCAN = """
[scan]
title = "cost"
observables = ["result"]
[axes]
m_X = { linspace = [1, 10, 10] }
g_X = { linspace = [1e-4, 1e-3, 100] }
METHODS
[fixed]
q_psi = 1
"""

CHAIN = """
parameter("method", "how", choices=("quick", "slow"), default="quick")

@physics.intermediate(seconds=1e-2)
def table(m_X):
    return m_X

@observable(unit="1", label="r", reference="mine", seconds=1e-6, when={"method": "quick"})
def result(table, g_X, q_psi):
    return table * g_X

@physics.branch("result", when={"method": "slow"}, seconds=1e-3)
def result_slowly(g_X):
    return g_X
"""


@pytest.fixture
def scan(add_plugin, tmp_path):
    add_plugin(CHAIN)

    def load(methods="", *overrides):
        path = tmp_path / "cost.toml"
        path.write_text(SCAN.replace("METHODS", methods))
        return load_scan(path, overrides)

    return load


def cost(scan, dims):
    return Cost.of(scan, dims, scan.scan.observables)


def test_a_node_costs_on_its_own_axes_only(scan):
    both = cost(scan(), ("m_X", "g_X"))
    assert both((10, 100)) == pytest.approx(10 * 1e-2 + 1000 * 1e-6)
    assert both((10, 1)) == pytest.approx(10 * 1e-2 + 10 * 1e-6), "a block has its own table"


def test_only_the_chosen_branch_costs(scan):
    assert cost(scan("", 'fixed.method="slow"'), ("g_X",))((100,)) == pytest.approx(100 * 1e-3)


def test_choices_that_are_an_axis_share_the_cost(scan):
    both = cost(scan('method = { values = ["quick", "slow"] }'), ("m_X", "g_X", "method"))
    table, quick, slow = 10 * 1e-2, 1000 * 1e-6, 100 * 1e-3
    assert both((10, 100, 2)) == pytest.approx(table + quick + slow)
    assert both((10, 100, 1)) == pytest.approx(table + (quick + slow) / 2), "of one of them, on average"


def test_a_plugin_that_declares_nothing_is_taken_for_slow(add_plugin, tmp_path):
    add_plugin('@observable(unit="1", label="a", reference="mine")\ndef undeclared(m_X):\n    return m_X\n')
    path = tmp_path / "one.toml"
    path.write_text('[scan]\ntitle="t"\nobservables=["undeclared"]\n[axes]\nm_X={ linspace=[1,9,9] }')
    assert cost(load_scan(path), ("m_X",))((9,)) == pytest.approx(9 * SECONDS_OF_A_PLUGIN)


def test_solutions_declare_for_all_that_they_evaluate(bound_file):
    scan = load_scan(bound_file)
    (branch,) = physics.observables()["mass_ratio_relic_above"].branches
    line = Cost.of(scan, ("m_X", "g_X"), ["mass_ratio_relic_above"])
    assert line((2, 3)) == pytest.approx(6 * branch.seconds, rel=0.5)


def test_solutions_by_a_slow_method_are_slow(bound_file):
    scan = load_scan(bound_file, ['fixed.relic_method="coupled"'])
    line = Cost.of(scan, ("m_X", "g_X"), ["mass_ratio_relic_above"])
    density = Cost.of(scan, ("m_X", "g_X"), ["relic_density"])
    assert line((2, 3)) == pytest.approx(EVALUATIONS * 6 * 3e-5, rel=0.5)
    assert density((2, 3)) > line((2, 3))
