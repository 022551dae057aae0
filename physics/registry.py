"""The graph of observables: what each needs, and how it is evaluated on broadcast axes.

Argument names are the dependencies: each is a parameter or another node. A node is computed once per call and only on
the axes that it depends on; categorical parameters reach it as plain strings, one category at a time.
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
from physics.parameters import PARAMETERS

__all__ = [
    "Domain",
    "FloatArray",
    "Node",
    "Outcome",
    "Status",
    "evaluate",
    "evaluate_with_status",
    "intermediate",
    "observable",
    "observables",
    "parameters_of",
]

FloatArray = npt.NDArray[np.float64]
StatusArray = npt.NDArray[np.uint8]
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


def parameters_of(name: str) -> tuple[str, ...]:
    """Parameters that a node depends on, directly or through other nodes, in the order of parameters.py.

    Raises
    ------
    UnknownNameError
        No observable of that name.
    RegistryError
        A node names an unknown argument, or depends on itself.
    """
    found: set[str] = set()
    _visit(name, (), found)
    return tuple(p for p in PARAMETERS if p in found)


def _visit(name: str, path: tuple[str, ...], found: set[str]) -> None:
    if name in path:
        raise RegistryError(f"a cycle of observables: {' -> '.join([*path[path.index(name) :], name])}")
    node = _node(name)
    domain = inspect.signature(node.domain.contains).parameters if node.domain else ()
    for argument in itertools.chain(node.arguments, domain):
        if argument in PARAMETERS:
            found.add(argument)
        elif argument in _NODES:
            _visit(argument, (*path, name), found)
        else:
            raise RegistryError(f"{name}: argument {argument!r} is neither a parameter nor an observable")


def _node(name: str) -> Node:
    if name not in _NODES:
        raise UnknownNameError(f"no observable {name!r}{suggestion(name, observables())}")
    return _NODES[name]


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
    **values : float, str or array_like
        Parameters by name; those with a default may be left out, known ones that nothing depends on are ignored.

    Returns
    -------
    float or ndarray, or a dict of them by name
        Each value has the broadcast shape of the parameters that it depends on; NaN where there is none
        (`evaluate_with_status` says why).

    Raises
    ------
    UnknownNameError, MissingParameterError, InvalidParameterError

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
    if unknown := [name for name in values if name not in PARAMETERS]:
        raise UnknownNameError(f"no parameter {unknown[0]!r}{suggestion(unknown[0], PARAMETERS)}")
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in _NODES or not _NODES[name].is_observable:
            raise UnknownNameError(f"no observable {name!r}{suggestion(str(name), observables())}")
    needed = {name: parameters_of(name) for name in names}
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
    evaluation = _Evaluation(given)
    return {name: evaluation.outcome(name, parameters) for name, parameters in needed.items()}


class _Evaluation:
    """One call of `evaluate`: validated parameters, and the nodes computed so far."""

    def __init__(self, given: Mapping[str, npt.NDArray[Any]]) -> None:
        self.shapes = {name: value.shape for name, value in given.items()}
        # Functions see arrays, never scalars: NumPy may round the two differently
        self.numbers = {name: np.atleast_1d(v) for name, v in given.items() if not PARAMETERS[name].choices}
        self.categories = {name: np.atleast_1d(v) for name, v in given.items() if PARAMETERS[name].choices}
        self.computed: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def outcome(self, name: str, parameters: tuple[str, ...]) -> Outcome:
        """Value and status of an observable, full on the axes it depends on."""
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
        """A node's outcome for one choice of the categorical parameters, on the axes it depends on (not broadcast)."""
        node = _NODES[name]
        relevant = tuple(chosen[p] for p in parameters_of(name) if p in chosen)
        key = (name, relevant)
        if key not in self.computed:
            self.computed[key] = self._compute(node, chosen)
        return self.computed[key]

    def _compute(self, node: Node, chosen: Mapping[str, str]) -> Outcome:
        arguments: dict[str, Any] = {}
        inputs: list[StatusArray | np.uint8] = []
        for a in node.arguments:
            if a in PARAMETERS:
                arguments[a] = chosen[a] if a in chosen else self.numbers[a]
            else:
                outcome = self.compute(a, chosen)
                arguments[a] = outcome.value
                failed = Status.INPUT_FAILED if _NODES[a].is_observable else outcome.status
                inputs.append(np.where(outcome.status == Status.OK, Status.OK, failed).astype(np.uint8))
        with np.errstate(all="ignore"):  # what is not finite gets a status below
            result = node.function(**arguments)
        value, status = result if isinstance(result, Outcome) else (result, np.uint8(Status.OK))
        if node.is_observable:
            value = np.asarray(value, dtype=np.float64)
            status = np.where((status == Status.OK) & ~np.isfinite(value), np.uint8(Status.NOT_CONVERGED), status)
        for failed_input in inputs:
            status = np.where(failed_input == Status.OK, status, failed_input)
        if node.domain is not None:
            tested = inspect.signature(node.domain.contains).parameters
            inside = node.domain.contains(**{p: chosen[p] if p in chosen else self.numbers[p] for p in tested})
            status = np.where(inside, status, np.uint8(Status.OUTSIDE_DOMAIN))
        if node.is_observable:
            value = np.where(status == Status.OK, value, np.nan)
        return Outcome(value, status)
