"""Cross sections against sums of Taylor's phase shifts, reference values and closed forms."""

import math

import numpy as np
import pytest

from physics.dark_matter.self_interaction.phase_shifts import phase_shifts
from physics.dark_matter.self_interaction.transfer import cross_sections, maxwell_average

GRID = [
    (1e-4, 1.0), (1e-3, 1.6798), (0.01, -3.0), (0.1, 1.7386), (0.05, 50.0), (0.3, 500.0), (1.0, 0.01), (1.67, 0.98),
    (1.67, -5.0), (3.3, 1.85), (3.0, 300.0), (5.0, 0.1), (6.0, 1e-3), (10.0, 5.0), (10.0, 60.0), (17.0, 2.0), (17.0,
    20.0), (30.0, 1.0), (30.0, -10.0), (50.0, 5.0), (100.0, 10.0), (100.0, -100.0),
]  # fmt: skip


@pytest.mark.parametrize(("kappa", "b"), GRID)
def test_taylor_series(kappa, b, exact_cross_sections):
    """Attractive and repulsive, weak and strong, up to kappa = 100: 1e-4 is promised."""
    np.testing.assert_allclose(cross_sections(kappa, b), exact_cross_sections(kappa, b), rtol=3e-5)


def test_reference_values(reference):
    for quantity, ours in (("sigma_T*mphi", "transfer"), ("sigma_V*mphi", "viscosity")):
        for inputs, value, tolerance in reference(quantity):
            here = getattr(cross_sections(float(inputs["kappa"]), float(inputs["b"])), ours)
            assert here == pytest.approx(value, rel=max(tolerance, 3e-5)), inputs


def test_born_in_closed_form():
    """Transfer of distinguishable particles: b^2/(2 kappa^4) [ln(1+R^2) - R^2/(1+R^2)], R = 2 kappa."""
    for kappa in (0.01, 0.5, 5.0, 40.0):
        b = 1e-6 * max(1.0, kappa)
        R2 = (2 * kappa) ** 2
        series = R2**2 / 2 - 2 * R2**3 / 3 + 0.75 * R2**4
        bracket = math.log1p(R2) - R2 / (1 + R2) if R2 > 1e-2 else series
        assert cross_sections(kappa, b).distinguishable == pytest.approx(b**2 / (2 * kappa**4) * bracket, rel=2e-5)


def test_reference_value_of_born(reference):
    ((inputs, value, _),) = reference("sigma_T_Born")
    weak = 1e-6 / inputs["b"]
    assert cross_sections(inputs["kappa"], 1e-6).transfer == pytest.approx(value * weak**2, rel=1e-5)


def test_s_wave():
    """Eq. (25) is pi sin^2(delta)/k^2, a quarter of that of distinguishable particles; viscosity 4/3 of (25)."""
    kappa, b = 1e-3, 0.8
    sine2 = math.sin(phase_shifts(kappa, b, 2)[0]) ** 2
    here = cross_sections(kappa, b)
    assert here.transfer == pytest.approx(sine2 / kappa**2, rel=1e-4)
    assert here.distinguishable / here.transfer == pytest.approx(4, rel=1e-5)
    assert here.viscosity / here.transfer == pytest.approx(4 / 3, rel=1e-5)


def test_closed_sums_over_phase_shifts():
    """Sum (l+1) sin^2(delta_(l+1) - delta_l) for the transfer; l and l+2 for the viscosity of identical fermions."""
    kappa, b = 4.0, 7.0
    d = phase_shifts(kappa, b, 70)
    ell = np.arange(69)
    dist = 4 / kappa**2 * np.sum((ell + 1) * np.sin(d[1:70] - d[:69]) ** 2)
    spins = np.where(ell % 2 == 0, 0.25, 0.75)
    pairs = spins * (ell + 1) * (ell + 2) / (2 * ell + 3) * np.sin(d[2:71] - d[:69]) ** 2
    here = cross_sections(kappa, b)
    assert here.distinguishable == pytest.approx(dist, rel=1e-5)
    assert here.viscosity == pytest.approx(8 / kappa**2 * pairs.sum(), rel=1e-5)


def test_unitarity_on_resonance():
    kappa = 1e-3
    best = max(cross_sections(kappa, b).transfer for b in np.linspace(1.67, 1.69, 201))
    assert 0.9 / kappa**2 < best < 1 / kappa**2


def test_without_a_potential_nothing_scatters():
    assert tuple(cross_sections(3.0, 0.0)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("kappa", "b"), [(0.05, 1.0), (0.2, 6.5), (1.0, 20.0), (5.0, 5.0), (20.0, 60.0)])
def test_average_is_converged(kappa, b):
    """Against 1200 points of Gauss-Legendre in v; on a resonance, too."""
    node, weight = np.polynomial.legendre.leggauss(40)
    edges = np.geomspace(1e-3, 6.5, 31)
    x = (edges[:-1, np.newaxis] + np.diff(edges)[:, np.newaxis] * 0.5 * (1 + node)).ravel()
    w = (np.diff(edges)[:, np.newaxis] * 0.5 * weight).ravel()
    sigma = np.array([cross_sections(kappa * v, b).transfer for v in x])
    exact = np.sum(w * sigma * math.sqrt(2 / math.pi) * x**3 * np.exp(-(x**2) / 2))
    assert maxwell_average(kappa, b, 1e-5) == pytest.approx(exact, rel=1e-5)
