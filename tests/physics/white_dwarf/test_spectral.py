"""Tables of spectral functions: what the generator makes, against spectral functions computed afresh."""

import math

import numpy as np
import pytest

import physics
from physics.white_dwarf import emissivity as em
from physics.white_dwarf.spectral import M_at, build
from physics.white_dwarf.star import star
from physics.white_dwarf.tables import DEFAULT, load

SHIPPED = load(*DEFAULT)


def test_shipped_tables_are_what_the_generator_makes():
    built = build(star(*DEFAULT))
    np.testing.assert_allclose(built.M_0, SHIPPED.M_0, rtol=1e-11)
    np.testing.assert_allclose(built.ln_s, SHIPPED.ln_s, rtol=1e-11)
    for name in ("M", "H"):
        ours, shipped = getattr(built, name), getattr(SHIPPED, name)
        largest = np.max(np.abs(shipped), axis=-1, keepdims=True)
        wide = np.broadcast_to(largest > 1e-12 * np.max(largest), shipped.shape)
        assert np.max(np.abs(ours - shipped)[wide] / np.broadcast_to(largest, shipped.shape)[wide]) < 1e-6


def test_tables_resolve_the_spectral_functions():
    """Interpolated against computed afresh, between the nodes."""
    e = em.edges(star(*DEFAULT))
    rng = np.random.default_rng(7)
    s = np.exp(np.concatenate([rng.uniform(-46, math.log(e.centre), 150), rng.uniform(*np.log(e[2:]), 50)]))
    M = np.array([M_at(x, SHIPPED.ln_s, SHIPPED.M) for x in s]).T
    exact = em.spectral_functions(star(*DEFAULT), s)
    np.testing.assert_allclose(M[0] + M[1], exact[0] + exact[1], rtol=1e-9)


@pytest.mark.parametrize(("mass", "temperature"), [(0.6, 1e8), (1.3, 2e7)])
def test_tables_of_other_stars(mass, temperature):
    """Luminosity against the integral over shells, and the tables against spectral functions computed afresh."""
    other = star(mass, temperature)
    y, weight = other.shells(panels=40)
    direct = sum(float(np.sum(weight * Q)) for Q in em.plasmon_emissivity(other.plasma(y), other.T))
    got = physics.evaluate("white_dwarf_luminosity", wd_mass=mass, wd_temperature=temperature)
    assert got == pytest.approx(direct, rel=1e-9)
    t = load(mass, temperature)
    e = em.edges(other)
    rng = np.random.default_rng(11)
    s = np.exp(np.concatenate([rng.uniform(-46, math.log(e.centre), 100), rng.uniform(*np.log(e[2:]), 20)]))
    M = np.array([M_at(x, t.ln_s, t.M) for x in s]).T
    exact = em.spectral_functions(other, s)
    V, V_exact = M[0] + M[1], exact[0] + exact[1]
    there = V_exact > 1e-60 * np.max(V_exact)
    np.testing.assert_allclose(V[there], V_exact[there], rtol=3e-7)
