"""What a node of the graph is made of: the domain of its values, its branches, the equation that it solves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from physics.core.status import FloatArray

__all__ = ["Branch", "Domain", "Search", "Solution"]

Choices = Mapping[str, Collection[str]]  # parameter -> its choices that are in use; all, where it is not named

SECONDS_PER_POINT = 1e-7  # of a node that declares nothing: NumPy's pace


@dataclass(frozen=True)
class Domain:
    """Where an observable means something: a description and a test whose arguments are parameters."""

    description: str
    contains: Callable[..., npt.NDArray[np.bool_]]

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The parameters that are tested."""
        return tuple(inspect.signature(self.contains).parameters)


@dataclass(frozen=True)
class Search:
    """Where to look for the solution of an equation: a parameter as a function of t, and ascending t between which.

    The solution is where the observable first rises through the wanted value as t grows; both are positive, and what
    is interpolated is the logarithm of their ratio. Where the observable has no solution itself (status 3) it counts as
    larger than the wanted value by a factor of exp(no_solution_is).

    What is known of the observable saves evaluations. Before any step of the grid it falls again by a factor of
    exp(falls) at most (a number, or one for each step): where it is below the wanted value by more, it has not risen
    before. Where points with the same t share work, roots are approached on a lattice of t, which divides the steps of
    the grid into parts of `shared` at most.
    """

    value: Callable[[FloatArray], FloatArray]
    grid: FloatArray
    no_solution_is: float = 50.0
    falls: float | FloatArray = np.inf
    shared: float | None = None


@dataclass(frozen=True)
class Solution:
    """The observable `of` equals the node `equals`, solved for the parameter `unknown`."""

    of: str
    equals: str
    unknown: str
    search: Search = field(compare=False)


@dataclass(frozen=True)
class Branch:
    """One way to compute a node: a function of the nodes and parameters that its arguments name."""

    function: Callable[..., Any]
    arguments: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    domain: Domain | None = None
    reference: str = ""
    seconds: float = SECONDS_PER_POINT

    def serves(self, choices: Choices) -> bool:
        """Whether one of the choices in use selects it."""
        return all(p not in choices or set(wanted) & set(choices[p]) for p, wanted in self.when.items())
