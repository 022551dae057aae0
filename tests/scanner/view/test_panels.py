"""Panels: one for each value, on the same scales, with the same colours."""

import pytest

from scanner import SelectionError
from scanner.view.panels import plot_panels


def test_a_panel_for_each_value(ds):
    figure = plot_panels(
        ds, "m_X", "g_X", "mass_ratio", observable="relic_density", at={"mass_ratio": 0.6}, constrain=["cmb"],
    )  # fmt: skip
    *panels, bar = figure.axes
    assert [axes.get_title() for axes in panels] == [rf"$m_\psi/m_X$ = {r}" for r in (0.35, 0.501, 0.6)]
    assert "m_psi" not in figure.get_suptitle()
    assert r"m_\psi" not in figure.get_suptitle()
    norms = {id(axes.collections[0].norm) for axes in panels}
    assert len(norms) == 1, "one bar for all"
    assert bar.get_ylabel() == r"$\Omega_\psi h^2$"
    assert {panel for panel, _ in figure.record.shapes} == {axes.get_title() for axes in panels}


def test_names_of_axes_where_no_panel_is_below_or_to_the_left(made_up):
    ds = made_up(cmb_ratio=lambda m, g: g / 1e-3 + 0 * m).expand_dims(q_psi=[1.0, 2.0, 3.0, 4.0, 5.0])
    figure = plot_panels(ds, "m_X", "g_X", "q_psi", constrain=["cmb"])
    panels = figure.axes[:5]
    assert [axes.xaxis.label.get_visible() for axes in panels] == [False, False, True, True, True]
    assert [axes.yaxis.label.get_visible() for axes in panels] == [True, False, False, True, False]
    assert all(any(t.label1.get_visible() for t in axes.xaxis.get_major_ticks()) for axes in panels[2:])


def test_values_and_limits_of_axes_can_be_chosen(ds):
    figure = plot_panels(ds, "m_X", "g_X", "mass_ratio", [0.6], constrain=["cmb"], xlim=(10, 50), title="mine")
    (axes,) = figure.axes
    assert axes.get_xlim() == (10, 50)
    assert figure.get_suptitle() == "mine"


@pytest.mark.parametrize(
    ("over", "values", "says"),
    [
        ("metalicity", None, "no axis 'metalicity'; did you mean metallicity"),
        ("m_X", None, "m_X is an axis of the plane"),
        ("mass_ratio", [], "0 panels are no picture"),
        ("mass_ratio", [0.7], "the grid has no mass_ratio = 0.7"),
    ],
)
def test_errors(ds, over, values, says):
    with pytest.raises(SelectionError, match=says):
        plot_panels(ds, "m_X", "g_X", over, values, constrain=["cmb"])
