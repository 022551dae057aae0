"""Measurements turned into "allowed?" and -2 ln L: one row for each, from physics/data/inference/constraints.toml.

A limit excludes what lies outside its interval; a hint prefers what lies inside; a projection is what an experiment
that is not there could exclude, and excludes nothing. Plots, summaries and answers read this table, and so can a
notebook:

>>> n_eff = constraints()["n_eff_2026"]
>>> n_eff.observable, n_eff.upper, n_eff.kind
('n_eff', 3.151, 'limit')
>>> n_eff.allows([3.1, 3.2]).tolist(), n_eff.minus_two_ln_l([2.99, 3.2]).round(6).tolist()
([True, False], [0.0, 9.0])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from physics.core.errors import RegistryError
from physics.core.files import table
from physics.core.registration import remembered
from physics.inference.likelihoods import Constraint
from physics.laboratory.accelerators import limits
from physics.laboratory.g_minus_2 import a_mu_datasets
from physics.laboratory.trident import experiments

__all__ = ["Constraint", "constraint", "constraints", "of_users"]

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
    """All constraints by name: those of the table, users' limits of accelerators, and those that were added.

    >>> sorted(constraints())[:4]
    ['babar_4mu', 'babar_invisible', 'belle2_2019', 'borexino_8percent']
    """
    return _of_package() | of_users()


def of_users() -> dict[str, Constraint]:
    """Those that are not of the package: limits of accelerators, and what plugins and notebooks add."""
    package = _of_package()
    return {name: Constraint(name, **_of_limit(name)) for name in limits() if name not in package} | _ADDED


def _of_a_mu(dataset: str) -> dict[str, Any]:
    data = a_mu_datasets()[dataset]
    return {"value": data.difference, "error": data.sigma, "reference": data.reference}


def _of_tridents(experiment: str) -> dict[str, Any]:
    data = experiments()[experiment]
    return {"value": data.ratio, "error": data.error}


def _of_limit(name: str) -> dict[str, Any]:
    """The ratio to the excluded signal is the signal: its power in it is one."""
    limit = limits()[name]
    return {
        "observable": f"{name}_r",
        "coupling": f"{name}_g_X",
        "kind": "limit",
        "label": limit.label,
        "reference": limit.reference or limit.source,
        "likelihood": "half_gaussian",
        "upper": 1.0,
        "confidence": limit.confidence,
        "sided": limit.sided,
        "silent_outside": True,
    }


# What another file says already: in a row, measured = { g_minus_2 = "WP2025" }; the row's own keys win
_MEASURED: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "g_minus_2": _of_a_mu,
    "trident": _of_tridents,
    "limit": _of_limit,
}


@cache
def _of_package() -> dict[str, Constraint]:
    found = {}
    for name, row in table("inference/constraints.toml").items():
        known: dict[str, Any] = {}
        for subject, which in row.pop("measured", {}).items():
            known |= _MEASURED[subject](which)
        found[name] = Constraint(name=name, **(known | row))
    return found
