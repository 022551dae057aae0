r"""What X adds to the neutrinos that a white dwarf emits by plasmon decay: Foldenauer & Hoefken Zink 2024.

The excess is (L_SM+X - L_SM)/L_SM (their eq. (20)); couplings.py says how X couples, and what wd_reading chooses. Below
the width of X, 1e-27 of its mass at the couplings that matter, it is

    excess = g^2 [R(m) + a(m)] + g^4 b(m):

R: X on its shell, resonantly made by plasmons of q^2 = m_X^2 somewhere in the star (0 < m_X < 81 keV for 1 Msun). It is
the standard on-shell emission of a dark photon, the same whatever X decays to: R has no width in it, and holds for
m_X below twice the neutrino mass. b: the four-fermion process, the neutrino pair with X off its shell. a: its
interference with the Standard Model, which cancels between nu_mu and nu_tau for Lmu-Ltau.

What is assumed, and where not to trust the values:

- They are for one isothermal star of the mass and temperature given, and not portable to another: the 30 % line at low
  mass is 2.7 times lower in g_X at 10^7.8 K than at 1e8 K, and 3.3 times for 0.6 Msun. The criterion itself, a fraction
  of the neutrino luminosity, comes from cooling tracks on which it is constant; emission of X depends otherwise on T.
- X escapes (at the 30 % line of 30 keV it lives 2e7 s), or decays to neutrinos. Then it is energy loss of the star; the
  neutrinos of the resonant part are born outside.
- Only plasmons: photons damped by collisions make X on its shell off resonance too, proportional to
  g_X^2 exp(-m_X/T). **Between 76 and 300 keV that loss is the larger one, at 80 to 200 keV by far. The value here
  is that of the four-fermion plasmon process alone: no sensitivity to cooling by X.** The step at 80 keV is
  one of the plasmon process.
- For B-L electrons that scatter off ions make the ions' neutrons emit X too, which no plasma screens. An estimate (the
  recoil of the ions) is 0.07 % of the resonant emission of 1 Msun at 0.1 keV, and more than it below 3 eV.
- Resonant conversion is narrow compared with the photon's damping, and not reabsorbed. Near the crossing the mixed
  state is no Breit-Wigner resonance (the mixing exceeds the width); the integral over it, which counts, is the same.
- Resonances of transverse plasmons below 2 keV are in layers of less than 1e4 g/cm^3, not degenerate and not really
  isothermal, and end at 89 eV where the model star ends. Longitudinal ones, of the core and mantle, dominate there.
- Solar, horizontal-branch and red-giant limits on dark photons exist for the same masses, stronger in places
  (Redondo & Raffelt 2013; An et al. 2013).
"""

from __future__ import annotations

import numpy as np

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.registration import observable
from physics.core.status import FloatArray, Outcome, Status
from physics.white_dwarf import excess
from physics.white_dwarf.couplings import LARGEST_G, LARGEST_MIXING, Couplings, largest_coupling
from physics.white_dwarf.emissivity import C_A, C_V, ERG_PER_CM3_S
from physics.white_dwarf.spectral import Tables
from physics.white_dwarf.star import STAR, per_star
from physics.white_dwarf.tables import load

__all__ = ["luminosities", "white_dwarf_excess", "white_dwarf_g_X", "white_dwarf_luminosity"]

parameter(
    "wd_excess_level",
    "exotic energy loss of a white dwarf over that to neutrinos",
    label=r"target $\varepsilon_\mathrm{WD}$",
    default=0.30,
)

STAR_AND_WEAK = Domain(
    f"{STAR.description}, g_X <= {LARGEST_G:g} and (c_e/e)^2 <= {LARGEST_MIXING:g}, c_e the coupling to electrons",
    lambda wd_mass, wd_temperature, g_X, plasmon_couplings: (
        STAR.contains(wd_mass, wd_temperature) & (g_X <= largest_coupling(plasmon_couplings))
    ),
)


