"""One block: arrays in, values and status out. A point that raises costs that point only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import physics
from physics import Status
from scanner.scan.grid import Held, outer

__all__ = ["BlockResult", "complete_block", "evaluate_block"]

MAX_MESSAGES = 5  # a block


@dataclass
class BlockResult:
    """Values by observable (NaN where there is none), their status (observable, *dims), and what was raised."""

    values: dict[str, NDArray[np.float64]]
    status: NDArray[np.uint8]
    messages: list[str] = field(default_factory=list)


def evaluate_block(
    observables: Sequence[str], coordinates: Mapping[str, NDArray[Any]], held: Mapping[str, Held]
) -> BlockResult:
    """Evaluate observables on the outer product of the coordinates.

    Parameters
    ----------
    observables : sequence of str
        Names; all depend on exactly these coordinates.
    coordinates : mapping of str to 1-D array
        In the order of the dimensions.
    held : mapping
        Parameters that are not axes: fixed values and bindings.

    Returns
    -------
    BlockResult

    Examples
    --------
    >>> result = evaluate_block(["delta_a_mu"], {"m_X": np.array([1.0, 20.0]), "g_X": np.array([5e-4])}, {})
    >>> result.values["delta_a_mu"].shape, result.status.ravel().tolist()
    ((2, 1), [1, 1])
    """
    shape = tuple(v.size for v in coordinates.values())
    result = BlockResult(
        {name: np.full(shape, np.nan) for name in observables},
        np.full((len(observables), *shape), Status.NOT_COMPUTED, dtype=np.uint8),
    )
    _fill(result, tuple(observables), coordinates, held, (slice(None),) * len(shape))
    return result


def complete_block(known: BlockResult, coordinates: Mapping[str, NDArray[Any]], held: Mapping[str, Held]) -> None:
    """Evaluate the points of a block that have the status "not computed", and leave the others as they are."""
    order = list(known.values)
    alike: dict[bytes, tuple[NDArray[np.bool_], list[str]]] = {}
    for name, status in zip(order, known.status, strict=True):
        missing = status == Status.NOT_COMPUTED
        alike.setdefault(missing.tobytes(), (missing, []))[1].append(name)
    for missing, names in alike.values():
        for box in _boxes(missing):
            part = {d: v[at] for (d, v), at in zip(coordinates.items(), box, strict=True)}
            found, here = evaluate_block(names, part, held), np.ix_(*box)
            for name, status in zip(names, found.status, strict=True):
                known.values[name][here] = found.values[name]
                known.status[order.index(name)][here] = status
            known.messages.extend(found.messages[: MAX_MESSAGES - len(known.messages)])


def _boxes(wanted: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """Outer products of positions on every axis that together are the wanted points, each once.

    Positions of the first axis that want the same of the others go together: few boxes where what is not wanted is an
    outer product itself.

    >>> [[at.tolist() for at in box] for box in _boxes(np.array([[1, 1, 1], [0, 1, 0], [1, 1, 1]], bool))]
    [[[1], [1]], [[0, 2], [0, 1, 2]]]
    """
    if wanted.ndim == 0:
        if wanted:
            yield ()
        return
    rows, alike = np.unique(wanted.reshape(len(wanted), -1), axis=0, return_inverse=True)
    for number, row in enumerate(rows):
        for box in _boxes(row.reshape(wanted.shape[1:])):
            yield (np.flatnonzero(alike == number), *box)


def _fill(
    result: BlockResult,
    names: tuple[str, ...],
    coordinates: Mapping[str, NDArray[Any]],
    held: Mapping[str, Held],
    region: tuple[slice, ...],
) -> None:
    """Evaluate a region at once; where that raises, first every observable alone, then halves, down to the point."""
    everything = list(result.values)
    part = {d: v[s] for (d, v), s in zip(coordinates.items(), region, strict=True)}
    try:
        outcomes = physics.evaluate_with_status(names, **outer(part), **held)
    except (physics.UnknownNameError, physics.MissingParameterError, physics.RegistryError):
        raise  # not of the point, but of this installation
    except Exception as error:
        if len(names) > 1:
            for name in names:
                _fill(result, (name,), coordinates, held, region)
        elif any(v.size > 1 for v in part.values()):
            for half in _halves(region, [v.size for v in coordinates.values()]):
                _fill(result, names, coordinates, held, half)
        else:
            here: tuple[int | slice, ...] = (everything.index(names[0]), *region)
            result.status[here] = Status.ERROR
            if len(result.messages) < MAX_MESSAGES:
                point = ", ".join(f"{d}={v.item()}" for d, v in part.items())
                result.messages.append(f"{names[0]}({point}): {type(error).__name__}: {error}")
        return
    for name, (value, status) in outcomes.items():
        result.values[name][region] = value
        there: tuple[int | slice, ...] = (everything.index(name), *region)
        result.status[there] = status


def _halves(region: tuple[slice, ...], sizes: list[int]) -> list[tuple[slice, ...]]:
    bounds = [s.indices(n)[:2] for s, n in zip(region, sizes, strict=True)]
    longest = max(range(len(bounds)), key=lambda i: bounds[i][1] - bounds[i][0])
    start, stop = bounds[longest]
    middle = (start + stop) // 2
    return [(*region[:longest], slice(*half), *region[longest + 1 :]) for half in ((start, middle), (middle, stop))]
