"""Neutrino scattering: reference values, the printed expanded formulas, limits, signs, exact recoil integrals."""

import json
import math
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import physics
from physics.model.constants import ATOMIC_MASS_MEV, E_CHARGE, G_F, HBARC2_MEV2_CM2, M_E
from physics.neutrino import cross_sections
from physics.neutrino.cross_sections import (
    Nucleus,
    helm_form_factor,
    largest_recoil,
    nuclear_cross_section,
    smallest_energy,
    weak_charge,
)
from physics.neutrino.electron_couplings import FLAVOURS
from physics.neutrino.electron_windows import electron_window_integrals

VALUES = json.loads((Path(__file__).parents[2] / "data" / "amaral-2020.json").read_text())["values"]
PAPER = physics.evaluate("epsilon", g_X=1.0, kinetic_mixing="hypercharge")
XENON = Nucleus(54, 131.293, 131.293)
S = 0.23122
electron_cross_section = partial(cross_sections.electron_cross_section, electron_couplings="tree")  # as printed


def rows(*quantities):
    found = [v for v in VALUES if v["quantity"] in quantities]
    assert found
    return found


def test_reference_values_of_electrons():
    for v in rows("dsigma/dE_R nu e SM", "dsigma/dE_R nu e with Lmu-Ltau"):
        i = v["inputs"]
        x = i.get("g", 0.0) ** 2 * PAPER
        ours = electron_cross_section(
            1e3 * i["E_R_GeV"], 1e3 * i["E_nu_GeV"], i["flavour"], 1e3 * i.get("M_GeV", 1.0), x, sin2_theta_W=S
        )
        assert 1e3 * ours == pytest.approx(v["value"], rel=2e-8)


def test_reference_values_of_nuclei():
    for v in rows("dsigma/dE_R CEvNS SM", "dsigma/dE_R CEvNS with Lmu-Ltau"):
        i = v["inputs"]
        nucleus = Nucleus(i["Z"], i["A"], 1e3 * i["m_N_GeV"] / ATOMIC_MASS_MEV)
        x = i.get("g", 0.0) ** 2 * PAPER
        ours = nuclear_cross_section(
            1e3 * i["E_R_GeV"], 1e3 * i["E_nu_GeV"], i.get("flavour", "e"), nucleus, 1e3 * i.get("M_GeV", 1.0), x,
            sin2_theta_W=S,
        )  # fmt: skip
        assert 1e3 * ours == pytest.approx(v["value"], rel=2e-8)
    for v in rows("Helm form factor F"):
        i = v["inputs"]
        nucleus = Nucleus(1, i["A"], 1e3 * i["m_N_GeV"] / ATOMIC_MASS_MEV)
        assert helm_form_factor(1e3 * i["E_R_GeV"], nucleus) == pytest.approx(v["value"], rel=1e-12)


def test_total_cross_sections():
    for v in rows("total nu e cross section, tree level"):
        E = 1e3 * v["inputs"]["E_nu_GeV"]

        def dsigma(T, flavour=v["inputs"]["flavour"], E=E):
            return float(electron_cross_section(T, E, flavour, sin2_theta_W=S))

        assert quad(dsigma, 0, largest_recoil(E, M_E), epsabs=0)[0] == pytest.approx(v["value"], rel=2e-8)


def test_equation_29_as_printed():
    T, E, m_X, g_X = 0.2, 0.8613, 7.0, 5e-4
    eps, g_L, g_R = g_X * PAPER, S - 0.5, S
    y, D = T / E, 2 * T * M_E + m_X**2
    for flavour, Q in (("mu", 1), ("tau", -1)):
        first = g_L**2 + g_R**2 * (1 - y) ** 2 - g_L * g_R * M_E * T / E**2
        second = (g_L + g_R) * (1 - M_E * T / (2 * E**2)) - g_R * y * (2 - y)
        third = 1 - y * (1 - (T - M_E) / (2 * E))
        c = g_X * E_CHARGE * eps * Q / (G_F * D)
        printed = 2 * G_F**2 * M_E / math.pi * (first + c / math.sqrt(2) * second + c**2 / 4 * third)
        ours = electron_cross_section(T, E, flavour, m_X, g_X * eps, sin2_theta_W=S)
        assert ours == pytest.approx(printed * HBARC2_MEV2_CM2, rel=1e-14)


