"""Single photons at e+e- colliders, e+e- -> gamma X: Drees & Zhao 2021, eq. (5.1)."""

from __future__ import annotations

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, HBARC2_MEV2_CM2
from physics.model.mixing import CouplingAt

__all__ = ["monophoton_events", "monophoton_events_invisible", "sigma_monophoton"]

parameter(
    "sqrt_s",
    "c.m. energy of the e+e- collider: Belle II and BaBar at 10.58; in Drees & Zhao 2021, section 5, 10, and 4 for a "
    "super tau-charm factory",
    unit="GeV",
    label=r"$\sqrt{s}$",
    default=10.0,
)
parameter(
    "cos_theta_max", "largest |cos theta| of the photon", label=r"$|\cos\theta|_\mathrm{max}$", default=0.985, high=1.0
)
parameter(
    "E_gamma_min",
    "smallest energy of the photon in the c.m. frame; 1.8 (m_X < 8 GeV) is Belle II's trigger, from memory",
    unit="GeV",
    label=r"$E_\gamma^\mathrm{min}$",
    default=1.8,
    low_allowed=True,
)
parameter(
    "luminosity",
    "integrated luminosity of the e+e- collider (Belle II's goal: 50; a super tau-charm factory: 2 a year)",
    unit="1/ab",
    label=r"$\mathcal{L}$",
    default=50.0,
    low_allowed=True,
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
    m_X: FloatArray,
    electron_coupling_at: CouplingAt,
    sqrt_s: FloatArray,
    cos_theta_max: FloatArray,
    E_gamma_min: FloatArray,
) -> FloatArray:
    """Cross section of e+e- -> gamma X with the photon at |cos theta| < cos_theta_max, above an energy.

    The photon has (s - m_X^2)/(2 sqrt(s)) in the c.m. frame; where that is below E_gamma_min, the value is 0. Without
    the cut (0) it diverges for m_X -> sqrt(s): soft photons. The mixing is that of q^2 = m_X^2 (mixing_momentum):
    0.56 of the cross section with epsilon(0) at 1 GeV, 0.04 at 5.

    Eq. (5.1) integrated, with the prefactor 1/(s^2 (s - m_X^2)) that dimensions and the limit m_X -> 0 (e+e- -> gamma
    gamma) demand instead of the printed 1/(s (s - m_X^2)). Eq. (5.2) is ten times too large.

    >>> import physics
    >>> physics.evaluate("sigma_monophoton", m_X=[10, 9000], g_X=1e-3)
    array([2.118..., 0.   ])
    >>> physics.evaluate("sigma_monophoton", m_X=10, g_X=1e-3, mixing_momentum="zero", E_gamma_min=0)
    2.11700886...
    """
    s, m2 = (MEV_PER_GEV * sqrt_s) ** 2, m_X**2
    log = 2 * np.arctanh(cos_theta_max)  # ln((1+c)/(1-c))
    angular = (s**2 + m2**2) * log - cos_theta_max * (s - m2) ** 2
    sigma: FloatArray = ALPHA * electron_coupling_at(m2) ** 2 / (s**2 * (s - m2)) * angular
    seen = (s - m2) / (2 * np.sqrt(s)) >= MEV_PER_GEV * E_gamma_min
    return np.where(seen, sigma * (HBARC2_MEV2_CM2 / ATTOBARN_CM2), 0.0)


@observable(unit="1", label=r"events $e^+e^-\to\gamma X$", reference="Drees & Zhao 2021, eq. (5.2), below it")
def monophoton_events(sigma_monophoton: FloatArray, luminosity: FloatArray) -> FloatArray:
    """Events of e+e- -> gamma X within the cuts for an integrated luminosity.

    All of them, visible decays of X included: the share of invisible ones is 1 below 2 m_mu. Efficiency and background
    are not in it.

    >>> import physics
    >>> physics.evaluate("monophoton_events", m_X=10, g_X=5e-4)
    26.4...

    A super tau-charm factory makes a quarter of that in a year (Drees & Zhao 2021: "a similar number"). Its photons
    have up to 2 GeV: for masses above 1.26 GeV it needs a trigger below 1.8.

    >>> physics.evaluate("monophoton_events", m_X=10, g_X=5e-4, sqrt_s=4, luminosity=2)
    6.61...
    >>> physics.evaluate("monophoton_events", m_X=1500, g_X=5e-4, sqrt_s=4, luminosity=2, E_gamma_min=[1.8, 1.0])
    array([0.        , 3.53...])
    """
    return sigma_monophoton * luminosity


@observable(
    unit="1",
    label=r"events $e^+e^-\to\gamma+$invisible",
    reference="Drees & Zhao 2021, eqs. (2.4), (5.2)",
)
def monophoton_events_invisible(monophoton_events: FloatArray, invisible_branching: FloatArray) -> FloatArray:
    """Events of e+e- -> gamma X in which nothing but the photon is seen: X decays into neutrinos or psi psibar.

    >>> import physics
    >>> physics.evaluate("monophoton_events_invisible", m_X=[10, 300], g_X=5e-4, mass_ratio=None, q_psi=1)
    array([26.4..., 20.5...])
    """
    return monophoton_events * invisible_branching
