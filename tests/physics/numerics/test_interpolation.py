"""Splines on a uniform grid, and the place of a number between edges."""

import math

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from physics.numerics.interpolation import cubic, interval, locate, uniform_splines


def test_splines_are_those_of_scipy():
    u = np.linspace(-1.0, 2.0, 31)
    functions = np.stack([np.exp(u), np.sin(u)], axis=-1)
    table, spline = uniform_splines(-1.0, 2.0, 31, functions), CubicSpline(u, functions)
    for v in np.random.default_rng(0).uniform(-1, 2, 50):
        i, t = locate(table, v)
        assert [cubic(table.coefficients[i, k], t) for k in (0, 1)] == pytest.approx(spline(v), rel=1e-13)


@pytest.mark.parametrize(("v", "at"), [(-7.0, 0.0), (9.0, 1.0), (math.nan, 0.0), (math.inf, 1.0), (-math.inf, 0.0)])
def test_outside_the_grid_its_ends_hold(v, at):
    table = uniform_splines(0.0, 1.0, 5, np.linspace(0.0, 1.0, 5)[:, np.newaxis])
    i, t = locate(table, v)
    assert cubic(table.coefficients[i, 0], t) == pytest.approx(at, abs=1e-14)


def test_interval_is_that_of_searchsorted():
    edges = np.array([-2.0, -1.0, 0.5, 0.75, 8.0])
    for u in (-3.0, -2.0, -1.5, -1.0, 0.0, 0.5, 0.74, 0.75, 7.0, 8.0, 9.0):
        assert interval(u, edges) == np.clip(np.searchsorted(edges, u, side="right") - 1, 0, 3)
