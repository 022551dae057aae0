"""The smallest chi2 of any coupling, where roots are far apart, coincide, or are not there."""

import numpy as np
import pytest

from physics.neutrino.floating_background import Quartic, quartic, smallest
from physics.neutrino.recoils import Coefficients


def test_smallest_against_roots_of_the_derivative():
    random = np.random.default_rng(1)
    c = np.concatenate([random.normal(size=(4, 3000)) * 10 ** random.uniform(-6, 6, (4, 3000)), np.ones((1, 3000))])
    ours = smallest(Quartic(c, np.ones(3000)))
    for i, found in enumerate(ours):
        at = np.append(0.0, np.roots((c[1:, i] * np.arange(1, 5))[::-1]).real)
        lowest = np.polynomial.polynomial.polyval(at[at >= 0], c[:, i]).min()
        assert found == pytest.approx(lowest, rel=1e-12, abs=1e-12 * abs(c[0, i])), c[:, i]


@pytest.mark.parametrize(
    ("coefficients", "lowest"),
    [
        ([3.0, 4.0, 6.0, 4.0, 1.0], 3.0),  # 2 + (t + 1)^4: a threefold root, and no coupling is better
        ([1.0, -4.0, 6.0, -4.0, 1.0], 0.0),  # (t - 1)^4
        ([5.0, 0.0, -4.0, 0.0, 1.0], 1.0),
        ([2.0, 0.0, 0.0, 0.0, 1.0], 2.0),
        ([2.0, np.nan, 0.0, 0.0, 1.0], np.nan),
    ],
)
def test_special_cases(coefficients, lowest):
    assert smallest(Quartic(np.array(coefficients), np.array(1.0))).item() == pytest.approx(
        lowest, abs=1e-14, nan_ok=True
    )


def test_chi2_against_the_best_norm_of_the_background():
    random = np.random.default_rng(2)
    background = random.uniform(5.0, 20.0, 6)
    observed = random.poisson(background).astype(float)
    counts = Coefficients(np.zeros(6), random.normal(size=(3, 6)), random.random((3, 6)))
    error = np.array([0.1, 0.02, 1.0])
    chi2 = quartic(counts, observed, background, error, -1.0)
    t = 1.3
    x = -t * chi2.unit
    signal = (counts(x[:, None]) - counts.standard)[:, None]
    a = np.linspace(-2, 2, 400001)[:, None]  # chi2 is a parabola in it
    for i in range(3):
        by_hand = (
            ((observed - (1 + a) * background - signal[i]) ** 2 / background).sum(axis=1) + (a[:, 0] / error[i]) ** 2
        ).min()
        assert chi2(np.array(t))[i] == pytest.approx(by_hand, abs=1e-7)
