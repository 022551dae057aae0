"""VEGAS+ (Lepage 2021) on plasmon decay through X, the integrand in (density, momentum), against the spectral method.

Off resonance VEGAS is right and slow; on resonance, narrower than anything it samples, it is wrong without saying so.
"""

import math
import time

import numpy as np
import pytest

import physics
from physics.model.constants import ALPHA, E_CHARGE, G_F
from physics.white_dwarf.dispersion import (
    longitudinal_frequency,
    longitudinal_k_max,
    longitudinal_residue,
    transverse_frequency,
    transverse_residue,
)
from physics.white_dwarf.emissivity import ERG_PER_CM3_S
from physics.white_dwarf.star import star

vegas = pytest.importorskip("vegas")


def excess_by_vegas(m_X, g_X, evaluations):
    """Excess of X over the luminosity of the Standard Model, longitudinal and transverse; its error as VEGAS has it."""
    dwarf = star(1.0, 1e8)
    d_V = physics.evaluate("epsilon", g_X=g_X) * E_CHARGE
    width = g_X**2 / (12 * math.pi)
    bottom, depth = dwarf.y_surface, dwarf.y_centre - dwarf.y_surface

    def coupling(s):
        """Sum over flavours of |C_BSM|^2: interference cancels between mu and tau."""
        return (d_V * g_X / G_F) ** 2 / ((s - m_X**2) ** 2 + (width * s) ** 2)

    def transverse(u):
        y, k = bottom + depth * u[:, 0], 60 * dwarf.T * u[:, 1] ** 2
        plasma = dwarf.plasma(y)
        omega = transverse_frequency(k, plasma.omega_p2, plasma.v_star)
        Z = transverse_residue(k, omega, plasma.omega_p2, plasma.v_star)
        s = omega**2 - k**2
        measure = dwarf.volume(y) * depth * 120 * dwarf.T * u[:, 1]
        return measure * k**2 * Z * s**3 / np.expm1(omega / dwarf.T) * coupling(s)

    def longitudinal(u):
        y = bottom + depth * u[:, 0]
        plasma = dwarf.plasma(y)
        k_max = longitudinal_k_max(plasma.omega_p2, plasma.v_star)
        k = k_max * u[:, 1]
        omega = longitudinal_frequency(k, plasma.omega_p2, plasma.v_star)
        Z = longitudinal_residue(k, omega, plasma.omega_p2, plasma.v_star)
        s = omega**2 - k**2
        return (
            dwarf.volume(y) * depth * k_max * k**2 * Z * s**2 * omega**2 / np.expm1(omega / dwarf.T) * coupling(s) / 2
        )

    total, variance = 0.0, 0.0
    for integrand in (transverse, longitudinal):
        integrator = vegas.Integrator([[0, 1], [0, 1]])
        f = vegas.lbatchintegrand(integrand)
        integrator(f, nitn=10, neval=evaluations)
        result = integrator(f, nitn=10, neval=evaluations)
        total, variance = total + result.mean, variance + result.sdev**2
    per_luminosity = ERG_PER_CM3_S * G_F**2 / (48 * math.pi**4 * ALPHA)
    per_luminosity /= physics.evaluate("white_dwarf_luminosity")
    return total * per_luminosity, math.sqrt(variance) * per_luminosity


@pytest.mark.parametrize(("m_X", "g_X"), [(0.2, 1e-3), (0.03, 0.1), (0.03, 1e-3), (0.03, 1e-6)])
def test_vegas(benchmark, m_X, g_X):
    start = time.perf_counter()
    value, error = excess_by_vegas(m_X, g_X, 20_000)
    seconds = time.perf_counter() - start
    many = np.full(20_000, m_X)
    exact = benchmark(physics.evaluate, "white_dwarf_excess", m_X=many, g_X=g_X)[0]
    rate = many.size / benchmark.stats.stats.min
    print(f"\nm_X = {m_X} MeV, g_X = {g_X}: excess {exact:.6g}, {rate:.3g} points/s")
    off, claimed = value / exact - 1, error / max(value, 1e-300)
    print(
        f"VEGAS: {off:+.1e} off, claims {claimed:.1e}, {seconds:.0f} s, {seconds * rate:.1g} times as long as a point"
    )
    if m_X > 0.1:
        assert value == pytest.approx(exact, rel=2e-3)
