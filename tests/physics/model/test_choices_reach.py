"""A choice that an observable should depend on reaches it, or is refused: none is ignored."""

import numpy as np
import pytest

import physics
from physics import Status

DARK = {"m_N1": 2e4, "m_phi": 60.0}
POINTS = [
    {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0, **DARK},
    {
        "m_X": 23.0,
        "g_X": 4.5e-4,
        "mass_ratio": 0.5 - 1e-9,
        "q_psi": 1.0,
        **DARK,
    },  # closer to the resonance than its width
    {"m_X": 0.15, "g_X": 1e-3, "mass_ratio": 0.5033, "q_psi": 1.0, **DARK},  # light enough for stars to emit it
]
NO_X = "no X in it: neutrinos of the Sun are converted by matter, and stars cool in the Standard Model"
NO_ELECTRONS = "muons, taus and their neutrinos alone: mixing is no part of it"
INDEPENDENT = {
    "gauge_group": {
        NO_X: ["solar_p_ee", "solar_p_emu", "solar_p_etau", "white_dwarf_luminosity", "white_dwarf_plasma_frequency"],
        "what the relic density fixes, by delta alone": ["sigma_v_today_estimate"],
        "psi has its own charge": ["gamma_X_dark_matter", "sigma_v_X_today"],
    },
    "kinetic_mixing": {
        NO_X: ["solar_p_ee", "solar_p_emu", "solar_p_etau", "white_dwarf_luminosity", "white_dwarf_plasma_frequency"],
        "what the relic density fixes, by delta alone": ["sigma_v_today_estimate"],
        "psi has its own charge": ["gamma_X_dark_matter", "sigma_v_X_today"],
        NO_ELECTRONS: [
            "gamma_X_neutrinos", "gamma_X_muons", "gamma_X_taus", "kinetic_decoupling_x", "delta_a_mu", "a_mu_pull",
            "trident_ratio_ccfr", "trident_ratio_charm2", "ccfr_g_X", "charm2_g_X",
        ],
        "X is in equilibrium with neutrinos, psi by way of X": ["n_eff_entropy", "n_eff_entropy_X_only"],
        "phi, N and X among themselves, and phi into neutrinos": [
            "yukawa_relic", "delta_M_N", "delta_M_N_over_m_N1", "lambda_phi", "lambda_phi_loop_ratio", "sidm_alpha",
            "gamma_phi_XX", "gamma_phi_X_neutrinos", "tau_phi", "sidm_sigma_T_over_m",
            "sidm_sigma_T_distinguishable_over_m", "sidm_sigma_V_over_m", "sidm_sigma_v_over_m",
        ],
    },
}  # fmt: skip
THE_SAME = {  # an observable depends on the choice, its value does not
    "gauge_group": [  # charges +-1 of mu and tau, squared
        "gamma_X_muons",
        "gamma_X_taus",
        "delta_a_mu",
        "a_mu_pull",
        "trident_ratio_ccfr",
        "trident_ratio_charm2",
        "ccfr_g_X",
        "charm2_g_X",
    ],
    "kinetic_mixing": [],
}


@pytest.mark.parametrize("parameter", INDEPENDENT)
def test_what_does_not_depend_on_a_choice_is_known_and_why(parameter):
    independent = [name for name, o in physics.observables().items() if parameter not in o.parameters]
    assert sorted(independent) == sorted(name for names in INDEPENDENT[parameter].values() for name in names)


@pytest.mark.parametrize("name", list(physics.observables()))
@pytest.mark.parametrize("parameter", INDEPENDENT)
def test_another_choice_is_another_value_or_refused(name, parameter):
    if parameter not in physics.observables()[name].parameters:
        return
    default, other = physics.parameters()[parameter].choices
    differ = refused = False
    for point in POINTS:
        (a, _), (b, status) = (
            physics.evaluate_with_status(name, **point, **{parameter: c})[name] for c in (default, other)
        )
        refused |= bool(status == Status.OUTSIDE_DOMAIN)
        differ |= not np.array_equal(a, b, equal_nan=True)
    assert (differ or refused) == (name not in THE_SAME[parameter])
