"""The criterion of Kamada et al. 2018 for white dwarfs."""

import json
from pathlib import Path

import numpy as np
import pytest

import physics

REFERENCE = Path(__file__).parents[2] / "data" / "kamada-2018.json"


def test_reference_value():
    """g_X at which G_Z' = C_V G_F."""
    rows = [r for r in json.loads(REFERENCE.read_text())["values"] if r["quantity"] == "WD_gp_limit"]
    for row in rows:
        ratio = physics.evaluate("white_dwarf_kamada_ratio", m_X=row["inputs"]["mZp_MeV"], g_X=row["value"])
        assert ratio == pytest.approx(1, rel=1e-5)


def test_it_goes_as_coupling_over_mass_squared():
    here = physics.evaluate("white_dwarf_kamada_ratio", m_X=[10, 20, 10], g_X=[1e-3, 2e-3, 2e-3])
    np.testing.assert_allclose(here / here[0], [1, 1, 4], rtol=1e-12)


def test_half_of_the_four_fermion_ratio():
    """|G_D|/G_F is 2 C_V times it."""
    ratios = physics.evaluate(["white_dwarf_eft_ratio", "white_dwarf_kamada_ratio"], m_X=10, g_X=5e-4)
    eft, kamada = ratios.values()
    assert eft / kamada == pytest.approx(2 * 0.964, rel=1e-12)


def test_where_it_means_nothing():
    for settings in ({"m_X": 0.1}, {"m_X": 10.0, "gauge_group": "B-L"}):
        result = physics.evaluate_with_status("white_dwarf_kamada_ratio", g_X=1e-3, **settings)
        value, status = result["white_dwarf_kamada_ratio"]
        assert np.isnan(value)
        assert status == physics.Status.OUTSIDE_DOMAIN
