"""pp, pep and 7Be together: rates, covariance, chi2 by hand, the limit by brute force."""

import numpy as np
import pytest
from scipy.integrate import quad

import physics
from physics import Status
from physics.core.evaluate import resolve
from physics.model.constants import M_E
from physics.neutrino.borexino_rates import measurements
from physics.neutrino.cross_sections import electron_cross_section, largest_recoil, smallest_energy
from physics.neutrino.oscillation import global_fit, probabilities
from physics.neutrino.solar import fluxes, lines, spectrum

FIT = global_fit("NuFIT 6.1")
JOINT = measurements()["joint"]
FLUX_ERRORS = {"GS98": (0.006, 0.01), "AGSS09": (0.005, 0.009)}


def rates_of(m_X=20.0, g_X=0.0, **settings):
    rates, x = resolve(["borexino_joint_rates", "coupling_product"], m_X=m_X, g_X=g_X, **settings)
    return np.array([np.asarray(rate(x)).item() for rate in rates])


@pytest.mark.parametrize("metallicity", ["GS98", "AGSS09"])
def test_standard_rates_are_the_published_ones(metallicity):
    """arXiv:1707.09279, Table V, which has older mixing angles."""
    published = [*measurements()["quoted_pp_pep"][metallicity], measurements()["quoted"][metallicity][0]]
    ours = rates_of(metallicity=metallicity)
    np.testing.assert_allclose(ours, published, rtol=4e-3)
    assert rates_of(metallicity=metallicity, borexino_prediction="quoted") == pytest.approx(published, rel=1e-12)
    errors = np.sqrt(np.diag(np.linalg.inv(JOINT["inverse_covariance"])))
    if metallicity == "GS98":
        assert np.all(np.abs(ours - JOINT["rates"]) < errors)


def test_covariance_is_symmetric_and_has_the_published_errors():
    inverse = np.array(JOINT["inverse_covariance"])
    np.testing.assert_array_equal(inverse, inverse.T)
    errors = np.sqrt(np.diag(np.linalg.inv(inverse)))
    published = [np.hypot(10, 8), np.hypot(0.36, 0.185), np.hypot(1.1, 0.55)]  # means of the asymmetric ones
    np.testing.assert_allclose(errors, published, rtol=0.03)


def direct(source, energies, shares, T_min, **settings):
    """Counts per day in 100 t above T_min, by quadrature over the recoil."""
    total = 0.0
    for E, share in zip(energies, shares, strict=True):
        top = float(largest_recoil(E, M_E))
        for flavour, p in zip(("e", "mu", "tau"), probabilities(E, source, **FIT), strict=True):
            if top > T_min:
                sigma = quad(lambda T, E=E, f=flavour: float(electron_cross_section(T, E, f, **settings)), T_min, top)[
                    0
                ]
                total += share * fluxes("GS98")[source][0] * p * sigma * 3.307e31 * 86400
    return total


@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
def test_rates_against_direct_integration(group):
    m_X, g_X = 0.3, 5e-5
    x = g_X * physics.evaluate("epsilon", g_X=g_X) if group == "Lmu-Ltau" else g_X**2
    choices = {"electron_couplings": "tree", "gauge_group": group}
    pp, pep, _ = rates_of(m_X, g_X, **choices)
    shape = spectrum("pp")
    for source, ours in (("pp", pp), ("pep", pep)):

        def count(T_min, x, source=source):
            if source == "pep":
                energies, shares = zip(*lines()["pep"], strict=True)
            else:
                node, weight = np.polynomial.legendre.leggauss(40)
                start = float(smallest_energy(T_min, M_E))
                energies = start + (shape.end - start) * (node + 1) / 2
                shares = shape(energies) * (shape.end - start) / 2 * weight
            return direct(source, energies, shares, T_min, m_X=m_X, x=x, **choices)

        expected = count(0.0, 0.0) * count(0.19, x) / count(0.19, 0.0)
        assert ours == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
@pytest.mark.parametrize("couplings", ["tree", "corrected"])
def test_tables_of_all_masses_against_integration(group, couplings):
    """Above the published recoil rates come from tables; above one that is given they are integrated anew."""
    at = {"m_X": np.geomspace(1e-9, 1e7, 33), "gauge_group": group, "electron_couplings": couplings}
    at |= {"sin2_theta_12": np.array([[0.31], [0.29]]), "metallicity": "AGSS09"}
    given = {"borexino_recoil_window": "given", "borexino_T_min": measurements()["phase2"]["T_min"]}
    tabulated, integrated = (resolve(["borexino_joint_rates"], **at, **way)[0] for way in ({}, given))
    for ours, exact in zip(tabulated, integrated, strict=True):
        for term in ("standard", "linear", "quadratic"):
            np.testing.assert_allclose(*np.broadcast_arrays(getattr(ours, term), getattr(exact, term)), rtol=1e-12)


