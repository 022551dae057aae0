"""Energy loss to X: damped emission, the sum of all processes, and whether X escapes.

Which process is which: `white_dwarf_excess` (cooling.py) is X emitted on shell at a resonance with plasmons, and
neutrinos from plasmons through a virtual X; `white_dwarf_damped_excess` is X emitted on shell off resonance, by damped
photons (emission.py); `white_dwarf_energy_loss` is their sum, and what a bound on cooling applies to. On the 30 % line
of 1 Msun at 1e8 K the second is the larger from 76 keV to 0.30 MeV: there `white_dwarf_excess` alone is no limit.

All hold for the mass and the temperature given, an isothermal core, and X that leaves the star or decays to neutrinos.
One or the other happens: where X is absorbed within the star's radius (`white_dwarf_mean_free_path`: above the 30 %
line, for g_X > 1e-7 at 30 keV, 1e-6 at 0.1 MeV), it decays before, as its decay length is shorter by more than 100, if
m_X is more than twice the mass of a neutrino. Other stars bound dark photons in the keV region too: the Sun,
horizontal-branch stars and red giants (Redondo & Raffelt 2013; An et al. 2013). Plots should say so.

For B-L none of the three has a value: off resonance the neutrons of the ions emit and absorb X as well, which no
plasma screens, and light X mostly so. That takes more of the ions than their charge.
"""

from __future__ import annotations

from physics.core.branch import Domain
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.model.constants import ERG_PER_MEV, HBAR_MEV_S
from physics.white_dwarf.emission import damped_emission
from physics.white_dwarf.star import STAR, per_star

__all__ = ["white_dwarf_damped_excess", "white_dwarf_energy_loss", "white_dwarf_mean_free_path"]


STAR_AND_COUPLED = Domain(
    f"{STAR.description}, g_X > 0",
    lambda wd_mass, wd_temperature, g_X: STAR.contains(wd_mass, wd_temperature) & (g_X > 0),
)


@observable(
    domain=STAR,
    unit="1",
    label=r"$L_X^\mathrm{damped}/L_\nu^\mathrm{SM}$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (3); Redondo & Raffelt 2013; An et al. 2013; Yakovlev & Urpin 1980",
    when={"gauge_group": "Lmu-Ltau"},
)
def white_dwarf_damped_excess(
    m_X: FloatArray,
    epsilon: FloatArray,
    white_dwarf_luminosity: FloatArray,
    wd_mass: FloatArray,
    wd_temperature: FloatArray,
) -> FloatArray:
    """Emission of on-shell X off resonance by damped photons, over the Standard Model's neutrino luminosity.

    Process: bremsstrahlung of electrons on ions and Compton scattering, at energies at which no layer of the star is on
    resonance; goes as g_X^2 e^(-m_X/T). It is the leading loss from 76 keV to 0.30 MeV in 1 Msun at 1e8 K, and
    below 0.4 % of the resonant emission under 70 keV. Right within a factor of 2 (g_X: 1.4); see emission.py for the
    derivation, for what is left out, and for why nothing is counted twice. Holds for the star's mass and temperature,
    an isothermal core, and X that escapes or decays to neutrinos.

    >>> import physics
    >>> physics.evaluate("white_dwarf_damped_excess", m_X=0.1, g_X=1.43e-10)
    0.29...
    """
    luminosity = per_star(_luminosity, wd_mass, wd_temperature, m_X)
    return epsilon**2 * luminosity * (ERG_PER_MEV / HBAR_MEV_S) / white_dwarf_luminosity


def _luminosity(mass: float, temperature: float, m: FloatArray) -> FloatArray:
    return damped_emission(mass, temperature).luminosity(m)


def _mean_free_path(mass: float, temperature: float, m: FloatArray) -> FloatArray:
    tables = damped_emission(mass, temperature)
    return tables.radius / tables.optical_depth(m)


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

    With wd_reading="printed" the resonant part is four times X's emission on shell (the printed width), and the sum is
    for comparison only.

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
    when={"gauge_group": "Lmu-Ltau"},
)
def white_dwarf_mean_free_path(
    m_X: FloatArray, epsilon: FloatArray, wd_mass: FloatArray, wd_temperature: FloatArray
) -> FloatArray:
    """Mean free path of X in a white dwarf: the star's radius over the optical depth from its centre to its surface.

    Process: absorption on shell, on resonance and off it (the damped photons of emission.py), for X of energy
    m_X + 3T/2, averaged over the three polarisations. Where it is longer than the radius, 5.4e8 cm for 1 Msun, X
    escapes. Where it is shorter X is not trapped, either: it decays to neutrinos before (see the module). On
    resonance the optical depth is that of crossing the resonant layer, whatever the damping; off resonance it is known
    within a factor of 2. Decays are not in it: see tau_X. Holds for the star's mass and temperature.

    >>> import physics
    >>> physics.evaluate("white_dwarf_mean_free_path", m_X=0.03, g_X=2.177e-13)  # on the 30 % line: it leaves
    1.1...e+20
    """
    return per_star(_mean_free_path, wd_mass, wd_temperature, m_X) / epsilon**2
