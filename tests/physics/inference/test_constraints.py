"""Constraints and bibliography: consistent with the observables, used as documented."""

import numpy as np
import pytest

import physics
from physics.core.references import bibliography, cited
from physics.inference.constraints import constraints
from physics.laboratory.g_minus_2 import a_mu_datasets
from physics.laboratory.trident import experiments


@pytest.mark.parametrize("name", list(constraints()))
def test_row(name):
    c = constraints()[name]
    assert c.name == name
    assert c.observable in physics.observables()
    assert cited([c.reference])
    assert c.colour, "plots of one scan after the other must agree"
    assert not c.coupling or physics.observables()[c.coupling].unit == physics.parameters()["g_X"].unit
    edges = np.array([e for e in (c.lower, c.upper) if np.isfinite(e)])
    assert c.allows(edges).all()
    assert not c.allows(np.nan)
    assert np.isnan(c.minus_two_ln_l([np.nan, edges[0]])).tolist() == [True, False]


def test_constraints_of_one_observable_are_alternatives():
    """Unless one of them is an observable that no other row has, two rows of an observable share their data."""
    by_observable = {}
    for c in constraints().values():
        by_observable.setdefault(c.observable, set()).add(c.alternative or c.name)
    shared = {name: groups for name, groups in by_observable.items() if len(groups) > 1}
    assert set(shared) == {"n_eff", "n_eff_entropy", "n_eff_entropy_X_only"}  # the Hubble tension: another measurement
    assert all(groups == {"N_eff", "Hubble"} for groups in shared.values())


def test_allows():
    hubble = constraints()["hubble"]
    assert hubble.allows([3.1, 3.2, 3.3, 3.4, 3.5, np.nan]).tolist() == [False, True, True, True, False, False]


def test_g_minus_2_bands_are_the_data_sets():
    assert {f"g2_{name}" for name in a_mu_datasets()} <= set(constraints())
    band = constraints()["g2_FNAL2021"]
    pulls = physics.evaluate("a_mu_pull", m_X=20.0, g_X=1.0, a_mu_dataset="FNAL2021")
    x = physics.evaluate("delta_a_mu", m_X=20.0, g_X=1.0)
    assert (x - (band.lower + band.upper) / 2) / ((band.upper - band.lower) / 2) == pytest.approx(pulls)
    assert band.pull(x) == pytest.approx(pulls)


@pytest.mark.parametrize("name", ["ccfr", "charm2"])
def test_the_interval_of_tridents_ends_at_their_limit(name):
    assert constraints()[name].upper == pytest.approx(experiments()[name].upper, rel=1e-9)


def test_unknown_reference_is_refused():
    with pytest.raises(physics.RegistryError, match="no entry"):
        cited(["Nobody 1900, eq. (1)"])


def test_bibtex():
    entry = bibliography()["Drees & Zhao 2021"].bibtex
    assert entry.startswith("@article{Drees:")
    assert "2107.14528" in entry


def test_too_much_dark_matter_is_a_limit_of_its_own():
    rows = constraints()
    assert rows["relic_overabundance"].allows([1e-6, 0.12, 0.1321, 1e3]).tolist() == [True, True, False, False]
    assert rows["relic_density"].allows([1e-6, 0.12, 0.1321]).tolist() == [False, True, False]
    assert rows["relic_overabundance"].minus_two_ln_l([1e-6, 0.12, 0.144]).round(9).tolist() == [0.0, 0.0, 4.0]
    assert rows["relic_density"].minus_two_ln_l([0.0, 0.12, 0.144]).round(9).tolist() == [100.0, 0.0, 4.0]


def test_limits_of_today_beside_those_of_the_papers():
    rows = constraints()
    assert (rows["cmb"].observable, rows["cmb_electrons"].observable) == ("cmb_ratio", "cmb_ratio_electrons")
    assert rows["white_dwarf_present"].upper == pytest.approx(1.7 - 1)  # f_s < 1.7 at 95 % CL
    assert rows["sensei"].allows([5.6e-44, 1e-36]).tolist() == [True, False]


def test_n_eff_of_2026_is_that_of_its_abstract():
    """The limit follows from 2.990(70), if N_eff is at least 3.044: 95 % of what lies above. 3.150, printed: 3.151."""
    from scipy.stats import norm

    n_eff = constraints()["n_eff_2026"]
    above = norm(n_eff.value, n_eff.error)
    assert above.isf(0.05 * above.sf(3.044)) == pytest.approx(n_eff.upper, abs=1.5e-3)
    assert n_eff.upper == pytest.approx(3.044 + 0.107)


def test_world_average_of_2025_minus_the_white_paper_of_2020():
    """116592071.5(14.5) - 116591810(43) = 261.5(45.4), 5.8 standard deviations."""
    band = constraints()["g2_World2025_WP2020"]
    assert (band.upper + band.lower) / 2 == pytest.approx((116592071.5 - 116591810) * 1e-11)
    assert (band.upper - band.lower) / 2 == pytest.approx(np.hypot(14.5, 43) * 1e-11, rel=1e-3)
