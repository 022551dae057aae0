"""A corner is an answer for each pair of axes."""

import itertools

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


def test_numbers_of_neighbouring_panels_do_not_touch(made_up):
    """Ends of axes that meet: 0.01 of one, 0.3 of the next."""
    ds = made_up.assign_coords(m_X=np.geomspace(1, 100, 5), g_X=np.geomspace(1e-4, 1e-2, 4))
    figure = plot_corner(ds, NAMES, ["m_X", "g_X", "mass_ratio", "q_psi"])
    panels = np.array(figure.axes[:16]).reshape(4, 4)
    figure.draw_without_rendering()
    for along, row in ((0, [a.xaxis for a in panels[-1]]), (1, [a.yaxis for a in panels[1:, 0]])):
        ticks = [(axis, tick) for axis in row for tick in axis.get_major_ticks()]
        inside = [t.label1 for axis, t in ticks if np.prod(axis.get_view_interval() - t.get_loc()) <= 0]
        drawn = [text.get_window_extent() for text in inside if text.get_visible() and text.get_text()]
        drawn.sort(key=lambda box: box.min[along])
        assert len(drawn) > 4
        assert all(a.max[along] + 2 < b.min[along] for a, b in itertools.pairwise(drawn))
