r"""Energy exchange of neutrinos with e+-, tabulated by ``python -m physics.early_universe.make_weak_rates FILE``, 10 s.

For electrons at T + delta T and neutrinos of one flavour at T, both with Fermi-Dirac distributions and Pauli blocking,
the collision integral to first order in delta T. With F = f_1 f_2 (1 - f_3)(1 - f_4) and dPhi the phase space of all
four particles, detailed balance leaves

    annihilation e-(1) e+(2) -> nu(3) nubar(4):    d rho/dt = delta T/T^2 Int dPhi |M|^2 F (E_1 + E_2)^2,
    scattering nu(1) e(2) -> nu(3) e(4):           d rho/dt = delta T/(2 T^2) Int dPhi |M|^2 F (E_1 - E_3)^2,

the latter for e+-, nu and nubar. Summed over spins,

    |M|^2 = 128 G_F^2 [g_L^2 (p_1.p_4)(p_2.p_3) + g_R^2 (p_1.p_3)(p_2.p_4) + g_L g_R m_e^2 p_3.p_4]    annihilation,
    |M|^2 = 128 G_F^2 [g_L^2 (p_1.p_2)(p_3.p_4) + g_R^2 (p_1.p_4)(p_2.p_3) - g_L g_R m_e^2 p_1.p_3]    scattering off e-

(g_L <-> g_R off e+). The four-momentum that is shared, or handed on, leaves four integrals: Gauss-Legendre, to 1e-8.
The rates are written as

    d rho/dt = G_F^2/pi^5 4 [(g_L^2 + g_R^2) K_same + 2 g_L g_R K_mixed](T) T^8 delta T.

Without masses and without Pauli blocking K_same is 288 = 9 x 32 (annihilation) and 56 (scattering): Escudero 2018. The
distributions lower this by the factors 0.88411 and 0.82874, which Escudero 2020 has as 0.884 and 0.829.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

from physics.core.status import FloatArray
from physics.model.constants import M_E

__all__ = ["annihilation", "build", "scattering"]

_REACH = 40.0  # exp(-40) of an integrand is neglected
_NORMALISATION = math.pi**5 / 4 * 128 * 4 * math.pi / (2 * math.pi) ** 4 / (8 * math.pi) ** 2


def _unit(n: int, axis: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre rule on (0, 1), along one of four axes."""
    x, w = np.polynomial.legendre.leggauss(n)
    shape = [1, 1, 1, 1]
    shape[axis] = n
    return (0.5 * (1 + x)).reshape(shape), (0.5 * w).reshape(shape)


def _occupied(E: FloatArray) -> FloatArray:
    value: FloatArray = np.exp(-E) / (1 + np.exp(-E))
    return value


def annihilation(x: float, blocking: bool = True) -> tuple[float, float]:
    """K_same and K_mixed of e+ e- <-> nu nubar at m_e/T = x; without `blocking` Maxwell-Boltzmann statistics.

    >>> [round(k, 3) for k in annihilation(1e-6, blocking=False)]
    [288.0, 0.0]
    """
    (e, of_e), (a, of_a), (u, of_u), (v, of_v) = (_unit(n, axis) for axis, n in enumerate((40, 24, 16, 16)))
    E, dE = 2 * x + _REACH * e**2, 2 * _REACH * e * of_e
    P_max = np.sqrt(_REACH * e**2 * (4 * x + _REACH * e**2))
    P, dP = P_max * np.sin(a * math.pi / 2), P_max * np.cos(a * math.pi / 2) * math.pi / 2 * of_a
    s = E**2 - P**2
    slow = P * np.sqrt(np.maximum(1 - 4 * x**2 / s, 0.0))  # width of the interval of E_1
    E_1, dE_1 = (E - slow) / 2 + slow * u, slow * of_u
    E_3, dE_3 = (E - P) / 2 + P * v, P * of_v
    along_1, along_3 = (E_1 * E - s / 2) / P, (E_3 * E - s / 2) / P
    across = np.maximum(E_1**2 - x**2 - along_1**2, 0.0) * np.maximum(E_3**2 - along_3**2, 0.0)
    same = (E_1 * E_3 - along_1 * along_3) ** 2 + across / 2  # (p_1.p_3)^2, averaged over the azimuth
    mixed = x**2 * s / 4
    if blocking:
        F = _occupied(E_1) * _occupied(E - E_1) * (1 - _occupied(E_3)) * (1 - _occupied(E - E_3))
    else:
        F = np.exp(-E)
    weight = _NORMALISATION * E**2 * F * dE * dP * dE_1 * dE_3
    return float(np.sum(weight * same)), float(np.sum(weight * mixed))


def scattering(x: float, blocking: bool = True) -> tuple[float, float]:
    """K_same and K_mixed of nu e <-> nu e at m_e/T = x; without `blocking` Maxwell-Boltzmann statistics.

    >>> [round(k, 3) + 0.0 for k in scattering(1e-6, blocking=False)]
    [56.0, 0.0]
    """
    (r, of_r), (a, of_a), (u, of_u), (v, of_v) = (_unit(n, axis) for axis, n in enumerate((40, 24, 24, 24)))
    q, dq = _REACH * r**2, 2 * _REACH * r * of_r
    energy, d_energy = q * np.sin(a * math.pi / 2), q * np.cos(a * math.pi / 2) * math.pi * of_a  # of either sign
    Q2 = q**2 - energy**2
    E_1, dE_1 = (q + energy) / 2 + _REACH * u**2, 2 * _REACH * u * of_u
    E_2, dE_2 = (q * np.sqrt(1 + 4 * x**2 / Q2) - energy) / 2 + _REACH * v**2, 2 * _REACH * v * of_v
    along_1, along_2 = (E_1 * energy + Q2 / 2) / q, (E_2 * energy - Q2 / 2) / q
    across = np.maximum(E_1**2 - along_1**2, 0.0) * np.maximum(E_2**2 - x**2 - along_2**2, 0.0)
    dot = E_1 * E_2 - along_1 * along_2
    same = dot**2 + (dot - Q2 / 2) ** 2 + across  # (p_1.p_2)^2 + (p_1.p_4)^2, averaged over the azimuth
    mixed = -(x**2) * Q2 / 2
    if blocking:
        F = _occupied(E_1) * _occupied(E_2) * (1 - _occupied(E_1 - energy)) * (1 - _occupied(E_2 + energy))
    else:
        F = np.exp(-E_1 - E_2)
    weight = _NORMALISATION * energy**2 * F * dq * d_energy * dE_1 * dE_2
    return float(np.sum(weight * same)), float(np.sum(weight * mixed))


def build() -> list[tuple[float, ...]]:
    """Rows of the table, 20 keV to 100 MeV."""
    rows: list[tuple[float, ...]] = []
    for T in np.geomspace(0.02, 100.0, 171):
        x = float(M_E) / T
        rows.append((float(T), *annihilation(x), *scattering(x)))
    return rows


if __name__ == "__main__":
    lines = [
        "# Energy exchange of neutrinos with e+-: K_same and K_mixed of make_weak_rates.py, which wrote this file",
        "T_MeV,annihilation_same,annihilation_mixed,scattering_same,scattering_mixed",
        *(",".join(f"{value:.9e}" for value in row) for row in build()),
    ]
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
