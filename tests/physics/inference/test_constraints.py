"""Constraints and bibliography: consistent with the observables, used as documented."""

import numpy as np
import pytest

import physics
from physics.core.references import bibliography, cited
from physics.inference.constraints import constraints


@pytest.mark.parametrize("name", list(constraints()))
def test_row(name):
    c = constraints()[name]
    assert c.observable in physics.observables()
    assert c.kind in ("limit", "hint")
    assert c.lower < c.upper
    assert np.isfinite([c.lower, c.upper]).any()
    assert c.target is None or c.lower < c.target < c.upper
    assert cited([c.reference])


def test_allows():
    hubble = constraints()["hubble"]
    assert hubble.allows([3.1, 3.2, 3.3, 3.4, 3.5, np.nan]).tolist() == [False, True, True, True, False, False]


def test_g_minus_2_bands_are_the_data_sets():
    band = constraints()["g2_FNAL2021"]
    pulls = physics.evaluate("a_mu_pull", m_X=20.0, g_X=1.0, a_mu_dataset="FNAL2021")
    x = physics.evaluate("delta_a_mu", m_X=20.0, g_X=1.0)
    assert (x - (band.lower + band.upper) / 2) / ((band.upper - band.lower) / 2) == pytest.approx(pulls)


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


def test_limits_of_today_beside_those_of_the_papers():
    rows = constraints()
    assert (rows["cmb"].observable, rows["cmb_electrons"].observable) == ("cmb_ratio", "cmb_ratio_electrons")
    assert rows["white_dwarf_present"].upper == pytest.approx(1.7 - 1)  # f_s < 1.7 at 95 % CL
    assert rows["sensei"].allows([5.6e-44, 1e-36]).tolist() == [True, False]


def test_world_average_of_2025_minus_the_white_paper_of_2020():
    """116592071.5(14.5) - 116591810(43) = 261.5(45.4), 5.8 standard deviations."""
    band = constraints()["g2_World2025_WP2020"]
    assert (band.upper + band.lower) / 2 == pytest.approx((116592071.5 - 116591810) * 1e-11)
    assert (band.upper - band.lower) / 2 == pytest.approx(np.hypot(14.5, 43) * 1e-11, rel=1e-3)
