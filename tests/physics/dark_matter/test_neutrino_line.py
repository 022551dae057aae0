"""The line of neutrinos from the halo: counted by hand, scalings, what arrives of each flavour."""

import numpy as np
import pytest

import physics
from physics.neutrino.oscillation import global_fit, probabilities

POINT = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}


def test_flux_of_a_uniform_ball():
    """Around the observer: density rho, radius R, so that J = 4 pi rho^2 R, and rates are sums over shells."""
    rho, R, m = 0.4, 3e22, 1e-3 * POINT["mass_ratio"] * POINT["m_X"]  # GeV/cm^3, cm, GeV
    sigma_v = physics.evaluate("sigma_v_neutrinos_today", **POINT)
    psi = rho / 2 / m  # cm^-3; and as many psibar
    edges = np.linspace(0, R, 1001)
    middle = (edges[1:] + edges[:-1]) / 2
    shells = psi * psi * sigma_v * 4 * np.pi * middle**2 * np.diff(edges) / (4 * np.pi * middle**2)
    ours = physics.evaluate("neutrino_line_flux", **POINT, J_factor=4 * np.pi * rho**2 * R)
    assert ours == pytest.approx(shells.sum(), rel=1e-12)


def test_default_J():
    assert physics.parameters()["J_factor"].default == pytest.approx(4 * np.pi * 5 * 8.5 * 3.0857e21 * 0.3**2, rel=0.02)


@pytest.mark.parametrize(("group", "made"), [("Lmu-Ltau", [0, 0.5, 0.5]), ("B-L", [1 / 3, 1 / 3, 1 / 3])])
def test_what_arrives_as_nu_e(group, made):
    total, electron = physics.evaluate(
        ["neutrino_line_flux", "neutrino_line_flux_electron"], **POINT, gauge_group=group
    ).values()
    mixing = global_fit("NuFIT 6.1")
    vacuum = probabilities(0.0, "pp", **mixing)  # no matter effect without energy
    assert electron / total == pytest.approx(np.dot(made, vacuum), rel=1e-9)
    if group == "B-L":
        assert electron / total == pytest.approx(1 / 3, rel=1e-12)  # unitarity
    else:
        c13, s12 = 1 - mixing["sin2_theta_13"], mixing["sin2_theta_12"]
        survival = c13**2 * (s12**2 + (1 - s12) ** 2) + mixing["sin2_theta_13"] ** 2
        assert electron / total == pytest.approx((1 - survival) / 2, rel=1e-9)


def test_no_dark_matter_no_flux():
    outcome = physics.evaluate_with_status("neutrino_line_flux", m_X=23.0, g_X=4.5e-4, mass_ratio=None, q_psi=1.0)
    assert np.isnan(outcome["neutrino_line_flux"].value)
