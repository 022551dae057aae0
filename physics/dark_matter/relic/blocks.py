"""Densities of whole grids by the Boltzmann equations: points with the same masses share tables.

What the tables do not cover is left to the solver for one point, boltzmann.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.bath import bath_tables, scattering_strength
from physics.dark_matter.relic.final_states import FinalStates
from physics.dark_matter.relic.coupled import solve_pairs_coupled
from physics.dark_matter.relic.shared_averages import Points
from physics.dark_matter.relic.riccati import solve_pairs

__all__ = ["Block", "block"]


class Block(NamedTuple):
    """Points side by side, those with the same masses together, and where each of them goes."""

    first: NDArray[np.int64]
    order: NDArray[np.int64]
    m_X: FloatArray
    m_psi: FloatArray
    d: FloatArray
    y_f: FloatArray
    T_decoupling: FloatArray
    B: FloatArray
    w: FloatArray
    q2: FloatArray


def block(m_X, g_X, mass_ratio, q_psi, final_states, propagator_width, bath_decoupling):
    inputs = np.broadcast_arrays(m_X, g_X, mass_ratio, q_psi, propagator_width, bath_decoupling)
    shape = inputs[0].shape
    masses = np.stack([np.ravel(a) for a in np.broadcast_arrays(m_X, mass_ratio, bath_decoupling)])
    unique, which = np.unique(masses, axis=1, return_inverse=True)
    nd = len(shape)
    mshape = np.broadcast_shapes(np.shape(m_X), np.shape(mass_ratio), np.shape(bath_decoupling))
    which = np.broadcast_to(which.reshape((1,) * (nd - len(mshape)) + mshape), shape).ravel()
    order = np.argsort(which, kind="stable")
    first = np.searchsorted(which[order], np.arange(unique.shape[1] + 1))
    g, q, width = (np.ravel(inputs[i])[order] for i in (1, 3, 4))
    mX, r, T = unique
    m_psi = r * mX
    w_, m_ = which[order], m_psi[which[order]]
    return shape, Block(
        first, order, mX, m_psi, pole_position(r), final_states.relative_to(m_psi), T,
        g**4 * q**2 / (12 * math.pi * m_**2), width / (4 * r[w_] ** 2 * mX[w_]), q * q,
    )


def boltz(*a):
    shape, b = block(*a)
    fs = a[4]
    out = np.empty(b.order.size)
    for T in np.unique(b.T_decoupling):
        t = bath_tables(float(T))
        res = solve_pairs(b.first, b.B, b.w, b.q2, np.log(b.m_psi), b.d, fs.couplings, b.y_f, fs.pairs_of_X, t, t.cooling)
        out[b.order] = res
    return out.reshape(shape)


def coup(*a):
    shape, b = block(*a)
    fs = a[4]
    out, res = np.empty(b.order.size), np.full(b.order.size, np.nan)
    which = np.repeat(np.arange(b.d.size), np.diff(b.first))
    g = (b.B * 12 * math.pi * b.m_psi[which]**2 / b.q2) ** .25
    sc = scattering_strength(b.m_X[which], g, (b.m_psi/b.m_X)[which], np.sqrt(b.q2))
    for T in np.unique(b.T_decoupling):
        t = bath_tables(float(T))
        solve_pairs_coupled(b.first, Points(b.B, b.w, b.q2, sc), np.log(b.m_psi), np.log(b.m_X), b.d, fs.couplings, b.y_f, fs.pairs_of_X, t, t.cooling, res)
        out[b.order] = res
    return out.reshape(shape)
