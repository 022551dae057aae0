"""The ends of error messages."""

import pytest

import physics
from physics import observables
from physics.core.errors import suggestion


def test_a_short_list_is_given_and_a_long_one_is_not():
    assert suggestion("foo", ["delta_a_mu", "epsilon"]) == "; known: delta_a_mu, epsilon"
    with pytest.raises(physics.UnknownNameError) as error:
        physics.evaluate("foo", m_X=20.0)
    assert str(error.value).endswith(f"; known: {len(observables())} names, which `lmutau show` lists")
    assert len(str(error.value)) < 100
