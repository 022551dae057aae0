r"""Weak exchange of energy between electrons and neutrinos: Escudero 2018, 2020.

With F of Fermi-Dirac particles without mass, F(T_1, T_2) = 32 f_a (T_1^9 - T_2^9) + 56 f_s T_1^4 T_2^4 (T_1 - T_2),
f_a = 0.8841, f_s = 0.8287, the energy density of a flavour (nu and nubar) grows by

    d rho_e/dt  = G_F^2/pi^5 [4 F_e(T, T_e) + 2 F(T_mu, T_e)],
    d rho_mu/dt = G_F^2/pi^5 [4 F_mu(T, T_mu) - F(T_mu, T_e)],

the same for tau (the formulae as in NUDEC_BSM, the code of these papers). F_e and F_mu have the couplings to electrons
and the electron's mass, computed anew: what make_weak_rates.py tabulates to first order in T - T_nu becomes

    F_f(T, T_f) = Int_{T_f}^T K_f^annihilation(T') T'^8 dT' + K_f^scattering(T) T^4 T_f^4 (T - T_f),

which is exact to first order, and without Pauli blocking and the electron's mass to all orders; where the temperatures
differ by 20 % the collision integral itself differs by 0.4 % (annihilation) and 0.1 % (scattering). NUDEC_BSM evaluates
the suppression by the electron's mass at the temperature of the electrons for both directions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import scipy

from physics.core.files import columns
from physics.core.status import FloatArray
from physics.model.constants import G_F, M_E, Constant
from physics.numerics.quadrature import gauss_panels

__all__ = [
    "ANNIHILATION_OF_NEUTRINOS",
    "ELECTRON_FLAVOUR",
    "MUON_FLAVOUR",
    "SCATTERING_OF_NEUTRINOS",
    "STRENGTH",
    "Couplings",
    "weak_rates",
]

_TABLE = "early_universe/weak_rates.csv"

# With radiative corrections, for neutrinos of a few MeV
G_L_MU = Constant(-0.273, "1", "PDG 2020, electroweak review, by way of NUDEC_BSM: (g_V + g_A)/2 of nu_mu e")
G_R = Constant(0.233, "1", "PDG 2020, electroweak review, by way of NUDEC_BSM: (g_V - g_A)/2 of nu_mu e")
G_L_E = Constant(1 + G_L_MU, "1", "with the charged current")

STRENGTH = G_F**2 / math.pi**5  # MeV^-4


class Couplings(NamedTuple):
    """Of a flavour of neutrinos to electrons: g_L^2 + g_R^2, and 2 g_L g_R."""

    same: float
    mixed: float


ELECTRON_FLAVOUR = Couplings(G_L_E**2 + G_R**2, 2 * G_L_E * G_R)
MUON_FLAVOUR = Couplings(G_L_MU**2 + G_R**2, 2 * G_L_MU * G_R)  # and tau


@cache
def _massless() -> tuple[float, float]:
    rates = columns(_TABLE)
    return float(rates["annihilation_same"][-1]), float(rates["scattering_same"][-1])


# Of F among neutrinos: 32 f_a and 56 f_s
ANNIHILATION_OF_NEUTRINOS = _massless()[0] / 9
SCATTERING_OF_NEUTRINOS = _massless()[1]


def _rate(name: str, electrons: int) -> Callable[[FloatArray], FloatArray]:
    """A column of the table as a function of ln T; it falls like exp(-electrons m_e/T)."""
    table = columns(_TABLE)
    fall = electrons * float(M_E)
    spline = scipy.interpolate.CubicSpline(
        np.log(table["T_MeV"]), table[name] * np.exp(fall / table["T_MeV"]), bc_type="natural"
    )
    return lambda log_T: spline(log_T) * np.exp(-fall * np.exp(-log_T))


@cache
def _splines() -> tuple[FloatArray, Any]:
    """A grid in ln T, and a spline on it of the four functions of `weak_rates`."""
    ends = np.log(columns(_TABLE)["T_MeV"][[0, -1]])
    grid = np.linspace(ends[0], ends[1], 500)
    at, weights = gauss_panels(grid, 6)
    functions = []
    for name in ("same", "mixed"):
        pieces = np.sum(weights * _rate(f"annihilation_{name}", 2)(at) * np.exp(9 * at), axis=-1)
        functions.append(np.concatenate([[0.0], np.cumsum(pieces)]) * np.exp(-9 * grid))
    functions += [_rate(f"scattering_{name}", 1)(grid) for name in ("same", "mixed")]
    return grid, scipy.interpolate.CubicSpline(grid, np.stack(functions, axis=-1))


def weak_rates(log_T: FloatArray) -> FloatArray:
    """Int_0^T K T'^8 dT'/T^9 of annihilation and K of scattering, each same and mixed, at ln T.

    They are constant above 100 MeV and vanish below 20 keV.

    >>> weak_rates(np.log([1.0, 100.0]))[-1].round(2) + 0.0
    array([28.29,  0.  , 46.41,  0.  ])
    """
    grid, splines = _splines()
    value: FloatArray = splines(np.clip(log_T, grid[0], grid[-1]))
    return value
