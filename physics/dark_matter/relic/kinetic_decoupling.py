"""Kinetic decoupling of psi from the neutrinos."""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray, Outcome, Status
from physics.dark_matter.relic.bath import Point, Tables, bath_at, bath_tables, relaxation, scattering_strength
from physics.dark_matter.relic.boltzmann import T_END, X_EARLIEST
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = ["kinetic_decoupling", "kinetic_decoupling_x"]


@compiled
def _decoupling(points: FloatArray, default: Tables) -> FloatArray:
    """m_psi/T_nu where gamma = H for the last time; NaN if psi never scatters that fast, inf if it does to the end.

    Each row of `points` has ln m_psi, ln m_X, the strength of scattering, and ln T_D and ln g_s(T_D).
    """
    result = np.full(points.shape[0], math.nan)
    for i in range(points.shape[0]):
        if not math.isfinite(points[i, 0]):
            continue
        point = Point(points[i, 0], points[i, 1], 0.0, points[i, 2], True)
        tables = Tables(default.background, default.gas, default.propagator, points[i, 3], points[i, 4])
        low, high = math.log(X_EARLIEST), point.log_mass - math.log(T_END)
        for u, value in ((low, math.nan), (high, math.inf)):
            bath = bath_at(u, point, tables)
            if (bath.time * relaxation(bath.log_x, point, tables.propagator) > 1.0) != (u == low):
                result[i] = value
                low = high
                break
        if low == high:
            continue
        while high - low > 1e-13 * high:
            middle = 0.5 * (low + high)
            bath = bath_at(middle, point, tables)
            if relaxation(bath.log_x, point, tables.propagator) > bath.hubble:
                low = middle
            else:
                high = middle
            if not low < 0.5 * (low + high) < high:
                break
        result[i] = math.exp(bath_at(high, point, tables).log_x)
    return result


@intermediate(seconds=3e-6)
def kinetic_decoupling(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, bath_decoupling: FloatArray
) -> FloatArray:
    """m_psi/T_nu at kinetic decoupling: NaN where psi was never coupled, inf where it is to the end."""
    m_psi = mass_ratio * m_X
    scattering = scattering_strength(m_X, g_X, mass_ratio, q_psi)
    T, which = np.unique(bath_decoupling, return_inverse=True)
    decoupling = np.array([bath_tables(t)[-2:] for t in T.tolist()])[which].reshape(*bath_decoupling.shape, 2)
    arrays = np.broadcast_arrays(np.log(m_psi), np.log(m_X), scattering, decoupling[..., 0], decoupling[..., 1])
    rows = np.stack([a.ravel() for a in arrays], axis=-1)
    return _decoupling(rows, bath_tables(T[0].item())).reshape(arrays[0].shape) * (math.gamma(0.75) / math.sqrt(2))


@observable(
    unit="1",
    label=r"$x_\mathrm{kd}$",
    reference="Binder et al. 2017; Binder et al. 2021; Drees & Zhao 2021, eq. (2.1)",
    domain=PSI_PERTURBATIVE,
)
def kinetic_decoupling_x(kinetic_decoupling: FloatArray) -> Outcome:
    r"""Kinetic decoupling x_kd = m_psi/T_nu, from scattering off nu_mu and nu_tau alone.

    Afterwards T_psi falls like T_nu^2/T_kd. For gamma/H ~ T^4 this defines T_kd = sqrt(2)/Gamma(3/4) = 1.154 of the
    T_nu at which gamma = H (gamma of bath.py, g_*(T) at that point), for a cold gas. Annihilation, which changes T_psi
    near a resonance, is not in it. gamma, an expansion in momentum transfers, is too high by a factor of about
    1 + 16/x, and x_kd by 6 % at 50, 12 % at 24, 30 % at 12: below about 10 only the order of magnitude counts. No
    solution (status 3) where gamma < H already at m_psi = 0.3 T.

    >>> import physics
    >>> physics.evaluate("kinetic_decoupling_x", m_X=15, g_X=5e-4, mass_ratio=0.501, q_psi=[0.1, 1.0])
    array([15.45..., 50.04...])
    """
    x = kinetic_decoupling
    status = np.where(np.isnan(x), Status.NO_SOLUTION, np.where(np.isinf(x), Status.NOT_CONVERGED, Status.OK))
    return Outcome(x, status.astype(np.uint8))
