"""Widths of X: Drees & Zhao 2021, eq. (2.4), and the channels it does not print (psi psibar, e+e- through mixing)."""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.registration import branch, observable
from physics.core.status import FloatArray
from physics.model.constants import HBAR_MEV_S, M_E, M_MU, M_TAU
from physics.model.lagrangian import PERTURBATIVE, Charges
from physics.model.mixing import CouplingAt

__all__ = [
    "dirac_width",
    "gamma_X",
    "gamma_X_dark_matter",
    "gamma_X_electrons",
    "gamma_X_muons",
    "gamma_X_neutrinos",
    "gamma_X_taus",
    "tau_X",
]

COUPLED = Domain("g_X > 0: X decays", lambda g_X: g_X > 0)
FEW_HADRONS = Domain("m_X < 600 MeV for B-L: hadrons are left out", lambda m_X: m_X < 600.0)


def dirac_width(coupling: FloatArray, m_X: FloatArray, ratio: FloatArray) -> FloatArray:
    """Width of X into a pair of Dirac fermions of mass m_f = ratio * m_X with vector coupling `coupling`.

    coupling^2 m_X/(12 pi) (1 + 2 ratio^2) sqrt(1 - 4 ratio^2), 0 below threshold; the root is taken of
    (1-2r)(1+2r), so that it is exact at threshold.

    >>> float(dirac_width(1.0, 12 * math.pi, 0.0))
    1.0
    """
    ratio = np.asarray(ratio, dtype=np.float64)
    is_open = ratio < 0.5
    r = np.where(is_open, ratio, 0.0)
    beta = np.sqrt(np.where(is_open, (1 - 2 * r) * (1 + 2 * r), 0.0))
    width: FloatArray = coupling**2 * m_X / (12 * math.pi) * (1 + 2 * r**2) * beta
    return width


@observable(unit="MeV", label=r"$\Gamma(X\to\nu\bar\nu)$", reference="Drees & Zhao 2021, eq. (2.4)")
def gamma_X_neutrinos(m_X: FloatArray, g_X: FloatArray, charges: Charges) -> FloatArray:
    """Width of X into neutrino pairs, massless and left-handed: g_X^2 m_X/(24 pi) for each flavour that couples.

    >>> import physics
    >>> physics.evaluate("gamma_X_neutrinos", m_X=20, g_X=5e-4) * 1e7
    1.326...
    """
    return charges.neutrinos * dirac_width(g_X, m_X, np.zeros(1))


@observable(unit="MeV", label=r"$\Gamma(X\to\mu^+\mu^-)$", reference="Drees & Zhao 2021, eq. (2.4)")
def gamma_X_muons(m_X: FloatArray, g_X: FloatArray, charges: Charges) -> FloatArray:
    """Width of X into mu+ mu-; 0 below threshold.

    >>> import physics
    >>> physics.evaluate("gamma_X_muons", m_X=[200.0, 1000.0], g_X=1e-3)
    array([0.0000...e+00, 2.6505...e-05])
    """
    return dirac_width(charges.muon * g_X, m_X, M_MU / m_X)


@observable(unit="MeV", label=r"$\Gamma(X\to\tau^+\tau^-)$", reference="Drees & Zhao 2021, eq. (2.4)")
def gamma_X_taus(m_X: FloatArray, g_X: FloatArray, charges: Charges) -> FloatArray:
    """Width of X into tau+ tau-; 0 below threshold.

    >>> import physics
    >>> physics.evaluate("gamma_X_taus", m_X=1000.0, g_X=1e-3)
    0.0
    """
    return dirac_width(charges.tau * g_X, m_X, M_TAU / m_X)


@observable(unit="MeV", label=r"$\Gamma(X\to e^+e^-)$", reference="Drees & Zhao 2021, eqs. (2.2), (2.4)", seconds=3e-7)
def gamma_X_electrons(m_X: FloatArray, electron_coupling_at: CouplingAt) -> FloatArray:
    """Width of X into e+e-, through kinetic mixing (coupling epsilon e) or by charge (B-L); 0 below threshold.

    The mixing is that of q^2 = m_X^2: 7 % more width at 100 MeV than with epsilon(0), twice as much at 211 MeV, half at
    1 GeV (mixing_momentum).

    >>> import physics
    >>> width = physics.evaluate(["gamma_X_electrons", "gamma_X_neutrinos"], m_X=[20, 211, 1000], g_X=5e-4)
    >>> width["gamma_X_electrons"] / width["gamma_X_neutrinos"]
    array([1.91506...e-05, 3.89656...e-05, 1.06804...e-05])
    """
    return dirac_width(electron_coupling_at(m_X**2), m_X, M_E / m_X)


@observable(
    domain=PERTURBATIVE,
    unit="MeV",
    label=r"$\Gamma(X\to\psi\bar\psi)$",
    reference="Drees & Zhao 2021, eq. (2.4) for psi",
)
def gamma_X_dark_matter(m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray) -> FloatArray:
    """Width of X into psi psibar; 0 for mass_ratio >= 1/2.

    >>> import physics
    >>> physics.evaluate("gamma_X_dark_matter", m_X=20, g_X=5e-4, mass_ratio=[0.35, 0.5], q_psi=1)
    array([1.17...e-07, 0.00...e+00])
    """
    return dirac_width(q_psi * g_X, m_X, mass_ratio)


@branch("gamma_X", when={"gauge_group": "B-L"}, domain=FEW_HADRONS)
@observable(
    domain=PERTURBATIVE,
    unit="MeV",
    label=r"$\Gamma_X$",
    reference="Drees & Zhao 2021, eq. (2.4)",
    when={"gauge_group": "Lmu-Ltau"},
)
def gamma_X(
    gamma_X_neutrinos: FloatArray,
    gamma_X_electrons: FloatArray,
    gamma_X_muons: FloatArray,
    gamma_X_taus: FloatArray,
    gamma_X_dark_matter: FloatArray,
) -> FloatArray:
    """Total width of X into nu, e, mu, tau and psi.

    Hadronic final states are left out. For Lmu-Ltau mixing opens them above 2 m_pi: below 2e-4 of the width but for the
    rho, omega and phi resonances. B-L couples to quarks: pi0 gamma and three pions are below 1 % of the width up to
    600 MeV (Ilten et al. 2018, from memory), and beyond there is no value.

    >>> import physics
    >>> physics.evaluate("gamma_X", m_X=20, g_X=5e-4, mass_ratio=0.51, q_psi=1) * 1e7
    1.3263...
    """
    return gamma_X_neutrinos + gamma_X_electrons + gamma_X_muons + gamma_X_taus + gamma_X_dark_matter


@observable(domain=COUPLED, unit="s", label=r"$\tau_X$", reference="Drees & Zhao 2021, eq. (2.4)")
def tau_X(gamma_X: FloatArray) -> FloatArray:
    """Mean lifetime of X at rest, hbar/Gamma_X.

    Neutrinos are massless here: below 0.1 eV the decay depends on their masses, or is closed.

    An X that white dwarfs emit on resonance decays far away from them:

    >>> import physics
    >>> physics.evaluate("tau_X", m_X=0.03, g_X=2.177e-13, mass_ratio=None, q_psi=1)
    17452...
    """
    return HBAR_MEV_S / gamma_X
