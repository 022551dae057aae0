"""Every parameter of every neutrino observable on an axis of its own: the same values as point by point."""

import numpy as np
import pytest

import physics

VALUES = {
    "m_X": (3.0, 30.0),
    "g_X": (3e-4, 1.5e-3),
    "sin2_theta_W_electrons": (0.23122, 0.2387),
    "sin2_theta_W_nuclei": (0.23122, 0.2387),
    "sin2_theta_12": (0.30, 0.31),
    "sin2_theta_13": (0.021, 0.0224),
    "sin2_theta_23": (0.45, 0.582),
    "delta_CP": (0.0, 217.0),
    "dm2_21": (7.39e-5, 7.5e-5),
    "chi2_level": (1.642, 2.7055),
    "borexino_T_min": (0.0, 0.19),
    "borexino_theory_uncertainty": (0.03, 0.058),
    "lz2024_background_error": (0.05, 0.2),
    "projection_confidence": (0.9, 0.95),
}
NAMES = [
    name
    for name, o in physics.observables().items()
    if {"sin2_theta_W_electrons", "sin2_theta_W_nuclei"} & {*o.parameters}
]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_on_an_axis_of_its_own(name):
    axes = {p: np.array(v) for p, v in VALUES.items() if p in physics.observables()[name].parameters}
    shaped = {p: v.reshape(-1, *(1,) * (len(axes) - 1 - i)) for i, (p, v) in enumerate(axes.items())}
    given = {"borexino_recoil_window": "given"}
    together = physics.evaluate(name, **shaped, **given)
    assert together.shape == (2,) * len(axes)
    rng = np.random.default_rng(1)
    for index in rng.integers(0, 2, (6, len(axes))):
        alone = physics.evaluate(
            name, **{p: float(v[i]) for (p, v), i in zip(axes.items(), index, strict=True)}, **given
        )
        np.testing.assert_array_equal(together[tuple(index)], alone)
