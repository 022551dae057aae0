"""The graph of observables: what each needs, and which of its branches a choice selects.

Argument names are the dependencies: each is a parameter or another node. A node may have branches, one for each choice
of a parameter (`when`); only the branch that is chosen is evaluated, and only what it needs counts as a dependency. A
choice for which nobody wrote a branch is refused: no value, status 2.

A parameter may be bound to an observable (`bound`): it is then resolved like any dependency, and has the observable's
axes. An observable may be the solution of an equation for a parameter (`solution`).
"""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from physics.core.errors import RegistryError, UnknownNameError
from physics.core.parameter import PARAMETERS, Parameter
from physics.core.status import FloatArray
from physics.core.tables import as_html, as_text

__all__ = [
    "Bound",
    "Branch",
    "Domain",
    "Node",
    "Search",
    "Solution",
    "bound",
    "branch",
    "check_bindings",
    "check_registry",
    "dependencies_of",
    "intermediate",
    "observable",
    "observables",
    "parameters_of",
    "refusal",
    "solution",
]

Bindings = Mapping[str, str]  # parameter -> the observable that it is bound to
Choices = Mapping[str, Collection[str]]  # parameter -> its choices that are in use; all, where it is not named
When = Mapping[str, str | tuple[str, ...]]
Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")

ANYTHING: Choices = MappingProxyType({})
NOTHING_BOUND: Bindings = MappingProxyType({})
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
    """

    value: Callable[[FloatArray], FloatArray]
    grid: FloatArray
    no_solution_is: float = 50.0


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
        return tuple(_BRANCHES[self.name])

    @property
    def references(self) -> str:
        """The source equations of all branches."""
        return "; ".join(dict.fromkeys(r for r in (self.reference, *(b.reference for b in self.branches)) if r))

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
        gamma_X_muons [MeV]  Partial width of X into mu+ mu-
        parameters           m_X, g_X, ...
        reference            Drees & Zhao 2021, eq. (2.4)...
        """
        return as_text(self._rows)

    def _repr_html_(self) -> str:
        return as_html((), self._rows)


_NODES: dict[str, Node] = {}
_BRANCHES: dict[str, list[Branch]] = {}  # by the node's name
_WRITTEN: WeakKeyDictionary[Callable[..., Any], tuple[str, int, int]] = WeakKeyDictionary()  # by the function
_FOLLOWS: dict[Any, Any] = {}  # what follows from what is registered, so far; emptied when anything else is


# --- registration -----------------------------------------------------------------------------------------------------


def observable(
    *,
    unit: str,
    label: str,
    reference: str,
    domain: Domain | None = None,
    when: When = MappingProxyType({}),
    seconds: float = SECONDS_PER_POINT,
) -> Callable[[Function], Function]:
    """Register a function as an observable; it is returned unchanged.

    Parameters
    ----------
    unit : str
        Unit of the value, as the field quotes it.
    label : str
        Matplotlib label, without the unit.
    reference : str
        The source equation, "Short name, eq. (n)"; the short name is an entry of physics/data/core/references.toml.
    domain : Domain, optional
        Outside it the value is NaN with status 2.
    when : mapping, optional
        Parameter -> the choice, or the tuple of choices, for which the function holds; `branch` adds others.
    seconds : float
        Time that a point takes on one core, to a factor of a few; it decides the size of a scan's blocks.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        _register(
            Node(name, function, True, unit, label, reference, domain), _branch(name, function, when, seconds=seconds)
        )
        return function

    return register


@overload
def intermediate(function: Function, /) -> Function: ...
@overload
def intermediate(*, when: When = ..., seconds: float = ...) -> Callable[[Function], Function]: ...
def intermediate(function: Any = None, /, *, when: When = MappingProxyType({}), seconds: float = 0.0) -> Any:
    """Register a function whose result other nodes use, but that is neither stored nor shown.

    Parameters
    ----------
    function : callable
        Its arguments are its dependencies.
    when, seconds
        See `observable`.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        _register(Node(name, function, False), _branch(name, function, when, seconds=seconds))
        return function

    return register if function is None else register(function)


