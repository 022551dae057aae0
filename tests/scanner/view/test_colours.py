"""Colours of constraints."""

from physics.inference.constraints import constraints
from scanner.view.colours import PALETTE, usual_colours


def test_a_colour_is_taken_once():
    drawn = [constraints()[name] for name in ("n_eff_2026", "n_eff_act", "cmb", "n_eff_kamada")]
    found = usual_colours(drawn)
    assert len(set(found)) == len(found)
    assert found[0] == drawn[0].colour
    assert found[2] == drawn[2].colour
    assert set(found[1::2]) <= set(PALETTE)


def test_more_than_there_are_colours():
    drawn = [constraints()["n_eff_2026"]] * 20
    assert len(usual_colours(drawn)) == 20
    assert set(usual_colours(drawn)[1:]) == set(PALETTE)
