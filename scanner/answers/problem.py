"""A scan file and constraints as a sampler wants them: priors on the unit cube, ln L of many points at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import physics
from physics import Status
from physics.core.errors import suggestion
from physics.inference.constraint_sets import ConstraintSet
from physics.inference.constraints import Constraint
from scanner.answers.judge import Judgement, judged
from scanner.answers.priors import chosen_priors, quantile
from scanner.errors import SelectionError
from scanner.scan.config import ScanFile, validated
from scanner.view.silence import refused_choices

__all__ = ["Problem", "problem_of"]

FloatArray = NDArray[np.float64]
Points = Mapping[str, NDArray[Any]]


@dataclass
class Problem:
    """What to sample. It counts the points that it evaluates, and those without a value by constraint and status."""

    scan: ScanFile  # of the observables that are needed, what is held included
    chosen: ConstraintSet
    constraints: tuple[Constraint, ...]
    left_out: Mapping[str, str]  # constraints of the set -> why
    priors: Mapping[str, str]  # by axis
    evaluated: int = 0
    without_value: dict[str, Counter[Status]] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[str, ...]:
        """Those on which the constraints depend, in the order of the scan file."""
        return tuple(self.priors)

    @property
    def observables(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(self.scan.scan.observables)

    def points(self, shares: FloatArray) -> dict[str, NDArray[Any]]:
        """Points (n, axes) of the unit cube as values of the parameters; a name has an equal part of its side."""
        axes = self.scan.grid.axes
        return {
            name: quantile(shares[:, i], axes[name].values, prior, name)
            for i, (name, prior) in enumerate(self.priors.items())
        }

    def ln_likelihood(self, shares: FloatArray) -> FloatArray:
        """Of points of the unit cube; minus infinity where one has no value, or a step excludes it."""
        found = self.judgements(self.points(shares))
        self.evaluated += len(shares)
        for name, (judgement, status) in found.items():
            if judgement.no_value.any():
                codes = Counter(map(Status, status[judgement.no_value].tolist()))
                self.without_value.setdefault(name, Counter()).update(codes)
        total: FloatArray = np.sum([judgement.m2lnL for judgement, _ in found.values()], axis=0)
        return -total / 2

    def judgements(self, points: Points) -> dict[str, tuple[Judgement, NDArray[np.uint8]]]:
        """What each constraint says of points, with the statuses of its observable."""
        found = {}
        outcomes = self._outcomes(points)
        for c in self.constraints:
            value, status = outcomes[c.observable]
            found[c.name] = judged(c, value, status, self._refused(c, points)), status
        return found

    def _outcomes(self, points: Points) -> dict[str, tuple[FloatArray, NDArray[np.uint8]]]:
        """Values and statuses; where evaluation raises, those of halves, down to the point, which has status 6."""
        n = len(next(iter(points.values())))
        try:
            outcomes = physics.evaluate_with_status(self.observables, **points, **self.scan.held)
        except (physics.UnknownNameError, physics.MissingParameterError, physics.RegistryError):
            raise  # not of the point, but of this installation
        except Exception:
            if n == 1:
                return dict.fromkeys(self.observables, (np.array([np.nan]), np.array([Status.ERROR], np.uint8)))
            first, second = (
                self._outcomes({name: v[half] for name, v in points.items()})
                for half in (slice(None, n // 2), slice(n // 2, None))
            )
            return {
                name: (np.append(value, second[name][0]), np.append(status, second[name][1]))
                for name, (value, status) in first.items()
            }
        return {name: (np.broadcast_to(o.value, n), np.broadcast_to(o.status, n)) for name, o in outcomes.items()}

    def _refused(self, c: Constraint, points: Points) -> NDArray[np.bool_]:
        refused = np.zeros(len(next(iter(points.values()))), bool)
        for choice in self._refusals[c.observable] if c.silent_outside else ():
            refused |= np.logical_and.reduce([points[axis] == name for axis, name in choice.items()])
        return refused

    @cached_property
    def _refusals(self) -> dict[str, list[dict[str, str]]]:
        """By observable, the choices on axes that it does not support."""
        grid = self.scan.grid.axes
        names = {d: grid[d].values.tolist() for d in self.axes if grid[d].is_categorical}
        return {o: refused_choices(o, names, self.scan.fixed, self.scan.bound) for o in self.observables}


def problem_of(
    scan: ScanFile, chosen: ConstraintSet, prior: Mapping[str, str], at: Mapping[str, float | str]
) -> Problem:
    """The problem of a scan file: its axes become ranges, from the first value to the last.

    Constraints whose parameters the scan does not give are left out, with what is missing. The scan's own observables
    do not matter: those of the constraints are evaluated. Axes on which none depends, or with one value, are not
    sampled.

    Raises
    ------
    SelectionError
        No constraint, or no axis, is left; an axis in `at` that is none; a prior that does not suit.
    ScanFileError
        A constraint's observable is refused, whatever the axes are.
    """
    content = scan.model_dump(exclude_none=True, exclude={"plot"})
    for axis, value in at.items():
        if axis not in content["axes"]:
            raise SelectionError(f"{axis} = {value}: the scan has no such axis{suggestion(axis, content['axes'])}")
        del content["axes"][axis]
        content["fixed"][axis] = value
    for name in [name for name in content["axes"] if len(scan.grid.axes[name]) == 1]:
        del content["axes"][name]
        content["fixed"][name] = scan.grid.axes[name].values.item()
    given = {*content["axes"], *content["fixed"]}
    left_out = {c.name: reason for c in chosen.rows if (reason := _lacking(scan, c, given))}
    constraints = tuple(c for c in chosen.rows if c.name not in left_out)
    if not constraints:
        raise SelectionError(
            f"nothing of {chosen.name} can be evaluated: {'; '.join(f'{n}: {why}' for n, why in left_out.items())}"
        )
    content["scan"]["observables"] = list(dict.fromkeys(c.observable for c in constraints))
    needed = validated(content, f"the scan for {chosen.name}")
    used = {p for o in needed.scan.observables for p in needed.parameters_of(o)}
    axes = {name: axis.values for name, axis in needed.grid.axes.items() if name in used}
    if not axes:
        raise SelectionError(f"{chosen.name} depends on no axis of this scan with several values: nothing to sample")
    priors = chosen_priors(axes, prior)
    for name, values in axes.items():
        quantile(np.array([0.5]), values, priors[name], name)  # raises where a prior does not suit
    return Problem(needed, chosen, constraints, left_out, priors)


def _lacking(scan: ScanFile, c: Constraint, given: Collection[str]) -> str:
    """Why a constraint cannot be evaluated; empty if it can."""
    if c.observable not in physics.observables():
        return f"there is no {c.observable} here"
    known = physics.parameters()
    missing = [p for p in scan.parameters_of(c.observable) if p not in given and known[p].default is None]
    return f"the scan gives no {', '.join(missing)}" if missing else ""
