"""What pictures had wrong, by pixels and artists: each of these failed before it was mended."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import physics
from scanner import allowed
from scanner.view.plot import plot_map


def words(figure):
    """All that is written into a picture, but its title and axes."""
    (axes, *_) = figure.axes
    legends = [*figure.legends, *([axes.get_legend()] if axes.get_legend() else [])]
    return [t.get_text() for t in axes.texts] + [t.get_text() for g in legends for t in g.get_texts()]


def test_a_plane_that_is_excluded_everywhere_is_not_white(made_up, pixels):
    everywhere = made_up(n_eff=lambda m, g: 5 + 0 * m)
    _, inside = pixels(plot_map(everywhere, "m_X", "g_X", constrain=["n_eff_2026"]))
    assert (inside.min(axis=-1) < 0.99).mean() > 0.99
    nowhere = made_up(n_eff=lambda m, g: 3.05 + 0 * m)
    _, inside = pixels(plot_map(nowhere, "m_X", "g_X", constrain=["n_eff_2026"]))
    assert (inside.min(axis=-1) > 0.99).all()


def test_a_notebook_shows_a_picture(made_up):
    formatters = pytest.importorskip("IPython.core.formatters", reason="needs IPython: pip install 'lmutau[notebooks]'")
    figure = plot_map(made_up(n_eff=lambda m, g: 3.3 - 0.1 * np.log10(m)), "m_X", "g_X", constrain=["n_eff_2026"])
    shown, _ = formatters.DisplayFormatter().format(figure)
    assert shown["image/png"].startswith(b"\x89PNG")


def test_a_script_shows_a_picture(made_up, monkeypatch):
    import matplotlib.pyplot as plt

    windows = []
    monkeypatch.setattr(plt, "show", lambda: windows.extend(plt.get_fignums()))
    figure = plot_map(made_up(n_eff=lambda m, g: 5 + 0 * m), "m_X", "g_X", constrain=["n_eff_2026"])
    figure.show()
    try:
        assert len(windows) == 1
        assert plt.figure(windows[0]).canvas.manager.canvas.figure is figure
    finally:
        plt.close("all")


def test_the_title_has_every_slice_and_nothing_that_nobody_asked_for(ds):
    at = {"mass_ratio": 0.6, "metallicity": "GS98"}  # on which nothing here depends
    title = plot_map(ds, "m_X", "g_X", None, at, ["n_eff_bbn_drees_zhao", "relic_density"]).axes[0].get_title()
    assert "metallicity = GS98" in title
    assert "= 0.6" in title
    assert r"$q_\psi$ = 1" in title, "it has no default: the scan fixes it"
    for usual in ("gauge group", "2.3 MeV", "integrator", "others"):
        assert usual not in title


def test_projections_are_dashed_and_say_so(made_up):
    plane = made_up(
        white_dwarf_energy_loss=lambda m, g: (g / 1e-3) ** 2 + 0 * m, lz_g_X=lambda m: 1e-4 * m**0.5
    )  # fmt: skip
    plane.lz_g_X.attrs |= {"long_name": "$g_X$ (LZ)", "description": "Projected sensitivity to g_X of LZ"}
    figure = plot_map(plane, "m_X", "g_X", None, {}, ["white_dwarf_cooling"], curves=["lz_g_X"])
    lines = figure.axes[0].lines
    assert len(lines) == 2
    assert all(line.get_linestyle() == "--" for line in lines)
    assert len(words(figure)) == 2
    assert all("projected" in text for text in words(figure))


@pytest.mark.parametrize("name", [n for n, c in physics.constraints().items() if c.kind == "limit"])
def test_labels_of_limits_name_the_side_that_is_excluded(name):
    c = physics.constraints()[name]
    assert not ("<" in c.label and np.isfinite(c.upper)), f"{c.label} is allowed"
    assert not (">" in c.label and np.isfinite(c.lower)), f"{c.label} is allowed"


def test_limits_are_hatched_towards_what_they_exclude(made_up, pixels):
    """Dark pixels above and below an edge that is horizontal, away from its line; the colour is not the fill's."""
    plane = made_up(size=41, cmb_ratio=lambda m, g: g / 3.1e-4 + 0 * m)
    _, inside = pixels(plot_map(plane, "m_X", "g_X", constrain=["cmb"]), dpi=200)
    colour = np.array(to_rgb(physics.constraints()["cmb"].colour))
    strong = np.abs(inside - colour).sum(axis=-1) < 0.35
    edge = int(strong.sum(axis=1).argmax())
    above, below = strong[edge - 12 : edge - 4].sum(), strong[edge + 4 : edge + 12].sum()
    assert above > 50
    assert below == 0


def test_what_is_allowed_has_no_attributes_of_another_variable(ds):
    found = allowed(ds, ["n_eff_bbn_drees_zhao", "cmb"])
    assert "units" not in found.attrs
    assert "references" not in found.attrs
    assert found.name == "allowed"
    assert found.attrs["constraints"] == "n_eff_bbn_drees_zhao, cmb"
