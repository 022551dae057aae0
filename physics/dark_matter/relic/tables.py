"""The tables of the fast freeze-out kernel: their grid, and the file that comes with the package.

What they hold, and how they are made: make_tables.py.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from physics.core.compiled import compiled
from physics.core.files import arrays, checksum
from physics.core.status import FloatArray

__all__ = [
    "CHECKSUM",
    "FILE",
    "LN_X",
    "N_X",
    "PAIRS_SCALE",
    "ROWS_ABOVE",
    "ROWS_BELOW",
    "ROWS_NEAR",
    "ROWS_PAIRS",
    "X_BOTTOM",
    "X_TOP",
    "checksum",
    "load",
    "pairs_exponent",
]

FILE = "dark_matter/relic_freeze_out_tables.npz"
CHECKSUM = "d0f9c7fdc43d50ed6bc426d105f4fb8f09941d77cf8e9d51ec57dfd530eb5258"

X_BOTTOM, X_TOP, N_X = 0.3, 64.0, 176
LN_X = np.linspace(math.log(X_BOTTOM), math.log(X_TOP), N_X)
ROWS_BELOW = np.linspace(math.log(0.0095), math.log(0.9475), 96)  # ln(-d)
ROWS_NEAR = np.linspace(-0.0125, 0.0335, 96)  # d
ROWS_ABOVE = np.linspace(math.log(0.029), math.log(5.45), 176)  # ln d
# asinh((mass_ratio - 1)/PAIRS_SCALE): at the threshold of pairs of X averages go like u^2 ln u, u = x (mass_ratio - 1)
PAIRS_SCALE = 1e-3
ROWS_PAIRS = np.linspace(math.asinh((0.19 - 1) / PAIRS_SCALE), math.asinh((2.15 - 1) / PAIRS_SCALE), 640)


@compiled
def pairs_exponent(rho: float) -> float:
    """About 2 max(rho - 1, 0), what pairs of X lack for rho = m_X/m_psi, smooth at the threshold."""
    return (rho - 1) + math.sqrt((rho - 1) ** 2 + 1e-4)


@cache
def load() -> dict[str, FloatArray]:
    """The tables that come with the package."""
    return arrays(FILE)
