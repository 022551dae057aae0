import numpy as np
import pytest

from physics.core.files import columns
from physics.early_universe.make_weak_rates import annihilation, scattering
from physics.early_universe.weak_rates import (
    ANNIHILATION_OF_NEUTRINOS,
    ELECTRON_FLAVOUR,
    MUON_FLAVOUR,
    SCATTERING_OF_NEUTRINOS,
    weak_rates,
)
from physics.model.constants import M_E


def test_without_masses_and_blocking():
    """Escudero 2018: 32 (T_1^9 - T_2^9) + 56 T_1^4 T_2^4 (T_1 - T_2)."""
    assert annihilation(1e-8, blocking=False)[0] == pytest.approx(9 * 32, rel=1e-7)
    assert scattering(1e-8, blocking=False)[0] == pytest.approx(56, rel=1e-7)


def test_pauli_blocking():
    """Escudero 2020: f_a = 0.884, f_s = 0.829."""
    assert ANNIHILATION_OF_NEUTRINOS / 32 == pytest.approx(0.884, abs=5e-4)
    assert SCATTERING_OF_NEUTRINOS / 56 == pytest.approx(0.829, abs=5e-4)


def test_the_table_is_what_the_generator_makes():
    table = columns("early_universe/weak_rates.csv")
    for i in (0, 40, 80, 120, 170):
        x = M_E / table["T_MeV"][i]
        row = [table[name][i] for name in list(table)[1:]]
        np.testing.assert_allclose([*annihilation(x), *scattering(x)], row, rtol=2e-9)


@pytest.mark.parametrize("T", [0.05, 0.2, 1.0, 7.0])
def test_annihilation_is_the_integral_of_the_rate(T):
    """With the rate computed anew at 40 points below T."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    t = 0.5 * (1 + nodes)
    rates = np.array([annihilation(M_E / (T * u)) for u in t])
    exact = np.sum(0.5 * weights * t**8 * rates.T, axis=-1)
    assert weak_rates(np.log([T]))[0, :2] == pytest.approx(exact, rel=2e-5)


def test_between_the_rows_of_the_table():
    for T in (0.033, 0.31, 2.2):
        x = M_E / T
        assert weak_rates(np.log([T]))[0, 2:] == pytest.approx(scattering(x), rel=1e-5)


def test_the_electron_mass_suppresses():
    """NUDEC_BSM's tables have 0.9930, 0.9542 (nu_e) and 0.9631, 0.9674 (nu_mu) at 0.933 MeV, from Maxwell-Boltzmann."""
    same_a, mixed_a = annihilation(M_E / 0.9332543)
    same_s, mixed_s = scattering(M_E / 0.9332543)
    for flavour, a, s in ((ELECTRON_FLAVOUR, 0.9930, 0.9542), (MUON_FLAVOUR, 0.9631, 0.9674)):
        ratio = flavour.mixed / flavour.same
        assert (same_a + ratio * mixed_a) / (9 * ANNIHILATION_OF_NEUTRINOS) == pytest.approx(a, abs=5e-4)
        assert (same_s + ratio * mixed_s) / SCATTERING_OF_NEUTRINOS == pytest.approx(s, abs=1e-3)