@pytest.mark.parametrize("error", ["scaled", "fixed"])
@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
def test_no_coupling_has_a_smaller_chi2_than_the_smallest(group, error):
    """Also where the search along the couplings has ended, because 7Be alone exceeds what was found."""
    m_X, g_X = np.geomspace(1e-3, 1e4, 15)[:, None], np.geomspace(1e-9, 30.0, 4000)
    settings = {"gauge_group": group, "borexino_theory_error": error, "metallicity": "AGSS09"}
    chi2 = physics.evaluate("borexino_joint_chi2", m_X=m_X, g_X=g_X, **settings)
    assert chi2.min() > -1e-12
    assert chi2.min(axis=1).max() < 3e-4  # steps of 0.6 % in g_X


def chi2_by_hand(m_X, g_X, metallicity, error, **settings):
    rates, standard = (rates_of(m_X, g, metallicity=metallicity, **settings) for g in (g_X, 0.0))
    fractions = np.array([*FLUX_ERRORS[metallicity], 0.058])
    theory = fractions * (rates if error == "scaled" else standard)
    covariance = np.linalg.inv(JOINT["inverse_covariance"]) + np.diag(theory**2)
    short = rates - JOINT["rates"]
    return short @ np.linalg.inv(covariance) @ short


@pytest.mark.parametrize("metallicity", ["GS98", "AGSS09"])
@pytest.mark.parametrize("error", ["scaled", "fixed"])
@pytest.mark.parametrize("group", ["Lmu-Ltau", "B-L"])
@pytest.mark.parametrize("m_X", [0.1, 20.0])
def test_chi2_and_limit_by_brute_force(m_X, group, error, metallicity):
    settings = {"gauge_group": group, "metallicity": metallicity}
    point = {"m_X": m_X, "borexino_theory_error": error, **settings}
    limit = physics.evaluate("borexino_joint_g_X", **point)
    for g in (0.5 * limit, 1.3 * limit):
        step = physics.evaluate("borexino_joint_chi2", g_X=g, **point) - physics.evaluate(
            "borexino_joint_chi2", g_X=0.0, **point
        )
        by_hand = chi2_by_hand(m_X, g, error=error, **settings) - chi2_by_hand(m_X, 0.0, error=error, **settings)
        assert step == pytest.approx(by_hand, rel=1e-9)
    g_X = limit * np.append(0.0, np.geomspace(1e-3, 30, 4000))
    chi2 = physics.evaluate("borexino_joint_chi2", g_X=g_X, **point)
    assert chi2.min() == pytest.approx(0, abs=1e-4)  # steps of 0.26 % in g_X
    assert chi2.min() > -1e-9
    around = physics.evaluate("borexino_joint_chi2", g_X=limit * (1 + 1e-7 * np.array([-1, 0, 1])), **point)
    assert around[0] < 2.7055 < around[2]
    assert around[1] == pytest.approx(2.7055, abs=1e-9)
    assert (chi2[g_X > 1.001 * limit] > 2.7055).all()


@pytest.mark.parametrize(("metallicity", "ratios"), [("GS98", [0.945, 0.929]), ("AGSS09", [0.903, 0.917])])
def test_against_beryllium_alone(metallicity, ratios):
    joint, alone = physics.evaluate(
        ["borexino_joint_g_X", "borexino_phase2_g_X"], m_X=[0.1, 20.0], metallicity=metallicity
    ).values()
    np.testing.assert_allclose(joint / alone, ratios, atol=1e-3)


def test_recoils_that_are_not_seen_do_not_count():
    beyond = {"borexino_recoil_window": "given", "borexino_T_min": 0.3}  # pp ends at 0.264 MeV
    (pp, pep, _) = resolve(["borexino_joint_rates"], m_X=1.0, **beyond)[0]
    assert pp.linear.item() == pp.quadratic.item() == 0
    assert pep.quadratic.item() > 0
    light = physics.evaluate("borexino_joint_g_X", m_X=[1e-6, 1e-3])
    assert light[0] == pytest.approx(light[1], rel=1e-3)  # no limit that falls without bound


def test_levels_and_masses():
    outcome = physics.evaluate_with_status("borexino_joint_g_X", m_X=20.0, chi2_level=[1e-6, 1.0, 2.7055, 9.0, 1e9])
    value, status = outcome["borexino_joint_g_X"]
    assert status.tolist() == [Status.OK] * 4 + [Status.NO_SOLUTION]
    assert np.all(np.diff(value[:4]) > 0)
    heavy = physics.evaluate("borexino_joint_g_X", m_X=[50.0, 500.0, 5e5])
    np.testing.assert_allclose(heavy / heavy[0], [1, 10, 1e4], rtol=3e-4)


def test_many_points_are_like_one():
    m_X, window = np.array([[0.1], [1.0], [20.0]]), np.array([0.05, 0.19, 0.3])
    settings = {"borexino_recoil_window": "given"}
    many = physics.evaluate("borexino_joint_g_X", m_X=m_X, borexino_T_min=window, **settings)
    for i, j in np.ndindex(3, 3):
        one = physics.evaluate("borexino_joint_g_X", m_X=m_X[i, 0], borexino_T_min=window[j], **settings)
        assert many[i, j] == pytest.approx(one, rel=1e-10)
