"""Why a point is excluded: against limits that other observables compute, and against what can be done by hand."""

import math

import numpy as np
import pytest

import physics
from physics import Constraint, constraint, why
from physics.core.registration import snapshot


@pytest.fixture
def add():
    """Constraints of a test, which are forgotten after it."""
    restore = snapshot()
    yield lambda name, observable, kind="limit", **row: constraint(
        Constraint(name, observable, kind, name, "Drees & Zhao 2021", **row)
    )
    restore()


def test_the_coupling_that_is_needed_is_the_limit():
    """The 4-th digit on: observables that solve for it themselves."""
    found = why(["borexino_joint", "charm2", "ccfr", "lz2024"], m_X=15.0, g_X=3e-3)
    assert set(found.excluded_by) == {"borexino_joint", "charm2", "ccfr", "lz2024"}
    for name in found.excluded_by:
        limit = physics.evaluate(f"{name.removesuffix('2024')}_g_X" if name == "ccfr" else f"{name}_g_X", m_X=15.0)
        assert found[name].below == pytest.approx(limit, rel=3e-6)  # chi2_level has four digits, 2.7055
        assert math.isnan(found[name].above)
        assert found[name].needs == f"g_X <= {limit:.4g}"


def test_by_hand(add):
    """delta_a_mu goes with g_X^2: sixteen times too much needs a quarter of the coupling."""
    value = physics.evaluate("delta_a_mu", m_X=20.0, g_X=4e-4)
    add("upper", "delta_a_mu", upper=value / 16)
    add("lower", "delta_a_mu", lower=value * 9)
    add("both", "delta_a_mu", likelihood="gaussian", value=value / 4, error=value / 8)
    found = why(["upper", "lower", "both"], m_X=20.0, g_X=4e-4)
    assert found["upper"].below == pytest.approx(1e-4, rel=1e-9)
    assert math.isnan(found["upper"].above)
    assert found["lower"].needs == "g_X >= 0.0012"
    assert (found["lower"].excess, found["upper"].excess) == (pytest.approx(9), pytest.approx(16))
    assert found["both"].below == pytest.approx(4e-4 * math.sqrt(3 / 8), rel=1e-9)
    assert (found["both"].pull, found["both"].minus_two_ln_l) == (pytest.approx(6), pytest.approx(36))
    assert found.hardest == "both", "the other two are steps: no likelihood to compare"
    assert found.minus_two_ln_l == math.inf


def test_too_much_dark_matter_needs_a_larger_coupling():
    line = {"m_X": 20.0, "mass_ratio": 0.6, "q_psi": 1.0}
    found = why(["relic_overabundance"], g_X=5e-4, **line)["relic_overabundance"]
    assert math.isnan(found.below)
    assert physics.evaluate("relic_density", g_X=found.above, **line) == pytest.approx(0.132, rel=1e-8)
    assert found.excess == pytest.approx(physics.evaluate("relic_density", g_X=5e-4, **line) / 0.132)


def test_islands_have_two_ways_out():
    """CENNS-10 sees too few events between two couplings, by the inputs of Amaral et al. 2020."""
    reading = physics.readings("paper:amaral-2020")
    ends = physics.evaluate(["cenns10_g_X_island_lower", "cenns10_g_X_island_upper"], m_X=20.0, **reading)
    lower, upper = ends.values()
    found = why(["cenns10"], m_X=20.0, g_X=math.sqrt(lower * upper), **reading)["cenns10"]
    assert (found.below, found.above) == (pytest.approx(lower, rel=1e-4), pytest.approx(upper, rel=1e-4))


def test_no_coupling_helps(add):
    """The entropy of X does not ask for its coupling."""
    add("heavy", "n_eff_entropy_X_only", upper=3.1)
    found = why(["heavy"], m_X=5.0, g_X=1e-4)
    assert found["heavy"].needs == "no g_X does"
    add("never", "cenns10_chi2", upper=1e-9)  # the measured number is not the Standard Model's
    assert why(["never"], m_X=1e5, g_X=1e-6)["never"].needs == "no g_X does"


def test_a_bound_parameter_follows(add):
    """On the relic line the mass ratio moves with the coupling, and the density stays."""
    line = {"m_X": 23.0, "q_psi": 1.0, "mass_ratio": physics.bound("mass_ratio_relic_above")}
    found = why(["relic_overabundance", "cmb"], g_X=4.5e-4, **line)
    assert found["relic_overabundance"].verdict == "allowed"
    assert found["relic_overabundance"].value == pytest.approx(0.12, rel=1e-6)


