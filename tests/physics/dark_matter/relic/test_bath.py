"""The bath: the rate at which neutrinos warm psi, and when they decouple."""

import math

import pytest

from physics.dark_matter.relic import bath
from physics.early_universe.degrees_of_freedom import neutrino_temperature_ratio


def test_scattering_rate(propagator):
    """gamma from its definition: coefficient with Pauli blocking, and the propagator's suppression."""
    tables = bath.bath_tables(2.3)
    for T_nu in (0.05, 0.5, 5.0, 50.0):
        G = 5e-4**2 / 15**2
        point = bath.Point(math.log(7.5), math.log(15.0), 0.0, bath.SCATTERING * G**2 / 7.5, True)
        rate = bath.relaxation(math.log(7.5 / T_nu), point, tables.propagator)
        assert rate == pytest.approx(10.17164 * G**2 * T_nu**6 / 7.5 * propagator(T_nu, 15.0), rel=2e-5)


def test_decoupling_of_the_neutrinos():
    """T_nu/T of the compiled bath is that of degrees_of_freedom.py, for any decoupling temperature."""
    point = bath.Point(math.log(7.5), math.log(15.0), 0.0, 0.0, False)
    for T_decoupling in (1e-4, 0.3, 2.3, 50.0, 1e6):
        tables = bath.bath_tables(T_decoupling)
        for T in (1e-5, 0.05, 0.29, 0.31, 2.0, 3.0, 49.0, 51.0, 1e4):
            ratio = 7.5 / T / math.exp(bath.bath_at(math.log(7.5 / T), point, tables).log_x)
            assert ratio == pytest.approx(float(neutrino_temperature_ratio(T, T_decoupling)), rel=1e-5)
        assert 1 / tables.cooling == pytest.approx(float(neutrino_temperature_ratio(1e-6, T_decoupling)), rel=1e-5)
