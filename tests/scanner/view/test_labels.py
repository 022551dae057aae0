"""Names: inside of the axes, on no other name, near what they name, or in the legend."""

import itertools

import numpy as np
import pytest

from scanner.view.panels import plot_panels
from scanner.view.plot import plot_map

NAMES = ["n_eff_2026", "cmb", "borexino_joint", "charm2", "white_dwarf_present", "g2_WP2025", "lz2024", "cenns10"]


@pytest.fixture
def crowded(made_up):
    def line(level, slope, at=1.0):
        return lambda m, g: at * (g / (level * m**slope)) ** 2

    return made_up(
        n_eff=lambda m, g: 3.0 + 3 / m + 0 * g, cmb_ratio=line(1e-4, 0.7), borexino_joint_chi2=line(3e-5, 1.0),
        trident_ratio_charm2=lambda m, g: 1 + g / 1e-3 + 0 * m, white_dwarf_energy_loss=line(5e-5, 1.0),
        delta_a_mu=lambda m, g: 2.6e-9 * (g / 4e-4) ** 2 + 0 * m, lz2024_chi2=line(6e-5, 0.9),
        cenns10_chi2=line(1e-3, 0.2),
    )  # fmt: skip


def corners(text):
    """Of a rotated text, from its box without rotation."""
    angle = np.radians(text.get_rotation())
    text.set_rotation(0)
    box = text.get_window_extent()
    text.set_rotation(np.degrees(angle))
    middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (box.width / 2, box.height / 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return middle + half @ turn


def apart(a, b):
    """Whether two rectangles do not overlap: some side of them separates them."""
    for box in (a, b):
        for edge in (box[1] - box[0], box[2] - box[1]):
            normal = np.array([-edge[1], edge[0]])
            p, q = a @ normal, b @ normal
            if p.max() < q.min() or q.max() < p.min():
                return True
    return False


def test_no_name_lies_on_another_or_outside(crowded):
    figure = plot_map(crowded, "m_X", "g_X", constrain=NAMES)
    (axes,) = figure.axes
    assert len(axes.texts) >= 5
    boxes = [corners(t) for t in axes.texts]
    assert all(apart(a, b) for a, b in itertools.combinations(boxes, 2))
    low, high = np.reshape(axes.bbox.extents, (2, 2))
    assert all((box >= low).all() and (box <= high).all() for box in boxes)


def test_every_name_is_somewhere_and_once(crowded):
    figure = plot_map(crowded, "m_X", "g_X", constrain=NAMES)
    written = {t.get_gid() for t in figure.axes[0].texts}
    in_legend = sum(len(legend.get_texts()) for legend in figure.legends)
    assert len(written) + in_legend == len(NAMES)


def test_legends_are_outside_of_the_axes(crowded):
    figure = plot_map(crowded, "m_X", "g_X", constrain=NAMES, labels="legend")
    assert not figure.axes[0].texts
    (legend,) = figure.legends
    assert len(legend.get_texts()) == len(NAMES)
    figure.draw_without_rendering()
    assert legend.get_window_extent().y1 < figure.axes[0].bbox.y0


def test_names_are_near_their_edges(crowded):
    figure = plot_map(crowded, "m_X", "g_X", constrain=NAMES)
    (axes,) = figure.axes
    for text in axes.texts:
        if text.get_gid() == "g2_WP2025":
            continue  # a band: inside
        place = axes.transData.transform(text.get_position())
        lines = [axes.transData.transform(line.get_xydata()) for line in axes.lines if line.get_gid() == text.get_gid()]
        fine = [p[:-1] + s * np.diff(p, axis=0) for p in lines for s in np.linspace(0, 1, 20)]
        assert min(np.hypot(*(p - place).T).min() for p in fine) < 25


def test_the_name_of_a_region_without_an_edge_is_inside(made_up):
    figure = plot_map(made_up(n_eff=lambda m, g: 5 + 0 * m), "m_X", "g_X", constrain=["n_eff_2026"])
    (text,) = figure.axes[0].texts
    assert text.get_rotation() == 0


def test_no_name_of_a_limit_lies_on_what_it_allows(crowded):
    """In a small panel too: it goes to the legend."""
    figure = plot_panels(crowded.expand_dims(q_psi=[1.0, 2.0]), "m_X", "g_X", "q_psi", constrain=NAMES)
    in_legend = len(figure.legends[0].get_texts())
    for axes in [axes for axes in figure.axes if axes.get_title()]:
        regions = {patch.get_gid(): patch for patch in axes.patches}
        limits = [text for text in axes.texts if text.get_gid() not in ("g2_WP2025", "white_dwarf_present")]
        assert limits
        assert len(axes.texts) + in_legend >= len(NAMES)
        for text in limits:
            region = regions[text.get_gid()].get_path()
            outline = axes.transData.transform_path(region)
            assert outline.contains_points(corners(text), radius=0).all(), text.get_text()
