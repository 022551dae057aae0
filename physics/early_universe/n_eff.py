r"""N_eff with X and psi: weak decoupling, X <-> nu nubar, X <-> e+e-.

Three baths (three_baths.py), all at one temperature at 20 MeV, that exchange energy as fast as they do: nu_e with e+-,
nu_mu and nu_tau with e+- and nu_e through weak interactions (Escudero 2018, 2020; Escudero et al. 2019 for this model),
nu_mu and nu_tau with e+- through X -> e+e- and back. QED corrections to the plasma are in; those to the weak rates are
not. The Standard Model has 3.0442 (3.0451 with one temperature for all neutrinos); the literature 3.043-3.045.

**X ties nu_mu and nu_tau to the electrons**, for every g_X from 1e-6 on. Gamma_ee m_X n_X exceeds H rho of nu_mu and
nu_tau until x = m_X/T is 14 at g_X = 1e-6 and 30 at 5e-4. psi is in the same bath and heats electrons and neutrinos
alike as long as X is there: at m_X = 23 MeV, mass_ratio = 0.5033 and g_X = 4.5e-4 N_eff is 3.10 (3.13 with one
temperature of neutrinos), not the 3.41 of entropy conservation in the neutrinos alone (`n_eff_entropy`). N_eff = 3.4
lies at m_X = 9.8-12.9 MeV, not at 23; for mass_ratio = 0.31 at 9.1-13.3. From g_X = 1e-6 to 1e-3 the first is
3.06-3.15; at 1e-7 X lets go early enough for 3.32-3.44.

Oscillations bring the flavours to one temperature in part, at 3-5 MeV and below. neutrino_flavours = "separate" and
"common" bracket that: without psi N_eff = 3.5 lies at 10.4 and 11.7 MeV for g_X = 5e-4, at 10.0 and 8.5 MeV without
mixing.

What is assumed:

- X shares the temperature of nu_mu and nu_tau until it is gone, which X <-> nu nubar sees to if it is faster than the
  expansion. The domain asks for 30 times the rate at T = m_X (for a light X at 10 MeV, before the neutrinos decouple):
  g_X > 1.2e-9 sqrt(m_X/MeV), below 10 MeV g_X > 4e-8 MeV/m_X. Smaller couplings mean freeze-in, another computation,
  and no value is given.
- Chemical potentials vanish: X <-> e+e- and nu nubar <-> X X change the number of neutrinos and X. If nothing did from
  3 MeV on, the gain of nu_mu and nu_tau in energy would change by 8 % for m_X = 6 MeV, by less than 2 % from 10 MeV on.
- psi is in equilibrium with nu_mu and nu_tau until it is gone, for whatever q_psi. A thermal relic of the observed
  density is so until m_psi/T = 15 to 20, when it has 1e-4 of the entropy of a flavour left or less. A psi that freezes
  out at 8, and overcloses the universe, would keep 3 %.
- X and electrons exchange energy on the pole only. e gamma <-> e X does the same below 2 m_e, where X <-> e+e- is
  closed: outside of the domain. psi psibar -> e+e- off the pole, 2e-5 of all annihilation, is left out. So is nu e
  scattering through X, which as a contact interaction adds 0.001 at (10 MeV, 5e-4) and 0.009 at (12 MeV, 1e-3).
- Each bath is Fermi-Dirac of one temperature. QED corrections to the weak rates are left out.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.early_universe.n_eff_tables import from_tables
from physics.early_universe.three_baths import Particles, Problem, n_effs, problem
from physics.model.constants import M_E, M_PLANCK

__all__ = ["NEUTRINO_FLAVOURS", "T_START", "equations", "in_equilibrium", "n_eff"]

T_START = 20.0  # MeV
TOLERANCE = 2e-8  # of the integrator, where the tables end
NEUTRINO_FLAVOURS = ("separate", "common")
SPINS_OF_PSI = 4  # with psibar

parameter(
    "neutrino_flavours",
    'nu_e "separate" from nu_mu and nu_tau, or a "common" temperature of all: oscillations lie in between',
    label="neutrino flavours",
    default="separate",
    choices=NEUTRINO_FLAVOURS,
)


def in_equilibrium(m_X: FloatArray, g_X: FloatArray) -> FloatArray:
    """Rate of X <-> nu nubar over H, at T = m_X or at 10 MeV if that is earlier.

    >>> in_equilibrium(np.array([23.0]), np.array([5e-4])).round(-10)
    array([2.2e+11])
    """
    T = np.maximum(m_X, 10.0)
    rate = g_X**2 * (m_X / T) ** 2 / (36 * math.pi)  # over T: the width is diluted by m_X/(3 T)
    per_hubble: FloatArray = rate * M_PLANCK / (math.sqrt(4 * math.pi**3 / 45 * 10.75) * T)
    return per_hubble


OPEN = Domain(
    "m_X > 2 m_e; g_X > 1.2e-9 sqrt(m_X/MeV), 4e-8 MeV/m_X: X is in equilibrium with the neutrinos; m_psi > 1 keV",
    lambda m_X, g_X, mass_ratio: (m_X > 2 * M_E) & (in_equilibrium(m_X, g_X) > 30.0) & (mass_ratio * m_X > 1e-3),
)


def equations(neutrino_flavours: str) -> Problem:
    """Weak decoupling with X and psi."""
    dark_matter = Particles(0.0, 0.0, 0.0, float(SPINS_OF_PSI), True)
    return problem(dark_matter, weak=True, common=neutrino_flavours == "common", transfer="exact")


@observable(
    unit="1",
    label=r"$N_\mathrm{eff}$",
    reference="Escudero 2018; Escudero 2020; Escudero et al. 2019; Kamada et al. 2018, eqs. (11)-(14)",
    domain=OPEN,
    when={"gauge_group": "Lmu-Ltau"},
    seconds=5e-6,  # 6e-7 in the tables, 2e-4 outside
)
def n_eff(m_X: FloatArray, mass_ratio: FloatArray, gamma_X_electrons: FloatArray, neutrino_flavours: str) -> FloatArray:
    """N_eff after X and psi are gone, with real decoupling of the neutrinos, QED corrections and X <-> e+e-.

    X and psi are in equilibrium with nu_mu and nu_tau until they are gone; X also ties these to the electrons (see the
    module for what is assumed). For an X below 5 MeV nucleosynthesis sees another N_eff than recombination; this is the
    late one. Numerical error: 1e-6 of it; of the approximations: about 0.001 in the Standard Model, and the spread
    between neutrino_flavours="separate" and "common" with X. 0.6 us a point for m_X up to 3 GeV and mass_ratio of 0.2
    to 2 or None (n_eff_tables.py); elsewhere the equations are solved, 0.2 ms.

    >>> import physics
    >>> round(physics.evaluate("n_eff", m_X=23, g_X=4.5e-4, mass_ratio=0.5033), 3)
    3.099
    >>> round(physics.evaluate("n_eff", m_X=1e4, g_X=5e-4, mass_ratio=None), 3)  # the Standard Model
    3.044
    """
    points = np.broadcast_arrays(m_X, mass_ratio, gamma_X_electrons)
    m_X, mass_ratio, width = (np.ravel(a) for a in points)
    found = from_tables(m_X, mass_ratio, width, neutrino_flavours)
    left = np.isnan(found)
    if left.any():
        m_X, mass_ratio, width = m_X[left], mass_ratio[left], width[left]
        start, m_psi = np.full(1, T_START), mass_ratio * m_X
        found[left] = n_effs(equations(neutrino_flavours), start, m_X, m_psi, width, TOLERANCE)
    return found.reshape(points[0].shape)