@pytest.mark.parametrize("anti", [False, True])
def test_the_formulation_of_kamada_et_al(anti):
    """Their (A1)-(A3): g_V, g_A; (A2) with squares of g_V +- g_A, (A3) with the sign of nu_tau turned around."""
    T, E, m_X, g_X = 0.35, 0.862, 10.0, 5e-4
    eps = physics.evaluate("epsilon", g_X=g_X)
    g_V, g_A, sign = 2 * S - 0.5, -0.5, -1 if anti else 1
    D = 2 * M_E * T + m_X**2

    def weak(g_V, g_A):
        square = (g_V + sign * g_A) ** 2 + (g_V - sign * g_A) ** 2 * (1 - T / E) ** 2
        return G_F**2 * M_E / (2 * math.pi) * (square - (g_V**2 - g_A**2) * M_E * T / E**2)

    pure = (g_X * E_CHARGE * eps) ** 2 * M_E / (4 * math.pi * D**2) * (1 + (1 - T / E) ** 2 - M_E * T / E**2)
    bracket = (g_V + sign * g_A) + (g_V - sign * g_A) * (1 - T / E) ** 2 - g_V * M_E * T / E**2
    mixed = g_X * E_CHARGE * eps * G_F * M_E / (math.sqrt(2) * math.pi * D) * bracket
    theirs = {
        "e": weak(1 + g_V, 1 + g_A),
        "mu": weak(g_V, g_A) + pure + mixed,
        "tau": weak(g_V, g_A) + pure - mixed,
    }
    for flavour, value in theirs.items():
        ours = electron_cross_section(T, E, flavour, m_X, g_X * eps, sin2_theta_W=S, antineutrino=anti)
        assert ours == pytest.approx(value * HBARC2_MEV2_CM2, rel=1e-13), flavour


def test_equation_c2_as_printed():
    T, E, m_X, g_X = 0.2, 0.8613, 7.0, 2e-5
    y, D = T / E, 2 * T * M_E + m_X**2
    for flavour in FLAVOURS:
        g_1, g_2 = (0.5 if flavour == "e" else -0.5) + S, S
        first = g_1**2 + g_2**2 * (1 - y) ** 2 - g_1 * g_2 * M_E * T / E**2
        second = g_1 + g_2 * (1 - y) ** 2 - (g_1 + g_2) * M_E * T / (2 * E**2)
        third = 1 + (1 - y) ** 2 - M_E * T / E**2
        c = g_X**2 / (G_F * D)
        printed = 2 * G_F**2 * M_E / math.pi * (first + c / math.sqrt(2) * second + c**2 / 8 * third)
        ours = electron_cross_section(T, E, flavour, m_X, g_X**2, sin2_theta_W=S, gauge_group="B-L")
        assert ours == pytest.approx(printed * HBARC2_MEV2_CM2, rel=1e-14)


def test_equation_23_as_printed():
    T, E, m_X, g_X = 2e-3, 12.0, 20.0, 8e-4
    eps, Q, M = g_X * PAPER, float(weak_charge(XENON, S)), XENON.mass
    D = 2 * M * T + m_X**2
    for flavour, charge in (("e", 0), ("mu", 1), ("tau", -1)):
        c = g_X * E_CHARGE * eps * XENON.Z * charge / (G_F * D)
        bracket = Q**2 / 4 + c * Q / math.sqrt(2) + c**2 / 2
        printed = G_F**2 * M / math.pi * (1 - M * T / (2 * E**2)) * bracket * helm_form_factor(T, XENON) ** 2
        ours = nuclear_cross_section(T, E, flavour, XENON, m_X, g_X * eps, sin2_theta_W=S)
        assert ours == pytest.approx(printed * HBARC2_MEV2_CM2, rel=1e-13)


