"""B-L: every observable of the room computes it, does not depend on the gauge group, or refuses it."""

import numpy as np
import pytest

import physics
from physics import Status

INDEPENDENT = {"solar_p_ee", "solar_p_emu", "solar_p_etau"}  # the matter potentials of X cancel, or are flavour-blind
LMU_LTAU_ONLY = {"borexino_8percent_ratio", "borexino_8percent_g_X"}  # readings of its interference
ROOM = [name for name, o in physics.observables().items() if o.function.__module__.startswith("physics.neutrino.")]
POINT = {"m_X": np.array([0.1, 15.0, 200.0]), "g_X": 4e-4}


def outcome(name, gauge_group):
    return physics.evaluate_with_status(name, **POINT, gauge_group=gauge_group)[name]


def test_the_room_is_not_empty():
    assert len(ROOM) > 50
    assert {*INDEPENDENT, *LMU_LTAU_ONLY} < set(ROOM)


@pytest.mark.parametrize("name", ROOM)
def test_b_minus_l_is_computed_independent_or_refused(name):
    ours, b_minus_l = outcome(name, "Lmu-Ltau"), outcome(name, "B-L")
    if name in INDEPENDENT:
        assert "gauge_group" not in physics.observables()[name].parameters
        assert ours.value.tobytes() == b_minus_l.value.tobytes()
    elif name in LMU_LTAU_ONLY:
        assert (b_minus_l.status == Status.OUTSIDE_DOMAIN).all()
        assert np.isnan(b_minus_l.value).all()
        assert "gauge_group = Lmu-Ltau" in physics.document(name)
    else:
        assert set(b_minus_l.status.tolist()) <= {Status.OK, Status.NO_SOLUTION}
        assert not np.any(ours.value == b_minus_l.value)


@pytest.mark.parametrize("name", sorted({*ROOM} - INDEPENDENT - LMU_LTAU_ONLY))
def test_b_minus_l_does_not_mind_the_kinetic_mixing(name):
    photon, hypercharge = (
        physics.evaluate(name, **POINT, gauge_group="B-L", kinetic_mixing=mixing)
        for mixing in ("photon", "hypercharge")
    )
    np.testing.assert_array_equal(photon, hypercharge)
