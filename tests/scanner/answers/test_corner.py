"""A corner is an answer for each pair of axes."""

import numpy as np
import pytest

import scanner
from scanner import SelectionError
from scanner.answers.corner import plot_corner

from .conftest import NAMES


def test_every_pair_and_every_axis(made_up):
    figure = plot_corner(made_up, NAMES, ["m_X", "g_X", "mass_ratio"])
    panels = np.array(figure.axes[:9]).reshape(3, 3)
    assert [sum(axes.get_visible() for axes in row) for row in panels] == [1, 2, 3]
    pair = scanner.answer(made_up, NAMES, ("m_X", "g_X")).m2lnL_profile
    drawn = panels[1, 0].collections[0].get_array()
    finite = np.isfinite(pair.values.T)
    np.testing.assert_allclose(drawn.reshape(finite.shape)[finite], np.minimum(pair - pair.min(), 60).values.T[finite])
    assert panels[2, 0].get_xlabel()
    assert not panels[1, 0].get_xlabel()


@pytest.mark.parametrize(
    ("onto", "says"),
    [(["m_X"], "two axes of numbers or more"), (["m_X", "metallicity"], "metallicity is no axis of numbers")],
)
def test_axes_that_cannot_be(made_up, onto, says):
    with pytest.raises(SelectionError, match=says):
        plot_corner(made_up, NAMES, onto)