def branch(
    name: str,
    *,
    when: When,
    reference: str = "",
    domain: Domain | None = None,
    seconds: float = SECONDS_PER_POINT,
) -> Callable[[Function], Function]:
    """Register a function as another way to compute a node, for a choice of a parameter; it is returned unchanged.

    Parameters
    ----------
    name : str
        Of the observable or intermediate, which may be registered later. What the branch returns is what that returns.
    when : mapping
        Parameter -> the choice, or the tuple of choices, for which this branch holds.
    reference : str, optional
        The source equation, beside those of the node.
    domain : Domain, optional
        In addition to the node's.
    seconds : float
        See `observable`.
    """

    def register(function: Function) -> Function:
        if not when:
            raise RegistryError(f"{function.__name__}: a branch of {name} needs when={{parameter: choice}}")
        _add_branch(name, _branch(name, function, when, domain=domain, reference=reference, seconds=seconds))
        return function

    return register


def solution(
    *,
    of: str,
    equals: str,
    unknown: str,
    search: Search,
    label: str,
    reference: str,
    domain: Domain | None = None,
    seconds: float = SECONDS_PER_POINT,
) -> Callable[[Function], Function]:
    """Register the value of a parameter at which an observable equals another node, as an observable.

    It depends on what the observable depends on, the unknown apart; there is nothing to hand on. The decorated function
    gives the name and the documentation, and has no body.

    Parameters
    ----------
    of : str
        The observable.
    equals : str
        A parameter or node: what `of` must equal.
    unknown : str
        The parameter to solve for; the unit is its unit.
    search : Search
        Where to look.
    label, reference, domain, seconds
        See `observable`.
    """

    def register(function: Function) -> Function:
        name, equation = function.__name__, Solution(of, equals, unknown, search)
        node = Node(name, function, True, _parameter(unknown).unit, label, reference, domain, equation)
        _register(node, _branch(name, function, {}, seconds=seconds))
        return function

    return register


def _branch(name: str, function: Callable[..., Any], when: When, **rest: Any) -> Branch:
    _WRITTEN[function] = _written(function)
    return Branch(function, _arguments(function), _when(name, when), **rest)


def _register(node: Node, way: Branch) -> None:
    known = _NODES.get(node.name)
    if node.name in PARAMETERS or (known is not None and not _again(known.function, node.function)):
        raise RegistryError(f"{node.name!r} is registered twice; give the second function another name")
    _add_branch(node.name, way)
    _NODES[node.name] = node


def _add_branch(name: str, new: Branch) -> None:
    _FOLLOWS.clear()
    # A definition that is run again replaces all that it made before; two decorators on one function make two branches
    others = [b for b in _BRANCHES.get(name, []) if b.function is new.function or not _again(b.function, new.function)]
    for old in others:
        if all(set(old.when[p]) & set(new.when[p]) for p in old.when.keys() & new.when.keys()):
            shared = {p: [c for c in PARAMETERS[p].choices if old.serves({p: (c,)}) and new.serves({p: (c,)})]
                      for p in (*old.when, *new.when)}  # fmt: skip
            what = ", ".join(f"{p} = {' or '.join(c)}" for p, c in shared.items()) or "every choice"
            raise RegistryError(f"{name!r} has two functions for {what}; choose other names, or other choices")
    _BRANCHES[name] = [*others, new]


def _again(old: Callable[..., Any], new: Callable[..., Any]) -> bool:
    """Whether a definition is run again: a cell of a notebook, or a module that is reloaded, perhaps after an edit."""
    if (old.__module__, old.__qualname__) != (new.__module__, new.__qualname__):
        return False
    if old.__module__ == "__main__":
        return True
    (file, line, when), (new_file, new_line, new_when) = _WRITTEN[old], _WRITTEN[new]
    return (file, line) == (new_file, new_line) or when != new_when


def _written(function: Callable[..., Any]) -> tuple[str, int, int]:
    """File and line of a function, and when the file was changed."""
    code = getattr(function, "__code__", None)
    if code is None:
        return "", 0, 0
    try:
        return code.co_filename, code.co_firstlineno, os.stat(code.co_filename).st_mtime_ns
    except OSError:  # there is no such file: typed in, or a plugin on a worker
        return code.co_filename, code.co_firstlineno, 0


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    if with_default := [p.name for p in parameters if p.default is not p.empty]:
        raise RegistryError(
            f"{function.__name__}: defaults belong to the declarations of the parameters, not here "
            f"({', '.join(with_default)})"
        )
    return tuple(p.name for p in parameters)


