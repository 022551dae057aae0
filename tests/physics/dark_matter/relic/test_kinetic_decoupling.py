"""Kinetic decoupling, and what "coupled" says of psi that never was in kinetic equilibrium."""

import numpy as np

import physics
from physics import Status

POINT = {"m_X": 10.0, "mass_ratio": 0.48, "q_psi": 1.0}
NAMES = ["relic_density", "kinetic_decoupling_x"]


def test_coupled_is_refused_where_psi_never_was():
    """It begins with psi as warm as the neutrinos; the other methods assume that throughout, and say so."""
    g_X = np.array([3e-6, 1e-5, 5e-4])
    outcome = physics.evaluate_with_status(NAMES, **POINT, g_X=g_X, relic_method="coupled")
    assert outcome["kinetic_decoupling_x"].status.tolist() == [Status.NO_SOLUTION, Status.NO_SOLUTION, Status.OK]
    assert outcome["relic_density"].status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OUTSIDE_DOMAIN, Status.OK]
    assert physics.evaluate_with_status("relic_density", **POINT, g_X=1e-5)["relic_density"].status == Status.OK


def test_psi_that_never_decouples_is_coupled():
    """To the end of the tables: kinetic_decoupling_x is not converged, the density is there."""
    outcome = physics.evaluate_with_status(NAMES, m_X=0.01, g_X=1e-2, mass_ratio=0.7, q_psi=1.0, relic_method="coupled")
    if outcome["kinetic_decoupling_x"].status == Status.NOT_CONVERGED:
        assert outcome["relic_density"].status != Status.OUTSIDE_DOMAIN
