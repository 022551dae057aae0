r"""COHERENT: neutrinos from stopped pions scatter off argon (CENNS-10) and off CsI[Na], with X exchanged.

The number N of Amaral et al. 2020, eq. (31), is compared with the measured n by the chi2 below that equation,

    chi2 = min over alpha of (n - N (1 + alpha))^2/s^2 + (alpha/a)^2 = (n - N)^2/(s^2 + a^2 N^2),

with the error s of n and the relative error a of N. For Lmu-Ltau X interferes destructively on nuclei (with nu_mu and
with anti-nu_mu): N falls with g_X, to a half or a third, and then rises for good. Excluded are

    ..._g_X_island_lower < g_X < ..._g_X_island_upper: too few events (where N falls enough),
    g_X > ..._g_X: too many,

and the strip in between is allowed. A limit that is one line through (m_X, g_X) hides it. For B-L the interference is
constructive, and there is no island.

CENNS-10: with the `cenns10_inputs` of the data release the Standard Model gives 138 events, with those that Amaral et
al. 2020 print 120 (131 and 114 with their sin^2 theta_W = 0.23122); the collaboration expects 128 +- 17. The
`cenns10_error` "measured" is that of the collaboration's fit, 43 (stat.) and 14 (syst.). The paper's sqrt(159 + 563) is
1.7 times smaller, for it leaves 3131 steady-state events out. The island then begins at 0.6 of the coupling; at a fifth
with all of the paper's inputs, where the Standard Model itself is a hair from exclusion (chi2 = 2.49).

CsI, 2017 data: all counts in one sum, n = 547 - 405 - 6 and s^2 = (547 - 405) + 2 (405) + 6, with the error of the 6
neutrons added. The Standard Model gives 176 events (169 with 0.23122); the collaboration expects 173 +- 48. It is 174
if photoelectrons do not fluctuate, 188 with the acceptance taken half a photoelectron higher. The island begins at
20.7 MeV. The test is that of the literature of 2018: the distributions in energy and time, and the data of 2021 with
twice the exposure and a quenching known better, would make it stronger.
"""

from __future__ import annotations

import numpy as np

from physics.neutrino import stopped_pions
from physics.neutrino.recoils import Coefficients
from physics.neutrino.stopped_pions import Exclusion
from physics.registry import FloatArray, Outcome, Status, intermediate, observable

__all__ = [
    "cenns10_chi2",
    "cenns10_coefficients",
    "cenns10_events",
    "cenns10_exclusion",
    "cenns10_g_X",
    "cenns10_g_X_island_lower",
    "cenns10_g_X_island_upper",
    "coherent_csi_chi2",
    "coherent_csi_coefficients",
    "coherent_csi_events",
    "coherent_csi_exclusion",
    "coherent_csi_g_X",
    "coherent_csi_g_X_island_lower",
    "coherent_csi_g_X_island_upper",
]


@intermediate
def cenns10_coefficients(
    m_X: FloatArray, sin2_theta_W: FloatArray, gauge_group: str, cenns10_inputs: str
) -> Coefficients:
    """Events in CENNS-10 as a parabola in `coupling_product`."""
    return stopped_pions.recoils(stopped_pions.cenns10(cenns10_inputs), m_X, sin2_theta_W, gauge_group)


@intermediate
def cenns10_exclusion(
    cenns10_coefficients: Coefficients,
    product_per_coupling: float,
    chi2_level: FloatArray,
    chi2_reference: str,
    cenns10_error: str,
) -> Exclusion:
    """Couplings that CENNS-10 excludes."""
    counts = stopped_pions.cenns10_counts(cenns10_error)
    return stopped_pions.exclusion(cenns10_coefficients, counts, product_per_coupling, chi2_level, chi2_reference)


