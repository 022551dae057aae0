"""Quadrature: Gauss-Legendre rules on panels."""

from __future__ import annotations

from functools import cache

import numpy as np

from physics.core.status import FloatArray

__all__ = ["gauss_legendre", "gauss_panels"]


@cache
def gauss_legendre(n: int) -> tuple[FloatArray, FloatArray]:
    """The n nodes and weights between -1 and 1, read-only: NumPy computes them anew for each call.

    >>> node, weight = gauss_legendre(3)
    >>> round(float(weight @ node**4), 12)
    0.4
    """
    node, weight = np.polynomial.legendre.leggauss(n)
    node.flags.writeable = weight.flags.writeable = False
    return node, weight


def gauss_panels(edges: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights, n in each panel between successive edges.

    Parameters
    ----------
    edges : ndarray (..., m + 1)
        Ends of the panels.
    n : int
        Points in a panel.

    Returns
    -------
    tuple of ndarray (..., m, n)

    Examples
    --------
    >>> x, w = gauss_panels(np.array([0.0, 1.0, 3.0]), 4)
    >>> round(float(np.sum(w * x**7)), 9)  # 3^8/8
    820.125
    """
    node, weight = gauss_legendre(n)
    half = np.diff(edges, axis=-1)[..., np.newaxis] / 2
    return edges[..., :-1, np.newaxis] + half * (1 + node), half * weight
