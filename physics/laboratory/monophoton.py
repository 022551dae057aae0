"""Single photons at e+e- colliders, e+e- -> gamma X: Drees & Zhao 2021, eq. (5.1)."""

from __future__ import annotations

import numpy as np

from physics.core.graph import Domain, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, HBARC2_MEV2_CM2

__all__ = ["sigma_monophoton"]

parameter("sqrt_s", "c.m. energy of the e+e- collider", unit="GeV", label=r"$\sqrt{s}$", default=10.0)
parameter(
    "cos_theta_max", "largest |cos theta| of the photon", label=r"$|\cos\theta|_\mathrm{max}$", default=0.985, high=1.0
)

ATTOBARN_CM2 = 1e-42
MEV_PER_GEV = 1e3


@observable(
    unit="ab",
    label=r"$\sigma(e^+e^-\to\gamma X)$",
    reference="Drees & Zhao 2021, eq. (5.1), corrected; Borodatchenkova et al. 2006",
    domain=Domain("m_X < sqrt_s", lambda m_X, sqrt_s: m_X < MEV_PER_GEV * sqrt_s),
)
def sigma_monophoton(
    m_X: FloatArray, electron_coupling: FloatArray, sqrt_s: FloatArray, cos_theta_max: FloatArray
) -> FloatArray:
    """Cross section of e+e- -> gamma X with the photon at |cos theta| < cos_theta_max.

    Eq. (5.1) integrated, with the prefactor 1/(s^2 (s - m_X^2)) that dimensions and the limit m_X -> 0 (e+e- -> gamma
    gamma) demand instead of the printed 1/(s (s - m_X^2)). Eq. (5.2) is ten times too large.

    >>> import physics
    >>> physics.evaluate("sigma_monophoton", m_X=10, g_X=1e-3)
    2.11700886...
    """
    s, m2 = (MEV_PER_GEV * sqrt_s) ** 2, m_X**2
    log = 2 * np.arctanh(cos_theta_max)  # ln((1+c)/(1-c))
    angular = (s**2 + m2**2) * log - cos_theta_max * (s - m2) ** 2
    sigma: FloatArray = ALPHA * electron_coupling**2 / (s**2 * (s - m2)) * angular
    return sigma * (HBARC2_MEV2_CM2 / ATTOBARN_CM2)
