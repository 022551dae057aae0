"""Thermal factors of a dozen x against those of one, hot and cold."""

import math

import numpy as np
import pytest
from scipy import special

from physics.dark_matter.relic import panel_factors as panel
from physics.dark_matter.relic.breit_wigner import weighted_k1
from physics.numerics.lanes import LANES


def factors(x, y_minus_1):
    """Of S and S_2, times sqrt(z) e^z, and sqrt(x/2)/K_2^2."""
    work, r = np.zeros(panel.ROWS), math.sqrt(1 + y_minus_1)
    panel.place(x, x[0] < panel.COLD, work)
    panel.fill(x[0] < panel.COLD, y_minus_1, r, 0.0, True, np.empty(panel.IN_X), work)
    return work[panel.F_AT : panel.F_AT + x.size], work[panel.F_2_AT :][: x.size], work[panel.WEIGHT :][: x.size]


@pytest.mark.parametrize(("low", "high"), [(panel.HOTTEST, 0.99 * panel.COLD), (panel.COLD, 300.0), (1e3, 1e6)])
def test_on_the_real_axis(low, high):
    x = np.geomspace(low, high, LANES)
    for y_minus_1 in [0.0, *np.geomspace(1e-10, 1e4, 40)]:
        S, S_2, weight = factors(x, y_minus_1)
        z = 2 * x * math.sqrt(1 + y_minus_1)
        np.testing.assert_allclose(S, np.sqrt(z) * special.kve(1, z), rtol=2e-10)
        exact = np.array([weighted_k1(a, y_minus_1) for a in x])
        np.testing.assert_allclose(S_2, np.sqrt(z) * exact, rtol=4e-9)  # of weighted_k1, where its nodes are few
        np.testing.assert_allclose(weight, np.sqrt(x / 2) / special.kve(2, x) ** 2, rtol=1e-11)


@pytest.mark.parametrize(("low", "high"), [(panel.HOTTEST, 0.99 * panel.COLD), (panel.COLD, 18.0), (400.0, 1800.0)])
def test_next_to_the_real_axis(low, high):
    """Both parts: next to the threshold the imaginary one is a derivative, which polynomials know less well."""
    x, work = np.geomspace(low, high, LANES), np.zeros(panel.ROWS + 2 * LANES)
    hot, cold = x[0] < panel.COLD, 2 * math.exp(-panel.COLDEST)
    panel.place(x, hot, work)
    k1, B = (np.zeros(panel.IN_X, complex) for _ in range(2))
    for zeta in (complex(0.3, 1e-3), complex(1e-3, 1e-12), complex(-1e-3, 1e-9), complex(-1e-4, 1e-3)):
        root = np.sqrt(1 + zeta)
        panel.coefficients_at(root, hot, True, k1, B)
        for lacking in (1.0 + 0j, 1j):
            work[panel.ROWS :] = 0.0
            panel.factors_of_pole(
                zeta, root, lacking, hot, True, k1, B, panel.ROWS, panel.ROWS + LANES, work,
            )  # fmt: skip
            z = 2 * x * root
            fading = np.sqrt(z) * np.exp(-2 * x * zeta / (root + 1)) * lacking
            exact = (special.kve(1, z) * fading).imag
            np.testing.assert_allclose(
                work[panel.ROWS :][:LANES], exact, rtol=1e-7, atol=1e-10 * abs(exact).max() + cold
            )
            exact = (np.array([weighted_k1(a, zeta) for a in x]) * fading).imag
            np.testing.assert_allclose(work[-LANES:], exact, rtol=1e-7, atol=5e-9 * abs(exact).max() + x[-1] * cold)