@observable(
    unit="1", label=r"$N_\mathrm{CENNS10}$", reference="Amaral et al. 2020, eq. (31); COHERENT 2020 data release"
)
def cenns10_events(cenns10_coefficients: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Number of coherent scatterings expected in CENNS-10.

    Parameters
    ----------
    cenns10_coefficients : Coefficients
        The number as a parabola; depends on m_X, sin2_theta_W, cenns10_inputs and gauge_group.
    coupling_product : array_like
        g_X epsilon for Lmu-Ltau, g_X^2 for B-L.

    Returns
    -------
    ndarray
        Events; at g_X -> 0 those of the Standard Model.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("cenns10_events", m_X=20.0, g_X=[0, 1e-3, 4e-3]).round(2)
    array([138.19, 105.66, 741.4 ])
    """
    return cenns10_coefficients(coupling_product)


@observable(unit="1", label=r"$\chi^2_\mathrm{CENNS10}$", reference="Amaral et al. 2020, below eq. (31); COHERENT 2020")
def cenns10_chi2(cenns10_events: FloatArray, cenns10_error: str) -> FloatArray:
    """chi2 of the events in CENNS-10, one degree of freedom.

    Parameters
    ----------
    cenns10_events : array_like
        Events expected.
    cenns10_error : str
        "measured", or "poisson" as in the paper.

    Returns
    -------
    ndarray
        (159 - N)^2/(s^2 + (0.085 N)^2), s^2 = 43^2 + 14^2 or 159 + 563.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("cenns10_chi2", m_X=20.0, g_X=[0, 1e-3, 4e-3]).round(3)
    array([ 0.198,  1.339, 56.377])
    """
    return stopped_pions.chi2(cenns10_events, stopped_pions.cenns10_counts(cenns10_error))


@observable(unit="1", label=r"$g_X$ (CENNS-10)", reference="Amaral et al. 2020, below eq. (31); COHERENT 2020")
def cenns10_g_X(cenns10_exclusion: Exclusion) -> Outcome:
    """Upper limit on the coupling from CENNS-10: above it everything is excluded.

    Below it there may be an excluded island, `cenns10_g_X_island_lower` to `cenns10_g_X_island_upper`.

    Parameters
    ----------
    cenns10_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; NaN (status 3, no solution) where no such coupling exists: chi2_level is above that of any large number
        of events, or even the smallest number is too large.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("cenns10_g_X", m_X=20.0) * 1e3, 4)
    3.1799
    """
    return _edge(cenns10_exclusion.g_X)


@observable(
    unit="1", label=r"$g_X$ (CENNS-10, island, lower)", reference="Amaral et al. 2020, below eq. (31); COHERENT 2020"
)
def cenns10_g_X_island_lower(cenns10_exclusion: Exclusion) -> Outcome:
    """Smallest coupling at which CENNS-10 sees too few events: the interference is destructive.

    Parameters
    ----------
    cenns10_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; 0 where the Standard Model itself has too few; NaN (status 3, no solution) where no coupling has.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("cenns10_g_X_island_lower", m_X=20.0) * 1e3, 4)
    1.3912
    """
    return _edge(cenns10_exclusion.island_lower)


@observable(
    unit="1", label=r"$g_X$ (CENNS-10, island, upper)", reference="Amaral et al. 2020, below eq. (31); COHERENT 2020"
)
def cenns10_g_X_island_upper(cenns10_exclusion: Exclusion) -> Outcome:
    """Largest coupling at which CENNS-10 sees too few events.

    Parameters
    ----------
    cenns10_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; NaN (status 3, no solution) where no coupling has too few.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("cenns10_g_X_island_upper", m_X=20.0) * 1e3, 4)
    2.4521
    """
    return _edge(cenns10_exclusion.island_upper)


@intermediate
def coherent_csi_coefficients(m_X: FloatArray, sin2_theta_W: FloatArray, gauge_group: str) -> Coefficients:
    """Events in the CsI detector as a parabola in `coupling_product`."""
    return stopped_pions.recoils(stopped_pions.coherent_csi(), m_X, sin2_theta_W, gauge_group)


@intermediate
def coherent_csi_exclusion(
    coherent_csi_coefficients: Coefficients,
    product_per_coupling: float,
    chi2_level: FloatArray,
    chi2_reference: str,
) -> Exclusion:
    """Couplings that the CsI detector excludes."""
    counts = stopped_pions.coherent_csi_counts()
    return stopped_pions.exclusion(coherent_csi_coefficients, counts, product_per_coupling, chi2_level, chi2_reference)


@observable(unit="1", label=r"$N_\mathrm{CsI}$", reference="Amaral et al. 2020, eq. (31); COHERENT 2018")
def coherent_csi_events(coherent_csi_coefficients: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Number of coherent scatterings expected in the CsI detector of COHERENT, 2017 data.

    Parameters
    ----------
    coherent_csi_coefficients : Coefficients
        The number as a parabola; depends on m_X, sin2_theta_W and gauge_group.
    coupling_product : array_like
        g_X epsilon for Lmu-Ltau, g_X^2 for B-L.

    Returns
    -------
    ndarray
        Events; at g_X -> 0 those of the Standard Model.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("coherent_csi_events", m_X=20.0, g_X=[0, 1e-3, 4e-3]).round(2)
    array([176.49, 147.09, 307.24])
    """
    return coherent_csi_coefficients(coupling_product)


