"""What an answer says of itself: by which assumptions, how good the best fit is, what must be said first."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
import xarray as xr
from numpy.typing import NDArray

from physics import Status
from physics.core.references import joined
from physics.inference.constraint_sets import ConstraintSet
from physics.inference.constraints import Constraint
from scanner.answers.inputs import Grid
from scanner.answers.priors import PRIORS
from scanner.answers.standard_model import NO_DARK_MATTER, without_x
from scanner.store.layout import held_parameters, readings_followed
from scanner.store.provenance import versions

__all__ = ["LEVELS", "attributes", "described", "levels", "remarks", "verdict", "without_value_said"]

LEVELS = (0.683, 0.954)  # what the contours of a profile and of a posterior enclose
_PREFERENCE = 2.0  # standard deviations that a best fit must be better by before it is called a preference
_UNRESOLVED = 0.1  # of the passages through an interval, the share that may step over it


def levels(dof: int) -> dict[str, float]:
    """-2 Delta ln L of the contours of a profile, by confidence, for so many axes.

    >>> {name: round(level, 2) for name, level in levels(2).items()}
    {'68.3%': 2.3, '95.4%': 6.16}
    """
    return {f"{100 * cl:.3g}%": float(scipy.stats.chi2.ppf(cl, dof)) for cl in LEVELS}


def attributes(
    ds: xr.Dataset,
    chosen: ConstraintSet,
    constraints: Sequence[Constraint],
    grid: Grid,
    priors: Mapping[str, str],
    result: xr.Dataset,
    statuses: Sequence[Counter[int]],
    steps: NDArray[np.int64],
) -> dict[str, Any]:
    """The attributes of an answer; nested ones are JSON."""
    best = _best(ds, grid, result)
    terms = _terms(ds, constraints, best)
    standard = _standard_model(ds, constraints, best)
    numbers = _numbers(grid, constraints, result, terms, standard)
    left_out = [c.name for c in chosen.rows if c not in constraints]
    followed = readings_followed(ds.attrs)
    unresolved = _unresolved(grid, constraints, steps)
    counted = {
        c.name: {_meaning(code): n for code, n in found.items()}
        for c, found in zip(constraints, statuses, strict=True)
        if found
    }
    found = {
        "title": f"{ds.attrs.get('title', 'scan')}: what {chosen.name} leaves",
        "set": chosen.name,
        "readings": str(followed or "not stated"),
        "readings_of_set": chosen.readings,
        "prior": dict(priors),
        "prior_meaning": {name: PRIORS[name] for name in sorted({*priors.values()})},
        "constraints": [described(c) for c in constraints],
        "left_out": left_out,
        "beside": list(chosen.beside),
        "absent": dict(chosen.absent),
        "references": joined(c.reference for c in constraints),
        "held_parameters": {c.observable: held_parameters(ds[c.observable].attrs) for c in constraints},
        "levels": {"degrees_of_freedom": len(grid.onto), **levels(len(grid.onto))},
        "points": grid.points,
        "points_without_value": counted,
        "best_fit": best,
        "best_fit_at_edge": [d for d in best if ds[d].dtype.kind == "f" and best[d] in ds[d].values[[0, -1]]],
        "best_fit_terms": terms,
        "standard_model_terms": standard,
        **numbers,
        "unresolved": unresolved,
        "scan_id": str(ds.attrs.get("id", "not stated")),
        "lmutau_version": versions()["lmutau"],
    }
    found["verdict"] = verdict(found, result)
    return {key: value if isinstance(value, str | float | int) else json.dumps(value) for key, value in found.items()}


def _meaning(code: int) -> str:
    return Status(code).meaning.replace("_", " ") if code in set(Status) else f"status {code} (damaged: lmutau verify)"


def described(c: Constraint) -> dict[str, Any]:
    """A constraint as the attribute `constraints` has it."""
    return {
        "name": c.name,
        "observable": c.observable,
        "kind": c.kind,
        "interval": c.interval,
        "confidence": c.confidence,
        "likelihood": c.likelihood,
        "approximate": c.approximate,
        "reference": c.reference,
    }


def _best(ds: xr.Dataset, grid: Grid, result: xr.Dataset) -> dict[str, float | str]:
    """The point of the grid with the smallest -2 ln L; empty where none has a likelihood."""
    if not np.isfinite(result.m2lnL_profile).any():
        return {}
    cell = result.isel(result.m2lnL_profile.argmin(...))
    values = {d: cell[d] for d in grid.onto} | {d: cell[f"{d}_at_best"] for d in grid.others}
    return {d: value.item() for d, value in values.items()}


def _terms(ds: xr.Dataset, constraints: Sequence[Constraint], best: Mapping[str, float | str]) -> dict[str, float]:
    """What each constraint adds to -2 ln L at the best fit, of those that add anything."""
    found = {}
    for c in (c for c in constraints if best and c.is_summed):
        value = ds[c.observable].sel({d: best[str(d)] for d in ds[c.observable].dims})
        term = float(c.minus_two_ln_l(value.values))
        found[c.name] = 0.0 if math.isnan(term) and c.silent_outside else term
    return found


def _standard_model(
    ds: xr.Dataset, constraints: Sequence[Constraint], best: Mapping[str, float | str]
) -> dict[str, float]:
    """The same without X and dark matter, of those constraints of which this can be said.

    Not of one that wants psi: without psi something else is dark matter. Nor of one without a finite likelihood there.
    """
    values = without_x(ds, [c.observable for c in constraints], best) if best else {}
    found = {}
    for c in (c for c in constraints if c.is_summed):
        value = values.get(c.observable, math.nan)
        term = float(c.minus_two_ln_l(value)) if c.observable in values or not c.silent_outside else 0.0
        if math.isfinite(term) and (c.observable not in NO_DARK_MATTER or c.allows(value)):
            found[c.name] = term
    return found


def _numbers(
    grid: Grid,
    constraints: Sequence[Constraint],
    result: xr.Dataset,
    terms: Mapping[str, float],
    standard: Mapping[str, float],
) -> dict[str, float]:
    """How good the best fit is, by itself and beside the Standard Model; shares of the prior mass of all axes."""
    free = sum(grid.sizes[d] > 1 for d in grid.dims)
    data = sum(c.likelihood in ("gaussian", "chi2") for c in constraints)
    numbers = {
        "m2lnL_best": sum(terms.values()) if terms else math.inf,
        "fitted_parameters": free,
        "terms_with_data": data,
        "allowed": float((result.fraction_allowed * result.prior_mass).sum()),
        "preferred": float((result.fraction_preferred * result.prior_mass).sum()),
        "invalid": float((result.invalid_fraction * result.prior_mass).sum()),
    }
    if terms and data > free:
        numbers["p_value"] = float(scipy.stats.chi2.sf(numbers["m2lnL_best"], data - free))
    if terms and standard:
        gain = sum(standard.values()) - sum(terms[name] for name in standard)
        numbers["m2lnL_standard_model"] = sum(standard.values())
        numbers["m2lnL_gain"] = gain
        p = float(scipy.stats.chi2.sf(max(gain, 0.0), free))
        numbers["preference_sigma"] = float(scipy.stats.norm.isf(p / 2)) if p < 1 else 0.0
    return numbers


def _unresolved(grid: Grid, constraints: Sequence[Constraint], steps: NDArray[np.int64]) -> dict[str, Any]:
    """Constraints on a surface thinner than the grid: the axis that resolves them best, and how often it steps over.

    Only axes that are profiled and integrated away count: along the others the surface is seen as it is.
    """
    found = {}
    for c, (over, through) in zip(constraints, steps, strict=True):
        passages = over + through / 2
        crossed = (passages > 0) & np.isin(grid.dims, grid.others)
        if crossed.any():
            share = np.where(crossed, over / np.where(crossed, passages, 1), np.inf)
            axis = int(share.argmin())
            if share[axis] > _UNRESOLVED:
                found[c.name] = {"axis": grid.dims[axis], "stepped_over": float(share[axis])}
    return found


def verdict(found: Mapping[str, Any], result: xr.Dataset) -> str:
    """What must be said, a sentence a line, of the attributes of an answer before they are made JSON."""
    says = [_of_preference(found), _of_goodness(found)]
    says.append(
        f"No limit excludes {100 * found['allowed']:.3g} % of the prior mass "
        f"({', '.join(f'{axis} {prior}' for axis, prior in found['prior'].items())})"
        + (f", and the hints agree on {100 * found['preferred']:.3g} %." if "hint" in result.kind else ".")
    )
    if found["points_without_value"]:
        named = without_value_said(found["points_without_value"])
        says.append(f"{100 * found['invalid']:.3g} % of the prior mass has no value and counts as excluded ({named}).")
    for name, where in found["unresolved"].items():
        says.append(
            f"{name} aliases: of its passages along {where['axis']}, the best resolved of the other axes, "
            f"{100 * where['stepped_over']:.0f} % step over the interval. "
            "Profiles, posteriors and shares that depend on it are those of the grid, not of the model: "
            "bind mass_ratio or g_X to the relic line, or use a sampler."
        )
    if found["left_out"]:
        says.append(f"Left out, for the scan lacks their observables: {', '.join(found['left_out'])}.")
    says += remarks(found["absent"], found["readings"], found["readings_of_set"])
    return "\n".join(says)


def without_value_said(counts: Mapping[str, Mapping[str, int]]) -> str:
    """How many points have no value, by constraint and status.

    >>> without_value_said({"cmb": {"no solution": 1200}})
    'cmb: no solution 1,200'
    """
    return "; ".join(f"{name}: {', '.join(f'{why} {n:,}' for why, n in of.items())}" for name, of in counts.items())


def remarks(absent: Iterable[str], readings: str, readings_of_set: str) -> list[str]:
    """What is to be had nowhere, and readings that are not those of the set.

    >>> remarks(["na64_mu"], "2026 (defaults)", "2026")
    ['Of this set and not to be had: na64_mu.']
    """
    says = [f"Of this set and not to be had: {names}."] if (names := ", ".join(absent)) else []
    if readings.split(" (")[0].split(",")[0] != readings_of_set:
        says.append(f"The scan follows readings {readings}; the set is meant for {readings_of_set}.")
    return says


def _of_preference(found: Mapping[str, Any]) -> str:
    if not found["best_fit"]:
        return "No point of the scan has a likelihood: there is no best fit."
    edges = f", at the edge of the grid in {', '.join(found['best_fit_at_edge'])}" * bool(found["best_fit_at_edge"])
    where = ", ".join(f"{k} = {v:.4g}" if isinstance(v, float) else f"{k} = {v}" for k, v in found["best_fit"].items())
    best = f"-2 ln L = {found['m2lnL_best']:.2f} at the best point of the grid ({where}{edges})"
    if "m2lnL_gain" not in found:
        return f"{best}; nothing can be said of the Standard Model."
    gain, free = found["m2lnL_gain"], found["fitted_parameters"]
    apart = [name for name in found["best_fit_terms"] if name not in found["standard_model_terms"]]
    beside = f" ({', '.join(apart)} not compared)" if apart else ""
    compared = f"{best}, {found['m2lnL_standard_model']:.2f} without X{beside}"
    if found["preference_sigma"] < _PREFERENCE:
        return (
            f"No preference over the Standard Model: {compared}; a gain of {gain:.2f} for {free} parameters is "
            f"{found['preference_sigma']:.1f} sigma. The best point is no discovery."
        )
    terms, standard = found["best_fit_terms"], found["standard_model_terms"]
    most = max(standard, key=lambda name: standard[name] - terms[name])
    return (
        f"Preferred over the Standard Model by {found['preference_sigma']:.1f} sigma ({free} parameters): {compared}; "
        f"{most} gains most, {standard[most] - terms[most]:.2f}."
    )


def _of_goodness(found: Mapping[str, Any]) -> str:
    data, free = found["terms_with_data"], found["fitted_parameters"]
    if "p_value" not in found:
        return f"Goodness of fit: not defined, {data} terms with data for {free} parameters."
    return (
        f"Goodness of fit: p = {found['p_value']:.2g} for {data - free} degrees of freedom ({data} terms with data, "
        f"{free} parameters); indicative, for chi2 counted from the best coupling add little."
    )
