"""The equations for density and temperature: their Jacobian in closed form against differences, for eight points."""

import math

import numpy as np
import pytest

from physics.core.compiled import compiled
from physics.core.vectors import LANES, load, store
from physics.dark_matter.relic import coupled_rates as rates
from physics.dark_matter.relic import shared_averages as shared
from physics.dark_matter.relic.bath import bath_tables
from physics.dark_matter.relic.coupled_tables import BLOCK, averages_of, bath_cells, bath_of_all, put_in, rows_of

COUPLINGS, Y_F = np.array([1.0, 1e-5, 1.0]), np.array([0.0, 1e-3, 50.0])
W = np.geomspace(0.5, 1.0, LANES)  # widths, over the largest


def system(d, w):
    """The equations, with the phases and logarithms of widths to put in."""
    m_psi, tables = 15.0, bath_tables(2.3)
    bath = bath_cells((math.log(m_psi), math.log(30.0)), bath_of_all(2.3, m_psi), tables, math.log(m_psi / 1e-6))
    pair = shared.pair_of(d, COUPLINGS, Y_F, False, 1e9)
    tier = int(shared.tiers_of(np.array([w]), pair)[0])
    assert (shared.tiers_of(w * W, pair) == tier).all()
    of_pair, c = averages_of(pair, tier, shared.COLD_PANEL, bath.starts[:5, 0], tables.gas), np.empty(shared.MOST)
    with_pole, n = tier == shared.SMALL and d > 0.0, of_pair.kinetic.size
    rows = rows_of(of_pair, LANES)
    for lane in range(LANES):
        shared.coefficients(1.0, w * W[lane], 1.0, pair, tier, c)
        put_in(c, with_pole, of_pair, np.empty((2, n + BLOCK)), rows[lane * n : (lane + 1) * n])
    slope = shared.slope_of(d) if with_pole else 0.0
    return rates.System(-25.5, -17.0, 0.0, 0.0, 0.0, bath.cells, bath.low, rows, n, of_pair.low, slope, with_pole)


@compiled
def _with_lanes(of, ln_w, phase, first):
    return rates.System(
        load(ln_w) * 0 + of.log_scale, load(ln_w) * 0 + of.log_scattering, load(ln_w), load(phase), load(first),
        of.cells, of.low_u, of.averages, of.nodes, of.low, of.slope, of.with_pole,
    )  # fmt: skip


@compiled
def both(of, ln_w, phase, first, place, out):
    s = _with_lanes(of, ln_w, phase, first)
    d_y, d_T = rates.derivatives(rates.prepare(load(place[0]), s), load(place[1]), load(place[2]), s)
    store(d_y, out[0])
    store(d_T, out[1])


@compiled
def closed(of, ln_w, phase, first, place, out):
    s = _with_lanes(of, ln_w, phase, first)
    _, f = rates.here_and_slopes(load(place[0]), load(place[1]), load(place[2]), s)
    store(f.y, out[0])
    store(f.z, out[1])
    store(f.y_t, out[2])
    store(f.z_t, out[3])
    store(f.y_y, out[4])
    store(f.z_y, out[5])
    store(f.y_z, out[6])
    store(f.z_z, out[7])


@compiled
def equilibrium(of, ln_w, phase, first, u, out):
    store(rates.log_equilibrium(load(u), _with_lanes(of, ln_w, phase, first)), out)


def value(function, shape, *arguments):
    out = np.empty((*shape, LANES))
    function(*arguments, out)
    return out


@pytest.mark.parametrize("phase", [rates.EARLY, rates.LATE, rates.GONE])
@pytest.mark.parametrize(("d", "w"), [(0.5, 1e-6), (-0.3, 1e-4), (1e-3, 1e-3)])
def test_the_jacobian(d, w, phase):
    """In u, density and temperature; differences within a cell of the bath, where its polynomials are smooth."""
    of, step = system(d, w), 1e-5
    at = of, np.log(w * W), np.full(LANES, phase), float(of.nodes) * np.arange(LANES)
    for u, over_equilibrium, warmth in [(2.731, 0.1, 0.01), (3.022, 2.0, -0.2), (4.111, 6.0, -0.5)]:
        place = np.array([u + 1e-3 * W, over_equilibrium + W, warmth * W])
        if phase != rates.EARLY:
            place[1] += value(equilibrium, (), *at, place[0])
        f = value(closed, (8,), *at, place)
        np.testing.assert_allclose(f[:2], value(both, (2,), *at, place), rtol=1e-12)
        ends = [place + step * e[:, np.newaxis] for e in np.vstack([np.eye(3), -np.eye(3)])]
        above, below = np.split(np.array([value(both, (2,), *at, end) for end in ends]), 2)
        differences = (above - below) / (2 * step)
        scale = np.abs(differences).max()
        np.testing.assert_allclose(f[2:].reshape(3, 2, LANES), differences, rtol=1e-4, atol=1e-6 * scale)


def test_a_lane_does_not_depend_on_the_others():
    """Nor on which it is: bit by bit, with others early, late and gone, and with others that are not finite."""
    of = system(0.5, 1e-6)
    ln_w, first = np.log(1e-6 * W), float(of.nodes) * np.arange(LANES)
    phase = np.array([rates.EARLY, rates.LATE, rates.GONE, rates.GONE, rates.LATE, rates.EARLY, rates.GONE, rates.LATE])
    place = np.array([3.0 + W, 0.5 + W, -0.3 * W])
    place[1] -= np.where(phase == rates.EARLY, 0.0, 20.0)
    together = value(closed, (8,), of, ln_w, phase, first, place)
    for lane in range(LANES):
        order = np.full(LANES, lane)
        other = place[:, order].copy()
        other[:, 1::2] = math.nan
        alone = value(closed, (8,), of, ln_w[order], phase[order], first[order], other)
        np.testing.assert_array_equal(alone[:, ::2], np.broadcast_to(together[:, lane : lane + 1], (8, LANES // 2)))
