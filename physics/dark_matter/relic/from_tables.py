"""Freeze-out for whole grids: tables for massless final states, sheets for massive ones, quadrature for the rest.

Final states count as massless, as suppressed, or as massive; which of them do decides by what means a point is solved.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from physics.core.status import FloatArray
from physics.dark_matter.relic.exact import X_MIN, freeze_out_points
from physics.dark_matter.relic.fast import fast_freeze_out
from physics.dark_matter.relic.freeze_out_equation import FreezeOutEquation
from physics.dark_matter.relic.sheets import sheet_freeze_out

__all__ = ["solve_from_tables"]

NEGLIGIBLE = 1e-7  # relative to the sum over final states


class _Channels(NamedTuple):
    """massless: sum of couplings of those that count as massless; the others are negligible beyond suppressed_from."""

    massless: FloatArray
    suppressed_from: FloatArray


def _channels(e: FreezeOutEquation) -> _Channels:
    y_0 = e.y_0[..., np.newaxis]
    massless = e.couplings * 3 / 8 * e.y_f**2 < NEGLIGIBLE  # phase space is 1 - 3/8 (y_f/y)^2 + ...
    # Relative to the massless final state with the same pole, a heavy one is at most the Boltzmann factor; above its
    # threshold, though, it has the pole itself, which can outweigh all else by 1/w
    needed = np.log(e.couplings / NEGLIGIBLE) + np.where(y_0 > 0.9 * e.y_f, 55.0, np.where(y_0 > 1, 5.0, 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        suppressed_from = np.where(massless, 0.0, np.maximum(needed, 0.0) / (2 * (np.sqrt(np.maximum(e.y_f, 1.0)) - 1)))
    return _Channels((e.couplings * massless).sum(axis=-1), suppressed_from.max(axis=-1))


def _pairs_suppressed_from(e: FreezeOutEquation) -> FloatArray:
    """X beyond which annihilation into X X is negligible; inf where m_X < m_psi."""
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.maximum(np.log(50 * e.pairs / NEGLIGIBLE), 0.0)  # without its Boltzmann factor S_XX < 50 S
        return np.where(needed > 0.0, needed / (2 * np.maximum(2 * np.sqrt(e.y_0) - 1, 0.0)), 0.0)


def solve_from_tables(e: FreezeOutEquation) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x_f, S(x_f), J/B of all points.

    Parameters
    ----------
    e : FreezeOutEquation
        Where massive final states count, points with the same masses are solved together.

    Returns
    -------
    tuple of ndarray
        Each of the shape of `e`; NaN where psi never thermalises, inf where x_f is beyond what is looked at.
    """
    strength, d, w, shape, channels = e.strength, e.d, e.w, e.shape, _channels(e)
    # Points with the same d side by side share the tables' rows
    order = sorted(range(strength.ndim), key=lambda axis: d.shape[axis] == 1)

    def lined_up(a: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(np.broadcast_to(a, shape).transpose(order)).ravel()

    flat = [lined_up(a) for a in (strength * channels.massless, d, w)]
    x_f, at_x_f, integral, done = fast_freeze_out(*flat)
    massless, suppressed_from = lined_up(channels.massless), lined_up(channels.suppressed_from)
    at_x_f *= massless
    integral *= massless
    pairs = lined_up(e.pairs)
    suppressed_pairs = lined_up(_pairs_suppressed_from(e))
    with_pairs = (suppressed_pairs > X_MIN) & ~(x_f >= suppressed_pairs)  # where x_f is NaN, too
    exact = ~done | (x_f < suppressed_from) | with_pairs
    # No freeze-out although every final state were massless: none at all
    uncertain = np.flatnonzero(done & np.isnan(x_f) & (suppressed_from > 0.0))
    if uncertain.size:
        most = (flat[0] / massless)[uncertain] * e.couplings.sum()
        x_most, _, _, certain = fast_freeze_out(most, flat[1][uncertain], flat[2][uncertain])
        exact[uncertain] = with_pairs[uncertain] | ~certain | np.isfinite(x_most)
    rest = np.flatnonzero(exact)
    if rest.size:
        masses = np.arange(channels.massless.size).reshape(channels.massless.shape)  # of X and psi
        pair = lined_up(masses)[rest]
        y_f = e.y_f.reshape(channels.massless.size, -1)[pair]
        points = lined_up(strength)[rest], flat[1][rest], flat[2][rest], e.couplings, y_f
        x_f[rest], at_x_f[rest], integral[rest], done = sheet_freeze_out(*points, pair)
        alone = ~done | with_pairs[rest]
        if alone.any():
            K, d, w, couplings, y_f = points
            found = freeze_out_points(K[alone], d[alone], w[alone], couplings, y_f[alone], pairs[rest][alone])
            x_f[rest[alone]], at_x_f[rest[alone]], integral[rest[alone]] = found

    def back(a: FloatArray) -> FloatArray:
        return a.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))

    return back(x_f), back(at_x_f), back(integral)