@observable(
    unit="1",
    label=r"$\chi^2_\mathrm{CsI}$",
    reference="Amaral et al. 2020, below eq. (31); Liao & Marfatia 2017; Papoulias & Kosmas 2018; COHERENT 2017",
)
def coherent_csi_chi2(coherent_csi_events: FloatArray) -> FloatArray:
    """chi2 of the events in the CsI detector, one degree of freedom.

    Parameters
    ----------
    coherent_csi_events : array_like
        Events expected.

    Returns
    -------
    ndarray
        (136 - N)^2/(30.98^2 + (0.28 N)^2).

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("coherent_csi_chi2", m_X=20.0, g_X=[0, 1e-3, 4e-3]).round(3)
    array([0.482, 0.046, 3.507])
    """
    return stopped_pions.chi2(coherent_csi_events, stopped_pions.coherent_csi_counts())


@observable(
    unit="1",
    label=r"$g_X$ (CsI)",
    reference="Amaral et al. 2020, below eq. (31); Liao & Marfatia 2017; Papoulias & Kosmas 2018; COHERENT 2017",
)
def coherent_csi_g_X(coherent_csi_exclusion: Exclusion) -> Outcome:
    """Upper limit on the coupling from the CsI detector: above it everything is excluded.

    Below it there may be an excluded island, `coherent_csi_g_X_island_lower` to `coherent_csi_g_X_island_upper`.

    Parameters
    ----------
    coherent_csi_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; NaN (status 3, no solution) where no such coupling exists: chi2_level is above that of any large number
        of events, or even the smallest number is too large.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("coherent_csi_g_X", m_X=20.0) * 1e3, 4)
    3.9
    """
    return _edge(coherent_csi_exclusion.g_X)


@observable(
    unit="1",
    label=r"$g_X$ (CsI, island, lower)",
    reference="Amaral et al. 2020, below eq. (31); Liao & Marfatia 2017; Papoulias & Kosmas 2018; COHERENT 2017",
)
def coherent_csi_g_X_island_lower(coherent_csi_exclusion: Exclusion) -> Outcome:
    """Smallest coupling at which the CsI detector sees too few events: the interference is destructive.

    Parameters
    ----------
    coherent_csi_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; 0 where the Standard Model itself has too few; NaN (status 3, no solution) where no coupling has.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("coherent_csi_g_X_island_lower", m_X=100.0) * 1e3, 4)
    4.5753
    """
    return _edge(coherent_csi_exclusion.island_lower)


@observable(
    unit="1",
    label=r"$g_X$ (CsI, island, upper)",
    reference="Amaral et al. 2020, below eq. (31); Liao & Marfatia 2017; Papoulias & Kosmas 2018; COHERENT 2017",
)
def coherent_csi_g_X_island_upper(coherent_csi_exclusion: Exclusion) -> Outcome:
    """Largest coupling at which the CsI detector sees too few events.

    Parameters
    ----------
    coherent_csi_exclusion : Exclusion
        Where chi2 exceeds what chi2_level and chi2_reference allow.

    Returns
    -------
    Outcome
        g_X; NaN (status 3, no solution) where no coupling has too few.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("coherent_csi_g_X_island_upper", m_X=100.0) * 1e3, 4)
    6.6574
    """
    return _edge(coherent_csi_exclusion.island_upper)


def _edge(g: FloatArray) -> Outcome:
    return Outcome(g, np.where(np.isnan(g), np.uint8(Status.NO_SOLUTION), np.uint8(Status.OK)))
