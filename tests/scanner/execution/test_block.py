"""Blocks: values equal direct evaluation; a point that raises costs that point only."""

import numpy as np
import pytest

import physics
from physics import Status
from scanner.execution.block import MAX_MESSAGES, evaluate_block


@pytest.fixture
def raising(registry):
    """Register an observable that raises at given m_X."""

    def register(bad):
        @physics.observable(unit="1", label="x", reference="Drees & Zhao 2021, eq. (1)")
        def explosive(m_X, g_X):
            if np.isin(m_X, bad).any() and (g_X > 0.5).any():
                raise ArithmeticError("boom")
            return m_X * g_X

    return register


COORDINATES = {"m_X": np.arange(1.0, 101.0), "g_X": np.array([0.1, 0.2, 1.0])}


def test_a_raising_point_is_isolated(raising):
    raising([17.0, 60.0])
    result = evaluate_block(["explosive", "delta_a_mu"], COORDINATES, {})
    bad = result.status[0] == Status.ERROR
    assert np.argwhere(bad).tolist() == [[16, 2], [59, 2]]
    assert np.isnan(result.values["explosive"][bad]).all()
    expected = COORDINATES["m_X"][:, None] * COORDINATES["g_X"]
    np.testing.assert_array_equal(result.values["explosive"][~bad], expected[~bad])
    assert (result.status[1] == Status.OK).all()
    assert result.messages[0] == "explosive(m_X=17.0, g_X=1.0): ArithmeticError: boom"


def test_messages_are_bounded(raising):
    raising(COORDINATES["m_X"])
    result = evaluate_block(["explosive"], COORDINATES, {})
    assert (result.status[0] == Status.ERROR).sum() == 100
    assert len(result.messages) == MAX_MESSAGES


def test_equal_to_direct_evaluation_whatever_the_block():
    names = ["delta_a_mu", "gamma_X", "relic_density", "n_eff_entropy", "cmb_ratio"]
    coordinates = {
        "m_X": np.geomspace(1, 500, 7),
        "g_X": np.geomspace(1e-5, 1e-2, 5),
        "mass_ratio": np.array([0.3, 0.49999, 0.5001, 0.9]),
    }
    whole = evaluate_block(names, coordinates, {"q_psi": 1.0})
    for i in range(7):
        part = evaluate_block(names, {**coordinates, "m_X": coordinates["m_X"][i : i + 1]}, {"q_psi": 1.0})
        for name in names:
            assert part.values[name].tobytes() == np.ascontiguousarray(whole.values[name][i : i + 1]).tobytes()
    point = {d: v[2] for d, v in coordinates.items()}
    for name in names:
        direct = physics.evaluate(name, **point, q_psi=1.0)
        assert np.float64(direct).tobytes() == whole.values[name][2, 2, 2].tobytes()


def test_a_bound_parameter_is_evaluated_where_it_is():
    names, coordinates = ["relic_density", "cmb_ratio"], {"m_X": np.array([5.0, 23.0]), "g_X": np.array([1e-6, 5e-4])}
    held = {"q_psi": 1.0, "mass_ratio": physics.bound("mass_ratio_relic_above")}
    result = evaluate_block(names, coordinates, held)
    expected = [[Status.INPUT_FAILED, Status.OK]] * 2
    assert result.status.tolist() == [expected, expected]
    np.testing.assert_allclose(result.values["relic_density"][:, 1], 0.12, rtol=1e-9)


def test_an_observable_that_this_installation_lacks_is_no_status():
    with pytest.raises(physics.UnknownNameError):
        evaluate_block(["not_there"], COORDINATES, {})


def test_interrupts_are_not_swallowed(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(physics, "evaluate_with_status", interrupt)
    with pytest.raises(KeyboardInterrupt):
        evaluate_block(["delta_a_mu"], COORDINATES, {})
