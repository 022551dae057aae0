"""The posterior of a set of constraints on the axes of a scan file, by a sampler instead of a grid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import physics
from physics.core import identity, plugins
from physics.core.references import joined
from physics.inference.constraint_sets import constraint_set
from scanner.answers.priors import EQUAL, PRIORS
from scanner.answers.problem import Problem, problem_of
from scanner.answers.samplers import SAMPLERS, Sampled, Task, imported
from scanner.answers.statements import described, remarks, without_value_said
from scanner.errors import SelectionError
from scanner.execution.interrupts import interruptible
from scanner.scan.config import ScanFile, load_scan
from scanner.store import provenance
from scanner.store.layout import PRIVATE, code_name

__all__ = ["sample"]

_DISTRIBUTION = {"nautilus": "nautilus-sampler", "ultranest": "ultranest"}
PROBLEM = "problem.json"


def sample(
    scan: ScanFile | str | Path,
    set: str | Iterable[str] = "current",  # noqa: A002
    sampler: str = "nautilus",
    prior: Mapping[str, str] | None = None,
    at: Mapping[str, float | str] | None = None,
    *,
    points: int = 5000,
    live: int | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
    progress: Callable[[Problem], None] | None = None,
) -> xr.Dataset:
    """Sample the posterior of a set of constraints on the axes of a scan file.

    No store is needed: what the constraints need is evaluated where the sampler looks. An axis is a range from its
    first value to its last with a named prior, the same as in `answer`; an axis of names is one side of the unit cube,
    cut into as many equal parts. Thin surfaces, the relic density for example, are found where a grid steps over them.
    A point without a value has likelihood zero, and is counted. Ctrl-C ends it after the batch, with what there is.

    Parameters
    ----------
    scan : ScanFile, str or path
        Scan file, or preset.
    set : str or iterable of str
        Name of a set of constraints, or names of constraints.
    sampler : {"nautilus", "ultranest"}
        Of the extra `sample`, and of the extra `ultranest`.
    prior : mapping, optional
        Axis -> log, flat, log-distance, as in `answer`.
    at : mapping, optional
        Axis -> value: held there, and not sampled.
    points : int
        Effective sample size that is wanted.
    live : int, optional
        Live points; default: 1000 of nautilus, 400 of ultranest.
    seed : int
        The same seed, versions and machine give the same points, if nothing was resumed.
    folder : path, optional
        Where the sampler keeps what it has; if there is something of the same problem, it goes on from there.
    progress : callable, optional
        Called with the problem after each batch.

    Returns
    -------
    Dataset
        On `sample`: each axis (and <axis>_code of names), weight (they sum to one), m2lnL, and m2lnL_<constraint>.
        Attributes as those of stores and answers, with log_evidence, and `complete` = "no" if it was interrupted.

    Raises
    ------
    SelectionError
        Names, axes, priors that cannot be; a sampler that is not installed; a folder of another problem.
    """
    chosen = constraint_set(set)
    scan = scan if isinstance(scan, ScanFile) else load_scan(scan)
    problem = problem_of(scan, chosen, prior or {}, at or {})
    imported(sampler)
    if points < 1 or (live is not None and live < 50):
        raise SelectionError(f"points = {points}, live = {live}: at least 1 and 50")
    settings = {"sampler": sampler, "live": live or "default", "seed": seed}
    kept = _prepared(folder, _fingerprint(problem) | settings) if folder is not None else None
    with interruptible(lambda: None) as stop:

        def ln_likelihood(shares: Any) -> Any:
            found = problem.ln_likelihood(shares)
            if progress is not None:
                progress(problem)
            return found

        task = Task(ln_likelihood, len(problem.axes), points, live, seed, kept, stop.is_set)
        found = SAMPLERS[sampler](task)
    return _dataset(problem, found).assign_attrs(_attributes(scan, problem, found, settings))


def _fingerprint(problem: Problem) -> dict[str, Any]:
    """What must be the same for one run to go on from another."""
    axes = {name: problem.scan.grid.axes[name].values.tolist() for name in problem.axes}
    return {
        "physics": identity.digest(),
        "constraints": [repr(c) for c in problem.constraints],
        "axes": {
            name: [values[0], values[-1]] if problem.priors[name] != EQUAL else values for name, values in axes.items()
        },
        "priors": dict(problem.priors),
        "held": problem.scan.fixed,
        "bound": problem.scan.bound,
    }


def _prepared(folder: str | Path, fingerprint: dict[str, Any]) -> Path:
    """The folder, made if need be.

    Raises
    ------
    SelectionError
        It holds the run of another problem.
    """
    path, text = Path(folder), json.dumps(fingerprint, indent=1)
    path.mkdir(parents=True, exist_ok=True)
    file = path / PROBLEM
    if not file.exists():
        if any(path.iterdir()):
            raise SelectionError(f"{path} holds something else; choose another name")
        file.write_text(text)
        return path
    before, now = (json.loads(t) for t in (file.read_text(), text))
    if differ := [key for key in now if before.get(key) != now[key]]:
        raise SelectionError(
            f"{path} holds what is left of a run with another {', '.join(differ)}; remove it, or choose another name"
        )
    return path


def _dataset(problem: Problem, found: Sampled) -> xr.Dataset:
    """Points with what each constraint says of them."""
    points = problem.points(found.shares)
    judgements = problem.judgements(points)
    terms = {c.name: judgements[c.name][0].m2lnL for c in problem.constraints if c.is_summed}
    known = physics.parameters()
    variables: dict[str, Any] = {}
    for name, values in points.items():
        words = {
            "units": known[name].unit,
            "long_name": known[name].label or name,
            "description": known[name].description,
        }
        if values.dtype.kind == "f":
            variables[name] = ("sample", values, words)
            continue
        names = problem.scan.grid.axes[name].values.tolist()
        flags = {"flag_values": list(range(len(names))), "flag_meanings": " ".join(names)}
        variables[name] = ("sample", values.astype(object), words)
        variables[code_name(name)] = ("sample", np.array([names.index(v) for v in values], np.int32), words | flags)
    variables["weight"] = ("sample", found.weights, {"units": "1", "long_name": "posterior probability"})
    total = np.sum(list(terms.values()), axis=0) if terms else np.zeros(len(found.weights))
    variables["m2lnL"] = ("sample", total, {"units": "1", "long_name": "-2 ln L of all constraints"})
    for name, values in terms.items():
        variables[f"m2lnL_{name}"] = ("sample", values, {"units": "1", "long_name": f"-2 ln L of {name}"})
    return xr.Dataset(variables)


def _attributes(scan: ScanFile, problem: Problem, found: Sampled, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Where it comes from, and what must be said of it; nested ones are JSON."""
    chosen, sampler = problem.chosen, settings["sampler"]
    without = {
        name: {status.meaning.replace("_", " "): n for status, n in counts.items()}
        for name, counts in problem.without_value.items()
    }
    grid = problem.scan.grid.axes
    ranges = {
        d: grid[d].values.tolist() if grid[d].is_categorical else grid[d].values[[0, -1]].tolist() for d in problem.axes
    }
    says = [] if found.complete else ["Interrupted: the posterior is that of what had been looked at."]
    if without:
        says.append(
            f"Some of {problem.evaluated:,} points that were evaluated have no value, and likelihood zero "
            f"({without_value_said(without)})."
        )
    if problem.left_out:
        says.append("Left out: " + "; ".join(f"{name} ({why})" for name, why in problem.left_out.items()) + ".")
    says += remarks(chosen.absent, str(problem.scan.reading), chosen.readings)
    attributes = {
        "title": f"{scan.scan.title}: posterior of {chosen.name}",
        "set": chosen.name,
        "readings": str(problem.scan.reading),
        "readings_of_set": chosen.readings,
        "prior": dict(problem.priors),
        "prior_meaning": {name: PRIORS[name] for name in sorted({*problem.priors.values()})},
        "ranges": ranges,
        "constraints": [described(c) for c in problem.constraints],
        "left_out": dict(problem.left_out),
        "beside": list(chosen.beside),
        "absent": dict(chosen.absent),
        "references": joined(c.reference for c in problem.constraints),
        "held_parameters": {**problem.scan.fixed, **{p: {"bound": o} for p, o in problem.scan.bound.items()}},
        **settings,
        "sampler_version": version(_DISTRIBUTION[sampler]),
        "complete": "yes" if found.complete else "no",
        "log_evidence": found.log_evidence,
        "log_evidence_error": found.log_evidence_error,
        "effective_size": found.effective_size,
        "points_evaluated": problem.evaluated,
        "points_without_value": without,
        "identity": identity.digest(),
        "scan_file": scan.model_dump_json(exclude_none=True, exclude=PRIVATE),
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "plugins": plugins.digests(),
        "created": provenance.now(),
        "verdict": "\n".join(says),
    }
    return {key: v if isinstance(v, str | float | int) else json.dumps(v) for key, v in attributes.items()}
