"""The CMB limit: efficiencies, the paper's reading and that of today, muons, velocity."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

import physics
from physics import Status
from physics.dark_matter.energy_deposition import f_electrons, f_muons, f_taus, radiation_of_tau
from physics.model.constants import C_CM_PER_S, M_E, M_MU

STAR = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0}
PAPER = {"cmb_efficiency": "constant", "p_ann_limit": 4.1e-31, "v_recombination": 1e-3, "mixing_momentum": "zero"}
# Another digitisation of the same figure (Hazma), at E = m_psi: m_psi [MeV], f_eff of e+e-
HAZMA = {3.511: 0.622, 5.511: 0.798, 10.511: 0.9407, 15.511: 0.971, 50.511: 0.9769, 100.511: 0.8825, 500.511: 0.5073}


def test_electrons_by_two_digitisations():
    m_psi = np.array(list(HAZMA))  # theirs is entered with the energy that is kinetic here
    assert f_electrons(m_psi) == pytest.approx(np.array(list(HAZMA.values())), abs=0.02)
    assert f_electrons(np.array([0.5 * M_E, 1e9])) == pytest.approx([0.0, 0.4056])


def test_muons_by_the_michel_spectrum_and_the_table():
    """Integrated independently, at the masses of the re-check: .34, .34, .31, .24, .16."""
    m_psi = np.array([108.0, 128.0, 204.0, 510.0, 1530.0])
    assert f_muons(m_psi) == pytest.approx([0.34, 0.34, 0.31, 0.24, 0.16], abs=0.005)
    assert f_muons(np.array([0.999 * M_MU])) == 0
    for m, f in zip(m_psi[[0, 3]], f_muons(m_psi[[0, 3]]), strict=True):
        boost = m / M_MU
        beta = math.sqrt(1 - 1 / boost**2)

        def deposited(x, c, boost=boost, beta=beta):
            energy = boost * (1 + beta * c) * x * M_MU / 2
            of_e = f_electrons(np.array([max(energy, M_E * 1.0001)])).item()
            return x * x * (3 - 2 * x) * energy * of_e  # 2 x^2 (3 - 2x) dx, half of it for each cos

        assert dblquad(deposited, -1, 1, 0, 1, epsabs=1e-5, epsrel=1e-5)[0] / m == pytest.approx(f, rel=2e-3)


def test_a_muon_passes_seven_twentieths_of_its_energy_to_the_electron():
    """At most, with an efficiency of 1; a tau's shares add up to 0.30."""
    assert (f_muons(np.geomspace(106, 1e6, 50)) < 0.35).all()
    assert radiation_of_tau() == pytest.approx(0.305, abs=0.001)
    m_psi = np.array([1800.0, 3000.0, 1e4, 1e5])
    assert (f_taus(m_psi) < radiation_of_tau() * 0.75).all()
    assert (f_taus(m_psi) > radiation_of_tau() * 0.39).all()


def test_the_star_by_the_paper_and_by_todays_numbers():
    """0.251 becomes 1.02: f_eff 0.3 -> 0.947 and p_ann 4.1 -> 3.2e-31 are a factor of 4.05 together."""
    both = ["cmb_ratio", "cmb_ratio_electrons"]
    paper, today = (physics.evaluate(both, **STAR, **settings) for settings in (PAPER, {}))
    assert paper["cmb_ratio_electrons"] == paper["cmb_ratio"] == pytest.approx(0.25113, rel=1e-4)
    assert today["cmb_ratio"] == today["cmb_ratio_electrons"] == pytest.approx(1.0197, rel=1e-4)
    zero = physics.evaluate("cmb_ratio", **STAR, mixing_momentum="zero")
    assert zero / paper["cmb_ratio"] == pytest.approx(0.9474 / 0.3 * 4.1 / 3.2, rel=1e-4)


def test_against_the_511_keV_line():
    """cmb_ratio = 93.7 f (m_psi/MeV) (positron_production/fb): 1e-3 fb are excluded for f m_psi > 10.7 MeV."""
    values = physics.evaluate(["cmb_ratio", "positron_production_511"], **STAR)
    m_psi = np.array([STAR["m_X"] * STAR["mass_ratio"]])
    factor = values["cmb_ratio"] / values["positron_production_511"] / (f_electrons(m_psi) * m_psi)
    assert factor == pytest.approx(93.69, rel=1e-4)
    assert factor == pytest.approx(C_CM_PER_S * 1e-39 / 3.2e-31, rel=1e-4)
    assert f_electrons(m_psi) * m_psi > 1e3 / factor


@pytest.mark.parametrize(
    ("m_X", "without", "with_muons"),
    [(212.0, 1.1e-2, 266), (250.0, 7.3e-3, 410), (400.0, 4.1e-3, 276), (1000.0, 1.66e-3, 89), (3000.0, 5.7e-4, 21)],
)
def test_muons_exclude_the_relic_line(m_X, without, with_muons):
    """m_psi = 108, 128, 204, 510, 1530 MeV on the relic line for mass_ratio = 0.51."""
    point = {"m_X": m_X, "mass_ratio": 0.51, "q_psi": 1.0}
    point["g_X"] = physics.evaluate("g_X_relic", **point)
    assert physics.evaluate("cmb_ratio_electrons", **point, **PAPER) == pytest.approx(without, rel=0.02)
    assert physics.evaluate("cmb_ratio", **point) == pytest.approx(with_muons, rel=0.02)


def test_constant_efficiency_counts_what_electrons_and_photons_carry():
    point = {"m_X": 400.0, "g_X": 1e-3, "mass_ratio": 0.6, "q_psi": 1.0, "cmb_efficiency": "constant"}
    f_1, f_2 = (physics.evaluate("cmb_ratio", **point, f_eff_electrons=f) for f in (0.3, 0.6))
    assert f_2 / f_1 == pytest.approx(2)


def test_velocity_matters_next_to_the_pole_only():
    """Within |2r - 1| of v^2/8: at 1e-8 the rate at v = 1e-3 is not that of recombination."""
    r = 0.5 + np.array([5e-9, 5e-5])
    slow, fast = (physics.evaluate("cmb_ratio", **STAR | {"mass_ratio": r}, v_recombination=v) for v in (1e-7, 1e-3))
    assert slow[0] / fast[0] > 5
    assert slow[1] / fast[1] == pytest.approx(1, rel=0.01)


def test_b_minus_l_is_refused_where_hadrons_count():
    names = ["cmb_ratio", "cmb_ratio_electrons"]
    outcome = physics.evaluate_with_status(
        names, m_X=500.0, g_X=1e-3, mass_ratio=[0.4, 0.7], q_psi=1.0, gauge_group="B-L"
    )
    assert outcome["cmb_ratio"].status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]
    assert outcome["cmb_ratio_electrons"].status.tolist() == [Status.OK, Status.OK]
