"""Averages for final states with mass at two widths, against the exact ones."""

import math

import numpy as np
import pytest

from physics.dark_matter.relic.breit_wigner import average
from physics.dark_matter.relic.massive_average import bessel_weight, two_widths, unknown_G
from physics.numerics.bessel import k1_scaled_complex


@pytest.mark.parametrize(
    ("d", "y_f"), [(-0.5, 0.3), (-0.5, 1.3), (-0.02, 0.97), (-0.004, 0.5), (0.2, 1.3), (0.01, 1.5)]
)
@pytest.mark.parametrize("x", [0.4, 5.0, 60.0, 500.0])
def test_pole_out_of_reach(x, d, y_f):
    w = 0.02 * min(abs(d), 1 / x)
    out = two_widths(x, bessel_weight(x), d, y_f, False, unknown_G(), w)
    little = 1e-12 * average(x, d, w, 0.0)  # next to which a final state far above m_psi is nothing
    assert out[1] == pytest.approx(average(x, d, w, y_f), rel=1e-8, abs=little)
    assert out[0] == pytest.approx(average(x, d, 1e-7 * w, y_f), rel=1e-8, abs=little)


@pytest.mark.parametrize(("d", "y_f"), [(0.04, 0.3), (0.3, 0.97), (0.5, 1.2), (2.0, 1.5)])
@pytest.mark.parametrize("x", [0.4, 5.0, 60.0])
def test_without_the_pole(x, d, y_f):
    w = 0.02 * min(0.25 * abs(1 + d - y_f), 1 / x)
    out = two_widths(x, bessel_weight(x), d, y_f, True, unknown_G(), w)
    z = complex(1 + d, w)
    bessel = k1_scaled_complex(2 * x * z**0.5) * np.exp(-2 * x * (z**0.5 - 1))
    F = (z - 1) ** 0.5 * (1 - y_f / z) ** 0.5 * (1 + 0.5 * y_f / z) * z * (z + 0.5) * bessel * bessel_weight(x)
    whole = average(x, d, w, y_f)
    # ln G is known from five points
    assert out[1] == pytest.approx(whole - math.pi * F.real / w, rel=1e-7, abs=3e-8 * whole)
