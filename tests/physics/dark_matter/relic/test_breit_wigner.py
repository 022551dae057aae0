"""The thermal average of a resonance against brute force that resolves the pole."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special

from physics.dark_matter.relic.breit_wigner import average, pressure_average, weighted_k1

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def brute_force(x, d, w, y_f):
    """Gauss-Legendre in t = sqrt(y - 1), panels graded geometrically around the complex pole and every threshold."""
    lo = math.sqrt(max(y_f - 1, 0.0))
    hi = math.sqrt((math.sqrt(max(1 + lo * lo, 1 + d)) + 30 / x) ** 2 - 1)  # beyond the pole
    pole = complex(np.sqrt(complex(d, w)))
    breaks = {lo, hi}
    for centre, smallest in ((pole.real, abs(pole.imag)), (lo, math.sqrt(abs(1 - y_f)) or hi), (0.0, 1 / math.sqrt(x))):
        step = smallest / 4
        if lo < centre < hi:
            breaks.add(centre)
        while step < 2 * hi:
            breaks |= {b for b in (centre - step, centre + step) if lo < b < hi}
            step *= 1.7
    if y_f > 0:
        step = (hi - lo) * 1e-10
        while step < hi - lo:
            breaks.add(lo + step)
            step *= 3
    edges = np.array(sorted(breaks)) - pole.real  # distances from the pole, so that nothing cancels next to it
    half = np.diff(edges)[:, np.newaxis] / 2
    tau = (edges[:-1, np.newaxis] + half + half * NODES).ravel()
    t = pole.real + tau
    y = 1 + t * t
    resonance = (tau * (tau + 2 * pole.real) + pole.imag**2) ** 2 + w * w
    phase_space = np.sqrt(np.maximum(0, (y - y_f) / y)) * (1 + y_f / (2 * y))
    thermal = special.kve(1, 2 * x * np.sqrt(y)) * np.exp(-2 * x * t * t / (1 + np.sqrt(y)))
    f = 2 * t * t * y * (y + 0.5) * phase_space * thermal / resonance
    return x / special.kve(2, x) ** 2 * float(np.sum((half * WEIGHTS).ravel() * f))


@settings(max_examples=300, deadline=None)
@given(
    log_x=st.floats(-0.5, 5),
    log_d=st.floats(-9, 3),
    sign=st.sampled_from([-1, 1]),
    log_width=st.floats(-12, 0),
    y_f=st.one_of(st.just(0.0), st.floats(0, 0.999), st.floats(1.001, 30)),
)
@example(log_x=1.2, log_d=-1.5, sign=1, log_width=-1.2, y_f=0.0)  # broad: |arg z| too large for the expansion of K_1
@example(log_x=1.0, log_d=-9.0, sign=-1, log_width=-12.0, y_f=0.0)
@example(log_x=-0.5, log_d=-0.03, sign=-1, log_width=0.0, y_f=0.5)
@example(log_x=5.0, log_d=-3.0, sign=-1, log_width=-2.0, y_f=0.9999)  # pole beyond the threshold, Re z < 1, cold gas
def test_against_brute_force(log_x, log_d, sign, log_width, y_f):
    x, d = 10**log_x, 10**log_d if sign > 0 else -min(10**log_d, 0.95)
    w = (1 + d) * 10**log_width
    if 2 * x * (math.sqrt(max(y_f, 1)) - 1) > 60:
        return  # nothing left to compare
    assert average(x, d, w, y_f) == pytest.approx(brute_force(x, d, w, y_f), rel=1e-11, abs=1e-250)


@pytest.mark.parametrize(("x", "d", "w", "y_f"), [(3.0, -0.9, 1e-3, 0.0), (8.0, 0.4, 0.3, 1.5)])
def test_against_18_digits(x, d, w, y_f):
    with mpmath.workdps(18):

        def f(y):
            phase = mpmath.sqrt(y - 1) * mpmath.sqrt(1 - y_f / y) * (1 + y_f / (2 * y))
            return phase * y * (y + 0.5) * mpmath.besselk(1, 2 * x * mpmath.sqrt(y)) / ((y - 1 - d) ** 2 + w**2)

        lo = mpmath.mpf(max(1.0, y_f))
        points = [lo, lo + 0.1, lo + 1, lo + 4, lo + 12, lo + 40, lo + 120]
        expected = x / mpmath.besselk(2, x) ** 2 * mpmath.quad(f, points)
        assert average(x, d, w, y_f) == pytest.approx(float(expected), rel=1e-12, abs=0)


def test_narrow_width_limit():
    """For w -> 0 above threshold the average is the pole's: pi f(y_0)/w, eq. (2.3) as a delta function."""
    x, d = 12.0, 0.3
    y = 1 + d
    bessel = special.kve(1, 2 * x * math.sqrt(y)) * math.exp(-2 * x * (math.sqrt(y) - 1)) / special.kve(2, x) ** 2
    pole = math.pi * math.sqrt(d) * y * (y + 0.5) * x * bessel
    for w in (1e-8, 1e-12):
        assert average(x, d, w, 0.0) * w == pytest.approx(pole, rel=5e2 * w + 1e-12)


