"""Relic density of psi by the freeze-out formula: Drees & Zhao 2021, eqs. (3.2), (3.3), (3.7), (3.8).

The formula with its misprints corrected (Griest & Seckel 1991): eq. (3.8) reads
Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl), the 2 because only psi psibar pairs annihilate. The paper's
M_Pl = 1.22e19 GeV and 1.07e9 GeV^-1 are kept: modern constants give 1.0385e9, 3 % less.

Numerical accuracy: relic_integrator "tables" is within 1e-6 of "quadrature", and takes that where its tables do not
reach (fast.py); "quadrature" is exact to 1e-9 at any distance from the pole and for any width.

Physical accuracy is another matter. Against the Boltzmann equation with constant g_* the formula is good to 3 % for
mass_ratio > 1/2 and 30-40 % too high for mass_ratio of 0.25 to 0.35; early kinetic decoupling changes the density by
factors for |2 mass_ratio - 1| below about 1e-2, and by up to 15 for resonant mass_ratio < 1/2. relic_method="boltzmann"
and "coupled" (boltzmann.py) have what the formula leaves out. Below x_freeze_out of about 4 freeze-out is not
non-relativistic, and all three lose their meaning: cut on x_freeze_out. For mass_ratio > 1 annihilation into X X is not
counted; the density is then too high, by up to a factor of about 1 + q_psi^2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.graph import intermediate, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome, Status, StatusArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.fast import fast_freeze_out
from physics.dark_matter.relic.sheets import sheet_freeze_out
from physics.model.constants import (
    E_CHARGE,
    M_E,
    M_MU,
    M_PLANCK_PAPER,
    M_TAU,
    OMEGA_PREFACTOR_PAPER,
    SIGMA_V_CM3_PER_S,
)
from physics.model.lagrangian import PSI_EXISTS

__all__ = [
    "FreezeOut",
    "annihilation_integral",
    "freeze_out",
    "relic_density",
    "sigma_v_freeze_out",
    "x_freeze_out",
]

parameter(
    "relic_method",
    "how the relic density is computed; freeze-out: Drees & Zhao 2021, eqs. (3.3), (3.7), (3.8); "
    "boltzmann: equation for the density with g_*(T), psi as warm as the neutrinos; "
    "coupled: equations for the density and the temperature of psi (early kinetic decoupling)",
    label="relic method",
    default="freeze-out",
    choices=("freeze-out", "boltzmann", "coupled"),
)
parameter(
    "relic_integrator",
    "how the integrals of the freeze-out formula are done; tables: relative error below 1e-6, quadrature "
    "where they do not reach; quadrature: relative error below 1e-9, everywhere",
    label="relic integrator",
    default="tables",
    choices=("tables", "quadrature"),
)
parameter("g_star", "relativistic degrees of freedom at freeze-out", label="$g_*$", default=10.75)

NEGLIGIBLE = 1e-7  # relative to the sum over final states, when they are taken from the tables


class FreezeOut(NamedTuple):
    """The freeze-out temperature x_f = m_psi/T_f, <sigma v>(x_f) and its integral J, both in MeV^-2."""

    x_f: FloatArray
    sigma_v: FloatArray
    integral: FloatArray


class _Channels(NamedTuple):
    """Final states of a pair of masses (m_X, m_psi): squared couplings relative to a Dirac lepton of charge 1.

    massless is the sum over those that count as massless; the others are negligible where x_f exceeds suppressed_from.
    """

    couplings: FloatArray  # (channel,)
    y_f: FloatArray  # (..., channel): (m_f/m_psi)^2
    massless: FloatArray
    suppressed_from: FloatArray


def _channels(m_X: FloatArray, m_psi: FloatArray, mixing_per_coupling: float, annihilation_channels: str) -> _Channels:
    masses = np.array([0.0, M_E, M_MU, M_TAU] if annihilation_channels == "all" else [0.0])
    couplings = np.array([1.0, (E_CHARGE * mixing_per_coupling) ** 2, 1.0, 1.0])[: masses.size]
    y_f = (masses / m_psi[..., np.newaxis]) ** 2
    y_0 = (m_X / (2 * m_psi))[..., np.newaxis] ** 2
    massless = couplings * 3 / 8 * y_f**2 < NEGLIGIBLE  # phase space is 1 - 3/8 (y_f/y)^2 + ...
    # Relative to the massless final state with the same pole, a heavy one is at most the Boltzmann factor; above its
    # threshold, though, it has the pole itself, which can outweigh all else by 1/w
    needed = np.log(couplings / NEGLIGIBLE) + np.where(y_0 > 0.9 * y_f, 55.0, np.where(y_0 > 1, 5.0, 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        suppressed_from = np.where(massless, 0.0, np.maximum(needed, 0.0) / (2 * (np.sqrt(np.maximum(y_f, 1.0)) - 1)))
    return _Channels(couplings, y_f, (couplings * massless).sum(axis=-1), suppressed_from.max(axis=-1))


def _solve_from_tables(
    strength: FloatArray, d: FloatArray, w: FloatArray, channels: _Channels
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x_f, S(x_f), J/B in full shape: from the tables, and point by point where they do not hold."""
    shape = strength.shape
    # Points with the same d side by side share the tables' rows
    order = sorted(range(strength.ndim), key=lambda axis: d.shape[axis] == 1)

    def lined_up(a: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(np.broadcast_to(a, shape).transpose(order)).ravel()

    flat = [lined_up(a) for a in (strength * channels.massless, d, w)]
    x_f, at_x_f, integral, done = fast_freeze_out(*flat)
    massless, suppressed_from = lined_up(channels.massless), lined_up(channels.suppressed_from)
    at_x_f *= massless
    integral *= massless
    exact = ~done | (x_f < suppressed_from)
    # No freeze-out although every final state were massless: none at all
    uncertain = np.flatnonzero(done & np.isnan(x_f) & (suppressed_from > 0.0))
    if uncertain.size:
        most = (flat[0] / massless)[uncertain] * channels.couplings.sum()
        x_most, _, _, certain = fast_freeze_out(most, flat[1][uncertain], flat[2][uncertain])
        exact[uncertain] = ~certain | np.isfinite(x_most)
    rest = np.flatnonzero(exact)
    if rest.size:
        pairs = np.arange(channels.massless.size).reshape(channels.massless.shape)  # of m_X, mass_ratio
        pair = lined_up(pairs)[rest]
        y_f = channels.y_f.reshape(channels.massless.size, -1)[pair]
        points = lined_up(strength)[rest], flat[1][rest], flat[2][rest], channels.couplings, y_f
        x_f[rest], at_x_f[rest], integral[rest], done = sheet_freeze_out(*points, pair)
        alone = ~done
        if alone.any():
            K, d, w, couplings, y_f = points
            found = freeze_out_points(K[alone], d[alone], w[alone], couplings, y_f[alone])
            x_f[rest[alone]], at_x_f[rest[alone]], integral[rest[alone]] = found

    def back(a: FloatArray) -> FloatArray:
        return a.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))

    return back(x_f), back(at_x_f), back(integral)


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
    relic_integrator: str,
) -> Outcome:
    """Solve eq. (3.3), largest root, and integrate eq. (3.7); status 3 where psi never thermalises."""
    ndim = max(np.ndim(a) for a in (m_X, g_X, mass_ratio, q_psi, g_star, propagator_width))
    m_X, g_X, mass_ratio, q_psi, g_star, width = (
        np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a))
        for a in (m_X, g_X, mass_ratio, q_psi, g_star, propagator_width)
    )
    m_psi = mass_ratio * m_X
    scale = (g_X**2 * q_psi) ** 2 / (12 * math.pi * m_psi**2)  # <sigma v> = scale * S
    d, w = pole_position(mass_ratio), width / (4 * mass_ratio**2 * m_X)
    strength = 0.076 * M_PLANCK_PAPER * m_psi / np.sqrt(g_star) * scale
    shape = np.broadcast_shapes(strength.shape, w.shape)
    strength = np.broadcast_to(strength, shape)
    channels = _channels(m_X, m_psi, mixing_per_coupling, annihilation_channels)
    if relic_integrator == "tables":
        x_f, at_x_f, integral = _solve_from_tables(strength, d, w, channels)
    else:
        y_f = np.broadcast_to(channels.y_f, (*shape, channels.couplings.size)).reshape(-1, channels.couplings.size)
        flat = [np.ascontiguousarray(np.broadcast_to(a, shape)).ravel() for a in (strength, d, w)]
        x_f, at_x_f, integral = (a.reshape(shape) for a in freeze_out_points(*flat, channels.couplings, y_f))
    status: StatusArray = np.where(
        np.isnan(x_f), Status.NO_SOLUTION, np.where(np.isinf(x_f), Status.NOT_CONVERGED, Status.OK)
    ).astype(np.uint8)
    return Outcome(FreezeOut(x_f, scale * at_x_f, scale * integral), status)


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
    reference="Drees & Zhao 2021, eq. (3.8), corrected; Griest & Seckel 1991; Binder et al. 2021; "
    "Saikawa & Shirai 2018",
    domain=PSI_EXISTS,
)
def relic_density(
    freeze_out: FreezeOut, boltzmann_density: FloatArray, g_star: FloatArray, relic_method: str
) -> FloatArray:
    """Relic density of psi and psibar, Omega h^2 = 2 x 1.07e9 GeV^-1 / (J sqrt(g_*) M_Pl), or from Boltzmann equations.

    Parameters
    ----------
    freeze_out : FreezeOut
        Solution of eqs. (3.3) and (3.7); depends on m_X, g_X, mass_ratio, q_psi, annihilation_channels.
    boltzmann_density : array_like
        Solution of the Boltzmann equations (boltzmann.py), for the other relic_method.
    g_star : array_like
        Relativistic degrees of freedom at freeze-out; the Boltzmann equations have those of the Standard Model.
    relic_method : {"freeze-out", "boltzmann", "coupled"}
        The formula; the equation for the density; the equations for density and temperature.

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 3), by any method, where eq. (3.3) has no solution. For its physical accuracy see
        the module.

    Examples
    --------
    >>> import physics
    >>> point = dict(m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    >>> physics.evaluate("relic_density", **point, annihilation_channels="neutrinos")
    0.07599...
    >>> physics.evaluate("relic_density", **point)  # e+e- is 2e-5 of it
    0.07599...
    >>> physics.evaluate("relic_density", **point, relic_method="coupled")
    0.0683...
    """
    if relic_method != "freeze-out":
        return boltzmann_density
    return 2 * OMEGA_PREFACTOR_PAPER / (freeze_out.integral * np.sqrt(g_star) * M_PLANCK_PAPER)
