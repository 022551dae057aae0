"""Rosenbrock methods for a few stiff ordinary differential equations.

RODAS4 (Hairer & Wanner, Solving Ordinary Differential Equations II, 2nd edition, section VI.4): six stages, stiffly
accurate, order 4(3), with a Jacobian by finite differences. `rodas4` is for two equations, and computes what depends on
t alone once for several evaluations. `integrator` makes one for any number of them.

`step_of_ros4` is a step of the L-stable method with four stages of section IV.7, table 7.2: order 4(3) with three
evaluations, for errors of 1e-4 the cheaper one; for two equations whose Jacobian is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray

__all__ = ["MAX_STEPS", "SHORTEST_STEP", "Slopes", "integrator", "rodas4", "step_of_ros4"]

MAX_STEPS = 20000
SHORTEST_STEP = 1e-12
_FIRST_STEP, _DIFFERENCE = 1e-3, 1e-7

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

# numba caches no function that hands on another one; written out where they are called, none is handed on
_inlined = compiled(inline="always")

Prepare = Callable[[float, Any], Any]
Derivatives = Callable[[Any, float, float, Any], tuple[float, float]]


@compiled
def _next_step(h: float, error: float) -> float:
    """The step to try after one of length h, which is accepted for errors up to 1."""
    factor = min(4.0, max(0.2, 0.9 * (error + 1e-12) ** -0.25)) if math.isfinite(error) else 0.2
    return h * (factor if error <= 1.0 else min(factor, 0.7))


class Slopes(NamedTuple):
    """Derivatives (y', z') and their own derivatives with respect to t, y and z."""

    y: float
    z: float
    y_t: float
    z_t: float
    y_y: float
    y_z: float
    z_y: float
    z_z: float


@_inlined
def _slopes(
    prepare: Prepare, derivatives: Derivatives, t: float, y: float, z: float, coupled: bool, system: Any
) -> Slopes:
    eps = _DIFFERENCE
    here = prepare(t, system)
    f_y, f_z = derivatives(here, y, z, system)
    a, b = derivatives(here, y + eps, z, system)
    y_y, z_y = (a - f_y) / eps, (b - f_z) / eps
    y_z = z_z = 0.0
    if coupled:
        a, b = derivatives(here, y, z + eps, system)
        y_z, z_z = (a - f_y) / eps, (b - f_z) / eps
    a, b = derivatives(prepare(t + eps, system), y, z, system)
    return Slopes(f_y, f_z, (a - f_y) / eps, (b - f_z) / eps, y_y, y_z, z_y, z_z)


@_inlined
def _one_step(
    prepare: Prepare, derivatives: Derivatives, t: float, h: float, y: float, z: float, f: Slopes, system: Any,
    k_y: FloatArray, k_z: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """(y, z) at t + h; the last elements of k_y and k_z, which are overwritten, estimate the errors."""
    # [1/(h gamma) - Jacobian] k = right-hand side
    m_y, m_z = 1 / (h * _GAMMA) - f.y_y, 1 / (h * _GAMMA) - f.z_z
    per_h, per_determinant = 1 / h, 1 / (m_y * m_z - f.y_z * f.z_y)
    new_y = new_z = 0.0
    for i in range(6):
        new_y, new_z = y, z
        r_y, r_z = h * _DT[i] * f.y_t, h * _DT[i] * f.z_t
        for j in range(i):
            new_y += _A[i, j] * k_y[j]
            new_z += _A[i, j] * k_z[j]
            r_y += _C[i, j] * per_h * k_y[j]
            r_z += _C[i, j] * per_h * k_z[j]
        if 0 < i < 5:  # the last two stages are at t + h both
            here = prepare(t + _AT[i] * h, system)
        f_y, f_z = derivatives(here, new_y, new_z, system) if i > 0 else (f.y, f.z)
        r_y += f_y
        r_z += f_z
        k_y[i] = (r_y * m_z + f.y_z * r_z) * per_determinant
        k_z[i] = (r_z * m_y + f.z_y * r_y) * per_determinant
    return new_y + k_y[5], new_z + k_z[5]


@_inlined
def rodas4(
    prepare: Prepare, derivatives: Derivatives, t: float, t_end: float, y: float, z: float, coupled: bool,
    tolerance: float, system: Any,
) -> tuple[float, float, int]:  # fmt: skip
    """Solve y' = f(t, y, z), z' = g(t, y, z) from t to t_end.

    Parameters
    ----------
    prepare : compiled function
        Of (t, system): anything that `derivatives` wants to know of t.
    derivatives : compiled function
        Of (what `prepare` returned, y, z, system): f and g.
    t, t_end, y, z : float
        Beginning, end and initial values.
    coupled : bool
        Whether z matters; if not, g is 0 and y does not depend on z.
    tolerance : float
        Absolute error of y and z in a step.
    system : tuple
        Handed on.

    Returns
    -------
    tuple
        y and z at the end, and the steps tried; NaN after MAX_STEPS, or where the step underflows.

    Examples
    --------
    >>> prepare = compiled(lambda t, system: math.cos(t))
    >>> derivatives = compiled(lambda cos, y, z, system: (-system[0] * (y - cos), 0.0))
    >>> y, _, _ = rodas4(prepare, derivatives, 0.0, 2.0, 5.0, 0.0, False, 1e-9, (1e4,))
    >>> round(y - math.cos(2.0), 8)  # y follows cos t, late by 1e-4
    9.093e-05
    """
    k_y, k_z = np.zeros(6), np.zeros(6)
    h = _FIRST_STEP
    accepted = True
    f = Slopes(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for step in range(MAX_STEPS):
        if t_end - t < SHORTEST_STEP:
            return y, z, step
        h = min(h, t_end - t)
        if accepted:
            f = _slopes(prepare, derivatives, t, y, z, coupled, system)
        new_y, new_z = _one_step(prepare, derivatives, t, h, y, z, f, system, k_y, k_z)
        error = max(abs(k_y[5]), abs(k_z[5])) / tolerance
        accepted = error <= 1.0
        if accepted:
            t, y, z = t + h, new_y, new_z
        h = _next_step(h, error)
        if h < SHORTEST_STEP:
            break
    return math.nan, math.nan, MAX_STEPS


# As for RODAS4: k_i of [1/(h gamma) - J] k_i = f(t + a_i h, y + sum A_ij k_j) + sum C_ij k_j/h + h d_i df/dt. The last
# stage shares the evaluation of the third
_GAMMA_4 = 0.57282
_A_21, _A_31, _A_32 = 2.0, 1.867943637803922, 0.2344449711399156
_C_21, _C_31, _C_32 = -7.137615036412310, 2.580708087951457, 0.6515950076447975
_C_41, _C_42, _C_43 = -2.137148994382534, -0.3214669691237626, -0.6949742501781779
_T_2, _T_3 = 1.145640, 0.6552168638155900
_D_1, _D_2, _D_3, _D_4 = 0.57282, -1.769193891319233, 0.7592633437920482, -0.1049021087100450
_B_1, _B_2, _B_3, _B_4 = 2.255570073418735, 0.2870493262186792, 0.4353179431840180, 1.093502252409163
_E_1, _E_2, _E_3 = -0.2815431932141155, -0.07276199124938920, -0.1082196201495311


@compiled(forceinline=True, fastmath={"contract"})
def step_of_ros4(
    prepare: Prepare, derivatives: Derivatives, t: float, h: float, y: float, z: float, f: Slopes, system: Any
) -> tuple[float, float, float, float]:
    """(y, z) at t + h, and what a method of order 3 makes of them less that; numbers, or lanes of them (vectors.py)."""
    per_h = 1 / h
    m_y, m_z = per_h * (1 / _GAMMA_4) - f.y_y, per_h * (1 / _GAMMA_4) - f.z_z
    scale = 1 / (m_y * m_z - f.y_z * f.z_y)
    y_y, y_z, z_y, z_z = m_z * scale, f.y_z * scale, f.z_y * scale, m_y * scale
    r, s = f.y + _D_1 * h * f.y_t, f.z + _D_1 * h * f.z_t
    y1, z1 = y_y * r + y_z * s, z_y * r + z_z * s
    f_y, f_z = derivatives(prepare(t + _T_2 * h, system), y + _A_21 * y1, z + _A_21 * z1, system)
    r, s = f_y + per_h * (_C_21 * y1) + _D_2 * h * f.y_t, f_z + per_h * (_C_21 * z1) + _D_2 * h * f.z_t
    y2, z2 = y_y * r + y_z * s, z_y * r + z_z * s
    there = prepare(t + _T_3 * h, system)
    f_y, f_z = derivatives(there, y + (_A_31 * y1 + _A_32 * y2), z + (_A_31 * z1 + _A_32 * z2), system)
    r = f_y + per_h * (_C_31 * y1 + _C_32 * y2) + _D_3 * h * f.y_t
    s = f_z + per_h * (_C_31 * z1 + _C_32 * z2) + _D_3 * h * f.z_t
    y3, z3 = y_y * r + y_z * s, z_y * r + z_z * s
    r = f_y + per_h * (_C_41 * y1 + _C_42 * y2 + _C_43 * y3) + _D_4 * h * f.y_t
    s = f_z + per_h * (_C_41 * z1 + _C_42 * z2 + _C_43 * z3) + _D_4 * h * f.z_t
    y4, z4 = y_y * r + y_z * s, z_y * r + z_z * s
    return (
        y + (_B_1 * y1 + _B_2 * y2 + _B_3 * y3 + _B_4 * y4),
        z + (_B_1 * z1 + _B_2 * z2 + _B_3 * z3 + _B_4 * z4),
        _E_1 * y1 + _E_2 * y2 + _E_3 * y3 - _B_4 * y4,
        _E_1 * z1 + _E_2 * z2 + _E_3 * z3 - _B_4 * z4,
    )


def integrator(
    derivatives: Callable[..., None], name: str, variables: int, *, autonomous: bool = False
) -> Callable[..., Any]:
    """An integrator, compiled, of the equations y' = f(u, y).

    It is this file's text with the equations called by a global name: neither handed on nor caught in a closure, so
    that it is cached on disk like any other function, and compiled once for each set of equations wherever it is used.

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


