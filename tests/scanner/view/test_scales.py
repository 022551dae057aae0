"""Scales of axes and colours."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from scanner import SelectionError
from scanner.view.scales import Scale, colour_scale, scale_of

RATIOS = np.array([0.2, 0.4, 0.49, 0.4999, 0.5, 0.5001, 0.51, 0.6, 1.0])


@pytest.mark.parametrize("scale", [Scale("linear"), Scale("log"), Scale("delta", 1e-4)])
def test_there_and_back(scale):
    np.testing.assert_allclose(scale.back(scale.straight(RATIOS)), RATIOS, rtol=1e-13)
    assert (np.diff(scale.straight(RATIOS)) > 0).all()


def test_which():
    assert scale_of("m_X", np.geomspace(1, 100, 5)).kind == "log"
    assert scale_of("m_X", np.linspace(1, 5, 5)).kind == "linear"
    assert scale_of("x", np.linspace(-1, 5, 5)).kind == "linear"
    assert scale_of("mass_ratio", RATIOS) == Scale("delta", pytest.approx(1e-4))
    assert scale_of("mass_ratio", RATIOS, "linear").kind == "linear"
    assert scale_of("mass_ratio", np.array([0.6, 0.7, 0.9])).kind == "linear"
    assert scale_of("mass_ratio", np.array([0.6, 0.7, 0.9]), "delta").kind == "delta"
    with pytest.raises(SelectionError, match="scale = 'log': delta or linear"):
        scale_of("mass_ratio", RATIOS, "log")


def test_distance_from_the_resonance_is_what_the_ticks_say():
    axes = Figure().add_subplot()
    scale_of("mass_ratio", RATIOS).draw(axes, "y", RATIOS)
    axes.get_figure().draw_without_rendering()
    ticks = [t.get_text() for t in axes.get_yticklabels()]
    assert set(ticks) <= {"0", *(f"$10^{{{n}}}$" for n in range(-4, 0))}
    assert "0" in ticks
    decade = np.diff([axes.transData.transform((0, 0.5 + d))[1] for d in (1e-4, 1e-3, 1e-2, 1e-1)])
    np.testing.assert_allclose(decade, decade[0])


def test_cells_are_half_way_on_the_scale():
    np.testing.assert_allclose(Scale("log").cells(np.array([1.0, 100.0])), [0.1, 10.0, 1000.0])


def test_colours_are_clipped_and_say_so():
    decades = np.ma.masked_invalid(np.geomspace(1e-60, 1e20, 1000))
    norm, extend = colour_scale(decades, edge=0.3)
    assert isinstance(norm, LogNorm)
    assert (norm.vmin, norm.vmax) == (pytest.approx(0.3e-6), pytest.approx(0.3e6))
    assert extend == "both"
    few = np.ma.masked_invalid([1.0, 2.0, 3.0, np.nan])
    norm, extend = colour_scale(few)
    assert type(norm) is Normalize
    norm, extend = colour_scale(np.ma.masked_invalid(np.full(4, 7.0)))
    assert extend == "neither"
