"""Self-scattering of N1 by exchange of phi, as the field quotes it: cross sections over mass, and their average.

The fits that are used in place of the sum over partial waves, which takes 10 to 200 microseconds, are off by factors
where the model lives. Ratio to the exact sum, in 90 % of 0.05 < kappa < 17, 0.3 < b < 74 (notebooks/kamada_2018.py
shows where):

    transfer, distinguishable: Born, classical fit, Hulthen potential (Tulin et al. 2013)   0.49 to 2.8
    transfer (25): half a classical fit, 2 kappa > 10 (selfscat; Cyr-Racine et al. 2016)    0.65 to 1.6
    viscosity, fermions: CLASSICS (Colquhoun et al. 2021)                                   0.26 to 1.5
    average of (25): ten Gauss-Laguerre points (three benchmarks)                           0.99 to 1.03
    selfscat as it comes (the same; 10 ms a point, 0.2 s or more an average)                0.99 to 1.05

Born alone is 1 % low at b = 0.01 and kappa << 1, 10 % at b = 0.1, 28 % at b = 0.3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray, Outcome, Status, StatusArray
from physics.dark_matter.self_interaction.model import LIGHT_MEDIATOR
from physics.dark_matter.self_interaction.phase_shifts import KAPPA_REACH, STRENGTH_REACH
from physics.dark_matter.self_interaction.transfer import cross_sections, maxwell_average
from physics.model.constants import C_CM_PER_S, ERG_PER_MEV, HBARC2_MEV2_CM2

__all__ = [
    "sidm_sigma_T_distinguishable_over_m",
    "sidm_sigma_T_over_m",
    "sidm_sigma_V_over_m",
    "sidm_sigma_v_over_m",
]

parameter(
    "v_mean",
    "mean relative velocity of N1, which has a Maxwell-Boltzmann distribution: 2 sqrt(2/pi) v_0",
    unit="c",
    label=r"$\langle v\rangle$",
    default=1e-3,
    high=2.0,
)

CONVERGED = 1e-4
V_0 = math.sqrt(math.pi / 8)  # over <v>
FASTEST = 5.0  # v/v_0 that the average needs at least
GRAMS = ERG_PER_MEV / C_CM_PER_S**2  # in a MeV
KM_PER_S = C_CM_PER_S * 1e-5


class PerMass(NamedTuple):
    """The three of `CrossSections`, over the mass [cm^2/g]."""

    transfer: FloatArray
    distinguishable: FloatArray
    viscosity: FloatArray


@compiled
def _all_cross_sections(kappa: FloatArray, b: FloatArray, wanted: FloatArray) -> FloatArray:
    result = np.full((3, kappa.size), np.nan)
    for i in range(kappa.size):
        if wanted[i]:
            here = cross_sections(kappa[i], b[i])
            result[0, i], result[1, i], result[2, i] = here.transfer, here.distinguishable, here.viscosity
    return result


@compiled
def _all_averages(kappa: FloatArray, b: FloatArray, wanted: FloatArray, tolerance: float) -> FloatArray:
    result = np.full(kappa.size, np.nan)
    for i in range(kappa.size):
        if wanted[i]:
            result[i] = maxwell_average(kappa[i], b[i], tolerance)
    return result


def _dimensionless(
    m_phi: FloatArray, m_N1: FloatArray, speed: FloatArray, alpha: FloatArray, reach: float
) -> tuple[FloatArray, FloatArray, StatusArray]:
    """Kappa and b, and whether the phase shifts are within reach."""
    kappa, b = np.broadcast_arrays(m_N1 * speed / (2 * m_phi), alpha * m_N1 / m_phi)
    inside = (kappa > 0) & (kappa <= reach) & (b <= STRENGTH_REACH)
    return kappa, b, np.where(inside, Status.OK, Status.OUTSIDE_DOMAIN).astype(np.uint8)


@intermediate(seconds=5e-5)
def sidm_cross_sections(m_phi: FloatArray, m_N1: FloatArray, v_rel: FloatArray, sidm_alpha: FloatArray) -> Outcome:
    """Cross sections over mass [cm^2/g]; status 2 beyond the reach of the phase shifts."""
    kappa, b, status = _dimensionless(m_phi, m_N1, v_rel, sidm_alpha, KAPPA_REACH)
    found = _all_cross_sections(kappa.ravel(), b.ravel(), (status == Status.OK).ravel()).reshape(3, *kappa.shape)
    return Outcome(PerMass(*(found * _area_over_mass(m_phi, m_N1))), status)


def _area_over_mass(m_phi: FloatArray, m_N1: FloatArray) -> FloatArray:
    """Ratio pi/(m_phi^2 m_N1) [cm^2/g]."""
    area: FloatArray = math.pi * HBARC2_MEV2_CM2 / (m_phi**2 * m_N1 * GRAMS)
    return area


@observable(
    unit="cm^2/g",
    label=r"$\sigma_T/m_{N_1}$",
    reference="Kamada et al. 2018, eqs. (22)-(25)",
    domain=LIGHT_MEDIATOR,
)
def sidm_sigma_T_over_m(sidm_cross_sections: PerMass) -> FloatArray:
    """Transfer cross section of N1 N1 at one relative velocity, over the mass.

    Of identical particles, unpolarised: (25), 1 - cos(theta) over the forward half sphere, which is a quarter of the
    transfer cross section of distinguishable particles for s-waves, and nearly half of it for many waves. All partial
    waves, exactly: to 1e-5, 1e-4 at worst, at a given potential. The coupling follows from the relic density; next to a
    resonance the cross section is far more sensitive to it than its own error (0.4 % for 0.03 % at 20 GeV, 20 MeV).
    Status 2 where m_N1 v/(2 m_phi) > 200 or alpha m_N1/m_phi > 1000.

    >>> import physics
    >>> crosses = {"m_X": 10, "g_X": 5e-4, "m_N1": [1e4, 2e4, 4e4], "m_phi": [10, 20, 80]}
    >>> physics.evaluate("sidm_sigma_T_over_m", **crosses, v_rel=200 / 299792.458, sidm_reading="printed").round(4)
    array([1.1929, 0.7708, 0.0964])
    """
    return sidm_cross_sections.transfer


@observable(
    unit="cm^2/g",
    label=r"$\sigma_T^\mathrm{dist}/m_{N_1}$",
    reference="Kamada et al. 2018, eqs. (22)-(23)",
    domain=LIGHT_MEDIATOR,
)
def sidm_sigma_T_distinguishable_over_m(sidm_cross_sections: PerMass) -> FloatArray:
    """Transfer cross section as if the two were distinguishable: 1 - cos(theta) over the sphere, of |f|^2.

    What most codes and fits call sigma_T; N1 is a Majorana fermion, so that it is here for comparison.

    >>> import physics
    >>> star = {"m_X": 10, "g_X": 5e-4, "m_N1": 1e4, "m_phi": 10, "v_rel": 1e-6}
    >>> names = ["sidm_sigma_T_distinguishable_over_m", "sidm_sigma_T_over_m"]
    >>> dist, identical = physics.evaluate(names, **star).values()
    >>> round(dist / identical, 3)  # s-wave
    4.0
    """
    return sidm_cross_sections.distinguishable


@observable(
    unit="cm^2/g",
    label=r"$\sigma_V/m_{N_1}$",
    reference="Kamada et al. 2018, eqs. (22)-(24); Colquhoun et al. 2021",
    domain=LIGHT_MEDIATOR,
)
def sidm_sigma_V_over_m(sidm_cross_sections: PerMass) -> FloatArray:
    """Viscosity cross section of N1 N1: sin^2(theta) over the sphere, of (24); what heat conduction depends on.

    >>> import physics
    >>> star = {"m_X": 10, "g_X": 5e-4, "m_N1": 1e4, "m_phi": 10, "v_rel": 1e-6}
    >>> viscosity, transfer = physics.evaluate(["sidm_sigma_V_over_m", "sidm_sigma_T_over_m"], **star).values()
    >>> round(viscosity / transfer, 4)  # s-wave: sin^2 over 1 - |cos|
    1.3333
    """
    return sidm_cross_sections.viscosity


@observable(
    unit="cm^2/g km/s",
    label=r"$\langle\sigma_T v\rangle/m_{N_1}$",
    reference="Kamada et al. 2018, eq. (25)",
    domain=LIGHT_MEDIATOR,
    seconds=2e-3,
)
def sidm_sigma_v_over_m(m_phi: FloatArray, m_N1: FloatArray, v_mean: FloatArray, sidm_alpha: FloatArray) -> Outcome:
    """Transfer cross section times relative velocity, averaged over a Maxwell-Boltzmann distribution, over the mass.

    f(v) ~ v^2 exp(-v^2/2 v_0^2) with <v> = 2 sqrt(2/pi) v_0, not cut off at an escape velocity. By the trapezoidal rule
    in ln v, refined until it changes by less than 1e-4 (or status 4: hundreds of resonances, alpha m_N1/m_phi of
    several hundred). Status 2 where m_N1 <v>/(2 m_phi) > 63, or alpha m_N1/m_phi > 1000.

    >>> import physics
    >>> star = {"m_X": 10, "g_X": 5e-4, "m_N1": 1e4, "m_phi": 10, "v_mean": 30 / 299792.458}
    >>> physics.evaluate("sidm_sigma_v_over_m", **star, sidm_reading="printed")
    88.05...
    """
    kappa, b, status = _dimensionless(m_phi, m_N1, V_0 * v_mean, sidm_alpha, KAPPA_REACH / FASTEST)
    found = _all_averages(kappa.ravel(), b.ravel(), (status == Status.OK).ravel(), CONVERGED).reshape(kappa.shape)
    return Outcome(found * (V_0 * v_mean * KM_PER_S) * _area_over_mass(m_phi, m_N1), status)
