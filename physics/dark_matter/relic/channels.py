"""Thermal average of sigma v over all final states: pairs of fermions through X, and pairs of X."""

from __future__ import annotations

import math

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.breit_wigner import average, pressure_average
from physics.dark_matter.relic.x_pairs import average_to_X, pressure_average_to_X

__all__ = ["MASSLESS", "channel_sum", "counts_of_many", "is_massless_of_many", "pressure_channel_sum"]

MASSLESS = 1e-10  # a final state whose mass changes the sum by less than this is treated as massless
NEGLIGIBLE = 60.0  # exp(-60): Boltzmann factors of final states that are left out
MASSLESS_OF_MANY, NEGLIGIBLE_OF_MANY = 1e-8, 35.0  # the same for sums of many widths, good to 1e-8


@compiled
def channel_sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float) -> float:
    """S in <sigma v> = g_X^4 q_psi^2/(12 pi m_psi^2) S: final states of breit_wigner.py, and pairs of X.

    Parameters
    ----------
    x : float
        m_psi / T > 0.
    d, w : float
        Position and width of the pole; (m_X/m_psi)^2 is 4 (1 + d).
    couplings, y_f : ndarray (channel,)
        Squares of couplings, relative to those of a Dirac lepton of charge 1, and (m_f/m_psi)^2; the first final state
        is massless.
    pairs : float
        q_psi^2 if pairs of X are counted, else 0.

    Returns
    -------
    float
    """
    return _sum(x, d, w, couplings, y_f, pairs, False)


@compiled
def pressure_channel_sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float) -> float:
    """The same for sigma v p^2/(3 E T), <sigma v>_2 of Binder et al. 2017."""
    return _sum(x, d, w, couplings, y_f, pairs, True)


@compiled
def _is_massless(coupling: float, y_f: float, change: float) -> bool:
    return coupling * y_f**2 < change  # the mass enters as 1 - 3/8 (y_f/y)^2


@compiled
def _counts(x: float, d: float, w: float, y_f: float, negligible: float) -> bool:
    """A heavier final state is Boltzmann suppressed against the massless one, unless both have the pole alike."""
    suppression = 2 * x * (math.sqrt(max(y_f, 1.0)) - 1.0)
    return suppression < negligible or (d > y_f - 1.0 and suppression < negligible - math.log(min(w, 1.0)))


@compiled
def is_massless_of_many(coupling: float, y_f: float) -> bool:
    """Whether the mass of a final state may be left out, for sums of many widths."""
    return _is_massless(coupling, y_f, MASSLESS_OF_MANY)


@compiled
def counts_of_many(x: float, d: float, w: float, y_f: float) -> bool:
    """Whether a final state counts at x, for sums of many widths, w the least of them."""
    return _counts(x, d, w, y_f, NEGLIGIBLE_OF_MANY)


@compiled
def _sum(x: float, d: float, w: float, couplings: FloatArray, y_f: FloatArray, pairs: float, weighted: bool) -> float:
    total = 0.0
    massless = 0.0
    for i in range(couplings.size):
        if _is_massless(couplings[i], y_f[i], MASSLESS):
            massless += couplings[i]
        elif _counts(x, d, w, y_f[i], NEGLIGIBLE):
            total += couplings[i] * _average(x, d, w, y_f[i], weighted)
    if pairs > 0.0:
        rho2 = 4 * (1 + d)
        suppression = 2 * x * (math.sqrt(max(rho2, 1.0)) - 1.0)
        if suppression < NEGLIGIBLE + math.log(max(pairs, 1.0)):
            total += pairs * (pressure_average_to_X(x, rho2) if weighted else average_to_X(x, rho2))
    return total + massless * _average(x, d, w, 0.0, weighted)


@compiled
def _average(x: float, d: float, w: float, y_f: float, weighted: bool) -> float:
    return pressure_average(x, d, w, y_f) if weighted else average(x, d, w, y_f)