@observable(
    unit="1",
    label=r"$\varepsilon_\mathrm{WD}$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (20)",
    domain=STAR_AND_WEAK,
    seconds=7e-7,
)
def white_dwarf_excess(
    m_X: FloatArray, g_X: FloatArray, wd_mass: FloatArray, wd_temperature: FloatArray, plasmon_couplings: Couplings
) -> FloatArray:
    """Exotic energy loss of a white dwarf through plasmons over its neutrino luminosity, from 1e-10 to 1e6 MeV.

    Process: plasmon -> X or X* -> neutrinos. Between 76 and 300 keV the damped emission of X, not included, is larger:
    not a limit on cooling by X there. Values hold for this mass and temperature of the star, of carbon, and while X
    escapes; what else is assumed: physics/white_dwarf/cooling.py. Relative error below 1e-6 for the given star.

    For B-L there is interference with the Standard Model, which makes the value negative for m_X < 0.4 meV and small
    g_X. Emission of B-L bosons by neutrons is not included: 7 % at 10 eV, most of it below 3 eV.

    >>> import physics
    >>> round(physics.evaluate("white_dwarf_excess", m_X=0.03, g_X=2.1773634e-13), 6)
    0.3
    """

    def of_star(mass: float, temperature: float, m: FloatArray, g: FloatArray) -> FloatArray:
        return excess.excess(m, g, load(mass, temperature), plasmon_couplings)

    return per_star(of_star, wd_mass, wd_temperature, m_X, g_X)


@observable(
    unit="1",
    label=r"$g_X$ (white dwarf)",
    reference="Foldenauer & Hoefken Zink 2024, eq. (20)",
    domain=STAR,
    seconds=4e-5,
)
def white_dwarf_g_X(
    m_X: FloatArray,
    wd_excess_level: FloatArray,
    wd_mass: FloatArray,
    wd_temperature: FloatArray,
    plasmon_couplings: Couplings,
) -> Outcome:
    """Sensitivity line: the coupling at which `white_dwarf_excess` reaches a level (its caveats hold).

    No value (status 3) where the coupling would be larger than that is computed for.

    >>> import physics
    >>> round(physics.evaluate("white_dwarf_g_X", m_X=10.0) * 1e4, 5)
    3.75362
    """

    def of_star(mass: float, temperature: float, m: FloatArray, level: FloatArray) -> FloatArray:
        largest = largest_coupling(plasmon_couplings)
        return excess.coupling_for(m, level, largest, load(mass, temperature), plasmon_couplings)

    g = per_star(of_star, wd_mass, wd_temperature, m_X, wd_excess_level)
    return Outcome(g, np.where(np.isnan(g), np.uint8(Status.NO_SOLUTION), np.uint8(Status.OK)))


@observable(
    unit="erg/s",
    label=r"$L_\nu$",
    reference="Foldenauer & Hoefken Zink 2024, eqs. (16)-(19)",
    domain=STAR,
    seconds=0.3,  # nothing for a star in the cache, 4 s for a new one
)
def white_dwarf_luminosity(wd_mass: FloatArray, wd_temperature: FloatArray) -> FloatArray:
    """Neutrino luminosity of a white dwarf by plasmon decay in the Standard Model.

    Other neutrino processes (photo, pair, bremsstrahlung) are left out, as in the paper.

    >>> import physics
    >>> round(physics.evaluate("white_dwarf_luminosity") / 3.828e33, 2)  # L_sun
    40.81
    """
    return per_star(
        lambda mass, temperature: np.asarray(np.sum(luminosities(load(mass, temperature)))), wd_mass, wd_temperature
    )


def luminosities(tables: Tables) -> FloatArray:
    """Longitudinal, transverse and axial neutrino luminosity in the Standard Model [erg/s].

    >>> [f"{L:.4g}" for L in luminosities(load(1.0, 1e8))]
    ['3.827e+34', '1.179e+35', '1.27e+31']
    """
    squares = np.array([np.sum(C_V**2), np.sum(C_V**2), np.sum(C_A**2)])
    return np.asarray(tables.M_0 * squares * ERG_PER_CM3_S)
