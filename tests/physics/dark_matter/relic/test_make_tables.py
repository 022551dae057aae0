"""The generator of the tables."""

import numpy as np

from physics.dark_matter.relic import make_tables, tables


def test_the_generator_writes_what_is_in_the_file():
    rows = {"below": [0, 50, 95], "near": [0, 26, 95], "above": [0, 90, 175], "pairs": [0, 320, 639]}
    built = make_tables.build(
        tables.ROWS_BELOW[rows["below"]],
        tables.ROWS_NEAR[rows["near"]],
        tables.ROWS_ABOVE[rows["above"]],
        tables.ROWS_PAIRS[rows["pairs"]],
    )
    stored = tables.load()
    assert set(built) == set(stored)
    for name, table in built.items():
        expected = stored[name][rows[name.partition("_")[0]]]
        # the higher coefficients are differences of values that are exact to 1e-14
        scale = np.abs(expected).max(axis=tuple(range(1, expected.ndim - 1)), keepdims=True)
        assert (np.abs(table - expected) <= 1e-7 * scale).all(), name
        assert table.tobytes() == expected.tobytes() or np.allclose(table[..., 0], expected[..., 0], rtol=1e-10)
