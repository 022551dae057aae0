"""A stiff integrator for compiled equations in a few variables: RODAS4 of Hairer & Wanner.

numba compiles an integrator for each set of equations. A compiled function handed on as an argument, or caught in a
closure, would be compiled again by every process; `integrator` therefore makes one function of this file's text for
each set, which calls the equations by a global name and is cached like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["MAX_STEPS", "integrator"]

MAX_STEPS = 20000
SHORTEST_STEP = 1e-12
DIFFERENCE = 1e-7  # of the variables, for the Jacobian

# Hairer & Wanner, Solving Ordinary Differential Equations II, section VI.4: stiffly accurate, order 4(3)
_GAMMA = 0.25
_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
_C = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
    ]
)
_AT = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
_DT = np.array([0.25, -0.1043, 0.1035, -0.3620000000000023e-1, 0.0, 0.0])


def integrator(
    derivatives: Callable[..., None], name: str, variables: int, *, autonomous: bool = False
) -> Callable[..., Any]:
    """An integrator, compiled, of the equations y' = f(u, y).

    Parameters
    ----------
    derivatives : callable
        Compiled; derivatives(u, y, problem, slopes) writes f into the array `slopes`. What else it needs is in
        `problem`, a NamedTuple say. The variables are of order one: the Jacobian comes from differences of 1e-7.
    name : str
        Of the integrator, in the cache: one for each set of equations.
    variables : int
        How many: two or three, say; the loops over them are unrolled.
    autonomous : bool
        The equations do not depend on u.

    Returns
    -------
    callable
        integrate(u, u_end, y, problem, tolerance, step, longest) -> steps tried: takes the array y to u_end > u, with
        an absolute error of about the tolerance in a step. The first has the length `step`, none is longer than
        `longest`: where a stiff rate fades by orders of magnitude within a step the estimate of the error misses it.
        y is NaN where the steps get too short or too many.

    Examples
    --------
    >>> @compiled
    ... def equations(u, y, rate, slopes):
    ...     slopes[0] = rate * (math.sin(u) - y[0])
    ...     slopes[1] = -y[1]
    >>> integrate = integrator(equations, "follow_the_sine", 2)
    >>> y = np.array([1.0, 1.0])
    >>> steps = integrate(0.0, 2.0, y, 1e6, 1e-8, 1e-3, 1.0)
    >>> np.abs(y - [math.sin(2.0), math.exp(-2.0)]).max() < 1e-6
    np.True_
    """
    names = {"_derivatives": derivatives, "_N": variables, "_AUTONOMOUS": autonomous}
    copy = FunctionType(_integrate.__code__, {**globals(), **names}, name)
    copy.__qualname__ = name
    copy.__doc__ = "See physics.numerics.rosenbrock.integrator."
    return compiled(error_model="numpy")(copy)


def _derivatives(u: float, y: FloatArray, problem: Any, slopes: FloatArray) -> None:
    """Stands for the equations; `integrator` puts them in its place."""
    raise NotImplementedError


_N = 1
_AUTONOMOUS = False


def _integrate(
    u: float, u_end: float, y: FloatArray, problem: Any, tolerance: float, step: float, longest: float
) -> int:
    k = np.zeros((6, _N))
    jacobian, matrix = np.zeros((_N, _N)), np.zeros((_N, _N))
    slopes, explicit, new, here = np.zeros(_N), np.zeros(_N), np.zeros(_N), np.zeros(_N)
    h = step
    accepted = True
    for tried in range(MAX_STEPS):
        if u_end - u < SHORTEST_STEP:
            return tried
        h = min(h, longest, u_end - u)
        if accepted:
            _derivatives(u, y, problem, slopes)
            for j in range(_N):
                for i in range(_N):
                    new[i] = y[i]
                new[j] += DIFFERENCE
                _derivatives(u, new, problem, here)
                for i in range(_N):
                    jacobian[i, j] = (here[i] - slopes[i]) * (1 / DIFFERENCE)
            if not _AUTONOMOUS:
                _derivatives(u + DIFFERENCE, y, problem, here)
                for i in range(_N):
                    explicit[i] = (here[i] - slopes[i]) * (1 / DIFFERENCE)
        # Each stage solves [1/(h gamma) - Jacobian] k = right-hand side. LU factors without pivots (the diagonal
        # dominates when h is small), with the inverse of the diagonal
        per_h = 1 / h
        for i in range(_N):
            for j in range(_N):
                matrix[i, j] = -jacobian[i, j]
            matrix[i, i] += per_h / _GAMMA
        for i in range(_N):
            matrix[i, i] = 1 / matrix[i, i]
            for j in range(i + 1, _N):
                matrix[j, i] *= matrix[i, i]
                for m in range(i + 1, _N):
                    matrix[j, m] -= matrix[j, i] * matrix[i, m]
        for stage in range(6):
            for i in range(_N):
                new[i], right = y[i], 0.0
                for j in range(stage):
                    new[i] += _A[stage, j] * k[j, i]
                    right += _C[stage, j] * k[j, i]
                k[stage, i] = right * per_h + h * _DT[stage] * explicit[i]
            if stage > 0:
                _derivatives(u + _AT[stage] * h, new, problem, here)
            for i in range(_N):
                k[stage, i] += slopes[i] if stage == 0 else here[i]
                for j in range(i):
                    k[stage, i] -= matrix[i, j] * k[stage, j]
            for i in range(_N - 1, -1, -1):
                for j in range(i + 1, _N):
                    k[stage, i] -= matrix[i, j] * k[stage, j]
                k[stage, i] *= matrix[i, i]
        error = 0.0
        for i in range(_N):
            size = abs(k[5, i]) / tolerance
            if not size <= error:  # NaN, too
                error = size
        accepted = error <= 1.0
        if accepted:
            u += h
            for i in range(_N):
                y[i] = new[i] + k[5, i]
        factor = min(4.0, max(0.2, 0.9 * (error + 1e-12) ** -0.25)) if math.isfinite(error) else 0.2
        h *= factor if accepted else min(factor, 0.7)
        if h < SHORTEST_STEP:
            break
    for i in range(_N):
        y[i] = math.nan
    return MAX_STEPS