def test_verdicts_by_kind(add):
    point = {"m_X": 20.0, "g_X": 5e-4}
    add("plan", "white_dwarf_energy_loss", "projection", upper=1e-3)
    assert why(["g2_FNAL2021"], **point)["g2_FNAL2021"].verdict == "preferred"
    assert why(["g2_WP2025"], **point)["g2_WP2025"].verdict == "not preferred"
    assert not why(["g2_WP2025"], **point).excluded_by
    assert why(["charm2"], **point)["charm2"].verdict == "allowed"
    shown = why("current", **point)["white_dwarf_cooling"]
    assert (shown.verdict, shown.counts, shown.excludes) == ("allowed", False, False)
    shown = why("current", m_X=20.0, g_X=2e-3)["white_dwarf_cooling"]
    assert (shown.verdict, shown.needs) == ("reachable", "")


def test_no_statement_says_why():
    found = why("current", m_X=20.0, g_X=5e-4)
    assert found["cmb"].silence == "give mass_ratio, q_psi"
    assert {"cmb", "relic_overabundance", "n_eff_2026"} <= set(found.unknown)
    found = why("current", m_X=20.0, g_X=5e-4, mass_ratio=0.6, q_psi=1)
    assert (found["babar_4mu"].silence, found["babar_4mu"].unsearched) == ("nothing was searched here", True)
    assert not found.unknown, "what nobody searched is no gap"
    found = why(["babar_4mu"], m_X=500.0, g_X=5e-4, mass_ratio=0.6, q_psi=1, gauge_group="B-L")
    assert "gauge_group" in found["babar_4mu"].silence
    assert found.unknown == ("babar_4mu",)
    found = why(["relic_overabundance"], m_X=20.0, g_X=1e-9, mass_ratio=0.6, q_psi=1)
    assert (found["relic_overabundance"].silence, found.unknown) == ("no solution", ("relic_overabundance",))


def test_what_is_beside_does_not_count():
    found = why("current", m_X=23.0, g_X=1.02e-3, mass_ratio=0.6, q_psi=1)
    assert found["ccfr"].verdict == "excluded"
    assert "ccfr" not in found.excluded_by
    terms = [v.minus_two_ln_l for v in found.verdicts if v.counts and not v.silence]
    assert found.minus_two_ln_l == pytest.approx(sum(terms))
    assert len(terms) == len(found.chosen.constraints) - 2  # BaBar and CMS searched elsewhere


def test_printed_it_is_a_table():
    text = str(why(["borexino_joint", "charm2"], m_X=10, g_X=5e-4))
    first, subject, borexino, *_ = text.splitlines()
    assert subject == "neutrino:"
    assert first.split()[:3] == ["constraint", "value", "allowed"]
    assert borexino.split()[:4] == ["borexino_joint", "7.407", "below", "2.7055"]
    assert borexino.endswith("g_X <= 0.0004334")
    assert "excluded by borexino_joint" in text.splitlines()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"m_X": [1.0, 2.0]}, physics.InvalidParameterError, "m_X: a point has one value of each parameter"),
        ({"m_Y": 1.0}, physics.UnknownNameError, "m_Y"),
        ({"m_X": -1.0, "g_X": 1e-4}, physics.InvalidParameterError, "m_X"),
    ],
)
def test_bad_points(arguments, error, says):
    with pytest.raises(error, match=says):
        why(**arguments)


def test_readings_of_the_set_and_departures_from_them():
    star = {"m_X": 23.0, "mass_ratio": 0.5033, "g_X": 4.5e-4, "q_psi": 1.0}
    name = "n_eff_bbn_drees_zhao"
    printed = why("paper:drees-zhao-2021", **star)[name].value
    assert printed == pytest.approx(physics.evaluate("n_eff_entropy", n_nu=3.0, m_X=23.0, mass_ratio=0.5033))
    assert why("paper:drees-zhao-2021", n_nu=3.05, **star)[name].value - printed == pytest.approx(0.05, rel=0.2)
    assert np.isnan(why(["cmb"], **{**star, "g_X": 5.0, "q_psi": 10.0})["cmb"].value)


def test_a_hint_of_which_only_an_interval_is_known_shows_no_likelihood():
    text = str(physics.why("current", m_X=20.0, g_X=5e-4, mass_ratio=0.501, q_psi=1.0))
    (row,) = (line for line in text.splitlines() if line.startswith("(hubble)"))
    assert row.split()[-3:] == ["not", "preferred", "1.03"]  # how far outside stays; -2 ln L and pull were inf
