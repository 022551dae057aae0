"""Parameters that are bound to observables, and those that cannot be."""

import re

import pytest

import physics

LINE = physics.bound("mass_ratio_relic_above")


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"mass_ratio": physics.Bound("gamma_X")}, physics.RegistryError, "mass_ratio [1] cannot be bound to gamma_X"),
        ({"m_X": physics.Bound("gamma_X")}, physics.RegistryError, "a cycle: m_X -> gamma_X"),
        (
            {"mass_ratio": LINE, "g_X": physics.Bound("g_X_relic")},
            physics.RegistryError,
            "a cycle: g_X -> g_X_relic -> ",
        ),
        ({"metallicity": LINE}, physics.RegistryError, "metallicity cannot be bound to mass_ratio_relic_above: it is"),
        ({"mass_ratio": physics.Bound("g_X_relik")}, physics.UnknownNameError, "did you mean g_X_relic"),
        ({"mass_ratio": physics.Bound("freeze_out")}, physics.UnknownNameError, "no observable 'freeze_out'"),
        ({"mass_ration": LINE}, physics.UnknownNameError, "no parameter 'mass_ration'; did you mean mass_ratio"),
        ({"mass_ratio": LINE}, physics.MissingParameterError, "give q_psi (needed by relic_density)"),
    ],
)
def test_bindings_that_cannot_be(values, error, says):
    with pytest.raises(error, match=re.escape(says)):
        physics.evaluate("relic_density", **{"m_X": 20.0, "g_X": 1e-3} | values)


def test_bound_names_an_observable():
    with pytest.raises(physics.UnknownNameError, match="did you mean mass_ratio_relic_above"):
        physics.bound("mass_ratio_relic_abov")
