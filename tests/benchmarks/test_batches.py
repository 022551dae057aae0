"""Batches of scattered points, as samplers ask for them: nothing is shared by any two."""

import time
import tomllib
from importlib.resources import files

import numpy as np
import pytest

import physics
from physics.inference.constraint_sets import constraint_set

QUICK = tomllib.loads(files("scanner").joinpath("scan/presets/quick.toml").read_text())["scan"]["observables"]
CURRENT = list(dict.fromkeys(c.observable for c in constraint_set("current").rows))
RANGES = {"m_X": (2.0, 500.0), "g_X": (1e-4, 1e-2), "mass_ratio": (0.3, 1.0), "q_psi": (0.3, 2.0)}


def points(random, n):
    return {name: np.exp(random.uniform(np.log(low), np.log(high), n)) for name, (low, high) in RANGES.items()}


@pytest.mark.parametrize("n", [250, 1000])
@pytest.mark.parametrize(("what", "names"), [("quick", QUICK), ("current", CURRENT)])
def test_batch(benchmark, what, names, n):
    random = np.random.default_rng(1)
    benchmark.pedantic(physics.evaluate, args=(names,), kwargs=points(random, n), rounds=5, warmup_rounds=1)

    def cpu(observables):
        warm, *batches = (points(random, n) for _ in range(6))
        physics.evaluate(observables, **warm)
        start = time.process_time()
        for batch in batches:
            physics.evaluate(observables, **batch)
        return (time.process_time() - start) / (5 * n)

    together = cpu(names)
    each = {name: round(1e6 * cpu([name]), 2) for name in names}
    benchmark.extra_info.update(points_per_s=1 / together, us_per_point=each)
    print(f"\n{what}, batches of {n}: {1 / together:,.0f} points/s; us a point alone:")
    print("\n".join(f"  {name:28s} {us:8.2f}" for name, us in sorted(each.items(), key=lambda item: -item[1])))
