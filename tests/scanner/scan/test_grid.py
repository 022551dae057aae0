"""Axes: checked when they are asked for, compared by every bit, readable without the physics."""

import numpy as np
import pytest

import physics
from scanner.scan.grid import Axis, Grid


def test_an_axis_of_a_parameter_is_checked_and_one_that_is_read_is_not():
    with pytest.raises(physics.InvalidParameterError, match=r"m_X = -1.0 is not allowed"):
        Axis.of("m_X", [-1.0, 1.0])
    assert len(Axis("parameter_of_a_later_release", np.array([-1.0, 1.0]))) == 2


def test_two_axes_are_the_same_only_if_every_bit_is():
    values = np.geomspace(1, 100, 7)
    assert Axis("m_X", values).identity == Axis("m_X", values.copy()).identity
    values[3] = np.nextafter(values[3], np.inf)
    assert Axis("m_X", values).identity != Axis("m_X", np.geomspace(1, 100, 7)).identity


def test_categories():
    axis = Axis.of("metallicity", ["GS98", "AGSS09"])
    assert axis.is_categorical
    assert axis.identity != Axis.of("metallicity", ["AGSS09", "GS98"]).identity
    assert not Axis.of("m_X", [1, 2]).is_categorical


def test_a_block_of_a_grid():
    grid = Grid.of(m_X=[1.0, 2.0, 3.0], g_X=[1e-4, 1e-3], metallicity=["GS98"])
    assert grid.dims == ("m_X", "g_X", "metallicity")
    part = grid.values(("m_X", "metallicity"), (slice(1, 3), slice(0, 1)))
    assert {name: values.tolist() for name, values in part.items()} == {"m_X": [2.0, 3.0], "metallicity": ["GS98"]}
