"""Published limits of accelerators on X, as observables that hold in any plane.

For every limit (limit_file.py says what a file holds) there are

    <limit>_r      signal over excluded signal: above 1 excluded,
    <limit>_g_X    the coupling at which it is 1,

for example `babar_4mu_r`, `na64e_g_X`. The signal is what X makes times the share of its decays that the search sees,

    r = (c/c_excluded)^power B(X -> final)/B_assumed,

with c = g_X, or the coupling to electrons at q^2 = m_X^2 over e for limits on the kinetic mixing of a dark photon. B
counts psi psibar: dark matter takes muons away and adds to what is invisible. B does not depend on g_X, so that
r = (g_X/g_X at the limit)^power. The confidence level is that of the curve, for r = 1 alone.

Those of physics/data/laboratory/limits come with the package. Those of the folder that the environment variable
LMUTAU_LIMITS names are added when physics is imported (set it for the workers of a cluster, too); one file is added by
`physics.add("mine.csv")`. Limits on g_X are for Lmu-Ltau: B-L would be produced by other particles as well. X decays
promptly, or invisibly, in all of it; limits from lifetimes (beam dumps) are excluded bands, and cannot be files.

What is not here, and what was looked for, is in `absent_limits`.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from physics.core.branch import Domain
from physics.core.files import data, table
from physics.core.graph import nodes
from physics.core.identity import register_added
from physics.core.plugins import reader
from physics.core.publish import publish
from physics.core.registration import intermediate, observable, remembered
from physics.core.status import FloatArray, Outcome
from physics.laboratory.branching import Widths
from physics.laboratory.limit_file import Limit, LimitFileError, read_limit
from physics.model.constants import E_CHARGE
from physics.neutrino.limits import or_no_solution

__all__ = ["FOLDER", "AbsentLimit", "absent_limits", "limits", "register_folder", "register_package"]

FOLDER = "LMUTAU_LIMITS"
_KNOWN: dict[str, Limit] = remembered({})
_DECAYS = "Drees & Zhao 2021, eq. (2.4)"
_MIXING = "Drees & Zhao 2021, eq. (2.2)"


@dataclass(frozen=True)
class AbsentLimit:
    """A published limit whose numbers were looked for and not found, or cannot be used."""

    label: str
    source: str
    states: str  # what is known of it
    why: str  # why it is not here


@cache
def absent_limits() -> Mapping[str, AbsentLimit]:
    """Limits that a summary must name as missing, of physics/data/laboratory/limits/absent.toml.

    >>> absent_limits()["na64_mu"].source
    'arXiv:2401.01708, 2409.10128'
    """
    rows = table("laboratory/limits/absent.toml")
    return MappingProxyType({name: AbsentLimit(**row) for name, row in rows.items()})


def limits() -> Mapping[str, Limit]:
    """All limits by name.

    >>> sorted(limits())
    ['babar_4mu', 'babar_invisible', 'belle2_2019', 'cms_4mu', 'kloe', 'na64e']
    """
    return MappingProxyType(_KNOWN)


def _coupling_at_limit(limit: Limit, m_X: FloatArray, widths: Widths, coupling_per_g_X: FloatArray) -> FloatArray:
    """The g_X at which r = 1; infinite where X never ends in the final state, NaN where there is no limit."""
    assumed = widths.without_dark_matter().share(limit.final) if limit.assumed == "model" else np.ones(1)
    share = (assumed / widths.share(limit.final)) ** (1 / limit.power)
    at_limit: FloatArray = limit.at(m_X) / coupling_per_g_X * share
    return at_limit


def register(new: Iterable[Limit]) -> None:
    """Register the observables of new limits, whose names must not be taken."""
    for limit in new:
        taken = [name for name in (f"{limit.name}_r", f"{limit.name}_g_X") if name in nodes()]
        if limit.name in _KNOWN or taken:
            why = "is a limit already" if limit.name in _KNOWN else f"has {taken[0]} in the package already"
            raise LimitFileError(f"{limit.name}.csv: the file's name: {limit.name!r} {why}; rename the file")
        _KNOWN[limit.name] = limit
        _register_at_limit(limit)
        _register_coupling(limit)
        _register_ratio(limit)


def _at_limit(limit: Limit) -> str:
    """Name of the intermediate that has the coupling at the limit."""
    return f"{limit.name}_at_limit"


def _register_at_limit(limit: Limit) -> None:
    doc = f"g_X at which the signal is what {limit.label} excludes."
    name, function = _at_limit(limit), _AT_LIMIT[limit.coupling](limit)
    arguments = ("m_X", "widths_per_g_X", *(["electron_coupling_at_per_g_X"] if limit.coupling == "epsilon" else []))
    when = {} if limit.coupling == "epsilon" else {"gauge_group": "Lmu-Ltau"}
    intermediate(when=when, seconds=2e-7)(publish(globals(), name, arguments, function, doc))


def _of_g_X(limit: Limit) -> Callable[..., FloatArray]:
    def at_limit(m_X: FloatArray, widths_per_g_X: Widths) -> FloatArray:
        return _coupling_at_limit(limit, m_X, widths_per_g_X, np.ones(1))

    return at_limit


def _of_epsilon(limit: Limit) -> Callable[..., FloatArray]:
    def at_limit(m_X: FloatArray, widths_per_g_X: Widths, electron_coupling_at_per_g_X: Any) -> FloatArray:
        return _coupling_at_limit(limit, m_X, widths_per_g_X, electron_coupling_at_per_g_X(m_X**2) / E_CHARGE)

    return at_limit


_AT_LIMIT = {"g_X": _of_g_X, "epsilon": _of_epsilon}


def _register_coupling(limit: Limit) -> None:
    known = _at_limit(limit)

    def coupling(**values: Any) -> Outcome:
        q_psi, there_is_psi = values["q_psi"], np.isfinite(values["mass_ratio"])
        at_limit = values[known]
        exists = np.isfinite(at_limit) & ((q_psi * at_limit < values["perturbativity_limit"]) | ~there_is_psi)
        return or_no_solution(np.where(exists, at_limit, np.nan))

    doc = f"""Coupling above which {limit.label} excludes X: {limit.search}.