def test_signs_of_interference():
    """To first order in x < 0: electrons nu_mu up, nu_tau down; nuclei the other way round; B-L up for all."""

    def change(function, *point, flavour, x, **group):
        with_x = function(*point, flavour, *([XENON] if function is nuclear_cross_section else []), 10.0, x,
                          sin2_theta_W=S, **group)  # fmt: skip
        without = function(*point, flavour, *([XENON] if function is nuclear_cross_section else []), 10.0, 0.0,
                           sin2_theta_W=S, **group)  # fmt: skip
        return with_x - without

    for function, point, sign in ((electron_cross_section, (0.2, 0.86), 1), (nuclear_cross_section, (1e-3, 10.0), -1)):
        assert sign * change(function, *point, flavour="mu", x=-1e-12) > 0
        assert sign * change(function, *point, flavour="tau", x=-1e-12) < 0
        assert change(function, *point, flavour="e", x=-1e-12) == 0
        for flavour in FLAVOURS[1:]:
            up = change(function, *point, flavour=flavour, x=1e-12, gauge_group="B-L")
            assert (up > 0) == (function is nuclear_cross_section)  # on electrons g_1 + g_2 < 0 for nu_mu, nu_tau
        assert change(function, *point, flavour="e", x=1e-12, gauge_group="B-L") > 0


def test_antineutrinos_exchange_the_couplings():
    for flavour in FLAVOURS:
        both = [
            electron_cross_section(1e-9, 1.0, flavour, 5.0, -1e-8, sin2_theta_W=S, antineutrino=anti)
            for anti in (False, True)
        ]
        at_rest = [  # no recoil: g_1^2 + g_2^2 - ..., symmetric
            electron_cross_section(0.0, 1.0, flavour, 5.0, -1e-8, sin2_theta_W=S, antineutrino=anti)
            for anti in (False, True)
        ]
        assert at_rest[0] == at_rest[1]
        assert both[0] == pytest.approx(both[1], rel=1e-7)
    neutrino, anti = (
        float(electron_cross_section(0.9, 1.0, "e", sin2_theta_W=S, antineutrino=a)) for a in (False, True)
    )
    assert neutrino == 0 == anti  # beyond the largest recoil of 0.796 MeV
    neutrino, anti = (
        float(electron_cross_section(0.7, 1.0, "e", sin2_theta_W=S, antineutrino=a)) for a in (False, True)
    )
    assert neutrino > 3 * anti  # left-handed electrons do not turn back


@given(T=st.floats(1e-6, 20.0), mass=st.floats(0.5, 2e5))
def test_kinematics_are_inverse(T, mass):
    assert largest_recoil(smallest_energy(T, mass), mass) == pytest.approx(T, rel=1e-9)


@settings(max_examples=30)
@example(E=0.3843, cut=0.0, log_m=4.0)
@given(
    E=st.sampled_from([0.3843, 0.8613, 0.862]),
    cut=st.floats(0.0, 0.99),
    log_m=st.floats(-4.0, 4.0),
)
def test_window_integrals_against_quadrature(E, cut, log_m):
    m_X, top = 10.0**log_m, float(largest_recoil(E, M_E))
    low = cut * top
    ours = electron_window_integrals(E, low, m_X)
    start = 2 * M_E * low + m_X**2

    def integral(shape, k):  # in ln D, where it is smooth
        def integrand(v):
            T = low + start * math.expm1(v) / (2 * M_E)
            return shape(T) * (start * math.exp(v)) ** (1 - k) / (2 * M_E)

        return quad(integrand, 0, math.log1p(2 * M_E * (top - low) / start), epsabs=0, epsrel=1e-11)[0]

    shapes = (lambda T: 1.0, lambda T: (1 - T / E) ** 2, lambda T: M_E * T / E**2)
    for k in range(3):
        for n, shape in enumerate(shapes):
            assert ours[k][n] == pytest.approx(integral(shape, k), rel=1e-7)
    heavy = electron_window_integrals(E, low, 1e6)
    for n in range(3):
        assert heavy[1][n] == pytest.approx(heavy[0][n] * 1e-12, rel=1e-10)
        assert heavy[2][n] == pytest.approx(heavy[0][n] * 1e-24, rel=1e-10)


def test_window_beyond_the_largest_recoil_is_empty():
    assert all((part == 0).all() for part in electron_window_integrals(0.3843, 0.5, 10.0))


def test_no_flavour_of_that_name():
    with pytest.raises(physics.InvalidParameterError, match="flavour = 'muon' is not allowed: one of e, mu, tau"):
        electron_cross_section(0.1, 1.0, "muon", sin2_theta_W=S)
    with pytest.raises(physics.InvalidParameterError, match="gauge_group = 'L'"):
        nuclear_cross_section(1e-3, 10.0, "mu", XENON, gauge_group="L", sin2_theta_W=S)
