"""The radiation that psi lives in: g_*(T), g_*s(T), and the temperature of the neutrinos.

g_* are those of Saikawa & Shirai 2018 (physics/data/early_universe/g_star_saikawa2018.csv), interpolated by cubic
splines in ln T and constant below 10 keV. The neutrinos decouple together and at once at T_D, and entropy is conserved,

    T_nu/T = (g_s(T)/g_s(T_D))^(1/3) below T_D, 1 above it:

0.716 in the end for 2.3 MeV, which the table's own N_eff = 3.046 asks for, 0.3 % above (4/11)^(1/3). psi and X are not
in g_*.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.files import columns
from physics.core.parameter import parameter
from physics.core.status import FloatArray

__all__ = [
    "energy_degrees_of_freedom",
    "entropy_degrees_of_freedom",
    "entropy_slope",
    "neutrino_temperature_ratio",
]

T_NU_DECOUPLING = 2.3  # MeV

parameter(
    "T_nu_decoupling",
    "common decoupling temperature of the neutrinos",
    unit="MeV",
    label=r"$T_{\nu,D}$",
    default=T_NU_DECOUPLING,
)


@cache
def _splines() -> tuple[Any, Any]:
    """Cubic splines of ln g_rho and ln g_s in ln T; flat at the cold end."""
    table = columns("early_universe/g_star_saikawa2018.csv")
    log_T, log_rho, log_s = (np.log(table[name]) for name in ("T_MeV", "g_rho", "g_s"))
    ends = ((1, 0.0), "not-a-knot")
    spline = scipy.interpolate.CubicSpline
    return spline(log_T, log_rho, bc_type=ends), spline(log_T, log_s, bc_type=ends)


def _clipped(T: ArrayLike) -> FloatArray:
    knots = _splines()[0].x
    return np.clip(np.log(np.asarray(T, dtype=np.float64)), knots[0], knots[-1])


def energy_degrees_of_freedom(T: ArrayLike) -> FloatArray:
    """g_*(T) of the energy density, pi^2/30 g_* T^4, at the photon temperature T [MeV].

    >>> energy_degrees_of_freedom([1e-9, 2.3, 1e5]).round(2)
    array([  3.38,  10.7 , 101.16])
    """
    value: FloatArray = np.exp(_splines()[0](_clipped(T)))
    return value


def entropy_degrees_of_freedom(T: ArrayLike) -> FloatArray:
    """g_*s(T) of the entropy density, 2 pi^2/45 g_*s T^3, at the photon temperature T [MeV].

    >>> entropy_degrees_of_freedom([1e-9, 2.3, 1e5]).round(2)
    array([  3.93,  10.7 , 100.33])
    """
    value: FloatArray = np.exp(_splines()[1](_clipped(T)))
    return value


def entropy_slope(T: ArrayLike) -> FloatArray:
    """Slope d ln g_*s / d ln T; 0 outside the table.

    >>> entropy_slope([1e-9, 0.15]).round(2)
    array([0.  , 0.68])
    """
    log_T = np.log(np.asarray(T, dtype=np.float64))
    knots = _splines()[1].x
    inside = (log_T >= knots[0]) & (log_T <= knots[-1])
    value: FloatArray = np.where(inside, _splines()[1](np.clip(log_T, knots[0], knots[-1]), 1), 0.0)
    return value


def neutrino_temperature_ratio(T: ArrayLike, T_decoupling: ArrayLike = T_NU_DECOUPLING) -> FloatArray:
    """T_nu/T at the photon temperature T, for neutrinos that decouple at T_decoupling [MeV].

    >>> neutrino_temperature_ratio([1e-9, 0.5, 5.0]).round(4)
    array([0.7162, 0.9785, 1.    ])
    """
    ratio = np.cbrt(entropy_degrees_of_freedom(T) / entropy_degrees_of_freedom(T_decoupling))
    value: FloatArray = np.where(np.asarray(T) < T_decoupling, np.minimum(ratio, 1.0), 1.0)
    return value
