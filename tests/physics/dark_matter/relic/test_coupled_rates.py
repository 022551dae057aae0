"""The equations for density and temperature: their Jacobian in closed form against differences."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import coupled_rates as rates
from physics.dark_matter.relic import shared_averages as shared
from physics.dark_matter.relic.bath import bath_tables
from physics.dark_matter.relic.coupled_tables import averages_of, bath_cells, bath_of_all, put_in

COUPLINGS, Y_F = np.array([1.0, 1e-5, 1.0]), np.array([0.0, 1e-3, 50.0])


def system(d, w, phase):
    m_psi, tables = 15.0, bath_tables(2.3)
    pair = shared.pair_of(d, COUPLINGS, Y_F, False, 1e9)
    tier = int(shared.tiers_of(np.array([w]), pair)[0])
    of_pair, c = averages_of(pair, tier, shared.COLD_PANEL, tables.gas), np.empty(shared.MOST)
    shared.coefficients(1.0, w, 1.0, pair, tier, c)
    with_pole = tier == shared.SMALL and d > 0.0
    averages = np.empty((6, of_pair.kinetic.size))
    averages[2:5] = of_pair.log_alpha, of_pair.ratio, of_pair.kinetic
    put_in(c, with_pole, of_pair, averages)
    bath = bath_cells((math.log(m_psi), math.log(30.0)), bath_of_all(2.3, m_psi), tables, math.log(m_psi / 1e-6))
    slope = shared.slope_of(d) if with_pole else 0.0
    return rates.System(-25.5, -17.0, bath.cells, bath.low, of_pair.low, averages, slope, math.log(w), with_pole, phase)


@pytest.mark.parametrize("phase", [rates.EARLY, rates.LATE, rates.GONE])
@pytest.mark.parametrize(("d", "w"), [(0.5, 1e-6), (-0.3, 1e-4), (1e-3, 1e-3)])
def test_the_jacobian(d, w, phase):
    """In u, density and temperature; differences within a cell of the bath, where its polynomials are smooth."""
    at, step = system(d, w, phase), 1e-5

    def both(u, y, warmth):
        return np.array(rates.derivatives(rates.prepare(u, at), y, warmth, at))

    for u, over_equilibrium, warmth in [(2.731, 0.1, 0.01), (3.022, 2.0, -0.2), (4.111, 6.0, -0.5)]:
        y = over_equilibrium if phase == rates.EARLY else over_equilibrium + rates.log_equilibrium(u, at)
        f = rates.slopes(u, y, warmth, at)
        place = np.array([u, y, warmth])
        differences = [(both(*(place + e)) - both(*(place - e))) / (2 * step) for e in step * np.eye(3)]
        assert (f.y, f.z) == pytest.approx(both(*place), rel=1e-12)
        closed = np.array([[f.y_t, f.z_t], [f.y_y, f.z_y], [f.y_z, f.z_z]])
        scale = np.abs(differences).max()
        np.testing.assert_allclose(closed, differences, rtol=1e-4, atol=1e-6 * scale)
