"""Freeze-out for whole grids: rows of tables for pairs of m_X and mass_ratio, quadrature where these do not reach.

Final states count as massless, as suppressed, or as massive; which of them do decides which rows a point is solved on.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray, Status, StatusArray
from physics.dark_matter.relic.exact import X_MIN, freeze_out_points
from physics.dark_matter.relic.fast import FOUND, LEFT, NONE, fast_freeze_out
from physics.dark_matter.relic.freeze_out_equation import FreezeOutEquation

__all__ = ["solve_from_tables", "status_of"]

STATUS = np.empty(3, dtype=np.uint8)  # by what became of a point; of those that are left the exact integrator says
STATUS[[FOUND, NONE, LEFT]] = Status.OK, Status.NO_SOLUTION, Status.NOT_COMPUTED
NEGLIGIBLE = 1e-8  # relative to the sum over final states


class _Channels(NamedTuple):
    """What `fast_freeze_out` needs to know of the final states of each pair of masses."""

    couplings: FloatArray
    suppressed_from: FloatArray


def _channels(e: FreezeOutEquation) -> _Channels:
    y_0 = e.y_0[..., np.newaxis]
    massless = e.couplings * 3 / 8 * e.y_f**2 < NEGLIGIBLE  # phase space is 1 - 3/8 (y_f/y)^2 + ...
    # Relative to the massless final state with the same pole, a heavy one is at most the Boltzmann factor; above its
    # threshold, though, it has the pole itself, which can outweigh all else by 1/w
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.log(e.couplings / NEGLIGIBLE) + np.where(y_0 > 0.9 * e.y_f, 55.0, np.where(y_0 > 1, 5.0, 2.0))
        suppressed_from = np.where(massless, 0.0, np.maximum(needed, 0.0) / (2 * (np.sqrt(np.maximum(e.y_f, 1.0)) - 1)))
    couplings = np.where(suppressed_from > X_MIN, e.couplings, 0.0)
    couplings[..., 0] = (e.couplings * massless).sum(axis=-1)
    return _Channels(couplings, suppressed_from.max(axis=-1))


def solve_from_tables(e: FreezeOutEquation) -> tuple[FloatArray, FloatArray, StatusArray]:
    """x_f and J/B of all points, and their status.

    Parameters
    ----------
    e : FreezeOutEquation
        Points with the same masses share rows of the tables.

    Returns
    -------
    tuple of ndarray
        Each of the shape of `e`; NaN where psi never thermalises (status 3), inf where x_f is beyond what is looked at
        (status 4).
    """
    shape, of_pairs, n = e.shape, np.broadcast_shapes(e.d.shape, e.y_0.shape), e.couplings.size
    # Pairs of masses first, those with the same d side by side
    order = sorted(range(len(shape)), key=lambda axis: (of_pairs[axis] == 1, e.d.shape[axis] == 1))
    n_pairs = math.prod(of_pairs)

    # Copies: compiled functions are compiled again for arrays that are read-only
    def lined_up(a: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        return np.array(np.broadcast_to(a, shape).transpose(order), order="C").reshape(n_pairs, -1)

    def of_channels(a: FloatArray) -> FloatArray:
        return np.array(np.broadcast_to(a, (*of_pairs, n)).transpose(*order, len(order)), order="C").reshape(n_pairs, n)

    channels = _channels(e)
    strength, w, d = lined_up(e.strength, shape), lined_up(e.w, shape), lined_up(e.d, of_pairs).ravel()
    y_f, suppressed_from = of_channels(e.y_f), lined_up(channels.suppressed_from, of_pairs).ravel()
    with np.errstate(divide="ignore"):
        ln_pairs = lined_up(np.log(e.pairs), shape)
    x_f, integral, code = fast_freeze_out(
        strength, w, d, of_channels(channels.couplings), y_f, suppressed_from, ln_pairs
    )
    status = STATUS[code]
    pair, point = np.nonzero(code == LEFT)
    if pair.size:
        left = strength[pair, point], d[pair], w[pair, point], e.couplings, y_f[pair], np.exp(ln_pairs[pair, point])
        x_f[pair, point], _, integral[pair, point] = freeze_out_points(*left)
        status[pair, point] = status_of(x_f[pair, point])

    def back(a: NDArray[Any]) -> NDArray[Any]:
        return a.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))

    return back(x_f), back(integral), back(status)


def status_of(x_f: FloatArray) -> StatusArray:
    """What an x_f of the exact integrator means."""
    none, beyond = np.uint8(Status.NO_SOLUTION), np.uint8(Status.NOT_CONVERGED)
    status: StatusArray = np.where(np.isnan(x_f), none, np.where(np.isinf(x_f), beyond, np.uint8(Status.OK)))
    return status
