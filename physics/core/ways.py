"""What it takes to compute a node for one choice of every parameter that is a name: worked out once, then followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from physics.core.branch import Domain
from physics.core.errors import RegistryError
from physics.core.graph import Bindings, Node, chosen_branch, dependencies_of, following, nodes, parameters_of
from physics.core.parameter import PARAMETERS
from physics.core.status import Outcome

__all__ = ["Way", "way_to"]


@dataclass(eq=False)
class Way:
    """To a node, or to a parameter that is bound to an observable."""

    name: str
    chosen: Mapping[str, str]  # of the choices those that matter
    depends: frozenset[str]  # nodes and parameters
    node: Node | None  # None: a bound parameter
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    sources: Mapping[str, Way | str | None]  # of all that it takes: another node, a choice, or (None) a number
    is_observable: bool
    inputs: tuple[Way, ...]  # nodes whose status it passes on
    domains: tuple[Domain, ...]
    bound: tuple[Way, ...]  # the bound parameters that it depends on
    kept: Outcome | None = None  # where all numbers that it depends on have their defaults

    @property
    def target(self) -> Way:
        """Of a bound parameter: the observable."""
        target = self.sources[self.name]
        assert isinstance(target, Way)
        return target


def way_to(name: str, chosen: Mapping[str, str], bound: Bindings) -> Way:
    """The way to a node or a bound parameter; that to the same with the same choices is the same.

    >>> way = way_to("epsilon", {"kinetic_mixing": "photon", "gauge_group": "Lmu-Ltau"}, {})
    >>> way.sources["g_X"] is None, way.inputs[0].name
    (True, 'mixing_per_coupling')
    """
    depends = dependencies_of(name, bound, {p: (c,) for p, c in chosen.items()})
    matter = {p: c for p, c in chosen.items() if p in depends}
    choices = {p: (c,) for p, c in matter.items()}
    return following(("way", name), bound, choices, lambda: _way_to(name, matter, bound, frozenset(depends)))


def _way_to(name: str, chosen: Mapping[str, str], bound: Bindings, depends: frozenset[str]) -> Way:
    def sources(names: Iterable[str]) -> dict[str, Way | str | None]:
        return {
            a: chosen[a] if a in chosen else None if a in PARAMETERS and a not in bound else way_to(a, chosen, bound)
            for a in names
        }

    if name in bound:
        target = way_to(bound[name], chosen, bound)
        return Way(name, chosen, depends, None, lambda: None, (), {name: target}, False, (), (), ())
    node = nodes()[name]
    branch = chosen_branch(node, chosen)
    if branch is None:
        raise RegistryError(f"{name} has no function for {', '.join(f'{p} = {c}' for p, c in chosen.items())}")
    needed = [*branch.arguments]
    domains = tuple(d for d in (node.domain, branch.domain) if d is not None)
    for domain in domains:
        needed += domain.arguments
    passing = [a for a in branch.arguments if a in nodes()]
    if (equation := node.solution) is not None:
        of = parameters_of(equation.of, choices={p: (c,) for p, c in chosen.items()})
        needed += [equation.equals, *(p for p in of if p != equation.unknown)]
        passing += [equation.equals] if equation.equals in nodes() else []
    known = sources(dict.fromkeys(needed))
    inputs = tuple(way for a in passing if isinstance(way := known[a], Way))
    parameters = tuple(way_to(p, chosen, bound) for p in bound if p in depends)
    return Way(
        name, chosen, depends, node, branch.function, branch.arguments, known, node.is_observable, inputs, domains,
        parameters,
    )  # fmt: skip
