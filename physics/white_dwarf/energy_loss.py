"""Energy loss to X: damped emission, the sum of all processes, and whether X escapes.

Which process is which: `white_dwarf_excess` (cooling.py) is X emitted on shell at a resonance with plasmons, and
neutrinos from plasmons through a virtual X; `white_dwarf_damped_excess` is X emitted on shell off resonance, by damped
photons (damping.py); `white_dwarf_energy_loss` is their sum, and what a bound on cooling applies to. On the 30 % line
of 1 Msun at 1e8 K the second is the larger from 76 keV to 0.30 MeV: there `white_dwarf_excess` alone is no limit.

All hold for the mass and the temperature given, an isothermal core, and X that leaves the star or decays to neutrinos.
One or the other happens: where X is absorbed within the star's radius (`white_dwarf_mean_free_path`: above the 30 %
line, for g_X > 1e-7 at 30 keV, 1e-6 at 0.1 MeV), it decays before, as its decay length is shorter by more than 100, if
m_X is more than twice the mass of a neutrino. Other stars bound dark photons in the keV region too: the Sun,
horizontal-branch stars and red giants (Redondo & Raffelt 2013; An et al. 2013). Plots should say so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from physics.core.graph import Domain, observable
from physics.core.status import FloatArray
from physics.model.constants import ERG_PER_MEV, HBAR_MEV_S
from physics.model.mixing import mixing_per_coupling
from physics.white_dwarf.cooling import STAR
from physics.white_dwarf.damping import DampedTables, damped_emission

__all__ = ["white_dwarf_damped_excess", "white_dwarf_energy_loss", "white_dwarf_mean_free_path"]


STAR_AND_COUPLED = Domain(
    f"{STAR.description}, g_X > 0",
    lambda wd_mass, wd_temperature, g_X: STAR.contains(wd_mass, wd_temperature) & (g_X > 0),
)


def _per_star(
    value: Callable[[DampedTables, FloatArray], FloatArray],
    m_X: FloatArray,
    wd_mass: FloatArray,
    wd_temperature: FloatArray,
) -> FloatArray:
    """Value(tables of the star, m_X) in the broadcast shape, one star after the other; NaN where there is none."""
    mass, temperature, m = np.broadcast_arrays(wd_mass, wd_temperature, m_X)
    result = np.full(m.shape, np.nan)
    is_star = STAR.contains(mass, temperature)
    for star in sorted(set(zip(mass[is_star].tolist(), temperature[is_star].tolist(), strict=True))):
        here = (mass == star[0]) & (temperature == star[1])
        result[here] = value(damped_emission(*star), m[here])
    return result


@observable(
    domain=STAR,
    unit="1",
    label=r"$L_X^\mathrm{damped}/L_\nu^\mathrm{SM}$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (3); Redondo & Raffelt 2013; An et al. 2013; Yakovlev & Urpin 1980",
)
def white_dwarf_damped_excess(
    m_X: FloatArray,
    g_X: FloatArray,
    white_dwarf_luminosity: FloatArray,
    wd_mass: FloatArray,
    wd_temperature: FloatArray,
) -> FloatArray:
    """Emission of on-shell X off resonance by damped photons, over the Standard Model's neutrino luminosity.

    Process: bremsstrahlung of electrons on ions and Compton scattering, at energies at which no layer of the star is on
    resonance; goes as g_X^2 e^(-m_X/T). It is the leading loss from 76 keV to 0.30 MeV in 1 Msun at 1e8 K, and
    below 0.4 % of the resonant emission under 70 keV. Right within a factor of 2 (g_X: 1.4); see damping.py for the
    derivation, for what is left out, and for why nothing is counted twice. Holds for the star's mass and temperature,
    an isothermal core, and X that escapes or decays to neutrinos.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X, which mixes with the photon by g_X/69.3.
    white_dwarf_luminosity : array_like
        Neutrino luminosity in the Standard Model [erg/s].
    wd_mass : array_like
        Mass of the star [Msun].
    wd_temperature : array_like
        Temperature of the core [K].

    Returns
    -------
    ndarray
        Dimensionless.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("white_dwarf_damped_excess", m_X=0.1, g_X=1.43e-10)
    0.29...
    """
    emission = _per_star(lambda tables, m: tables.luminosity(m), m_X, wd_mass, wd_temperature)
    return (mixing_per_coupling("photon") * g_X) ** 2 * emission * (ERG_PER_MEV / HBAR_MEV_S) / white_dwarf_luminosity


@observable(
    unit="1",
    label=r"$L_\mathrm{exotic}/L_\nu^\mathrm{SM}$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (20); Redondo & Raffelt 2013; An et al. 2013",
)
def white_dwarf_energy_loss(white_dwarf_excess: FloatArray, white_dwarf_damped_excess: FloatArray) -> FloatArray:
    """Exotic energy loss of a white dwarf over the Standard Model's neutrino luminosity: all processes, each once.

    Process: the sum of X on shell on resonance and neutrinos from plasmons through virtual X (`white_dwarf_excess`),
    and of X on shell off resonance (`white_dwarf_damped_excess`). It has no abrupt edge at the largest mass of a
    plasmon: the sensitivity in g_X falls like e^(-m_X/2T) from 76 keV to 0.30 MeV, where the four-fermion process takes
    over. Holds for the star's mass and temperature, an isothermal core, and X that escapes or decays to neutrinos; for
    the uncertainty see the two terms. Solar, horizontal-branch and red-giant limits on dark photons exist in the keV
    region (Redondo & Raffelt 2013; An et al. 2013).

    Parameters
    ----------
    white_dwarf_excess : array_like
        Resonant and four-fermion emission. With wd_reading="printed" its resonant part is four times X's emission on
        shell (the printed width), and the sum is for comparison only.
    white_dwarf_damped_excess : array_like
        Emission off resonance by damped photons.

    Returns
    -------
    ndarray
        Dimensionless.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("white_dwarf_energy_loss", m_X=[0.03, 0.1, 1.0], g_X=[2.177e-13, 1.43e-10, 3.75e-5])
    array([0.2998..., 0.2993..., 0.3000...])
    """
    return white_dwarf_excess + white_dwarf_damped_excess


@observable(
    domain=STAR_AND_COUPLED,
    unit="cm",
    label=r"$\lambda_X$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (3); Redondo & Raffelt 2013; Yakovlev & Urpin 1980",
)
def white_dwarf_mean_free_path(
    m_X: FloatArray, g_X: FloatArray, wd_mass: FloatArray, wd_temperature: FloatArray
) -> FloatArray:
    """Mean free path of X in a white dwarf: the star's radius over the optical depth from its centre to its surface.

    Process: absorption on shell, on resonance and off it (the damped photons of damping.py), for X of energy
    m_X + 3T/2, averaged over the three polarisations. Where it is longer than the radius, 5.4e8 cm for 1 Msun, X
    escapes. Where it is shorter X is not trapped, either: it decays to neutrinos before (see the module). On
    resonance the optical depth is that of crossing the resonant layer, whatever the damping; off resonance it is known
    within a factor of 2. Decays are not in it: see tau_X. Holds for the star's mass and temperature.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X, which mixes with the photon by g_X/69.3.
    wd_mass : array_like
        Mass of the star [Msun].
    wd_temperature : array_like
        Temperature of the core [K].

    Returns
    -------
    ndarray [cm]

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("white_dwarf_mean_free_path", m_X=0.03, g_X=2.177e-13)  # on the 30 % line: it leaves
    1.1...e+20
    """
    length = _per_star(lambda tables, m: tables.radius / tables.optical_depth(m), m_X, wd_mass, wd_temperature)
    return length / (mixing_per_coupling("photon") * g_X) ** 2
