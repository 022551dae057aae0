"""Flavours of solar neutrinos: reference values, limits, exact conversion, global fits."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.neutrino.oscillation import (
    FlavourSplit,
    flavour_split,
    global_fit,
    probabilities,
)

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
FIT = global_fit("NuFIT 4.0")


@pytest.mark.parametrize("flavour", ["e", "mu", "tau"])
def test_probabilities_are_the_reference_ones(flavour):
    found = [v for v in VALUES if v["quantity"] == f"P(nu_e->nu_{flavour})"]
    assert found
    for v in found:
        i = v["inputs"]
        ours = probabilities(i["E_nu_MeV"], i["source"], **FIT)[["e", "mu", "tau"].index(flavour)]
        assert ours == pytest.approx(v["value"], rel=1e-5), i
        point = {"neutrino_energy": i["E_nu_MeV"], "solar_source": i["source"]}
        assert physics.evaluate(f"solar_p_e{flavour}", **point, **FIT) == ours


def test_vacuum_and_matter_limits():
    s12, s13, s23 = (FIT[f"sin2_theta_{n}"] for n in (12, 13, 23))
    vacuum = probabilities(1e-6, "pp", **FIT)
    assert vacuum[0] == pytest.approx((1 - s13) ** 2 * (1 - 2 * s12 * (1 - s12)) + s13**2, rel=1e-4)
    dense = probabilities(1e6, "8B", **FIT)  # leaves as nu_2 (and nu_3)
    assert dense[0] == pytest.approx((1 - s13) ** 2 * s12 + s13**2, rel=1e-4)
    np.testing.assert_allclose(probabilities(np.geomspace(0.1, 20, 9), "8B", **FIT).sum(axis=0), 1, rtol=1e-14)
    maximal = probabilities(10.0, "8B", **{**FIT, "sin2_theta_23": 0.5, "delta_CP": 90.0})
    assert maximal[1] == pytest.approx(maximal[2], rel=1e-12)
    assert s23 > 0.5


@pytest.mark.parametrize(
    ("setting", "mu", "tau"),
    [({"delta_CP": 0.0}, 0.230, 0.442), ({}, 0.330, 0.342), ({"delta_CP": 280.0}, 0.276, 0.396)],
)
def test_the_split_of_mu_and_tau(setting, mu, tau):
    _, p_mu, p_tau = probabilities(10.0, "8B", **{**FIT, **setting})
    assert p_mu == pytest.approx(mu, abs=0.0006)
    assert p_tau == pytest.approx(tau, abs=0.0006)


def test_adiabatic_conversion_is_the_exact_one():
    """Three flavours evolved through the Sun by matrix exponentials, from the centre, phases averaged."""
    path = Path(physics.__file__).parent / "data" / "neutrino" / "solar_model_b16_gs98.csv"
    table = np.array(
        list(csv.reader(line for line in path.read_text().splitlines() if line[0] not in "#r")), dtype=float
    )
    s12, s13, s23 = (FIT[f"sin2_theta_{n}"] for n in (12, 13, 23))
    (S12, S13, S23), (C12, C13, C23) = np.sqrt([s12, s13, s23]), np.sqrt([1 - s12, 1 - s13, 1 - s23])
    phase = np.exp(1j * np.radians(FIT["delta_CP"]))
    R23 = np.array([[1, 0, 0], [0, C23, S23], [0, -S23, C23]])
    R13 = np.array([[C13, 0, S13 / phase], [0, 1, 0], [-S13 * phase, 0, C13]])
    R12 = np.array([[C12, S12, 0], [-S12, C12, 0], [0, 0, 1]])
    U = R23 @ R13 @ R12
    E = 10.0
    split = np.array([0.0, FIT["dm2_21"], 2.525e-3]) * 1e-12 / (2 * E)  # [MeV]
    potential = 2**0.5 * physics.model.constants.G_F * 1.973269804e-11**3 * 6.02214076e23 * 10 ** table[:, 1]
    H = U @ np.diag(split) @ U.conj().T
    vacuum = np.abs(U) ** 2
    share = table[:, 6] * np.gradient(table[:, 0])
    total = np.zeros(3)
    for weight, V in zip(share / share.sum(), potential, strict=True):  # adiabatic, but with all three levels exact
        matter = np.linalg.eigh(H + np.diag([V, 0, 0]))[1]
        total += weight * vacuum @ np.abs(matter[0]) ** 2
    np.testing.assert_allclose(probabilities(E, "8B", **FIT), total, atol=1.2e-3)  # theta_13 in matter is left out


@pytest.mark.parametrize("name", ["NuFIT 4.0", "NuFIT 5.2", "NuFIT 6.0", "NuFIT 6.1", "nuSQuIDS"])
def test_global_fits_are_arguments(name):
    assert 0.9 < physics.evaluate("borexino_rate_ratio", m_X=20.0, g_X=5e-4, **global_fit(name)) < 1.3


def test_no_such_fit_or_source():
    with pytest.raises(physics.UnknownNameError, match=r"did you mean NuFIT"):
        global_fit("NuFit 4.0")
    with pytest.raises(physics.UnknownNameError, match="did you mean 8B"):
        probabilities(10.0, "B8", **FIT)


def test_flavours_add_up_to_the_flux():
    split = flavour_split(*(np.array(FIT[k]) for k in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")))
    assert isinstance(split, FlavourSplit)
    assert split.flavours(np.array([2.0, 0.7])).sum() == pytest.approx(2.0)


def test_the_default_is_the_fit_of_2025():
    fit = {
        "sin2_theta_12": 0.3088,
        "sin2_theta_13": 0.02248,
        "sin2_theta_23": 0.470,
        "delta_CP": 212.0,
        "dm2_21": 7.537e-5,
    }
    assert global_fit("NuFIT 6.1") == fit
    assert {name: physics.parameters()[name].default for name in fit} == fit


@pytest.mark.parametrize(
    ("name", "change"),
    [("lz", 1.41), ("darwin", 1.51), ("supercdms", 1.14), ("darkside20k", 1.09), ("borexino_phase2", 0.94)],
)
def test_what_the_fit_of_2025_changes(name, change):
    """g_X at 30 MeV with the other settings of the time: step function, exact energies, all recoils, tree level."""
    then = physics.readings("paper:amaral-2020") | {
        "kinetic_mixing": "photon",
        "target_nuclei": "isotopes",
    }
    then |= {"sin2_theta_W_electrons": 0.2387, "sin2_theta_W_nuclei": 0.2387, "borexino_theory_error": "scaled"}
    old, new = (
        physics.evaluate(f"{name}_g_X", m_X=30.0, **then | global_fit(fit)) for fit in ("NuFIT 4.0", "NuFIT 6.1")
    )
    assert new / old == pytest.approx(change, abs=0.006)


def test_no_probability_is_negative():
    nothing = physics.evaluate("solar_p_etau", neutrino_energy=[0.0, 1.0, 10.0], sin2_theta_13=0.0, sin2_theta_23=0.0)
    assert np.all(nothing >= 0)
