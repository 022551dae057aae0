"""The CsI detector: what it accepts, shares of the neutrinos that are late, errors of its counts."""

import numpy as np
import pytest
from scipy.stats import gamma

from physics.core.files import table
from physics.neutrino import cesium_iodide, stopped_pions


def test_shares_of_the_delayed_neutrinos():
    # 2017: the bin from 1.5 to 2 us of the released distribution (0 to 12 us) holds 0.143505, and then it decays
    after_6 = 0.143505 * sum(np.exp(-bins * 0.5 / 2.197) for bins in range(9, 21))
    assert cesium_iodide.coherent_csi("2017").delayed_share == pytest.approx(1 - after_6, abs=5e-4)
    # 2021: pulse of the beam as in CENNS-10, pion, muon, and the efficiency in time; of the prompt ones as good as all
    pulse = np.random.default_rng(1).normal(0.44, 0.15, 400_000)  # [us]
    pion, muon = np.random.default_rng(2).exponential([[0.026], [2.197]], (2, 400_000))
    shares = [
        np.mean(np.where(time < 6, np.exp(-0.0494 * np.maximum(time - 0.52, 0)), 0))
        for time in (pulse + pion, pulse + pion + muon)
    ]
    assert shares[0] == pytest.approx(0.998, abs=5e-4)
    assert cesium_iodide.coherent_csi("2021").delayed_share == pytest.approx(shares[1], abs=2e-3)


def test_csi_error_is_that_of_two_nuisance_parameters():
    """Papoulias & Kosmas 2018: 142 measured, 6 (1 + beta) of them neutrons, sigma_beta = 0.25."""
    s2, events = 142 + 2 * 405 + 6, 176.0
    alpha, beta = np.meshgrid(np.linspace(-0.3, 0.1, 401), np.linspace(-0.1, 0.1, 201))
    chi2 = (142 - events * (1 + alpha) - 6 * (1 + beta)) ** 2 / s2 + (alpha / 0.28) ** 2 + (beta / 0.25) ** 2
    assert stopped_pions.chi2(events, cesium_iodide.coherent_csi_counts("2017")) == pytest.approx(chi2.min(), abs=1e-4)


@pytest.mark.parametrize("keV", [2.0, 5.0, 12.0, 25.0, 44.0])
def test_acceptance_of_2021_against_sampled_photoelectrons(keV):
    """The release's own form of the Gamma distribution: a = 0.0749/E, b = 9.56 E, shape 1 + b, scale 1/(a (1 + b))."""
    T = 1e-3 * keV
    E = 1e3 * (0.0554628 * T + 4.30681 * T**2 - 111.707 * T**3 + 840.384 * T**4)
    a, b = 0.0749 / E, 9.56 * E
    x = np.arange(0.005, 60, 0.01)
    accepted = np.maximum(1.32045 / (1 + np.exp(-0.285979 * (x - 10.8646))) - 0.333322, 0)
    expected = np.sum(0.01 * accepted * gamma.pdf(x, 1 + b, scale=1 / (a * (1 + b))))
    ours = cesium_iodide.coherent_csi("2021").acceptance(np.array([T]))[0]
    assert ours == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_quenching_of_2021_is_near_that_of_2017():
    rows = table("neutrino/coherent_csi.toml")
    T = np.array([0.005, 0.01, 0.02, 0.04])
    light = np.polynomial.polynomial.polyval(T, [0.0, *rows["2021"]["photoelectrons"]["light"]]) / T
    assert np.all(np.abs(light - rows["2017"]["photoelectrons"]["quenching"]) < 0.0166 + 1e-4)  # its error in 2017
    assert 1 / rows["2021"]["photoelectrons"]["resolution_a"] == pytest.approx(13.35, abs=0.005)


def test_the_fit_of_2021_agrees_with_what_a_difference_of_the_lists_says():
    difference = 1578 - 1295 - 35
    assert abs(cesium_iodide.coherent_csi_counts("2021").measured - difference) < 1.1 * np.sqrt(1578 + 1295)
