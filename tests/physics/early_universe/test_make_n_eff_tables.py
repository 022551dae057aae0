"""The generator of the tables."""

import numpy as np
import pytest

from physics.core.files import arrays
from physics.early_universe.make_n_eff_tables import build
from physics.early_universe.n_eff_tables import EDGES, FILE, NODES, key, load


@pytest.mark.parametrize(("flavours", "box"), [("separate", (1, 0, 8)), ("common", (4, 0, 2)), ("common", (0, 0, 13))])
def test_the_generator_writes_what_is_in_the_file(flavours, box):
    """Boxes without psi, which take 0.2 s; with psi 5 s each: test_n_eff_tables.py compares points of all of them."""
    stored = arrays(FILE)[key(flavours, False)][box]
    assert np.abs(build(flavours, False, box) - stored).max() <= 20  # of 1e-10


@pytest.mark.parametrize("flavours", ["separate", "common"])
def test_neighbouring_boxes_agree_where_they_meet(flavours):
    """What the series lack, by another way: sums of the absolute differences of series on all faces between boxes."""
    table = load(flavours, True)
    assert table.shape == (*(edges.size - 1 for edges in EDGES), *NODES)
    for direction in range(3):
        signs = (-1.0) ** np.arange(NODES[direction])
        ends = table.sum(axis=3 + direction), np.tensordot(table, signs, (3 + direction, 0))
        n = table.shape[direction]
        right = np.take(ends[0], range(n - 1), axis=direction)
        left = np.take(ends[1], range(1, n), axis=direction)
        assert np.abs(right - left).sum(axis=(-1, -2)).max() < 2e-6
