"""Registration: functions become nodes of the graph, of which a plugin or a test may take back what it added."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

from physics.core.branch import SECONDS_PER_POINT, Branch, Domain, Search, Solution
from physics.core.errors import RegistryError, suggestion
from physics.core.graph import BRANCHES, FOLLOWS, NODES, Node, find_parameter
from physics.core.parameter import PARAMETERS

__all__ = ["branch", "check_registry", "intermediate", "observable", "remembered", "snapshot", "solution"]

When = Mapping[str, str | tuple[str, ...]]
Function = TypeVar("Function", bound=Callable[..., Any])

_WRITTEN: WeakKeyDictionary[Callable[..., Any], tuple[str, int, int]] = WeakKeyDictionary()  # by the function


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
        node = Node(name, function, True, find_parameter(unknown).unit, label, reference, domain, equation)
        _register(node, _branch(name, function, {}, seconds=seconds))
        return function

    return register


def _branch(name: str, function: Callable[..., Any], when: When, **rest: Any) -> Branch:
    _WRITTEN[function] = _written(function)
    return Branch(function, _arguments(function), _when(name, when), **rest)


def _register(node: Node, way: Branch) -> None:
    known = NODES.get(node.name)
    if node.name in PARAMETERS or (known is not None and not _again(known.function, node.function)):
        raise RegistryError(f"{node.name!r} is registered twice; give the second function another name")
    _add_branch(node.name, way)
    NODES[node.name] = node


def _add_branch(name: str, new: Branch) -> None:
    FOLLOWS.clear()
    # A definition that is run again replaces all that it made before; two decorators on one function make two branches
    others = [b for b in BRANCHES.get(name, []) if b.function is new.function or not _again(b.function, new.function)]
    for old in others:
        if all(set(old.when[p]) & set(new.when[p]) for p in old.when.keys() & new.when.keys()):
            shared = {p: [c for c in PARAMETERS[p].choices if old.serves({p: (c,)}) and new.serves({p: (c,)})]
                      for p in (*old.when, *new.when)}  # fmt: skip
            what = ", ".join(f"{p} = {' or '.join(c)}" for p, c in shared.items()) or "every choice"
            raise RegistryError(f"{name!r} has two functions for {what}; choose other names, or other choices")
    BRANCHES[name] = [*others, new]


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
    if both := sorted(PARAMETERS.keys() & NODES.keys()):
        raise RegistryError(f"{both[0]!r} is a parameter and an observable; give one of them another name")
    for name, branches in BRANCHES.items():
        if name not in NODES:
            function = branches[0].function.__name__
            raise RegistryError(f"{function} is a branch of {name!r}, which is not registered{suggestion(name, NODES)}")


def _when(name: str, when: When) -> dict[str, tuple[str, ...]]:
    chosen = {p: (c,) if isinstance(c, str) else tuple(c) for p, c in when.items()}
    for p, choices in chosen.items():
        if unknown := [c for c in choices if c not in find_parameter(p).choices]:
            raise RegistryError(f"{name}: {p} = {unknown[0]!r} is no choice: {PARAMETERS[p].domain}")
    return chosen


# --- taking back ------------------------------------------------------------------------------------------------------

_REGISTERED: list[dict[str, Any]] = [NODES, BRANCHES, PARAMETERS]
Table = TypeVar("Table", bound=dict[str, Any])


def remembered(registered: Table) -> Table:
    """Let `snapshot` remember another table of what is registered; it is returned unchanged."""
    _REGISTERED.append(registered)
    return registered


def snapshot() -> Callable[[], None]:
    """Remember what is registered; call the result to forget all that came later (a plugin that fails, a test)."""
    before = [dict(registered) for registered in _REGISTERED]
    branches = {name: list(known) for name, known in BRANCHES.items()}

    def restore() -> None:
        FOLLOWS.clear()
        for registered, then in zip(_REGISTERED, before, strict=True):
            registered.clear()
            registered.update(then)
        BRANCHES.update(branches)

    return restore