@_inlined
def _factors(jacobian: FloatArray, diagonal: float, n: int, matrix: FloatArray) -> None:
    """LU factors of diagonal - jacobian, without pivots: it dominates in short steps. The diagonal is inverted."""
    for i in range(n):
        for j in range(n):
            matrix[i, j] = -jacobian[i, j]
        matrix[i, i] += diagonal
    for i in range(n):
        matrix[i, i] = 1 / matrix[i, i]
        for j in range(i + 1, n):
            matrix[j, i] *= matrix[i, i]
            for m in range(i + 1, n):
                matrix[j, m] -= matrix[j, i] * matrix[i, m]


@_inlined
def _substituted(matrix: FloatArray, n: int, k: FloatArray, stage: int) -> None:
    """Solve for one row of k, in place."""
    for i in range(n):
        for j in range(i):
            k[stage, i] -= matrix[i, j] * k[stage, j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            k[stage, i] -= matrix[i, j] * k[stage, j]
        k[stage, i] *= matrix[i, i]


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
                new[j] += _DIFFERENCE
                _derivatives(u, new, problem, here)
                for i in range(_N):
                    jacobian[i, j] = (here[i] - slopes[i]) * (1 / _DIFFERENCE)
            if not _AUTONOMOUS:
                _derivatives(u + _DIFFERENCE, y, problem, here)
                for i in range(_N):
                    explicit[i] = (here[i] - slopes[i]) * (1 / _DIFFERENCE)
        per_h = 1 / h
        _factors(jacobian, per_h / _GAMMA, _N, matrix)
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
            _substituted(matrix, _N, k, stage)
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
        h = _next_step(h, error)
        if h < SHORTEST_STEP:
            break
    for i in range(_N):
        y[i] = math.nan
    return MAX_STEPS
