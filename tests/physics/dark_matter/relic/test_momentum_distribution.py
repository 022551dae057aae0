"""Steps of the momentum distribution: redshift, conservation, equilibrium."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic import bath
from physics.dark_matter.relic.elastic_recoil import recoil_table
from physics.dark_matter.relic.momentum_distribution import Gas, History, evolve
from physics.dark_matter.relic.pair_annihilation import annihilation_matrix

H, X = 0.1, 6.0
P = math.sqrt((1 + 40 / X) ** 2 - 1) * np.exp(-H * np.arange(65)[::-1])
M_PSI = 7.5


def history(scale, scattering, exact=True, steps=400, x_end=M_PSI / 1e-6):
    """Scale is B, scattering gamma/T^6 [MeV]."""
    point = bath.Point(math.log(M_PSI), math.log(15.0), scale, scattering, True)
    V = annihilation_matrix(P, H, -0.3, 1e-7, np.ones(1), np.zeros(1), 0.0)
    table = recoil_table(0.5) if exact else np.zeros((0, 0, 0))
    gas = Gas(point, bath.bath_tables(2.3), P, H, V, table, 0.0)
    room = History(*np.zeros((5, steps)), np.zeros((steps, P.size)))
    log_Y, done = evolve(X, x_end, gas, room)
    return log_Y, History(*(a[:done] for a in room))


def test_without_collisions_momenta_redshift_and_nothing_is_lost():
    log_Y, past = history(0.0, 0.0)
    np.testing.assert_allclose(past.Y, past.Y[0], rtol=1e-12)
    assert math.exp(log_Y) == pytest.approx(past.Y[0], rel=1e-12)
    cells = int(np.argmax(past.y[0])) - int(np.argmax(past.y[20]))
    log_a = np.log(past.norm / past.norm[0]) / -3  # norm ~ 1/(s) ~ a^3
    assert cells * H == pytest.approx(abs(log_a[20]), rel=1e-9)
    shifted = past.y[20][: -cells or None]
    np.testing.assert_allclose(shifted[1:], past.y[0][cells + 1 :], rtol=1e-12)


@pytest.mark.parametrize("exact", [True, False])
def test_scattering_keeps_the_number_and_thermalises(exact):
    """1e8 times the scattering of a typical point. It once ended at x = 80: empty cells were left out."""
    typical = bath.scattering_strength(15.0, 5e-4, 0.5, 1.0)
    _, past = history(0.0, 100 * typical, exact, steps=38, x_end=200.0)
    np.testing.assert_allclose(past.Y, past.Y[0], rtol=1e-9)
    _, past = history(0.0, 1e8 * typical, exact, steps=38, x_end=200.0)
    np.testing.assert_allclose(past.Y, past.Y[0], rtol=3e-3)  # rates are 1e12 times the expansion
    np.testing.assert_allclose(past.temperature[5:], 1.0, atol=4e-3)
    gas = P**3 * np.exp(-past.x_nu[-1] * P**2 / (1 + np.sqrt(1 + P**2)))
    held = gas > 1e-3 * gas.max()
    np.testing.assert_allclose((past.y[-1] / past.y[-1].sum())[held], (gas / gas.sum())[held], rtol=0.03)


def test_fast_annihilation_keeps_equilibrium():
    """Equilibrium while annihilation is fast, without scattering; it falls by factors of 2 to 3 in a step of 0.1."""
    _, past = history(1e-4, 0.0, steps=16, x_end=11.0)
    tables = bath.bath_tables(2.3)
    point = bath.Point(math.log(M_PSI), math.log(15.0), 0.0, 0.0, True)
    for x, Y in zip(past.x[2:], past.Y[2:], strict=True):
        here = bath.bath_at(math.log(x), point, tables)
        assert Y == pytest.approx(math.exp(here.log_n_eq - here.log_s), rel=0.3)
    np.testing.assert_allclose(past.temperature[2:], 1.0, atol=6e-2)


def test_what_does_not_fit_is_not_a_number():
    log_Y, _ = history(0.0, 0.0, steps=20)
    assert math.isnan(log_Y)
