"""Sets of constraints that go together, from physics/data/inference/sets.toml: one for each paper, and "current".

>>> current = constraint_set("current")
>>> current.readings, [c.name for c in current.rows][:3]
('2026', ['n_eff_2026', 'g2_WP2025', 'cmb'])
>>> constraint_set(["cmb", "relic_overabundance"]).limits  # one of your own
('cmb', 'relic_overabundance')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from physics.core.errors import RegistryError, UnknownNameError, suggestion
from physics.core.files import table
from physics.core.readings import DEFAULTS
from physics.inference.constraints import constraints
from physics.inference.likelihoods import Constraint
from physics.laboratory.accelerators import absent_limits

__all__ = ["ConstraintSet", "constraint_set", "one_of_each", "sets"]


@dataclass(frozen=True)
class ConstraintSet:
    """Constraints that hold together, and the readings by which their observables are meant."""

    name: str
    constraints: tuple[str, ...]  # those that count
    title: str = ""
    readings: str = DEFAULTS
    beside: tuple[str, ...] = ()  # shown, and not counted
    absent: Mapping[str, str] = field(default_factory=dict)  # what belongs here and cannot be had -> why

    def __post_init__(self) -> None:
        """Refuse names that are unknown, two alternatives, projections."""
        known = constraints()
        if unknown := [name for name in (*self.constraints, *self.beside) if name not in known]:
            raise UnknownNameError(f"{self.name}: no constraint {unknown[0]!r}{suggestion(unknown[0], known)}")
        if twice := [name for name in self.constraints if self.constraints.count(name) > 1]:
            raise RegistryError(f"{self.name}: {twice[0]} is named twice")
        groups: dict[str, str] = {}
        for c in self.rows:
            if c.kind == "projection":
                raise RegistryError(f"{self.name}: {c.name} is a projection, which cannot count; put it beside")
            if c.alternative and groups.setdefault(c.alternative, c.name) != c.name:
                raise RegistryError(
                    f"{self.name}: {groups[c.alternative]} and {c.name} are alternatives ({c.alternative}), which "
                    "do not hold at a time; choose one"
                )

    @property
    def rows(self) -> tuple[Constraint, ...]:
        """The constraints that count, in their order."""
        return tuple(constraints()[name] for name in self.constraints)

    @property
    def summed(self) -> tuple[Constraint, ...]:
        """Those whose -2 ln L are added: all but hints of which only an interval is known."""
        return tuple(c for c in self.rows if c.is_summed)

    @property
    def limits(self) -> tuple[str, ...]:
        """Names of those that exclude; the others are hints."""
        return tuple(c.name for c in self.rows if c.kind == "limit")


def sets() -> dict[str, ConstraintSet]:
    """All named sets.

    >>> list(sets())
    ['current', 'paper:drees-zhao-2021', 'paper:amaral-2020', 'paper:kamada-2018', 'paper:foldenauer-2024']
    """
    return dict(_of_package())


def constraint_set(which: str | Iterable[str]) -> ConstraintSet:
    """A named set, or one made of names of constraints.

    Parameters
    ----------
    which : str or iterable of str
        "current", "paper:amaral-2020", ..., or names such as ["cmb", "n_eff_2026"].

    Raises
    ------
    UnknownNameError
        There is no such set, or no such constraint; the message lists the sets that there are.
    RegistryError
        Two of the names are alternatives, or one is a projection.

    Examples
    --------
    >>> constraint_set(["g2_WP2025", "g2_FNAL2021"])
    Traceback (most recent call last):
    physics.core.errors.RegistryError: your set: g2_WP2025 and g2_FNAL2021 are alternatives (g-2), which do not hold ...
    """
    if not isinstance(which, str):
        return ConstraintSet("your set", tuple(which))
    if which not in _of_package():
        raise UnknownNameError(f"no set of constraints {which!r}; known: {', '.join(_of_package())}")
    return _of_package()[which]


def one_of_each(names: Iterable[str], prefer: Iterable[str] = ()) -> list[str]:
    """Of each group of alternatives one name: that which is preferred, else the first; all that have no alternative.

    >>> one_of_each(["cmb", "n_eff_2026", "n_eff_bbn"], prefer=["n_eff_bbn"])
    ['cmb', 'n_eff_bbn']
    """
    names, preferred, known = list(names), set(prefer), constraints()
    chosen: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name not in preferred):  # stable: otherwise in their order
        chosen.setdefault(known[name].alternative or name, name)
    return [name for name in names if name in chosen.values()]


@cache
def _of_package() -> dict[str, ConstraintSet]:
    return {name: ConstraintSet(name, **_read(row)) for name, row in table("inference/sets.toml").items()}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    limits = {name: absent_limits()[name] for name in row.pop("absent", ())}
    absent = {name: f"{limit.label}, {limit.source}: {limit.states}. {limit.why}" for name, limit in limits.items()}
    absent |= row.pop("absent_here", {})
    return {"absent": absent, **{key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}}
