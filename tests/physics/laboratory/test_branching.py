"""Shares of the width of X: those of `gamma_X` and its parts, thresholds."""

import numpy as np
import pytest

import physics
from physics.core.evaluate import resolve

PARTS = {"muons": "gamma_X_muons", "taus": "gamma_X_taus", "electrons": "gamma_X_electrons"}


@pytest.mark.parametrize(
    "point",
    [
        {"m_X": 20.0, "mass_ratio": None},
        {"m_X": 300.0, "mass_ratio": 0.3},
        {"m_X": 5e3, "mass_ratio": 0.1, "mixing_momentum": "zero"},
        {"m_X": 500.0, "mass_ratio": 0.3, "gauge_group": "B-L"},
        {"m_X": 300.0, "mass_ratio": 0.3, "kinetic_mixing": "hypercharge"},
    ],
)
def test_shares_are_those_of_the_widths(point):
    point = point | {"q_psi": 2.0}
    (widths,) = resolve(["widths_per_g_X"], **point)
    names = [*PARTS.values(), "gamma_X_neutrinos", "gamma_X_dark_matter", "gamma_X"]
    gamma = physics.evaluate(names, g_X=3e-4, **point)
    for final, name in PARTS.items():
        assert widths.share(final).item() == pytest.approx(gamma[name] / gamma["gamma_X"], rel=1e-12)
    invisible = (gamma["gamma_X_neutrinos"] + gamma["gamma_X_dark_matter"]) / gamma["gamma_X"]
    assert widths.share("invisible").item() == pytest.approx(invisible, rel=1e-12)
    assert physics.evaluate("invisible_branching", **point) == pytest.approx(invisible, rel=1e-12)
    assert widths.share("total").item() == 1.0
    without = (gamma["gamma_X"] - gamma["gamma_X_dark_matter"]) / gamma["gamma_X"]
    ratio = widths.share("electrons") / widths.without_dark_matter().share("electrons")
    assert ratio.item() == pytest.approx(without, rel=1e-12)


def test_thirds_and_halves():
    """Far above 2 m_tau neutrinos, muons and taus share equally; below, neutrinos and muons."""
    shares = physics.evaluate("invisible_branching", m_X=[1e5, 2e3], mass_ratio=None, q_psi=1.0)
    assert shares == pytest.approx([1 / 3, 1 / 2], rel=1e-4)


def test_b_minus_l_ends_where_its_hadrons_begin():
    m_X = np.array([599.0, 601.0])
    outcome = physics.evaluate_with_status(
        "invisible_branching", m_X=m_X, mass_ratio=None, q_psi=1.0, gauge_group="B-L"
    )
    assert outcome["invisible_branching"].status.tolist() == [1, 2]
