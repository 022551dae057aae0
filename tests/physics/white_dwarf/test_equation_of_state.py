"""Cold matter: thermodynamic consistency, and an independent value."""

import json
import math
from pathlib import Path

import pytest

from physics.model.constants import ERG_PER_MEV, HBARC_MEV_CM, M_E
from physics.white_dwarf.equation_of_state import COMPOSITIONS, Chandrasekhar, Composition, Salpeter

CARBON = Salpeter(COMPOSITIONS["C12"])


def test_a_pure_mixture_is_pure():
    split = Salpeter(Composition((6, 6), (12, 12), (0.3, 0.7)))
    assert split.coulomb == pytest.approx(CARBON.coulomb, rel=1e-15)
    assert split.x_surface == pytest.approx(CARBON.x_surface, rel=1e-12)


@pytest.mark.parametrize("eos", [CARBON, Chandrasekhar(2.0)])
@pytest.mark.parametrize("x", [0.019, 0.0201, 0.029, 0.031, 0.3, 2.0, 6.0])
def test_pressure_and_energy_agree(eos, x):
    """DP = n dmu, and the slope is the derivative."""
    h = 1e-3 * x
    n = (M_E * x) ** 3 / (3 * math.pi**2)

    def derivative(f):
        return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)

    assert derivative(eos.energy_per_electron) == pytest.approx(eos.energy_slope(x), rel=1e-8)
    assert derivative(eos.pressure) == pytest.approx(n * eos.energy_slope(x), rel=1e-8)


def test_pressure_reference():
    values = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
    (expected,) = (v["value"] for v in values if v["quantity"] == "Salpeter pressure")
    dyn = CARBON.pressure(0.1) * ERG_PER_MEV / HBARC_MEV_CM**3
    assert dyn == pytest.approx(expected, rel=1e-8)
    assert abs(CARBON.pressure(CARBON.x_surface)) < 1e-12 * CARBON.pressure(2 * CARBON.x_surface)
