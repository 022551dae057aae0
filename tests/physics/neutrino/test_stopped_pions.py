"""Source, detectors and statistics of stopped pions, by other ways than the code's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from physics.core.files import columns, table
from physics.model.constants import M_MU
from physics.neutrino import stopped_pions
from physics.neutrino.stopped_pions import E_LINE, E_MAX, Counts

# Amaral et al. 2020, below eq. (31), as printed
SPECTRA = {
    "e": lambda E: 192 * E**2 / M_MU**3 * (1 / 2 - E / M_MU),
    "mu": lambda E: 64 * E**2 / M_MU**3 * (3 / 4 - E / M_MU),
}


@pytest.mark.parametrize("E_min", [0.0, 3.0, 20.0, 29.0, 45.0, 52.8])
def test_moments_are_integrals_of_the_printed_spectra(E_min):
    share = 0.7  # of those that come from muons
    for power, moments in zip((0, 2), stopped_pions.source_moments(E_min, share), strict=True):
        for flavour, moment in zip(("e", "mu"), moments[:2], strict=True):
            expected = share * quad(lambda E, f=flavour, p=power: SPECTRA[f](E) / E**p, E_min, E_MAX)[0]
            if flavour == "mu" and E_min < E_LINE:
                expected += E_LINE**-power
            assert moment == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_no_neutrino_above_half_the_muon_mass():
    assert not stopped_pions.source_moments([E_MAX, 60.0]).any()
    assert pytest.approx(29.79, abs=0.005) == E_LINE


def test_shares_of_the_delayed_neutrinos():
    """Pulse of the beam, pion, muon: those that arrive before the end of a window."""
    pulse = np.random.default_rng(1).normal(0.44, 0.15, 400_000)  # CENNS-10 [us]
    pion, muon = np.random.default_rng(2).exponential([[0.026], [2.197]], (2, 400_000))
    share = np.mean(pulse + pion + muon < 4.9)
    assert stopped_pions.cenns10("release in window").delayed_share == pytest.approx(share, abs=3e-3)
    for inputs in ("release", "paper"):
        assert stopped_pions.cenns10(inputs).delayed_share == 1


def test_quenching_is_in_the_efficiency_table():
    line = table("neutrino/cenns10.toml")["quenching"]
    electron, recoil, _ = columns("neutrino/cenns10_efficiency.csv").values()
    np.testing.assert_allclose((line["a"] + line["b"] * recoil) * recoil, electron, rtol=2e-3)


@given(
    n=st.floats(10, 300), s=st.floats(3, 60), a=st.floats(0.01, 0.5), threshold=st.floats(0.01, 30), N=st.floats(0, 3e3)
)
def test_allowed_counts_are_those_with_a_small_chi2(n, s, a, threshold, N):
    measured = Counts(n, s, a)
    low, high = stopped_pions.allowed_counts(measured, threshold)
    for edge in (low, high):
        if edge > 0:
            assert stopped_pions.chi2(edge, measured) == pytest.approx(threshold, rel=1e-5)
    assert np.isnan(high) == (threshold * a**2 >= 1)
    value = stopped_pions.chi2(N, measured)
    if abs(value - threshold) > 1e-9:
        assert (low <= N and not high < N) == (value < threshold)
