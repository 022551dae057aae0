"""Emissivities: independent values, a published fit, the textbook limit, and the spectral functions against them."""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from physics.model.constants import ATOMIC_MASS_G, HBARC_MEV_CM, K_B
from physics.model.lagrangian import CHARGES
from physics.white_dwarf import dispersion as p
from physics.white_dwarf import emissivity as em
from physics.white_dwarf import excess
from physics.white_dwarf.cooling import luminosities
from physics.white_dwarf.couplings import plasmon_couplings
from physics.white_dwarf.electron_gas import electron_gas_of_density
from physics.white_dwarf.star import star
from physics.white_dwarf.tables import load

LMU_LTAU = plasmon_couplings(-0.00437, CHARGES["Lmu-Ltau"])
B_L = plasmon_couplings(-1.0, CHARGES["B-L"])
REFERENCE = [
    v
    for v in json.loads((Path(__file__).parents[2] / "data" / "foldenauer-2024.json").read_text())["values"]
    if v["quantity"].startswith("Q_")
]


def gas_of(rho_ye, T_K):
    return electron_gas_of_density(rho_ye / ATOMIC_MASS_G * HBARC_MEV_CM**3, K_B * T_K)


@pytest.mark.parametrize("row", REFERENCE, ids=lambda v: f"{v['quantity']} {v['inputs']}")
def test_reference_values(row):
    i = row["inputs"]
    Q = em.plasmon_emissivity(gas_of(i["rho_Ye_g_cm3"], i["T_K"]), K_B * i["T_K"])
    assert float(getattr(Q, row["quantity"][2])) == pytest.approx(row["value"], rel=1e-10)


def haft_raffelt_weiss(rho_ye, T):
    """Fit of Haft, Raffelt & Weiss 1994 (Itoh et al. 1996) [erg/cm^3/s]; 4-5 % where plasmon decay dominates."""
    lam = T / 5.9302e9
    gamma2 = 1.1095e11 * rho_ye / (T**2 * math.sqrt(1 + (1.019e-6 * rho_ye) ** (2 / 3)))
    gamma = math.sqrt(gamma2)
    f_T = 2.4 + 0.6 * gamma**0.5 + 0.51 * gamma + 1.25 * gamma**1.5
    f_L = (8.6 * gamma2 + 1.35 * gamma**3.5) / (225 - 17 * gamma + gamma2)
    x = (17.5 + math.log10(2 * rho_ye) - 3 * math.log10(T)) / 6
    y = (-24.5 + math.log10(2 * rho_ye) + 3 * math.log10(T)) / 6
    f_xy = 1.0
    if abs(x) <= 0.7 and y >= 0:
        bump = 0.39 - 1.25 * x - 0.35 * math.sin(4.5 * x) - 0.3 * math.exp(-((4.5 * x + 0.9) ** 2))
        f_xy = 1.05 + bump * math.exp(-((min(0.0, y - 1.6 + 1.25 * x) / (0.57 - 0.25 * x)) ** 2))
    return np.sum(em.C_V**2) * 3e21 * lam**9 * gamma**6 * math.exp(-gamma) * (f_T + f_L) * f_xy


@pytest.mark.parametrize(
    ("rho_ye", "T", "ratio"), [(1e5, 1e8, 1.021), (1e6, 1e8, 1.034), (1e7, 1e8, 1.038), (1e6, 3e7, 0.995)]
)
def test_published_fit(rho_ye, T, ratio):
    """Within the 5 % of the fit; the ratios themselves are pinned."""
    Q = em.plasmon_emissivity(gas_of(rho_ye, T), K_B * T)
    got = float(Q.L + Q.T) / haft_raffelt_weiss(rho_ye, T)
    assert abs(got - 1) < 0.05
    assert got == pytest.approx(ratio, abs=1e-3)


def test_emissivity_over_the_star_is_the_integral_of_the_spectral_functions():
    s = star(1.0, 1e8)
    y, weight = s.shells()
    direct = [float(np.sum(weight * Q)) for Q in em.plasmon_emissivity(s.plasma(y), s.T)]
    np.testing.assert_allclose(luminosities(load(1.0, 1e8)), direct, rtol=2e-9)


