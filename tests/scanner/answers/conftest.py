"""A made-up scan with constraints of every kind, and its answer point by point."""

import itertools
import json

import numpy as np
import pytest
import xarray as xr

from physics import Status
from physics.inference.constraints import Constraint, constraint

M_X = np.array([1.0, 3.0, 10.0, 40.0, 100.0])
G_X = np.array([1e-4, 2e-4, 1e-3, 3e-3])
MASS_RATIO = np.array([0.3, 0.45, 0.49, 0.51, 0.6, 1.0])
Q_PSI = np.array([0.5, 1.0, 3.0])

LIMIT = {"likelihood": "half_gaussian", "confidence": 0.95, "sided": "one"}
PULL = {"likelihood": "gaussian", "confidence": 0.95, "sided": "two"}

ROWS = (
    Constraint("toy_limit", "alpha", "limit", "a", "Planck 2018", upper=2.0, **LIMIT),
    Constraint("toy_measured", "beta", "limit", "b", "LZ 2025", value=1.0, error=0.5, **PULL),
    Constraint("toy_hint", "beta", "hint", "h", "LZ 2025", likelihood="gaussian", value=1.2, error=0.4),
    Constraint("toy_step", "gamma", "limit", "c", "Planck 2018", upper=1.6),
    Constraint("toy_silent", "delta", "limit", "d", "LZ 2025", upper=1.0, **LIMIT, silent_outside=True),
)  # fmt: skip
NAMES = [c.name for c in ROWS]


def scan_of(seed=1):
    """A dataset laid out as a store's, with points that have no value, and some where one observable is silent."""
    random = np.random.default_rng(seed)
    axes = {
        "m_X": M_X,
        "g_X": G_X,
        "mass_ratio": MASS_RATIO,
        "q_psi": Q_PSI,
        "metallicity": np.array(["GS98", "AGSS09"]),
    }
    dims = {
        "alpha": ("m_X", "g_X", "mass_ratio", "q_psi"),
        "beta": ("m_X", "g_X"),
        "gamma": ("m_X", "g_X", "metallicity"),
        "delta": ("g_X", "mass_ratio"),
    }
    variables = {}
    for name, on in dims.items():
        shape = [len(axes[d]) for d in on]
        values, status = random.lognormal(0.2, 0.5, shape), np.full(shape, Status.OK, np.uint8)
        if name in ("alpha", "delta"):
            hole = random.random(shape) < 0.15
            status[hole] = Status.OUTSIDE_DOMAIN if name == "delta" else Status.NO_SOLUTION
            values[hole] = np.nan
        variables[name] = (on, values, {"ancillary_variables": f"{name}_status"})
        variables[f"{name}_status"] = (on, status)
    return xr.Dataset(variables, axes, {"title": "made up", "id": "42"})


@pytest.fixture
def toys(registry):
    for row in ROWS:
        constraint(row)


@pytest.fixture
def made_up(toys):
    return scan_of()


def mass(values, prior):
    """The prior mass of grid points, cell by cell."""
    if prior == "equal":
        return [1 / len(values)] * len(values)
    sides = [[v for v in values if v < 0.5], [v for v in values if v > 0.5]] if prior == "log-distance" else [values]
    u = {"log": np.log, "flat": float, "log-distance": lambda v: np.log(abs(v - 0.5))}[prior]
    widths = []
    for side in sides:
        for i, v in enumerate(side):
            below, above = side[max(i - 1, 0)], side[min(i + 1, len(side) - 1)]
            widths.append(abs((u(v) + u(above)) / 2 - (u(v) + u(below)) / 2))
    return [w / sum(widths) for w in widths]


def brute_force(ds, priors):
    """Every point on its own: -2 ln L, prior mass, what kills it, whether a hint disagrees, whether it is valid."""
    dims = ("m_X", "g_X", "mass_ratio", "q_psi", "metallicity")
    masses = {d: mass(ds[d].values.tolist(), priors[d]) for d in dims}
    for index in itertools.product(*(range(ds.sizes[d]) for d in dims)):
        at = dict(zip(dims, index, strict=True))
        total, killers, disagrees, valid = 0.0, [], False, True
        for c in ROWS:
            here = {d: at[d] for d in ds[c.observable].dims}
            value = float(ds[c.observable].isel(here))
            status = int(ds[f"{c.observable}_status"].isel(here))
            if status != Status.OK:
                valid = valid and c.silent_outside and status == Status.OUTSIDE_DOMAIN
                continue
            total += float(c.minus_two_ln_l(value))
            if not c.allows(value):
                killers += [c.name] if c.kind == "limit" else []
                disagrees = disagrees or c.kind == "hint"
        weight = np.prod([masses[d][i] for d, i in at.items()])
        yield at, total if valid else np.inf, weight, killers, disagrees, valid


def attribute(answer, name):
    return json.loads(answer.attrs[name])
