"""Pictures: what they say in titles, labels and legends, and that holes are not painted over."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import physics
from physics import Status
from scanner import SelectionError
from scanner.view.plot import plot_map


def texts(figure):
    """Title, label of x, and all names: beside what they name, then in the legend."""
    axes = figure.axes[0]
    legend = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    return axes.get_title(), axes.get_xlabel(), [*(t.get_text() for t in axes.texts), *legend]


def test_map_with_bands_and_lines(ds, tmp_path):
    figure = plot_map(
        ds, "m_X", "g_X", "relic_density", {"mass_ratio": 0.501},
        ["g2_FNAL2021", "n_eff_bbn_drees_zhao", "relic_density", "cmb"],
        {"mass_ratio": [0.501, 0.6]},
    )  # fmt: skip
    title, x, labels = texts(figure)
    assert title.startswith("small\n")
    assert "= 0.501" in title
    assert "q_\\psi$ = 1" in title
    assert x == "$m_X$ [MeV]"
    assert figure.axes[0].get_xscale() == "log"
    assert sum("0.12" in label for label in labels) == 2
    assert any("no solution" in label for label in labels)
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_holes_are_hatched_where_they_are(ds):
    ds["delta_a_mu_status"][1, 2] = Status.NOT_COMPUTED
    figure = plot_map(ds, "m_X", "g_X", "delta_a_mu")
    mesh, *hatched = figure.axes[0].collections
    assert mesh.get_array().mask.sum() == 1
    (cells,) = hatched
    assert cells.get_hatch()
    assert np.ma.count(cells.get_array()) == 1
    assert texts(figure)[2] == ["delta_a_mu: not computed"]


def test_edges_of_limits_are_solid_also_below_one(ds):
    """Matplotlib dashes contours of negative levels, such as the logarithm of what is below 1."""
    assert physics.constraints()["relic_overabundance"].upper < 1
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, ["relic_overabundance"])
    edges = figure.axes[0].lines
    assert edges
    assert {edge.get_linestyle() for edge in edges} == {"-"}


def test_a_limit_is_filled_where_it_excludes(ds):
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, ["n_eff_bbn_drees_zhao"])
    filled = figure.axes[0].patches[0].get_path().vertices
    from scipy.optimize import brentq

    edge = brentq(lambda m: physics.evaluate("n_eff_entropy", m_X=m, mass_ratio=0.6) - 3.4, 5, 100)
    assert filled[:, 0].min() == pytest.approx(5.0)
    assert 5 < filled[:, 0].max() < 100
    assert abs(np.log(filled[:, 0].max() / edge)) < 0.5  # four grid points only


def test_colours_are_those_of_the_table_or_chosen(ds):
    names = ["n_eff_bbn_drees_zhao", "relic_density"]
    figure = plot_map(ds, "m_X", "g_X", None, {"mass_ratio": 0.6}, names, colours={"relic_density": "#123456"})
    colours = {line.get_gid(): to_hex(line.get_color()) for line in figure.axes[0].lines}
    own = physics.constraints()["n_eff_bbn_drees_zhao"].colour.lower()
    assert colours == {"n_eff_bbn_drees_zhao": own, "relic_density": "#123456"}


def test_over_colours_shapes_are_outlines_in_black_and_white(ds):
    figure = plot_map(ds, "m_X", "g_X", "cmb_ratio", {"mass_ratio": 0.6}, ["cmb", "g2_FNAL2021"])
    axes = figure.axes[0]
    assert not axes.patches, "nothing is filled"
    assert {line.get_color() for line in axes.lines} == {"black", "white"}


def test_colours_show_all_but_the_extremes_and_the_bar_says_so(made_up):
    ds = made_up(cmb_ratio=lambda m, g: np.exp(30 * np.log10(m)) * g**8)
    figure = plot_map(ds, "m_X", "g_X", "cmb_ratio", constrain=["cmb"])
    mesh = figure.axes[0].collections[0]
    assert np.log10(mesh.norm.vmax / mesh.norm.vmin) == pytest.approx(12)
    assert mesh.norm.vmin < 1 < mesh.norm.vmax, "the limit is in the middle"
    assert mesh.colorbar.extend == "both"


def test_on_axes_of_ones_own(made_up):
    """As for a figure with other panels; the rest of the figure stays as it is."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    ds = made_up(cmb_ratio=lambda m, g: g / 1e-3 + 0 * m)
    found = plot_map(ds, "m_X", "g_X", constrain=["cmb"], ax=left, xlim=(2, 50), title="")
    assert found is figure
    assert left.get_xlim() == (2, 50)
    assert (left.get_title(), left.get_ylabel()) == ("", "$g_X$")
    assert [t.get_text() for t in left.texts] == ["CMB"]
    assert not right.has_data()


def test_distance_from_the_resonance(made_up):
    """A line at a distance of 1e-3 on both sides: straight, and where the ticks say."""
    ratios = np.sort(np.concatenate([0.5 - np.geomspace(1e-5, 0.3, 40), 0.5 + np.geomspace(1e-5, 0.5, 40)]))
    ds = made_up(y=ratios, cmb_ratio=lambda m, r: 1e-3 / abs(r - 0.5) + 0 * m).rename(g_X="mass_ratio")
    figure = plot_map(ds, "m_X", "mass_ratio", constrain=["cmb"])
    distances = [line.get_ydata() - 0.5 for line in figure.axes[0].lines]
    np.testing.assert_allclose(sorted(d.mean() for d in distances), [-1e-3, 1e-3], rtol=1e-9)
    linear = plot_map(ds, "m_X", "mass_ratio", constrain=["cmb"], scale="linear")
    assert linear.axes[0].get_yscale() == "linear"


def test_nothing_to_draw_is_not_an_error(ds):
    ds["delta_a_mu_status"][:] = Status.NOT_COMPUTED
    figure = plot_map(ds, "m_X", "g_X", "delta_a_mu", constrain=["g2_FNAL2021"])
    assert texts(figure)[2][-1] == "delta_a_mu: not computed"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"constrain": ["g2"]}, "no constraint 'g2'"),
        ({"observable": "relic_density"}, "depends on mass_ratio"),
        ({"x": "a_mu_dataset"}, "two numbers; a_mu_dataset has"),
        ({"lines": {"foo": [1]}}, "no axis 'foo'"),
        ({"constrain": ["line_511"]}, "no observable 'positron_production_511'"),
        ({"constrain": ["cmb"], "at": {"mass_ratio": 0.6}, "labels": "best"}, "labels = 'best': direct or legend"),
        ({"scale": "log"}, "scale = 'log': delta or linear"),
    ],
)
def test_errors(ds, arguments, says):
    with pytest.raises(SelectionError, match=says):
        plot_map(ds, **({"x": "m_X", "y": "g_X"} | arguments))


def test_a_store_of_another_release(foreign_store):
    """Names, labels and units are the store's."""
    ds = foreign_store.dataset().load()
    figure = plot_map(ds, "m_V", "g_X", "foreign_strength", {"m_X": 5.0}, ["n_eff_bbn_drees_zhao"], {"m_V": [10.0]})
    title, x, labels = texts(figure)
    assert x == "$m_V$ [MeV]"
    assert figure.axes[1].get_ylabel() == "strength of V [cm]"
    assert "$Q$ = 1.5 MeV" in title
    assert labels[-1] == "foreign_strength: outside domain"
