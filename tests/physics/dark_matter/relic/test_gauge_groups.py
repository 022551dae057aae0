"""B-L: the freeze-out formula by its charges, against quadrature written out here; refused where electrons scatter."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, special
from scipy.integrate import quad

import physics
from physics import Status
from physics.core.graph import refusal
from physics.model.constants import M_E, M_MU, M_PLANCK_PAPER, M_TAU, SIGMA_V_CM3_PER_S

B_L = {"gauge_group": "B-L"}
# Charges -1 of all leptons; three neutrinos, each with one helicity of two
FINAL_STATES = [(1.5, 0.0), (1.0, M_E), (1.0, M_MU), (1.0, M_TAU)]


def width(m_X, g_X, r, q_psi):
    """Eq. (2.4) for B-L."""
    pairs = [*FINAL_STATES, (q_psi**2, r * m_X)]
    terms = [c * (1 + 2 * (m / m_X) ** 2) * math.sqrt(1 - 4 * (m / m_X) ** 2) for c, m in pairs if 2 * m < m_X]
    return g_X**2 * m_X / (12 * math.pi) * sum(terms)


def sigma_v(x, m_X, g_X, r, q_psi, channels):
    """Eq. (3.2) with eq. (2.3), over s; next to the pole over phi, s = m_X^2 + width m_X tan(phi)."""
    m, gamma = r * m_X, width(m_X, g_X, r, q_psi)

    def rest(s, m_f):
        """All but the propagator: of the cross section, and of the flux of Gondolo & Gelmini 1991."""
        cross = (s + 2 * m**2) * (s + 2 * m_f**2) / s * math.sqrt((s - 4 * m_f**2) / (s - 4 * m**2))
        z = x * math.sqrt(s) / m
        return cross * (s - 4 * m**2) * math.sqrt(s) * special.kve(1, z) * math.exp(2 * x - z)

    def integral(f, *edges):
        return sum(quad(f, a, b, epsabs=0, epsrel=1e-8, limit=200)[0] for a, b in pairwise(edges))

    total = 0.0
    for c, m_f in channels:
        low = 4 * max(m, m_f) ** 2
        reach = math.sqrt(40 * m / x * (2 * math.sqrt(low) + 40 * m / x))  # exp(-40), as t below

        def over_s(t, m_f=m_f, low=low):  # s = low + t^2: no root at the threshold
            s = low + t * t
            return 2 * t * rest(s, m_f) / ((s - m_X**2) ** 2 + (gamma * m_X) ** 2) if t > 0 else 0.0

        def over_phi(phi, m_f=m_f):
            return rest(m_X**2 + gamma * m_X * math.tan(phi), m_f) / (gamma * m_X)

        a, b = 0.99 * m_X**2, 1.01 * m_X**2
        if a > low:
            near = math.atan(0.01 * m_X / gamma)
            total += c * (
                integral(over_phi, -near, 0, near)
                + integral(over_s, 0, min(reach / 6, math.sqrt(a - low)), min(reach, math.sqrt(a - low)))
            )
            total += c * integral(over_s, math.sqrt(b - low), math.sqrt(b - low) + reach)
        else:
            total += c * integral(over_s, 0, reach / 6, reach)
    return (q_psi * g_X**2) ** 2 / (12 * math.pi) * x / (8 * m**5 * special.kve(2, x) ** 2) * total


def formula(m_X, g_X, r, q_psi, channels=FINAL_STATES, g_star=10.75):
    """x_f, J and Omega h^2 of eqs. (3.3), (3.7), (3.8)."""

    def excess(x):
        rate = 0.076 * M_PLANCK_PAPER * r * m_X * sigma_v(x, m_X, g_X, r, q_psi, channels)
        return x - math.log(rate / math.sqrt(g_star * x))

    x_f = optimize.brentq(excess, 5, 60, xtol=1e-11)
    edges = [1 / x_f, 0.3 / x_f, 0.1 / x_f, 0.01 / x_f, 1e-3 / x_f]
    J = sum(
        quad(lambda u: sigma_v(1 / u, m_X, g_X, r, q_psi, channels), b, a, epsabs=0, epsrel=1e-8)[0]
        for a, b in pairwise(edges)
    )
    J += sigma_v(1 / edges[-1], m_X, g_X, r, q_psi, channels) * edges[-1]
    return x_f, J * SIGMA_V_CM3_PER_S, 2 * 1.07e6 / (J * math.sqrt(g_star) * M_PLANCK_PAPER)


@pytest.mark.parametrize("integrator", ["tables", "quadrature"])
@pytest.mark.parametrize(
    "point",
    [
        (15.0, 5e-4, 0.35, 1.0),
        (30.0, 1e-3, 0.7, 0.5),
        (250.0, 4e-3, 0.6, 1.0),
        (300.0, 5e-3, 0.4, 0.3),
        (400.0, 5e-3, 0.7, 2.0),
    ],
)
def test_b_minus_l_against_quadrature(point, integrator):
    x_f, J, omega = formula(*point)
    values = dict(zip(("m_X", "g_X", "mass_ratio", "q_psi"), point, strict=True))
    got = physics.evaluate(
        ["x_freeze_out", "annihilation_integral", "relic_density"], **values, **B_L, relic_integrator=integrator
    )
    # J beyond 1000 x_f is a constant here, to 1e-5 of the whole
    assert got["x_freeze_out"] == pytest.approx(x_f, rel=1e-6)
    assert got["annihilation_integral"] == pytest.approx(J, rel=2e-5)
    assert got["relic_density"] == pytest.approx(omega, rel=2e-5)


def test_the_other_gauge_group_by_the_same_quadrature():
    """What is written out above is right: Lmu-Ltau has it with other charges (neutrinos alone, but for the width)."""
    point = (30.0, 1e-3, 0.7, 0.5)
    values = dict(zip(("m_X", "g_X", "mass_ratio", "q_psi"), point, strict=True))
    x_f, J, _ = formula(*point, channels=[(1.0, 0.0)])  # far from the pole: the width does not matter
    got = physics.evaluate(["x_freeze_out", "annihilation_integral"], **values, annihilation_channels="neutrinos")
    assert got["x_freeze_out"] == pytest.approx(x_f, rel=1e-9)
    assert got["annihilation_integral"] == pytest.approx(J, rel=1e-6)


def test_more_final_states_less_dark_matter():
    """B-L has 2.5 times the final states of Lmu-Ltau, below the muon and off the pole: 1.5 in neutrinos, and e+e-."""
    point = {"m_X": 20.0, "g_X": 1e-3, "mass_ratio": 0.8, "q_psi": 1.0}
    mine, other = (
        physics.evaluate("annihilation_integral", **point),
        physics.evaluate("annihilation_integral", **point, **B_L),
    )
    x = [physics.evaluate("x_freeze_out", **point, **group) for group in ({}, B_L)]
    assert other / mine == pytest.approx(2.5 * x[0] / x[1], rel=0.02)
    neutrinos = physics.evaluate("sigma_v_freeze_out", **point, **B_L, annihilation_channels="neutrinos")
    assert neutrinos / physics.evaluate("sigma_v_freeze_out", **point, **B_L) == pytest.approx(
        0.6, rel=0.02
    )  # at another x_f


def test_hadrons_are_left_out_of_b_minus_l():
    m_X, ratio = np.array([20.0, 500.0, 500.0, 700.0]), np.array([0.6, 0.55, 0.65, 0.3])
    status = physics.evaluate_with_status("relic_density", m_X=m_X, g_X=5e-3, mass_ratio=ratio, q_psi=1, **B_L)
    assert status["relic_density"].status.tolist() == [
        Status.OK,
        Status.OK,
        Status.OUTSIDE_DOMAIN,  # 2 m_psi = 650 MeV
        Status.INPUT_FAILED,  # there is no width of X
    ]


@pytest.mark.parametrize("method", ["boltzmann", "coupled"])
def test_the_bath_of_b_minus_l_is_refused(method):
    point = {"m_X": 15.0, "g_X": 5e-4, "mass_ratio": 0.6, "q_psi": 1.0, **B_L}
    value, status = physics.evaluate_with_status("relic_density", **point, relic_method=method)["relic_density"]
    assert np.isnan(value)
    assert status == Status.OUTSIDE_DOMAIN
    chosen = {p: d for p, d in physics.observables()["relic_density"].parameters.items() if isinstance(d, str)}
    assert "bath" in refusal("relic_density", chosen | B_L | {"relic_method": method})
    x_kd = physics.evaluate_with_status("kinetic_decoupling_x", **point)["kinetic_decoupling_x"]
    assert x_kd.status == Status.OUTSIDE_DOMAIN


def test_the_relic_line_of_b_minus_l():
    line = {"m_X": 15.0, "g_X": 5e-4, "q_psi": 1.0, **B_L}
    ratio = physics.evaluate("mass_ratio_relic_above", **line)
    assert ratio > physics.evaluate("mass_ratio_relic_above", **line | {"gauge_group": "Lmu-Ltau"})
    assert physics.evaluate("relic_density", **line, mass_ratio=ratio) == pytest.approx(0.12, rel=1e-9)
    refused = physics.evaluate_with_status("mass_ratio_relic_above", **line, relic_method="coupled")
    assert refused["mass_ratio_relic_above"].status == Status.OUTSIDE_DOMAIN


def test_thermal_averages_of_b_minus_l():
    """Far from the pole the average is the value at one velocity."""
    point = {"m_X": 15.0, "g_X": 5e-4, "mass_ratio": 0.6, "q_psi": 1.0, **B_L}
    for name in ("neutrinos", "electrons"):
        value = physics.evaluate([f"sigma_v_{name}_today", f"sigma_v_{name}_thermal"], **point)
        today, thermal = value.values()
        assert thermal == pytest.approx(today, rel=1e-4)
