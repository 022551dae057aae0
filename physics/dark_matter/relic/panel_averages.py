r"""S and S_2 of a pair of masses at all nodes of a panel of ln x, for a few widths of the pole.

All x of a panel share the trapezoidal rule of breit_wigner.py: its step is that of the coldest, its reach that of the
hottest. What does not depend on x (phase space, distances from the pole) is computed once for each node in theta, the
thermal factors (panel_factors.py) at all x together, for S and S_2. What the poles lack is summed over final states:
their thermal factors are the same.
"""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import Rule, leak, place_of_pole, rule
from physics.dark_matter.relic.channels import counts_of_many, is_massless_of_many
from physics.dark_matter.relic.panel_factors import (
    COLD,
    COLDEST,
    F_2_AT,
    F_AT,
    IN_X,
    ROWS,
    WEIGHT,
    coefficients_at,
    factors_of_pole,
    fill,
    place,
)
from physics.dark_matter.relic.x_pairs import amplitude
from physics.numerics.lanes import LANES, add_multiple

__all__ = ["Shared", "panel_averages", "shared_by_panels", "work_space"]

DECAY = 31.0  # what sums neglect is exp(-DECAY) of them: relative errors of 3e-9 at most
S_X_AT, S_AT = ROWS, ROWS + 2 * LANES  # rows of the work space: S_XX of both kinds, S for each width
KINDS = 10 * LANES  # from S of a width to S_2

Complexes = NDArray[np.complex128]

_vector = compiled(fastmath={"contract"})


class Shared(NamedTuple):
    """What panels share: final states, massless ones as the first, widths, and of the poles what x does not change."""

    d: float
    couplings: FloatArray
    y_f: FloatArray
    widths: FloatArray
    theta: Complexes  # (final state, width)
    residue: Complexes  # with the coupling, and z^(-1/4)
    root: Complexes  # (width,): sqrt(z), z = 1 + d + i w
    K1: Complexes  # (width, power of what stands for x), where hot
    B: Complexes  # B/6
    hot: bool  # for x below COLD, else above


@_vector
def shared_by_panels(
    d: float, widths: FloatArray, couplings: FloatArray, y_f: FloatArray, weighted: bool, hottest: float
) -> Shared:
    """For ascending widths, and x from `hottest` on, or from there up to COLD; B only if weighted."""
    n, m = couplings.size, widths.size
    hot, merged = hottest < COLD, couplings.copy()
    for c in range(1, n):
        if is_massless_of_many(couplings[c], y_f[c]):
            merged[0] += couplings[c]
            merged[c] = 0.0
        elif not counts_of_many(hottest, d, widths[0], y_f[c]):
            merged[c] = 0.0
    theta, residue = np.zeros((n, m), np.complex128), np.zeros((n, m), np.complex128)
    root = np.empty(m, np.complex128)
    K1, B = np.zeros((m, IN_X), np.complex128), np.zeros((m, IN_X), np.complex128)
    for k in range(m):
        root[k] = cmath.sqrt(complex(1.0 + d, widths[k]))
        for c in range(n):
            if merged[c] > 0.0:
                theta[c, k], at_pole = place_of_pole(d, widths[k], y_f[c])
                residue[c, k] = merged[c] * at_pole / cmath.sqrt(root[k])
        if not residue[:, k].any():
            continue
        coefficients_at(root[k], hot, weighted, K1[k], B[k])
    return Shared(d, merged, y_f, widths, theta, residue, root, K1, B, hot)


@compiled
def work_space() -> FloatArray:
    """What `panel_averages` works in."""
    return np.zeros(S_AT + 2 * KINDS)


@_vector
def _add_sums(
    of: Rule, factor: float, y_f: float, pole: float, widths: FloatArray, hot: bool, weighted: bool, work: FloatArray
) -> None:
    """The trapezoidal sums of one final state."""
    widths, work, B = borrowed(widths), borrowed(work), np.empty(IN_X)
    gap, excess, step, sinh_reach, _, staggered = of
    factor *= 2 * gap * gap * step
    first = 0.5 * step if staggered else step
    sinh, cosh = math.sinh(first), math.cosh(first)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        r = math.sqrt(y)
        fill(hot, y_minus_1, r, y_minus_1 / (r + 1.0), weighted, B, work)
        numerator = factor * sinh2 * (1.0 + sinh2) * (y + 0.5) * (y + 0.5 * y_f) / (r * math.sqrt(r))
        distance2 = (gap * sinh2 - pole) ** 2
        for k in range(widths.size):
            weight = numerator / (distance2 + widths[k] * widths[k])
            add_multiple(work, S_AT + LANES * k, weight, F_AT)
            if weighted:
                add_multiple(work, S_AT + KINDS + LANES * k, weight, F_2_AT)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step


