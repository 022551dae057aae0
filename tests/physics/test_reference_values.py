"""Independent reference values (tests/data/drees-zhao-2021.json) for everything that an observable computes."""

import json
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.dark_matter.relic.breit_wigner import average
from physics.early_universe.entropy import entropy_fraction
from physics.model.constants import M_MU, SIGMA_V_CM3_PER_S

PB_C = 1e-36 * 2.99792458e10  # cm^3/s
FB_C = 1e-39 * 2.99792458e10
GEV2 = 1e-6 * SIGMA_V_CM3_PER_S  # GeV^-2 -> cm^3/s


def dark_matter(i):
    return {"m_X": i["m_X_MeV"], "g_X": i["g_X"], "mass_ratio": i["r"], "q_psi": i["q_psi"]}


def relic(i):
    return {
        **dark_matter(i), "g_star": i["g_star"], "annihilation_channels": "neutrinos", "relic_integrator": "quadrature"
    }  # fmt: skip


def today(i):
    return {**dark_matter(i), "annihilation_channels": "neutrinos", "mixing_momentum": "zero"}


def light(i):
    return {"m_X": i["m_X_MeV"], "g_X": i["g_X"]}


# quantity -> observable, inputs -> parameters, unit of the reference in the observable's unit, tolerance at least
MAP = {
    "Omega h^2": ("relic_density", relic, 1, 1e-8),
    "x_f": ("x_freeze_out", relic, 1, 1e-8),
    "J": ("annihilation_integral", relic, GEV2, 1e-8),
    "<sigma v>(x_f)": ("sigma_v_freeze_out", relic, GEV2, 1e-8),
    "Delta a_mu": ("delta_a_mu", light, 1, 1e-12),
    "sigma v nunu at v_rel=1e-3": ("sigma_v_neutrinos_today", today, PB_C, 1e-10),
    "<sigma v> nunu today x=1e6": ("sigma_v_neutrinos_thermal", today, PB_C, 1e-8),
    "<sigma v> ee today x=1e6 (m_e exact)": ("sigma_v_electrons_thermal", today, FB_C, 1e-8),
    "sigma(e+e-->gamma X),|cos|<0.985": (
        "sigma_monophoton",
        lambda i: {**light(i), "sqrt_s": i["s_GeV2"] ** 0.5, "mixing_momentum": "zero"},
        1,
        1e-10,
    ),
    "N_eff": (
        "n_eff_entropy",
        lambda i: {
            "m_X": i["m_X_MeV"],
            "mass_ratio": i["r"],
            "n_nu": i["N_nu"],
            "T_nu_decoupling": i["T_nuD_MeV"],
        },
        1,
        1e-11,
    ),
}
VALUES = json.loads((Path(__file__).parent.parent / "data" / "drees-zhao-2021.json").read_text())["values"]


@pytest.mark.parametrize("quantity", MAP)
def test_observables(quantity):
    name, parameters, unit, tolerance = MAP[quantity]
    rows = [v for v in VALUES if v["quantity"] == quantity]
    assert rows
    for row in rows:
        value = physics.evaluate(name, **parameters(row["inputs"])) / unit
        assert value == pytest.approx(row["value"], rel=max(tolerance, row["rel_tol"]), abs=0), row


def test_tables():
    for row in (v for v in VALUES if MAP.get(v["quantity"], [None])[0] in ("relic_density", "annihilation_integral")):
        name, _, unit, _ = MAP[row["quantity"]]
        value = physics.evaluate(name, **relic(row["inputs"]) | {"relic_integrator": "tables"}) / unit
        assert value == pytest.approx(row["value"], rel=1e-6, abs=0), row


def test_width_used_for_the_relic_density():
    for row in (v for v in VALUES if v["quantity"] == "Gamma_X used"):
        i = row["inputs"]
        widths = physics.evaluate(["gamma_X", "gamma_X_electrons"], **dark_matter(i))
        width = (widths["gamma_X"] - widths["gamma_X_electrons"]) * 1e-3
        assert width == pytest.approx(row["value"], rel=1e-11, abs=0)


def test_thermal_average_into_muons():
    for row in (v for v in VALUES if v["quantity"] == "<sigma v> mu+mu-"):
        i = row["inputs"]
        widths = physics.evaluate(["gamma_X_neutrinos", "gamma_X_dark_matter"], **dark_matter(i))
        m_psi = i["r"] * i["m_X_MeV"]
        d = (1 - 2 * i["r"]) * (1 + 2 * i["r"]) / (4 * i["r"] ** 2)
        w = sum(widths.values()) / (4 * i["r"] ** 2 * i["m_X_MeV"])
        scale = i["g_X"] ** 4 * i["q_psi"] ** 2 / (12 * np.pi * m_psi**2) * 1e6
        assert scale * average(i["x"], d, w, (M_MU / m_psi) ** 2) == pytest.approx(row["value"], rel=1e-8, abs=0)


def test_entropy_fraction():
    for quantity, statistics in (("F(x) fermion", 1), ("F(x) boson", -1)):
        (row,) = [v for v in VALUES if v["quantity"] == quantity]
        assert entropy_fraction(np.array([row["inputs"]["x"]]), statistics)[0] == pytest.approx(row["value"], rel=1e-12)
