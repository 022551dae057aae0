"""The graph of observables: what each needs, and how it is evaluated on broadcast axes.

Argument names are the dependencies: each is a parameter or another node. A node is computed once per call and only on
the axes that it depends on; categorical parameters reach it as plain strings, one category at a time.

A parameter may be bound to an observable (`bound`): it is then resolved like any dependency, and has the observable's
axes.
"""

from __future__ import annotations

import difflib
import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

from physics.errors import InvalidParameterError, MissingParameterError, RegistryError, UnknownNameError
from physics.parameters import PARAMETERS, Parameter

__all__ = [
    "Bound",
    "Domain",
    "FloatArray",
    "Node",
    "Outcome",
    "Status",
    "bound",
    "check_bindings",
    "dependencies_of",
    "evaluate",
    "evaluate_with_status",
    "intermediate",
    "observable",
    "observables",
    "parameters_of",
]

FloatArray = npt.NDArray[np.float64]
StatusArray = npt.NDArray[np.uint8]
Bindings = Mapping[str, str]  # parameter -> the observable that it is bound to
Function = TypeVar("Function", bound=Callable[..., Any])


class Status(IntEnum):
    """Why a point has a value, or has none. Stored beside every value of a scan."""

    NOT_COMPUTED = 0
    OK = 1
    OUTSIDE_DOMAIN = 2
    NO_SOLUTION = 3
    NOT_CONVERGED = 4
    INPUT_FAILED = 5
    ERROR = 6  # the function raised at this point
    BLOCK_FAILED = 255  # the process that computed the block died

    @property
    def meaning(self) -> str:
        """A word for the CF attribute flag_meanings.

        >>> Status.NO_SOLUTION.meaning
        'no_solution'
        """
        return self.name.lower()


class Outcome(NamedTuple):
    """A value with its status; a function returns one where it knows why a point has no value."""

    value: Any
    status: StatusArray | np.uint8


@dataclass(frozen=True)
class Domain:
    """Where an observable means something: a description and a test whose arguments are parameters."""

    description: str
    contains: Callable[..., npt.NDArray[np.bool_]]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The parameters that are tested."""
        return tuple(inspect.signature(self.contains).parameters)


@dataclass(frozen=True)
class Bound:
    """In place of a parameter's value: the value of an observable (see `bound`)."""

    observable: str


@dataclass(frozen=True)
class Node:
    """A registered function: an observable, or an intermediate result that is not worth storing."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    is_observable: bool
    unit: str = ""
    label: str = ""
    reference: str = ""
    domain: Domain | None = None

    @property
    def description(self) -> str:
        """First line of the docstring, without its full stop."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0].rstrip(".")

    @property
    def parameters(self) -> dict[str, float | str | None]:
        """All parameters that the value depends on, with their defaults (None: it must be given).

        >>> import physics
        >>> physics.observables()["epsilon"].parameters
        {'g_X': None, 'kinetic_mixing': 'photon'}
        """
        return {name: PARAMETERS[name].default for name in parameters_of(self.name)}


_NODES: dict[str, Node] = {}
_NOTHING_BOUND: Bindings = MappingProxyType({})


def _register(node: Node) -> None:
    if node.name in _NODES or node.name in PARAMETERS:
        raise RegistryError(f"{node.name!r} is registered twice; give the second function another name")
    _NODES[node.name] = node


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    if with_default := [p.name for p in parameters if p.default is not p.empty]:
        raise RegistryError(
            f"{function.__name__}: defaults belong to physics/parameters.py, not here ({', '.join(with_default)})"
        )
    return tuple(p.name for p in parameters)