def check_registry() -> None:
    """Make sure that what modules have registered fits together, when all of them have been imported.

    Raises
    ------
    RegistryError
        Nobody registered the node that a branch names, or a parameter has the name of a node.
    """
    if both := sorted(PARAMETERS.keys() & _NODES.keys()):
        raise RegistryError(f"{both[0]!r} is a parameter and an observable; give one of them another name")
    for name, branches in _BRANCHES.items():
        if name not in _NODES:
            function = branches[0].function.__name__
            raise RegistryError(
                f"{function} is a branch of {name!r}, which is not registered{suggestion(name, _NODES)}"
            )


def _when(name: str, when: When) -> dict[str, tuple[str, ...]]:
    chosen = {p: (c,) if isinstance(c, str) else tuple(c) for p, c in when.items()}
    for p, choices in chosen.items():
        if unknown := [c for c in choices if c not in _parameter(p).choices]:
            raise RegistryError(f"{name}: {p} = {unknown[0]!r} is no choice: {PARAMETERS[p].domain}")
    return chosen


# --- looking up -------------------------------------------------------------------------------------------------------


def observables() -> Mapping[str, Node]:
    """All observables by name, in the order in which they are defined.

    >>> import physics
    >>> physics.observables()["delta_a_mu"].unit
    '1'
    """
    return MappingProxyType({name: node for name, node in _NODES.items() if node.is_observable})


def nodes() -> Mapping[str, Node]:
    """All nodes by name: observables and intermediates."""
    return MappingProxyType(_NODES)


def suggestion(name: str, known: Iterable[str]) -> str:
    """What the caller may have meant, as the end of an error message.

    >>> suggestion("delta_a_nu", ["delta_a_mu", "epsilon"])
    '; did you mean delta_a_mu?'
    """
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"


def _node(name: str) -> Node:
    if name not in _NODES:
        raise UnknownNameError(f"no observable {name!r}{suggestion(name, observables())}")
    return _NODES[name]


def _observable(name: str) -> Node:
    if name not in _NODES or not _NODES[name].is_observable:
        raise UnknownNameError(f"no observable {name!r}{suggestion(str(name), observables())}")
    return _NODES[name]


def _parameter(name: str) -> Parameter:
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
    if key not in _FOLLOWS:
        _FOLLOWS[key] = make()
    result: Result = _FOLLOWS[key]
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
        if argument not in PARAMETERS and argument not in _NODES:
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
    for b in _BRANCHES[node.name]:
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
    for n in sorted(reached & _NODES.keys()):
        node = _NODES[n]
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


# --- binding ----------------------------------------------------------------------------------------------------------


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
    return Bound(_observable(observable).name)


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
        parameter, node = _parameter(name), _observable(target)
        if parameter.choices:
            raise RegistryError(
                f"{name} cannot be bound to {target}: it is one of {', '.join(parameter.choices)}, not a number"
            )
        if parameter.unit != node.unit:
            raise RegistryError(
                f"{name} [{parameter.unit}] cannot be bound to {target} [{node.unit}]: the units must agree"
            )
    for name in bound:
        _visit(name, (), set(), bound, ANYTHING)


# --- taking back ------------------------------------------------------------------------------------------------------

_REGISTERED: list[dict[str, Any]] = [_NODES, _BRANCHES, PARAMETERS]
Table = TypeVar("Table", bound=dict[str, Any])


def remembered(registered: Table) -> Table:
    """Let `snapshot` remember another table of what is registered; it is returned unchanged."""
    _REGISTERED.append(registered)
    return registered


def snapshot() -> Callable[[], None]:
    """Remember what is registered; call the result to forget all that came later (a plugin that fails, a test)."""
    before = [dict(registered) for registered in _REGISTERED]
    branches = {name: list(known) for name, known in _BRANCHES.items()}

    def restore() -> None:
        _FOLLOWS.clear()
        for registered, then in zip(_REGISTERED, before, strict=True):
            registered.clear()
            registered.update(then)
        _BRANCHES.update(branches)

    return restore
