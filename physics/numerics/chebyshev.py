"""Chebyshev series: values of a series, and the series through values at its nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["clenshaw", "nodes_and_transform", "power_series"]


@compiled
def clenshaw(coefficients: Any, t: Any) -> Any:
    """Sum of a Chebyshev series by Clenshaw's recurrence.

    Parameters
    ----------
    coefficients : ndarray (n,) or tuple of float
        Of T_0, T_1 ...; a tuple is a constant to the compiler.
    t : float or complex
        From -1 to 1, or near that.

    Examples
    --------
    >>> float(clenshaw(np.array([1.0, 2.0, 3.0]), 0.5))  # 1 + 2 t + 3 (2 t^2 - 1)
    0.5
    """
    b1 = b2 = 0.0 * t
    for c in coefficients[:0:-1]:
        b1, b2 = c + 2 * t * b1 - b2, b1
    return coefficients[0] + t * b1 - b2


@compiled(inline="always")
def power_series(coefficients: tuple[float, ...], t: Any) -> Any:
    """Sum of a power series, whose coefficients, highest power first, are constants to the compiler.

    >>> float(power_series((3.0, 2.0, 1.0), 0.5))  # 1 + 2 t + 3 t^2
    2.75
    """
    total = coefficients[0] + 0.0 * t
    for c in coefficients[1:]:
        total = c + t * total
    return total


def nodes_and_transform(n: int) -> tuple[FloatArray, FloatArray]:
    """The n Chebyshev nodes from 1 to -1, and the matrix that makes coefficients of values there.

    >>> t, transform = nodes_and_transform(3)
    >>> (transform @ t**2).round(15) + 0.0
    array([0.5, 0. , 0.5])
    """
    angles = (np.arange(n) + 0.5) * np.pi / n
    transform = 2 / n * np.cos(np.outer(np.arange(n), angles))
    transform[0] /= 2
    return np.cos(angles), transform
