"""What a set of constraints says of one point, by how much, and which coupling it would need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from physics.core.binding import Bound
from physics.core.errors import InvalidParameterError
from physics.core.evaluate import choices_in_use, evaluate_with_status
from physics.core.graph import observables, parameters_of, refusal
from physics.core.parameter import PARAMETERS
from physics.core.readings import readings
from physics.core.status import Status
from physics.core.tables import as_html
from physics.inference.constraint_sets import ConstraintSet, constraint_set, one_of_each
from physics.inference.constraints import constraints, of_users
from physics.inference.likelihoods import Constraint

__all__ = ["Verdict", "Why", "judged", "why"]

POINTS = 97  # of four decades of g_X, in a first look for couplings that are allowed
DECADES = 4
SMALLEST, LARGEST = 1e-20, 10.0  # couplings looked at
ROUNDS = 9  # each narrows an interval to a twelfth: to 1e-11 of a coupling


@dataclass(frozen=True)
class Verdict:
    """What one constraint says of a point."""

    constraint: Constraint
    counts: bool  # or is it beside the set
    value: float  # NaN where there is none
    silence: str  # why there is no value; empty where there is one
    status: Status | None = None  # of the value; None: it was not evaluated, for parameters are missing
    unsearched: bool = False  # there is no value because nothing was searched here: it counts as allowed
    below: float = math.nan  # the nearest couplings g_X that an excluding limit allows, NaN where none is
    above: float = math.nan

    @property
    def name(self) -> str:
        """That of the constraint."""
        return self.constraint.name

    @property
    def subject(self) -> str:
        """What its observable is about."""
        return observables()[self.constraint.observable].subject

    @property
    def verdict(self) -> str:
        """One of allowed, excluded, preferred, not preferred, reachable, no statement."""
        if self.silence:
            return "no statement"
        inside = bool(self.constraint.allows(self.value))
        if self.constraint.kind == "hint":
            return "preferred" if inside else "not preferred"
        return "allowed" if inside else ("excluded" if self.constraint.kind == "limit" else "reachable")

    @property
    def excludes(self) -> bool:
        """Whether it is a limit that counts, and the point is outside."""
        return self.counts and self.verdict == "excluded"

    @property
    def minus_two_ln_l(self) -> float:
        """NaN where there is no value."""
        return float(self.constraint.minus_two_ln_l(self.value))

    @property
    def pull(self) -> float:
        """In standard deviations."""
        return float(self.constraint.pull(self.value))

    @property
    def excess(self) -> float:
        """By which factor the value passes the nearer end of the interval."""
        return float(self.constraint.excess(self.value))

    @property
    def needs(self) -> str:
        """The couplings nearest to the point's that the limit allows, where it excludes.

        >>> taus = Constraint("taus", "gamma_X_taus", "limit", "taus", "a paper", upper=1.0)
        >>> Verdict(taus, counts=True, value=2.0, silence="", below=3e-4).needs
        'g_X <= 0.0003'
        """
        if self.verdict != "excluded":
            return ""
        ends = [f"g_X {sign} {g:.4g}" for sign, g in (("<=", self.below), (">=", self.above)) if not math.isnan(g)]
        return " or ".join(ends) or "no g_X does"

    def as_dict(self) -> dict[str, Any]:
        """What it says, with the keys of `lmutau point --json` (docs/commands.md)."""
        c = self.constraint
        return {
            "subject": self.subject, "kind": c.kind, "observable": c.observable, "value": self.value,
            "unit": observables()[c.observable].unit, "lower": c.lower, "upper": c.upper, "counts": self.counts,
            "verdict": self.verdict, "reason": self.silence, "minus_two_ln_l": self.minus_two_ln_l, "pull": self.pull,
            "times_limit": self.excess, "approximate": c.approximate, "g_X_at_most": self.below,
            "g_X_at_least": self.above, "reference": c.reference,
        }  # fmt: skip


@dataclass(frozen=True)
class Why:
    """What a set of constraints says of a point; printed, a table."""

    chosen: ConstraintSet
    point: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]

    def __getitem__(self, name: str) -> Verdict:
        """The verdict of a constraint, by its name."""
        return {v.name: v for v in self.verdicts}[name]

    @property
    def verdict(self) -> str:
        """Of the limits that count: excluded, allowed, or no statement where none of them has a value."""
        if self.excluded_by:
            return "excluded"
        said = any(v.counts and v.verdict == "allowed" for v in self.verdicts)
        return "allowed" if said else "no statement"

    @property
    def by_subject(self) -> list[Verdict]:
        """The verdicts, those about the same subject together."""
        order = list(dict.fromkeys(v.subject for v in self.verdicts))
        return sorted(self.verdicts, key=lambda v: order.index(v.subject))

    @property
    def excluded_by(self) -> tuple[str, ...]:
        """Limits that exclude the point, of those that count."""
        return tuple(v.name for v in self.verdicts if v.excludes)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Constraints that count and have no value here, though they should."""
        return tuple(v.name for v in self.verdicts if v.counts and v.silence and not v.unsearched)

    @property
    def hardest(self) -> str:
        """The limit that excludes by the largest -2 ln L; where none has a likelihood, by the largest factor.

        Empty where none excludes.
        """
        finite = [v for v in self.verdicts if v.excludes and math.isfinite(v.minus_two_ln_l)]
        if finite:
            return max(finite, key=lambda v: v.minus_two_ln_l).name
        return max((v for v in self.verdicts if v.excludes), key=lambda v: v.excess, default=_NOBODY).name

    @property
    def minus_two_ln_l(self) -> float:
        """Sum over all constraints that count and have a value; infinite where a step excludes.

        Hints of which only an interval is known do not add to it.
        """
        return math.fsum(v.minus_two_ln_l for v in self._summed)

    @property
    def _summed(self) -> list[Verdict]:
        return [v for v in self.verdicts if v.counts and not v.silence and v.constraint in self.chosen.summed]

    @property
    def summary(self) -> list[str]:
        """The result in lines."""
        lines = [f"{self.chosen.name}: -2 ln L = {self.minus_two_ln_l:.4g} of {len(self._summed)} constraints"]
        hardest = f"; most by {self.hardest}" if len(self.excluded_by) > 1 else ""
        lines.append(f"excluded by {', '.join(self.excluded_by)}{hardest}" if self.excluded_by else "not excluded")
        if self.unknown:
            lines.append(f"without a value: {', '.join(self.unknown)}")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """All of it, with the keys of `lmutau point --json` (docs/commands.md)."""
        return {
            "set": self.chosen.name,
            "verdict": self.verdict,
            "excluded_by": list(self.excluded_by),
            "most_by": self.hardest or None,
            "without_value": list(self.unknown),
            "minus_two_ln_l": self.minus_two_ln_l,
            "constraints": {v.name: v.as_dict() for v in self.by_subject},
        }

    def table(self) -> Iterator[tuple[str, ...]]:
        """Rows of text in the order of `by_subject`, the columns' names first."""
        yield "constraint", "value", "allowed", "verdict", "-2 ln L", "pull", "times limit", "needs"
        for v in self.by_subject:
            name = v.name if v.counts else f"({v.name})"
            interval = f"{v.constraint.interval}{' ~' * bool(v.constraint.approximate)}"
            if v.silence:
                yield name, "", interval, f"{v.verdict}: {v.silence}", "", "", "", ""
            else:
                summed = v.constraint.is_summed  # an interval alone has no likelihood that one could read
                numbers = (f"{x:.3g}" if summed else "" for x in (v.minus_two_ln_l, v.pull))
                yield name, f"{v.value:.4g}", interval, v.verdict, *numbers, f"{v.excess:.3g}", v.needs

    def __str__(self) -> str:
        """As a table."""
        rows = list(self.table())
        complete = [row for row in rows if row[1]]  # the others end in a sentence
        widths = [max(map(len, column)) for column in zip(*complete, strict=True)]
        widths[0] = max(len(row[0]) for row in rows)
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        subjects = [v.subject for v in self.by_subject]
        for i in reversed(range(len(subjects))):
            if i == 0 or subjects[i] != subjects[i - 1]:
                lines.insert(i + 1, f"{subjects[i]}:")
        return "\n".join([*lines, *self.summary, "(in brackets): does not count; ~: the likelihood is approximate"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """As a table in a notebook."""
        columns, *rows = self.table()
        return as_html(columns, rows, self.summary)


_NOBODY = Verdict(Constraint("", "", "limit", "", "", upper=0.0), False, math.nan, "")


def why(which: str | Iterable[str] = "current", /, **point: Any) -> Why:
    """Say what a set of constraints makes of a point: which exclude it, by how much, which g_X they would allow.

    The point follows the readings of the set where it does not say otherwise. For each limit that excludes it, the
    nearest smaller and larger couplings that this limit alone allows are found on its observable, the other parameters
    fixed (one that is bound to an observable follows it). Allowed intervals narrower than a tenth of g_X may be missed.

    Parameters
    ----------
    which : str or iterable of str
        A set of constraints, or names of constraints: see `constraint_set`.
    **point : float, str or Bound
        Parameters by name, as `evaluate` takes them; one value each.

    Returns
    -------
    Why

    Raises
    ------
    UnknownNameError, InvalidParameterError

    Examples
    --------
    >>> import physics
    >>> star = physics.why(["borexino_joint", "charm2", "babar_4mu"], m_X=10, g_X=5e-4, mass_ratio=None, q_psi=1)
    >>> star.excluded_by, star["borexino_joint"].needs, star["babar_4mu"].silence
    (('borexino_joint',), 'g_X <= 0.0004334', 'nothing was searched here')
    """
    chosen = constraint_set(which)
    if several := [name for name, value in point.items() if not isinstance(value, Bound) and np.ndim(value)]:
        raise InvalidParameterError(f"{several[0]}: a point has one value of each parameter; call why for each point")
    given = {**readings(chosen.readings), **point}
    evaluate_with_status([], **given)  # raises for names that are unknown, and bindings that cannot be
    rows = [*((c, True) for c in chosen.rows), *((constraints()[name], False) for name in chosen.beside)]
    return Why(chosen, point, tuple(_with_couplings(_verdict(row, counts, given), given) for row, counts in rows))


def judged(which: str, given: Mapping[str, Any], outcomes: Mapping[str, tuple[Any, Any]], *, whole: bool = True) -> Why:
    """What constraints say of values that are known already; couplings are not looked for.

    The constraints of a set count, and those that users have added; all others of these observables are beside them.

    Parameters
    ----------
    which : str
        A set of constraints. Its readings are not followed.
    given : mapping
        Parameters of the point, by which the values were computed.
    outcomes : mapping of str to (value, status)
        By observable, as `evaluate_with_status` returns them.
    whole : bool
        Name also the constraints of the set whose observables are not there, with what would have to be given.

    Examples
    --------
    >>> import physics
    >>> point = {"m_X": 10.0, "g_X": 5e-4}
    >>> said = judged("current", point, physics.evaluate_with_status(["borexino_joint_chi2", "delta_a_mu"], **point))
    >>> said.verdict, said["g2_WP2025"].verdict, said["g2_FNAL2021"].counts, said["cmb"].silence
    ('excluded', 'not preferred', False, 'give mass_ratio, q_psi')
    """
    named = constraint_set(which)
    own = [name for name, c in of_users().items() if c.kind != "projection"]
    counting = one_of_each([*named.constraints, *own], prefer=named.constraints)
    if not whole:
        counting = [name for name in counting if constraints()[name].observable in outcomes]
    beside = [name for name, c in constraints().items() if c.observable in outcomes and name not in counting]
    chosen = replace(named, constraints=tuple(counting), beside=tuple(beside))
    rows = [*((c, True) for c in chosen.rows), *((constraints()[name], False) for name in beside)]
    verdicts = (_verdict(row, counts, given, outcomes.get(row.observable)) for row, counts in rows)
    return Why(chosen, given, tuple(verdicts))


def _verdict(row: Constraint, counts: bool, given: Mapping[str, Any], outcome: Any = None) -> Verdict:
    """What a constraint says; its observable is evaluated, unless its value and status are known."""
    bound = {name: value.observable for name, value in given.items() if isinstance(value, Bound)}
    needed = parameters_of(row.observable, bound, choices_in_use(given))
    if missing := [p for p in needed if p not in given and PARAMETERS[p].default is None]:
        return Verdict(row, counts, math.nan, f"give {', '.join(missing)}")
    value, status = outcome or evaluate_with_status([row.observable], **given)[row.observable]
    code = Status(int(status))
    if code != Status.OK:
        chosen = {name: next(iter(choices)) for name, choices in choices_in_use(given).items()}
        refused = refusal(row.observable, chosen, bound)
        if row.silent_outside and code == Status.OUTSIDE_DOMAIN and not refused:
            return Verdict(row, counts, math.nan, "nothing was searched here", code, unsearched=True)
        return Verdict(row, counts, math.nan, refused or code.meaning.replace("_", " "), code)
    return Verdict(row, counts, float(value), "", code)


def _with_couplings(found: Verdict, given: Mapping[str, Any]) -> Verdict:
    """A verdict with the nearest couplings that would be allowed, where it excludes and depends on the coupling."""
    row = found.constraint
    bound = {name: value.observable for name, value in given.items() if isinstance(value, Bound)}
    if found.verdict != "excluded" or "g_X" in bound:
        return found
    if "g_X" not in parameters_of(row.observable, bound, choices_in_use(given)):
        return found
    allowed, g_X = _allowed_at(row, given), float(given["g_X"])
    below, above = (_nearest_allowed(allowed, g_X, towards) for towards in (SMALLEST, LARGEST))
    return replace(found, below=below, above=above)


def _allowed_at(row: Constraint, given: Mapping[str, Any]) -> Callable[[Sequence[float]], Any]:
    """Which couplings the constraint allows; one without a value is not."""

    def allowed(g_X: Sequence[float]) -> Any:
        value, status = evaluate_with_status([row.observable], **{**given, "g_X": g_X})[row.observable]
        return (status == Status.OK) & row.allows(value)

    return allowed


def _nearest_allowed(allowed: Callable[[Any], Any], g_X: float, towards: float) -> float:
    """The allowed coupling next to g_X, which is not, on the way to another one; NaN if there is none.

    Steps of a tenth find an interval that ends in an allowed coupling and begins in one that is not; it is narrowed,
    whatever the observable looks like.
    """
    begin, sign = g_X, 1 if towards > g_X else -1
    while sign * begin < sign * towards:
        end = begin * 10.0 ** (sign * DECADES)
        steps = np.geomspace(begin, min(end, towards) if sign > 0 else max(end, towards), POINTS)
        inside = np.flatnonzero(allowed(steps))
        if inside.size:
            outer, inner = steps[inside[0] - 1], steps[inside[0]]
            for _ in range(ROUNDS):
                steps = np.geomspace(outer, inner, 13)
                first = int(np.argmax(allowed(steps)))  # its last is
                outer, inner = steps[max(first - 1, 0)], steps[first]
            return float(inner)
        begin = float(steps[-1])
    return math.nan
