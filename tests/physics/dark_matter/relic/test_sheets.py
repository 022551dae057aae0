"""Sheets for massive final states, against the exact integrator."""

import numpy as np

from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.sheets import sheet_freeze_out


def test_sheets_do_most_of_the_work_there():
    strength, w = (a.ravel() for a in np.meshgrid(np.geomspace(1e4, 1e12, 20), np.geomspace(1e-12, 1e-7, 20)))
    d, y_f = np.full(400, -0.4), np.tile([0.0, 1.1], (400, 1))
    couplings = np.array([1.0, 1.0])
    x_f, at_x_f, J, done = sheet_freeze_out(strength, d, w, couplings, y_f, np.zeros(400, dtype=int))
    assert done.mean() > 0.95
    for got, exact in zip(
        (x_f, at_x_f, J), freeze_out_points(strength, d, w, couplings, y_f, np.zeros(400)), strict=True
    ):
        np.testing.assert_allclose(got[done], exact[done], rtol=3e-7)


def test_too_few_points_do_not_make_a_sheet():
    few = (np.full(3, 1e8), np.full(3, -0.4), np.full(3, 1e-9))
    assert not sheet_freeze_out(*few, np.array([1.0, 1.0]), np.tile([0.0, 1.1], (3, 1)), np.zeros(3, dtype=int))[
        3
    ].any()
