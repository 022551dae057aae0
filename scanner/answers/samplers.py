"""Nested samplers of the unit cube, each behind the same function.

They are of the extras `sample` and `ultranest`. Each asks between batches of points whether to stop, keeps what it
has in a folder if it is given one, and goes on from there.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.errors import SelectionError

__all__ = ["SAMPLERS", "Sampled", "Task", "imported"]

FloatArray = NDArray[np.float64]
_IMPOSSIBLE = -1e100  # ln L for UltraNest, which takes no infinities; its documentation recommends it


@dataclass(frozen=True)
class Task:
    """What to sample, and how well."""

    ln_likelihood: Callable[[FloatArray], FloatArray]  # of points (n, dimensions) of the unit cube; may be -inf
    dimensions: int
    points: int  # effective sample size that is wanted
    live: int | None  # live points; None: the sampler's default
    seed: int
    folder: Path | None  # where to keep what there is
    stopped: Callable[[], bool]


@dataclass(frozen=True)
class Sampled:
    """Weighted points of the unit cube."""

    shares: FloatArray
    weights: FloatArray  # they sum to one
    log_evidence: float
    log_evidence_error: float
    complete: bool  # or stopped before

    @property
    def effective_size(self) -> float:
        """Kish's: as many points of equal weight would know as much."""
        return float(1 / np.sum(self.weights**2))


def _nautilus(task: Task) -> Sampled:
    """Importance nested sampling with neural networks (Lange 2023)."""
    if task.dimensions < 2:
        raise SelectionError("nautilus needs two axes at least; take ultranest, or `lmutau answer` on a store")
    live = task.live or 1000
    sampler = imported("nautilus").Sampler(
        lambda shares: shares,
        task.ln_likelihood,
        n_dim=task.dimensions,
        n_live=live,
        n_batch=max(100, live // 4),  # a call for many points takes hardly longer than one for few
        vectorized=True,
        seed=task.seed,
        filepath=task.folder and task.folder / "nautilus.hdf5",
    )
    complete = False
    while not (complete or task.stopped()):
        complete = sampler.run(n_eff=task.points, n_like_max=sampler.n_like + sampler.n_batch)
    if not sampler.n_like:
        raise KeyboardInterrupt
    shares, log_weights, log_likelihood = sampler.posterior()
    weights = np.where(np.isfinite(log_likelihood), np.exp(log_weights), 0.0)
    return Sampled(
        *_weighted(shares, weights),
        float(sampler.log_z),
        float(1 / np.sqrt(max(sampler.n_eff, 1.0))),
        bool(complete),
    )


def _ultranest(task: Task) -> Sampled:
    """Reactive nested sampling by MLFriends (Buchner 2021)."""
    logging.getLogger("ultranest").addHandler(logging.NullHandler())  # else it writes on standard output
    sampler: Any = None

    def ln_likelihood(shares: FloatArray) -> FloatArray:
        if sampler is not None and task.stopped():
            sampler.live_points_healthy = False  # it asks before each step, and finishes with what it has
        return np.maximum(task.ln_likelihood(shares), _IMPOSSIBLE)

    with _global_seed(task.seed), np.errstate(all="ignore"):  # its diagnostics of a run that was stopped divide by zero
        sampler = imported("ultranest").ReactiveNestedSampler(
            [f"axis_{i}" for i in range(task.dimensions)],
            ln_likelihood,
            vectorized=True,
            ndraw_min=128,
            ndraw_max=8192,
            log_dir=task.folder and str(task.folder / "ultranest"),
            resume=True if task.folder else "overwrite",
        )
        runs = sampler.run_iter(
            min_num_live_points=task.live or 400, min_ess=task.points, show_status=False, viz_callback=False
        )
        complete = True
        for found in runs:  # the first, and others that improve on it  # noqa: B007
            if task.stopped():
                complete = False
                break
    of = found["weighted_samples"]
    return Sampled(
        *_weighted(of["upoints"], np.where(of["logl"] > _IMPOSSIBLE, of["weights"], 0.0)),
        float(found["logz"]),
        float(found["logzerr"]),
        complete,
    )


SAMPLERS = {"nautilus": _nautilus, "ultranest": _ultranest}


def imported(sampler: str) -> Any:
    """The package of a sampler.

    Raises
    ------
    SelectionError
        It is not installed, or there is no such sampler; the message says how to come by it.
    """
    if sampler not in SAMPLERS:
        raise SelectionError(f"sampler {sampler!r}: one of {', '.join(SAMPLERS)}")
    try:
        importlib.import_module("h5py")  # keeps what they have
        return importlib.import_module(sampler)
    except ImportError as error:
        extra = "ultranest" if sampler == "ultranest" else "sample"
        raise SelectionError(f"{sampler} is not there ({error}): pip install 'lmutau[{extra}]'") from None


def _weighted(shares: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The points that have a weight, and weights that sum to one."""
    there = weights > 0
    if not there.any():
        raise SelectionError("no point has a likelihood so far: the constraints exclude all that was looked at")
    return shares[there], weights[there] / weights.sum()


@contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator, which is UltraNest's, and leave it as it was."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
