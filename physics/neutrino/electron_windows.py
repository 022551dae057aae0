"""Integrals over the recoils of electrons that mono-energetic neutrinos hit, with X exchanged: tree level and QED."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.model.constants import M_E
from physics.neutrino.cross_sections import largest_recoil
from physics.neutrino.electron_couplings import qed_shapes
from physics.numerics.quadrature import gauss_legendre

__all__ = ["electron_window_integrals", "qed_window_integrals"]


def electron_window_integrals(E: ArrayLike, T_min: ArrayLike, m_X: ArrayLike) -> tuple[FloatArray, ...]:
    """Integrals over the recoil from T_min to its largest: exact, for mono-energetic neutrinos.

    Parameters
    ----------
    E : array_like
        Energy of the neutrinos [MeV].
    T_min : array_like
        Smallest recoil that counts [MeV].
    m_X : array_like
        Mass of X [MeV].

    Returns
    -------
    tuple of three ndarray of shape (3, ...)
        Int dT {1, (1 - T/E)^2, m_e T/E^2} / D^k for k = 0, 1, 2, with D = 2 m_e T + m_X^2 [MeV^(1-2k)]; zero where
        T_min is beyond the largest recoil.

    Examples
    --------
    >>> plain, _, _ = electron_window_integrals(0.8613, 0.0, 10.0)
    >>> round(float(plain[0]), 4)  # the largest recoil
    0.6643
    """
    E, T_min, m_X = (np.asarray(v, dtype=np.float64) for v in (E, T_min, m_X))
    width = np.maximum(largest_recoil(E, M_E) - T_min, 0.0)
    D = 2 * M_E * T_min + m_X**2  # at T_min
    u = np.array(2 * M_E * width / D)
    unit = _ramp_integrals(u.ravel(), *gauss_legendre(12)).reshape(3, 3, *u.shape)  # with T = T_min + width s
    y, dy = T_min / E, width / E
    result = []
    for k in range(3):
        one, s, s2 = (width / D**k * unit[n, k] for n in range(3))
        square = (1 - y) ** 2 * one - 2 * (1 - y) * dy * s + dy**2 * s2
        result.append(np.stack(np.broadcast_arrays(one, square, M_E / E * (y * one + dy * s))))
    return tuple(result)


def qed_window_integrals(E: ArrayLike, T_min: ArrayLike, m_X: ArrayLike) -> tuple[FloatArray, ...]:
    """What QED adds to `electron_window_integrals`, for the same arguments: `qed_shapes` over D^k, by quadrature.

    Its error is below 2e-6 of the tree-level integrals.

    >>> plain, _, _ = qed_window_integrals(0.8618, 0.0, 10.0)
    >>> plain.round(6)
    array([-0.003174, -0.000789, -0.000743])
    """
    E, T_min, m_X = (np.asarray(v, dtype=np.float64) for v in (E, T_min, m_X))
    if E.size == T_min.size == 1:  # the same for all masses, call after call
        shapes, T = _known_qed_nodes(E.item(), T_min.item())
    else:
        shapes, T = _qed_nodes(E, T_min)
    over_D = 1 / (2 * M_E * T + m_X[..., None] ** 2)
    shapes = shapes.reshape(3, *(1,) * (over_D.ndim - T.ndim), *T.shape)
    # vecdot: the same sum, to the last bit, however many masses there are
    return shapes.sum(axis=-1), np.vecdot(shapes, over_D), np.vecdot(shapes, over_D**2)


def _qed_nodes(E: FloatArray, T_min: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted `qed_shapes` at recoils, and these, in the last axis."""
    E, start = E[..., None], np.minimum(T_min[..., None], largest_recoil(E[..., None], M_E))
    node, weight = gauss_legendre(24)
    t, dt = (node + 1) / 2, weight / 2
    width = largest_recoil(E, M_E) - start
    T = start + width * t**2 * (3 - 2 * t)  # roots and logarithms at both ends
    shapes = np.stack(qed_shapes(np.where(width > 0, T, M_E / 10), E)) * width * 6 * t * (1 - t) * dt
    return shapes, T


@lru_cache(maxsize=256)
def _known_qed_nodes(E: float, T_min: float) -> tuple[FloatArray, FloatArray]:
    return _qed_nodes(np.array(E), np.array(T_min))


@compiled(error_model="numpy")
def _ramp_integrals(u: FloatArray, node: FloatArray, weight: FloatArray) -> FloatArray:
    """Int_0^1 s^n / (1 + u s)^k ds for n, k = 0, 1, 2: closed form, or quadrature where that cancels."""
    result = np.zeros((3, 3, u.size))
    for n in range(3):
        result[n, 0] = 1 / (n + 1)
    for i in range(u.size):
        v = u[i]
        if v > 0.5:
            first, second = math.log1p(v) / v, 1 / (1 + v)
            result[0, 1, i], result[0, 2, i] = first, second
            result[1, 1, i], result[1, 2, i] = (1 - first) / v, (first - second) / v
            result[2, 1, i] = (0.5 - result[1, 1, i]) / v
            result[2, 2, i] = (result[1, 1, i] - result[1, 2, i]) / v
            continue
        for m in range(node.size):
            s = (node[m] + 1) / 2
            over = 1 / (1 + v * s)
            power = weight[m] / 2
            for n in range(3):
                result[n, 1, i] += power * over
                result[n, 2, i] += power * over * over
                power *= s
    return result