@_vector
def _add_averages(x: FloatArray, shared: Shared, weighted: bool, work: FloatArray) -> None:
    """S for each width, and S_2."""
    d, widths, n = shared.d, shared.widths, shared.widths.size
    hottest, coldest = x[-1], x[0]
    in_reach = 2 * hottest * (shared.root[0].real - 1.0) < COLDEST  # the poles
    lacking = np.zeros(n, np.complex128)
    for c in range(shared.couplings.size):
        coupling, y_f = shared.couplings[c], shared.y_f[c]
        if coupling > 0.0 and counts_of_many(hottest, d, widths[0], y_f):
            of = rule(hottest, coldest, d, widths[0], widths[-1], y_f, DECAY)
            _add_sums(of, coupling, y_f, d - of.excess, widths, shared.hot, weighted, work)
            for k in range(n if in_reach else 0):
                if shared.residue[c, k] != 0.0:
                    lacking[k] += shared.residue[c, k] * leak(shared.theta[c, k], of)
    for k in range(n):
        if lacking[k] != 0.0:
            factors_of_pole(
                complex(d, widths[k]), shared.root[k], lacking[k] / widths[k], shared.hot, weighted,
                shared.K1[k], shared.B[k], S_AT + LANES * k, S_AT + KINDS + LANES * k, work,
            )  # fmt: skip


@_vector
def _add_averages_of_X(x: FloatArray, d: float, hot: bool, weighted: bool, work: FloatArray) -> None:
    """S_XX of x_pairs.py, without its Boltzmann factor, and the same with weights."""
    B, rho2 = np.empty(IN_X), 4 * (1 + d)
    gap, excess, step, sinh_reach, _, _ = rule(x[-1], x[0], -1.0, 0.0, 0.0, rho2, DECAY)
    root = math.sqrt(1.0 + excess)
    sinh, cosh = math.sinh(0.5 * step), math.cosh(0.5 * step)
    sinh_step, cosh_step = math.sinh(step), math.cosh(step)
    while sinh < sinh_reach:
        sinh2 = sinh * sinh
        open_by = sinh2 * (1.0 + sinh2)  # (y - 1) (y - rho^2) / gap^2
        y_minus_1 = excess + gap * sinh2
        y = 1.0 + y_minus_1
        r = math.sqrt(y)
        fill(hot, y_minus_1, r, gap * sinh2 / (r + root), weighted, B, work)
        weight = 3 * gap * gap * step * open_by * amplitude(y, rho2, gap * gap * open_by) / (r * math.sqrt(r))
        add_multiple(work, S_X_AT, weight, F_AT)
        if weighted:
            add_multiple(work, S_X_AT + LANES, weight, F_2_AT)
        sinh, cosh = sinh * cosh_step + cosh * sinh_step, cosh * cosh_step + sinh * sinh_step


@_vector
def panel_averages(
    x: FloatArray, shared: Shared, phase_space: float, with_X: bool, weighted: bool, work: FloatArray, out: FloatArray
) -> None:
    """Averages at the descending x of a panel: `out` (S or S_2, function, x).

    The functions are S for each width, alpha without its exponential factor (shared_averages.py) where there is phase
    space on the pole, and S_XX without its Boltzmann factor.
    """
    d, n = shared.d, shared.widths.size
    work[:] = 0.0
    place(x, shared.hot, work)
    _add_averages(x, shared, weighted, work)
    if with_X:
        _add_averages_of_X(x, d, shared.hot, weighted, work)
    r = math.sqrt(1.0 + max(d, 0.0))
    front = math.pi * math.sqrt(max(d, 0.0)) * phase_space * (1.0 + d) * (1.5 + d) / math.sqrt(r)
    if phase_space > 0.0:
        fill(shared.hot, max(d, 0.0), r, 0.0, weighted, np.empty(IN_X), work)
    for kind in range(out.shape[0]):
        for j in range(x.size):
            weight = work[WEIGHT + j]
            for k in range(n):
                out[kind, k, j] = weight * work[S_AT + KINDS * kind + LANES * k + j]
            if phase_space > 0.0:
                out[kind, n, j] = front * weight * work[F_AT + LANES * kind + j]
            out[kind, -1, j] = weight * work[S_X_AT + LANES * kind + j]