def test_cold_limit_is_the_cross_section_at_rest():
    """Far from the pole and for x -> infinity <sigma v> is sigma v at v = 0: S -> 3/4 / (d^2 + w^2)."""
    assert average(1e9, -0.3, 0.01, 0.0) == pytest.approx(0.75 / (0.09 + 1e-4), rel=1e-7)


@pytest.mark.parametrize("w", [1e-12, 1e-6, 1e-2])
def test_continuous_through_the_threshold(w):
    left, at, right = (average(15.0, d, w, 0.0) for d in (-1e-9 * w, 0.0, 1e-9 * w))
    assert left == pytest.approx(at, rel=1e-6)
    assert right == pytest.approx(at, rel=1e-6)


@pytest.mark.parametrize("gap", [1e-3, 1e-7, 1e-12])
def test_final_state_at_threshold_is_continuous(gap):
    """A fermion a little lighter, as heavy, or a little heavier than psi."""
    below, at, above = (average(20.0, 0.4, 1e-4, y_f) for y_f in (1 - gap, 1.0, 1 + gap))
    assert below == pytest.approx(at, rel=40 * gap + 1e-11)
    assert above == pytest.approx(at, rel=40 * gap + 1e-11)


LEGENDRE = np.polynomial.legendre.leggauss(60)


