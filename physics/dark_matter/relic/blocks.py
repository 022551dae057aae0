"""Densities of whole blocks by the Boltzmann equations: points with the same masses share tables.

relic_integrator = "tables" is what shared_averages.py, riccati.py and coupled.py do, with what they leave done by the
solver for one point, boltzmann.py; "quadrature" is that solver for all points.
"""

from __future__ import annotations

import itertools
import logging
import math

import numpy as np
from numpy.typing import NDArray

from physics.core.registration import branch, intermediate
from physics.core.status import FloatArray, Outcome
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.bath import bath_tables, scattering_strength
from physics.dark_matter.relic.boltzmann import densities, of_log_abundance, problems, solve
from physics.dark_matter.relic.coupled import with_temperature
from physics.dark_matter.relic.coupled_tables import bath_of_all
from physics.dark_matter.relic.final_states import FinalStates
from physics.dark_matter.relic.integrator import QUADRATURE, TABLES
from physics.dark_matter.relic.riccati import in_kinetic_equilibrium
from physics.dark_matter.relic.shared_averages import Pairs, Points

__all__ = ["boltzmann_density", "coupled_density", "log_abundances"]

log = logging.getLogger(__name__)
Columns = NDArray[np.float64]  # T_nu_decoupling, m_X, mass_ratio, g_X, q_psi, width of X: a row each


def _side_by_side(columns: Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order that brings points with the same masses, and the same bath, together; where each of these begins."""
    order = np.lexsort(columns[:3][::-1])
    if order.size == 0:
        return order, np.zeros(1, dtype=np.int64)
    masses = columns[:3, order]
    starts = np.flatnonzero((masses[:, 1:] != masses[:, :-1]).any(axis=0)) + 1
    return order, np.concatenate([[0], starts, [order.size]])


def log_abundances(coupled: bool, columns: Columns, final_states: FinalStates) -> FloatArray:
    """ln(n/s) today of points, each a column; inf where psi never thermalises, NaN where the tables do not reach."""
    order, first = _side_by_side(columns)
    T, m_X, r, g_X, q_psi, width = columns[:, order]
    m_psi = r * m_X
    scattering = scattering_strength(m_X, g_X, r, q_psi)
    B, w = g_X**4 * q_psi**2 / (12 * math.pi * m_psi**2), width / (4 * r**2 * m_X)
    points = Points(B, w, final_states.pairs_of_X * q_psi**2, scattering)
    result = np.full(order.size, math.nan)
    at = first[:-1]  # the first point of each pair
    baths = [*np.flatnonzero(np.diff(T[at], prepend=math.nan) != 0).tolist(), at.size]
    for begin, end in itertools.pairwise(baths):
        of = at[begin:end]
        here = slice(first[begin], first[end])
        pairs = Pairs(
            first[begin : end + 1] - first[begin], np.log(m_psi[of]), np.log(m_X[of]), pole_position(r[of]),
            final_states.couplings, final_states.relative_to(m_psi[of]), final_states.pairs_of_X,
        )  # fmt: skip
        tables = bath_tables(T[of[0]].item())
        arguments = Points(*(p[here] for p in points)), pairs, tables, tables.cooling
        if coupled:
            with_temperature(*arguments, bath_of_all(T[of[0]].item(), m_psi[of].max().item()), result[here])
        else:
            in_kinetic_equilibrium(*arguments, result[here])
    back = np.empty_like(result)
    back[order] = result
    return back


def _density(coupled: bool, final_states: FinalStates, inputs: tuple[FloatArray, ...]) -> Outcome:
    arrays = np.broadcast_arrays(*inputs)
    shape = arrays[0].shape
    columns = np.array([np.ravel(a) for a in arrays])
    T, m_X, r, g_X, q_psi, width = columns
    log_Y, log_mass = np.full(T.size, math.inf), np.log(r * m_X)
    scale = g_X**4 * q_psi**2 / (12 * math.pi * (r * m_X) ** 2)
    annihilates = np.flatnonzero((scale > 0) & (width > 0) & np.isfinite(columns).all(axis=0) & np.isfinite(scale))
    log_Y[annihilates] = log_abundances(coupled, columns[:, annihilates], final_states)
    left = np.flatnonzero(np.isnan(log_Y))
    if left.size:
        log.debug("%d of %d points left to the solver for one point", left.size, T.size)
        of_left = problems(coupled, m_X[left], g_X[left], r[left], q_psi[left], final_states, width[left], T[left])
        log_Y[left] = [solve(problem) for problem in of_left]
    return of_log_abundance(log_Y.reshape(shape), log_mass.reshape(shape))


@intermediate(when=TABLES, seconds=3e-6)
def boltzmann_density(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, final_states: FinalStates,
    propagator_width: FloatArray, bath_decoupling: FloatArray,
) -> Outcome:  # fmt: skip
    """Omega h^2 of psi and psibar from the equation for the density, with T_psi = T_nu."""
    return _density(False, final_states, (bath_decoupling, m_X, mass_ratio, g_X, q_psi, propagator_width))


@intermediate(when=TABLES, seconds=3e-5)
def coupled_density(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, final_states: FinalStates,
    propagator_width: FloatArray, bath_decoupling: FloatArray,
) -> Outcome:  # fmt: skip
    """Omega h^2 of psi and psibar from the equations for density and temperature."""
    return _density(True, final_states, (bath_decoupling, m_X, mass_ratio, g_X, q_psi, propagator_width))


@branch("boltzmann_density", when=QUADRATURE, seconds=5e-4)
def boltzmann_density_of_each(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, final_states: FinalStates,
    propagator_width: FloatArray, bath_decoupling: FloatArray,
) -> Outcome:  # fmt: skip
    """Each point by itself."""
    inputs = m_X, g_X, mass_ratio, q_psi, final_states, propagator_width, bath_decoupling
    return densities(solve, problems(False, *inputs))


@branch("coupled_density", when=QUADRATURE, seconds=1e-3)
def coupled_density_of_each(
    m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray, final_states: FinalStates,
    propagator_width: FloatArray, bath_decoupling: FloatArray,
) -> Outcome:  # fmt: skip
    """Each point by itself."""
    inputs = m_X, g_X, mass_ratio, q_psi, final_states, propagator_width, bath_decoupling
    return densities(solve, problems(True, *inputs))
