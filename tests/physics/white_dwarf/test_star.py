"""The star: independent values, Chandrasekhar's limits."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from physics.model.constants import ATOMIC_MASS_G, ERG_PER_MEV, G_NEWTON, HBARC_MEV_CM, M_E, M_SUN_G
from physics.white_dwarf.equation_of_state import COMPOSITIONS, Chandrasekhar, Salpeter
from physics.white_dwarf.star import hydrostatic, integrated, star

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]


def reference(quantity, **inputs):
    (row,) = (
        v for v in REFERENCE if v["quantity"] == quantity and all(v["inputs"].get(k) == x for k, x in inputs.items())
    )
    return row["value"]


def test_one_solar_mass_of_carbon():
    s = star(1.0, 1e8)
    assert s.radius / 1e5 == pytest.approx(reference("R"), rel=1e-8)
    assert s.rho_centre == pytest.approx(reference("rho_c"), rel=1e-8)
    assert s.x_centre == pytest.approx(reference("x_c"), rel=1e-8)
    centre, surface = np.sqrt(s.plasma([s.y_centre, s.y_surface]).omega_p2) * 1e6
    assert centre == pytest.approx(reference("omega_p(0)"), rel=1e-8)
    assert surface == pytest.approx(reference("omega_p(R)"), rel=1e-8)
    half = s.plasma(s.y_of_r(0.5 * s.radius))
    assert half.n_e / HBARC_MEV_CM**3 == pytest.approx(reference("n_e"), rel=1e-8)
    assert math.sqrt(half.omega_p2) * 1e6 == pytest.approx(reference("omega_p", r_over_R=0.5), rel=1e-8)
    assert half.mu == pytest.approx(reference("mu (incl. m_e)", r_over_R=0.5), rel=1e-8)


@pytest.mark.parametrize(
    ("eos", "radius", "rho_centre"),
    [
        (Salpeter(COMPOSITIONS["O16"]), 5353.0, None),
        (Salpeter(COMPOSITIONS["C12"], exchange=False), 5408.7, None),
        (Chandrasekhar(2.0), 5716.4, 2.828e7),
    ],
)
def test_other_matter(eos, radius, rho_centre):
    solution = hydrostatic(eos, 1.0)
    assert solution.radius / 1e5 == pytest.approx(radius, abs=0.06)
    if rho_centre:
        rho = (M_E * solution.x_centre) ** 3 / (3 * math.pi**2) / HBARC_MEV_CM**3 * 2 * ATOMIC_MASS_G
        assert rho == pytest.approx(rho_centre, rel=2e-4)


def test_mixture_lies_between():
    carbon, mixed, oxygen = (hydrostatic(Salpeter(COMPOSITIONS[c]), 0.8).radius for c in ("C12", "CO", "O16"))
    assert oxygen < mixed < carbon


def test_chandrasekhar_mass():
    """The polytrope of index 3: M = sqrt(3 pi)/2 * 2.01824 (hbar c/G)^(3/2)/(mu_e m_u)^2; corrections go as 1/x^2."""
    hbar_c = HBARC_MEV_CM * ERG_PER_MEV
    limit = math.sqrt(3 * math.pi) / 2 * 2.0182359 * (hbar_c / G_NEWTON) ** 1.5 / (2 * ATOMIC_MASS_G) ** 2
    assert limit / M_SUN_G == pytest.approx(1.456, abs=1e-3)
    assert integrated(Chandrasekhar(2.0), 300.0).mass == pytest.approx(limit, rel=3e-4)


def test_slow_electrons_are_a_polytrope_of_index_three_halves():
    """M goes as rho_c^(1/2) and R as M^(-1/3); R from Lane-Emden: xi_1 = 3.65375373."""
    light, lighter = integrated(Chandrasekhar(2.0), 2e-3), integrated(Chandrasekhar(2.0), 1e-3)
    assert light.mass / lighter.mass == pytest.approx(2**1.5, rel=2e-6)
    assert light.radius * light.mass ** (1 / 3) == pytest.approx(lighter.radius * lighter.mass ** (1 / 3), rel=2e-6)
    x = 1e-3
    rho = (M_E * x) ** 3 / (3 * math.pi**2) / HBARC_MEV_CM**3 * 2 * ATOMIC_MASS_G
    pressure = Chandrasekhar(2.0).pressure(x) * ERG_PER_MEV / HBARC_MEV_CM**3
    length = math.sqrt(2.5 * pressure / (4 * math.pi * G_NEWTON)) / rho
    assert lighter.radius == pytest.approx(3.65375373 * length, rel=2e-6)


@pytest.mark.parametrize("mass", [0.4, 0.6, 1.0, 1.3])
def test_profile_holds_the_mass(mass):
    s = star(mass, 1e8)
    y, weight = s.shells()
    rho = np.exp(y) / HBARC_MEV_CM**3 * s.composition.mu_e * ATOMIC_MASS_G
    assert np.sum(weight * rho) == pytest.approx(mass * M_SUN_G, rel=1e-10)
    assert np.sum(weight) == pytest.approx(4 / 3 * math.pi * s.radius**3, rel=1e-10)
    assert np.all(np.diff(s.r) > 0)
    assert np.all(np.diff(s.rho) < 0)


def test_radius_of_a_shell_and_back():
    s = star(1.0, 1e8)
    r = s.radius * np.array([0.0, 1e-4, 0.1, 0.5, 0.9, 0.999])
    np.testing.assert_allclose(np.sqrt(s.r2(s.y_of_r(r))), r, rtol=1e-9, atol=1e-7 * s.radius)


def test_a_star_is_computed_once():
    assert star(1.0, 1e8) is star(1.0, 1e8)
