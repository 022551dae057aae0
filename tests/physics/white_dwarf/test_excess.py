"""Integrals of spectral functions: independent values, brute force, seams, scalings."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import physics
from physics.model.constants import G_F
from physics.model.lagrangian import CHARGES
from physics.model.mixing import electron_coupling_per_g_X, mixing_per_coupling
from physics.white_dwarf import dispersion as p
from physics.white_dwarf import emissivity as em
from physics.white_dwarf import excess
from physics.white_dwarf.cooling import luminosities
from physics.white_dwarf.couplings import plasmon_couplings
from physics.white_dwarf.spectral import graded_integrals
from physics.white_dwarf.star import star
from physics.white_dwarf.tables import load

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
COEFFICIENTS = [v for v in REFERENCE if v["quantity"][:4] in ("R_L:", "R_T:", "b_FP")]
STAR = star(1.0, 1e8)
DEFAULT = load(1.0, 1e8)
LMU_LTAU = plasmon_couplings(electron_coupling_per_g_X(mixing_per_coupling("photon")), CHARGES["Lmu-Ltau"])
B_L = plasmon_couplings(-1.0, CHARGES["B-L"])


def coefficients(*m):
    return excess.coefficients(np.array(m), DEFAULT, LMU_LTAU)


@pytest.mark.parametrize("row", COEFFICIENTS, ids=lambda v: f"{v['quantity'][:3]} {v['inputs']['m_A_MeV']}")
def test_coefficients(row):
    c = coefficients(row["inputs"]["m_A_MeV"])
    got = getattr(c, row["quantity"].split(":")[0].removesuffix("_FP"))[0]
    assert got == pytest.approx(row["value"], rel=max(row["rel_tol"], 1e-6))


def test_massless():
    """Eq. (32): at m = 0 the propagator is 1/((1-r) q^2), the excess Int M/s^2 in closed form; the limit is smooth."""
    expected = next(v["value"] for v in REFERENCE if v["quantity"] == "b(0): eps=g^4 b, m_A=0, no resonance")
    c = coefficients(1e-12, 1e-10)
    assert c.b == pytest.approx(expected, rel=1e-6)
    got = physics.evaluate("white_dwarf_excess", m_X=1e-20, g_X=1e-6, wd_reading="printed")
    assert got == pytest.approx(0.15493832997962673, rel=1e-6)


# ---- Brute force: the integral over density and momentum, none of the spectral machinery


def brute_force(m, g, kind, c):
    """Excess of one polarisation by panels in (y, k), graded towards the curve on which the plasmon has q^2 = m^2."""
    s = STAR
    y_all = np.linspace(s.y_surface, s.y_centre, 200001)
    y0 = float(np.interp(2 * math.log(m), s.ln_omega_p2(y_all), y_all))
    span = s.y_centre - s.y_surface
    steps = span * 2.0 ** -np.arange(0.0, 17.0 if m < 0.0814 else 5.0)
    centre = s.y_centre - span * 2.0 ** -np.arange(0.0, 24.0, 2.0)
    breaks = np.concatenate([[s.y_surface, s.y_centre, y0], y0 - steps, y0 + steps, centre])
    if kind == "T":  # where k -> infinity
        v = s.plasma(y_all).v_star
        y1 = float(np.interp(2 * math.log(m), s.ln_omega_p2(y_all) + np.log(p.g_t(v)), y_all))
        breaks = np.concatenate([breaks, [y1], y1 + steps[4:12], y1 - steps[4:12]])
    breaks = np.unique(breaks[(breaks >= s.y_surface) & (breaks <= s.y_centre)])
    z, w = np.polynomial.legendre.leggauss(10)
    half = 0.5 * np.diff(breaks)[:, None]
    y, weight = (breaks[:-1, None] + half * (1 + z)).ravel(), (half * w).ravel()
    gas = s.plasma(y)
    total = 0.0
    for j in range(y.size):
        wp2, v = float(gas.omega_p2[j]), float(gas.v_star[j])
        total += weight[j] * float(s.volume(y[j])) * _one_shell(m, g, wp2, v, kind, c)
    return total / np.sum(luminosities(DEFAULT)) * em.ERG_PER_CM3_S


def _one_shell(m, g, wp2, v, kind, c):
    T = STAR.T
    transverse = kind == "T"
    k_top = math.sqrt((math.sqrt(wp2) + 45 * T) ** 2 - wp2) if transverse else float(p.longitudinal_k_max(wp2, v))

    def mode(k):
        omega = p.transverse_frequency(k, wp2, v) if transverse else p.longitudinal_frequency(k, wp2, v)
        return omega, wp2 * p.g_t(v * k / omega) if transverse else omega**2 - k**2

    low, high = 1e-9 * k_top, k_top * (1 - 1e-12)
    for _ in range(4):  # the resonance, or the end nearest to it
        k = np.linspace(low, high, 80)
        above = (mode(k)[1] > m * m) == transverse
        i = int(np.argmax(above)) if above.any() else 79
        low, high = float(k[max(i - 1, 0)]), float(k[i])
    k0 = 0.5 * (low + high)
    k0 = 0.0 if k0 < 1e-5 * k_top else k0
    steps = k_top * 2.0 ** -np.arange(0.0, 24.0 if m < 0.0814 else 5.0)  # nothing resonates above
    breaks = np.concatenate([[0.0, k0, k_top], steps, k0 - steps, k0 + steps, k_top - steps])
    breaks = np.unique(breaks[(breaks >= 0) & (breaks <= k_top)])
    z, w = np.polynomial.legendre.leggauss(10)
    half = 0.5 * np.diff(breaks)[:, None]
    k, weight = (breaks[:-1, None] + half * (1 + z)).ravel(), (half * w).ravel()
    omega, q2 = mode(k)
    contact = math.sqrt(2) / G_F * g**2 * c.d_V / (m * m - (1 - c.r * g * g) * q2 - 1j * c.k2 * g * g / c.width * q2)
    squares = c.k2 * np.abs(contact) ** 2 + 2 * c.k_V * contact.real  # sum |C_V + contact k|^2 - C_V^2
    prefactor = G_F**2 / (48 * math.pi**4 / 137.035999084)
    if transverse:
        f = prefactor * k**2 * p.transverse_residue(k, omega, wp2, v) * q2**3
    else:
        f = prefactor / 2 * k**2 * p.longitudinal_residue(k, omega, wp2, v) * q2**2 * omega**2
    return float(np.sum(weight * f / np.expm1(omega / T) * squares))


@pytest.mark.parametrize(("m", "g", "c"), [(0.03, 0.1, LMU_LTAU), (0.2, 0.3, LMU_LTAU), (0.2, 4e-7, B_L)])
def test_brute_force(m, g, c):
    """At a width of 2.7e-4 of the mass, in the midst of the resonance, and off it; and half of it interference."""
    expected = brute_force(m, g, "T", c) + brute_force(m, g, "L", c)
    (got,) = excess.excess(np.array([m]), np.array([g]), DEFAULT, c)
    assert got == pytest.approx(expected, rel=3e-6)


# ---- Seams and scalings


def test_no_seam_over_sixteen_decades_of_mass():
    """Neighbours on either side of every panel's edge agree, and so do continuation, graded panels and moments."""
    e = np.exp(DEFAULT.ln_s / 2)
    for g in (1e-12, 1e-6, 1e-3, 0.03, 0.3, 1.0):
        below = physics.evaluate("white_dwarf_excess", m_X=e * (1 - 1e-13), g_X=g)
        above = physics.evaluate("white_dwarf_excess", m_X=e * (1 + 1e-13), g_X=g)
        inside = e < 0.0811  # next to the upper edge the emission falls by e in 1e-4 of the mass
        np.testing.assert_allclose(above[inside], below[inside], rtol=1e-7)
        np.testing.assert_allclose(above, below, rtol=1e-3 if g < 1e-7 else 1e-6)


