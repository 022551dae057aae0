"""The bath in cells; densities are tested in test_blocks.py."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.bath import Point, bath_at, bath_tables, relaxation
from physics.dark_matter.relic.boltzmann import T_END
from physics.dark_matter.relic.coupled_tables import STARTS, U_STEP, bath_cells, bath_of_all


@pytest.mark.parametrize("m_psi", [0.3, 8.0, 55.0, 900.0])
def test_bath_in_cells(m_psi):
    """As accurate where the neutrinos decouple, a kink, as elsewhere."""
    tables = bath_tables(2.3)
    u_end = math.log(m_psi / T_END)
    bath = bath_cells((math.log(m_psi), math.log(20.0)), bath_of_all(2.3, m_psi), tables, u_end)
    point = Point(math.log(m_psi), math.log(20.0), 1.0, 1.0, True)
    decoupling = math.log(m_psi / 2.3)
    low = math.log(STARTS[-1])
    u = np.concatenate([np.linspace(low, u_end, 300), decoupling + np.linspace(-0.1, 0.1, 40)])
    for here in u[(u >= low) & (u <= u_end)]:
        exact = bath_at(here, point, tables)
        position = (here - bath.low) / U_STEP
        cell = min(int(position), bath.cells.shape[0] - 1)
        values = [np.polynomial.polynomial.polyval(2 * (position - cell) - 1, c) for c in bath.cells[cell].T]
        rate = math.log(relaxation(exact.log_x, point, tables.propagator) * exact.time)
        np.testing.assert_allclose(values[0], exact.log_x, rtol=0, atol=1e-7)
        np.testing.assert_allclose(values[1], math.log(0.5 * exact.time) + exact.log_s, rtol=0, atol=5e-5)
        np.testing.assert_allclose(values[2], exact.log_n_eq - exact.log_s, rtol=3e-7, atol=1e-5)
        np.testing.assert_allclose(values[3], rate, rtol=0, atol=5e-5)
        np.testing.assert_allclose(values[4], 2 * exact.hubble * exact.time, rtol=0, atol=5e-4)
        if abs(here - decoupling) > 1e-9:
            np.testing.assert_allclose(values[5], exact.cooling, rtol=0, atol=2e-5)


def test_the_bath_of_a_pair_does_not_depend_on_others():
    """What is kept for heavier psi, and for neutrinos that decouple before psi is hot or after all is over."""
    for T_decoupling in (2.3, 1e3, 1e-8):
        tables, masses = bath_tables(T_decoupling), (math.log(8.0), math.log(20.0))
        u_end = masses[0] - math.log(T_END)
        alone, beside = (bath_cells(masses, bath_of_all(T_decoupling, m), tables, u_end) for m in (8.0, 3e5))
        np.testing.assert_array_equal(alone.cells, beside.cells)
        assert alone.low <= math.log(STARTS[-1])
        assert alone.low + U_STEP * alone.cells.shape[0] > u_end