There is none (status 3) where q_psi g_X would exceed perturbativity_limit, or X never ends in what the search sees.

{_about(limit)}

>>> import physics
>>> point = {{"m_X": {_middle(limit):.6g}, "mass_ratio": [0.6, float("inf")], "q_psi": 1}}
>>> closed, no_psi = physics.evaluate("{limit.name}_g_X", **point)
>>> round(float(closed / no_psi), 9)
1.0
"""
    arguments = (known, "mass_ratio", "q_psi", "perturbativity_limit")
    observable(unit="1", label=rf"$g_X$ ({limit.label})", reference=_reference(limit), domain=_range(limit))(
        publish(globals(), f"{limit.name}_g_X", arguments, coupling, doc)
    )


def _register_ratio(limit: Limit) -> None:
    known = _at_limit(limit)

    def ratio(**values: Any) -> FloatArray:
        signal: FloatArray = (values["g_X"] / values[known]) ** limit.power
        return signal

    doc = f"""Signal over the signal that {limit.label} excludes, above 1 excluded: {limit.search}.

{_about(limit)}

>>> import physics
>>> point = {{"m_X": {_middle(limit):.6g}, "mass_ratio": None, "q_psi": 1}}
>>> weak, twice = physics.evaluate("{limit.name}_r", g_X=[1e-3, 2e-3], **point)
>>> round(float(twice / weak), 9)
{round(2**limit.power, 9)}
"""
    domain = Domain(
        f"{limit.range}; q_psi g_X < perturbativity_limit, if there is dark matter",
        lambda m_X, g_X, mass_ratio, q_psi, perturbativity_limit: (
            limit.covers(m_X) & ((q_psi * g_X < perturbativity_limit) | ~np.isfinite(mass_ratio))
        ),
    )
    observable(unit="1", label=rf"$r$ ({limit.label})", reference=_reference(limit), domain=domain)(
        publish(globals(), f"{limit.name}_r", ("g_X", known), ratio, doc)
    )


def _range(limit: Limit) -> Domain:
    return Domain(limit.range, lambda m_X: limit.covers(m_X))


def _middle(limit: Limit) -> float:
    """A mass that is a point of the table."""
    return float(limit.m_X[limit.m_X.size // 2])


def _about(limit: Limit) -> str:
    """Where the curve comes from, and what it takes for granted."""
    assumed = "the decays of Lmu-Ltau without dark matter" if limit.assumed == "model" else "that all X decay so"
    final = (
        "does not depend on X's decay" if limit.final == "total" else f"sees {limit.final}; the curve assumes {assumed}"
    )
    facts = (
        f"{limit.confidence:.0%} CL, {limit.sided}-sided; the search {final}. {limit.status.capitalize()}: "
        f"{limit.source}, digitised by {limit.digitised}. {' '.join(limit.notes.split())}"
    )
    return textwrap.fill(facts.strip(), 116, break_long_words=False, break_on_hyphens=False)


def _reference(limit: Limit) -> str:
    mixing = [_MIXING] if limit.coupling == "epsilon" else []
    return "; ".join([*([limit.reference] if limit.reference else []), _DECAYS, *mixing])


def register_package() -> None:
    """Register the limits of the package, once."""
    if not limits():
        folder = data("laboratory/limits")
        names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".csv"))
        register(
            read_limit(
                f"physics/data/laboratory/limits/{name}", name.removesuffix(".csv"), (folder / name).read_bytes()
            )
            for name in names
        )


def register_folder() -> None:
    """Register the limits of a user's folder; after all rooms, whose names are taken then."""
    name = os.environ.get(FOLDER, "")
    if not name:
        return
    folder = Path(name).absolute()
    if not folder.is_dir():
        raise LimitFileError(f"{FOLDER} = {name!r}: {folder} is not a folder; name one, or unset it")
    files = {file: file.read_bytes() for file in sorted(folder.glob("*.csv"))}
    register([read_limit(str(file), file.stem, content) for file, content in files.items()])
    register_added({f"{FOLDER}/{file.name}": content for file, content in files.items()})


@reader(".csv")
def add_limit(file: str, contents: Mapping[str, bytes]) -> None:
    """Register the limit of a file that is added."""
    register([read_limit(file, file.removesuffix(".csv"), contents[file])])
