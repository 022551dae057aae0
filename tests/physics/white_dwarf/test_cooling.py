"""Excess and sensitivity line: independent values, brute force, seams, scalings, readings, tables."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import physics
from physics import Status
from physics.model.constants import G_F
from physics.white_dwarf import cooling, spectral, tables
from physics.white_dwarf import emissivity as em
from physics.white_dwarf import plasma as p
from physics.white_dwarf.structure import COMPOSITIONS, star

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
COUPLED = [
    v for v in REFERENCE if v["quantity"] in ("eps_BSM", "g at eps=0.30") and v["inputs"]["m_A_MeV"] > 0
]  # the row at m = 0 is test_massless
COEFFICIENTS = [v for v in REFERENCE if v["quantity"][:4] in ("R_L:", "R_T:", "b_FP")]
STAR = star(1.0, 1e8)
DEFAULT = tables.load(1.0, 1e8)


def value_of(quantity):
    return next(v["value"] for v in REFERENCE if v["quantity"] == quantity)


@pytest.mark.parametrize("row", COUPLED, ids=lambda v: f"{v['quantity']} {v['inputs']['m_A_MeV']}")
def test_reference_values(row):
    i = row["inputs"]
    reading = "physical" if i["convention"].startswith("physical") else "printed"
    point = {"m_X": i["m_A_MeV"], "wd_mass": i["M_Msun"], "wd_temperature": i["T_K"], "wd_reading": reading}
    if row["quantity"] == "eps_BSM":
        got = physics.evaluate("white_dwarf_excess", g_X=i["g"], **point)
    else:
        got = physics.evaluate("white_dwarf_g_X", wd_excess_level=0.30, **point)
    assert got == pytest.approx(row["value"], rel=1e-6)


@pytest.mark.parametrize("row", COEFFICIENTS, ids=lambda v: f"{v['quantity'][:3]} {v['inputs']['m_A_MeV']}")
def test_coefficients(row):
    c = cooling.excess_coefficients(np.array([row["inputs"]["m_A_MeV"]]))
    got = getattr(c, row["quantity"].split(":")[0].removesuffix("_FP"))[0]
    assert got == pytest.approx(row["value"], rel=max(row["rel_tol"], 1e-6))


def test_luminosity():
    parts = cooling.luminosities(DEFAULT)
    np.testing.assert_allclose(parts, [value_of(f"L_{x} SM") for x in "LTA"], rtol=2e-9)
    assert physics.evaluate("white_dwarf_luminosity") == pytest.approx(value_of("L_SM"), rel=2e-9)


def test_couplings():
    c = cooling.couplings("physical")
    assert c.d_V == pytest.approx(value_of("d_V^e/g"), rel=1e-9)
    assert (c.d_A, c.k2) == (0.0, 0.5)
    assert abs(c.k_V) < 1e-16
    printed = cooling.couplings("printed")
    assert (printed.d_A / printed.d_V) ** 2 == pytest.approx(1.42e-3, rel=5e-3)
    assert printed.k2 == pytest.approx(0.5 + 3 * printed.d_A**2, rel=1e-14)


def test_massless():
    """Eq. (32): at m = 0 the propagator is 1/((1-r) q^2), the excess Int M/s^2 in closed form; the limit is smooth."""
    c = cooling.excess_coefficients(np.array([1e-12, 1e-10]))
    assert c.b == pytest.approx(value_of("b(0): eps=g^4 b, m_A=0, no resonance"), rel=1e-6)
    got = physics.evaluate("white_dwarf_excess", m_X=1e-20, g_X=1e-6, wd_reading="printed")
    assert got == pytest.approx(0.15493832997962673, rel=1e-6)


# ---- Brute force: the integral over density and momentum, none of the spectral machinery


def brute_force(m, g, kind):
    """Excess of one polarisation by panels in (y, k), graded towards the curve on which the plasmon has q^2 = m^2."""
    s, c = STAR, cooling.couplings("physical")
    r, gamma = c.r * g * g, c.k2 * g * g / c.width
    y_all = np.linspace(s.y_surface, s.y_centre, 200001)
    y0 = float(np.interp(2 * math.log(m), s.ln_omega_p2(y_all), y_all))
    span = s.y_centre - s.y_surface
    steps = span * 2.0 ** -np.arange(0.0, 17.0)
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
        total += weight[j] * float(s.volume(y[j])) * _one_shell(m, r, gamma, wp2, v, kind)
    sm = np.sum(cooling.luminosities(DEFAULT)) / em.ERG_PER_CM3_S
    return 2 / G_F**2 * g**4 * c.k2 * c.d_V**2 * total / sm


def _one_shell(m, r, gamma, wp2, v, kind):
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
    steps = k_top * 2.0 ** -np.arange(0.0, 24.0)
    breaks = np.concatenate([[0.0, k0, k_top], steps, k0 - steps, k0 + steps, k_top - steps])
    breaks = np.unique(breaks[(breaks >= 0) & (breaks <= k_top)])
    z, w = np.polynomial.legendre.leggauss(10)
    half = 0.5 * np.diff(breaks)[:, None]
    k, weight = (breaks[:-1, None] + half * (1 + z)).ravel(), (half * w).ravel()
    omega, q2 = mode(k)
    D2 = ((1 - r) * q2 - m * m) ** 2 + (gamma * q2) ** 2
    prefactor = G_F**2 / (48 * math.pi**4 / 137.035999084)
    if transverse:
        f = prefactor * k**2 * p.transverse_residue(k, omega, wp2, v) * q2**3
    else:
        f = prefactor / 2 * k**2 * p.longitudinal_residue(k, omega, wp2, v) * q2**2 * omega**2
    return float(np.sum(weight * f / np.expm1(omega / T) / D2))


@pytest.mark.parametrize(("m", "g"), [(0.03, 0.1), (0.2, 0.3)])
def test_brute_force(m, g):
    """At a width of 2.7e-4 of the mass, in the midst of the resonance, and off it."""
    expected = brute_force(m, g, "T") + brute_force(m, g, "L")
    got = physics.evaluate("white_dwarf_excess", m_X=m, g_X=g)
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
    m, g, c = math.exp(ln_m), math.exp(ln_g), cooling.couplings("physical")
    real, gamma = 1 - c.r * g * g, c.k2 * g * g / c.width
    a = real**2 + gamma**2
    V2 = spectral._graded_integrals(m * m * real / a, m * m * gamma / a, DEFAULT.ln_s, DEFAULT.M, DEFAULT.s_top.item())[
        0
    ]
    sm = np.sum(cooling.luminosities(DEFAULT)) / em.ERG_PER_CM3_S
    expected = 2 * c.k2 / G_F**2 * g**4 * c.d_V**2 * V2 / a / sm
    assert physics.evaluate("white_dwarf_excess", m_X=m, g_X=g) == pytest.approx(expected, rel=1e-7)


def test_narrow_resonance_is_quadratic_in_g():
    m = np.array([1e-6, 1e-3, 0.03, 0.07])
    R = physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-16) * 1e32
    np.testing.assert_allclose(physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-12) * 1e24, R, rtol=1e-12)
    np.testing.assert_allclose(physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-120) * 1e240, R, rtol=1e-12)
    c = cooling.excess_coefficients(m)
    np.testing.assert_allclose(c.R_L + c.R_T, R, rtol=1e-12)


def test_longitudinal_plasmons_resonate_at_every_small_mass():
    """g at 0.30 goes as 1/m; constant only below 4e-3 eV."""
    m = np.array([1e-7, 1e-6, 1e-5, 1e-4])
    product = physics.evaluate("white_dwarf_g_X", m_X=m) * m * 1e6
    np.testing.assert_allclose(product, 5.189e-9, rtol=2e-3)
    flat = physics.evaluate("white_dwarf_g_X", m_X=np.array([1e-14, 1e-12]))
    assert flat[0] == pytest.approx(flat[1], rel=1e-6)


def test_heavy_limit():
    m = np.array([10.0, 100.0, 1e4, 1e6])
    full = physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-3)
    heavy = physics.evaluate("white_dwarf_excess_heavy", m_X=m, g_X=1e-3)
    np.testing.assert_allclose(full / heavy, 1 - 8.13e-5, rtol=6e-5)  # the axial share of L_SM, and (q/m)^2
    np.testing.assert_allclose(full[2:] / full[2], [1.0, 1e-8], rtol=1e-9)


def test_line_is_where_the_excess_has_the_level():
    m = np.geomspace(1e-10, 1e3, 300)
    for reading in ("physical", "printed"):
        for level in (0.01, 0.3, 1.0):
            g = physics.evaluate("white_dwarf_g_X", m_X=m, wd_excess_level=level, wd_reading=reading)
            back = physics.evaluate("white_dwarf_excess", m_X=m, g_X=g, wd_reading=reading)
            np.testing.assert_allclose(back, level, rtol=1e-10)


def test_where_there_is_no_value():
    names = ["white_dwarf_excess", "white_dwarf_g_X", "white_dwarf_luminosity"]
    far = physics.evaluate_with_status(names, m_X=1e6, g_X=1.5)
    assert [int(o.status) for o in far.values()] == [Status.OUTSIDE_DOMAIN, Status.NO_SOLUTION, Status.OK]
    small = physics.evaluate_with_status(names, m_X=1.0, g_X=1e-5, wd_mass=[0.2, 1.0])
    for outcome in small.values():
        assert outcome.status.tolist() == [Status.OUTSIDE_DOMAIN, Status.OK]
    assert physics.evaluate("white_dwarf_excess", m_X=1.0, g_X=0.0) == 0.0


def test_printed_reading_sums_over_flavours_and_widens_less():
    """24 pi for 6 pi: a quarter of the width, four times the resonance, half the coupling."""
    both = physics.evaluate("white_dwarf_g_X", m_X=0.03, wd_reading=["physical", "printed"])
    assert both[1] / both[0] == pytest.approx(0.5, rel=5e-3)


# ---- Tables


def test_shipped_tables_are_what_their_checksum_says():
    assert tables.checksum(DEFAULT) == tables.CHECKSUM


def test_shipped_tables_are_what_the_generator_makes():
    built = spectral.build(star(*tables.DEFAULT))
    np.testing.assert_allclose(built.M_0, DEFAULT.M_0, rtol=1e-11)
    np.testing.assert_allclose(built.ln_s, DEFAULT.ln_s, rtol=1e-11)
    for name in ("M", "H"):
        ours, shipped = getattr(built, name), getattr(DEFAULT, name)
        largest = np.max(np.abs(shipped), axis=-1, keepdims=True)
        wide = np.broadcast_to(largest > 1e-12 * np.max(largest), shipped.shape)
        assert np.max(np.abs(ours - shipped)[wide] / np.broadcast_to(largest, shipped.shape)[wide]) < 1e-6


def test_tables_resolve_the_spectral_functions():
    """Interpolated against computed afresh, between the nodes."""
    e = em.edges(STAR)
    rng = np.random.default_rng(7)
    s = np.exp(np.concatenate([rng.uniform(-46, math.log(e.centre), 150), rng.uniform(*np.log(e[2:]), 50)]))
    M = np.array([spectral._M_at(x, DEFAULT.ln_s, DEFAULT.M) for x in s]).T
    exact = em.spectral_functions(STAR, s)
    np.testing.assert_allclose(M[0] + M[1], exact[0] + exact[1], rtol=1e-9)


def test_another_star_is_built_once_and_kept(tmp_path, monkeypatch):
    calls = []

    def build(a_star):
        calls.append(a_star.mass)
        return DEFAULT

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tables, "build", build)
    fresh = tables.load.__wrapped__
    for _ in range(2):
        assert tables.checksum(fresh(0.7, 1e8)) == tables.CHECKSUM
    assert calls == [0.7]
    (file,) = (tmp_path / "lmutau").iterdir()
    file.write_bytes(file.read_bytes()[:5000] + b"!" + file.read_bytes()[5001:])  # damaged: built again
    fresh(0.7, 1e8)
    assert calls == [0.7, 0.7]
    fresh(0.7, 1e8, COMPOSITIONS["O16"])
    assert len(list((tmp_path / "lmutau").iterdir())) == 2
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert tables.checksum(fresh(0.7, 1e8)) == tables.CHECKSUM


@pytest.mark.parametrize(("mass", "temperature"), [(0.6, 1e8), (1.3, 2e7)])
def test_tables_of_other_stars(mass, temperature):
    """Luminosity against the integral over shells, and the tables against spectral functions computed afresh."""
    other = star(mass, temperature)
    y, weight = other.shells(panels=40)
    direct = sum(float(np.sum(weight * Q)) for Q in em.plasmon_emissivity(other.plasma(y), other.T))
    got = physics.evaluate("white_dwarf_luminosity", wd_mass=mass, wd_temperature=temperature)
    assert got == pytest.approx(direct, rel=1e-9)
    t = tables.load(mass, temperature)
    e = em.edges(other)
    rng = np.random.default_rng(11)
    s = np.exp(np.concatenate([rng.uniform(-46, math.log(e.centre), 100), rng.uniform(*np.log(e[2:]), 20)]))
    M = np.array([spectral._M_at(x, t.ln_s, t.M) for x in s]).T
    exact = em.spectral_functions(other, s)
    V, V_exact = M[0] + M[1], exact[0] + exact[1]
    there = V_exact > 1e-60 * np.max(V_exact)
    np.testing.assert_allclose(V[there], V_exact[there], rtol=3e-7)


def test_stars_along_an_axis():
    """0.6 Msun has its own edge, 33 keV; broadcast over couplings it is looked up once."""
    m = np.array([0.02, 0.05]).reshape(2, 1, 1)
    got = physics.evaluate("white_dwarf_excess", m_X=m, g_X=np.array([1e-12, 1e-11]), wd_mass=[[0.6], [1.0]])
    assert got.shape == (2, 2, 2)
    ratio = got[:, :, 1] / got[:, :, 0]
    np.testing.assert_allclose(ratio, [[100.0, 100.0], [1e4, 100.0]], rtol=1e-9)  # resonant, or not