def observable(
    *, unit: str, label: str, reference: str, domain: Domain | None = None
) -> Callable[[Function], Function]:
    """Register a function as an observable; it is returned unchanged.

    Parameters
    ----------
    unit : str
        Unit of the value, as the field quotes it.
    label : str
        Matplotlib label, without the unit.
    reference : str
        The source equation, "Short name, eq. (n)"; the short name is an entry of physics/data/references.toml.
    domain : Domain, optional
        Outside it the value is NaN with status 2.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        _register(Node(name, function, _arguments(function), True, unit, label, reference, domain))
        return function

    return register


def intermediate(function: Function) -> Function:
    """Register a function whose result other nodes use, but that is neither stored nor shown."""
    _register(Node(function.__name__, function, _arguments(function), False))
    return function


def observables() -> Mapping[str, Node]:
    """All observables by name, in the order in which they are defined.

    >>> import physics
    >>> physics.observables()["delta_a_mu"].unit
    '1'
    """
    return MappingProxyType({name: node for name, node in _NODES.items() if node.is_observable})


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
        _visit(name, (), set(), bound)


def parameters_of(name: str, bound: Bindings = _NOTHING_BOUND) -> tuple[str, ...]:
    """Parameters that a node depends on, directly or through other nodes, in the order of parameters.py.

    Parameters
    ----------
    name : str
        The node.
    bound : mapping of str to str, optional
        Parameter -> observable: instead of the parameter, those that the observable depends on.

    Raises
    ------
    UnknownNameError
        No observable of that name.
    RegistryError
        A node names an unknown argument, or depends on itself.

    Examples
    --------
    >>> parameters_of("n_eff_entropy_X_only")
    ('m_X', 'n_nu', 'T_nu_decoupling')
    >>> parameters_of("gamma_X_electrons", bound={"m_X": "gamma_X_taus"})  # not that it made sense
    Traceback (most recent call last):
    physics.errors.RegistryError: a cycle: m_X -> gamma_X_taus -> m_X; bind m_X to what does not depend on it
    """
    found = dependencies_of(name, bound)
    return tuple(p for p in PARAMETERS if p in found and p not in bound)


def dependencies_of(name: str, bound: Bindings) -> set[str]:
    """All nodes and parameters, bound ones too, that a node depends on; itself included.

    >>> sorted(dependencies_of("gamma_X_electrons", bound={}))
    ['epsilon', 'g_X', 'gamma_X_electrons', 'kinetic_mixing', 'm_X', 'mixing_per_coupling']
    """
    found: set[str] = set()
    _visit(name, (), found, bound)
    return found


def _visit(name: str, path: tuple[str, ...], found: set[str], bound: Bindings) -> None:
    if name in path:
        cycle = [*path[path.index(name) :], name]
        parameters = [p for p in cycle if p in PARAMETERS]
        what = "a cycle" if parameters else "a cycle of observables"
        remedy = f"; bind {parameters[0]} to what does not depend on it" if parameters else ""
        raise RegistryError(f"{what}: {' -> '.join(cycle)}{remedy}")
    if name in found:
        return
    found.add(name)
    for argument in _needs(name, bound):
        if argument not in PARAMETERS and argument not in _NODES:
            raise RegistryError(f"{name}: argument {argument!r} is neither a parameter nor an observable")
        _visit(argument, (*path, name), found, bound)


def _needs(name: str, bound: Bindings) -> tuple[str, ...]:
    """Direct dependencies of a node, its domain's included, or of a parameter: what it is bound to."""
    if name in PARAMETERS:
        return (bound[name],) if name in bound else ()
    node = _node(name)
    return node.arguments if node.domain is None else (*node.arguments, *node.domain.arguments)


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


def suggestion(name: str, known: Iterable[str]) -> str:
    """What the caller may have meant, as the end of an error message.

    >>> suggestion("delta_a_nu", ["delta_a_mu", "epsilon"])
    '; did you mean delta_a_mu?'
    """
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"


@overload
def evaluate(names: str, /, **values: Any) -> Any: ...
@overload
def evaluate(names: Sequence[str], /, **values: Any) -> dict[str, Any]: ...
def evaluate(names: str | Sequence[str], /, **values: Any) -> Any:
    """Evaluate observables at a point, or on arrays that broadcast.

    Parameters
    ----------
    names : str or sequence of str
        One observable, or several.
    **values : float, str, array_like or Bound
        Parameters by name, each a value or `bound` to an observable; those with a default may be left out, known ones
        that nothing depends on are ignored.

    Returns
    -------
    float or ndarray, or a dict of them by name
        Each value has the broadcast shape of the parameters that it depends on; NaN where there is none
        (`evaluate_with_status` says why).

    Raises
    ------
    UnknownNameError, MissingParameterError, InvalidParameterError
    RegistryError
        A parameter cannot be bound to that observable.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("delta_a_mu", m_X=20.0, g_X=5e-4) * 1e11, 1)
    203.0
    >>> physics.evaluate("delta_a_mu", m_X=[[10.0], [100.0]], g_X=[1e-4, 5e-4, 1e-3]).shape
    (2, 3)
    """
    outcomes = evaluate_with_status(names, **values)
    plain = {name: o.value.item() if o.value.ndim == 0 else o.value for name, o in outcomes.items()}
    return plain[names] if isinstance(names, str) else plain


def evaluate_with_status(names: str | Sequence[str], /, **values: Any) -> dict[str, Outcome]:
    """Like `evaluate`, with the status of every value: a dict of name -> (value, status) arrays.

    >>> value, status = evaluate_with_status(["sigma_monophoton"], m_X=2e4, g_X=1e-3)["sigma_monophoton"]
    >>> float(value), Status(int(status)).meaning
    (nan, 'outside_domain')
    """
    for name in values:
        _parameter(name)
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        _observable(name)
    bound = {name: value.observable for name, value in values.items() if isinstance(value, Bound)}
    check_bindings(bound)
    needed = {name: parameters_of(name, bound) for name in names}
    given: dict[str, npt.NDArray[Any]] = {}
    missing: dict[str, list[str]] = {}
    for name, parameters in needed.items():
        for p in parameters:
            value = values.get(p, PARAMETERS[p].default)
            if value is None and (p not in values or PARAMETERS[p].absent is None):
                missing.setdefault(p, []).append(name)
            elif p not in given:
                given[p] = PARAMETERS[p].validated(value)
    if missing:
        raise MissingParameterError("; ".join(f"give {p} (needed by {', '.join(by)})" for p, by in missing.items()))
    evaluation = _Evaluation(given, bound)
    return {name: evaluation.outcome(name) for name in needed}


