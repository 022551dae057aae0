"""A point has the value that it has in a block, to the last bit: so `lmutau verify` computes it again by itself.

Every observable, for every choice that it has. In a block each number that it depends on has two or three values; where
that would be many points, in turns, and the first of its values in the other blocks.
"""

import math

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.graph import chosen_branch, dependencies_of, nodes, parameters_of, refusal

POINTS = 64  # of a block
SECONDS = 0.02  # of a block that takes longer, as nodes declare: fewer points
VALUES = {  # where nearly every observable has a value for one of them
    "m_X": (15.0, 600.0, 8000.0),
    "g_X": (4e-4, 1.1e-3, 6e-4),
    "mass_ratio": (0.35, 0.5033, 0.7),
    "q_psi": (1.0, 0.6),
    "m_N1": (3e4, 2e3),
    "epsilon_override": (-3e-5, math.inf),
    "m_phi": (math.inf, 40.0),
    "wd_mass": (1.0, 0.6),
    "wd_temperature": (1e8,),  # a second star of two masses takes seconds, and the table of a star knows of no other
    "wd_radius_fraction": (0.0, 0.3),
}


def values(name):
    """Of a number: those above, or the default and 3 % less."""
    default = physics.parameters()[name].default
    return VALUES[name] if name in VALUES else (default, 0.97 * default)


def seconds(name, chosen):
    """That a point takes, as the nodes declare."""
    reached = dependencies_of(name, choices={p: (c,) for p, c in chosen.items()}) & nodes().keys()
    return sum(chosen_branch(nodes()[n], chosen).seconds for n in reached)


def blocks(name, chosen, in_turns):
    """Axes of the blocks: all numbers that are needed have several values in one of them, the more, the earlier."""
    needed = parameters_of(name, choices={p: (c,) for p, c in chosen.items()})
    waiting = [p for p in needed if p not in chosen and len(values(p)) > 1]
    size = max(2, min(POINTS, int(SECONDS / seconds(name, chosen))))
    while waiting:
        axes = {p: values(p)[:1] for p in needed if p not in chosen}
        for p in list(waiting):
            if (n := min(len(values(p)), size // math.prod(map(len, axes.values())))) > 1:
                axes[p] = values(p)[:n]
                waiting.remove(p)
        yield {p: np.array(v) for p, v in axes.items()}
        if not in_turns:
            return


def differing(name, chosen, axes, random, points):
    """Points whose value or status is another by themselves than in the block; how many there have values."""
    shape = tuple(map(len, axes.values()))
    whole = physics.evaluate_with_status(name, **dict(zip(axes, np.ix_(*axes.values()), strict=True)), **chosen)[name]
    value, status = (np.broadcast_to(a, shape) for a in whole)
    found = []
    for flat in random.permutation(value.size)[:points]:
        at = np.unravel_index(flat, shape)
        point = {p: v[i] for (p, v), i in zip(axes.items(), at, strict=True)}
        alone = physics.evaluate_with_status(name, **point, **chosen)[name]
        if not (np.array_equal(alone.value, value[at], equal_nan=True) and alone.status == status[at]):
            found.append((chosen, point, float(alone.value), float(value[at]), int(alone.status), int(status[at])))
    return found, int((status == Status.OK).sum())


def choices(name):
    """The defaults of all choices, and every other choice of one of them that is served."""
    defaults = {p: d for p, d in physics.observables()[name].parameters.items() if physics.parameters()[p].choices}
    others = [defaults | {p: c} for p, d in defaults.items() for c in physics.parameters()[p].choices if c != d]
    return defaults, [c for c in others if not refusal(name, c) and not is_slow_equation(name, c)]


def is_slow_equation(name, chosen):
    """Dozens of evaluations of relic_density at 0.1 s and more a point; relic_density itself is compared."""
    return nodes()[name].solution is not None and chosen.get("relic_method") in ("coupled", "phase-space")


@pytest.mark.parametrize("name", list(physics.observables()))
def test_defaults(name):
    """All numbers."""
    random, chosen = np.random.default_rng(1), choices(name)[0]
    every = [differing(name, chosen, axes, random, 2) for axes in blocks(name, chosen, in_turns=True)]
    assert not [d for found, _ in every for d in found]
    assert sum(ok for _, ok in every) > 0, "nothing was compared"


@pytest.mark.parametrize("name", list(physics.observables()))
def test_every_choice(name):
    """The first numbers."""
    random = np.random.default_rng(2)
    for chosen in choices(name)[1]:
        for axes in blocks(name, chosen, in_turns=False):
            found, _ = differing(name, chosen, axes, random, 2)
            assert not found
