"""g_* of the Standard Model: limits, consistency, and the numbers that textbooks quote."""

import numpy as np
import pytest

from physics.early_universe.degrees_of_freedom import (
    energy_degrees_of_freedom,
    entropy_degrees_of_freedom,
    entropy_slope,
    neutrino_temperature_ratio,
)
from physics.model.constants import HBARC2_MEV2_CM2, T_CMB


def test_limits():
    assert float(energy_degrees_of_freedom(5.0)) == pytest.approx(10.75, rel=3e-3)  # photons, e+-, neutrinos
    assert float(energy_degrees_of_freedom(1e6)) == pytest.approx(106.75, rel=0.03)  # below it by interactions
    n_eff = 3.046
    assert float(energy_degrees_of_freedom(1e-9)) == pytest.approx(2 + 7 / 4 * n_eff * (4 / 11) ** (4 / 3), rel=3e-4)


def test_entropy_and_energy_agree_where_nothing_is_massive():
    T = np.array([3.0, 5.0, 7.0])
    np.testing.assert_allclose(energy_degrees_of_freedom(T), entropy_degrees_of_freedom(T), rtol=1e-4)


def test_entropy_today():
    """2891.2/cm^3 is the entropy with three neutrinos at (4/11)^(1/3) T (PDG); the table's neutrinos are 0.6 % more."""
    s = 2 * np.pi**2 / 45 * float(entropy_degrees_of_freedom(T_CMB)) * T_CMB**3 / HBARC2_MEV2_CM2**1.5
    assert s == pytest.approx(2891.2, rel=7e-3)
    assert s == pytest.approx(2891.2 * 3.931 / (43 / 11), rel=2e-4)


def test_neutrinos_are_colder_after_annihilation():
    ratio = neutrino_temperature_ratio(np.geomspace(1e-4, 1e3, 300))
    assert (np.diff(ratio) > -1e-8).all()
    assert ratio[-1] == 1.0
    assert ratio[0] == pytest.approx((4 / 11) ** (1 / 3) * (3.046 / 3) ** 0.25, rel=1e-3)


def test_slope_is_the_derivative():
    T = np.array([1e-5, 0.05, 0.3, 1.0, 30.0, 150.0, 3e3, 1e7])
    h = 1e-5
    numeric = np.log(entropy_degrees_of_freedom(T * (1 + h)) / entropy_degrees_of_freedom(T * (1 - h))) / (2 * h)
    np.testing.assert_allclose(entropy_slope(T), numeric, atol=1e-7)


def test_continuous_at_the_cold_end_of_the_table():
    """g_* is flat below 10 keV, and the spline leaves it so."""
    assert float(entropy_slope(0.0100001)) == pytest.approx(0.0, abs=1e-6)
    assert float(entropy_degrees_of_freedom(0.0103)) == pytest.approx(3.93094, rel=1e-6)