@given(ln_m=st.floats(-21, -2.3), ln_g=st.floats(-7, 0))
def test_continuation_is_the_graded_integral(ln_m, ln_g):
    m, g, c = math.exp(ln_m), math.exp(ln_g), LMU_LTAU
    real, gamma = 1 - c.r * g * g, c.k2 * g * g / c.width
    a = real**2 + gamma**2
    V2 = graded_integrals(m * m * real / a, m * m * gamma / a, DEFAULT.ln_s, DEFAULT.M, DEFAULT.s_top.item())[0]
    sm = np.sum(luminosities(DEFAULT)) / em.ERG_PER_CM3_S
    expected = 2 * c.k2 / G_F**2 * g**4 * c.d_V**2 * V2 / a / sm
    assert physics.evaluate("white_dwarf_excess", m_X=m, g_X=g) == pytest.approx(expected, rel=1e-7)


def test_narrow_resonance_is_quadratic_in_g():
    m = np.array([1e-6, 1e-3, 0.03, 0.07])
    R = physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-16) * 1e32
    np.testing.assert_allclose(physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-12) * 1e24, R, rtol=1e-12)
    np.testing.assert_allclose(physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-120) * 1e240, R, rtol=1e-12)
    c = coefficients(*m)
    np.testing.assert_allclose(c.R_L + c.R_T, R, rtol=1e-12)


def test_longitudinal_plasmons_resonate_at_every_small_mass():
    """g at 0.30 goes as 1/m; constant only below 4e-3 eV."""
    m = np.array([1e-7, 1e-6, 1e-5, 1e-4])
    product = physics.evaluate("white_dwarf_g_X", m_X=m) * m * 1e6
    np.testing.assert_allclose(product, 5.189e-9, rtol=2e-3)
    flat = physics.evaluate("white_dwarf_g_X", m_X=np.array([1e-14, 1e-12]))
    assert flat[0] == pytest.approx(flat[1], rel=1e-6)


def test_line_is_where_the_excess_has_the_level():
    m = np.geomspace(1e-10, 1e3, 300)
    for reading in ("physical", "printed"):
        for level in (0.01, 0.3, 1.0):
            g = physics.evaluate("white_dwarf_g_X", m_X=m, wd_excess_level=level, wd_reading=reading)
            back = physics.evaluate("white_dwarf_excess", m_X=m, g_X=g, wd_reading=reading)
            np.testing.assert_allclose(back, level, rtol=1e-10)
