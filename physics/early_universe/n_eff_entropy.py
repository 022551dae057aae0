"""Effective number of neutrinos from entropy conservation: the reading of Drees & Zhao 2021, section 3.3.

X <-> e+e- is neglected, which ties nu_mu and nu_tau to the electrons for g_X above some 1e-6 at 20 MeV. `n_eff` has it,
and is smaller by one unit where psi is light, by 0.3 at the star of the paper.
"""

from __future__ import annotations

from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray
from physics.early_universe.entropy import entropy_fraction

__all__ = ["entropy_of_X", "entropy_of_dark_matter", "n_eff_entropy", "n_eff_entropy_X_only"]

parameter("n_nu", "N_eff of the Standard Model", label=r"$N_\nu$", default=3.044)

G_X = 3  # spin states of X
G_PSI = 4  # of psi and psibar


@intermediate(when={"gauge_group": "Lmu-Ltau"})  # with B-L the electrons get a share, too
def entropy_of_X(m_X: FloatArray, T_nu_decoupling: FloatArray) -> FloatArray:
    """Entropy of X at neutrino decoupling, g_X/2 F(m_X/T), in units of one neutrino flavour."""
    return G_X / 2 * entropy_fraction(m_X / T_nu_decoupling, -1)


@intermediate
def entropy_of_dark_matter(m_X: FloatArray, mass_ratio: FloatArray, T_nu_decoupling: FloatArray) -> FloatArray:
    """Entropy of psi and psibar at neutrino decoupling, g_psi/2 F(m_psi/T), in units of one neutrino flavour."""
    return G_PSI / 2 * entropy_fraction(mass_ratio * m_X / T_nu_decoupling, +1)


@observable(
    unit="1",
    label=r"$N_\mathrm{eff}$ (entropy of $\nu$ conserved)",
    reference="Drees & Zhao 2021, eqs. (3.12)-(3.13); Boehm et al. 2013",
)
def n_eff_entropy(n_nu: FloatArray, entropy_of_X: FloatArray, entropy_of_dark_matter: FloatArray) -> FloatArray:
    """N_eff by Drees & Zhao 2021: X and psi pass their entropy on to the neutrinos alone, X <-> e+e- is neglected.

    `n_eff` does not neglect it: 3.10 instead of 3.41 at the star of the paper, m_X = 23 MeV. Here all neutrinos
    decouple together and at once at T_nu_decoupling; X and psi were in equilibrium before (that g_X is large enough for
    this, some 1e-9 at 10 MeV, is not checked) and are gone before recombination. Without dark matter (mass_ratio=None)
    only X remains. The numbers of Drees & Zhao 2021 are those for n_nu = 3.0. The relative error of the computation is
    below 1e-12; the error of the approximation dominates.

    >>> import physics
    >>> physics.evaluate("n_eff_entropy", m_X=23, mass_ratio=0.5033, n_nu=3.0)
    3.369...
    """
    return n_nu * (1 + (entropy_of_X + entropy_of_dark_matter) / n_nu) ** (4 / 3)


@observable(
    unit="1",
    label=r"$N_\mathrm{eff}$ (X only, entropy of $\nu$ conserved)",
    reference="Drees & Zhao 2021, eqs. (3.12)-(3.13); Boehm et al. 2013",
)
def n_eff_entropy_X_only(n_nu: FloatArray, entropy_of_X: FloatArray) -> FloatArray:
    """N_eff by Drees & Zhao 2021, X alone: it passes its entropy on to the neutrinos, X <-> e+e- is neglected.

    See `n_eff_entropy`, and `n_eff`, which does not neglect it.

    >>> import physics
    >>> physics.evaluate("n_eff_entropy_X_only", m_X=20, n_nu=3.05)
    3.0698...
    """
    return n_nu * (1 + entropy_of_X / n_nu) ** (4 / 3)
