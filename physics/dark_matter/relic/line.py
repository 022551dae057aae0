"""The relic line: where in parameter space the relic density is the target density, omega_target.

Three ways to solve relic_density = omega_target: for mass_ratio on either side of the resonance, and for g_X, by
whatever method relic_density is computed: in ln|2 mass_ratio - 1| or ln g_X, with about 11 densities for a point, 8 for
g_X (physics/core/solution.py). By the Boltzmann equations each pair of masses needs tables: all but one or two of the
mass ratios that are looked at are the same for all (g_X, q_psi).

Which branch. Away from the resonance the density rises, by ten orders of magnitude; the solution is where it first
rises through the target. Others may exist, and are not returned:

- Above (1/2 < mass_ratio <= 2) the density falls again, by up to 20 %, where m_psi passes m_mu, and by a few per cent
  at m_tau. Targets in that window have three solutions: the first is returned, further ones are up to 0.3 further in
  mass_ratio.
  For charges of a few and more it falls beyond mass_ratio = 0.9, by orders of magnitude: annihilation into X X.
- Below (0.2 <= mass_ratio < 1/2) the density has a minimum, up to a factor of 2 deep (by "boltzmann" up to 130, by
  "coupled" 22), where |2 mass_ratio - 1| is 1 to 100 times Gamma_X/m_X. Where annihilation is too weak for the target
  on the resonance itself (q_psi of 1e-4, say) but not there, a second solution lies between minimum and resonance.
- In g_X the density only falls, but for psi that hardly thermalises: there is one solution at most.

No solution (status 3): the target is reached nowhere in the interval, or only closer to the resonance than
|2 mass_ratio - 1| = 1e-10. Next to the places where psi never thermalises (relic_density has status 3 itself) the
density is at its largest; they count as too much dark matter while bracketing. Light and very narrow resonances (m_X of
a few MeV, g_X of a few 1e-6) no longer thermalise before their density reaches the target: no solution, either.

Accuracy: 1e-10 in |2 mass_ratio - 1| and in g_X, but a mass_ratio is a double: next to 1/2 its spacing is 1.1e-16, so
that |2 mass_ratio - 1| of 1e-8 is known to 2e-8 of it, and 1e-10 to 2e-6. The density on the line is off by as much,
and by the 1e-6 of relic_integrator="tables". By "coupled" it is not smooth, by 1e-5, and up to 5e-5 next to the pole:
where it jumps across the target the line stands at the jump, at one of them.
"""

from __future__ import annotations

import numpy as np

from physics.core.branch import Search
from physics.core.parameter import parameter
from physics.core.registration import solution
from physics.model.lagrangian import PSI_EXISTS, WEAK

__all__ = ["g_X_relic", "mass_ratio_relic_above", "mass_ratio_relic_below"]

parameter("omega_target", "target relic density", label=r"$\Omega h^2$ (target)", default=0.12)

CLOSEST = 1e-10  # |2 mass_ratio - 1|
# What the density falls by again was never seen above 4.9 below the resonance, 1.4 above it (before X X), 0.7 in g_X
ABOVE = Search(  # steps of 0.1 notice where the density falls at a threshold, at m_psi = m_mu or m_tau
    value=lambda t: 0.5 * (1 + np.exp(t)),
    grid=np.log([*np.geomspace(CLOSEST, 0.3, 11), *np.linspace(0.4, 3.0, 27)]),
    falls=np.repeat([6.0, np.inf], [13, 25]),
    shared=0.1,
)
BELOW = Search(
    value=lambda t: 0.5 * (1 - np.exp(t)),
    grid=np.log([*np.geomspace(CLOSEST, 0.01, 9), *np.geomspace(0.02, 0.6, 13)]),
    falls=6.0,
    shared=0.02,
)
COUPLING = Search(value=lambda t: np.exp(-t), grid=-np.log(np.geomspace(1e-1, 1e-6, 21)), falls=2.0)


@solution(
    of="relic_density",
    equals="omega_target",
    unknown="mass_ratio",
    search=ABOVE,
    label=r"$m_\psi/m_X$ (relic, above)",
    reference="Drees & Zhao 2021, eq. (3.8) solved for mass_ratio",
    domain=WEAK,
    seconds=3e-5,
)
def mass_ratio_relic_above() -> None:
    """Solution of relic_density = omega_target above the resonance, 1/2 < mass_ratio <= 2, the one closest to it.

    No solution (status 3) where the density does not rise through the target.

    >>> import physics
    >>> physics.evaluate("mass_ratio_relic_above", m_X=15, g_X=[1e-6, 5e-4], q_psi=1)  # Drees & Zhao 2021: 0.5083
    array([       nan, 0.5083...])
    """


@solution(
    of="relic_density",
    equals="omega_target",
    unknown="mass_ratio",
    search=BELOW,
    label=r"$m_\psi/m_X$ (relic, below)",
    reference="Drees & Zhao 2021, eq. (3.8) solved for mass_ratio",
    domain=WEAK,
    seconds=3e-5,
)
def mass_ratio_relic_below() -> None:
    """Solution of relic_density = omega_target below the resonance, 0.2 <= mass_ratio < 1/2, where the density rises.

    No solution (status 3) where the density does not rise through the target.

    >>> import physics
    >>> physics.evaluate("mass_ratio_relic_below", m_X=15, g_X=5e-4, q_psi=1)  # Drees & Zhao 2021: 0.343
    0.343...
    """


@solution(
    of="relic_density",
    equals="omega_target",
    unknown="g_X",
    search=COUPLING,
    label=r"$g_X$ (relic)",
    reference="Drees & Zhao 2021, eq. (3.8) solved for g_X",
    domain=PSI_EXISTS,
    seconds=3e-5,
)
def g_X_relic() -> None:
    """Solution of relic_density = omega_target for the coupling, 1e-6 <= g_X <= 0.1.

    No solution (status 3) where the target is reached for no such coupling.

    >>> import physics
    >>> physics.evaluate("g_X_relic", m_X=15, mass_ratio=[0.35, 0.506], q_psi=1)
    array([0.0003..., 0.0004...])
    """
