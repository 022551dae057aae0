"""The relic line: where in parameter space the relic density is what is sought (omega_target).

Three ways to solve relic_density = omega_target: for mass_ratio on either side of the resonance, and for g_X. Each
walks along a grid until it brackets the solution, then iterates in ln|2 mass_ratio - 1| or ln g_X (Chandrupatla's
method), all points at a time: 20 to 50 densities each. Whatever else relic_density depends on is honoured, relic_method
and the like included.

Which branch. Away from the resonance the density rises, by ten orders of magnitude; the solution is where it first
rises through the target. Others may exist, and are not returned:

- Above (1/2 < mass_ratio <= 2) the density falls again, by up to 20 %, where m_psi passes m_mu, and by a few per cent
  at m_tau. Targets in that window have three solutions: the first is returned, further ones are up to 0.3 further in
  mass_ratio.
- Below (0.2 <= mass_ratio < 1/2) the density has a minimum, up to a factor of 2 deep, where |2 mass_ratio - 1| is 1 to
  100 times Gamma_X/m_X. Where annihilation is too weak for the target on the resonance itself (q_psi of 1e-4, say) but
  not there, a second solution lies between the minimum and the resonance.
- In g_X the density only falls: there is one solution at most.

No solution (status 3): the target is reached nowhere in the interval, or only closer to the resonance than
|2 mass_ratio - 1| = 1e-10. Next to the places where psi never thermalises (relic_density has status 3 itself) the
density is at its largest; they count as too much dark matter while bracketing. Light and very narrow resonances (m_X of
a few MeV, g_X of a few 1e-6) stop to thermalise before their density reaches the target: no solution, either.

Accuracy: 1e-10 in |2 mass_ratio - 1| and in g_X, but a mass_ratio is a double: next to 1/2 its spacing is 1.1e-16, so
that |2 mass_ratio - 1| of 1e-8 is known to 2e-8 of it, and 1e-10 to 2e-6. The density on the line is off by as much,
and by the 1e-6 of relic_integrator="tables".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import elementwise

from physics.core.errors import RegistryError
from physics.core.evaluate import evaluate_with_status
from physics.core.graph import intermediate, observable, parameters_of
from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome, Status
from physics.model.lagrangian import PSI_EXISTS

__all__ = ["g_X_relic", "mass_ratio_relic_above", "mass_ratio_relic_below"]

parameter("omega_target", "relic density sought", label=r"$\Omega h^2$ sought", default=0.12)

CLOSEST = 1e-10  # |2 mass_ratio - 1|
TOO_MUCH = 50.0  # ln(Omega/target) where psi never thermalises: more than any density
PRECISION = 1e-10
AT_A_SOLUTION = 1e-3  # |ln(Omega/target)| beyond this is a jump across the target


@dataclass(frozen=True)
class Search:
    """A parameter as a function of t, along which the density rises, and the t between which to look."""

    parameter: str
    value: Callable[[FloatArray], FloatArray]
    grid: FloatArray


ABOVE = Search(  # steps of 0.1 notice where the density falls at a threshold, at m_psi = m_mu or m_tau
    "mass_ratio", lambda t: 0.5 * (1 + np.exp(t)), np.log([*np.geomspace(CLOSEST, 0.3, 11), *np.linspace(0.4, 3.0, 27)])
)
BELOW = Search(
    "mass_ratio",
    lambda t: 0.5 * (1 - np.exp(t)),
    np.log([*np.geomspace(CLOSEST, 0.01, 9), *np.geomspace(0.02, 0.6, 13)]),
)
COUPLING = Search("g_X", lambda t: np.exp(-t), -np.log(np.geomspace(1e-1, 1e-6, 21)))


@intermediate
def relic_settings(
    kinetic_mixing: str, annihilation_channels: str, relic_method: str, relic_integrator: str, g_star: FloatArray
) -> dict[str, Any]:
    """What relic_density depends on beside m_X, g_X, mass_ratio, q_psi: handed on to it."""
    return {
        "kinetic_mixing": kinetic_mixing,
        "annihilation_channels": annihilation_channels,
        "relic_method": relic_method,
        "relic_integrator": relic_integrator,
        "g_star": g_star,
    }


def _solve(search: Search, omega_target: FloatArray, settings: dict[str, Any], **point: FloatArray) -> Outcome:
    """Solve relic_density = omega_target for search.parameter at every point."""
    values = point | settings
    if forgotten := set(parameters_of("relic_density")) - {search.parameter, *values}:
        raise RegistryError(
            f"relic_density depends on {', '.join(sorted(forgotten))}, too: make relic_settings hand it on"
        )
    numbers = {name: v for name, v in values.items() if not isinstance(v, str)}
    choices = {name: v for name, v in values.items() if isinstance(v, str)}
    inputs = np.broadcast_arrays(omega_target, *numbers.values())
    flat = np.array([np.ravel(a) for a in inputs])

    def excess(t: FloatArray, target: FloatArray, *held: FloatArray) -> FloatArray:
        """ln(Omega/target), NaN where the density could not be computed."""
        trial = {search.parameter: search.value(t)}
        outcomes = evaluate_with_status("relic_density", **dict(zip(numbers, held, strict=True)), **choices, **trial)
        omega, code = outcomes["relic_density"]
        return np.where(code == Status.NO_SOLUTION, TOO_MUCH, np.log(omega / target))

    found = np.full(flat.shape[1], np.nan)
    status = np.full(found.size, Status.NO_SOLUTION, dtype=np.uint8)
    rises_after = np.full(found.size, -1)  # index in search.grid
    seeking = np.flatnonzero(np.isfinite(flat).all(axis=0))  # a bound parameter may have no value
    before = np.full(seeking.size, np.nan)
    for k, t in enumerate(search.grid):
        if seeking.size == 0:
            break
        here = excess(np.full(seeking.size, t), *flat[:, seeking])
        status[seeking[np.isnan(here)]] = Status.NOT_CONVERGED
        rises = (before < 0) & (here >= 0)
        rises_after[seeking[rises]] = k - 1
        seeking, before = seeking[~rises], here[~rises]

    bracketed = np.flatnonzero(rises_after >= 0)
    if bracketed.size > 0:
        low = rises_after[bracketed]
        root = elementwise.find_root(
            excess,
            (search.grid[low], search.grid[low + 1]),
            args=tuple(flat[:, bracketed]),
            tolerances={"xatol": PRECISION / 2, "xrtol": 0.0},
        )
        solved = root.success & (np.abs(root.f_x) < AT_A_SOLUTION)
        found[bracketed] = np.where(solved, search.value(root.x), np.nan)
        unsolved = np.where(root.success, Status.NO_SOLUTION, Status.NOT_CONVERGED)
        status[bracketed] = np.where(solved, Status.OK, unsolved)
    return Outcome(found.reshape(inputs[0].shape), status.reshape(inputs[0].shape))


@observable(
    unit="1", label=r"$m_\psi/m_X$ (relic, above)", reference="Drees & Zhao 2021, eq. (3.8) solved for mass_ratio"
)
def mass_ratio_relic_above(
    m_X: FloatArray, g_X: FloatArray, q_psi: FloatArray, omega_target: FloatArray, relic_settings: dict[str, Any]
) -> Outcome:
    """Solution of relic_density = omega_target above the resonance, 1/2 < mass_ratio <= 2, the one closest to it.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X.
    q_psi : array_like
        Charge of psi.
    omega_target : array_like
        Relic density sought.
    relic_settings : dict
        What else relic_density depends on.

    Returns
    -------
    ndarray
        m_psi / m_X; NaN (status 3) where the density does not rise through the target.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("mass_ratio_relic_above", m_X=15, g_X=[1e-6, 5e-4], q_psi=1)  # Drees & Zhao 2021: 0.5083
    array([       nan, 0.5083...])
    """
    return _solve(ABOVE, omega_target, relic_settings, m_X=m_X, g_X=g_X, q_psi=q_psi)


@observable(
    unit="1", label=r"$m_\psi/m_X$ (relic, below)", reference="Drees & Zhao 2021, eq. (3.8) solved for mass_ratio"
)
def mass_ratio_relic_below(
    m_X: FloatArray, g_X: FloatArray, q_psi: FloatArray, omega_target: FloatArray, relic_settings: dict[str, Any]
) -> Outcome:
    """Solution of relic_density = omega_target below the resonance, 0.2 <= mass_ratio < 1/2, where the density rises.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X.
    q_psi : array_like
        Charge of psi.
    omega_target : array_like
        Relic density sought.
    relic_settings : dict
        What else relic_density depends on.

    Returns
    -------
    ndarray
        m_psi / m_X; NaN (status 3) where the density does not rise through the target.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("mass_ratio_relic_below", m_X=15, g_X=5e-4, q_psi=1)  # Drees & Zhao 2021: 0.343
    0.343...
    """
    return _solve(BELOW, omega_target, relic_settings, m_X=m_X, g_X=g_X, q_psi=q_psi)


@observable(
    unit="1",
    label=r"$g_X$ (relic)",
    reference="Drees & Zhao 2021, eq. (3.8) solved for g_X",
    domain=PSI_EXISTS,
)
def g_X_relic(
    m_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    omega_target: FloatArray,
    relic_settings: dict[str, Any],
) -> Outcome:
    """Solution of relic_density = omega_target for the coupling, 1e-6 <= g_X <= 0.1.

    Parameters
    ----------
    m_X : array_like
        Mass of X [MeV].
    mass_ratio, q_psi : array_like
        m_psi / m_X and charge of psi.
    omega_target : array_like
        Relic density sought.
    relic_settings : dict
        What else relic_density depends on.

    Returns
    -------
    ndarray
        NaN (status 3) where the target is reached for no such coupling.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("g_X_relic", m_X=15, mass_ratio=[0.35, 0.506], q_psi=1)
    array([0.0003..., 0.0004...])
    """
    return _solve(COUPLING, omega_target, relic_settings, m_X=m_X, mass_ratio=mass_ratio, q_psi=q_psi)
