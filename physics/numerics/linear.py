"""Systems of linear equations of a few dozen to a few hundred unknowns, for compiled functions."""

from __future__ import annotations

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["factorise", "substitute"]


@compiled(fastmath=True)
def factorise(M: FloatArray) -> None:
    """Overwrite a square matrix by its LU factors, with the inverse of the diagonal; without pivots.

    For matrices whose diagonal dominates. Two columns at a time: half the traffic of one.

    >>> import numpy as np
    >>> M, r = np.array([[4.0, 1.0], [2.0, 3.0]]), np.array([6.0, 8.0])
    >>> factorise(M)
    >>> substitute(M, r)
    >>> r
    array([1., 2.])
    """
    n = M.shape[0]
    for k in range(0, n - 1, 2):
        a = 1 / M[k, k]
        M[k, k] = a
        f = M[k + 1, k] * a
        M[k + 1, k] = f
        for j in range(k + 1, n):
            M[k + 1, j] -= f * M[k, j]
        b = 1 / M[k + 1, k + 1]
        M[k + 1, k + 1] = b
        for i in range(k + 2, n):
            f = M[i, k] * a
            g = (M[i, k + 1] - f * M[k, k + 1]) * b
            M[i, k] = f
            M[i, k + 1] = g
            for j in range(k + 2, n):
                M[i, j] -= f * M[k, j] + g * M[k + 1, j]
    if n & 1:
        M[n - 1, n - 1] = 1 / M[n - 1, n - 1]


@compiled(fastmath=True)
def substitute(M: FloatArray, r: FloatArray) -> None:
    """Overwrite r by the solution of M x = r, for M from `factorise`."""
    n = r.size
    for i in range(n):
        t = 0.0
        for j in range(i):
            t += M[i, j] * r[j]
        r[i] -= t
    for i in range(n - 1, -1, -1):
        t = 0.0
        for j in range(i + 1, n):
            t += M[i, j] * r[j]
        r[i] = (r[i] - t) * M[i, i]
