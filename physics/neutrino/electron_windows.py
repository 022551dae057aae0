"""Integrals over the recoils of electrons that mono-energetic neutrinos hit, with X exchanged: tree level and QED."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import M_E
from physics.neutrino.cross_sections import largest_recoil
from physics.neutrino.electron_couplings import qed_shapes

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
    unit = _ramp_integrals(2 * M_E * width / D)  # Int_0^1 s^n / (1 + u s)^k ds, with T = T_min + width s
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
    E, start, m_X = (np.asarray(v, dtype=np.float64)[..., None] for v in (E, T_min, m_X))
    start = np.minimum(start, largest_recoil(E, M_E))
    node, weight = np.polynomial.legendre.leggauss(24)
    t, dt = (node + 1) / 2, weight / 2
    width = largest_recoil(E, M_E) - start
    T = start + width * t**2 * (3 - 2 * t)  # roots and logarithms at both ends
    shapes = np.stack(qed_shapes(np.where(width > 0, T, M_E / 10), E)) * width * 6 * t * (1 - t) * dt
    over_D = 1 / (2 * M_E * T + m_X**2)
    shapes = shapes.reshape(3, *(1,) * (over_D.ndim - T.ndim), *T.shape)
    return tuple(np.sum(shapes * over_D**k, axis=-1) for k in range(3))


def _ramp_integrals(u: FloatArray) -> dict[tuple[int, int], FloatArray]:
    """Int_0^1 s^n / (1 + u s)^k ds for n, k = 0, 1, 2: closed form, or quadrature where that cancels."""
    s, weight = np.polynomial.legendre.leggauss(12)
    s, weight = (s + 1) / 2, weight / 2
    large = u > 0.5
    v = np.where(large, u, 1.0)
    closed: dict[tuple[int, int], FloatArray] = {(0, 1): np.log1p(v) / v, (0, 2): 1 / (1 + v)}
    closed[1, 1] = (1 - closed[0, 1]) / v
    closed[2, 1] = (0.5 - closed[1, 1]) / v
    closed[1, 2] = (closed[0, 1] - closed[0, 2]) / v
    closed[2, 2] = (closed[1, 1] - closed[1, 2]) / v
    small = np.where(large, 0.0, u)[..., None]
    result: dict[tuple[int, int], FloatArray] = {}
    for n in range(3):
        result[n, 0] = np.full_like(u, 1 / (n + 1))
        for k in (1, 2):
            result[n, k] = np.where(large, closed[n, k], np.sum(weight * s**n / (1 + small * s) ** k, axis=-1))
    return result
