"""Colours that all eyes tell apart, the same for a constraint in every picture."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import physics
from scanner.view.curves import Shape
from scanner.view.styles import PALETTE, coloured, handle, ink, tint

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)


def lab(colour, eyes):
    """CIELAB (D65) of a colour as some eyes see it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(BLINDNESS[eyes]) @ linear, 0, 1) / (TO_XYZ @ np.ones(3))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours, eyes):
    return min(float(np.linalg.norm(lab(a, eyes) - lab(b, eyes))) for a, b in itertools.combinations(colours, 2))


@pytest.mark.parametrize("eyes", BLINDNESS)
def test_all_eyes_tell_the_palette_apart(eyes):
    """Ten is several times what is just noticeable; Matplotlib's default colours come as close as 3 and 5."""
    assert nearest(PALETTE, eyes) > 10


def test_the_usual_colours_would_fail_the_test():
    usual = ["tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown", "tab:pink", "tab:olive"]
    assert min(nearest(usual, eyes) for eyes in ("protanopia", "deuteranopia")) < 10


def test_every_constraint_has_a_colour_of_the_palette():
    assert {c.colour for c in physics.constraints().values()} <= set(PALETTE)


def shape(name, colour="", kind="limit", **more):
    return Shape(name, name, kind, "", [], colour=colour, **more)


def test_own_colours_then_free_ones_then_those_that_are_chosen():
    shapes = [shape("a", PALETTE[0]), shape("b"), shape("c"), shape("a", kind="curve")]
    found = [s.colour for s in coloured(shapes, {"c": "red"})]
    assert found[0] == PALETTE[0]
    assert found[1] == PALETTE[1], "the first that is free"
    assert found[2] == "#ff0000"
    assert found[3] not in found[:2], "an observable of a constraint's name is another thing"
    many = coloured([shape(str(i)) for i in range(20)], {})
    assert len({s.colour for s in many}) == len(PALETTE)


def luminance(colour):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(TO_XYZ[1] @ linear)


@pytest.mark.parametrize("colour", PALETTE)
def test_names_can_be_read_on_the_regions_of_all_colours(colour):
    """A contrast of 3 to 1 at the least, as large letters need by WCAG 2, on white and on any faint region."""
    for ground in ("white", *map(tint, PALETTE[:-2])):
        assert (luminance(ground) + 0.05) / (luminance(ink(colour)) + 0.05) > 2.5


@pytest.mark.parametrize(
    ("kind", "level", "says"),
    [
        ("limit", "95% CL", "excluded: X (95% CL)"),
        ("projection", "", "X (projected)"),
        ("projection", "90% CL, projected", "X (90% CL, projected)"),
        ("hint", "", "X"),
    ],
)
def test_legends_say_what_is_excluded_and_what_is_projected(kind, level, says):
    assert handle(shape("X", "black", kind, level=level), over_colours=False).get_label() == says


def test_what_is_said_of_a_name_is_in_one_bracket():
    """Whatever the label has in one already; formulas keep theirs."""
    for label, kind, level, says in (
        (
            "white dwarfs (70 % more cooling)",
            "limit",
            "95% CL, approximate",
            "white dwarfs (70 % more cooling, 95% CL, approximate)",
        ),
        ("LZ (15 t yr)", "projection", "90% CL, projected", "LZ (15 t yr, 90% CL, projected)"),
        ("LZ (projected)", "projection", "", "LZ (projected)"),
        ("CMB", "limit", "95% CL", "CMB (95% CL)"),
        ("$f(x)$", "projection", "", "$f(x)$ (projected)"),
        ("white dwarfs ($G_{Z'}(0) > C_V$)", "limit", "approximate", "white dwarfs ($G_{Z'}(0) > C_V$, approximate)"),
    ):
        text = handle(Shape("n", label, kind, "", [], level=level, colour="black"), over_colours=False).get_label()
        assert text.removeprefix("excluded: ") == says