@pytest.mark.parametrize(("x", "y_minus_1"), [(0.3, 0.5), (3.9, 1e-6), (4.1, 1e-6), (30.0, 2.0), (1e4, 0.01)])
def test_pressure_of_pairs_of_given_s(x, y_minus_1):
    """p^2/(3 E T) averaged over the energies of either particle, by brute force in E_1 + E_2 and E_1 - E_2."""
    y = 1 + y_minus_1
    z, velocity = 2 * x * math.sqrt(y), math.sqrt(y_minus_1 / y)
    t, weights = 4.0 * (1 + LEGENDRE[0]), 4.0 * LEGENDRE[1]  # cosh(eta) = 1 + t^2/z
    cosh = 1 + t**2 / z
    sinh = t / math.sqrt(z) * np.sqrt(2 + t**2 / z)
    E_1 = math.sqrt(y) * (cosh[:, np.newaxis] + velocity * np.multiply.outer(sinh, LEGENDRE[0]))
    mean = x * ((E_1 - 1) * (E_1 + 1) / (3 * E_1)) @ LEGENDRE[1] / 2
    expected = np.sum(weights * 2 * t * np.exp(-(t**2)) * sinh * mean)  # z Int sinh^2 exp(-z(cosh - 1)) mean d eta
    assert weighted_k1(x, y_minus_1) == pytest.approx(expected, rel=1e-12)
    assert weighted_k1(x, complex(y_minus_1, 1e-12)).real == pytest.approx(expected, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    log_x=st.floats(-0.5, 4), log_d=st.floats(-9, 1), sign=st.sampled_from([-1, 1]), log_width=st.floats(-12, -0.5),
    y_f=st.one_of(st.just(0.0), st.floats(0, 0.99), st.floats(1.01, 3)),
)  # fmt: skip
def test_pressure_average_against_brute_force(log_x, log_d, sign, log_width, y_f):
    x, d = 10**log_x, 10**log_d if sign > 0 else -min(10**log_d, 0.95)
    w = (1 + d) * 10**log_width
    if 2 * x * (math.sqrt(max(y_f, 1)) - 1) > 60:
        return
    # t = sqrt(y - 1), panels graded around the complex pole, every threshold and the thermal scale
    low, peak = math.sqrt(max(y_f - 1, 0.0)), complex(np.sqrt(complex(d, w)))
    high = math.sqrt((math.sqrt(max(1 + low**2, 1 + d)) + 30 / x) ** 2 - 1)
    breaks = {low, high}
    for centre, smallest in (
        (peak.real, peak.imag),
        (low, math.sqrt(abs(1 - y_f))),
        (0.0, 1 / math.sqrt(x)),
        (low, 1e-8),
    ):
        step = smallest / 4
        breaks |= {centre} if low < centre < high else set()
        while step < 2 * high:
            breaks |= {b for b in (centre - step, centre + step) if low < b < high}
            step *= 2.0
    edges = np.array(sorted(breaks)) - peak.real
    half = np.diff(edges)[:, np.newaxis] / 2
    tau = (edges[:-1, np.newaxis] + half + half * LEGENDRE[0]).ravel()
    t = peak.real + tau
    y = 1 + t**2
    f = 2 * t**2 * y * (y + 0.5) * np.sqrt(np.maximum(0, (y - y_f) / y)) * (1 + y_f / (2 * y))
    f /= (tau * (tau + 2 * peak.real) + peak.imag**2) ** 2 + w**2
    f *= np.exp(-2 * x * t**2 / (1 + np.sqrt(y))) * np.array([weighted_k1(x, v) for v in t**2])
    expected = x / special.kve(2, x) ** 2 * float(np.sum((half * LEGENDRE[1]).ravel() * f))
    assert pressure_average(x, d, w, y_f) == pytest.approx(expected, rel=1e-10, abs=1e-250)


def test_both_averages_agree_for_a_constant_cross_section():
    """A cold gas far from the pole: sigma v no longer depends on energy, and <p^2/3E> = T."""
    assert pressure_average(1e8, -0.3, 0.01, 0.0) == pytest.approx(average(1e8, -0.3, 0.01, 0.0), rel=1e-6)


@pytest.mark.parametrize("x", [4.01, 9.9, 10.01, 20.0, 50.0])
def test_weights_where_nodes_are_few(x):
    """On the real axis: the worst is just above z = 20."""
    nodes, weights = (a[30:] for a in np.polynomial.hermite.hermgauss(60))
    for y_minus_1 in (0.0, 1e-4, 0.01, 0.1, 2.0):
        y = 1 + y_minus_1
        z = 2 * x * math.sqrt(y)
        u = nodes**2 / z
        sinh2 = u * (2 + u)
        terms = weights / np.sqrt(2 + u) * (y_minus_1 + sinh2 * (1 + 2 * y + 2 * sinh2)) / (y + sinh2)
        assert abs(weighted_k1(x, y_minus_1) / (2 * x * math.sqrt(y / z) / 3 * terms.sum()) - 1) < 4e-9


def test_weights_off_the_real_axis():
    """The poles' thermal factor, with few nodes and many, against 60: also for poles far below threshold."""
    random = np.random.default_rng(4)
    nodes, weights = (a[30:] for a in np.polynomial.hermite.hermgauss(60))
    for _ in range(500):
        y_minus_1 = complex(random.uniform(-0.5, 1.0), 10 ** random.uniform(-8, -1))
        y = 1 + y_minus_1
        x = 10 ** random.uniform(1.2, 4)
        z = 2 * x * np.sqrt(y)
        u = nodes**2 / z
        sinh2 = u * (2 + u)
        terms = weights / np.sqrt(2 + u) * (y_minus_1 + sinh2 * (1 + 2 * y + 2 * sinh2)) / (y + sinh2)
        expected = x * np.sqrt(y) / 3 * 2 / np.sqrt(z) * terms.sum()
        assert abs(weighted_k1(x, y_minus_1) / expected - 1) < 1e-11
