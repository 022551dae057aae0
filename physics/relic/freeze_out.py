"""Relic density of psi by the freeze-out formula: Drees & Zhao 2021, eqs. (3.2), (3.3), (3.7), (3.8).

The formula with its misprints corrected (Griest & Seckel 1991): eq. (3.8) reads
Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl), the 2 because only psi psibar pairs annihilate. The paper's
M_Pl = 1.22e19 GeV and 1.07e9 GeV^-1 are kept: modern constants give 1.0385e9, 3 % less.

Numerical accuracy (relative error below 1e-9, at any distance from the pole and for any width) is not physical
accuracy. Against the Boltzmann equation with constant g_* the formula is good to 3 % for mass_ratio > 1/2 and
30-40 % too high for mass_ratio of 0.25 to 0.35; early kinetic decoupling changes the density by factors for
|2 mass_ratio - 1| below about 1e-2, and by up to 15 for resonant mass_ratio < 1/2. Below x_freeze_out of about 4
freeze-out is not non-relativistic, and the formula loses its meaning: cut on x_freeze_out. For mass_ratio > 1
annihilation into X X is not counted; the density is then too high, by up to a factor of about 1 + q_psi^2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.annihilation import PSI_EXISTS, pole_position
from physics.relic.breit_wigner import freeze_out_points
from physics.constants import (
    E_CHARGE,
    M_E,
    M_MU,
    M_PLANCK_PAPER,
    M_TAU,
    OMEGA_PREFACTOR_PAPER,
    SIGMA_V_CM3_PER_S,
)
from physics.registry import FloatArray, Outcome, Status, StatusArray, intermediate, observable

__all__ = [
    "FreezeOut",
    "annihilation_integral",
    "freeze_out",
    "relic_density",
    "sigma_v_freeze_out",
    "x_freeze_out",
]


class FreezeOut(NamedTuple):
    """The freeze-out temperature x_f = m_psi/T_f, <sigma v>(x_f) and its integral J, both in MeV^-2."""

    x_f: FloatArray
    sigma_v: FloatArray
    integral: FloatArray


@intermediate
def freeze_out(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    g_star: FloatArray,
    mixing_per_coupling: float,
    propagator_width: FloatArray,
    annihilation_channels: str,
    relic_method: str,
) -> Outcome:
    """Solve eq. (3.3), largest root, and integrate eq. (3.7); status 3 where psi never thermalises."""
    inputs = np.broadcast_arrays(m_X, g_X, mass_ratio, q_psi, g_star, propagator_width)
    shape = inputs[0].shape
    m_X, g_X, mass_ratio, q_psi, g_star, width = (np.ascontiguousarray(a).ravel() for a in inputs)
    m_psi = mass_ratio * m_X
    scale = g_X**4 * q_psi**2 / (12 * math.pi * m_psi**2)  # <sigma v> = scale * S
    strength = 0.076 * M_PLANCK_PAPER * m_psi * scale / np.sqrt(g_star)
    masses = np.array([0.0, M_E, M_MU, M_TAU] if annihilation_channels == "all" else [0.0])
    couplings = np.array([1.0, (E_CHARGE * mixing_per_coupling) ** 2, 1.0, 1.0])[: masses.size]
    y_f = (masses / m_psi[:, np.newaxis]) ** 2
    w = width / (4 * mass_ratio**2 * m_X)
    x_f, at_x_f, integral = freeze_out_points(strength, pole_position(mass_ratio), w, couplings, y_f)
    status: StatusArray = np.where(
        np.isnan(x_f), Status.NO_SOLUTION, np.where(np.isinf(x_f), Status.NOT_CONVERGED, Status.OK)
    ).astype(np.uint8)
    result = FreezeOut(x_f.reshape(shape), (scale * at_x_f).reshape(shape), (scale * integral).reshape(shape))
    return Outcome(result, status.reshape(shape))


@observable(unit="1", label=r"$x_f$", reference="Drees & Zhao 2021, eq. (3.3)", domain=PSI_EXISTS)
def x_freeze_out(freeze_out: FreezeOut) -> FloatArray:
    """Freeze-out temperature x_f = m_psi/T_f, the largest solution of eq. (3.3).

    Parameters
    ----------
    freeze_out : FreezeOut
        Solution of eqs. (3.3) and (3.7).

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 3) where there is none above 0.3: psi never thermalised.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("x_freeze_out", m_X=15, g_X=[1e-6, 5e-4], mass_ratio=0.506, q_psi=1)
    array([        nan, 14.511...])
    """
    return freeze_out.x_f


@observable(
    unit="cm^3/s",
    label=r"$\langle\sigma v\rangle(x_f)$",
    reference="Drees & Zhao 2021, eq. (3.2)",
    domain=PSI_EXISTS,
)
def sigma_v_freeze_out(freeze_out: FreezeOut) -> FloatArray:
    """Thermal average of sigma v at freeze-out (for Dirac psi, not halved).

    Parameters
    ----------
    freeze_out : FreezeOut
        Solution of eqs. (3.3) and (3.7).

    Returns
    -------
    ndarray [cm^3/s]
        NaN (status 3) where there is no freeze-out.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("sigma_v_freeze_out", m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    4.155...e-26
    """
    return freeze_out.sigma_v * SIGMA_V_CM3_PER_S


@observable(unit="cm^3/s", label=r"$J$", reference="Drees & Zhao 2021, eq. (3.7)", domain=PSI_EXISTS)
def annihilation_integral(freeze_out: FreezeOut) -> FloatArray:
    """Annihilation after freeze-out, J = Int <sigma v>/x^2 dx from x_f to infinity.

    Parameters
    ----------
    freeze_out : FreezeOut
        Solution of eqs. (3.3) and (3.7).

    Returns
    -------
    ndarray [cm^3/s]
        NaN (status 3) where there is no freeze-out.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("annihilation_integral", m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    8.2...e-27
    """
    return freeze_out.integral * SIGMA_V_CM3_PER_S


@observable(
    unit="1",
    label=r"$\Omega_\psi h^2$",
    reference="Drees & Zhao 2021, eq. (3.8), corrected; Griest & Seckel 1991",
    domain=PSI_EXISTS,
)
def relic_density(freeze_out: FreezeOut, g_star: FloatArray) -> FloatArray:
    """Relic density of psi and psibar, Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl).

    Parameters
    ----------
    freeze_out : FreezeOut
        Solution of eqs. (3.3) and (3.7); depends on m_X, g_X, mass_ratio, q_psi, annihilation_channels.
    g_star : array_like
        Relativistic degrees of freedom at freeze-out.

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 3) where there is no freeze-out. For its physical accuracy see the module.

    Examples
    --------
    >>> import physics
    >>> point = dict(m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    >>> physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    0.075992092...
    >>> physics.evaluate("relic_density", **point)  # e+e- is 2e-5 of it
    0.0759906...
    """
    return 2 * OMEGA_PREFACTOR_PAPER / (freeze_out.integral * np.sqrt(g_star) * M_PLANCK_PAPER)
