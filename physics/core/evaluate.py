"""Evaluation of the graph on arrays that broadcast.

A node is computed once per call, only on the axes that it depends on, and only in the branch that is chosen;
parameters that are names reach it as plain strings, one choice at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from physics.core import solution
from physics.core.binding import Bound, check_bindings
from physics.core.branch import Solution
from physics.core.errors import InvalidParameterError, MissingParameterError, RegistryError
from physics.core.graph import (
    Bindings,
    Node,
    find_observable,
    find_parameter,
    following,
    nodes,
    parameters_of,
    refusal,
)
from physics.core.labelled import Labels, labels
from physics.core.parameter import PARAMETERS
from physics.core.status import FloatArray, Outcome, Status, StatusArray
from physics.core.ways import Way, way_to

__all__ = ["evaluate", "evaluate_with_status", "resolve"]


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
    **values : float, str, array_like, DataArray, Series or Bound
        Parameters by name, each a value or `bound` to an observable; those with a default may be left out, known ones
        that nothing depends on are ignored. The `units` of a DataArray must be the parameter's: nothing is converted.

    Returns
    -------
    float or ndarray, or a dict of them by name
        Each value has the broadcast shape of the parameters that it depends on; NaN where there is none
        (`evaluate_with_status` says why). With a DataArray among the inputs, a DataArray: broadcast by the names of the
        dimensions, with their coordinates. With a pandas Series, a Series with its index.

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
    plain = {name: o.value[()].item() if _is_number(o.value) else o.value for name, o in outcomes.items()}
    return plain[names] if isinstance(names, str) else plain


def evaluate_with_status(names: str | Sequence[str], /, **values: Any) -> dict[str, Outcome]:
    """Like `evaluate`, with the status of every value: a dict of name -> (value, status) arrays.

    >>> import physics
    >>> value, status = evaluate_with_status(["sigma_monophoton"], m_X=2e4, g_X=1e-3)["sigma_monophoton"]
    >>> float(value), physics.Status(int(status)).meaning
    (nan, 'outside_domain')
    """
    for name in values:
        find_parameter(name)
    found = labels(values)
    if found is not None:
        values |= found.numbers
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        find_observable(name)
    bound = {name: value.observable for name, value in values.items() if isinstance(value, Bound)}
    check_bindings(bound)
    plan = _plan(names, bound, values)
    needed = plan.needed
    evaluation = _Evaluation(plan, values, bound)
    with np.errstate(all="ignore"):  # what is not finite gets a status
        outcomes = {name: evaluation.outcome(name) for name in needed}
    return (
        outcomes if found is None else {name: _labelled(found, o, name, needed[name]) for name, o in outcomes.items()}
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 0


def _labelled(found: Labels, outcome: Outcome, name: str, needed: Sequence[str]) -> Outcome:
    node = nodes()[name]
    attributes = {"units": node.unit, "long_name": node.description}
    value = found.restored(outcome.value, name, needed, attributes)
    return Outcome(value, found.restored(outcome.status, f"status_{name}", needed, {}))


def resolve(names: Sequence[str], /, **values: Any) -> list[Any]:
    """Values of nodes, intermediate ones too, and of parameters, for one choice of every parameter that is a name.

    For functions that need what the graph knows and are no nodes themselves, such as a spectrum. Numbers come as arrays
    with at least one axis.

    Parameters
    ----------
    names : sequence of str
        Nodes or parameters.
    **values : float, str or array_like
        Parameters by name, as in `evaluate`.

    Raises
    ------
    UnknownNameError, MissingParameterError
    InvalidParameterError
        A value is not allowed, or a choice not supported.

    Examples
    --------
    >>> import physics
    >>> resolve(["charges", "kinetic_mixing"], gauge_group="B-L")
    [Charges(electron=-1.0, muon=-1.0, tau=-1.0, nucleon=1.0), 'photon']
    """
    for name in values:
        find_parameter(name)
    if labels(values) is not None:
        raise InvalidParameterError(f"{', '.join(values)}: labels would be lost here; give plain numbers (.values)")
    plan = _plan(names, {}, values)
    evaluation = _Evaluation(plan, values, {}, keep=False)  # what is handed out is the caller's
    if several := [p for p, v in evaluation.categories.items() if v.size > 1]:
        raise InvalidParameterError(f"{several[0]}: give one choice, not several")
    chosen = {p: str(v.item()) for p, v in evaluation.categories.items()}
    if refused := [why for name in plan.needed if (why := refusal(name, chosen))]:
        raise InvalidParameterError(refused[0])
    with np.errstate(all="ignore"):
        return [evaluation.resolved(name, chosen) for name in names]


@dataclass
class _Plan:
    """What a call needs that its numbers do not decide."""

    needed: dict[str, tuple[str, ...]]  # names -> the parameters that they depend on
    ways: dict[tuple[str, ...], Way | None] = field(default_factory=dict)  # by name and choices; None: refused


def _plan(names: Sequence[str], bound: Bindings, values: Mapping[str, Any]) -> _Plan:
    """Made once for names, bindings and choices, until anything else is registered."""
    given = {p: _choices(v) for p, v in values.items() if PARAMETERS[p].choices}

    def make() -> _Plan:
        return _Plan({name: parameters_of(name, bound, choices_in_use(values)) for name in names})

    return following(("plan", *names), bound, given, make)


def _given(needed: Mapping[str, Sequence[str]], values: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Parameters that are needed (by which names), validated; those that are not given have their defaults."""
    given: dict[str, npt.NDArray[Any]] = {}
    missing: dict[str, list[str]] = {}
    for name, parameters in needed.items():
        for p in parameters:
            if p in given:
                continue
            value = values.get(p, PARAMETERS[p].default)
            if value is None and (p not in values or PARAMETERS[p].absent is None):
                missing.setdefault(p, []).append(name)
            else:
                given[p] = PARAMETERS[p].validated(value) if p in values else PARAMETERS[p].default_array.copy()
    if missing:
        raise MissingParameterError("; ".join(f"give {p} (needed by {', '.join(by)})" for p, by in missing.items()))
    return given


