"""sigma v of pairs of given momenta: against the integral over angles, and against the thermal averages."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special

from physics.dark_matter.relic.channels import channel_sum
from physics.dark_matter.relic.pair_annihilation import annihilation_matrix, pair_rate
from physics.dark_matter.relic.x_pairs import cross_section_to_X

MASSLESS = (np.ones(1), np.zeros(1), 0.0)


@pytest.mark.parametrize("y_f", [0.0, 0.9, 1.3])
@pytest.mark.parametrize(("d", "w"), [(-0.3, 1e-3), (-1e-2, 1e-6), (0.2, 0.05), (0.3, 1e-7), (3.0, 1e-7)])
def test_against_the_integral_over_angles(d, w, y_f):
    """By scipy, told where the pole is. With a massive final state: 0.3 % of the sum is for _massive."""
    for p, p_2 in ((0.3, 0.5), (0.02, 0.6), (1.0, 1.1)):
        E, E_2 = math.sqrt(1 + p * p), math.sqrt(1 + p_2 * p_2)
        low, high = (0.5 * (E * E_2 + 1 + sign * p * p_2) for sign in (-1, 1))

        def integrand(y):
            phase_space = 1 + (math.sqrt(1 - y_f / y) * (1 + y_f / (2 * y)) if y > y_f else 0.0)
            return phase_space * y * (y + 0.5) / ((y - 1 - d) ** 2 + w * w)

        distances = w * 3.0 ** np.arange(-1, 20)
        breaks = [v for v in 1 + d + np.concatenate([-distances, [0.0], distances]) if low < v < high]
        breaks += [y_f] if low < y_f < high else []
        edges = [low, *sorted(breaks), high]
        expected = sum(
            integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-8, limit=400)[0] for a, b in pairwise(edges)
        ) / (4 * p * p_2 * E * E_2)
        ours = pair_rate(p, p_2, d, w, np.ones(2), np.array([0.0, y_f]), 0.0)
        assert ours == pytest.approx(expected, rel=1e-6 if y_f == 0.0 else 3e-3)


@pytest.mark.parametrize("rho2", [0.3, 0.99, 1.5])
def test_pairs_of_X(rho2):
    """From its cross section: V = sigma F/(E_1 E_2), F^2 = (p_1 p_2)^2 - m^4."""
    p, p_2 = 0.7, 1.1
    E, E_2 = math.sqrt(1 + p * p), math.sqrt(1 + p_2 * p_2)

    def sigma_v(c):
        y = 0.5 * (E * E_2 + 1 - p * p_2 * c)
        return cross_section_to_X(y, rho2) * 2 * math.sqrt(y * (y - 1)) / (E * E_2)

    q2 = 2.0
    threshold = (0.5 * (E * E_2 + 1) - rho2) / (0.5 * p * p_2)
    mean = integrate.quad(sigma_v, -1, min(threshold, 1), epsrel=1e-9)[0] / 2
    total = pair_rate(p, p_2, rho2 / 4 - 1, 1e-6, *MASSLESS[:2], q2)
    ours = (total - pair_rate(p, p_2, rho2 / 4 - 1, 1e-6, *MASSLESS)) / (6 * math.pi)  # 2 B = g^4 q^2/(6 pi m^2)
    assert ours == pytest.approx(q2 * mean, rel=1e-4)


@pytest.mark.parametrize(
    ("d", "w", "within"),
    [(-0.3, 1e-8, 5e-4), (-2e-3, 1e-8, 2e-3), (-4e-6, 1e-9, 1e-3), (1e-9, 1e-8, 1e-3), (4e-5, 1e-9, 1e-3),
     (1e-3, 1e-4, 1e-3), (4e-3, 1e-8, 1e-3), (0.23, 1e-8, 2e-3)],
)  # fmt: skip
@pytest.mark.parametrize(
    "channels", [MASSLESS, (np.ones(2), np.array([0.0, 1.2]), 0.0), (np.ones(1), np.zeros(1), 4.0)]
)
def test_thermal_average(d, w, within, channels):
    """Summed over a Maxwell-Juettner gas V is <sigma v>; the grid is that of phase_space.py above the pole."""
    h = 0.1 if d < 0 else 0.04
    p = np.exp(np.arange(math.log(min(3e-3, 0.1 * math.sqrt(abs(d) + w))), math.log(7), h))
    V = annihilation_matrix(p, h, d, w, *channels)
    assert (V == V.T).all()
    for x in (8.0, 25.0):
        gas = p**3 * np.exp(-x * p**2 / (1 + np.sqrt(1 + p**2))) * h
        ours = 2 * gas @ V @ gas / (special.kve(2, x) / x) ** 2
        assert ours == pytest.approx(channel_sum(x, d, w, *channels), rel=within)


def test_a_narrow_plateau_is_averaged_where_no_corner_of_a_cell_sees_it():
    """Slow and fast psi on the pole: p_2 within 2 p_1 of 2 sqrt(d), less than a cell."""
    d, w, h = 1e-3, 1e-9, 0.08
    p_1 = 0.003 * math.sqrt(d)
    p = 2 * math.sqrt(d * (1 + d)) * np.exp(h * (np.arange(-60, 61) + 0.3))
    j = int(np.argmin(np.abs(p - p_1)))
    V = annihilation_matrix(p, h, d, w, *MASSLESS)
    on_pole = math.pi / w * (1 + d) * (1.5 + d)
    # Int d ln(p_2) over the plateau, p_2 from p_0 - 2 p_1 to p_0 + 2 p_1: V = on_pole/(4 p_1 p_2 E_2)
    p_0 = 2 * math.sqrt(d * (1 + d))
    expected = on_pole / (4 * p[j] * p_0) * 2 * (1 + 2 * d) * p[j] / p_0 / (1 + 2 * d)
    expected *= math.sinh(h / 2) / (h / 2)  # the mean of p_1 in its cell drops out but for curvature
    assert h * V[j].sum() == pytest.approx(expected, rel=1e-2)
