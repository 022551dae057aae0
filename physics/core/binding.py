"""A parameter bound to an observable: it is resolved like any dependency, and has the observable's axes."""

from __future__ import annotations

from dataclasses import dataclass

from physics.core.errors import RegistryError
from physics.core.graph import Bindings, dependencies_of, find_observable, find_parameter

__all__ = ["Bound", "bound", "check_bindings"]


@dataclass(frozen=True)
class Bound:
    """In place of a parameter's value: the value of an observable (see `bound`)."""

    observable: str


def bound(observable: str) -> Bound:
    """Bind a parameter to an observable: `evaluate(..., mass_ratio=bound("mass_ratio_relic_above"))`.

    The parameter then depends on what the observable depends on, and has its axes. Where the observable has no value,
    or one that the parameter cannot have, whatever depends on the parameter has none either: status 5 (an input
    failed), or 2 (outside the domain).

    Parameters
    ----------
    observable : str
        Its unit must be the parameter's, and it must not depend on the parameter.

    Returns
    -------
    Bound

    Raises
    ------
    UnknownNameError
        No observable of that name.

    Examples
    --------
    >>> import physics
    >>> line = {"m_X": 15, "g_X": 5e-4, "q_psi": 1, "mass_ratio": physics.bound("mass_ratio_relic_above")}
    >>> round(physics.evaluate("relic_density", **line), 9)
    0.12
    """
    return Bound(find_observable(observable).name)


def check_bindings(bound: Bindings) -> None:
    """Make sure that parameters can be bound to observables.

    Parameters
    ----------
    bound : mapping of str to str
        Parameter -> observable.

    Raises
    ------
    UnknownNameError
        No such parameter, or no such observable.
    RegistryError
        The parameter is categorical, the units differ, or the observable depends on the parameter.
    """
    for name, target in bound.items():
        parameter, node = find_parameter(name), find_observable(target)
        if parameter.choices:
            raise RegistryError(
                f"{name} cannot be bound to {target}: it is one of {', '.join(parameter.choices)}, not a number"
            )
        if parameter.unit != node.unit:
            raise RegistryError(
                f"{name} [{parameter.unit}] cannot be bound to {target} [{node.unit}]: the units must agree"
            )
    for name in bound:
        dependencies_of(name, bound)  # raises where there is a cycle
