"""Why an observable has no value at a point, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import numpy as np

import physics
from physics import Status
from physics.core.branch import Choices
from physics.core.evaluate import choices_in_use, resolve
from physics.core.graph import chosen_branch, dependencies_of, nodes, parameters_of, refusal
from physics.core.readings import Reading, reading_of

__all__ = ["Point"]

Held = float | str | physics.Bound


class Point:
    """Values of parameters, and what follows from them.

    Parameters
    ----------
    given : mapping of str to float, str or Bound
        As `physics.evaluate` takes them; checked by it.
    """

    def __init__(self, given: Mapping[str, Held]) -> None:
        self.given = given
        self.bound = {name: value.observable for name, value in given.items() if isinstance(value, physics.Bound)}
        self.choices: Choices = choices_in_use(given)
        self.chosen = {name: next(iter(choices)) for name, choices in self.choices.items()}

    def determined(self, by: Collection[str]) -> list[str]:
        """The observables whose parameters are given or have defaults, if one of `by` is among them.

        >>> Point({"g_X": 5e-4, "n_nu": 3.0}).determined(by=["g_X"])
        ['epsilon']
        """
        known = {name for name, p in physics.parameters().items() if p.default is not None} | set(self.given)
        needs = {name: set(parameters_of(name, self.bound, self.choices)) for name in physics.observables()}
        return [name for name, needed in needs.items() if needed <= known and not needed.isdisjoint(by)]

    def reading(self, names: Iterable[str], asked: str | None = None) -> Reading:
        """The set of readings that observables follow here: the one asked for, or found; and what departs from it.

        >>> print(Point({"m_X": 20.0, "n_nu": 3.0}).reading(["n_eff_entropy_X_only"]))
        paper:drees-zhao-2021
        """
        used = {p for name in names for p in parameters_of(name, self.bound, self.choices)}
        return reading_of(self.given, used - set(self.bound), asked)

    def reason(self, name: str, status: Status) -> str:
        """Why an observable has this status; no more than its meaning where no more is known.

        >>> Point({"m_X": 2e4, "g_X": 1e-3}).reason("sigma_monophoton", Status.OUTSIDE_DOMAIN)
        'defined only where m_X < sqrt_s'
        """
        why = ""
        if status == Status.OUTSIDE_DOMAIN:
            why = refusal(name, self.chosen, self.bound) or self._not_allowed(name) or self._domain(name)
        elif status == Status.INPUT_FAILED:
            why = self._failed_inputs(name)
        return why or status.meaning.replace("_", " ")

    @cached_property
    def _values(self) -> dict[str, object]:
        """Values of all parameters that have one, as domains take them."""
        values: dict[str, object] = dict(self.chosen)
        for name, p in physics.parameters().items():
            value = self.given.get(name, p.default)
            if isinstance(value, physics.Bound):
                values[name] = np.atleast_1d(physics.evaluate(value.observable, **self.given))
            elif name not in values and (value is not None or name in self.given):
                values[name] = np.atleast_1d(p.validated(value))
        return values

    def _depends(self, name: str) -> list[str]:
        """What an observable depends on: itself first."""
        return [name, *sorted(dependencies_of(name, self.bound, self.choices) - {name})]

    def _not_allowed(self, name: str) -> str:
        """A parameter that follows an observable to where it cannot be."""
        for p in self.bound.keys() & set(self._depends(name)):
            try:
                physics.parameters()[p].validated(self._values[p])
            except physics.InvalidParameterError as error:
                return str(error)
        return ""

    def _domain(self, name: str) -> str:
        for n in self._depends(name):
            branch = chosen_branch(nodes()[n], self.chosen) if n in nodes() else None
            for domain in (nodes()[n].domain, branch.domain) if branch else ():
                if domain is not None and not np.all(
                    domain.contains(**{p: self._argument(p) for p in domain.arguments})
                ):
                    return f"defined only where {domain.description}"
        return ""

    def _argument(self, name: str) -> object:
        """What a domain asks for: a parameter, or another node."""
        if name in self._values:
            return self._values[name]
        given = {p: self._values[p] if p in self.bound else value for p, value in self.given.items()}
        return resolve([name], **given)[0]

    def _failed_inputs(self, name: str) -> str:
        inputs = [n for n in self._depends(name)[1:] if n in physics.observables()]
        codes = {n: Status(int(o.status)) for n, o in physics.evaluate_with_status(inputs, **self.given).items()}
        failed = {n: code for n, code in codes.items() if code not in (Status.OK, Status.INPUT_FAILED)}
        return "; ".join(f"{n}: {self.reason(n, code)}" for n, code in failed.items())
