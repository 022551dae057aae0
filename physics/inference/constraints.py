"""Measurements turned into "allowed?": one row for each, from physics/data/inference/constraints.toml.

A limit excludes what lies outside its interval; a hint prefers what lies inside. Plots and summaries of scans read this
table, and so can a notebook:

>>> n_eff = constraints()["n_eff_bbn"]
>>> n_eff.observable, n_eff.upper, n_eff.kind
('n_eff', 3.4, 'limit')
>>> n_eff.allows([3.1, 3.5]).tolist()
[True, False]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.errors import RegistryError
from physics.core.files import table
from physics.core.graph import remembered
from physics.laboratory.g_minus_2 import a_mu_datasets

__all__ = ["Constraint", "constraint", "constraints"]


@dataclass(frozen=True)
class Constraint:
    """An interval of an observable that a measurement allows or prefers."""

    name: str
    observable: str
    kind: Literal["limit", "hint"]
    label: str
    reference: str
    confidence: str = ""  # empty where the source states none
    lower: float = -math.inf
    upper: float = math.inf
    target: float | None = None  # the value to draw a line at, where the interval is only a tolerance around it

    def allows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether values of the observable lie inside; a value that is not there (NaN) is not allowed."""
        values = np.asarray(values)
        return (values >= self.lower) & (values <= self.upper)


_ADDED: dict[str, Constraint] = remembered({})


def constraint(new: Constraint) -> Constraint:
    """Add a constraint, from a plugin or a notebook; it is returned unchanged.

    Raises
    ------
    RegistryError
        Another constraint has its name already.

    Examples
    --------
    >>> taus = Constraint("tau_width", "gamma_X_taus", "limit", "tau width", "Drees & Zhao 2021, eq. (2.4)", upper=1.0)
    >>> constraint(taus).name, _ADDED.pop("tau_width").upper
    ('tau_width', 1.0)
    """
    if constraints().get(new.name, new) != new:
        raise RegistryError(f"the constraint {new.name!r} is there already; choose another name")
    _ADDED[new.name] = new
    return new


def constraints() -> dict[str, Constraint]:
    """All constraints by name: those of the table, a one-sigma band for each (g-2)_mu data set, those that were added.

    >>> sorted(constraints())[:4]
    ['babar_4mu', 'babar_invisible', 'belle2_2019', 'borexino_8percent']
    """
    return _of_package() | _ADDED


@cache
def _of_package() -> dict[str, Constraint]:
    rows = table("inference/constraints.toml")
    found = {name: Constraint(name=name, **row) for name, row in rows.items()}
    for name, data in a_mu_datasets().items():
        found[f"g2_{name}"] = Constraint(
            name=f"g2_{name}",
            observable="delta_a_mu",
            kind="hint",
            label=rf"$(g-2)_\mu$ {name}",
            confidence="1 sigma",
            reference=data.reference,
            lower=data.difference - data.sigma,
            upper=data.difference + data.sigma,
        )
    return found
