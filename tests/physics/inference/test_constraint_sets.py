"""Sets of constraints: complete, without alternatives side by side, in colours that differ."""

import pytest

import physics
from physics.core import readings
from physics.inference import sets
from physics.inference.constraint_sets import constraint_set, one_of_each


@pytest.mark.parametrize("name", list(sets()))
def test_set(name):
    chosen = constraint_set(name)
    assert chosen.readings in readings.sets()
    assert chosen.title
    assert not set(chosen.constraints) & set(chosen.beside)
    assert all(chosen.absent.values())
    looks = [(c.colour, c.hatch) for c in chosen.rows]
    assert len(set(looks)) == len(looks), "two constraints of one picture look the same"


def test_every_paper_has_one():
    assert set(sets()) == {"current", *(name for name in readings.sets() if name.startswith("paper:"))}


def test_current_has_one_of_every_kind_of_data():
    current = constraint_set("current")
    groups = {c.alternative or c.name for c in current.rows}
    assert {"g-2", "N_eff", "CMB", "relic density", "white dwarfs", "Borexino", "coherent_csi", "cenns10"} <= groups
    assert {"xenonnt2022", "lz2024", "charm2"} <= set(current.constraints)
    assert [c.name for c in current.rows if c.kind == "hint"] == ["g2_WP2025"]


@pytest.mark.parametrize(
    ("names", "error", "says"),
    [
        (
            ["g2_WP2025", "cmb", "g2_FNAL2021"],
            physics.RegistryError,
            r"g2_WP2025 and g2_FNAL2021 are alternatives \(g-2\)",
        ),
        (["n_eff_2026", "n_eff_bbn"], physics.RegistryError, r"n_eff_2026 and n_eff_bbn are alternatives \(N_eff\)"),
        (["white_dwarf_cooling"], physics.RegistryError, "white_dwarf_cooling is a projection"),
        (["cmb", "cmb"], physics.RegistryError, "cmb is named twice"),
        (["cbm"], physics.UnknownNameError, "your set: no constraint 'cbm'.*cmb"),
        ("2020", physics.UnknownNameError, "no set of constraints '2020'; known: current, paper:drees-zhao-2021"),
    ],
)
def test_what_cannot_hold_together_is_refused(names, error, says):
    with pytest.raises(error, match=says):
        physics.constraint_set(names)


def test_one_of_each_group():
    assert one_of_each(physics.constraints()).count("g2_BNL2006") == 1
    names = ["n_eff_bbn", "cmb", "n_eff_2026", "g2_FNAL2021", "g2_WP2025"]
    assert one_of_each(names) == ["n_eff_bbn", "cmb", "g2_FNAL2021"]
    assert one_of_each(names, constraint_set("current").constraints) == ["cmb", "n_eff_2026", "g2_WP2025"]
