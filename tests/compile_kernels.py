"""Compile what most tests need, before they begin: once, not in each of their processes at the same time."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import conftest  # noqa: F401  (sets the cache folder of the tests)
import physics

POINT = {"m_X": 15.0, "g_X": 5e-4, "mass_ratio": 0.506, "q_psi": 1.0}
# Side by side: little in one needs what another compiles
TOGETHER = (
    [("relic_density", {}), ("g_X_relic", {})],
    [
        ("relic_density", {"relic_method": "coupled"}),
        ("relic_density", {"relic_method": "boltzmann"}),
        ("relic_density", {"relic_method": "coupled", "relic_integrator": "quadrature"}),
        ("relic_density", {"relic_integrator": "quadrature"}),
        ("n_eff_three_bath", {}),
        ("borexino_joint_chi2", {}),
    ],
)


def compute(several):
    """One point of each."""
    for name, choices in several:
        values = {p: v for p, v in POINT.items() if p in physics.observables()[name].parameters}
        physics.evaluate(name, **values | choices)


if __name__ == "__main__":
    with ProcessPoolExecutor(len(TOGETHER), mp_context=get_context("spawn")) as pool:
        list(pool.map(compute, TOGETHER))
