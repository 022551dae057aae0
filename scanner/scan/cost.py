"""What a block costs, from the seconds that every node declares.

Nothing is measured, so that a scan file is cut into the same blocks on every machine, whatever else runs there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from physics.core.branch import SECONDS_PER_POINT, Branch, Solution
from physics.core.graph import chosen_branch, dependencies_of, nodes, refusal
from scanner.scan.config import ScanFile

__all__ = ["Cost"]

SECONDS_OF_A_PLUGIN = 1e-5  # a point, where a function from outside the package declares nothing
EVALUATIONS = 30  # of an observable that is solved for a parameter, a point


@dataclass(frozen=True)
class Cost:
    """Seconds on one core for a block of a family: a node costs its seconds at each point of its own axes.

    >>> both = Cost(((1e-6, (0, 1)), (1e-3, (0,))))  # one node on both axes, and a slow one on the first
    >>> both((10, 1000))
    0.02
    """

    terms: tuple[tuple[float, tuple[int, ...]], ...]  # seconds a point, and the positions of the axes

    def __call__(self, block: Sequence[int]) -> float:
        """Seconds for a block of that shape."""
        return math.fsum(seconds * math.prod(block[i] for i in axes) for seconds, axes in self.terms)

    @classmethod
    def of(cls, scan: ScanFile, dims: tuple[str, ...], observables: Iterable[str]) -> Cost:
        """The declared cost of observables that depend on these axes; the mean over choices that are an axis."""
        terms: dict[tuple[str, ...], tuple[float, tuple[int, ...]]] = {}  # by node and the choices that it depends on
        observables, in_use = list(observables), scan.choices
        for chosen in scan.combinations():
            choices = {p: (c,) for p, c in chosen.items()}
            reached: set[str] = set()
            for name in observables:
                if not refusal(name, chosen, scan.bound):
                    reached |= dependencies_of(name, scan.bound, choices)
            for name in reached & nodes().keys():
                branch = chosen_branch(nodes()[name], chosen)
                depends = dependencies_of(name, scan.bound, choices)
                relevant = [p for p in chosen if p in depends]
                if branch is not None:
                    share = math.prod(len(in_use[p]) for p in relevant)
                    axes = tuple(i for i, d in enumerate(dims) if d in depends)
                    seconds = max(_seconds(branch), _seconds_of_solution(nodes()[name].solution, chosen))
                    terms[name, *(chosen[p] for p in relevant)] = seconds / share, axes
        return cls(tuple(sorted(terms.values())))


def _seconds(branch: Branch) -> float:
    of_package = branch.function.__module__.partition(".")[0] == "physics"
    return branch.seconds if of_package or branch.seconds != SECONDS_PER_POINT else SECONDS_OF_A_PLUGIN


def _seconds_of_solution(equation: Solution | None, chosen: Mapping[str, str]) -> float:
    """What the slowest node costs that an equation evaluates; its method may be a choice."""
    if equation is None:
        return 0.0
    reached = dependencies_of(equation.of, choices={p: (c,) for p, c in chosen.items()})
    branches = [chosen_branch(nodes()[name], chosen) for name in reached & nodes().keys()]
    return EVALUATIONS * max(_seconds(b) for b in branches if b is not None)
