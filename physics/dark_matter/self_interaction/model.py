"""Self-interacting dark matter: the pseudo-Dirac pair N1, N2 and the Higgs boson phi of U(1)_{Lmu-Ltau}.

Kamada et al. 2018, section III: Phi of charge -1 breaks the symmetry, v_Phi = m_X/g_X, and gives N1 and N2 of charge
1/2 the masses m_N -+ y v_Phi/sqrt(2). From (1) and (16), dM_1/dphi = -y/sqrt(2), so that (19) is right: phi couples to
N1 with y/sqrt(2), the Yukawa potential is -(y^2/2) e^(-m_phi r)/(4 pi r), and N1 N1 -> phi phi, X X is half of (20).
The potential printed as (22) is twice that; N1 N2 -> phi X is right in (20). `sidm_reading` chooses: "consistent" has
the Lagrangian's factors, and y from a Boltzmann equation; "printed" has (20)-(22) with <sigma v>(x = 20) = 3e-26
cm^3/s.

All of it expands in Delta M/m_N (`delta_M_N_over_m_N1`), and neglects what fermion loops add to the quartic coupling
(`lambda_phi_loop_ratio`); both are there to look at, no value is withheld. Without dark matter psi: mass_ratio and
q_psi are not parameters of any of this.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray, Outcome, Status
from physics.dark_matter.self_interaction.relic import PERTURBATIVE, canonical_yukawa, relic_yukawa
from physics.model.widths import COUPLED

__all__ = [
    "LIGHT_MEDIATOR",
    "PHI_EXISTS",
    "delta_M_N",
    "delta_M_N_over_m_N1",
    "lambda_phi",
    "lambda_phi_loop_ratio",
    "sidm_alpha",
    "yukawa_relic",
]

parameter("m_N1", "mass of the self-interacting dark matter N1", unit="MeV", label="$m_{N_1}$")
parameter(
    "sidm_reading",
    "self-interacting dark matter by its Lagrangian (19), with a Boltzmann equation for its abundance (consistent), or "
    "by eqs. (20)-(22) of Kamada et al. 2018 (printed)",
    label="SIDM reading",
    default="consistent",
    choices=("consistent", "printed"),
)

PHI_EXISTS = Domain("there is phi: m_phi is finite, and g_X > 0", lambda m_phi, g_X: np.isfinite(m_phi) & (g_X > 0))
LIGHT_MEDIATOR = Domain("m_phi < 2 m_N1: phi does not decay to dark matter", lambda m_phi, m_N1: m_phi < 2 * m_N1)
OPEN = Domain(
    "m_X, m_phi < m_N1 (consistent): N1 annihilates to X X and phi phi at rest",
    lambda m_X, m_phi, m_N1: (m_X < m_N1) & (m_phi < m_N1),
)


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def phi_vev(m_X: FloatArray, g_X: FloatArray) -> FloatArray:
    """v_Phi = m_X/g_X [MeV], for a Higgs field of charge 1."""
    return m_X / g_X


@observable(
    unit="1",
    label="$y$",
    reference="Kamada et al. 2018, eqs. (16)-(21)",
    domain=COUPLED,
    when={"sidm_reading": "printed"},
    seconds=3e-7,
)
def yukawa_relic(m_N1: FloatArray, phi_vev: FloatArray) -> Outcome:
    """Yukawa coupling of phi for which N1 has the relic density omega_target.

    N1 and N2 freeze out together, with the masses that belong to the coupling. Consistent: a Boltzmann equation with
    (20), where N1 N1 is half of what is printed, and X and phi in the bath; to 1e-5. X and phi are massless in the
    cross sections, and N1 and N2 degenerate, as in the paper. Printed: <sigma v> = 3e-26 cm^3/s at m_N1/T = 20,
    whatever omega_target. No solution (status 3) above sqrt(4 pi).

    >>> import physics
    >>> star = {"m_X": 10, "g_X": 5e-4, "m_phi": 10, "m_N1": 1e4}
    >>> physics.evaluate("yukawa_relic", **star, sidm_reading=["consistent", "printed"]).round(4)
    array([0.149 , 0.1111])
    """
    y = np.vectorize(canonical_yukawa, otypes=[float])(m_N1, phi_vev)
    return Outcome(y, np.where(y < PERTURBATIVE, Status.OK, Status.NO_SOLUTION).astype(np.uint8))


@branch(
    "yukawa_relic",
    when={"sidm_reading": "consistent"},
    reference="Griest & Seckel 1991",
    domain=OPEN,
    seconds=2e-4,
)
def yukawa_boltzmann(
    omega_target: FloatArray, m_phi: FloatArray, m_N1: FloatArray, m_X: FloatArray, phi_vev: FloatArray
) -> Outcome:
    """From the abundance today."""
    inputs = np.broadcast_arrays(omega_target, m_N1, phi_vev, m_X, m_phi)
    y = relic_yukawa(*(np.ravel(a) for a in inputs)).reshape(inputs[0].shape)
    status = np.where(np.isinf(y), Status.NO_SOLUTION, np.where(np.isnan(y), Status.NOT_CONVERGED, Status.OK))
    return Outcome(y, status.astype(np.uint8))


@observable(unit="MeV", label=r"$\Delta M$", reference="Kamada et al. 2018, eqs. (16), (19)")
def delta_M_N(yukawa_relic: FloatArray, phi_vev: FloatArray) -> FloatArray:
    """Mass splitting of N2 and N1: sqrt(2) y v_Phi.

    Far more than nuclei can supply: N1 does not scatter off them at tree level.

    >>> import physics
    >>> physics.evaluate("delta_M_N", m_X=10, g_X=5e-4, m_N1=1e4, sidm_reading="printed")
    3142.96...
    """
    return math.sqrt(2) * yukawa_relic * phi_vev


@observable(unit="1", label=r"$\Delta M/m_{N_1}$", reference="Kamada et al. 2018, eqs. (16), (19)")
def delta_M_N_over_m_N1(delta_M_N: FloatArray, m_N1: FloatArray) -> FloatArray:
    """Mass splitting over the mass: what the pseudo-Dirac pair is expanded in; beyond 1 the expansion means nothing.

    At 0.3 annihilation of N1 N1 is 20 % stronger than (20) with m_N, and y 4 % smaller. At (50 MeV, 7e-4) it exceeds 1
    below 16 GeV as printed, 28 GeV consistent.

    >>> import physics
    >>> pairs = {"m_X": [10, 50], "g_X": [5e-4, 7e-4], "m_N1": 1e4}
    >>> physics.evaluate("delta_M_N_over_m_N1", **pairs, sidm_reading="printed").round(3)
    array([0.314, 1.354])
    """
    return delta_M_N / m_N1


@observable(unit="1", label=r"$\lambda_\Phi$", reference="Kamada et al. 2018, eq. (2)", domain=PHI_EXISTS)
def lambda_phi(m_phi: FloatArray, phi_vev: FloatArray) -> FloatArray:
    """Quartic coupling of Phi: 2 (m_phi/v_Phi)^2.

    >>> import physics
    >>> physics.evaluate("lambda_phi", m_X=10, g_X=5e-4, m_phi=10) * 1e7
    5.0
    """
    return 2 * (m_phi / phi_vev) ** 2


@observable(unit="1", label=r"$y^4/16\pi^2\lambda_\Phi$", reference="Kamada et al. 2018, eq. (2)")
def lambda_phi_loop_ratio(yukawa_relic: FloatArray, lambda_phi: FloatArray) -> FloatArray:
    """What a box of N adds to the quartic coupling of Phi, y^4/(16 pi^2), over the coupling itself.

    The paper's footnote 2 says that it is small for m_N below 100 GeV. It is not: above 1 a light phi is tuned.

    >>> import physics
    >>> masses = {"m_N1": [1e3, 1e4, 4e4], "m_X": 10, "g_X": 5e-4, "m_phi": 10}
    >>> physics.evaluate("lambda_phi_loop_ratio", **masses, sidm_reading="printed").round(2)
    array([ 0.04,  1.93, 24.19])
    """
    return yukawa_relic**4 / (16 * math.pi**2) / lambda_phi


@observable(
    unit="1", label=r"$\alpha_\phi$", reference="Kamada et al. 2018, eq. (19)", when={"sidm_reading": "consistent"}
)
def sidm_alpha(yukawa_relic: FloatArray) -> FloatArray:
    """Strength of the potential -alpha e^(-m_phi r)/r between two N1: y^2/(8 pi), from (19); y^2/(4 pi) as printed.

    >>> import physics
    >>> star = {"m_X": 10, "g_X": 5e-4, "m_phi": 10, "m_N1": 1e4}
    >>> physics.evaluate("sidm_alpha", **star, sidm_reading=["consistent", "printed"]).round(6)
    array([0.000884, 0.000983])
    """
    return yukawa_relic**2 / (8 * math.pi)


@branch("sidm_alpha", when={"sidm_reading": "printed"}, reference="Kamada et al. 2018, eq. (22)")
def sidm_alpha_of_paper(yukawa_relic: FloatArray) -> FloatArray:
    """Twice what (19) gives for the same y."""
    return yukawa_relic**2 / (4 * math.pi)
