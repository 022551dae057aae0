"""Excess and sensitivity line: independent values, readings, stars, where there is no value."""

import json
from pathlib import Path

import numpy as np
import pytest

import physics
from physics import Status
from physics.white_dwarf.cooling import luminosities
from physics.white_dwarf.tables import load

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
COUPLED = [
    v for v in REFERENCE if v["quantity"] in ("eps_BSM", "g at eps=0.30") and v["inputs"]["m_A_MeV"] > 0
]  # the row at m = 0 is test_massless


def value_of(quantity):
    return next(v["value"] for v in REFERENCE if v["quantity"] == quantity)


@pytest.mark.parametrize("row", COUPLED, ids=lambda v: f"{v['quantity']} {v['inputs']['m_A_MeV']}")
def test_reference_values(row):
    i = row["inputs"]
    reading = "physical" if i["convention"].startswith("physical") else "printed"
    point = {"m_X": i["m_A_MeV"], "wd_mass": i["M_Msun"], "wd_temperature": i["T_K"], "wd_reading": reading}
    if row["quantity"] == "eps_BSM":
        got = physics.evaluate("white_dwarf_excess", g_X=i["g"], **point)
    else:
        got = physics.evaluate("white_dwarf_g_X", wd_excess_level=0.30, **point)
    assert got == pytest.approx(row["value"], rel=1e-6)


def test_luminosity():
    parts = luminosities(load(1.0, 1e8))
    np.testing.assert_allclose(parts, [value_of(f"L_{x} SM") for x in "LTA"], rtol=2e-9)
    assert physics.evaluate("white_dwarf_luminosity") == pytest.approx(value_of("L_SM"), rel=2e-9)


def test_where_there_is_no_value():
    names = ["white_dwarf_excess", "white_dwarf_g_X", "white_dwarf_luminosity"]
    far = physics.evaluate_with_status(names, m_X=1e6, g_X=1.5)
    assert [int(o.status) for o in far.values()] == [Status.OUTSIDE_DOMAIN, Status.NO_SOLUTION, Status.OK]
    small = physics.evaluate_with_status(names, m_X=1.0, g_X=1e-5, wd_mass=[0.2, 1.0])
    for outcome in small.values():
        assert outcome.status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OK]
    assert physics.evaluate("white_dwarf_excess", m_X=1.0, g_X=0.0) == 0.0


def test_printed_reading_sums_over_flavours_and_widens_less():
    """24 pi for 6 pi: a quarter of the width, four times the resonance, half the coupling."""
    both = physics.evaluate("white_dwarf_g_X", m_X=0.03, wd_reading=["physical", "printed"])
    assert both[1] / both[0] == pytest.approx(0.5, rel=5e-3)


def test_stars_along_an_axis():
    """0.6 Msun has its own edge, 33 keV; broadcast over couplings it is looked up once."""
    m = np.array([0.02, 0.05]).reshape(2, 1, 1)
    got = physics.evaluate("white_dwarf_excess", m_X=m, g_X=np.array([1e-12, 1e-11]), wd_mass=[[0.6], [1.0]])
    assert got.shape == (2, 2, 2)
    ratio = got[:, :, 1] / got[:, :, 0]
    np.testing.assert_allclose(ratio, [[100.0, 100.0], [1e4, 100.0]], rtol=1e-9)  # resonant, or not
