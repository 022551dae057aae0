"""S(x) of one point as polynomials in ln x: what the Boltzmann equations ask for at every step."""

from __future__ import annotations

import math

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.channels import channel_sum, pressure_channel_sum
from physics.numerics.chebyshev import nodes_and_transform
from physics.numerics.interpolation import interval

__all__ = ["average_table", "averages"]

TABLE_NODES = 10  # Chebyshev nodes in a panel of ln x
_NODES, _TO_COEFFICIENTS = nodes_and_transform(TABLE_NODES)
_TO_POWERS = np.array(
    [np.pad(np.polynomial.chebyshev.cheb2poly(e), (0, TABLE_NODES))[:TABLE_NODES] for e in np.eye(TABLE_NODES)]
)
_WIDEST_PANEL, _NARROWEST_PANEL = 2.0, 1e-3


@compiled
def average_table(
    x_low: float,
    x_high: float,
    d: float,
    w: float,
    couplings: FloatArray,
    y_f: FloatArray,
    pairs: float,
    weighted: bool,
    error: float,
) -> tuple[FloatArray, FloatArray]:
    """Polynomials for ln S (`channel_sum`) in ln x, and for S_2/S if `weighted`, on panels that halve until good.

    Returns
    -------
    edges : ndarray (n + 1,)
        Ends of the panels in ln x.
    coefficients : ndarray (n, 1 or 2, TABLE_NODES)
        Of 1, t, t^2 ..., with t from -1 to 1 in the panel. Panels halve until the last two Chebyshev coefficients
        are below `error`, or they are _NARROWEST_PANEL wide.
    """
    log_low, log_high = math.log(x_low), math.log(x_high)
    kinds = 2 if weighted else 1
    edges = [log_low]
    panels = [np.zeros((kinds, TABLE_NODES))]  # typed; not used
    values = np.empty((kinds, TABLE_NODES))
    width = _WIDEST_PANEL
    while edges[-1] < log_high:
        width = min(width, log_high - edges[-1])
        for k in range(TABLE_NODES):
            x = math.exp(edges[-1] + 0.5 * width * (1.0 + _NODES[k]))
            rate = channel_sum(x, d, w, couplings, y_f, pairs)
            values[0, k] = math.log(rate)
            if weighted:
                values[1, k] = pressure_channel_sum(x, d, w, couplings, y_f, pairs) / rate
        coefficients = values @ _TO_COEFFICIENTS.T
        last = np.abs(coefficients[:, -1]).max() + np.abs(coefficients[:, -2]).max()
        if last > error and width > _NARROWEST_PANEL:
            width *= 0.5
            continue
        edges.append(log_high if width >= log_high - edges[-1] else edges[-1] + width)
        panels.append(coefficients @ _TO_POWERS)
        width = min(2 * width, _WIDEST_PANEL) if last < 1e-3 * error else width
    table = np.empty((len(panels) - 1, kinds, TABLE_NODES))
    for i in range(len(panels) - 1):
        table[i] = panels[i + 1]
    return np.array(edges), table


@compiled
def _power_series(c: FloatArray, t: float) -> float:
    total = c[-1]
    for k in range(c.size - 2, -1, -1):
        total = total * t + c[k]
    return total


@compiled
def averages(log_x: float, edges: FloatArray, panels: FloatArray) -> tuple[float, float]:
    """Natural logarithm of S, and S_2/S where it is tabulated (else 1)."""
    log_x = min(max(log_x, edges[0]), edges[-1])
    i = interval(log_x, edges)
    t = (2 * log_x - edges[i] - edges[i + 1]) / (edges[i + 1] - edges[i])
    ratio = _power_series(panels[i, 1], t) if panels.shape[1] > 1 else 1.0
    return _power_series(panels[i, 0], t), ratio
