"""The graph of observables: what each needs, and which of its branches a choice selects.

Argument names are the dependencies: each is a parameter or another node. A node may have branches, one for each choice
of a parameter (`when`); only the branch that is chosen is evaluated, and only what it needs counts as a dependency. A
choice for which nobody wrote a branch is refused: no value, status 2.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from physics.core.branch import Branch, Choices, Domain, Solution
from physics.core.errors import RegistryError, UnknownNameError, suggestion
from physics.core.parameter import PARAMETERS, Parameter
from physics.core.references import joined
from physics.core.tables import as_html, as_text

__all__ = [
    "BRANCHES",
    "FOLLOWS",
    "NODES",
    "Node",
    "chosen_branch",
    "dependencies_of",
    "find_observable",
    "find_parameter",
    "following",
    "nodes",
    "observables",
    "parameters_of",
    "refusal",
]

Bindings = Mapping[str, str]  # parameter -> the observable that it is bound to
Result = TypeVar("Result")

ANYTHING: Choices = MappingProxyType({})
NOTHING_BOUND: Bindings = MappingProxyType({})


@dataclass(frozen=True, repr=False)
class Node:
    """A registered function: an observable, or an intermediate result that is not worth storing."""

    name: str
    function: Callable[..., Any]
    is_observable: bool
    unit: str = ""
    label: str = ""
    reference: str = ""
    domain: Domain | None = None
    solution: Solution | None = None

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Ways to compute it; one, unless a choice decides."""
        return tuple(BRANCHES[self.name])

    @property
    def references(self) -> str:
        """The source equations of all branches."""
        return joined((self.reference, *(b.reference for b in self.branches)))

    @property
    def description(self) -> str:
        """First line of the docstring, without its full stop."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")

    @property
    def subject(self) -> str:
        """What it is about: the room of the package that it stands in, in words; "yours" outside of the package.

        >>> import physics
        >>> physics.observables()["cmb_ratio"].subject
        'dark matter'
        """
        package, _, rooms = self.function.__module__.partition(".")
        return rooms.partition(".")[0].replace("_", " ") if package == "physics" else "yours"

    @property
    def parameters(self) -> dict[str, float | str | None]:
        """All parameters that the value depends on, with their defaults (None: it must be given).

        >>> import physics
        >>> physics.observables()["epsilon"].parameters
        {'g_X': None, 'gauge_group': 'Lmu-Ltau', 'kinetic_mixing': 'photon'}
        """
        return {name: PARAMETERS[name].default for name in parameters_of(self.name)}

    @property
    def _rows(self) -> list[tuple[str, str]]:
        """What it is printed as."""
        given = ", ".join(f"{p}={t}" if (t := PARAMETERS[p].default_text) else p for p in self.parameters)
        unit = f" [{self.unit}]" if self.unit not in ("", "1") else ""
        rows = [(f"{self.name}{unit}", self.description), ("parameters", given), ("reference", self.references)]
        return [row for row in rows if row[1]]

    def __repr__(self) -> str:
        """As a short table.

        >>> import physics
        >>> physics.observables()["gamma_X_muons"]
        gamma_X_muons [MeV]  Width of X into mu+ mu-; 0 below threshold
        parameters           m_X, g_X, gauge_group=Lmu-Ltau
        reference            Drees & Zhao 2021, eq. (2.4)
        """
        return as_text(self._rows)

    def _repr_html_(self) -> str:
        return as_html((), self._rows)


NODES: dict[str, Node] = {}
BRANCHES: dict[str, list[Branch]] = {}  # by the node's name
FOLLOWS: dict[Any, Any] = {}  # what follows from what is registered, so far; emptied when anything else is


# --- looking up -------------------------------------------------------------------------------------------------------


def observables() -> Mapping[str, Node]:
    """All observables by name, in the order in which they are defined.

    >>> import physics
    >>> physics.observables()["delta_a_mu"].unit
    '1'
    """
    return MappingProxyType({name: node for name, node in NODES.items() if node.is_observable})


def nodes() -> Mapping[str, Node]:
    """All nodes by name: observables and intermediates."""
    return MappingProxyType(NODES)


def _node(name: str) -> Node:
    if name not in NODES:
        raise UnknownNameError(f"no observable {name!r}{suggestion(name, observables())}")
    return NODES[name]


def find_observable(name: str) -> Node:
    """The observable of that name; an error with what may have been meant, if there is none."""
    if name not in NODES or not NODES[name].is_observable:
        raise UnknownNameError(f"no observable {name!r}{suggestion(str(name), observables())}")
    return NODES[name]


def find_parameter(name: str) -> Parameter:
    """The parameter of that name; an error with what may have been meant, if there is none."""
    if name not in PARAMETERS:
        raise UnknownNameError(f"no parameter {name!r}{suggestion(name, PARAMETERS)}")
    return PARAMETERS[name]


# --- dependencies -----------------------------------------------------------------------------------------------------


def parameters_of(name: str, bound: Bindings = NOTHING_BOUND, choices: Choices = ANYTHING) -> tuple[str, ...]:
    """Parameters that a node depends on, directly or through other nodes, in the order of their declaration.

    Parameters
    ----------
    name : str
        The node.
    bound : mapping of str to str, optional
        Parameter -> observable: instead of the parameter, those that the observable depends on.
    choices : mapping, optional
        Parameter -> its choices that are in use: what only other choices need is left out.

    Raises
    ------
    UnknownNameError
        No observable of that name.
    RegistryError
        A node names an unknown argument, or depends on itself.

    Examples
    --------
    >>> import physics
    >>> "T_nu_decoupling" in parameters_of("relic_density", choices={"relic_method": ["boltzmann"]})
    True
    >>> parameters_of("gamma_X_electrons", bound={"m_X": "gamma_X_taus"})  # not that it made sense
    Traceback (most recent call last):
    physics.core.errors.RegistryError: a cycle: m_X -> gamma_X_taus -> m_X; bind m_X to what does not depend on it
    """
    found = dependencies_of(name, bound, choices)
    return tuple(p for p in PARAMETERS if p in found and p not in bound)


def dependencies_of(name: str, bound: Bindings = NOTHING_BOUND, choices: Choices = ANYTHING) -> set[str]:
    """All nodes and parameters, bound ones too, that a node depends on; itself included.

    >>> import physics
    >>> sorted(dependencies_of("epsilon"))
    ['epsilon', 'g_X', 'gauge_group', 'kinetic_mixing', 'mixing_per_coupling']
    """

    def visit() -> frozenset[str]:
        found: set[str] = set()
        _visit(name, (), found, bound, choices)
        return frozenset(found)

    return set(following(("dependencies", name), bound, choices, visit))


def following(what: tuple[str, ...], bound: Bindings, choices: Choices, make: Callable[[], Result]) -> Result:
    """What follows from bindings, choices, and what is registered: made once, until anything else is registered."""
    key = (*what, *_hashable(bound, choices))
    if key not in FOLLOWS:
        FOLLOWS[key] = make()
    result: Result = FOLLOWS[key]
    return result


def _hashable(bound: Bindings, choices: Choices) -> tuple[frozenset[Any], frozenset[Any]]:
    return frozenset(bound.items()), frozenset((p, frozenset(c)) for p, c in choices.items())


def _visit(name: str, path: tuple[str, ...], found: set[str], bound: Bindings, choices: Choices) -> None:
    if name in path:
        cycle = [*path[path.index(name) :], name]
        parameters = [p for p in cycle if p in PARAMETERS]
        what = "a cycle" if parameters else "a cycle of observables"
        remedy = f"; bind {parameters[0]} to what does not depend on it" if parameters else ""
        raise RegistryError(f"{what}: {' -> '.join(cycle)}{remedy}")
    if name in found:
        return
    found.add(name)
    for argument in _needs(name, bound, choices):
        if argument not in PARAMETERS and argument not in NODES:
            raise RegistryError(f"{name}: argument {argument!r} is neither a parameter nor an observable")
        _visit(argument, (*path, name), found, bound, choices)


def _needs(name: str, bound: Bindings, choices: Choices) -> tuple[str, ...]:
    """Direct dependencies of a node (of its domain and its choices, too), or of a parameter: what it is bound to."""
    if name in PARAMETERS:
        return (bound[name],) if name in bound else ()
    node = _node(name)
    needs: list[str] = []
    if (equation := node.solution) is not None:
        held = [p for p in parameters_of(equation.of, choices=choices) if p != equation.unknown]
        needs += [equation.equals, *held]
    if node.domain is not None:
        needs += node.domain.arguments
    for b in node.branches:
        needs += b.when
        if b.serves(choices):
            needs += b.arguments
            needs += b.domain.arguments if b.domain is not None else ()
    return tuple(dict.fromkeys(needs))


def chosen_branch(node: Node, chosen: Mapping[str, str]) -> Branch | None:
    """The branch for one choice of every parameter that is a name; None if nobody wrote one."""
    for b in BRANCHES[node.name]:
        if all(chosen[p] in wanted for p, wanted in b.when.items() if p in chosen):
            return b
    return None


def refusal(name: str, chosen: Mapping[str, str], bound: Bindings = NOTHING_BOUND) -> str:
    """Why a node has no value for a choice; empty if it has one.

    Parameters
    ----------
    name : str
        The node.
    chosen : mapping of str to str
        A choice for every parameter that is a name and that the node depends on.
    bound : mapping, optional
        See `parameters_of`.

    Examples
    --------
    >>> import physics
    >>> refusal("epsilon", {"gauge_group": "B-L", "kinetic_mixing": "photon"})
    'mixing_per_coupling is for gauge_group = Lmu-Ltau, not B-L'
    """
    choices = {p: (c,) for p, c in chosen.items()}
    return following(
        ("refusal", name), bound, choices, lambda: _refusal(name, chosen, dependencies_of(name, bound, choices))
    )


def _refusal(name: str, chosen: Mapping[str, str], reached: set[str]) -> str:
    for n in sorted(reached & NODES.keys()):
        node = NODES[n]
        if chosen_branch(node, chosen) is None:
            for p in dict.fromkeys(p for b in node.branches for p in b.when):
                there = dict.fromkeys(c for b in node.branches for c in b.when.get(p, PARAMETERS[p].choices))
                if chosen[p] not in there:
                    return f"{n} is for {p} = {' or '.join(there)}, not {chosen[p]}"
            decide = dict.fromkeys(p for b in node.branches for p in b.when)
            return f"{n} is not for {', '.join(f'{p} = {chosen[p]}' for p in decide)} together"
        if node.solution is not None and (why := refusal(node.solution.of, chosen)):
            return why
    return ""
