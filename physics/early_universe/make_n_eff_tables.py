"""Generator of the tables of N_eff, ``python -m physics.early_universe.make_n_eff_tables``: 20 minutes of a core.

The equations are solved at the Chebyshev nodes of each box, with a tolerance a hundred times smaller than that of
`n_eff` where the tables end. Together, what the series lack and the noise of the integrator are below 3e-7 of N_eff.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from physics.early_universe.n_eff import NEUTRINO_FLAVOURS, T_START, equations
from physics.early_universe.n_eff_tables import ALONE, EDGES, FILE, NODES, UNIT, checksum, key
from physics.early_universe.three_baths import n_effs
from physics.model.constants import M_PLANCK
from physics.numerics.chebyshev import nodes_and_transform

__all__ = ["TOLERANCE", "build"]

TOLERANCE = 3e-10
_BOXES = tuple(edges.size - 1 for edges in EDGES)


def build(neutrino_flavours: str, psi: bool, box: Sequence[int]) -> NDArray[np.int64]:
    """Coefficients of one box, given by its number in each direction, in units of UNIT.

    >>> found = build("separate", False, (4, 0, 3)) * UNIT  # m_X above 200 MeV: the Standard Model
    >>> round(float(found[0, 0, 0]), 4), float(abs(found[1:]).max()) < 1e-3
    (3.0442, True)
    """
    axes, transforms = [], []
    for edges, i, n in zip(EDGES, box, NODES if psi else ALONE, strict=True):
        t, transform = nodes_and_transform(n)
        axes.append((edges[i] + edges[i + 1] + (edges[i + 1] - edges[i]) * t) / 2)
        transforms.append(transform)
    m_X, mass_ratio, strength = np.meshgrid(*map(np.exp, axes), indexing="ij")
    m_psi = mass_ratio * m_X if psi else np.full(1, np.inf)
    width = strength * m_X**2 / M_PLANCK
    values = n_effs(equations(neutrino_flavours), np.full(1, T_START), m_X, m_psi, width, TOLERANCE)
    if not np.isfinite(values).all():
        raise ArithmeticError(f"the equations have no solution somewhere in box {box}")
    return np.asarray(np.rint(np.einsum("ai,bj,ck,ijk->abc", *transforms, values) / UNIT), dtype=np.int64)


def _all() -> dict[str, NDArray[np.int64]]:
    """All boxes of all tables, on all cores."""
    tables = {}
    with ProcessPoolExecutor() as pool:
        for flavours, psi in itertools.product(NEUTRINO_FLAVOURS, (True, False)):
            boxes = list(np.ndindex(_BOXES if psi else (_BOXES[0], 1, _BOXES[2])))
            found = list(pool.map(build, itertools.repeat(flavours), itertools.repeat(psi), boxes))
            shape = tuple(n + 1 for n in boxes[-1])
            tables[key(flavours, psi)] = np.stack(found).reshape(*shape, *found[0].shape)
    return tables


if __name__ == "__main__":
    path = Path(__file__).parents[1] / "data" / FILE
    tables = _all()
    np.savez_compressed(path, **tables)  # type: ignore[arg-type]
    sys.stdout.write(f"{path}; CHECKSUM of n_eff_tables.py: {checksum(tables)}\n")
