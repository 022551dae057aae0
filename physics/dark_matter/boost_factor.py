"""How much faster psi annihilates today than at freeze-out: Drees & Zhao 2021, eqs. (4.5), (4.7), (4.8).

Above the pole, mass_ratio > 1/2, annihilation grows while psi cools, until the velocity or the width of X ends it.
"""

from __future__ import annotations

import numpy as np

from physics.core.branch import Domain
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import C_CM_PER_S
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = ["boost_factor", "boost_factor_estimate", "sigma_v_today_estimate"]

PICOBARN_C = 1e-36 * C_CM_PER_S  # cm^3/s

ABOVE = Domain(
    "1/2 < mass_ratio, finite, and q_psi g_X < perturbativity_limit",
    lambda g_X, mass_ratio, q_psi, perturbativity_limit: (
        (mass_ratio > 0.5) & np.isfinite(mass_ratio) & (q_psi * g_X < perturbativity_limit)
    ),
)


def _delta(mass_ratio: FloatArray) -> FloatArray:
    """4 m_psi^2/m_X^2 - 1, exact next to the pole."""
    return (2 * mass_ratio - 1) * (2 * mass_ratio + 1)


@observable(
    unit="1",
    label="boost factor",
    reference="Drees & Zhao 2021, section 4: what eq. (4.7) estimates",
    domain=PSI_PERTURBATIVE,
)
def boost_factor(sigma_v_neutrinos_thermal: FloatArray, sigma_v_freeze_out: FloatArray) -> FloatArray:
    """Annihilation today, averaged at x_today, over that at freeze-out: the boost factor in full.

    sigma v at freeze-out counts all channels; status 5 where there is no freeze-out.

    >>> import physics
    >>> physics.evaluate("boost_factor", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    20.90...
    """
    return sigma_v_neutrinos_thermal / sigma_v_freeze_out


@observable(unit="1", label="boost factor, estimate", reference="Drees & Zhao 2021, eq. (4.7)", domain=ABOVE)
def boost_factor_estimate(m_X: FloatArray, mass_ratio: FloatArray, gamma_X: FloatArray) -> FloatArray:
    """The paper's estimate of the boost factor, 1/(10 max(delta, Gamma_X/m_X)) with delta = 4 mass_ratio^2 - 1.

    It takes v_rel^2/4 = 0.1 for freeze-out. On the relic line of Fig. 4 it is 0.36 of `boost_factor` at q_psi = 1, a
    twelfth at q_psi = 0.1.

    >>> import physics
    >>> physics.evaluate("boost_factor_estimate", m_X=23, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    7.55...
    """
    return 1 / (10 * np.maximum(_delta(mass_ratio), gamma_X / m_X))


@observable(
    unit="cm^3/s",
    label=r"$\langle\sigma v\rangle_\mathrm{now}$, estimate",
    reference="Drees & Zhao 2021, eq. (4.8)",
    domain=ABOVE,
)
def sigma_v_today_estimate(mass_ratio: FloatArray) -> FloatArray:
    """The paper's estimate of annihilation today on the relic line, 0.1 pb/delta with delta = 4 mass_ratio^2 - 1.

    For delta from 1e-6 to 2e-3 and psi that is all of dark matter; at delta = 0.013 it is half of
    `sigma_v_neutrinos_today`.

    >>> import physics
    >>> physics.evaluate("sigma_v_today_estimate", g_X=4.5e-4, mass_ratio=0.5033, q_psi=1)
    2.26...e-25
    """
    return PICOBARN_C / (10 * _delta(mass_ratio))
