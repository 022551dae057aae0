"""The generator of the tables."""

import numpy as np
import pytest

from physics.dark_matter.relic import make_tables, tables
from physics.dark_matter.relic.lookup import WIDEST

REACH = dict(zip(("below", "near", "above"), WIDEST, strict=True))

# Power of the width that each column multiplies
POWERS = {
    "below_wide": (2, 4, 2, 4),
    "near_S_wide": (2, 2, 4),
    "near_J_wide": (2, 2, 4, 4, 2, 4),
    "above_S_wide": (2, 2, 4),
    "above_J_wide": (2, 3, 2, 4),
}
ROWS = {"below": [0, 50, 95], "near": [0, 26, 95], "above": [0, 90, 175], "pairs": [0, 320, 639]}


@pytest.fixture(scope="module")
def built():
    """Some of the rows."""
    return make_tables.build(
        tables.ROWS_BELOW[ROWS["below"]],
        tables.ROWS_NEAR[ROWS["near"]],
        tables.ROWS_ABOVE[ROWS["above"]],
        tables.ROWS_PAIRS[ROWS["pairs"]],
    )


def off(name, table, expected):
    """Largest difference where the width is the largest that is taken from the tables, in units of each column.

    There the coefficients of its powers weigh most; they are differences of values that are exact to a rounding, which
    they magnify up to 1e12 times.
    """
    region = name.partition("_")[0]
    weight = [REACH[region] ** k for k in POWERS[name]] if name in POWERS else 1.0
    scale = np.abs(expected).max(axis=tuple(range(1, expected.ndim - 1)), keepdims=True)
    return (np.abs(table - expected) * weight / scale).max()


def test_the_generator_writes_what_is_in_the_file(built):
    stored = tables.load()
    assert set(built) == set(stored)
    for name, table in built.items():
        assert off(name, table, stored[name][ROWS[name.partition("_")[0]]]) <= 1e-9, name


def test_what_is_not_known_to_a_rounding_does_not_matter(built, monkeypatch):
    rng = np.random.default_rng(1)
    average = make_tables._average
    monkeypatch.setattr(
        make_tables, "_average", lambda x, d, w: average(x, d, w) * (1 + 2**-53 * rng.integers(-1, 2, x.shape))
    )
    row = tables.ROWS_ABOVE[ROWS["above"]]
    again = make_tables.build(tables.ROWS_BELOW[:1], tables.ROWS_NEAR[:1], row, tables.ROWS_PAIRS[:1])
    table, expected = again["above_S_wide"], built["above_S_wide"]
    assert np.abs(table - expected).max() > 1e-6  # of the coefficients themselves
    assert off("above_S_wide", table, expected) <= 1e-9
