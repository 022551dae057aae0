"""Eight numbers side by side, against NumPy."""

import math

import numpy as np
import pytest
from numba.core.errors import TypingError

from physics.core.compiled import compiled
from physics.core.vectors import LANES, any_of, floor, load, power_of_two, root, store, weighted_rows, where

A = np.array([-3.5, 0.0, 0.25, 7.0, 1e300, -1e-300, math.inf, math.nan])
B = np.array([2.0, -1.0, 0.25, -7.0, 1e10, 3.0, 1.0, 5.0])


@compiled
def arithmetic(a, b, out):
    x, y = load(a), load(b)
    store(x + y * 2 - 3.0 / y, out[0])
    z = -x
    z += 1
    store(z, out[1])
    store(root(y * y), out[2])
    store(floor(x), out[3])
    store(where((x < y) | (x == y), x, 9.0), out[4])
    store(where((x >= 0) & (x <= y), 1, y), out[5])
    store(where(2.0 > y, 1.0, 2.0), out[6])


def test_arithmetic_and_choices():
    out = np.empty((7, LANES))
    arithmetic(A, B, out)
    with np.errstate(all="ignore"):
        expected = [
            A + B * 2 - 3 / B, -A + 1, np.abs(B), np.floor(A), np.where(A <= B, A, 9.0),
            np.where((A >= 0) & (A <= B), 1, B), np.where(B < 2, 1.0, 2.0),
        ]  # fmt: skip
    np.testing.assert_array_equal(out, expected)


@compiled
def whether_any_is_above(a, limit):
    return any_of(load(a) > limit)


def test_any():
    a = np.arange(LANES + 0.0)
    assert whether_any_is_above(a, LANES - 1.5)
    assert not whether_any_is_above(a, LANES - 1.0)
    assert not whether_any_is_above(np.full(LANES, math.nan), 0.0)


@compiled
def powers(n, out):
    store(power_of_two(load(n) + 1.5 * 2.0**52), out)


def test_powers_of_two():
    n, out = np.array([-1022.0, -1, 0, 1, 2, 10, 52, 1023]), np.empty(LANES)
    powers(n, out)
    np.testing.assert_array_equal(out, 2.0**n)


@compiled
def sums(table, first, weight, out):
    w = load(weight)
    columns = weighted_rows(table, load(first), (1.0, w, w * w))
    store(columns[0], out[0])
    store(columns[1], out[1])
    store(columns[2], out[2])
    store(columns[3], out[3])
    store(columns[4], out[4])
    store(columns[5], out[5])
    store(columns[6], out[6])
    store(columns[7], out[7])


def test_weighted_rows():
    """The first and the last row of a table; each lane has rows and weights of its own."""
    random = np.random.default_rng(0)
    table, weight, out = random.random((40, LANES)), random.random(LANES), np.empty((LANES, LANES))
    first = np.array([0.0, 37, 5, 5, 6, 20, 31, 1])
    sums(table, first, weight, out)
    rows = table[first.astype(int)[:, np.newaxis] + np.arange(3)]  # (lane, row, column)
    expected = rows[:, 0] + weight[:, np.newaxis] * rows[:, 1] + weight[:, np.newaxis] ** 2 * rows[:, 2]
    np.testing.assert_allclose(out, expected.T, rtol=1e-15)


def test_what_is_not_contiguous_is_refused():
    with pytest.raises(TypeError, match="contiguous"):
        whether_any_is_above(np.zeros((LANES, 2))[:, 0], 0.0)


@compiled
def with_a_word(a):
    return load(a) + "one"


def test_what_is_no_number_is_refused():
    with pytest.raises(TypingError, match="add"):
        with_a_word(A)
