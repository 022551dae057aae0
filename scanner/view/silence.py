"""Where a choice is refused. A limit that is silent where nothing was searched is not silent there: it is not known."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

import physics
from physics.core.evaluate import choices_in_use
from physics.core.graph import refusal
from scanner.store.layout import held_parameters

__all__ = ["refused_choices", "refused_in"]

Choices = Mapping[str, str]


def refused_choices(
    observable: str,
    axes: Mapping[str, Sequence[str]],
    held: Mapping[str, object],
    bound: Mapping[str, str],
) -> list[dict[str, str]]:
    """Those of the combinations of choices on axes for which an observable has no value, whatever the numbers are.

    >>> refused_choices("babar_4mu_r", {"gauge_group": ["Lmu-Ltau", "B-L"]}, {}, {})
    [{'gauge_group': 'B-L'}]
    """
    found = []
    fixed = {p: value for p, value in held.items() if isinstance(value, str)}
    for combination in itertools.product(*axes.values()):
        here = dict(zip(axes, map(str, combination), strict=True))
        chosen = {p: next(iter(choices)) for p, choices in choices_in_use({**fixed, **here}).items()}
        if refusal(observable, chosen, bound):
            found.append(here)
    return found


def refused_in(ds: xr.Dataset, observable: str) -> xr.DataArray:
    """Where a scan has choices for which an observable is refused, on those of its axes that are names.

    Nothing is refused where this release does not know the observable: it cannot tell.
    """
    array = ds[observable]
    axes = {str(d): array[d].values.tolist() for d in array.dims if array[d].dtype.kind != "f"}
    refused = xr.DataArray(np.zeros([len(v) for v in axes.values()], bool), {d: array[d] for d in axes}, list(axes))
    if observable in physics.observables():
        held = held_parameters(array.attrs)
        bound = {p: value["bound"] for p, value in held.items() if isinstance(value, dict)}
        for choice in refused_choices(observable, axes, held, bound):
            refused.loc[choice] = True
    return refused.drop_vars(list(refused.coords))
