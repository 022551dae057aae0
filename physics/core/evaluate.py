"""Evaluation of the graph on arrays that broadcast.

A node is computed once per call, only on the axes that it depends on, and only in the branch that is chosen;
parameters that are names reach it as plain strings, one choice at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from physics.core import solution
from physics.core.binding import Bound, check_bindings
from physics.core.branch import Choices, Domain
from physics.core.errors import InvalidParameterError, MissingParameterError, RegistryError
from physics.core.graph import (
    Bindings,
    Node,
    chosen_branch,
    dependencies_of,
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
    plan = _plan(names, bound, choices_in_use(values))
    needed = plan.needed
    evaluation = _Evaluation(_given(needed, values), bound, plan, varied=values)
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
    plan = _plan(names, {}, choices_in_use(values))
    needed = plan.needed
    evaluation = _Evaluation(_given(needed, values), {}, plan, varied=PARAMETERS)  # what is handed out is the caller's
    if several := [p for p, v in evaluation.categories.items() if v.size > 1]:
        raise InvalidParameterError(f"{several[0]}: give one choice, not several")
    chosen = {p: str(v.item()) for p, v in evaluation.categories.items()}
    if refused := [why for name in needed if (why := refusal(name, chosen))]:
        raise InvalidParameterError(refused[0])
    with np.errstate(all="ignore"):
        return [evaluation._argument(name, chosen) for name in names]


@dataclass
class _Plan:
    """What a call needs that its numbers do not decide."""

    needed: dict[str, tuple[str, ...]]  # names -> the parameters that they depend on
    dependencies: dict[tuple[str, tuple[str, ...]], set[str]] = field(default_factory=dict)  # see _Evaluation.depends


def _plan(names: Sequence[str], bound: Bindings, choices: Choices) -> _Plan:
    """Made once for names, bindings and choices, until anything else is registered."""

    def make() -> _Plan:
        return _Plan({name: parameters_of(name, bound, choices) for name in names})

    return following(("plan", *names), bound, choices, make)


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
    return {
        name: {v} if isinstance(v, str) else {str(c) for c in np.ravel(np.asarray(v, dtype=object))}
        for name, p in PARAMETERS.items()
        if p.choices
        for v in [values.get(name, p.default)]
    }


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

    def __init__(
        self, given: Mapping[str, npt.NDArray[Any]], bound: Bindings, plan: _Plan, *, varied: Collection[str]
    ) -> None:
        self.shapes = {name: value.shape for name, value in given.items()}
        # Functions see arrays, never scalars: NumPy may round the two differently
        self.numbers = {name: np.atleast_1d(v) for name, v in given.items() if not PARAMETERS[name].choices}
        self.categories = {name: np.atleast_1d(v) for name, v in given.items() if PARAMETERS[name].choices}
        self.varied = frozenset(varied).difference(self.categories)  # numbers that may not have their defaults
        self.bound = bound
        self.needed = plan.needed
        self.dependencies = plan.dependencies
        self.keys: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
        self.computed: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def depends(self, name: str, chosen: Mapping[str, str]) -> set[str]:
        """What a node or a bound parameter depends on, for one choice of everything."""
        key = (name, tuple(chosen.values()))
        if key not in self.dependencies:
            self.dependencies[key] = dependencies_of(name, self.bound, {p: (c,) for p, c in chosen.items()})
        return self.dependencies[key]

    def outcome(self, name: str) -> Outcome:
        """Value and status of an observable, full on the axes it depends on."""
        parameters = self.needed[name]
        shapes = {p: self.shapes[p] for p in parameters}
        try:
            shape = np.broadcast_shapes(*shapes.values())
        except ValueError:
            listed = ", ".join(f"{p} {s}" for p, s in shapes.items() if s)
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
        refused = refusal(name, chosen, self.bound)
        return Outcome(np.nan, _OUTSIDE_DOMAIN) if refused else self.compute(name, chosen)

    def compute(self, name: str, chosen: Mapping[str, str]) -> Outcome:
        """Outcome of a node or a bound parameter for one choice of the categories, on its own axes (not broadcast)."""
        everything = (name, *chosen.values())
        if (key := self.keys.get(everything)) is None:
            depends = self.depends(name, chosen)
            key = self.keys[everything] = (name, tuple(chosen[p] for p in chosen if p in depends))
        if key not in self.computed:
            self.computed[key] = self._bound(name, chosen) if name in self.bound else self._once(name, chosen)
        return self.computed[key]

    def _once(self, name: str, chosen: Mapping[str, str]) -> Outcome:
        """Outcome of a node; it is kept for later calls if all numbers that it depends on have their defaults."""
        depends = self.depends(name, chosen)
        if not self.varied.isdisjoint(depends):
            return self._node(nodes()[name], chosen)
        choices = {p: (c,) for p, c in chosen.items() if p in depends}
        return following(("outcome", name), {}, choices, lambda: self._node(nodes()[name], chosen))

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
        branch = chosen_branch(node, chosen)
        assert branch is not None, node.name  # refused before
        if node.solution is not None:
            result: Any = self._solution(node, chosen)
        else:
            arguments = {a: self._argument(a, chosen) for a in branch.arguments}
            result = branch.function(**arguments)
        value, status = result if isinstance(result, Outcome) else (result, _OK)
        if node.is_observable:
            value = _real(value, node.name)
            if not (finite := np.isfinite(value)).all():
                status = np.where((status == _OK) & ~finite, _NOT_CONVERGED, status)
        for a in (*branch.arguments, *([node.solution.equals] if node.solution else [])):
            if a in nodes():
                failed = self.compute(a, chosen).status
                if not _is_ok(failed):
                    passed_on = _INPUT_FAILED if nodes()[a].is_observable else failed
                    status = np.where(failed == _OK, status, passed_on)
        for domain in (node.domain, branch.domain):
            if domain is not None:
                inside = self._inside(domain, chosen)
                if not inside.all():
                    status = np.where(inside, status, _OUTSIDE_DOMAIN)
        for code in (_OUTSIDE_DOMAIN, _INPUT_FAILED):  # at last: what NaN has done above means nothing
            for p in self.bound:
                if p in self.depends(node.name, chosen):
                    status = np.where(self.compute(p, chosen).status == code, code, status)
        if node.is_observable and not _is_ok(status):
            value = np.where(status == _OK, value, np.nan)
        return Outcome(value, status)

    def _inside(self, domain: Domain, chosen: Mapping[str, str]) -> npt.NDArray[np.bool_]:
        return domain.contains(**{p: self._argument(p, chosen) for p in domain.arguments})

    def _solution(self, node: Node, chosen: Mapping[str, str]) -> Outcome:
        """Solve an equation at every point: the numbers that it depends on, flat, side by side."""
        equation = node.solution
        if equation is None:
            raise RegistryError(f"{node.name} is no solution of an equation")
        of = parameters_of(equation.of, choices={p: (c,) for p, c in chosen.items()})
        held = {p: self._argument(p, chosen) for p in of if p != equation.unknown}
        choices = {p: v for p, v in held.items() if isinstance(v, str)}
        numbers = {p: v for p, v in held.items() if not isinstance(v, str)}
        inputs = np.broadcast_arrays(self._argument(equation.equals, chosen), *numbers.values())
        flat = np.array([np.ravel(a) for a in inputs])

        def ratio(unknown: FloatArray, target: FloatArray, *point: FloatArray) -> FloatArray:
            """ln(observable/target); NaN where the observable could not be computed."""
            at = {**dict(zip(numbers, point, strict=True)), **choices, equation.unknown: unknown}
            value, status = evaluate_with_status(equation.of, **at)[equation.of]
            none = status == Status.NO_SOLUTION
            return np.where(none, equation.search.no_solution_is, np.log(value / target))

        return solution.solve(ratio, equation.search, flat, inputs[0].shape)
