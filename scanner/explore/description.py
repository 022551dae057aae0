"""What the page must know of the physics: constraints, sets and published limits, as JSON.

Constraints, sets and colours are those that `lmutau plot` draws by: nothing of them stands in the page.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

import physics
from physics.core.graph import parameters_of
from physics.core.readings import readings
from physics.core.readings import sets as readings_sets
from physics.inference import Constraint, sets
from physics.inference.likelihoods import quantile
from physics.laboratory.accelerators import limits
from physics.laboratory.limit_file import Limit
from scanner.view.styles import PALETTE

__all__ = ["description"]

_HELD = {"mass_ratio": None, "q_psi": 1.0}  # of published limits: X decays as without dark matter


def description(attributes: Mapping[str, Any], name: str, address: str = "store.zarr/", computes: bool = False) -> str:
    """The table of constraints, the sets, published limits, colours; JSON that may stand in a page.

    Parameters
    ----------
    attributes : mapping
        Of the store.
    name : str
        Path or address of the store, as commands take it.
    address : str
        Where the page finds the store, from its own place.
    computes : bool
        Whether the server of lmutau is behind the page.
    """
    content = {
        "constraints": {name: _row(c) for name, c in physics.constraints().items()},
        "sets": {name: _plain(dataclasses.asdict(s)) for name, s in sets().items()},
        "limits": [_published(limit, given) for limit in limits().values() if (given := _given(limit, attributes))],
        "palette": PALETTE,
        "viridis": [to_hex(colour) for colour in mpl.colormaps["viridis"](np.arange(256))],
        "path": name,
        "store": address,
        "computes": computes,
    }
    return json.dumps(content, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")


def _row(c: Constraint) -> dict[str, Any]:
    """A constraint as JSON has it: an end that is open is null; with what follows from it in words."""
    z = 1.0 if c.confidence is None or c.sided is None else quantile(c.confidence, c.sided)
    return {**_plain(dataclasses.asdict(c)), "interval": c.interval, "level": c.level, "z": z}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in row.items()}


def _given(limit: Limit, attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parameters by which a limit becomes one on g_X in the scan; None where it varies with one of its axes."""
    scan = json.loads(attributes.get("scan_file", "{}"))
    followed = json.loads(attributes.get("readings", "{}")).get("name")
    chosen = dict(readings(followed)) if followed in readings_sets() else {}
    known = {**chosen, **scan.get("fixed", {}), **_HELD}
    needed = parameters_of(f"{limit.name}_g_X")
    others = {*scan.get("axes", {}), *scan.get("bound", {})} - {"m_X", *_HELD}
    if not others.isdisjoint(needed):
        return None
    return {p: known[p] for p in needed if p in known and p in physics.parameters()}


def _published(limit: Limit, given: Mapping[str, Any]) -> dict[str, Any]:
    """A limit as a curve [m_X, g_X], null where it is interrupted."""
    coupling = physics.evaluate(f"{limit.name}_g_X", m_X=limit.m_X, **given)
    edges = {low for low, _ in limit.holes}
    points: list[list[float | None]] = []
    for m_X, g_X in zip(limit.m_X.tolist(), np.asarray(coupling).tolist(), strict=True):
        points.append([m_X, g_X if math.isfinite(g_X) else None])
        if m_X in edges:
            points.append([m_X, None])
    return {
        "name": limit.name,
        "label": limit.label,
        "level": f"{limit.confidence:.0%} CL",
        "reference": "; ".join(r for r in (limit.reference, limit.source) if r),
        "points": points,
    }
