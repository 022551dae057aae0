"""The picture says what the numbers say: a star only where there is a preference."""

import numpy as np
import pytest

import scanner
from scanner import SelectionError
from scanner.answers.picture import credible_levels, plot_answer

from .conftest import NAMES


def legends(figure):
    return [text.get_text() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]


def markers(figure):
    return {line.get_marker() for line in figure.axes[0].lines} & {"*", "o"}


def test_no_star_without_a_preference(made_up):
    figure = plot_answer(scanner.answer(made_up, NAMES))
    assert "best point: no preference over the Standard Model, 0.0 sigma" in legends(figure)
    assert any("(2 d.o.f.)" in text for text in legends(figure))
    assert "no solution" in figure.get_supxlabel()
    assert "toy_limit (approximate)" in figure.get_suptitle()
    assert markers(figure) == {"o"}


def test_a_star_with_one(made_up):
    found = scanner.answer(made_up, NAMES)
    found.attrs |= {"verdict": "Preferred over ...", "m2lnL_gain": 16.0, "preference_sigma": 3.2}
    figure = plot_answer(found)
    assert "best point: 3.2 sigma" in legends(figure)
    assert markers(figure) == {"*"}


def test_one_axis(made_up):
    figure = plot_answer(scanner.answer(made_up, NAMES, ("mass_ratio",)))
    assert len(figure.axes) == 3
    assert any("(1 d.o.f.)" in text for text in legends(figure))


def test_credible_regions_hold_what_they_say(made_up):
    found = scanner.answer(made_up, NAMES)
    density = found.posterior / found.prior_mass
    for level, share in zip(credible_levels(found), (0.683, 0.954), strict=True):
        inside = found.posterior.where(density >= level).sum()
        assert share <= inside < share + float(found.posterior.max())


@pytest.mark.parametrize("onto", [("m_X", "g_X", "q_psi"), ("metallicity", "g_X")])
def test_axes_that_cannot_be_drawn(made_up, onto):
    with pytest.raises(SelectionError, match="one or two axes of numbers"):
        plot_answer(scanner.answer(made_up, NAMES, onto))


def test_nothing_left(made_up):
    made_up["alpha_status"][:] = 3
    with pytest.raises(SelectionError, match="there is nothing to draw"):
        plot_answer(scanner.answer(made_up, NAMES))
    assert np.isinf(scanner.answer(made_up, NAMES).m2lnL_profile).all()
