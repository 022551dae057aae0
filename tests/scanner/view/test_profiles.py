"""Profiles: the observable along one axis, and what constraints say of it."""

import numpy as np
import pytest

from scanner import SelectionError
from scanner.view.profiles import plot_profile


def test_a_line_where_all_else_is_given(ds):
    figure = plot_profile(ds, "m_X", "relic_density", {"mass_ratio": 0.6, "g_X": float(ds.g_X[3])})
    (line,) = figure.axes[0].lines
    expected = ds.relic_density.sel(mass_ratio=0.6).isel(g_X=3).values
    np.testing.assert_array_equal(line.get_ydata(), expected[np.isfinite(expected)])


def test_a_band_over_the_axes_that_are_not(ds):
    figure = plot_profile(ds, "m_X", "relic_density", {"mass_ratio": 0.6}, ["relic_density"])
    values = ds.relic_density.sel(mass_ratio=0.6)
    band = {s.name: s for _, s in figure.record.shapes if s.kind == "hint"}["relic_density"]
    assert band.label == "any $g_X$"
    low, high = band.lines
    np.testing.assert_array_equal(low[:, 1], values.min("g_X").dropna("m_X"))
    np.testing.assert_array_equal(high[:, 1], values.max("g_X").dropna("m_X"))
    target = next(s for _, s in figure.record.shapes if s.kind == "target")
    assert (target.lines[0][:, 1] == 0.12).all()
    assert figure.axes[0].get_yscale() == "log"


def test_a_limit_is_filled_above(made_up, pixels):
    ds = made_up(n_eff=lambda m, g: 3.0 + 0.5 / m)
    figure = plot_profile(ds, "m_X", "n_eff", {"g_X": float(ds.g_X[0])}, ["n_eff_2026", "hubble"], ylim=(2.9, 3.5))
    _, inside = pixels(figure)
    upper, lower = inside[3:40, 200:].min(axis=-1), inside[-30:-3, 200:].min(axis=-1)
    assert (upper < 0.99).mean() > 0.9
    assert (lower > 0.99).mean() > 0.9


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("m_X", "relic_density", {}, ["cmb"]), "cmb is no constraint of relic_density"),
        (("metallicity", "relic_density"), "relic_density has no curve along metallicity; it depends on m_X, g_X"),
        (("m_X", "relic_densty"), "did you mean relic_density"),
        (("m_X", "relic_density", {"mass_ratio": 0.7}), "the grid has no mass_ratio = 0.7"),
    ],
)
def test_errors(ds, arguments, says):
    with pytest.raises(SelectionError, match=says):
        plot_profile(ds, *arguments)
