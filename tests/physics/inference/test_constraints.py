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