class _Evaluation:
    """One call of `evaluate`: validated parameters, what the others are bound to, and the nodes computed so far."""

    def __init__(self, given: Mapping[str, npt.NDArray[Any]], bound: Bindings) -> None:
        self.shapes = {name: value.shape for name, value in given.items()}
        # Functions see arrays, never scalars: NumPy may round the two differently
        self.numbers = {name: np.atleast_1d(v) for name, v in given.items() if not PARAMETERS[name].choices}
        self.categories = {name: np.atleast_1d(v) for name, v in given.items() if PARAMETERS[name].choices}
        self.bound = bound
        self.dependencies: dict[str, set[str]] = {}
        self.computed: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def depends(self, name: str) -> set[str]:
        """What a node or a bound parameter depends on."""
        if name not in self.dependencies:
            self.dependencies[name] = dependencies_of(name, self.bound)
        return self.dependencies[name]

    def outcome(self, name: str) -> Outcome:
        """Value and status of an observable, full on the axes it depends on."""
        parameters = [p for p in PARAMETERS if p in self.depends(name) and p not in self.bound]
        shapes = {p: self.shapes[p] for p in parameters}
        try:
            shape = np.broadcast_shapes(*shapes.values())
        except ValueError:
            listed = ", ".join(f"{p} {s}" for p, s in shapes.items() if s)
            raise InvalidParameterError(f"{name}: the shapes of its parameters do not broadcast: {listed}") from None
        inner = shape or (1,)
        value = np.empty(inner)
        status = np.empty(inner, dtype=np.uint8)
        categorical = [p for p in parameters if p in self.categories]
        for choice in itertools.product(*(np.unique(self.categories[p]).tolist() for p in categorical)):
            chosen = dict(zip(categorical, choice, strict=True))
            one = self.compute(name, chosen)
            where = np.ones(inner, dtype=bool)
            for p, category in chosen.items():
                where &= self.categories[p] == category
            np.copyto(value, one.value, where=where)
            np.copyto(status, one.status, where=where)
        return Outcome(value.reshape(shape), status.reshape(shape))

    def compute(self, name: str, chosen: Mapping[str, str]) -> Outcome:
        """Outcome of a node or a bound parameter for one choice of the categories, on its own axes (not broadcast)."""
        depends = self.depends(name)
        key = (name, tuple(chosen[p] for p in chosen if p in depends))
        if key not in self.computed:
            self.computed[key] = self._bound(name, chosen) if name in self.bound else self._node(_NODES[name], chosen)
        return self.computed[key]

    def _bound(self, name: str, chosen: Mapping[str, str]) -> Outcome:
        """The observable's value; NaN where it has none, or one that the parameter cannot have."""
        value, status = self.compute(self.bound[name], chosen)
        parameter = PARAMETERS[name]
        inside = ((value >= parameter.low) if parameter.low_allowed else (value > parameter.low)) & (
            value < parameter.high
        )
        status = np.where(status != Status.OK, Status.INPUT_FAILED, np.where(inside, Status.OK, Status.OUTSIDE_DOMAIN))
        return Outcome(np.where(status == Status.OK, value, np.nan), status.astype(np.uint8))

    def _argument(self, name: str, chosen: Mapping[str, str]) -> Any:
        if name in chosen:
            return chosen[name]
        return self.numbers[name] if name in self.numbers else self.compute(name, chosen).value

    def _node(self, node: Node, chosen: Mapping[str, str]) -> Outcome:
        arguments = {a: self._argument(a, chosen) for a in node.arguments}
        with np.errstate(all="ignore"):  # what is not finite gets a status below
            result = node.function(**arguments)
        value, status = result if isinstance(result, Outcome) else (result, np.uint8(Status.OK))
        if node.is_observable:
            value = np.asarray(value, dtype=np.float64)
            status = np.where((status == Status.OK) & ~np.isfinite(value), np.uint8(Status.NOT_CONVERGED), status)
        for a in node.arguments:
            if a in _NODES:
                failed = self.compute(a, chosen).status
                passed_on = np.uint8(Status.INPUT_FAILED) if _NODES[a].is_observable else failed
                status = np.where(failed == Status.OK, status, passed_on)
        if node.domain is not None:
            inside = node.domain.contains(**{p: self._argument(p, chosen) for p in node.domain.arguments})
            status = np.where(inside, status, np.uint8(Status.OUTSIDE_DOMAIN))
        for code in (Status.OUTSIDE_DOMAIN, Status.INPUT_FAILED):  # at last: what NaN has done above means nothing
            for p in self.bound:
                if p in self.depends(node.name):
                    status = np.where(self.compute(p, chosen).status == code, np.uint8(code), status)
        if node.is_observable:
            value = np.where(status == Status.OK, value, np.nan)
        return Outcome(value, status)
