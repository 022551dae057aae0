"""Entropy of massive particles in equilibrium: Drees & Zhao 2021, eq. (3.13)."""

from __future__ import annotations

import math

import numpy as np

from physics.core.status import FloatArray

__all__ = ["entropy_fraction"]

_REACH = 45.0  # exp(-45) of the integrand is neglected
_NODES = 128
_CHUNK = 4096  # points at a time, to bound the memory


def entropy_fraction(x: FloatArray, statistics: int) -> FloatArray:
    r"""Entropy of one degree of freedom of mass m at T = m/x, in units of a massless fermion's.

    F(x) = 30/(7 pi^4) Int_x^inf dy (4y^2 - x^2) sqrt(y^2 - x^2) / (e^y +- 1). With y = x cosh(theta) the integrand is
    even and analytic, and the trapezoidal rule exact to 1e-14; all terms are positive.

    Parameters
    ----------
    x : array_like
        m/T > 1e-12; infinity gives 0.
    statistics : {+1, -1}
        Fermions or bosons.

    Returns
    -------
    ndarray
        Dimensionless; 1 (fermions) or 8/7 (bosons) for x -> 0.

    Examples
    --------
    >>> entropy_fraction(np.array([1e-9, 5.0, np.inf]), +1)
    array([1.        , 0.13658096, 0.        ])
    """
    x = np.asarray(x, dtype=np.float64)
    flat = np.ascontiguousarray(x).ravel()
    result = np.zeros(flat.size)
    occupied = np.flatnonzero(flat < 700.0)  # exp(-700) is nothing
    for start in range(0, occupied.size, _CHUNK):
        at = occupied[start : start + _CHUNK]
        mass = flat[at, np.newaxis]
        step = np.arccosh(1 + _REACH / mass) / _NODES
        theta = step * np.arange(1, _NODES + 1)
        sinh2 = np.sinh(theta) ** 2
        boltzmann = np.exp(-mass * np.cosh(theta))
        integrand = sinh2 * (3 + 4 * sinh2) * boltzmann / (1 + statistics * boltzmann)
        result[at] = 30 / (7 * math.pi**4) * (flat[at] ** 4 * step[:, 0]) * integrand.sum(axis=-1)
    return result.reshape(x.shape)