@cache
def on_shell(m, kind):
    """Emission of a dark photon per eps^2: (m^4/pi) k^2 n_B Z_t/|dq^2/dk| and (m^2/2pi) k^2 omega^2 n_B Z_l/|dq^2/dk|.

    Shell by shell, by bisection along each shell's dispersion relation [MeV^2 cm^3 MeV^3].
    """
    s = star(1.0, 1e8)
    table = np.linspace(s.y_surface, s.y_centre, 200001)
    ln_fast = s.ln_omega_p2(table) + np.log(p.g_t(s.plasma(table).v_star))  # k -> infinity
    y0, y1 = np.interp(2 * math.log(m), s.ln_omega_p2(table), table), np.interp(2 * math.log(m), ln_fast, table)
    low, high = (y1, y0) if kind == "T" else (y0, s.y_centre)
    z, w = np.polynomial.legendre.leggauss(40)
    panels = np.linspace(0, 1, 41)
    u = (panels[:-1, None] + 0.5 * np.diff(panels)[:, None] * (1 + z)).ravel()
    weight = np.tile(0.5 * w / 40, 40)
    y = low + (high - low) * u**2 * (3 - 2 * u)
    weight = weight * (high - low) * 6 * u * (1 - u)
    gas = s.plasma(y)
    frequency = p.transverse_frequency if kind == "T" else p.longitudinal_frequency
    k_top = np.full_like(y, 60 * s.T) if kind == "T" else p.longitudinal_k_max(gas.omega_p2, gas.v_star)

    def q2(k):
        omega = frequency(k, gas.omega_p2, gas.v_star)
        return gas.omega_p2 * p.g_t(gas.v_star * k / omega) if kind == "T" else omega**2 - k**2

    a, b = np.full_like(y, 1e-12), k_top * (1 - 1e-9)
    there = ((q2(a) - m * m) * (q2(b) - m * m) < 0) & (y > s.y_surface)
    for _ in range(60):
        k = 0.5 * (a + b)
        beyond = (q2(k) > m * m) == (kind == "T")
        a, b = np.where(beyond, a, k), np.where(beyond, k, b)
    h = 1e-4 * k
    slope = np.abs((8 * (q2(k + h) - q2(k - h)) - (q2(k + 2 * h) - q2(k - 2 * h))) / (12 * h))
    omega = np.sqrt(k**2 + m * m)
    bose = 1 / np.expm1(omega / s.T)
    if kind == "T":
        rate = m**4 / math.pi * k**2 * bose * p.transverse_residue(k, omega, gas.omega_p2, gas.v_star) / slope
    else:
        rate = m**2 / (2 * math.pi) * k**2 * omega**2 * bose / slope
        rate = rate * p.longitudinal_residue(k, omega, gas.omega_p2, gas.v_star)
    return float(np.sum(np.where(there, weight * s.volume(y) * rate, 0.0)))


@pytest.mark.parametrize("couplings", [LMU_LTAU, B_L], ids=["Lmu-Ltau", "B-L"])
@pytest.mark.parametrize(("m", "kind"), [(0.01, "T"), (0.01, "L"), (0.03, "T"), (0.03, "L"), (0.06, "T"), (0.06, "L")])
def test_resonance_is_on_shell_emission_of_a_dark_photon(m, kind, couplings):
    """The same without spectral functions: no coupling, width or flavour of neutrinos is in it."""
    R = getattr(excess.coefficients(np.array([m]), load(1.0, 1e8), couplings), f"R_{kind}")[0]
    emission = R * np.sum(luminosities(load(1.0, 1e8))) / em.ERG_PER_CM3_S
    expected = couplings.d_V**2 / (4 * math.pi / 137.035999084) * on_shell(m, kind)
    assert emission == pytest.approx(expected, rel=2e-6)


def test_axial_part_is_small():
    Q = em.plasmon_emissivity(gas_of(1e6, 1e8), K_B * 1e8)
    assert 1e-6 < float(Q.A / Q.T) < 1e-3


def test_no_modes_no_emission():
    s = star(1.0, 1e8)
    e = em.edges(s)
    assert list(e) == sorted(e)
    M = em.spectral_functions(s, [e.surface * 0.99, e.centre * 1.01, e.centre_fast * 1.01])
    assert (M[0] > 0).tolist() == [True, False, False]
    assert (M[1] > 0).tolist() == [False, True, False]
    assert em.spectral_functions(s, []).shape == (3, 0)