def choices_in_use(values: Mapping[str, Any]) -> dict[str, set[str]]:
    """The choices of every parameter that is a name: those that are given (not checked here), else the default.

    >>> import physics
    >>> choices_in_use({"metallicity": ["GS98", "AGSS09"]})["metallicity"] == {"GS98", "AGSS09"}
    True
    """
    return {name: _choices(values.get(name, p.default)) for name, p in PARAMETERS.items() if p.choices}


def _choices(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else {str(c) for c in np.ravel(np.asarray(value, dtype=object))}


# A look-up in an enumeration takes as long as a small function
_OK, _OUTSIDE_DOMAIN, _NOT_CONVERGED, _INPUT_FAILED = (
    np.uint8(s) for s in (Status.OK, Status.OUTSIDE_DOMAIN, Status.NOT_CONVERGED, Status.INPUT_FAILED)
)


def _is_ok(status: StatusArray | np.uint8) -> bool:
    """Whether all is; of the status of a whole node faster than a reduction."""
    return bool(status == _OK if status.ndim == 0 else (status == _OK).all())


def _real(value: Any, name: str) -> FloatArray:
    """What a function returned as floats; no imaginary part is dropped, and no text read as a number."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        what = "complex numbers" if array.dtype.kind == "c" else f"values of type {array.dtype}"
        raise RegistryError(
            f"{name} returns {what}; an observable is a real number: return .real, or its absolute value"
        )
    return array.astype(np.float64, copy=False)


def _full(array: Any, shape: tuple[int, ...], dtype: type[Any]) -> npt.NDArray[Any]:
    """A copy that fills the shape; functions see at least one axis, scalars have none."""
    full = np.empty(shape, dtype)
    full[...] = array if shape else np.reshape(array, ())
    return full


class _Evaluation:
    """One call of `evaluate`: validated parameters, what the others are bound to, and the nodes computed so far."""

    def __init__(self, plan: _Plan, values: Mapping[str, Any], bound: Bindings, *, keep: bool = True) -> None:
        given = _given(plan.needed, values)
        self.plan = plan
        self.shapes = {name: value.shape for name, value in given.items() if value.shape}
        # Functions see arrays, never scalars: NumPy may round the two differently
        self.numbers = {name: np.atleast_1d(v) for name, v in given.items() if not PARAMETERS[name].choices}
        self.categories = {name: np.atleast_1d(v) for name, v in given.items() if PARAMETERS[name].choices}
        self.bound = bound
        self.varied = frozenset(p for p in values if not PARAMETERS[p].choices)  # numbers that are not the defaults
        self.keep = keep
        self.computed: dict[Way, Outcome] = {}

    def outcome(self, name: str) -> Outcome:
        """Value and status of an observable, full on the axes it depends on."""
        parameters = self.plan.needed[name]
        shapes = {p: self.shapes[p] for p in parameters if p in self.shapes}
        try:
            shape = np.broadcast_shapes(*shapes.values())
        except ValueError:
            listed = ", ".join(f"{p} {s}" for p, s in shapes.items())
            raise InvalidParameterError(f"{name}: the shapes of its parameters do not broadcast: {listed}") from None
        categorical = [p for p in self.categories if p in parameters]
        if all(self.categories[p].size == 1 for p in categorical):  # one choice of everything: nothing to put together
            one = self._chosen(name, {p: str(self.categories[p].item()) for p in categorical})
            return Outcome(_full(one.value, shape, np.float64), _full(one.status, shape, np.uint8))
        inner = shape or (1,)
        value = np.empty(inner)
        status = np.empty(inner, dtype=np.uint8)
        for choice in itertools.product(*(np.unique(self.categories[p]).tolist() for p in categorical)):
            chosen = dict(zip(categorical, choice, strict=True))
            one = self._chosen(name, chosen)
            where = np.ones(inner, dtype=bool)
            for p, category in chosen.items():
                where &= self.categories[p] == category
            np.copyto(value, one.value, where=where)
            np.copyto(status, one.status, where=where)
        return Outcome(value.reshape(shape), status.reshape(shape))

    def _chosen(self, name: str, chosen: Mapping[str, str]) -> Outcome:
        """Outcome of an observable for one choice of the categories; refused where nobody wrote a branch."""
        key = (name, *chosen.values())
        if key not in self.plan.ways:
            refused = refusal(name, chosen, self.bound)
            self.plan.ways[key] = None if refused else way_to(name, chosen, self.bound)
        way = self.plan.ways[key]
        return Outcome(np.nan, _OUTSIDE_DOMAIN) if way is None else self.compute(way)

    def resolved(self, name: str, chosen: Mapping[str, str]) -> Any:
        """A choice, a number, or the value of a node."""
        if name in chosen:
            return chosen[name]
        return self.numbers[name] if name in self.numbers else self.compute(way_to(name, chosen, self.bound)).value

    def compute(self, way: Way) -> Outcome:
        """Outcome of a node or a bound parameter on its own axes (not broadcast)."""
        if (found := self.computed.get(way)) is None:
            found = self.computed[way] = self._bound(way) if way.node is None else self._once(way, way.node)
        return found

    def _bound(self, way: Way) -> Outcome:
        """The observable's value; NaN where it has none, or one that the parameter cannot have."""
        value, status = self.compute(way.target)
        parameter = PARAMETERS[way.name]
        inside = ((value >= parameter.low) if parameter.low_allowed else (value > parameter.low)) & (
            value < parameter.high
        )
        status = np.where(status != Status.OK, Status.INPUT_FAILED, np.where(inside, Status.OK, Status.OUTSIDE_DOMAIN))
        return Outcome(np.where(status == Status.OK, value, np.nan), status.astype(np.uint8))

    def _once(self, way: Way, node: Node) -> Outcome:
        """Outcome of a node; it is kept for later calls if all numbers that it depends on have their defaults."""
        if not self.keep or not self.varied.isdisjoint(way.depends):
            return self._node(way, node)
        if way.kept is None:
            way.kept = self._node(way, node)
        return way.kept

    def _argument(self, way: Way, name: str) -> Any:
        source = way.sources[name]
        return self.compute(source).value if isinstance(source, Way) else source or self.numbers[name]

    def _node(self, way: Way, node: Node) -> Outcome:
        if node.solution is not None:
            result: Any = self._solution(way, node.solution)
        else:
            result = way.function(**{a: self._argument(way, a) for a in way.arguments})
        value, status = result if isinstance(result, Outcome) else (result, _OK)
        if node.is_observable:
            value = _real(value, node.name)
            if not (finite := np.isfinite(value)).all():
                status = np.where((status == _OK) & ~finite, _NOT_CONVERGED, status)
        for one in way.inputs:
            failed = self.compute(one).status
            if not _is_ok(failed):
                passed_on = _INPUT_FAILED if one.is_observable else failed
                status = np.where(failed == _OK, status, passed_on)
        for domain in way.domains:
            inside = domain.contains(**{p: self._argument(way, p) for p in domain.arguments})
            if not inside.all():
                status = np.where(inside, status, _OUTSIDE_DOMAIN)
        for code in (_OUTSIDE_DOMAIN, _INPUT_FAILED):  # at last: what NaN has done above means nothing
            for parameter in way.bound:
                status = np.where(self.compute(parameter).status == code, code, status)
        if node.is_observable and not _is_ok(status):
            value = np.where(status == _OK, value, np.nan)
        return Outcome(value, status)

    def _solution(self, way: Way, equation: Solution) -> Outcome:
        """Solve an equation at every point: the numbers that it depends on, flat, side by side."""
        of = parameters_of(equation.of, choices={p: (c,) for p, c in way.chosen.items()})
        held = {p: self._argument(way, p) for p in of if p != equation.unknown}
        choices = {p: v for p, v in held.items() if isinstance(v, str)}
        numbers = {p: v for p, v in held.items() if not isinstance(v, str)}
        inputs = np.broadcast_arrays(self._argument(way, equation.equals), *numbers.values())
        flat = np.array([np.ravel(a) for a in inputs])

        def ratio(unknown: FloatArray, target: FloatArray, *point: FloatArray) -> FloatArray:
            """ln(observable/target); NaN where the observable could not be computed."""
            at = {**dict(zip(numbers, point, strict=True)), **choices, equation.unknown: unknown}
            value, status = evaluate_with_status(equation.of, **at)[equation.of]
            none = status == Status.NO_SOLUTION
            return np.where(none, equation.search.no_solution_is, np.log(value / target))

        return solution.solve(ratio, equation.search, flat, inputs[0].shape)
