r"""Relic density of psi from the Boltzmann equation for its momentum distribution: the reference for the other methods.

    df/dt - H p df/dp = C_annihilation[f] + C_elastic[f],

with pairs at their own s (pair_annihilation.py), scattering off nu_mu and nu_tau with exact recoil (elastic_recoil.py;
elastic_recoil = "small": the Fokker-Planck equation that "coupled" takes moments of), and the bath, degrees of freedom
and normalisation of boltzmann.py. Nothing is assumed of the shape of f. How it is solved: momentum_distribution.py.

Numerical accuracy. The error is proportional to h^2; two grids and Richardson's extrapolation take that away. Above the
resonance h = 0.16 and 0.1, below it, where the hot tail annihilates, 0.08 and 0.04. Against grids twice as fine the
densities of random points are within 0.4 % above, 0.2 % below; half the smallest momentum changes them by less than
0.03 % (tests/physics/dark_matter/relic/test_phase_space.py). One point takes 10 to 20 ms above the resonance, 0.1 to
0.5 s below it, and a process 0.5 s for each table of scattering (three or four, for mass ratios from 0.35 to 0.6).

Physical accuracy. Left out: psi-psi scattering; quantum statistics of psi; scattering off muons, of which there are
(m_mu/T)^{3/2} exp(-m_mu/T) for each neutrino: 2 % of the rate at T = 15 MeV, so that it counts where psi decouples
kinetically above that, m_psi of several hundred MeV; what boltzmann.py lists for all methods.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from physics.core.errors import InvalidParameterError
from physics.core.evaluate import resolve
from physics.core.parameter import parameter
from physics.core.registration import intermediate
from physics.core.status import FloatArray, Outcome
from physics.dark_matter.relic.boltzmann import T_END, Problem, densities, problems, start
from physics.dark_matter.relic.elastic_recoil import recoil_table
from physics.dark_matter.relic.final_states import FinalStates
from physics.dark_matter.relic.momentum_distribution import Gas, History, evolve
from physics.dark_matter.relic.pair_annihilation import annihilation_matrix

__all__ = ["Evolution", "evolution", "phase_space_density"]

GRIDS = {"above": (0.16, 0.1), "below": (0.08, 0.04)}  # h, for Richardson's extrapolation
SMALLEST, NEAR_POLE = 0.01, 0.1  # p/m at the bottom: below, V is constant; over sqrt|y_0 - 1|, its scale
REACH = 40.0  # (E - m)/T at the top
# Of psi: cells at the bottom that hold less do not collide; where psi redshifts through the pole these are what is left
FEW, FEW_BY_POLE, NEAR = 1e-4, 1e-7, 0.1
EARLIER = 0.7  # of the x at which the moments may start: their momenta must relax, with recoil
X_X_COUNTS = 12.0  # ln of what pairs of X are suppressed by, beyond which they are left out

parameter(
    "elastic_recoil",
    "scattering of psi off neutrinos in the phase-space method; exact: to all orders in momentum transfer; "
    "small: Fokker-Planck equation",
    label="elastic recoil",
    default="exact",
    choices=("exact", "small"),
)


def _gas(problem: Problem, x: float, h: float, recoil: str) -> Gas:
    """Momenta and collision operators of a point, from m_psi/T = x on."""
    point, d, w, couplings, y_f, pairs, tables = problem
    top = math.sqrt(REACH / x * (2 + REACH / x))
    bottom = min(SMALLEST, NEAR_POLE * math.sqrt(abs(d) + w))
    p = top * np.exp(-h * np.arange(math.ceil(math.log(top / bottom) / h))[::-1])
    forbidden = 2 * x * (2 * math.sqrt(1 + d) - 1)
    if pairs > 0 and forbidden > X_X_COUNTS + math.log(max(pairs, 1.0)):
        pairs = 0.0
    ratio = math.exp(point.log_mass - point.log_mediator)
    few = FEW_BY_POLE if 0 <= d < NEAR else FEW
    table = recoil_table(ratio) if recoil == "exact" else np.zeros((0, 0, 0))
    return Gas(point, tables, p, h, annihilation_matrix(p, h, d, w, couplings, y_f, pairs), table, few)


def _room(x: float, x_end: float, h: float, cells: int) -> History:
    """Room for the history; ln a grows by 1.2 more than ln x, as particles annihilate."""
    steps = math.ceil((math.log(x_end / x) + 1.5) / h) + 2
    one = np.zeros((5, steps))
    return History(one[0], one[1], one[2], one[3], one[4], np.zeros((steps if cells else 0, cells)))


def _solve(problem: Problem, recoil: str) -> float:
    """Value of ln(n/s) today; NaN if not converged, inf if psi never thermalises."""
    x = EARLIER * start(problem)
    if math.isinf(x):
        return x
    x_end = math.exp(problem.point.log_mass) / T_END
    coarse, fine = GRIDS["above" if problem.d < 0 else "below"]
    first, second = (evolve(x, x_end, _gas(problem, x, h, recoil), _room(x, x_end, h, 0))[0] for h in (coarse, fine))
    return second + (second - first) / ((coarse / fine) ** 2 - 1)


@intermediate(seconds=5e-2)
def phase_space_density(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    final_states: FinalStates,
    propagator_width: FloatArray,
    bath_decoupling: FloatArray,
    elastic_recoil: str,
) -> Outcome:
    """Omega h^2 of psi and psibar from the equation for their momentum distribution."""
    inputs = m_X, g_X, mass_ratio, q_psi, final_states, propagator_width, bath_decoupling
    return densities(lambda problem: _solve(problem, elastic_recoil), problems(True, *inputs))


class Evolution(NamedTuple):
    """Arrays from early to late; f is the occupation number, averaged over spins: rows for the times asked for."""

    x: FloatArray  # m_psi/T
    x_nu: FloatArray  # m_psi/T_nu
    Y: FloatArray  # (n_psi + n_psibar)/s
    temperature_ratio: FloatArray  # T_psi/T_nu, T_psi = <p^2/3E>
    at_x: FloatArray  # m_psi/T of the rows of f: the steps next to those asked for
    p: FloatArray  # momentum over m_psi
    f: FloatArray


def evolution(x: Sequence[float] = (), h: float = 0.04, **point: Any) -> Evolution:
    """Density, temperature and momentum distribution of psi through freeze-out, on one grid (not extrapolated).

    Parameters
    ----------
    x : sequence of float
        The m_psi/T at which to return the momentum distribution.
    h : float
        Cells of ln p, steps of ln a.
    **point : float or str
        Parameters of the relic density, `elastic_recoil` too.

    Raises
    ------
    InvalidParameterError
        psi never thermalises there, or an x lies outside of the evolution.

    Examples
    --------
    >>> history = evolution([20, 200], m_X=15, g_X=5e-4, mass_ratio=0.50001, q_psi=1)
    >>> [round(float(np.interp(x, history.x, history.temperature_ratio)), 2) for x in (20, 200)]
    [1.14, 0.39]
    >>> round(float(np.interp(0.05, history.p, history.f[1]) / history.f[1].max()), 1)  # flat for slow psi
    1.0
    """
    names = ["m_X", "g_X", "mass_ratio", "q_psi", "final_states", "propagator_width", "bath_decoupling"]
    *inputs, recoil = resolve([*names, "elastic_recoil"], **point)
    problem = problems(True, *inputs).item()
    first = math.inf if problem is None else EARLIER * start(problem)
    if math.isinf(first):
        raise InvalidParameterError(
            "psi never thermalises here: choose a larger g_X or q_psi, or a mass_ratio nearer 1/2"
        )
    x_end = math.exp(problem.point.log_mass) / T_END
    wrong = [v for v in x if not first <= v <= x_end]
    if wrong:
        raise InvalidParameterError(f"x = {wrong[0]} is not in the evolution, from {first:g} to {x_end:g}")
    gas = _gas(problem, first, h, recoil)._replace(few=0.0)
    history = _room(first, x_end, h, gas.p.size)
    _, steps = evolve(first, x_end, gas, history)
    rows = [int(np.argmin(np.abs(np.log(history.x[:steps] / v)))) for v in x]
    f = history.y[rows] / np.multiply.outer(history.norm[rows], gas.p**3)
    x_, x_nu, Y, ratio = (a[:steps] for a in history[:4])
    return Evolution(x_, x_nu, Y, ratio, history.x[rows], gas.p[1:], f[:, 1:])  # the first cell has all below
